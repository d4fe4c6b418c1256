"""The dates of a sentence: told apart from its numbers, and looked up among the facts.

Called by `checked_prose.py`. Pure. Invariant: a date is a claim like a number; one that is no day,
month, quarter or year of the facts is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from server.answer.prose_facts import Facts

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH: Final = r"(?P<month>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_PATTERNS: Final = tuple(
    re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}-(?P<number>\d\d)-{_DAY}",
        rf"{_YEAR}-(?P<number>\d\d)",
        rf"{_MONTH}\s{_DAY}(?:,?\s{_YEAR})?",
        rf"{_DAY}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?",
        rf"{_MONTH},?\s{_YEAR}",
        rf"Q(?P<quarter>[1-4])(?:\s|-|/|\sof\s|\sFY\s?|\sin\s)?(?:{_YEAR})?",
        rf"FY\s?{_YEAR}",
    )
)


def find_dates(sentence: str, facts: Facts) -> tuple[str, list[str], int]:
    """The sentence with its dates blanked out, those that no fact supports, and their count."""
    unknown: list[str] = []
    count = 0

    def check(found: re.Match[str]) -> str:
        nonlocal count
        tests = _tests(found)
        if tests is None:
            return found[0]  # like "may 12": a word and a number
        count += 1
        is_year_alone = len(tests) == 1 and found.groupdict().get("year") is not None
        # The clock is a day that may be named; nothing is known of its month or quarter.
        days = facts.days | {facts.as_of} if found.groupdict().get("day") else facts.days
        supported = any(all(test(day) for test in tests) for day in days)
        if not supported and not (is_year_alone and int(found["year"]) in facts.years):
            unknown.append(found[0])
        return " " * len(found[0])

    for pattern in _PATTERNS:
        sentence = pattern.sub(check, sentence)
    return sentence, unknown, count


def _tests(found: re.Match[str]) -> list[Callable[[date], bool]] | None:
    """What a day has to be like; None where this is no date."""
    parts = {key: text for key, text in found.groupdict().items() if text}
    month = _month(parts)
    if "month" in parts and month is None:
        return None
    tests: list[Callable[[date], bool]] = []
    if "year" in parts:
        tests.append(lambda day: day.year == int(parts["year"]))
    if month is not None:
        tests.append(lambda day: day.month == month)
    if "day" in parts:
        tests.append(lambda day: day.day == int(parts["day"]))
    if "quarter" in parts:
        tests.append(lambda day: (day.month - 1) // 3 + 1 == int(parts["quarter"]))
    return tests


def _month(parts: dict[str, str]) -> int | None:
    if "number" in parts:
        return int(parts["number"])
    word = parts.get("month", "").lower()
    if len(word) < 3:
        return None
    fits = [n for n, name in enumerate(_MONTHS, 1) if name.startswith(word) or word == "sept"]
    return 9 if word == "sept" else fits[0] if fits else None
