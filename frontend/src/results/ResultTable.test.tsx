// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { catalogQuery } from "../api/queries";
import type { Rows } from "../api/types";
import { ResultTable } from "./ResultTable";

const RESULT = {
  columns: [
    { name: "city", label: "City", type: "text", role: "dimension", format: null },
    { name: "orders", label: "Orders", type: "integer", role: "metric", format: "integer" },
  ],
  rows: [
    ["Bern", 9],
    ["Köln", null],
    ["Oslo", 120],
    ["Rome", 35],
  ],
} as unknown as Rows;

function show(pageSize: number) {
  const client = new QueryClient();
  client.setQueryData(catalogQuery.queryKey, { currency: "USD" } as never);
  render(
    <QueryClientProvider client={client}>
      <ResultTable result={RESULT} caption="Orders by city" pageSize={pageSize} />
    </QueryClientProvider>,
  );
  return screen.getByRole("table", { name: "Orders by city" });
}

function cities(table: HTMLElement): string[] {
  const [, ...lines] = within(table).getAllByRole("row");
  return lines.map((line) => within(line).getAllByRole("cell")[0]?.textContent ?? "");
}

test("a metric is sorted by size, the largest first, and what is missing stays last", () => {
  const table = show(10);
  expect(cities(table)).toEqual(["Bern", "Köln", "Oslo", "Rome"]);
  fireEvent.click(within(table).getByRole("button", { name: /Orders/ }));
  expect(cities(table)).toEqual(["Oslo", "Rome", "Bern", "Köln"]);
  fireEvent.click(within(table).getByRole("button", { name: /Orders/ }));
  expect(cities(table)).toEqual(["Bern", "Rome", "Oslo", "Köln"]);
});

test("a long result is turned page by page and says where it is", () => {
  const table = show(3);
  expect(cities(table)).toEqual(["Bern", "Köln", "Oslo"]);
  fireEvent.click(screen.getByRole("button", { name: "Next page" }));
  expect(cities(table)).toEqual(["Rome"]);
});
