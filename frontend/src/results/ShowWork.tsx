// How a number came about: the reading, the semantic SQL, what it compiled to, on which data.
import type { QueryBody } from "../api/types";
import { formatCount } from "./format";

interface Props {
  query: QueryBody;
  interpretation?: string;
  version?: number | null | undefined;
  modelVersion?: string;
  asOf?: string | undefined;
}

export function ShowWork({ query, interpretation = "", version, modelVersion, asOf }: Props) {
  const bound = Object.entries(query.parameters);
  return (
    <details className="work">
      <summary>Show the work</summary>
      <dl className="facts">
        {interpretation !== "" && <Fact name="Read as">{interpretation}</Fact>}
        {version !== undefined && version !== null && <Fact name="Data version">{version}</Fact>}
        {modelVersion !== undefined && <Fact name="Model">{modelVersion}</Fact>}
        {asOf !== undefined && <Fact name="As of">{asOf}</Fact>}
        <Fact name="Result">
          {formatCount(query.row_count, "row")}
          {query.truncated ? ", cut at the limit" : ""} in {query.elapsed_ms.toFixed(0)} ms
          {query.cached ? " (kept from before)" : ""}
        </Fact>
      </dl>
      <h4>Semantic SQL</h4>
      <Code text={query.semantic_sql} label="Semantic SQL" />
      <h4>Compiled SQL</h4>
      <Code text={query.sql} label="Compiled SQL" />
      {bound.length > 0 && (
        <p className="muted">
          {bound.map(([name, value]) => `$${name} = ${JSON.stringify(value)}`).join(", ")}
        </p>
      )}
    </details>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <pre className="code" tabIndex={0} aria-label={label}>
      <code>{text}</code>
    </pre>
  );
}
