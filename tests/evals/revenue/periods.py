"""Business time, as a person with a calendar reads it on the day of the questions.

Called by the question books. Invariant: both days of a period belong to it; where a phrase has
several customary readings, all of them are listed.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from tests.evals.revenue.facts import AS_OF, Where, within

THIS_MONTH: Final = (date(2025, 2, 1), date(2025, 2, 28))
LAST_MONTH: Final = (date(2025, 1, 1), date(2025, 1, 31))
NEXT_MONTH: Final = (date(2025, 3, 1), date(2025, 3, 31))
THIS_QUARTER: Final = (date(2025, 1, 1), date(2025, 3, 31))
LAST_QUARTER: Final = (date(2024, 10, 1), date(2024, 12, 31))
NEXT_QUARTER: Final = (date(2025, 4, 1), date(2025, 6, 30))
THIS_YEAR: Final = (date(2025, 1, 1), date(2025, 12, 31))
LAST_YEAR: Final = (date(2024, 1, 1), date(2024, 12, 31))
YEAR_TO_DATE: Final = (date(2025, 1, 1), AS_OF)
MONTH_TO_DATE: Final = (date(2025, 2, 1), AS_OF)
# Saturday, 15 February: weeks from Monday, or from Sunday.
THIS_WEEK: Final = ((date(2025, 2, 10), date(2025, 2, 16)), (date(2025, 2, 9), date(2025, 2, 15)))
LAST_WEEK: Final = ((date(2025, 2, 3), date(2025, 2, 9)), (date(2025, 2, 2), date(2025, 2, 8)))
NEXT_WEEK: Final = ((date(2025, 2, 17), date(2025, 2, 23)), (date(2025, 2, 16), date(2025, 2, 22)))

Span = tuple[date, date]


def ahead(days: int) -> tuple[Span, ...]:
    """The next days, with or without today and the last one."""
    last = AS_OF + timedelta(days=days)
    day = timedelta(days=1)
    return ((AS_OF, last - day), (AS_OF, last), (AS_OF + day, last))


def back(days: int) -> tuple[Span, ...]:
    """The last days, with or without today and the first one."""
    first = AS_OF - timedelta(days=days)
    day = timedelta(days=1)
    return ((first + day, AS_OF), (first, AS_OF), (first, AS_OF - day))


def months_back(months: int) -> tuple[Span, ...]:
    """The last months: day by day to today, whole ones before this one, or with this one."""
    at = AS_OF.year * 12 + AS_OF.month - 1 - months
    year, month = divmod(at, 12)
    first = date(year, month + 1, AS_OF.day)
    day = timedelta(days=1)
    begin = first.replace(day=1)
    following = date((at + 1) // 12, (at + 1) % 12 + 1, 1)
    return (
        (first, AS_OF),
        (first + day, AS_OF),
        (first, AS_OF - day),
        (begin, date(AS_OF.year, AS_OF.month, 1) - day),
        (following, THIS_MONTH[1]),
        (following, AS_OF),
    )


def in_any(spans: tuple[Span, ...], field: str = "close") -> list[Where]:
    """One filter a reading."""
    return [within(first, last, field) for first, last in spans]


def inside(span: Span, field: str = "close") -> Where:
    """Deals with their date in the period."""
    return within(*span, field)


def in_month(year: int, month: int, field: str = "close") -> Where:
    """Deals with their date in a month."""
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return within(date(year, month, 1), last, field)


def in_quarter(year: int, quarter: int, field: str = "close") -> Where:
    """Deals with their date in a quarter."""
    end = 3 * quarter
    last = date(year + end // 12, end % 12 + 1, 1) - timedelta(days=1)
    return within(date(year, end - 2, 1), last, field)


def in_year(year: int, field: str = "close") -> Where:
    """Deals with their date in a year."""
    return within(date(year, 1, 1), date(year, 12, 31), field)
