// One result as chart or table, with the switch between them and the downloads.
// Used by answers, tiles and both editors. The server's own spec is drawn for its own type.
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Chart, type Datum } from "../charts/Chart";
import type { Drawn } from "../charts/draw";
import { kindsFor, ROW, toSpec, type ChartKind, type Spec } from "../charts/spec";
import type { Rows } from "../api/types";
import { Downloads } from "./Downloads";
import { ResultTable } from "./ResultTable";
import { useCurrency } from "./currency";
import { formatCell } from "./format";
import { withGrain } from "./grain";

interface Props {
  title: string;
  result: Rows;
  /** The semantic SQL, for the exports the server makes. */
  sql?: string | undefined;
  asOf?: string | undefined;
  spec?: Spec | undefined;
  kind?: string | undefined;
  onPick?: ((row: unknown[]) => void) | undefined;
  actions?: ReactNode;
  level?: "h2" | "h3";
}

const NAMES: Record<ChartKind, string> = {
  bar: "Bars",
  line: "Line",
  pie: "Pie",
  table: "Table",
  metrics: "Figures",
};

export function ResultView(props: Props) {
  const { title, spec, kind, onPick, actions, level: Heading = "h3" } = props;
  const currency = useCurrency();
  const result = useMemo(() => withGrain(props.result), [props.result]);
  const kinds = useMemo(() => kindsOf(result, kind, spec), [result, kind, spec]);
  const [chosen, choose] = useState<ChartKind | null>(null);
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const shown = chosen !== null && kinds.includes(chosen) ? chosen : (kinds[0] ?? "table");
  const own = useMemo(() => toSpec(result, shown, currency), [result, shown, currency]);
  const isServers = spec !== undefined && shown === kind && isDrawable(spec);
  const toDraw = isServers ? spec : own;
  const pick = useCallback(
    (datum: Datum) => {
      const row = rowOf(datum, result, currency);
      if (row !== undefined) onPick?.(row);
    },
    [result, currency, onPick],
  );

  return (
    <section className="result">
      <header className="card-head">
        <Heading className="card-title">{title}</Heading>
        <div className="card-actions">
          {actions}
          <Switch title={title} kinds={kinds} shown={shown} choose={choose} />
          <Downloads
            title={title}
            result={result}
            sql={props.sql}
            asOf={props.asOf}
            drawn={drawn}
          />
        </div>
      </header>
      {shown === "table" || toDraw === null ? (
        <ResultTable result={result} caption={title} onPick={onPick} />
      ) : (
        <Chart
          spec={toDraw}
          label={describe(title, result)}
          onPick={onPick && pick}
          onDrawn={setDrawn}
        />
      )}
    </section>
  );
}

function Switch({
  title,
  kinds,
  shown,
  choose,
}: {
  title: string;
  kinds: ChartKind[];
  shown: ChartKind;
  choose: (kind: ChartKind) => void;
}) {
  if (kinds.length < 2) return null;
  return (
    <div className="segments" role="group" aria-label={`Show ${title} as`}>
      {kinds.map((kind) => (
        <button key={kind} type="button" aria-pressed={kind === shown} onClick={() => choose(kind)}>
          {NAMES[kind]}
        </button>
      ))}
    </div>
  );
}

function kindsOf(result: Rows, kind: string | undefined, spec: Spec | undefined): ChartKind[] {
  const possible = kindsFor(result).filter((one) => one !== "metrics");
  const wanted = kind as ChartKind | undefined;
  if (wanted === undefined || wanted === "metrics") return possible;
  if (!possible.includes(wanted) && !(spec !== undefined && isDrawable(spec))) return possible;
  return [wanted, ...possible.filter((one) => one !== wanted)];
}

function isDrawable(spec: Spec): boolean {
  return ["mark", "layer", "hconcat", "vconcat", "concat", "facet"].some((key) => key in spec);
}

/** The row behind a mark: ours know theirs, the server's are found by the names they show. */
function rowOf(datum: Datum, { columns, rows }: Rows, currency: string): unknown[] | undefined {
  const number = datum[ROW];
  if (typeof number === "number") return rows[number];
  const said = new Set(Object.values(datum).filter((value) => typeof value === "string"));
  const names = columns.filter(({ role }) => role === "dimension" || role === "time");
  return rows.find((row) =>
    names.every((column) => said.has(formatCell(row[columns.indexOf(column)], column, currency))),
  );
}

function describe(title: string, { rows }: Rows): string {
  return `Chart: ${title}, ${rows.length} values. The table view shows them as text.`;
}
