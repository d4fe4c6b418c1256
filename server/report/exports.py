"""A result table to a file: CSV, XLSX or Parquet, whole and inert.

Called by the routes and report jobs, in a thread for what is large. Invariant: numbers stay
numbers, dates dates, texts texts; a result that was cut says so in the file or beside it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from semantic.compiled import ResultColumn
from semantic.number_text import symbol_of
from server.csv_text import to_csv
from server.report.export_cells import to_json_text, to_sheet_cell
from server.results import ResultTable

ExportFormat = Literal["csv", "xlsx", "parquet"]
MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_WIDEST: Final = 60
_MEASURED_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Exportable:
    """A result with what a reader must know about it."""

    title: str
    columns: Sequence[ResultColumn]
    rows: Sequence[Sequence[Any]]
    is_cut: bool
    semantic_sql: str
    warehouse_version: int | None
    as_of: date | None
    data_sources: Sequence[str]
    currency: str = "USD"

    @classmethod
    def of(cls, table: ResultTable, as_of: date, title: str, currency: str) -> Exportable:
        """The table of a query just run."""
        return cls(
            title=title or table.title,
            columns=table.columns,
            rows=table.rows,
            is_cut=table.truncated,
            semantic_sql=table.semantic_sql,
            warehouse_version=table.warehouse_version,
            as_of=as_of,
            data_sources=table.data_sources,
            currency=currency,
        )

    @property
    def facts(self) -> dict[str, str]:
        """What the file is, by name, for its metadata."""
        facts = {
            "title": self.title,
            "rows": str(len(self.rows)),
            "cut": f"yes, at {len(self.rows)} rows" if self.is_cut else "no",
            "data version": "" if self.warehouse_version is None else str(self.warehouse_version),
            "as of": "" if self.as_of is None else self.as_of.isoformat(),
            "sources": ", ".join(self.data_sources),
            "semantic SQL": self.semantic_sql,
        }
        return {name: text for name, text in facts.items() if text}


def write_export(result: Exportable, kind: ExportFormat) -> bytes:
    """The bytes of the file."""
    return _WRITERS[kind](result)


# ------------------------------------------------------------------ CSV


def _write_csv(result: Exportable) -> bytes:
    """UTF-8 with a mark, so that spreadsheets read accents; columns by their names."""
    head = [column.name for column in result.columns]
    return to_csv([head, *result.rows], "\r\n").encode("utf-8-sig")


# ------------------------------------------------------------------ XLSX


def _write_xlsx(result: Exportable) -> bytes:
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        _write_rows(book, book.add_worksheet("Result"), result)
        _write_about(book, book.add_worksheet("About"), result)
    return out.getvalue()


def _write_rows(book: Any, sheet: Any, result: Exportable) -> None:
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = [_cell_format(book, column, result.currency) for column in result.columns]
    for n, column in enumerate(result.columns):
        sheet.set_column(n, n, _width(result, n), formats[n])
        sheet.write_string(0, n, column.label, bold)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(result.rows, 1):
        for n, value in enumerate(row):
            _write_cell(sheet, line, n, to_sheet_cell(value), formats[n])
    if result.columns:
        sheet.autofilter(0, 0, max(len(result.rows), 1), len(result.columns) - 1)


def _write_cell(sheet: Any, line: int, n: int, cell: Any, format_: Any) -> None:
    match cell:
        case None:
            sheet.write_blank(line, n, None, format_)
        case bool():
            sheet.write_boolean(line, n, cell)
        case int() | float():
            sheet.write_number(line, n, cell, format_)
        case date():
            sheet.write_datetime(line, n, cell, format_)
        case _:
            sheet.write_string(line, n, cell)


def _cell_format(book: Any, column: ResultColumn, currency: str) -> Any:
    """The number format of a column, by the model's format."""
    if column.type.is_time:
        pattern = "yyyy-mm-dd" if column.type.kind == "date" else "yyyy-mm-dd hh:mm:ss"
        return book.add_format({"num_format": pattern})
    patterns = {
        "currency": f'"{symbol_of(currency)}"#,##0.00',
        "percent": "0.0%",
        "integer": "#,##0",
        "number": "#,##0.##",
        "days": "#,##0.##",
    }
    is_number = column.type.is_numeric and column.role in ("metric", "value")
    pattern = patterns.get(column.format, "General") if is_number else "General"
    return book.add_format({"num_format": pattern})


def _width(result: Exportable, n: int) -> int:
    longest = max((len(str(row[n])) for row in result.rows[:_MEASURED_ROWS]), default=0)
    return min(_WIDEST, max(longest, len(result.columns[n].label), 8) + 2)


def _write_about(book: Any, sheet: Any, result: Exportable) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 100)
    for line, (name, text) in enumerate(result.facts.items()):
        sheet.write_string(line, 0, name.capitalize(), bold)
        sheet.write_string(line, 1, text[:32_000], wrapped)


# ------------------------------------------------------------------ Parquet


def _write_parquet(result: Exportable) -> bytes:
    names = _apart([column.name for column in result.columns])
    arrays = [
        _to_array(column, [row[n] for row in result.rows])
        for n, column in enumerate(result.columns)
    ]
    facts = {name.replace(" ", "_"): text for name, text in result.facts.items()}
    table = pa.table(dict(zip(names, arrays, strict=True))).replace_schema_metadata(facts)
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _to_array(column: ResultColumn, values: list[Any]) -> Any:
    """The values in the type of their column; a decimal wide enough for all of them."""
    kind = column.type.kind
    if kind == "decimal":
        exact = [None if v is None else Decimal(str(v)) for v in values]
        exponents = (v.as_tuple().exponent for v in exact if v is not None)
        scales = [-e for e in exponents if isinstance(e, int) and e < 0]
        return pa.array(exact, pa.decimal128(38, max([column.type.scale, *scales])))
    if kind == "integer":
        is_small = all(v is None or -(2**63) <= v < 2**63 for v in values)
        return pa.array(values, pa.int64() if is_small else pa.decimal128(38, 0))
    if kind in _ARROW_TYPES:
        return pa.array(values, _ARROW_TYPES[kind])
    texts = [to_json_text(v) if isinstance(v, Mapping) else v for v in values]
    return pa.array([None if v is None else str(v) for v in texts], pa.string())


_ARROW_TYPES: Final[Mapping[str, Any]] = {
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def _apart(names: Sequence[str]) -> list[str]:
    """The names, a repeated one with its number."""
    counts: dict[str, int] = {}
    found = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        found.append(name if counts[name] == 1 else f"{name}_{counts[name]}")
    return found


_WRITERS: Final[Mapping[ExportFormat, Callable[[Exportable], bytes]]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
}
