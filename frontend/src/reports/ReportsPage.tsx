// Reports: what they hold, when they run, how it went, and their files.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { reportsQuery, schedulesQuery } from "../api/queries";
import { Button, Empty, ErrorNote, Loading, PageHead } from "../ui/Parts";
import { Plus } from "../ui/icons";
import { NewReport } from "./NewReport";
import { ReportCard } from "./ReportCard";

export function ReportsPage() {
  const reports = useQuery(reportsQuery);
  const schedules = useQuery(schedulesQuery);
  const [isNew, setNew] = useState(false);
  const all = schedules.data?.schedules ?? [];
  return (
    <div className="page">
      <PageHead
        title="Reports"
        lead="A report is made of questions and the dashboard. A schedule runs it by itself; every run is kept with its files."
      >
        <Button kind="primary" icon={<Plus aria-hidden size={16} />} onClick={() => setNew(true)}>
          New report
        </Button>
      </PageHead>
      {reports.isPending && <Loading lines={5} />}
      {reports.isError && <ErrorNote error={reports.error} retry={() => void reports.refetch()} />}
      {schedules.isError && (
        <ErrorNote error={schedules.error} retry={() => void schedules.refetch()} />
      )}
      {reports.data?.reports.length === 0 && (
        <Empty title="No reports yet">
          Make one here, or put a YAML file into the reports folder.
        </Empty>
      )}
      {reports.data?.reports.map((report) => (
        <ReportCard
          key={report.name}
          report={report}
          schedules={all.filter((schedule) => schedule.report === report.name)}
        />
      ))}
      {isNew && <NewReport onClose={() => setNew(false)} />}
    </div>
  );
}
