"""A stored result to the table that people read: typed cells, aligned columns, what was cut.

Called by `view.py` and the exports. Pure. Invariant: a cell is written by the format of its
column, as the answer wrote it; what is left out is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from semantic.compiled import ResultColumn
from semantic.types import DataType
from server.answer.formats import show
from server.answer.wire import Column, QueryBody

MAX_ROWS: Final = 60
MAX_COLUMNS: Final = 9
NUMERIC: Final = frozenset({"integer", "decimal", "double"})
_SHORT_ROWS: Final = 14


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as people read them."""

    headers: Sequence[tuple[str, bool]]
    """Label, and whether the column holds numbers."""
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]

    @property
    def size(self) -> str:
        """How it is laid out: few columns stay close together, few rows on one page."""
        width = "narrow" if len(self.headers) <= 3 else "wide"
        return f"{width} short" if len(self.rows) <= _SHORT_ROWS else width


def to_table(query: QueryBody, currency: str, max_rows: int = MAX_ROWS) -> Table:
    """The first rows and columns of a result; notes say what is left out."""
    columns = query.columns[:MAX_COLUMNS]
    typed = [to_result_column(column) for column in columns]
    rows = [
        [
            show(column, to_typed(wire, value), currency)
            for column, wire, value in zip(typed, columns, row, strict=False)
        ]
        for row in query.rows[:max_rows]
    ]
    notes = []
    if len(query.rows) > max_rows:
        notes.append(f"Rows 1 to {max_rows} of {query.row_count:,}; an export holds all of them.")
    if query.truncated:
        notes.append(f"The result itself was cut at {query.row_count:,} rows.")
    if len(query.columns) > MAX_COLUMNS:
        rest = ", ".join(column.label for column in query.columns[MAX_COLUMNS:])
        notes.append(f"Columns not shown: {rest}.")
    return Table([(c.label, _is_number(c)) for c in columns], rows, notes)


def _is_number(column: Column) -> bool:
    return column.type in NUMERIC and column.role in ("metric", "value")


def to_result_column(column: Column) -> ResultColumn:
    """A stored column as the answers know it."""
    kind: Any = column.type
    role: Any = column.role
    return ResultColumn(
        column.name, column.label, DataType(kind), role, column.format, column.grain
    )


def to_typed(column: Column, value: Any) -> Any:
    """A stored cell with its type back: dates travel as texts.

    >>> to_typed(Column("d", "D", "date", "time", "date"), "2025-01-31")
    datetime.date(2025, 1, 31)
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    if not isinstance(value, str):
        return value
    try:
        if column.type == "date":
            return date.fromisoformat(value)
        if column.type == "timestamp":
            return datetime.fromisoformat(value)
    except ValueError:
        return value
    return value
