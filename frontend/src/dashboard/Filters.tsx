// Which days and which rows all tiles are made of.
import { useQuery } from "@tanstack/react-query";
import { valuesQuery } from "../api/queries";
import type { CatalogView, DashboardRequest } from "../api/types";
import { Button, Field } from "../ui/Parts";
import { dayAfter, PERIODS, toRange, type PeriodName } from "./periods";

export interface Choice {
  period: PeriodName;
  start: string;
  end: string;
  dimension: string;
  member: string;
}

export const EVERYTHING: Choice = { period: "all", start: "", end: "", dimension: "", member: "" };

interface Props {
  catalog: CatalogView;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

export function Filters({ catalog, choice, onChange }: Props) {
  const set = (change: Partial<Choice>) => onChange({ ...choice, ...change });
  // The first model is the one the tiles are about; only names can be picked from a list.
  const dimensions = catalog.models[0]?.dimensions.filter(({ type }) => type === "text") ?? [];
  const isFiltered = choice.period !== "all" || choice.member !== "";
  return (
    <div className="filters">
      <Field label="Period">
        <select
          value={choice.period}
          onChange={(event) => set({ period: event.target.value as PeriodName })}
        >
          {Object.entries(PERIODS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      {choice.period === "custom" && (
        <>
          <Field label="First day">
            <input
              type="date"
              value={choice.start}
              onChange={(event) => set({ start: event.target.value })}
            />
          </Field>
          <Field label="Last day">
            <input
              type="date"
              value={choice.end}
              onChange={(event) => set({ end: event.target.value })}
            />
          </Field>
        </>
      )}
      <Field label="Only">
        <select
          value={choice.dimension}
          onChange={(event) => set({ dimension: event.target.value, member: "" })}
        >
          <option value="">everything</option>
          {dimensions.map(({ qualified_name, label }) => (
            <option key={qualified_name} value={qualified_name}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      {choice.dimension !== "" && (
        <Members dimension={choice.dimension} member={choice.member} onChange={set} />
      )}
      {isFiltered && (
        <Button kind="quiet" onClick={() => onChange(EVERYTHING)}>
          Clear
        </Button>
      )}
    </div>
  );
}

function Members({
  dimension,
  member,
  onChange,
}: {
  dimension: string;
  member: string;
  onChange: (change: Partial<Choice>) => void;
}) {
  const values = useQuery(valuesQuery(dimension));
  return (
    <Field label="is">
      <select value={member} onChange={(event) => onChange({ member: event.target.value })}>
        <option value="">any</option>
        {values.data?.values
          .map(({ value }) => value)
          .filter((value) => typeof value === "string")
          .map((value) => (
            <option key={value} value={value}>
              {value}
            </option>
          ))}
      </select>
    </Field>
  );
}

/** The request for a choice; `today` is the clock of the tiles. */
export function toRequest(choice: Choice, today: string): DashboardRequest {
  const { period, start, end, dimension, member } = choice;
  const custom = {
    ...(start === "" ? {} : { start }),
    ...(end === "" ? {} : { end: dayAfter(end) }),
  };
  const range = period === "custom" ? custom : toRange(period, today);
  const filters = member === "" ? [] : [{ dimension, op: "=" as const, values: [member] }];
  return {
    ...(range === null || Object.keys(range).length === 0 ? {} : { period: range }),
    ...(filters.length === 0 ? {} : { filters }),
  };
}
