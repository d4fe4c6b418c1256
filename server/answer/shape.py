"""A result table by the roles of its columns: what is named, what is measured, what is time.

Called by charts, insights and prose, so that all of them see the same result. Invariant: pure;
no cell is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from semantic.compiled import ResultColumn
from server.answer.wire import ChartType
from server.results import ResultTable

_ORDER: Final = re.compile(r'\bORDER BY "?(\w+)"?[^()]*$', re.IGNORECASE)
_LIMIT: Final = re.compile(r"\bLIMIT (\d+)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One executed query, as the answer shows it."""

    id: str
    title: str
    table: ResultTable
    chart: ChartType | None = None
    """Asked for, or set by the verified query or the analysis."""
    additive: frozenset[str] = frozenset()
    """Columns whose cells add up to the whole."""
    lower_is_better: frozenset[str] = frozenset()
    is_list: bool = False
    """Rows as they are: a table, not groups."""
    placed_by: str = ""
    """The column that gives all these rows one place: several rows are a tie there."""
    is_told: bool = False
    """The analysis says itself what its rows mean."""
    named_by: str = ""
    """The column that names a group, where the others only describe it."""
    measured_by: tuple[str, ...] = ()
    """The numbers that matter most, first."""
    functions: tuple[str, ...] = ()
    overall: Mapping[str, Any] = field(default_factory=dict)
    """Metric -> its value over all rows of the question, not only those of the groups shown."""
    behind: Mapping[tuple[Any, ...], int] = field(default_factory=dict)
    """Members of a group (times, then names) -> the rows that its first number is made from."""
    behind_label: str = ""
    """What those rows are called."""
    as_of: date | None = None
    """The clock of the answer; a period it stands in is not over."""

    @property
    def times(self) -> list[int]:
        """Positions of time columns with a grain."""
        return [n for n, c in enumerate(self.table.columns) if c.role == "time"]

    @property
    def names(self) -> list[int]:
        """Positions of the columns that name a group."""
        found = [n for n, c in enumerate(self.table.columns) if c.role == "dimension"]
        named = [n for n in found if self.table.columns[n].name == self.named_by]
        return named or found

    @property
    def numbers(self) -> list[int]:
        """Positions of the numbers."""
        found = [
            n
            for n, c in enumerate(self.table.columns)
            if c.role in ("metric", "value") and c.type.is_numeric
        ]
        first = [n for name in self.measured_by for n in found if self.column(n).name == name]
        return list(dict.fromkeys([*first, *found]))

    @property
    def kind(self) -> Literal["empty", "single", "series", "groups", "rows"]:
        """What the result is: one row of numbers, a time series, groups, or rows."""
        if not self.table.rows:
            return "empty"
        if self.is_list or not self.numbers:
            return "rows"
        if len(self.table.rows) == 1 and not self.times and not self.names:
            return "single"
        if self.times and not self._is_ranking:
            return "series"
        return "groups" if self.names or self.times else "rows"

    @property
    def _is_ranking(self) -> bool:
        """True for periods in the order of a number: which one is the best, not how it went."""
        return ordered_by(self) in {self.column(n).name for n in self.numbers}

    def column(self, position: int) -> ResultColumn:
        """The column at a position."""
        return self.table.columns[position]

    def cells(self, position: int) -> list[Any]:
        """All cells of a column."""
        return [row[position] for row in self.table.rows]


def ordered_by(finding: Finding) -> str:
    """The column that the rows of the whole result are ordered by first; empty where none is."""
    order = _ORDER.search(finding.table.semantic_sql)
    return order[1] if order else ""


def shown_days(finding: Finding, axis: int) -> tuple[date | None, date | None]:
    """The first day that counts and the first that no longer does, of the days behind a period.

    Read off the conditions on what the time column is made of; None where there is none.
    """
    sql = finding.table.semantic_sql
    name = re.escape(finding.column(axis).name)
    made_of = re.search(rf"\bdate_trunc\('\w+', ([\w.\"]+)\) AS \"?{name}\b", sql, re.IGNORECASE)
    if made_of is None:
        return None, None
    found: dict[str, list[date]] = {">": [], "<": []}
    condition = rf"(?<![\w.\"]){re.escape(made_of[1])} (<|>)(=?) DATE '(\d{{4}}-\d\d-\d\d)'"
    for side, equal, text in re.findall(condition, sql, re.IGNORECASE):
        is_next_day = (side == "<") == bool(equal)
        found[side].append(date.fromisoformat(text) + timedelta(days=is_next_day))
    return min(found[">"], default=None), max(found["<"], default=None)


def is_blank(finding: Finding) -> bool:
    """True where the result says nothing: no rows, or nothing but nulls and zeros."""
    if not finding.table.rows:
        return True
    if finding.kind == "rows":
        return False
    return all(not row[n] for row in finding.table.rows for n in finding.numbers)


def is_cut(finding: Finding) -> bool:
    """True where there may be more groups than the rows show."""
    limit = _LIMIT.search(finding.table.semantic_sql)
    is_full = limit is not None and finding.table.row_count >= int(limit[1])
    return finding.table.truncated or is_full


def is_filtered(finding: Finding) -> bool:
    """True where groups were left out by their own number, so that the rest is no whole."""
    return re.search(r"\b(HAVING|QUALIFY)\b", finding.table.semantic_sql) is not None


def total(cells: list[Any]) -> Decimal | None:
    """The exact sum of the cells that hold a number; None where none does."""
    numbers = [Decimal(str(cell)) for cell in cells if cell is not None]
    return sum(numbers, Decimal(0)) if numbers else None


Hints = dict[str, tuple[str, str]]
"""Label and format by column name."""


def with_hints(table: ResultTable, hints: Hints) -> ResultTable:
    """The table with label and format of the columns that only the asking side knows."""
    columns = tuple(
        replace(
            c,
            label=hints[c.name][0],
            format=hints[c.name][1],
            role="metric" if c.type.is_numeric else c.role,
        )
        if c.name in hints
        else c
        for c in table.columns
    )
    return replace(table, columns=columns)
