import { expect, test } from "vitest";
import type { Column } from "../api/types";
import { formatCell, formatDate, formatShort, formatValue, MISSING } from "./format";

const column = (change: Partial<Column>): Column => ({
  name: "x",
  label: "X",
  type: "decimal",
  role: "metric",
  format: "number",
  ...change,
});

test.each([
  [1234.5, "currency", "$1,234.50"],
  [0.5014, "percent", "50.1%"],
  [50.14, "percentage", "50.1%"],
  [1234567, "integer", "1,234,567"],
  [12.345, "number", "12.35"],
  [12.3, "days", "12.3 days"],
  [true, "text", "yes"],
])("%s as %s reads %s", (value, format, text) => {
  expect(formatValue(value, format, "USD")).toBe(text);
});

test("what is missing is a dash and never 0", () => {
  expect(formatValue(null, "currency", "USD")).toBe(MISSING);
  expect(formatValue(Number.NaN, "number", "USD")).toBe(MISSING);
  expect(formatCell(null, column({ role: "dimension" }), "USD")).toBe("(unknown)");
});

test("cards shorten large amounts, and leave small ones and ratios alone", () => {
  expect(formatShort(4478214.39, "currency", "USD")).toBe("$4.48M");
  expect(formatShort(9999.5, "currency", "USD")).toBe("$9,999.50");
  expect(formatShort(45.58, "percentage", "USD")).toBe("45.6%");
});

test("another currency is written as such", () => {
  expect(formatValue(10, "currency", "EUR")).toBe("€10.00");
});

test("dates are the names of their periods, in no time zone", () => {
  expect(formatDate("2025-01-01", "month")).toBe("Jan 2025");
  expect(formatDate("2025-10-01", "quarter")).toBe("Q4 2025");
  expect(formatDate("2025-01-01", "year")).toBe("2025");
  expect(formatDate("2025-03-03", "")).toBe("2025-03-03");
});

test("a number that names something has no thousands separators", () => {
  expect(formatCell(2024, column({ role: "dimension", format: "integer" }), "USD")).toBe("2024");
});
