// What the model claims about its data, and whether it holds on the version in use.
import { useQuery } from "@tanstack/react-query";
import { checksQuery } from "../api/queries";
import type { CheckList } from "../api/types";
import { formatCount } from "../results/format";
import { Card, ErrorNote, Loading } from "../ui/Parts";

export function ChecksCard() {
  const checks = useQuery(checksQuery);
  return (
    <Card title="Checks">
      {checks.isPending && <Loading lines={3} />}
      {checks.isError && <ErrorNote error={checks.error} retry={() => void checks.refetch()} />}
      {checks.data && <Checks list={checks.data} />}
    </Card>
  );
}

function Checks({ list }: { list: CheckList }) {
  const broken = list.checks.filter(({ ok }) => !ok);
  const kept = list.checks.filter(({ ok }) => ok);
  return (
    <>
      <p className="muted">
        {formatCount(list.checks.length, "claim")} of the model proved on version {list.version}:{" "}
        {broken.length === 0
          ? "all of them hold."
          : `${formatCount(list.errors, "error")}, ${formatCount(list.warnings, "warning")}.`}
      </p>
      <ul className="stack">
        {broken.map((check) => (
          <li key={check.name}>
            <span className={check.severity === "error" ? "tag tag-bad" : "tag"}>
              {check.severity}
            </span>{" "}
            {check.message}
          </li>
        ))}
      </ul>
      <details className="work">
        <summary>{formatCount(kept.length, "claim")} that hold</summary>
        <ul>
          {kept.map((check) => (
            <li key={check.name} className="muted">
              {check.message === "" ? check.name : check.message}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
