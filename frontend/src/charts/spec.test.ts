import { expect, test } from "vitest";
import type { Column, Rows } from "../api/types";
import { kindsFor, ROW, toSpec } from "./spec";

const name = (change: Partial<Column> = {}): Column => ({
  name: "stage",
  label: "Stage",
  type: "text",
  role: "dimension",
  format: "text",
  ...change,
});
const metric = (change: Partial<Column> = {}): Column => ({
  name: "value",
  label: "Value",
  type: "decimal",
  role: "metric",
  format: "currency",
  ...change,
});

const STAGES: Rows = {
  columns: [name(), metric()],
  rows: [
    ["Qualify", 10.5],
    ["Propose", null],
  ],
};
const MONTHS: Rows = {
  columns: [name({ name: "m", role: "time", type: "date", grain: "month" }), metric()],
  rows: [["2025-01-01", 1]],
};

function valuesOf(spec: unknown): Record<string, unknown>[] {
  return (spec as { data: { values: Record<string, unknown>[] } }).data.values;
}

test("parts of a sum may be a pie, a ratio or a negative part may not", () => {
  expect(kindsFor(STAGES)).toEqual(["bar", "pie", "table"]);
  const ratio = { ...STAGES, columns: [name(), metric({ format: "percent" })] };
  expect(kindsFor(ratio)).toEqual(["bar", "table"]);
  expect(kindsFor({ ...STAGES, rows: [["Qualify", -1]] })).toEqual(["bar", "table"]);
});

test("a time is a line first, one row of metrics are figures, names alone are a table", () => {
  expect(kindsFor(MONTHS)).toEqual(["line", "bar", "table"]);
  expect(kindsFor({ columns: [metric()], rows: [[1]] })).toEqual(["metrics", "table"]);
  expect(kindsFor({ columns: [name()], rows: [["a"]] })).toEqual(["table"]);
  expect(kindsFor({ ...STAGES, rows: [] })).toEqual(["table"]);
});

test("more bars than can be read are a table", () => {
  const rows = Array.from({ length: 31 }, (_, at) => [`a${at}`, at]);
  expect(kindsFor({ ...STAGES, rows })).toEqual(["table"]);
});

test("marks are the rows as they came, a missing value stays missing", () => {
  const values = valuesOf(toSpec(STAGES, "bar", "USD"));
  expect(values).toEqual([
    { [ROW]: 0, __label: "Qualify", __text: "$10.50", value: 10.5 },
    { [ROW]: 1, __label: "Propose", __text: "–", value: null },
  ]);
});

test("ratios are drawn as percents", () => {
  const ratio = { columns: [name(), metric({ format: "percent" })], rows: [["a", 0.5]] };
  expect(valuesOf(toSpec(ratio, "bar", "USD"))[0]?.["value"]).toBe(50);
});

test("a member that looks like an expression stays text", () => {
  const spec = toSpec({ ...STAGES, rows: [["datum.value + 1", 1]] }, "bar", "USD");
  expect(valuesOf(spec)[0]?.["__label"]).toBe("datum.value + 1");
  expect(JSON.stringify((spec as { encoding: unknown }).encoding)).not.toContain("datum.value + 1");
});

test("a table has no spec", () => {
  expect(toSpec(STAGES, "table", "USD")).toBeNull();
});
