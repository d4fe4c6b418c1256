// Semantic SQL with completion from the catalog and problems at their place; run or explain it.
import { useMutation } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { explainSql, runSql } from "../api/client";
import { ApiError } from "../api/errors";
import type { CatalogView, Explanation, Issue } from "../api/types";
import { ResultView } from "../results/ResultView";
import { Code, ShowWork } from "../results/ShowWork";
import { Button, Card, ErrorNote, Loading } from "../ui/Parts";
import { Play } from "../ui/icons";
import { SqlEditor } from "./SqlEditor";

export function SqlTab({ catalog }: { catalog: CatalogView }) {
  const [sql, setSql] = useState(() => firstSql(catalog));
  const run = useMutation({ mutationFn: runSql });
  const explain = useMutation({ mutationFn: explainSql });
  const { mutate } = run;
  const runNow = useCallback((text: string) => mutate(text), [mutate]);
  const failure = run.error;
  const issues = failure instanceof ApiError ? failure.issues : [];

  return (
    <div className="stack">
      <Card>
        <p className="muted">
          One SELECT over the models; <code>MEASURE(metric)</code> stands for the governed
          definition. Ctrl+Enter runs it, Ctrl+Space completes.
        </p>
        <SqlEditor sql={sql} catalog={catalog} onChange={setSql} onRun={runNow} />
        <div className="row">
          <Button
            kind="primary"
            icon={<Play aria-hidden size={15} />}
            disabled={run.isPending || sql.trim() === ""}
            onClick={() => run.mutate(sql)}
          >
            Run
          </Button>
          <Button
            disabled={explain.isPending || sql.trim() === ""}
            onClick={() => explain.mutate(sql)}
          >
            Explain
          </Button>
        </div>
        {issues.length > 0 ? <Issues issues={issues} /> : failure && <ErrorNote error={failure} />}
        {explain.isError && <ErrorNote error={explain.error} />}
        {explain.data && <Explained explanation={explain.data} />}
      </Card>
      {run.isPending && <Loading lines={5} label="Computing" />}
      {run.data && (
        <Card>
          <ResultView
            title={run.data.title || "Result"}
            result={run.data}
            sql={run.data.semantic_sql}
            asOf={run.data.as_of}
            kind="table"
          />
          <ShowWork query={run.data} version={run.data.warehouse_version} asOf={run.data.as_of} />
        </Card>
      )}
    </div>
  );
}

function Issues({ issues }: { issues: Issue[] }) {
  return (
    <ul className="problems" role="alert" aria-label="Problems">
      {issues.map((issue, at) => (
        <li key={at} className="problem">
          {issue.line != null && (
            <strong>
              Line {issue.line}, column {issue.column}:{" "}
            </strong>
          )}
          {issue.message} {issue.hint}
        </li>
      ))}
    </ul>
  );
}

function Explained({ explanation }: { explanation: Explanation }) {
  if (!explanation.valid) return <Issues issues={explanation.issues} />;
  const { lineage } = explanation;
  return (
    <section className="stack" aria-label="Explanation">
      <h3>What it compiles to</h3>
      <Code text={explanation.sql ?? ""} label="Compiled SQL" />
      {lineage && (
        <dl className="facts">
          {(["metrics", "dimensions", "segments", "columns", "sources"] as const)
            .filter((kind) => lineage[kind].length > 0)
            .map((kind) => (
              <div key={kind}>
                <dt>{kind.charAt(0).toUpperCase() + kind.slice(1)}</dt>
                <dd>{lineage[kind].join(", ")}</dd>
              </div>
            ))}
        </dl>
      )}
    </section>
  );
}

function firstSql(catalog: CatalogView): string {
  const model = catalog.models[0];
  const metric = model?.metrics[0]?.name ?? "";
  const split = model?.dimensions.find(({ order }) => order.length > 0) ?? model?.dimensions[0];
  return [
    `SELECT ${split?.name ?? ""}, MEASURE(${metric}) AS ${metric}`,
    `FROM ${model?.name ?? ""}`,
    "GROUP BY ALL",
    `ORDER BY ${metric} DESC`,
  ].join("\n");
}
