// When a report runs by itself: a usual rhythm or a cron expression, in the reader's time zone.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addSchedule } from "../api/client";
import { schedulesQuery } from "../api/queries";
import { Button, ErrorNote, Field } from "../ui/Parts";
import { Plus } from "../ui/icons";

const RHYTHMS = {
  "0 7 * * 1-5": "Weekdays at 7:00",
  "0 7 * * 1": "Mondays at 7:00",
  "0 7 1 * *": "First of the month at 7:00",
  "0 7 1 1,4,7,10 *": "First of the quarter at 7:00",
};
const OTHER = "other";

export function AddSchedule({ report }: { report: string }) {
  const [isOpen, setOpen] = useState(false);
  const [rhythm, setRhythm] = useState("0 7 * * 1");
  const [cron, setCron] = useState("");
  const [timezone, setTimezone] = useState(
    () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  );
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      addSchedule({ report, cron: rhythm === OTHER ? cron.trim() : rhythm, timezone }),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: schedulesQuery.queryKey });
    },
  });
  if (!isOpen) {
    return (
      <Button kind="quiet" icon={<Plus aria-hidden size={15} />} onClick={() => setOpen(true)}>
        Add a schedule
      </Button>
    );
  }
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Field label="Runs">
        <select value={rhythm} onChange={(event) => setRhythm(event.target.value)}>
          {Object.entries(RHYTHMS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          <option value={OTHER}>As a cron expression</option>
        </select>
      </Field>
      {rhythm === OTHER && (
        <Field label="Minute hour day month weekday">
          <input
            value={cron}
            placeholder="30 6 * * 1"
            onChange={(event) => setCron(event.target.value)}
          />
        </Field>
      )}
      <Field label="Time zone">
        <input
          value={timezone}
          list="timezones"
          onChange={(event) => setTimezone(event.target.value)}
        />
        <datalist id="timezones">
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </Field>
      <Button kind="primary" type="submit" disabled={add.isPending}>
        Add
      </Button>
      <Button onClick={() => setOpen(false)}>Cancel</Button>
      {add.isError && <ErrorNote error={add.error} />}
    </form>
  );
}
