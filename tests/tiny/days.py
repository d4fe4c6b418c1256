"""Periods by hand: the first day of a period, the next one, a date moved by months.

Used by the oracle. Invariant: nothing here asks the engine; weeks and fiscal years follow the
calendar that is given.
"""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta

from tests.tiny.world import Calendar

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}


def move(day: date, amount: int, unit: str) -> date:
    """`day` moved by whole units; the 31st becomes the last day of a shorter month."""
    if unit in ("day", "week"):
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    count = day.year * 12 + day.month - 1 + amount * _MONTHS_IN[unit]
    year, month = divmod(count, 12)
    last = months.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def first_day(day: date, grain: str, calendar: Calendar) -> date:
    """The first day of the period that `day` lies in."""
    if grain == "day":
        return day
    if grain == "week":
        back = day.weekday() if calendar.week_start == "monday" else (day.weekday() + 1) % 7
        return day - timedelta(days=back)
    size = _MONTHS_IN[grain]
    start = calendar.fiscal_start - 1 if grain.startswith("fiscal") else 0
    count = day.year * 12 + day.month - 1 - start
    year, month = divmod(count - count % size + start, 12)
    return date(year, month + 1, 1)


def next_period(start: date, grain: str) -> date:
    """The first day after the period that starts at `start`."""
    return move(start, 1, grain)


def periods(days: list[date], grain: str, calendar: Calendar) -> list[date]:
    """Every period from the first to the last of `days`."""
    if not days:
        return []
    found, last = [first_day(min(days), grain, calendar)], first_day(max(days), grain, calendar)
    while found[-1] < last:
        found.append(next_period(found[-1], grain))
    return found


def is_whole(grain: str, amount: int, unit: str) -> bool:
    """True where an offset is a whole number of periods wherever the calendar stands."""
    if grain == "day":
        return True
    if grain == "week":
        return unit == "week" or (unit == "day" and amount % 7 == 0)
    return unit in _MONTHS_IN and amount * _MONTHS_IN[unit] % _MONTHS_IN[grain] == 0
