// One schedule: its rhythm, when it comes next, run now, remove.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteSchedule, runSchedule } from "../api/client";
import { runsQuery, schedulesQuery } from "../api/queries";
import type { ScheduleBody } from "../api/types";
import { formatMoment } from "../results/format";
import { Button } from "../ui/Parts";
import { Play, Trash2 } from "../ui/icons";
import { useNotice } from "../ui/notices";

const NEXT = 3;

export function ScheduleLine({ schedule }: { schedule: ScheduleBody }) {
  const queries = useQueryClient();
  const notice = useNotice();
  const run = useMutation({
    mutationFn: () => runSchedule(schedule.id),
    onSuccess: async () => {
      notice.show("The run has begun.");
      await queries.invalidateQueries({ queryKey: runsQuery(schedule.report).queryKey });
    },
    onError: notice.showError,
  });
  const remove = useMutation({
    mutationFn: () => deleteSchedule(schedule.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: schedulesQuery.queryKey }),
    onError: notice.showError,
  });
  return (
    <li className="line">
      <div className="line-main">
        <span className="line-title">
          <code>{schedule.cron}</code> {schedule.timezone}
        </span>
        {schedule.problem === "" ? (
          <span className="muted">
            Next: {schedule.next_runs.slice(0, NEXT).map(formatMoment).join(" · ")}
          </span>
        ) : (
          <span className="tag tag-bad">{schedule.problem}</span>
        )}
      </div>
      <div className="card-actions">
        <Button
          icon={<Play aria-hidden size={15} />}
          disabled={run.isPending}
          onClick={() => run.mutate()}
        >
          Run now
        </Button>
        <Button
          kind="quiet"
          aria-label={`Remove the schedule ${schedule.cron}`}
          icon={<Trash2 aria-hidden size={16} />}
          onClick={() => remove.mutate()}
        />
      </div>
    </li>
  );
}
