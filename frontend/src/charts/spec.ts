// A result to a Vega-Lite spec where the server sent none (tiles, own queries, a switched type).
// Pure. Invariant: the marks are the rows as they came; nothing is summed, cut or rounded here.
import type { Column, Rows } from "../api/types";
import { formatCell, MISSING } from "../results/format";

export type ChartKind = "bar" | "line" | "pie" | "table" | "metrics";
export interface Spec {
  [key: string]: unknown;
}

const MOST_BARS = 30;
const MOST_SLICES = 8;
const HEIGHT = 230;
const LABEL = "__label";
const TEXT = "__text";

export interface Shape {
  names: Column[];
  metrics: Column[];
  time: Column | undefined;
}

export function shapeOf(columns: Column[]): Shape {
  const isNumber = (column: Column) =>
    ["integer", "decimal", "double", "number"].includes(column.type);
  const names = columns.filter((column) => column.role === "dimension" || column.role === "time");
  const metrics = columns.filter((column) => !names.includes(column) && isNumber(column));
  return { names, metrics, time: names.find((column) => column.role === "time") };
}

/** The kinds a result can be shown as, the best first. A table always is one. */
export function kindsFor(result: Rows): ChartKind[] {
  const { rows } = result;
  const { names, metrics, time } = shapeOf(result.columns);
  if (rows.length === 1 && names.length === 0 && metrics.length > 0) return ["metrics", "table"];
  const metric = metrics[0];
  if (metric === undefined || ![1, 2].includes(names.length) || rows.length === 0) return ["table"];
  const kinds: ChartKind[] = [];
  if (time !== undefined) kinds.push("line");
  if (rows.length <= MOST_BARS || time !== undefined) kinds.push("bar");
  if (names.length === 1 && time === undefined && isWhole(result, metric)) kinds.push("pie");
  return [...kinds, "table"];
}

/** Whether the values are parts of one sum: amounts or counts, none below zero, and few. */
function isWhole({ columns, rows }: Rows, metric: Column): boolean {
  const at = columns.indexOf(metric);
  return (
    rows.length <= MOST_SLICES &&
    ["currency", "integer"].includes(metric.format) &&
    rows.every((row) => row[at] === null || Number(row[at]) >= 0)
  );
}

/** One mark's datum knows its row by `__row`, so that a click can be led back to it. */
export const ROW = "__row";

export function toSpec(result: Rows, kind: ChartKind, currency: string): Spec | null {
  const { names, metrics, time } = shapeOf(result.columns);
  const metric = metrics[0];
  const name = time ?? names[0];
  if (metric === undefined || name === undefined || kind === "table" || kind === "metrics")
    return null;
  const series = names.find((column) => column !== name);
  const marks = { values: toValues(result, name, series, metric, currency) };
  const shared = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", data: marks };
  const tooltip = [
    { field: LABEL, title: name.label },
    ...(series ? [{ field: "series", title: series.label }] : []),
    { field: TEXT, title: metric.label },
  ];
  const color = series ? { color: { field: "series", type: "nominal", title: null } } : {};
  const amount = {
    field: "value",
    type: "quantitative",
    title: null,
    axis: axisOf(metric, currency),
  };
  if (kind === "pie") return { ...shared, ...pie(tooltip) };
  if (kind === "line") {
    return {
      ...shared,
      mark: { type: "line", point: true },
      encoding: { x: timeAxis(), y: amount, ...color, tooltip },
    };
  }
  if (time !== undefined) {
    return { ...shared, mark: "bar", encoding: { x: timeAxis(), y: amount, ...color, tooltip } };
  }
  const label = {
    field: LABEL,
    type: "nominal",
    sort: null,
    title: null,
    axis: { labelLimit: 150 },
  };
  const height = { step: Math.min(44, Math.max(26, HEIGHT / marks.values.length)) };
  return { ...shared, height, mark: "bar", encoding: { y: label, x: amount, ...color, tooltip } };
}

function toValues(
  { columns, rows }: Rows,
  name: Column,
  series: Column | undefined,
  metric: Column,
  currency: string,
) {
  const at = (column: Column) => columns.indexOf(column);
  const shown = metric.format === "percent" ? 100 : 1;
  return rows.map((row, number) => {
    const value = row[at(metric)];
    return {
      [ROW]: number,
      [LABEL]: formatCell(row[at(name)], name, currency),
      [TEXT]: value === null ? MISSING : formatCell(value, metric, currency),
      value: typeof value === "number" ? value * shown : null,
      ...(series ? { series: formatCell(row[at(series)], series, currency) } : {}),
    };
  });
}

function timeAxis() {
  return {
    field: LABEL,
    type: "ordinal",
    sort: null,
    title: null,
    axis: { labelOverlap: "greedy", labelAngle: 0, labelSeparation: 8 },
  };
}

function axisOf(metric: Column, currency: string): Spec {
  const ticks = { tickCount: 5 };
  if (metric.format === "percent") return { ...ticks, labelExpr: "datum.label + '%'" };
  if (metric.format !== "currency") return { ...ticks, format: "~s" };
  const sign = currency === "USD" ? "$" : "";
  return { ...ticks, labelExpr: `'${sign}' + replace(format(datum.value, '~s'), 'G', 'B')` };
}

function pie(tooltip: Spec[]): Spec {
  return {
    mark: { type: "arc", innerRadius: { expr: "min(width, height) / 4" }, padAngle: 0.01 },
    encoding: {
      theta: { field: "value", type: "quantitative", stack: true },
      color: { field: LABEL, type: "nominal", sort: null, title: null },
      order: { field: ROW, type: "quantitative" },
      tooltip,
    },
  };
}
