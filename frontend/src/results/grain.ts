// Columns that say at which grain their dates are, also where only their name tells it. Pure.
import type { Column, Rows } from "../api/types";

const GRAINS = /_(day|week|month|quarter|year)$/;

export function withGrain(result: Rows): Rows {
  return { rows: result.rows, columns: result.columns.map(toGrained) };
}

function toGrained(column: Column): Column {
  if (column.role !== "time" || column.grain !== undefined) return column;
  const grain = GRAINS.exec(column.name)?.[1];
  return grain === undefined ? column : { ...column, grain };
}
