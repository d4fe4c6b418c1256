"""Findings to the numbers and dates that a text about them may state.

Called by `checked_prose.py`. Pure. Invariant: a fact is a cell, a count of rows, or one of the few
sums, differences, shares and ratios named here; nothing is made of anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, Literal

from server.answer.prose_numbers import is_name
from server.answer.shape import Finding, is_cut, total

FactUnit = Literal["currency", "percent", "points", "number", "ratio", "growth", "count"]
_DERIVED_ROWS: Final = 60
"""Of a longer table only the cells count: of many cells, some pair gives any number."""
_LEADING: Final = 5
_DAY: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that may be stated, with the column it is made from; `row` where it is a cell."""

    value: Decimal
    unit: FactUnit
    finding: int
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that may be stated about some findings."""

    numbers: tuple[Fact, ...]
    days: frozenset[date]
    as_of: date
    years: frozenset[int]
    literals: frozenset[Decimal]
    """Numbers of the conditions that ran: thresholds, limits, lengths of periods."""
    names: frozenset[str] = field(default_factory=frozenset)
    """Texts with digits that are names: cells and labels, in lower case."""


def collect_facts(findings: Sequence[Finding], definitions: Iterable[str], as_of: date) -> Facts:
    """The facts of the findings.

    Args:
        definitions: texts of the segments and metrics that were used, for thresholds and dates.
    """
    numbers: list[Fact] = []
    days: set[date] = set()
    texts = [*(finding.table.semantic_sql for finding in findings), *definitions]
    for place, finding in enumerate(findings):
        numbers += _cells(finding, place)
        numbers += _derived(finding, place)
        days |= _days(finding)
    for text in texts:
        written = {_to_day(found) for found in _DAY.finditer(text)} - {None}
        days |= {day for day in written if day is not None}
        # A period ends on the day before its open end.
        days |= {day - timedelta(days=1) for day in written if day is not None}
    literals = {number for text in texts for number in _literals(text)}
    years = {as_of.year, *(day.year for day in days)}
    years |= {int(n) for n in literals if n == int(n) and 1900 <= n <= 2100}
    return Facts(
        tuple(numbers),
        frozenset(days),
        as_of,
        frozenset(years),
        frozenset(literals),
        _names(findings),
    )


def _cells(finding: Finding, place: int) -> Iterator[Fact]:
    for column in finding.numbers:
        unit = _unit(finding, column)
        for row, cell in enumerate(finding.cells(column)):
            number = _number(cell)
            if number is not None:
                scaled = number * 100 if unit == "percent" else number
                yield Fact(scaled, unit, place, row, column)
    if not finding.table.truncated:
        yield Fact(Decimal(finding.table.row_count), "count", place)


def _unit(finding: Finding, column: int) -> FactUnit:
    format_ = finding.column(column).format
    if format_ in ("currency", "percent"):
        return "currency" if format_ == "currency" else "percent"
    return "number"


def _number(cell: Any) -> Decimal | None:
    if cell is None or isinstance(cell, bool) or cell != cell:
        return None
    number = Decimal(str(cell))
    return number if number.is_finite() else None


def _derived(finding: Finding, place: int) -> Iterator[Fact]:
    """Total, leading sums, shares, and how neighbours, ends and extremes differ."""
    if finding.table.row_count > _DERIVED_ROWS:
        return
    for column in finding.numbers:
        unit = _unit(finding, column)
        cells = [_number(cell) for cell in finding.cells(column)]
        known = [cell * 100 if unit == "percent" else cell for cell in cells if cell is not None]
        if len(known) < 2:
            continue
        yield from _sums(finding, place, column, unit, known)
        yield from _gaps(place, column, unit, known, is_series=bool(finding.times))


def _sums(
    finding: Finding, place: int, column: int, unit: FactUnit, known: Sequence[Decimal]
) -> Iterator[Fact]:
    if finding.column(column).name not in finding.additive:
        return
    for count in range(2, min(_LEADING, len(known)) + 1):
        yield Fact(sum(known[:count], Decimal(0)), unit, place, None, column)
    whole = total(list(known))
    if is_cut(finding) or not whole:
        return
    yield Fact(whole, unit, place, None, column)
    for row, cell in enumerate(finding.cells(column)):
        number = _number(cell)
        if number is not None:
            yield Fact(number / whole * 100, "percent", place, row, column)
            yield Fact(number / whole, "ratio", place, row, column)


def _gaps(
    place: int, column: int, unit: FactUnit, known: Sequence[Decimal], *, is_series: bool
) -> Iterator[Fact]:
    pairs = {*pairwise(known), (known[0], known[-1]), (min(known), max(known))}
    for one, other in pairs:
        gap: FactUnit = "points" if unit == "percent" else unit
        yield Fact(other - one, gap, place, None, column)
        if unit == "percent":
            continue  # a percentage of percentages is nobody's number
        if is_series and one > 0:
            yield Fact(other / one, "growth", place, None, column)
        for base, value in ((one, other), (other, one)):
            if base > 0:
                yield Fact((value - base) / base * 100, "percent", place, None, column)
                yield Fact(value / base, "ratio", place, None, column)


def _days(finding: Finding) -> set[date]:
    return {cell for row in finding.table.rows for cell in row if isinstance(cell, date)}


def _to_day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _literals(text: str) -> Iterator[Decimal]:
    """Numbers that stand alone in a text of SQL; those of dates and names are none."""
    without_days = _DAY.sub(" ", text)
    for found in re.finditer(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w.])", without_days):
        yield Decimal(found[0])


def _names(findings: Sequence[Finding]) -> frozenset[str]:
    found = set()
    for finding in findings:
        found |= {column.label for column in finding.table.columns}
        for row in finding.table.rows:
            found |= {cell for cell in row if isinstance(cell, str)}
    with_digits = (name for name in found if any(c.isdigit() for c in name))
    return frozenset(name.lower() for name in with_digits if is_name(name))
