// One report: its parts and alerts, its schedules, the files of its runs.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteReport, printReport } from "../api/client";
import { reportsQuery } from "../api/queries";
import type { ReportBody, ScheduleBody } from "../api/types";
import { Confirm } from "../ui/Dialogs";
import { Button, Card } from "../ui/Parts";
import { FileText, Trash2 } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { save } from "../ui/save";
import { AddSchedule } from "./AddSchedule";
import { describe } from "./definition";
import { Runs } from "./Runs";
import { ScheduleLine } from "./ScheduleLine";

export function ReportCard({
  report,
  schedules,
}: {
  report: ReportBody;
  schedules: ScheduleBody[];
}) {
  const notice = useNotice();
  const [isLeaving, setLeaving] = useState(false);
  const print = useMutation({
    mutationFn: () => printReport(report.name),
    onSuccess: (file) => {
      save(file);
      notice.show("The report is in your downloads.");
    },
    onError: notice.showError,
  });
  const isBroken = report.issues.length > 0;
  return (
    <Card
      title={report.title}
      actions={
        <>
          <Button
            kind="quiet"
            icon={<FileText aria-hidden size={16} />}
            disabled={isBroken || print.isPending}
            onClick={() => print.mutate()}
          >
            {print.isPending ? "Printing…" : "PDF now"}
          </Button>
          {report.origin !== "file" && (
            <Button
              kind="quiet"
              aria-label={`Delete ${report.title}`}
              icon={<Trash2 aria-hidden size={16} />}
              onClick={() => setLeaving(true)}
            />
          )}
        </>
      }
    >
      <p className="muted">{describe(report.definition)}</p>
      {isBroken && (
        <ul className="problems" aria-label="Problems">
          {report.issues.map((issue, at) => (
            <li key={at} className="problem">
              {issue.where ?? ""} {issue.message} {issue.hint ?? ""}
            </li>
          ))}
        </ul>
      )}
      {report.alerts.length > 0 && (
        <ul className="tags" aria-label="Alerts">
          {report.alerts.map((alert) => (
            <li key={alert.name} className={alert.state === "fired" ? "tag tag-bad" : "tag"}>
              {alert.name.replaceAll("_", " ")}: {alert.state}
            </li>
          ))}
        </ul>
      )}
      <section aria-label={`Schedules of ${report.title}`}>
        <h3>Schedules</h3>
        <ul>
          {schedules.map((schedule) => (
            <ScheduleLine key={schedule.id} schedule={schedule} />
          ))}
        </ul>
        {!isBroken && <AddSchedule report={report.name} />}
      </section>
      <Runs report={report} />
      {isLeaving && <Leave report={report} onClose={() => setLeaving(false)} />}
    </Card>
  );
}

function Leave({ report, onClose }: { report: ReportBody; onClose: () => void }) {
  const queries = useQueryClient();
  const notice = useNotice();
  const remove = useMutation({
    mutationFn: () => deleteReport(report.name),
    onSuccess: () => queries.invalidateQueries({ queryKey: reportsQuery.queryKey }),
    onError: notice.showError,
  });
  return (
    <Confirm
      title="Delete this report?"
      description={`“${report.title}” runs no more. The files of its runs stay.`}
      action="Delete"
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
