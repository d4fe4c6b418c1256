// One tile: figures, a chart or a table; its marks and labels lead to the records behind them.
import { useCallback, type ReactNode } from "react";
import { ApiError } from "../api/errors";
import type { QueryResult, RecordsRequest, TileBody } from "../api/types";
import { Cards } from "../ask/Cards";
import { ResultView } from "../results/ResultView";
import { formatCell } from "../results/format";
import { withGrain } from "../results/grain";
import { useCurrency } from "../results/currency";
import { Button, ErrorNote } from "../ui/Parts";
import { MessageCircle, PinOff } from "../ui/icons";

export interface Drill {
  title: string;
  wanted: RecordsRequest;
}

interface Props {
  tile: TileBody;
  onAsk: (question: string) => void;
  onDrill: (drill: Drill) => void;
  onUnpin: (pin: string) => void;
}

export function TileView({ tile, onAsk, onDrill, onUnpin }: Props) {
  const currency = useCurrency();
  const { query, query_object, problem, pin_id } = tile;
  const drillRow = useCallback(
    (row: unknown[]) => {
      const drill = toDrill(tile, row, currency);
      if (drill !== null) onDrill(drill);
    },
    [tile, currency, onDrill],
  );
  const actions = (
    <>
      {pin_id !== null && (
        <Button
          kind="quiet"
          aria-label={`Take ${tile.title} down`}
          icon={<PinOff aria-hidden size={16} />}
          onClick={() => onUnpin(pin_id)}
        />
      )}
      {query !== null && (
        <Button
          kind="quiet"
          aria-label={`Ask about ${tile.title}`}
          icon={<MessageCircle aria-hidden size={16} />}
          onClick={() => onAsk(questionFor(tile.title, query))}
        />
      )}
    </>
  );

  if (query === null) {
    return (
      <Frame title={tile.title} actions={actions}>
        {problem && <ErrorNote error={toError(problem)} />}
      </Frame>
    );
  }
  const note = !tile.is_filtered && (
    <p className="muted">A pinned answer: the filters above do not apply to it.</p>
  );
  if (Object.keys(tile.key_metrics).length > 0 && query.rows.length === 1) {
    const pick = (metric: string) =>
      query_object &&
      onDrill({
        title: query.columns.find(({ name }) => name === metric)?.label ?? tile.title,
        wanted: { query: query_object, metric, as_of: query.as_of },
      });
    return (
      <Frame title={tile.title} actions={actions} isWide>
        <Cards metrics={tile.key_metrics} onPick={query_object === null ? undefined : pick} />
        {note}
      </Frame>
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
        spec={tile.visualization?.spec}
        kind={tile.visualization?.chart_type ?? tile.chart_type ?? "table"}
        onPick={query_object === null ? undefined : drillRow}
        actions={actions}
      />
      {note}
    </div>
  );
}

function Frame({
  title,
  actions,
  children,
  isWide = false,
}: {
  title: string;
  actions: ReactNode;
  children: ReactNode;
  isWide?: boolean;
}) {
  return (
    <section className={isWide ? "card tile tile-wide" : "card tile"} aria-label={title}>
      <header className="card-head">
        <h2 className="card-title">{title}</h2>
        <div className="card-actions">{actions}</div>
      </header>
      {children}
    </section>
  );
}

/** The place of a row by its names, and words for it. */
function toDrill(tile: TileBody, row: unknown[], currency: string): Drill | null {
  const { query, query_object } = tile;
  if (query === null || query_object === null) return null;
  const { columns } = withGrain(query);
  const names = columns
    .map((column, at) => ({ column, value: row[at] as string | number | boolean | null }))
    .filter(({ column }) => column.role === "dimension" || column.role === "time");
  const place = names.map(({ column, value }) => formatCell(value, column, currency)).join(", ");
  return {
    title: place === "" ? tile.title : `${tile.title}: ${place}`,
    wanted: {
      query: query_object,
      members: Object.fromEntries(names.map(({ column, value }) => [column.name, value])),
      as_of: query.as_of,
    },
  };
}

/** Words the planner reads: the labels of the metrics, and what they are split by. */
function questionFor(title: string, query: QueryResult): string {
  const { columns } = withGrain(query);
  const metrics = columns.filter((column) => column.role === "metric").map(({ label }) => label);
  if (metrics.length === 0) return title;
  const split = columns
    .filter((column) => column.role !== "metric")
    .map((column) => column.grain ?? column.label.toLowerCase());
  return metrics.join(", ") + (split.length === 0 ? "" : ` by ${split.join(" and ")}`);
}

function toError(problem: NonNullable<TileBody["problem"]>): ApiError {
  return new ApiError(problem.detail, problem.code, problem.status, problem.issues);
}
