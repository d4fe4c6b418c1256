import { expect, test } from "vitest";
import type { Column } from "../api/types";
import { toCsv } from "./csv";

const column = (label: string): Column => ({
  name: label.toLowerCase(),
  label,
  type: "text",
  role: "dimension",
  format: "text",
});

test("fields are quoted where they must be, numbers stay numbers", () => {
  const text = toCsv({
    columns: [column("Account"), column("Value")],
    rows: [
      ['Say "hi", Inc.', -12.5],
      ["Two\nlines", null],
    ],
  });
  expect(text).toBe('Account,Value\r\n"Say ""hi"", Inc.",-12.5\r\n"Two\nlines",\r\n');
});

test.each(["=cmd|'/C calc'!A0", "+1", "-1", "@x", "\tx"])("%j is no formula", (value) => {
  const [, line] = toCsv({ columns: [column("A")], rows: [[value]] }).split("\r\n");
  expect(line?.replace(/^"/, "").startsWith("'")).toBe(true);
});
