import { expect, test } from "vitest";
import type { ModelView } from "../api/types";
import { change, emptyDraft, toQuery, type Change, type Draft } from "./draft";

const dimension = (name: string, type: string) => ({
  name,
  qualified_name: `deals.${name}`,
  label: name,
  description: "",
  synonyms: [],
  type,
  format: "",
  order: [],
});
const MODEL = {
  name: "deals",
  dimensions: [dimension("stage", "text"), dimension("amount", "number")],
} as unknown as ModelView;

const build = (changes: Change[]): Draft => changes.reduce(change, emptyDraft("deals"));

test("what is ticked twice is not asked", () => {
  const toggle: Change = { type: "toggle", list: "metrics", name: "deal_count" };
  expect(build([toggle]).metrics).toEqual(["deal_count"]);
  expect(build([toggle, toggle]).metrics).toEqual([]);
});

test("another data set starts anew", () => {
  const draft = build([
    { type: "toggle", list: "metrics", name: "deal_count" },
    { type: "model", model: "accounts" },
  ]);
  expect(draft).toEqual(emptyDraft("accounts"));
});

test("values are of the kind of their dimension", () => {
  const draft = build([
    { type: "filter-added", dimension: "stage" },
    { type: "filter-changed", at: 0, change: { op: "in", text: "Qualify, 007" } },
    { type: "filter-added", dimension: "amount" },
    { type: "filter-changed", at: 1, change: { op: ">=", text: "1000" } },
  ]);
  expect(toQuery(draft, MODEL).filters).toEqual([
    { dimension: "stage", op: "in", values: ["Qualify", "007"] },
    { dimension: "amount", op: ">=", values: [1000] },
  ]);
});

test("a condition without a value sends none", () => {
  const draft = build([
    { type: "filter-added", dimension: "stage" },
    { type: "filter-changed", at: 0, change: { op: "is_null", text: "left over" } },
  ]);
  expect(toQuery(draft, MODEL).filters).toEqual([
    { dimension: "stage", op: "is_null", values: [] },
  ]);
});

test("the last day belongs to the period", () => {
  const draft = build([{ type: "set", change: { start: "2024-02-01", end: "2024-02-29" } }]);
  expect(toQuery(draft, MODEL).time).toEqual({ range: { start: "2024-02-01", end: "2024-03-01" } });
});

test("without a period and a grain there is no time in the request", () => {
  expect(toQuery(build([]), MODEL)).not.toHaveProperty("time");
  expect(toQuery(build([{ type: "set", change: { limit: "5" } }]), MODEL).limit).toBe(5);
});

test("a removed filter takes no other with it", () => {
  const draft = build([
    { type: "filter-added", dimension: "stage" },
    { type: "filter-added", dimension: "amount" },
    { type: "filter-removed", at: 0 },
  ]);
  expect(draft.filters.map((filter) => filter.dimension)).toEqual(["amount"]);
});
