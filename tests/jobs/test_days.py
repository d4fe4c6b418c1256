"""`as_of` and the periods of alerts, with days looked up in a calendar."""

from __future__ import annotations

from datetime import date

import pytest

from semantic.spec import CalendarSpec
from server.jobs.days import last_period, resolve_day
from server.jobs.definition import Period

SATURDAY = date(2025, 2, 15)
FEBRUARY_YEAR = CalendarSpec(fiscal_year_start="february", week_start="sunday")


@pytest.mark.parametrize(
    "as_of,today,expected",
    [
        ("today", SATURDAY, date(2025, 2, 15)),
        ("yesterday", date(2025, 3, 1), date(2025, 2, 28)),
        ("end of last week", SATURDAY, date(2025, 2, 9)),
        ("end of last week", date(2025, 2, 10), date(2025, 2, 9)),
        ("end of last month", date(2024, 3, 31), date(2024, 2, 29)),
        ("end of last month", date(2025, 1, 1), date(2024, 12, 31)),
        ("end of last quarter", date(2025, 5, 31), date(2025, 3, 31)),
        ("end of last year", SATURDAY, date(2024, 12, 31)),
        ("end of last fiscal year", SATURDAY, date(2024, 12, 31)),
        ("2024-06-30", SATURDAY, date(2024, 6, 30)),
    ],
)
def test_a_named_day_is_the_one_the_calendar_has(as_of: str, today: date, expected: date) -> None:
    assert resolve_day(as_of, today, CalendarSpec()) == expected


@pytest.mark.parametrize(
    "as_of,today,expected",
    [
        ("end of last week", SATURDAY, date(2025, 2, 8)),
        ("end of last fiscal year", SATURDAY, date(2025, 1, 31)),
        ("end of last fiscal year", date(2025, 1, 15), date(2024, 1, 31)),
        ("end of last fiscal quarter", date(2025, 4, 30), date(2025, 1, 31)),
        ("end of last fiscal quarter", date(2025, 5, 1), date(2025, 4, 30)),
    ],
)
def test_weeks_and_years_begin_where_the_model_says(
    as_of: str, today: date, expected: date
) -> None:
    assert resolve_day(as_of, today, FEBRUARY_YEAR) == expected


@pytest.mark.parametrize(
    "period,start,end",
    [
        ("day", date(2025, 2, 14), date(2025, 2, 15)),
        ("week", date(2025, 2, 3), date(2025, 2, 10)),
        ("month", date(2025, 1, 1), date(2025, 2, 1)),
        ("quarter", date(2024, 10, 1), date(2025, 1, 1)),
        ("year", date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_the_last_period_is_a_whole_one(period: Period, start: date, end: date) -> None:
    found = last_period(period, SATURDAY, CalendarSpec())
    assert (found.start, found.end) == (start, end)
