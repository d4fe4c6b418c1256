// The query being built, as a reducer, and as the body of POST /api/semantic/query. Pure.
import type { AskableQuery, Filter, ModelView } from "../api/types";
import { dayAfter } from "../dashboard/periods";

export type Op = Filter["op"];
type Time = NonNullable<AskableQuery["time"]>;
export type Grain = NonNullable<Time["grain"]>;

export interface DraftFilter {
  dimension: string;
  op: Op;
  text: string;
}

export interface Draft {
  model: string;
  metrics: string[];
  dimensions: string[];
  segments: string[];
  filters: DraftFilter[];
  start: string;
  end: string;
  grain: Grain | "";
  compare: "prior_period" | "prior_year" | "";
  limit: string;
}

export type Change =
  | { type: "model"; model: string }
  | { type: "toggle"; list: "metrics" | "dimensions" | "segments"; name: string }
  | { type: "set"; change: Partial<Draft> }
  | { type: "filter-added"; dimension: string }
  | { type: "filter-changed"; at: number; change: Partial<DraftFilter> }
  | { type: "filter-removed"; at: number };

export function emptyDraft(model: string): Draft {
  return {
    model,
    metrics: [],
    dimensions: [],
    segments: [],
    filters: [],
    start: "",
    end: "",
    grain: "",
    compare: "",
    limit: "",
  };
}

export function change(draft: Draft, action: Change): Draft {
  switch (action.type) {
    case "model":
      return emptyDraft(action.model);
    case "toggle": {
      const list = draft[action.list];
      const has = list.includes(action.name);
      const next = has ? list.filter((name) => name !== action.name) : [...list, action.name];
      return { ...draft, [action.list]: next };
    }
    case "set":
      return { ...draft, ...action.change };
    case "filter-added":
      return {
        ...draft,
        filters: [...draft.filters, { dimension: action.dimension, op: "=", text: "" }],
      };
    case "filter-changed":
      return {
        ...draft,
        filters: draft.filters.map((filter, at) =>
          at === action.at ? { ...filter, ...action.change } : filter,
        ),
      };
    case "filter-removed":
      return { ...draft, filters: draft.filters.filter((_, at) => at !== action.at) };
  }
}

export const OPERATORS: Record<Op, string> = {
  "=": "is",
  "!=": "is not",
  in: "is one of",
  not_in: "is none of",
  ">": "is more than",
  ">=": "is at least",
  "<": "is less than",
  "<=": "is at most",
  between: "lies between",
  contains: "contains",
  not_contains: "does not contain",
  starts_with: "starts with",
  is_null: "has no value",
  is_not_null: "has a value",
};

export const takesNoValue = (op: Op): boolean => op === "is_null" || op === "is_not_null";
const takesSeveral = (op: Op): boolean => ["in", "not_in", "between"].includes(op);

/** The request; a comparison goes along only where both ends of the period are given. */
export function toQuery(draft: Draft, model: ModelView | undefined): AskableQuery {
  const kinds = new Map(model?.dimensions.map((dimension) => [dimension.name, dimension.type]));
  const filters = draft.filters.map((filter) => ({
    dimension: filter.dimension,
    op: filter.op,
    values: toValues(filter, kinds.get(filter.dimension) ?? "text"),
  }));
  const time = toTime(draft);
  return {
    model: draft.model,
    metrics: draft.metrics,
    dimensions: draft.dimensions,
    segments: draft.segments,
    filters,
    ...(time === null ? {} : { time }),
    ...(draft.limit === "" ? {} : { limit: Number(draft.limit) }),
  };
}

function toTime({ start, end, grain, compare }: Draft): Time | null {
  if (start === "" && end === "" && grain === "") return null;
  // The form's last day belongs to the period; the request's end is the first day after.
  const range = {
    ...(start === "" ? {} : { start }),
    ...(end === "" ? {} : { end: dayAfter(end) }),
  };
  return {
    ...(start === "" && end === "" ? {} : { range }),
    ...(grain === "" ? {} : { grain }),
    ...(compare === "" ? {} : { compare }),
  };
}

function toValues({ op, text }: DraftFilter, kind: string): (string | number | boolean)[] {
  if (takesNoValue(op)) return [];
  const parts = takesSeveral(op) ? text.split(",").map((part) => part.trim()) : [text.trim()];
  return parts.filter((part) => part !== "").map((part) => toValue(part, kind));
}

function toValue(text: string, kind: string): string | number | boolean {
  if (kind === "number" && text !== "" && !Number.isNaN(Number(text))) return Number(text);
  if (kind === "boolean") return ["true", "yes", "1"].includes(text.toLowerCase());
  return text;
}
