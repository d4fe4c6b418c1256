// Named periods to ranges of days, as of a day. Pure.
// Invariant: as in a query object, `end` is the first day after the period.
export interface Range {
  start: string;
  end: string;
}

export const PERIODS = {
  all: "All time",
  "this-year": "This year",
  "last-year": "Last year",
  "this-quarter": "This quarter",
  "last-quarter": "Last quarter",
  "last-12-months": "Last 12 months",
  custom: "Other days",
} as const;

export type PeriodName = keyof typeof PERIODS;

export function toRange(name: PeriodName, asOf: string): Range | null {
  const year = Number(asOf.slice(0, 4));
  const month = Number(asOf.slice(5, 7)) - 1;
  const quarter = month - (month % 3);
  switch (name) {
    case "this-year":
      return between(year, 0, 12);
    case "last-year":
      return between(year - 1, 0, 12);
    case "this-quarter":
      return between(year, quarter, 3);
    case "last-quarter":
      return between(year, quarter - 3, 3);
    case "last-12-months":
      return between(year, month - 12, 12); // whole months, the current one not among them
    default:
      return null;
  }
}

function between(year: number, month: number, months: number): Range {
  return { start: firstDay(year, month), end: firstDay(year, month + months) };
}

function firstDay(year: number, month: number): string {
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

export function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}
