import { expect, test } from "vitest";
import { dayAfter, toRange } from "./periods";

test.each([
  ["this-year", { start: "2025-01-01", end: "2026-01-01" }],
  ["last-year", { start: "2024-01-01", end: "2025-01-01" }],
  ["this-quarter", { start: "2025-01-01", end: "2025-04-01" }],
  ["last-quarter", { start: "2024-10-01", end: "2025-01-01" }],
  ["last-12-months", { start: "2024-02-01", end: "2025-02-01" }],
] as const)("%s as of 2025-02-15", (name, range) => {
  expect(toRange(name, "2025-02-15")).toEqual(range);
});

test("all time has no bounds", () => {
  expect(toRange("all", "2025-02-15")).toBeNull();
});

test("the day after the last of February", () => {
  expect(dayAfter("2024-02-28")).toBe("2024-02-29");
  expect(dayAfter("2024-12-31")).toBe("2025-01-01");
});
