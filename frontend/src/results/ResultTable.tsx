// A result as a table: sortable, paged, numbers aligned; a cell can lead somewhere.
import {
  createPaginatedRowModel,
  createSortedRowModel,
  rowPaginationFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from "@tanstack/react-table";
import { useMemo } from "react";
import type { Rows } from "../api/types";
import { Button } from "../ui/Parts";
import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight, ChevronsUpDown } from "../ui/icons";
import { formatCell } from "./format";
import { useCurrency } from "./currency";

const features = tableFeatures({
  rowSortingFeature,
  rowPaginationFeature,
  sortedRowModel: createSortedRowModel(),
  paginatedRowModel: createPaginatedRowModel(),
});

type Row = unknown[];
interface SortRow {
  original: Row;
}

/** Numbers by size, everything else as text; what is missing is kept last by the table. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

interface Props {
  result: Rows;
  caption: string;
  pageSize?: number;
  /** Makes the first name of a row a way to what is behind it. */
  onPick?: ((row: Row) => void) | undefined;
}

export function ResultTable({ result, caption, pageSize = 10, onPick }: Props) {
  const currency = useCurrency();
  const columns = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      result.columns.map((column, at) => ({
        id: `${at}`,
        header: column.label || column.name,
        accessorFn: (row: Row) => row[at] ?? undefined,
        sortFn: (a: SortRow, b: SortRow) => compare(a.original[at], b.original[at]),
        sortUndefined: "last",
        sortDescFirst: column.role === "metric",
      })),
    [result.columns],
  );
  const table = useTable({
    features,
    columns,
    data: result.rows,
    initialState: { pagination: { pageIndex: 0, pageSize } },
  });
  const picked = onPick
    ? result.columns.findIndex((column) => column.role === "dimension" || column.role === "time")
    : -1;
  const isNumber = (at: number) =>
    typeof result.rows.find((row) => row[at] !== null)?.[at] === "number";

  return (
    <div className="table-box">
      <div className="table-scroll" tabIndex={0} role="region" aria-label={caption}>
        <table className="table">
          <caption className="sr-only">{caption}</caption>
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header, at) => {
                  const sorted = header.column.getIsSorted();
                  const order =
                    sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none";
                  const Icon =
                    sorted === "asc" ? ArrowUp : sorted === "desc" ? ArrowDown : ChevronsUpDown;
                  return (
                    <th
                      key={header.id}
                      scope="col"
                      aria-sort={order}
                      className={isNumber(at) ? "number" : ""}
                    >
                      <button
                        type="button"
                        className="sort"
                        onClick={header.column.getToggleSortingHandler()}
                      >
                        {result.columns[at]?.label || result.columns[at]?.name}
                        <Icon aria-hidden size={13} className={sorted ? "" : "faint"} />
                      </button>
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id}>
                {result.columns.map((column, at) => {
                  const text = formatCell(row.original[at], column, currency);
                  return (
                    <td key={at} className={isNumber(at) ? "number" : ""}>
                      {at === picked && onPick ? (
                        <button type="button" className="link" onClick={() => onPick(row.original)}>
                          {text}
                        </button>
                      ) : (
                        text
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {result.rows.length > pageSize && (
        <nav className="pager" aria-label={`Pages of ${caption}`}>
          <span className="muted">
            {table.state.pagination.pageIndex * pageSize + 1}–
            {Math.min((table.state.pagination.pageIndex + 1) * pageSize, result.rows.length)} of{" "}
            {result.rows.length}
          </span>
          <Button
            kind="quiet"
            aria-label="Previous page"
            icon={<ChevronLeft aria-hidden size={16} />}
            disabled={!table.getCanPreviousPage()}
            onClick={() => table.previousPage()}
          />
          <Button
            kind="quiet"
            aria-label="Next page"
            icon={<ChevronRight aria-hidden size={16} />}
            disabled={!table.getCanNextPage()}
            onClick={() => table.nextPage()}
          />
        </nav>
      )}
    </div>
  );
}
