// Numbers and dates to the text people read, by the model's formats. Pure.
// Invariant: a missing value is a dash, never 0; nothing is rounded beyond what the format says.
import type { Column, KeyMetric } from "../api/types";

export const MISSING = "–";
const LOCALE = "en-US"; // the answers' own language and number style, the same for everybody

type Style = Intl.NumberFormatOptions;

function toNumberText(value: number, style: Style): string {
  return new Intl.NumberFormat(LOCALE, style).format(value);
}

const money = (currency: string): Style => ({ style: "currency", currency });

export function formatValue(value: unknown, format: string, currency: string): string {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return toText(value);
  if (!Number.isFinite(value)) return MISSING;
  switch (format) {
    case "currency":
      return toNumberText(value, money(currency));
    case "percent":
      return toNumberText(value, { style: "percent", maximumFractionDigits: 1 });
    case "percentage":
      return `${toNumberText(value, { maximumFractionDigits: 1 })}%`;
    case "days":
      return `${toNumberText(value, { maximumFractionDigits: 1 })} days`;
    default:
      return toNumberText(value, { maximumFractionDigits: 2 });
  }
}

/** Short enough for a card: $4.48M. Equal to the whole text where that is short already. */
export function formatShort(value: unknown, format: string, currency: string): string {
  if (typeof value !== "number" || Math.abs(value) < 10_000) {
    return formatValue(value, format, currency);
  }
  const compact: Style = {
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: 2,
  };
  if (format === "currency") return toNumberText(value, { ...money(currency), ...compact });
  if (format === "percent" || format === "percentage") return formatValue(value, format, currency);
  return toNumberText(value, compact);
}

export function formatCell(value: unknown, column: Column, currency: string): string {
  const isName = column.role === "dimension" || column.role === "time";
  if (value === null || value === undefined) return isName ? "(unknown)" : MISSING;
  if (typeof value === "string" && isDate(value)) return formatDate(value, column.grain ?? "");
  // A year or a number of the CRM is a name, not an amount: no thousands separators.
  if (isName && typeof value === "number" && ["integer", "number"].includes(column.format)) {
    return String(value);
  }
  return formatValue(value, column.format, currency);
}

export function formatDate(text: string, grain: string): string {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const part = (style: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALE, { ...style, timeZone: "UTC" }).format(day);
  switch (grain) {
    case "month":
      return part({ month: "short", year: "numeric" });
    case "quarter":
      return `Q${Math.floor(day.getUTCMonth() / 3) + 1} ${day.getUTCFullYear()}`;
    case "year":
      return String(day.getUTCFullYear());
    case "week":
      return `week of ${text.slice(0, 10)}`;
    default:
      return text.slice(0, 10);
  }
}

/** A moment in the reader's own time zone. */
export function formatMoment(text: string): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(text),
  );
}

export function formatCard(metric: KeyMetric, currency: string): { short: string; exact: string } {
  return {
    short: formatShort(metric.value, metric.format, currency),
    exact: formatValue(metric.value, metric.format, currency),
  };
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat(LOCALE).format(count)} ${count === 1 ? one : many}`;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(T[\d:.Z+-]*)?$/.test(text);
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
