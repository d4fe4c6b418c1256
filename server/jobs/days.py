"""The `as_of` of a definition and the periods of alerts to days of the calendar.

Called by runs and alerts. Pure. Invariant: the end of a past period lies before today.
"""

from __future__ import annotations

from datetime import date, timedelta

from semantic.query_object import TimeRange, add_months
from semantic.spec import CalendarSpec
from server.jobs.definition import Period

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_STEPS = {"month": 1, "quarter": 3, "year": 12}


def resolve_day(as_of: str, today: date, calendar: CalendarSpec) -> date:
    """The day that `as_of` means.

    >>> resolve_day("end of last month", date(2025, 2, 15), CalendarSpec())
    datetime.date(2025, 1, 31)
    """
    if as_of == "today":
        return today
    if as_of == "yesterday":
        return today - timedelta(days=1)
    words = as_of.removeprefix("end of last ")
    if words == as_of:
        return date.fromisoformat(as_of)
    is_fiscal = words.startswith("fiscal ")
    return period_start(words.removeprefix("fiscal "), today, calendar, is_fiscal) - timedelta(1)


def last_period(period: Period, day: date, calendar: CalendarSpec) -> TimeRange:
    """The last whole period that ended on or before the eve of `day`.

    >>> last_period("month", date(2025, 2, 15), CalendarSpec()).start
    datetime.date(2025, 1, 1)
    """
    end = period_start(period, day, calendar)
    if period in _STEPS:
        return TimeRange(start=add_months(end, -_STEPS[period]), end=end)
    return TimeRange(start=end - timedelta(days=7 if period == "week" else 1), end=end)


def period_start(period: str, day: date, calendar: CalendarSpec, is_fiscal: bool = False) -> date:
    """The first day of the period that `day` lies in."""
    if period == "day":
        return day
    if period == "week":
        back = day.weekday() if calendar.week_start == "monday" else (day.weekday() + 1) % 7
        return day - timedelta(days=back)
    shift = _MONTHS.index(calendar.fiscal_year_start) if is_fiscal else 0
    months = (day.month - 1 - shift) % _STEPS[period]
    return add_months(day.replace(day=1), -months)
