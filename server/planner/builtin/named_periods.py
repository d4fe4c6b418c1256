"""Periods called by name: dates, months, quarters, halves and years.

Called by `period_parsers.py`. Invariant: a month or quarter without a year gets the one that the
sentence's tense asks for and is marked as free to move.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from semantic.request import TimeRange, add_months
from server.planner.builtin.periods import MONTHS, Clock, Period, move, say_range
from server.planner.builtin.tokens import Token

MONTH_NUMBERS: Final = (
    {name: n for n, name in enumerate(MONTHS, 1)}
    | {name[:3]: n for n, name in enumerate(MONTHS, 1)}
    | {"sept": 9}
)
UNITS: Final = {
    form: unit
    for unit in ("day", "week", "month", "quarter", "year")
    for form in (unit, f"{unit}s", f"{unit}ly")
} | {
    "daily": "day",
    "annual": "year",
    "annually": "year",
    "qtr": "quarter",
    "yr": "year",
    "yrs": "year",
}
NUMBERS: Final = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"couple": 2, "thirty": 30, "sixty": 60, "ninety": 90}
ORDINALS: Final = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
                    "4th": 4, "final": 4}  # fmt: skip
THIS: Final = frozenset({"this", "current", "present", "ongoing"})
LAST: Final = frozenset({"last", "previous", "prior", "past", "preceding"})
NEXT: Final = frozenset({"next", "coming", "upcoming", "following"})
ROLLING: Final = LAST | {"trailing", "recent"}


@dataclass(frozen=True, slots=True)
class View:
    """The tokens from one place on."""

    tokens: Sequence[Token]
    at: int

    def word(self, offset: int) -> str:
        index = self.at + offset
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""

    def from_(self, offset: int) -> View:
        return View(self.tokens, self.at + offset)

    def skip(self, offset: int, *words: str) -> int:
        """The offset after any of `words` at `offset`."""
        while self.word(offset) in words:
            offset += 1
        return offset


def whole(start: date, unit: str, length: int, words: str = "", amount: int = 1) -> Period:
    wanted = TimeRange(start=start, end=move(start, unit, amount))
    return Period(wanted, words or say_range(wanted), length, unit if amount == 1 else "")


def _year(word: str) -> int | None:
    found = re.fullmatch(r"(?:fy|cy)?'?((?:19|20)\d\d|\d\d)", word)
    if not found or (len(found[1]) == 2 and not word.startswith(("fy", "cy", "'"))):
        return None
    return int(found[1]) + (2000 if len(found[1]) == 2 else 0)


def _date(view: View, clock: Clock) -> Period | None:
    word = view.word(0)
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", word):
        return _day(int(found[1]), int(found[2]), int(found[3]), 1)
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2,4})", word):
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        return _day(year, int(found[1]), int(found[2]), 1)
    return _date_in_words(view, clock)


def _date_in_words(view: View, clock: Clock) -> Period | None:
    """Like "Feb 3, 2025" and "3rd of February"; without a year, the answer's own."""
    month = MONTH_NUMBERS.get(view.word(0))
    day = _day_number(view.word(1)) if _year(view.word(1)) is None else None
    offset = 2
    if month is None or day is None:
        day, at = _day_number(view.word(0)), view.skip(1, "of")
        month, offset = MONTH_NUMBERS.get(view.word(at)), at + 1
    if month is None or day is None:
        return None
    after = view.skip(offset, "of")
    year = _year(view.word(after))
    return _day(year or clock.as_of.year, month, day, after + 1 if year else offset)


def _day_number(word: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", word)
    return int(found[1]) if found and 1 <= int(found[1]) <= 31 else None


def _day(year: int, month: int, day: int, length: int) -> Period | None:
    try:
        return whole(date(year, month, day), "day", length)
    except ValueError:
        return None


def _month(view: View, clock: Clock) -> Period | None:
    word = view.word(0)
    month = MONTH_NUMBERS.get(word)
    if month is None or (word == "may" and not _is_month_may(view)):
        return None
    offset = view.skip(1, "of")
    year = _year(view.word(offset))
    if year is not None:
        return whole(date(year, month, 1), "month", offset + 1)
    if view.word(1) in THIS | LAST and view.word(2) == "year":
        return whole(date(clock.as_of.year - (view.word(1) in LAST), month, 1), "month", 3)
    if view.word(offset) in THIS | LAST and view.word(offset + 1) == "year":
        back = view.word(offset) in LAST
        return whole(date(clock.as_of.year - back, month, 1), "month", offset + 2)
    start = date(_guess_year(clock, month, 1), month, 1)
    return replace(whole(start, "month", 1), year_free=True)


def _is_month_may(view: View) -> bool:
    """True for the month: after a preposition, before a year, or with a capital."""
    if view.tokens[view.at].text == "May" and view.at > 0:
        return True
    return view.word(-1) in ("in", "of", "since", "until", "for", "during", "to", "and") or bool(
        _year(view.word(1))
    )


def _guess_year(clock: Clock, month: int, months: int) -> int:
    """The year of a month or quarter named without one: the nearest the sentence's tense allows."""
    year = clock.as_of.year
    if clock.tense == "past" and date(year, month, 1) > clock.as_of:
        return year - 1
    last_month_end = add_months(date(year, month, 1), months)
    if clock.tense == "future" and last_month_end <= clock.as_of:
        return year + 1
    return year


def _quarter(view: View, clock: Clock) -> Period | None:
    is_fiscal = view.word(0) == "fiscal"
    is_calendar = view.word(0) == "calendar"
    offset = 1 if is_fiscal or is_calendar else 0
    word, year = view.word(offset), None
    if (year := _year(word)) is not None and re.fullmatch(r"q[1-4]", view.word(offset + 1)):
        is_fiscal = is_fiscal or word.startswith("fy")
        number, offset = int(view.word(offset + 1)[1]), offset + 2
    elif re.fullmatch(r"q[1-4]", word):
        number, offset = int(word[1]), offset + 1
    elif word == "quarter" and view.word(offset + 1) in (
        "1",
        "2",
        "3",
        "4",
        "one",
        "two",
        "three",
        "four",
    ):
        number = NUMBERS.get(view.word(offset + 1)) or int(view.word(offset + 1))
        offset += 2
    elif word in ORDINALS and view.word(offset + 1) in ("quarter", "fiscal"):
        is_fiscal = is_fiscal or view.word(offset + 1) == "fiscal"
        number, offset = ORDINALS[word], offset + (3 if view.word(offset + 1) == "fiscal" else 2)
    else:
        return None
    found = _quarter_of(view, clock, number, offset, is_fiscal, year)
    return replace(found, fiscal=None) if is_calendar else found


def _quarter_of(
    view: View, clock: Clock, number: int, offset: int, is_fiscal: bool, year: int | None
) -> Period:
    after = view.skip(offset, "of", "in")
    if year is None and view.word(after) == "fiscal":
        is_fiscal, after = True, view.skip(after + 1, "year")
    if year is None and (year := _year(view.word(after))) is not None:
        is_fiscal = is_fiscal or view.word(after).startswith("fy")
        offset = after + 1
    elif year is None and view.word(after) in THIS | LAST and view.word(after + 1) == "year":
        year = clock.as_of.year - (view.word(after) in LAST)
        offset = after + 2
    return _part_of_year(clock, number, 3, offset, is_fiscal, year)


def _half(view: View, clock: Clock) -> Period | None:
    is_fiscal = view.word(0) == "fiscal"
    is_calendar = view.word(0) == "calendar"
    offset = 1 if is_fiscal or is_calendar else 0
    word = view.word(offset)
    if re.fullmatch(r"h[12]", word):
        number, offset = int(word[1]), offset + 1
    elif word in ("first", "second", "1st", "2nd") and view.word(offset + 1) == "half":
        number, offset = ORDINALS[word], offset + 2
    else:
        return None
    after = view.skip(offset, "of", "the")
    if view.word(after) == "fiscal":
        is_fiscal, after = True, view.skip(after + 1, "year")
    year = _year(view.word(after))
    if year is not None:
        is_fiscal = is_fiscal or view.word(after).startswith("fy")
    elif view.word(after) in THIS | LAST and view.word(after + 1) == "year":
        year, after = clock.as_of.year - (view.word(after) in LAST), after + 1
    offset = after + 1 if year is not None else offset
    found = _part_of_year(clock, number, 6, offset, is_fiscal, year)
    return replace(found, fiscal=None) if is_calendar else found


def _part_of_year(
    clock: Clock, number: int, months: int, offset: int, is_fiscal: bool, year: int | None
) -> Period:
    """The quarter (3 months) or half (6) of that number, in both calendars where they differ."""
    start_month = clock.fiscal_start if is_fiscal else 1
    month = (start_month - 1 + (number - 1) * months) % 12 + 1
    other = None
    if not is_fiscal and clock.fiscal_start != 1:
        other = _part_of_year(clock, number, months, offset, True, year).range
    amount = months // 3
    if year is None:
        start = date(_guess_year(clock, month, months), month, 1)
        found = whole(start, "quarter", offset, amount=amount)
        return replace(found, year_free=True, fiscal=other)
    # Fiscal year N ends in calendar year N (begins in N where it begins in January).
    begins = year - 1 if is_fiscal and start_month > 1 and month >= start_month else year
    part = "Q" if months == 3 else "H"
    words = f"FY{year} {part}{number}" if is_fiscal and start_month > 1 else ""
    found = whole(date(begins, month, 1), "quarter", offset, words, amount)
    return replace(found, fiscal=other)


def _bare_year(view: View, clock: Clock) -> Period | None:
    offset = 1 if view.word(0) in ("year", "fy") else 0
    is_fiscal = view.word(0) == "fy"
    if view.word(0) in ("fiscal", "calendar"):
        is_fiscal, offset = view.word(0) == "fiscal", view.skip(1, "year", "years")
    word = view.word(offset)
    year = _year(word)
    if year is None:
        return None
    if not (is_fiscal or word.startswith("fy")) or clock.fiscal_start == 1:
        return whole(date(year, 1, 1), "year", offset + 1)
    return whole(date(year - 1, clock.fiscal_start, 1), "year", offset + 1, f"fiscal year {year}")


def _named_day(view: View, clock: Clock) -> Period | None:
    shift = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(view.word(0))
    return None if shift is None else whole(clock.as_of + timedelta(days=shift), "day", 1)


PARSERS: Final[tuple[Callable[[View, Clock], Period | None], ...]] = (
    _date, _month, _quarter, _half,
)  # fmt: skip
LATE_PARSERS: Final[tuple[Callable[[View, Clock], Period | None], ...]] = (_named_day, _bare_year)
