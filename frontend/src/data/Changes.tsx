// The difference of two versions: rows per source, and the headline metrics on both.
import type { Comparison } from "../api/types";
import { useCurrency } from "../results/currency";
import { formatValue } from "../results/format";

export function Changes({ changes }: { changes: Comparison }) {
  const currency = useCurrency();
  const count = (value: number) => formatValue(value, "integer", currency);
  return (
    <div className="stack">
      <Table
        title="Rows"
        heads={["Source", "Before", "After", "Added", "Removed"]}
        rows={changes.sources.map((source) => [
          source.source,
          count(source.before),
          count(source.after),
          count(source.added),
          count(source.removed),
        ])}
      />
      <Table
        title={`Headline metrics as of ${changes.as_of}`}
        heads={["Metric", "Before", "After"]}
        rows={changes.metrics.map((metric) => [
          metric.label,
          formatValue(metric.before, metric.format, currency),
          formatValue(metric.after, metric.format, currency),
        ])}
      />
    </div>
  );
}

function Table({ title, heads, rows }: { title: string; heads: string[]; rows: string[][] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={title}>
      <table className="table">
        <caption className="caption">{title}</caption>
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={head} scope="col" className={at === 0 ? "" : "number"}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, at) => (
                <td key={at} className={at === 0 ? "" : "number"}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
