// The runs of a report, newest first: how each went, on which data, its files and deliveries.
import { useQuery } from "@tanstack/react-query";
import { getFile } from "../api/client";
import { runsQuery } from "../api/queries";
import type { ReportBody, RunBody, RunFile } from "../api/types";
import { formatMoment } from "../results/format";
import { Button, ErrorNote, Loading } from "../ui/Parts";
import { Download } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { save } from "../ui/save";

export function Runs({ report }: { report: ReportBody }) {
  const runs = useQuery(runsQuery(report.name));
  return (
    <section aria-label={`History of ${report.title}`}>
      <h3>History</h3>
      {runs.isPending && <Loading lines={2} />}
      {runs.isError && <ErrorNote error={runs.error} retry={() => void runs.refetch()} />}
      {runs.data?.runs.length === 0 && <p className="muted">It has not run yet.</p>}
      <ul>
        {runs.data?.runs.map((run) => (
          <RunLine key={run.id} run={run} />
        ))}
      </ul>
    </section>
  );
}

const TONES: Record<string, string> = { succeeded: "tag tag-good", failed: "tag tag-bad" };

function RunLine({ run }: { run: RunBody }) {
  const facts = [
    run.elapsed_ms === null ? "" : `${(run.elapsed_ms / 1000).toFixed(1)} s`,
    run.warehouse_version === null ? "" : `data version ${run.warehouse_version}`,
    run.as_of === null ? "" : `as of ${run.as_of}`,
    run.attempts > 1 ? `try ${run.attempts}` : "",
  ].filter((fact) => fact !== "");
  return (
    <li className="line">
      <div className="line-main">
        <span className="line-title">
          {formatMoment(run.created_at)}{" "}
          <span className={TONES[run.status] ?? "tag"}>{run.status}</span>
        </span>
        <span className="muted">{facts.join(" · ")}</span>
        {whyOf(run).map((text) => (
          <span key={text} className="muted">
            {text}
          </span>
        ))}
      </div>
      <div className="card-actions">
        {run.files.map((file) => (
          <FileButton key={file.href} file={file} />
        ))}
      </div>
    </li>
  );
}

/** What kept a run, or a message of it, from going through. */
function whyOf(run: RunBody): string[] {
  const problem = run.problem?.["detail"] ?? run.problem?.["message"];
  const lost = run.deliveries
    .filter(({ status }) => status !== "sent")
    .map(({ recipient, status, problem }) => `${recipient}: ${status} ${problem ?? ""}`.trim());
  return [
    typeof problem === "string" ? problem : "",
    run.skipped ?? "",
    ...run.notes,
    ...lost,
  ].filter((text) => text !== "");
}

function FileButton({ file }: { file: RunFile }) {
  const notice = useNotice();
  return (
    <Button
      kind="quiet"
      icon={<Download aria-hidden size={15} />}
      aria-label={`Download ${file.name}`}
      onClick={() => void getFile(file).then(save).catch(notice.showError)}
    >
      {file.format.toUpperCase()}
    </Button>
  );
}
