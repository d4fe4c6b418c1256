"""Stretches of business time: what a period is, how units begin and move, how ranges are said.

Used by `period_parsers.py` and the composing steps. Invariant: every range is half-open and
exact to the day; a period carries words that say which days it covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from semantic.request import TimeRange, add_months
from semantic.spec import CalendarSpec

MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august",
                 "september", "october", "november", "december")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time as asked for; `length` in tokens.

    `loose` names a month or quarter without a year: `year_free` moves it by whole years.
    """

    range: TimeRange
    words: str
    length: int
    unit: str = ""
    """day, week, month, quarter or year where it is one whole unit."""
    year_free: bool = False
    is_previous: bool = False
    """True for "last month" and the like, which is relative to what is compared with it."""
    is_to_date: bool = False
    """True for a unit that ends today: "year to date"."""
    halves: tuple[TimeRange, TimeRange] | None = None
    """The two periods of "from January to March", where a comparison of them may be meant."""
    fiscal: TimeRange | None = None
    """The same words in the fiscal calendar, where that is another range."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The answer's day, the model's calendar, and whether the question looks back or ahead."""

    as_of: date
    calendar: CalendarSpec
    tense: Literal["past", "future", ""] = ""

    @property
    def fiscal_start(self) -> int:
        """The month number in which a fiscal year begins."""
        return MONTHS.index(self.calendar.fiscal_year_start) + 1


def unit_start(day: date, unit: str, clock: Clock) -> date:
    """The first day of the unit that `day` lies in."""
    if unit == "day":
        return day
    if unit == "week":
        shift = day.weekday() if clock.calendar.week_start == "monday" else (day.weekday() + 1) % 7
        return day - timedelta(days=shift)
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if unit == "year":
        return date(day.year, 1, 1)
    offset = (day.month - clock.fiscal_start) % 12
    start = add_months(day.replace(day=1), -offset)
    return start if unit == "fiscal_year" else add_months(start, offset // 3 * 3)


def move(day: date, unit: str, amount: int) -> date:
    """`day` moved by whole units."""
    plain = unit.removeprefix("fiscal_")
    if plain in ("day", "week"):
        return day + timedelta(days=amount * (7 if plain == "week" else 1))
    return add_months(day, amount * {"month": 1, "quarter": 3, "year": 12}[plain])


def say_range(wanted: TimeRange) -> str:
    """A range in words, both ends inclusive.

    >>> say_range(TimeRange(start=date(2025, 1, 1), end=date(2025, 2, 1)))
    'January 2025'
    """
    start, end = wanted.start, wanted.end
    if start is None and end is None:
        return "all dates"
    if start is None:
        return f"before {end:%Y-%m-%d}"
    if end is None:
        return f"from {start:%Y-%m-%d} on"
    if start.day == 1 and end == add_months(start, 1):
        return f"{MONTHS[start.month - 1].capitalize()} {start.year}"
    if start.day == 1 and start.month % 3 == 1 and end == add_months(start, 3):
        return f"Q{start.month // 3 + 1} {start.year}"
    if (start.month, start.day) == (1, 1) and end == add_months(start, 12):
        return str(start.year)
    if end - start == timedelta(days=1):
        return f"{start:%Y-%m-%d}"
    return f"{start:%Y-%m-%d} to {end - timedelta(days=1):%Y-%m-%d}"
