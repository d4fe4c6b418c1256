// A query put together from the catalog, run by the server, shown as any other result.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useReducer, useState, type Dispatch } from "react";
import { runQuery } from "../api/client";
import { valuesQuery } from "../api/queries";
import type { CatalogView, ModelView } from "../api/types";
import { ResultView } from "../results/ResultView";
import { ShowWork } from "../results/ShowWork";
import { Button, Card, Empty, ErrorNote, Field, Loading } from "../ui/Parts";
import { Play, Plus, X } from "../ui/icons";
import {
  change,
  emptyDraft,
  OPERATORS,
  takesNoValue,
  toQuery,
  type Change,
  type Draft,
  type DraftFilter,
  type Grain,
  type Op,
} from "./draft";

const MANY = 12;
const GRAINS: Grain[] = [
  "day",
  "week",
  "month",
  "quarter",
  "year",
  "fiscal_quarter",
  "fiscal_year",
];

export function BuilderTab({ catalog }: { catalog: CatalogView }) {
  const [draft, dispatch] = useReducer(change, catalog.models[0]?.name ?? "", emptyDraft);
  const model = catalog.models.find(({ name }) => name === draft.model);
  const run = useMutation({ mutationFn: () => runQuery(toQuery(draft, model)) });
  const isAsking = draft.metrics.length + draft.dimensions.length > 0 || draft.grain !== "";
  if (model === undefined) return <Empty title="The model file names no data set" />;
  return (
    <div className="split">
      <form
        className="card"
        aria-label="Query"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <Field label="Data set">
          <select
            value={draft.model}
            onChange={(event) => dispatch({ type: "model", model: event.target.value })}
          >
            {catalog.models.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </Field>
        <Choices
          title="Metrics"
          list="metrics"
          items={model.metrics}
          draft={draft}
          dispatch={dispatch}
        />
        <Choices
          title="Split by"
          list="dimensions"
          items={model.dimensions}
          draft={draft}
          dispatch={dispatch}
        />
        {model.segments.length > 0 && (
          <Choices
            title="Only"
            list="segments"
            items={model.segments}
            draft={draft}
            dispatch={dispatch}
          />
        )}
        <Filters model={model} draft={draft} dispatch={dispatch} />
        <Period draft={draft} dispatch={dispatch} />
        <div className="form-foot">
          <Button
            kind="primary"
            type="submit"
            icon={<Play aria-hidden size={15} />}
            disabled={!isAsking || run.isPending}
          >
            Run
          </Button>
        </div>
      </form>
      <Card className="builder-result">
        {run.isIdle && <Empty title="Choose what to see">A metric, and what to split it by.</Empty>}
        {run.isPending && <Loading lines={6} label="Computing" />}
        {run.isError && <ErrorNote error={run.error} />}
        {run.data && (
          <>
            <ResultView
              title={run.data.title || "Result"}
              result={run.data}
              sql={run.data.semantic_sql}
              asOf={run.data.as_of}
            />
            <ShowWork query={run.data} version={run.data.warehouse_version} asOf={run.data.as_of} />
          </>
        )}
      </Card>
    </div>
  );
}

interface Part {
  draft: Draft;
  dispatch: Dispatch<Change>;
}

function Choices({
  title,
  list,
  items,
  draft,
  dispatch,
}: Part & {
  title: string;
  list: "metrics" | "dimensions" | "segments";
  items: { name: string; label: string; description: string }[];
}) {
  const [search, setSearch] = useState("");
  const found = items.filter(
    ({ name, label }) =>
      draft[list].includes(name) || label.toLowerCase().includes(search.trim().toLowerCase()),
  );
  return (
    <fieldset className="group">
      <legend>{title}</legend>
      {items.length > MANY && (
        <input
          type="search"
          aria-label={`Find in ${title}`}
          placeholder="Find"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      )}
      <div className="choices">
        {found.map(({ name, label, description }) => (
          <label key={name} className="check" title={description}>
            <input
              type="checkbox"
              checked={draft[list].includes(name)}
              onChange={() => dispatch({ type: "toggle", list, name })}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Filters({ model, draft, dispatch }: Part & { model: ModelView }) {
  const first = model.dimensions[0]?.name ?? "";
  return (
    <fieldset className="group">
      <legend>Filters</legend>
      {draft.filters.map((filter, at) => (
        <FilterLine key={at} model={model} filter={filter} at={at} dispatch={dispatch} />
      ))}
      <Button
        kind="quiet"
        icon={<Plus aria-hidden size={15} />}
        onClick={() => dispatch({ type: "filter-added", dimension: first })}
      >
        Add a filter
      </Button>
    </fieldset>
  );
}

function FilterLine({
  model,
  filter,
  at,
  dispatch,
}: {
  model: ModelView;
  filter: DraftFilter;
  at: number;
  dispatch: Dispatch<Change>;
}) {
  const values = useQuery(valuesQuery(`${model.name}.${filter.dimension}`));
  const change = (change: Partial<DraftFilter>) => dispatch({ type: "filter-changed", at, change });
  const members = `members-${at}`;
  return (
    <div className="filter-line">
      <select
        aria-label="Dimension"
        value={filter.dimension}
        onChange={(event) => change({ dimension: event.target.value })}
      >
        {model.dimensions.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <select
        aria-label="Condition"
        value={filter.op}
        onChange={(event) => change({ op: event.target.value as Op })}
      >
        {Object.entries(OPERATORS).map(([op, label]) => (
          <option key={op} value={op}>
            {label}
          </option>
        ))}
      </select>
      <Button
        kind="quiet"
        aria-label="Remove the filter"
        icon={<X aria-hidden size={15} />}
        onClick={() => dispatch({ type: "filter-removed", at })}
      />
      {!takesNoValue(filter.op) && (
        <>
          <input
            aria-label="Value"
            list={members}
            value={filter.text}
            placeholder={filter.op === "in" || filter.op === "not_in" ? "a, b, c" : "Value"}
            onChange={(event) => change({ text: event.target.value })}
          />
          <datalist id={members}>
            {values.data?.values
              .filter(({ value }) => value !== null)
              .map(({ value }) => (
                <option key={String(value)} value={String(value)} />
              ))}
          </datalist>
        </>
      )}
    </div>
  );
}

function Period({ draft, dispatch }: Part) {
  const set = (change: Partial<Draft>) => dispatch({ type: "set", change });
  return (
    <fieldset className="group">
      <legend>Period</legend>
      <div className="pair">
        <Field label="First day">
          <input type="date" value={draft.start} onChange={(e) => set({ start: e.target.value })} />
        </Field>
        <Field label="Last day">
          <input type="date" value={draft.end} onChange={(e) => set({ end: e.target.value })} />
        </Field>
        <Field label="Shown by">
          <select
            value={draft.grain}
            onChange={(e) => set({ grain: e.target.value as Grain | "" })}
          >
            <option value="">no time axis</option>
            {GRAINS.map((grain) => (
              <option key={grain} value={grain}>
                {grain.replace("_", " ")}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Compared with">
          <select
            value={draft.compare}
            onChange={(e) => set({ compare: e.target.value as Draft["compare"] })}
          >
            <option value="">nothing</option>
            <option value="prior_period">the period before</option>
            <option value="prior_year">a year earlier</option>
          </select>
        </Field>
        <Field label="At most (rows)">
          <input
            type="number"
            min={1}
            max={100000}
            value={draft.limit}
            onChange={(e) => set({ limit: e.target.value })}
          />
        </Field>
      </div>
    </fieldset>
  );
}
