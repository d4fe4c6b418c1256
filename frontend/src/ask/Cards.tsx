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

interface Props {
  metrics: Record<string, KeyMetric>;
  /** Makes each label a way to the records behind its number. */
  onPick?: ((name: string) => void) | undefined;
}

export function Cards({ metrics, onPick }: Props) {
  const entries = Object.entries(metrics);
  if (entries.length === 0) return null;
  return (
    <dl className="kpis">
      {entries.map(([name, metric]) => (
        <Kpi key={name} metric={metric} onPick={onPick && (() => onPick(name))} />
      ))}
    </dl>
  );
}

function Kpi({ metric, onPick }: { metric: KeyMetric; onPick: (() => void) | undefined }) {
  const { short, exact } = formatCard(metric, useCurrency());
  const trend = metric.trend ? TRENDS[metric.trend] : null;
  return (
    <div className="kpi">
      <dt>
        {onPick ? (
          <button type="button" className="kpi-label" onClick={onPick}>
            {metric.label}
          </button>
        ) : (
          metric.label
        )}
      </dt>
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
