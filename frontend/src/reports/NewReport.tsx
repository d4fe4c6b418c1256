// A new report definition: a title, what is in it, who gets it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { putReport } from "../api/client";
import { reportsQuery } from "../api/queries";
import { Modal } from "../ui/Dialogs";
import { Button, ErrorNote, Field } from "../ui/Parts";
import { useNotice } from "../ui/notices";
import { isComplete, NEW_REPORT, toSpec, type ReportDraft } from "./definition";

export function NewReport({ onClose }: { onClose: () => void }) {
  const [draft, setDraft] = useState(NEW_REPORT);
  const queries = useQueryClient();
  const notice = useNotice();
  const set = (change: Partial<ReportDraft>) => setDraft({ ...draft, ...change });
  const keep = useMutation({
    mutationFn: () => putReport(toSpec(draft)),
    onSuccess: async (report) => {
      onClose();
      notice.show(`“${report.title}” is kept.`);
      await queries.invalidateQueries({ queryKey: reportsQuery.queryKey });
    },
  });
  return (
    <Modal title="New report" onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          keep.mutate();
        }}
      >
        <Field label="Title">
          <input
            value={draft.title}
            maxLength={200}
            autoFocus
            onChange={(event) => set({ title: event.target.value })}
          />
        </Field>
        <Field label="Questions, one per line">
          <textarea
            rows={4}
            value={draft.questions}
            onChange={(event) => set({ questions: event.target.value })}
          />
        </Field>
        <Check
          label="With the dashboard"
          isOn={draft.hasDashboard}
          onChange={(hasDashboard) => set({ hasDashboard })}
        />
        <fieldset className="radios">
          <legend className="sr-only">Formats</legend>
          <Check label="PDF" isOn={draft.isPdf} onChange={(isPdf) => set({ isPdf })} />
          <Check label="HTML" isOn={draft.isHtml} onChange={(isHtml) => set({ isHtml })} />
        </fieldset>
        <Field label="E-mail to (several with commas)">
          <input value={draft.emails} onChange={(event) => set({ emails: event.target.value })} />
        </Field>
        {keep.isError && <ErrorNote error={keep.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!isComplete(draft) || keep.isPending}>
            Keep
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Check({
  label,
  isOn,
  onChange,
}: {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
