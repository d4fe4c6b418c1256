// A result to CSV text, for charts and tables on screen. Pure.
// Invariant: a text that a spreadsheet would take for a formula is made plain text.
import type { Rows } from "../api/types";

const FORMULA = /^[=+\-@\t\r]/;

export function toCsv({ columns, rows }: Rows): string {
  const lines = [columns.map((column) => column.label || column.name), ...rows];
  return lines.map((line) => line.map(toField).join(",")).join("\r\n") + "\r\n";
}

function toField(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
