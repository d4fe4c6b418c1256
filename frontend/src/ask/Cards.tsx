// The key metrics of an answer, or of a tile, as cards.
import type { KeyMetric } from "../api/types";
import { useCurrency } from "../results/currency";
import { formatCard } from "../results/format";
import { ArrowDown, ArrowUp, Minus } from "../ui/icons";

const TRENDS = {
  up: { Icon: ArrowUp, label: "up on the period before" },
  down: { Icon: ArrowDown, label: "down on the period before" },
  stable: { Icon: Minus, label: "as in the period before" },
};

export function Cards({ metrics }: { metrics: Record<string, KeyMetric> }) {
  const entries = Object.entries(metrics);
  if (entries.length === 0) return null;
  return (
    <dl className="kpis">
      {entries.map(([name, metric]) => (
        <Kpi key={name} metric={metric} />
      ))}
    </dl>
  );
}

export function Kpi({ metric }: { metric: KeyMetric }) {
  const { short, exact } = formatCard(metric, useCurrency());
  const trend = metric.trend ? TRENDS[metric.trend] : null;
  return (
    <div className="kpi">
      <dt>{metric.label}</dt>
      <dd>
        <span className="kpi-value">{short}</span>
        {trend && (
          <span className={`trend trend-${metric.trend ?? ""}`} title={trend.label}>
            <trend.Icon aria-hidden size={16} />
            <span className="sr-only">{trend.label}</span>
          </span>
        )}
        {exact !== short && <span className="kpi-exact">{exact}</span>}
      </dd>
    </div>
  );
}
