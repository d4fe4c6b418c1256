"""Business time in words to half-open date ranges and grains.

Called by `spans.py` at each token, with the answer's clock and the model's calendar.
Invariant: every range is exact to the day and carries words that say which days it covers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from semantic.request import TimeRange, add_months
from semantic.spec import CalendarSpec, Grain
from server.planner.builtin.tokens import Token

MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august",
                 "september", "october", "november", "december")  # fmt: skip
_MONTH_NUMBERS: Final = (
    {name: n for n, name in enumerate(MONTHS, 1)}
    | {name[:3]: n for n, name in enumerate(MONTHS, 1)}
    | {"sept": 9}
)
_UNITS: Final = {
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
_NUMBERS: Final = {
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
_ORDINALS: Final = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
                    "4th": 4, "final": 4}  # fmt: skip
_THIS: Final = frozenset({"this", "current", "present", "ongoing"})
_LAST: Final = frozenset({"last", "previous", "prior", "past", "preceding"})
_NEXT: Final = frozenset({"next", "coming", "upcoming", "following"})
_ROLLING: Final = _LAST | {"trailing", "recent"}


PERIOD_WORDS: Final = (
    frozenset(word for word in (*_MONTH_NUMBERS, *_UNITS) if len(word) > 3)
    | _THIS | _LAST | _NEXT | _ROLLING | set(_NUMBERS) | set(_ORDINALS)
    | {"since", "until", "till", "before", "after", "starting", "today", "yesterday", "tomorrow",
       "half", "fiscal", "date", "ytd", "qtd", "mtd", "rest", "remainder", "remaining", "within",
       "during", "through", "end", "beginning", "start", "full"}
)  # fmt: skip


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


def _whole(start: date, unit: str, length: int, words: str = "", amount: int = 1) -> Period:
    wanted = TimeRange(start=start, end=move(start, unit, amount))
    return Period(wanted, words or say_range(wanted), length, unit if amount == 1 else "")


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


def parse_period(tokens: Sequence[Token], at: int, clock: Clock) -> Period | None:
    """The period that starts at token `at`, the longest reading first."""
    for parser in _PARSERS:
        found = parser(_View(tokens, at), clock)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class _View:
    """The tokens from one place on."""

    tokens: Sequence[Token]
    at: int

    def word(self, offset: int) -> str:
        index = self.at + offset
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""

    def from_(self, offset: int) -> _View:
        return _View(self.tokens, self.at + offset)

    def skip(self, offset: int, *words: str) -> int:
        """The offset after any of `words` at `offset`."""
        while self.word(offset) in words:
            offset += 1
        return offset


def _year(word: str) -> int | None:
    found = re.fullmatch(r"(?:fy|cy)?'?((?:19|20)\d\d|\d\d)", word)
    if not found or (len(found[1]) == 2 and not word.startswith(("fy", "cy", "'"))):
        return None
    return int(found[1]) + (2000 if len(found[1]) == 2 else 0)


def _simple(view: _View, clock: Clock) -> Period | None:
    """One date, month, quarter, half, year, or a relative unit; no ranges of two."""
    for parser in (_date, _month, _quarter, _half, _relative, _named_day, _bare_year):
        found = parser(view, clock)
        if found is not None:
            return found
    return None


def _date(view: _View, clock: Clock) -> Period | None:
    word = view.word(0)
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", word):
        return _day(int(found[1]), int(found[2]), int(found[3]), 1)
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2,4})", word):
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        return _day(year, int(found[1]), int(found[2]), 1)
    month = _MONTH_NUMBERS.get(word)
    if month and (day := _day_number(view.word(1))) and _year(view.word(1)) is None:
        offset = view.skip(2, "of")
        year = _year(view.word(offset))
        return _day(year or clock.as_of.year, month, day, offset + 1 if year else 2)
    if (day := _day_number(word)) and (month := _MONTH_NUMBERS.get(view.word(view.skip(1, "of")))):
        offset = view.skip(1, "of") + 1
        year = _year(view.word(offset))
        return _day(year or clock.as_of.year, month, day, offset + 1 if year else offset)
    return None


def _day_number(word: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", word)
    return int(found[1]) if found and 1 <= int(found[1]) <= 31 else None


def _day(year: int, month: int, day: int, length: int) -> Period | None:
    try:
        return _whole(date(year, month, day), "day", length)
    except ValueError:
        return None


def _month(view: _View, clock: Clock) -> Period | None:
    word = view.word(0)
    month = _MONTH_NUMBERS.get(word)
    if month is None or (word == "may" and not _is_month_may(view)):
        return None
    offset = view.skip(1, "of")
    year = _year(view.word(offset))
    if year is not None:
        return _whole(date(year, month, 1), "month", offset + 1)
    if view.word(1) in _THIS | _LAST and view.word(2) == "year":
        return _whole(date(clock.as_of.year - (view.word(1) in _LAST), month, 1), "month", 3)
    if view.word(offset) in _THIS | _LAST and view.word(offset + 1) == "year":
        back = view.word(offset) in _LAST
        return _whole(date(clock.as_of.year - back, month, 1), "month", offset + 2)
    start = date(_guess_year(clock, month, 1), month, 1)
    return replace(_whole(start, "month", 1), year_free=True)


def _is_month_may(view: _View) -> bool:
    """ "may" is a month after a preposition, before a year, or with a capital in mid-sentence."""
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


def _quarter(view: _View, clock: Clock) -> Period | None:
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
        number = _NUMBERS.get(view.word(offset + 1)) or int(view.word(offset + 1))
        offset += 2
    elif word in _ORDINALS and view.word(offset + 1) in ("quarter", "fiscal"):
        is_fiscal = is_fiscal or view.word(offset + 1) == "fiscal"
        number, offset = _ORDINALS[word], offset + (3 if view.word(offset + 1) == "fiscal" else 2)
    else:
        return None
    found = _quarter_of(view, clock, number, offset, is_fiscal, year)
    return replace(found, fiscal=None) if is_calendar else found


def _quarter_of(
    view: _View, clock: Clock, number: int, offset: int, is_fiscal: bool, year: int | None
) -> Period:
    after = view.skip(offset, "of", "in")
    if year is None and view.word(after) == "fiscal":
        is_fiscal, after = True, view.skip(after + 1, "year")
    if year is None and (year := _year(view.word(after))) is not None:
        is_fiscal = is_fiscal or view.word(after).startswith("fy")
        offset = after + 1
    elif year is None and view.word(after) in _THIS | _LAST and view.word(after + 1) == "year":
        year = clock.as_of.year - (view.word(after) in _LAST)
        offset = after + 2
    start_month = clock.fiscal_start if is_fiscal else 1
    month = (start_month - 1 + (number - 1) * 3) % 12 + 1
    other = None
    if not is_fiscal and clock.fiscal_start != 1:
        other = _quarter_of(view, clock, number, offset, True, year).range
    if year is None:
        start = date(_guess_year(clock, month, 3), month, 1)
        return replace(_whole(start, "quarter", offset), year_free=True, fiscal=other)
    # Fiscal year N ends in calendar year N (begins in N where it begins in January).
    begins = year - 1 if is_fiscal and start_month > 1 and month >= start_month else year
    words = f"FY{year} Q{number}" if is_fiscal and start_month > 1 else ""
    found = _whole(date(begins, month, 1), "quarter", offset, words)
    return replace(found, fiscal=other)


def _half(view: _View, clock: Clock) -> Period | None:
    word = view.word(0)
    if re.fullmatch(r"h[12]", word):
        number, offset = int(word[1]), 1
    elif word in ("first", "second", "1st", "2nd") and view.word(1) == "half":
        number, offset = _ORDINALS[word], 2
    else:
        return None
    after = view.skip(offset, "of", "the")
    year = _year(view.word(after))
    if year is None and view.word(after) in _THIS | _LAST and view.word(after + 1) == "year":
        year, after = clock.as_of.year - (view.word(after) in _LAST), after + 1
    start = date(year or clock.as_of.year, 1 if number == 1 else 7, 1)
    return _whole(start, "quarter", after + 1 if year else offset, amount=2)


def _bare_year(view: _View, clock: Clock) -> Period | None:
    offset = 1 if view.word(0) in ("year", "fy") else 0
    is_fiscal = view.word(0) == "fy"
    if view.word(0) == "fiscal":
        is_fiscal, offset = True, view.skip(1, "year", "years")
    word = view.word(offset)
    year = _year(word)
    if year is None:
        return None
    if not (is_fiscal or word.startswith("fy")) or clock.fiscal_start == 1:
        return _whole(date(year, 1, 1), "year", offset + 1)
    return _whole(date(year - 1, clock.fiscal_start, 1), "year", offset + 1, f"fiscal year {year}")


def _named_day(view: _View, clock: Clock) -> Period | None:
    shift = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(view.word(0))
    return None if shift is None else _whole(clock.as_of + timedelta(days=shift), "day", 1)


def _relative(view: _View, clock: Clock) -> Period | None:
    """this/last/next unit, last/next N units, year to date, rest of the unit."""
    return (
        _to_date(view, clock)
        or _rest(view, clock)
        or _n_units(view, clock)
        or _one_unit(view, clock)
    )


def _to_date(view: _View, clock: Clock) -> Period | None:
    short = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}.get(view.word(0))
    length = 1
    if short is None and view.word(0) in _UNITS and view.word(1) == "to" and view.word(2) == "date":
        short, length = _UNITS[view.word(0)], 3
    if (
        short is None
        and view.word(0) in ("so", "thus")
        and view.word(1) == "far"
        and view.word(2) in _THIS
    ):
        short, length = _UNITS.get(view.word(3)), 4
    if short is None and view.word(0) in _THIS and view.word(2) == "so" and view.word(3) == "far":
        short, length = _UNITS.get(view.word(1)), 4
    if short is None and view.word(0) in _THIS and view.word(2) == "to" and view.word(3) == "date":
        short, length = _UNITS.get(view.word(1)), 4
    if short is None:
        return None
    wanted = TimeRange(
        start=unit_start(clock.as_of, short, clock), end=clock.as_of + timedelta(days=1)
    )
    begin = (
        unit_start(clock.as_of, f"fiscal_{short}", clock) if short in ("quarter", "year") else None
    )
    other = TimeRange(start=begin, end=wanted.end) if begin and begin != wanted.start else None
    return Period(wanted, f"{short} to date, {say_range(wanted)}", length, fiscal=other)


def _rest(view: _View, clock: Clock) -> Period | None:
    if view.word(0) not in ("rest", "remainder", "remaining"):
        return None
    offset = view.skip(1, "of", "the", "this", "current")
    unit = _UNITS.get(view.word(offset))
    if unit is None:
        return None
    end = move(unit_start(clock.as_of, unit, clock), unit, 1)
    wanted = TimeRange(start=clock.as_of, end=end)
    return Period(wanted, f"rest of the {unit}, {say_range(wanted)}", offset + 1)


def _amount(word: str) -> int | None:
    if word.isdigit() and len(word) <= 4:
        return int(word)
    return _NUMBERS.get(word)


def _n_units(view: _View, clock: Clock) -> Period | None:
    offset = view.skip(0, "within", "in", "over", "during", "the")
    direction = view.word(offset)
    if direction not in _ROLLING | _NEXT:
        if view.word(0) not in ("within", "in"):
            return None
        direction, offset = "next", offset - 1
        if view.word(0) == "in" and not view.word(1).isdigit():
            return None
        if clock.tense == "past" or view.word(-1).endswith("ed"):
            return None  # "delivered within 5 days" is about how long it took
    offset = view.skip(offset + 1, "full", "few") if direction != "" else offset
    amount = _amount(view.word(offset))
    unit = _UNITS.get(view.word(offset + 1))
    if not amount or unit is None or not view.word(offset + 1).startswith(unit):
        return None
    if direction in _ROLLING:
        end = clock.as_of + timedelta(days=1)
        wanted = TimeRange(start=move(end, unit, -amount), end=end)
    else:
        wanted = TimeRange(start=clock.as_of, end=move(clock.as_of, unit, amount))
    words = "last" if direction in _ROLLING else "next"
    return Period(
        wanted, f"{words} {amount} {unit}{'s' * (amount > 1)}, {say_range(wanted)}", offset + 2
    )


def _one_unit(view: _View, clock: Clock) -> Period | None:
    offset = view.skip(0, "the") if view.word(1) in _THIS | _LAST | _NEXT else 0
    word = view.word(offset)
    shift = 0 if word in (*_THIS, "the") else -1 if word in _LAST else 1 if word in _NEXT else None
    if shift is None or (word == "the" and view.word(-1) in ("by", "per", "of", "each")):
        return None
    offset += 1
    is_fiscal, is_calendar = view.word(offset) == "fiscal", view.word(offset) == "calendar"
    offset += is_fiscal or is_calendar
    unit = _UNITS.get(view.word(offset))
    if unit is None or view.word(offset) not in (unit, "qtr", "yr"):
        return None
    kind = f"fiscal_{unit}" if is_fiscal and unit in ("quarter", "year") else unit
    start = move(unit_start(clock.as_of, kind, clock), kind, shift)
    found = _whole(start, kind, offset + 1)
    other = None
    if not (is_calendar or is_fiscal) and unit in ("quarter", "year"):
        begin = move(unit_start(clock.as_of, f"fiscal_{unit}", clock), unit, shift)
        other = None if begin == start else TimeRange(start=begin, end=move(begin, unit, 1))
    return replace(found, fiscal=other, is_previous=shift == -1)


def _until(view: _View, clock: Clock) -> Period | None:
    """since X, after X, before X, until X."""
    word = view.word(0)
    if word not in (
        "since",
        "after",
        "before",
        "until",
        "till",
        "through",
        "starting",
        "prior",
        "up",
    ):
        return None
    offset = view.skip(1, "the", "from", "in", "to", "end", "of", "start", "beginning")
    if word in ("prior", "up") and view.word(1) not in ("to", "until"):
        return None
    is_end = "end" in {view.word(n) for n in range(1, offset)}
    inner = _simple(view.from_(offset), clock)
    if inner is None:
        return None
    start, end = inner.range.start, inner.range.end
    length = offset + inner.length
    if word in ("since", "starting"):
        wanted = TimeRange(start=end if is_end else start)
    elif word == "after":
        wanted = TimeRange(start=end)
    elif word in ("before", "prior"):
        wanted = TimeRange(end=end if is_end else start)
    else:
        wanted = TimeRange(end=end)
    return Period(wanted, say_range(wanted), length, year_free=inner.year_free)


def _from_to(view: _View, clock: Clock) -> Period | None:
    """from X to Y, between X and Y, X to Y, X - Y."""
    opening = view.word(0) in ("from", "between")
    offset = 1 if opening else 0
    first = _simple(view.from_(offset), clock)
    if first is None:
        # "from January to March 2025" and "between 1 and 15 March" need the second part first.
        return None
    joint = offset + first.length
    index = view.at + joint
    dashed = index < len(view.tokens) and view.tokens[index].before == "-" and first.unit != ""
    joiners = ("to", "through", "until", "till", "thru") + (
        ("and",) if view.word(0) == "between" else ()
    )
    if not dashed and view.word(joint) not in joiners:
        return None
    second = _simple(view.from_(joint if dashed else joint + 1), clock)
    if second is None:
        return None
    start, end = first.range.start, second.range.end
    if (
        first.year_free
        and not second.year_free
        and start is not None
        and second.range.start is not None
    ):
        start = start.replace(year=second.range.start.year)
        if start > second.range.start:
            start = start.replace(year=start.year - 1)
    if start is None or end is None or start >= end:
        return None
    wanted = TimeRange(start=start, end=end)
    halves = None
    if first.unit and first.unit == second.unit and first.range.end is not None:
        shift = first.range.end.year - (first.range.start or first.range.end).year
        earlier = TimeRange(start=start, end=first.range.end.replace(year=start.year + shift))
        halves = (earlier, second.range)
    return Period(
        wanted, say_range(wanted), joint + (0 if dashed else 1) + second.length, halves=halves
    )


_PARSERS: Final[tuple[Callable[[_View, Clock], Period | None], ...]] = (_from_to, _until, _simple)

_GRAIN_WORDS: Final[dict[str, Grain]] = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip


def parse_grain(tokens: Sequence[Token], at: int) -> tuple[Grain, int] | None:
    """A grain and its length in tokens: "by month", "per fiscal quarter", "monthly".

    >>> from server.planner.builtin.tokens import tokenize
    >>> parse_grain(tokenize("by fiscal quarter"), 0)
    ('fiscal_quarter', 3)
    """
    view = _View(tokens, at)
    if grain := _GRAIN_WORDS.get(view.word(0)):
        return grain, 1
    if (
        view.word(0) in _UNITS
        and view.word(1) in ("over", "by", "on")
        and view.word(2) == view.word(0)
    ):
        return _grain(_UNITS[view.word(0)]), 3
    offset = 0
    while view.word(offset) in (
        "by",
        "per",
        "each",
        "every",
        "across",
        "the",
        "for",
        "which",
        "what",
    ):
        offset += 1
    if offset == 0 and view.word(-1) in (
        "best",
        "worst",
        "top",
        "strongest",
        "weakest",
        "highest",
        "lowest",
    ):
        return _bare_grain(view)
    if offset == 0 or (offset == 1 and view.word(0) == "the"):
        return None
    fiscal = view.word(offset) in ("fiscal", "calendar")
    unit = _UNITS.get(view.word(offset + fiscal))
    if unit is None or view.word(offset + fiscal) not in (unit, f"{unit}s"):
        return None
    if view.word(offset) == "fiscal" and unit in ("quarter", "year"):
        return ("fiscal_quarter" if unit == "quarter" else "fiscal_year"), offset + 2
    return _grain(unit), offset + 1 + fiscal


def _bare_grain(view: _View) -> tuple[Grain, int] | None:
    unit = _UNITS.get(view.word(0))
    return (_grain(unit), 1) if unit is not None and view.word(0) in (unit, f"{unit}s") else None


def _grain(unit: str) -> Grain:
    grains: dict[str, Grain] = {
        "day": "day",
        "week": "week",
        "month": "month",
        "quarter": "quarter",
        "year": "year",
    }
    return grains[unit]
