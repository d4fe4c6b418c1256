"""Cells of a result and of an expected answer to comparable keys: texts, numbers, periods.

Called by `evaluation_match.py`. Pure. Invariant: two spellings of one value give one key, two
values never do.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

Period = tuple[str, date]
"""The grain and the first day."""

_MISSING_WORDS: Final = (
    "none", "null", "nan", "nat", "na", "n/a", "unknown", "blank", "unspecified", "undefined",
    "empty", "missing", "unassigned", "not specified", "not set", "no value", "not available", "-",
    "\u2013", "\u2014",
)  # fmt: skip
_MISSING: Final = frozenset(
    {"", "<null>", "<na>", *_MISSING_WORDS, *(f"({word})" for word in _MISSING_WORDS)}
)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_QUOTES: Final = str.maketrans({"\u2018": "'", "\u2019": "'"})


def to_text(value: Any) -> str | None:
    """The value without case, spacing and typographic quotes; None for whatever means nothing.

    >>> to_text("  New\\u2019s   Deal "), to_text("(blank)"), to_text(3.0)
    ("new's deal", None, '3')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).translate(_QUOTES).replace("&amp;", "&")
    text = " ".join(text.split()).casefold()
    if text in _MISSING:
        return None
    return {"true": "yes", "false": "no"}.get(text, text)


def to_number(value: Any) -> float | None:
    """The number, also written as $1,234.50, 12%, (5) or 3 days; None for anything else.

    >>> to_number("$1,234.50"), to_number("(5)"), to_number("12%"), to_number("Web")
    (1234.5, -5.0, 12.0, None)
    """
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, str):
        return float(value) if math.isfinite(value) else None
    text = re.sub(r"[\s,\u00a0$\u20ac]|(?:%|days?)$", "", value.strip(), flags=re.IGNORECASE)
    if found := re.fullmatch(r"\((.+)\)", text):
        text = f"-{found[1]}"
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.IGNORECASE | re.ASCII):
        return None
    return float(text)


def to_period(value: Any, grain: str, years: Collection[int] = ()) -> Period | None:
    """The period of `grain` that the value names or lies in; None where it is none.

    Args:
        years: the years that occur; a label without a year is completed where there is one.

    >>> to_period("2025-01-17T00:00:00", "month") == to_period("Jan 2025", "month")
    True
    >>> to_period("Q2", "quarter", {2024})
    ('quarter', datetime.date(2024, 4, 1))
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    text = str(int(value) if isinstance(value, float) else value).strip().lower()
    year = next(iter(years)) if len(years) == 1 else None
    for pattern, read in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        try:
            day = read(found, grain, year)
        except (ValueError, OverflowError):  # an amount is no month, however large
            return None
        return None if day is None else (grain, first_day(day, grain))
    return None


def first_day(day: date, grain: str) -> date:
    """The first day of the period that a day lies in; weeks are as they come."""
    match grain:
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case "year":
            return date(day.year, 1, 1)
        case _:
            return day


def _ymd(found: re.Match[str], _grain: str, _year: int | None) -> date:
    return date(int(found["y"]), int(found["m"]), int(found["d"]))


def _full_year(written: str | None, year: int | None) -> int | None:
    if not written:
        return year
    return int(written) + (2000 if len(written) == 2 else 0)


def _month(found: re.Match[str], grain: str, year: int | None) -> date | None:
    groups = found.groupdict()
    written = groups.get("y")
    full = _full_year(written, year)
    if full is None or (grain in ("day", "week") and not groups.get("d")):
        return None
    name = groups.get("name")
    month = _MONTHS.index(name) + 1 if name else int(found["m"])
    return date(full, month, int(groups.get("d") or 1))


def _quarter(found: re.Match[str], grain: str, year: int | None) -> date | None:
    full = _full_year(found["y"], year)
    if full is None or grain not in ("quarter", "year"):
        return None
    return date(full, 3 * int(found["q"]) - 2, 1)


def _week(found: re.Match[str], grain: str, year: int | None) -> date | None:
    full = int(found["y"]) if found["y"] else year
    if full is None or grain != "week":
        return None
    return date.fromisocalendar(full, int(found["w"]), 1)


def _bare_number(found: re.Match[str], grain: str, year: int | None) -> date | None:
    number = int(found["n"])
    if number > 10**11:  # milliseconds since 1970
        return date(1970, 1, 1) + timedelta(milliseconds=number)
    if grain == "year":
        return date(number, 1, 1) if 1900 <= number <= 2200 else None
    if grain == "month" and 190001 <= number <= 220012:
        return date(number // 100, number % 100, 1)
    if year is None:
        return None
    if grain == "month":
        return date(year, number, 1)
    if grain == "quarter":
        return date(year, 3 * number - 2, 1)
    return date.fromisocalendar(year, number, 1) if grain == "week" else None


_NAMES: Final = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_PATTERNS: Final = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(?:week of |w/c )?(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?:[t ].*)?", _ymd),
        (r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})", _ymd),
        (r"(?P<y>\d{4})[-/](?P<m>\d{1,2})", _month),
        (rf"(?:week of )?{_NAMES} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})", _month),
        (rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ -]{_NAMES}[ -](?P<y>\d{{4}})", _month),
        (rf"{_NAMES}[ ,'-]*(?P<y>\d{{4}}|\d{{2}})?", _month),
        (rf"(?P<y>\d{{4}})[ -]*{_NAMES}", _month),
        (r"q(?P<q>[1-4])[ ,'/-]*(?:fy)?(?P<y>\d{4}|\d{2})?", _quarter),
        (r"(?:fy)?(?P<y>\d{4})[ -]*q(?P<q>[1-4])", _quarter),
        (r"(?:week |w)(?P<w>\d{1,2})[ ,-]*(?P<y>\d{4})?", _week),
        (r"(?P<y>\d{4})[ -]*w(?:eek)?[ -]*(?P<w>\d{1,2})", _week),
        (r"(?:fy)?(?P<n>\d{1,14})(?:\.0)?", _bare_number),
    )
)
