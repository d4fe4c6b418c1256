"""The year of a period that another one in the sentence tells: "Q1 and Q2 2024".

Called by `times.py`. Invariant: only periods that the sentence joins share a year; one with a
year of its own keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from semantic.request import TimeRange, add_months
from server.planner.builtin.periods import Period, say_range
from server.planner.builtin.reading import Reading

_Placed = tuple[int, Period]


def share_years(reading: Reading, found: Sequence[_Placed]) -> list[Period]:
    """The periods in their order; those without a year take that of the one they are joined to."""
    placed = list(found)
    for number in range(len(placed) - 2, -1, -1):  # "Q1 and Q2 2024": from the right
        (at, first), (other, second) = placed[number], placed[number + 1]
        if first.year_free and not second.year_free and _is_joined(reading, at, other):
            placed[number] = (at, _moved(first, second, is_before=True))
    for number in range(1, len(placed)):  # "2024 Q1 and Q2"
        (other, first), (at, second) = placed[number - 1], placed[number]
        if second.year_free and not first.year_free and _is_joined(reading, other, at):
            placed[number] = (at, _moved(second, first, is_before=False))
    return [period for _, period in placed]


def _is_joined(reading: Reading, one: int, other: int) -> bool:
    between = reading.items[one + 1 : other]
    is_listed = not between and reading.items[other].after_comma
    return is_listed or (
        bool(between) and all(item.has_role("and", "or", "compare", "also") for item in between)
    )


def _moved(period: Period, other: Period, *, is_before: bool) -> Period:
    """The period in the year of the other one, on the side of it where it stands."""
    start, end, near = period.range.start, period.range.end, other.range.start
    if start is None or end is None or near is None or other.unit not in ("month", "quarter"):
        return period
    years = near.year - start.year
    moved = add_months(start, 12 * years)
    if is_before and moved > near:
        years -= 1
    elif not is_before and moved < near:
        years += 1
    wanted = TimeRange(start=_shift(start, years), end=_shift(end, years))
    if wanted == other.range:
        return period
    fiscal = period.fiscal
    if fiscal is not None and fiscal.start is not None and fiscal.end is not None:
        fiscal = TimeRange(start=_shift(fiscal.start, years), end=_shift(fiscal.end, years))
    words = say_range(wanted)
    return replace(period, range=wanted, words=words, fiscal=fiscal, year_free=False)


def _shift(day: date, years: int) -> date:
    return add_months(day, 12 * years)
