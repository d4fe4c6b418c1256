// One tile: figures, a chart or a table; its marks lead to the records behind them.
import { useCallback, type ReactNode } from "react";
import type { KeyMetric, QueryResult, TileBody } from "../api/types";
import { Kpi } from "../ask/Cards";
import { ResultView } from "../results/ResultView";
import { Button, ErrorNote } from "../ui/Parts";
import { ApiError } from "../api/errors";
import { MessageCircle } from "../ui/icons";

interface Props {
  tile: TileBody;
  onAsk: (question: string) => void;
  onDrill: (tile: TileBody, row: unknown[]) => void;
  actions?: ReactNode;
}

export function TileView({ tile, onAsk, onDrill, actions }: Props) {
  const drill = useCallback((row: unknown[]) => onDrill(tile, row), [tile, onDrill]);
  const { query, problem } = tile;
  if (query === null) {
    return (
      <section className="card tile">
        <h2 className="card-title">{tile.title}</h2>
        {problem && (
          <ErrorNote
            error={new ApiError(problem.detail, problem.code, problem.status, problem.issues)}
          />
        )}
      </section>
    );
  }
  const ask = (
    <Button
      kind="quiet"
      aria-label={`Ask about ${tile.title}`}
      icon={<MessageCircle aria-hidden size={16} />}
      onClick={() => onAsk(questionFor(tile.title, query))}
    />
  );
  if (tile.chart_type === "metrics") {
    return (
      <section className="card tile tile-wide" aria-label={tile.title}>
        <header className="card-head">
          <h2 className="card-title">{tile.title}</h2>
          <div className="card-actions">
            {actions}
            {ask}
          </div>
        </header>
        <dl className="kpis">
          {toMetrics(query).map((metric) => (
            <Kpi key={metric.label} metric={metric} />
          ))}
        </dl>
      </section>
    );
  }
  return (
    <div className="card tile">
      <ResultView
        title={tile.title}
        level="h2"
        result={query}
        sql={query.semantic_sql}
        asOf={query.as_of}
        kind={tile.chart_type}
        onPick={drill}
        actions={
          <>
            {actions}
            {ask}
          </>
        }
      />
    </div>
  );
}

function toMetrics(query: QueryResult): KeyMetric[] {
  const row = query.rows[0] ?? [];
  return query.columns.map((column, at) => ({
    label: column.label,
    value: row[at] ?? null,
    // A card keeps the format of its column; `percent` there is a ratio of 0 to 1.
    format: column.format as KeyMetric["format"],
  }));
}

/** Words the planner reads: the labels of the metrics, and what they are split by. */
function questionFor(title: string, query: QueryResult): string {
  const metrics = query.columns.filter((column) => column.role === "metric");
  const names = query.columns.filter((column) => column.role !== "metric");
  if (metrics.length === 0) return title;
  const split = names.map((column) => column.grain ?? column.label.toLowerCase());
  const by = split.length === 0 ? "" : ` by ${split.join(" and ")}`;
  return `${metrics.map(({ label }) => label).join(", ")}${by}`;
}
