"""Business time in words to periods and grains.

Called by `spans.py` at each token, with the answer's clock and the model's calendar.
Invariant: a text becomes exactly one range or none; what may also be fiscal says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from semantic.request import TimeRange, add_months
from semantic.spec import Grain
from server.planner.builtin.named_periods import (
    LAST,
    LATE_PARSERS,
    MONTH_NUMBERS,
    NEXT,
    NUMBERS,
    ORDINALS,
    PARSERS,
    ROLLING,
    THIS,
    UNITS,
    View,
    whole,
)  # fmt: skip
from server.planner.builtin.parts_of_periods import parse_part
from server.planner.builtin.periods import Clock, Period, move, say_range, unit_start
from server.planner.builtin.tokens import Token

PERIOD_WORDS: Final = (
    frozenset(word for word in (*MONTH_NUMBERS, *UNITS) if len(word) > 3)
    | THIS | LAST | NEXT | ROLLING | set(NUMBERS) | set(ORDINALS)
    | {"since", "until", "till", "before", "after", "starting", "today", "yesterday", "tomorrow",
       "half", "fiscal", "date", "ytd", "qtd", "mtd", "rest", "remainder", "remaining", "within",
       "during", "through", "end", "beginning", "start", "full"}
)  # fmt: skip


def parse_period(tokens: Sequence[Token], at: int, clock: Clock) -> Period | None:
    """The period that starts at token `at`, the longest reading first."""
    for parser in _PARSERS:
        found = parser(View(tokens, at), clock)
        if found is not None:
            return found
    return None


def _simple(view: View, clock: Clock) -> Period | None:
    """One date, month, quarter, half, year, or a relative unit; no ranges of two."""
    return parse_part(view, clock, _plain) or _plain(view, clock)


def _plain(view: View, clock: Clock) -> Period | None:
    """The same without parts of other periods, so that parts are never nested."""
    for parser in (*PARSERS, _relative, *LATE_PARSERS):
        found = parser(view, clock)
        if found is not None:
            return found
    return None


def _relative(view: View, clock: Clock) -> Period | None:
    """this/last/next unit, last/next N units, year to date, rest of the unit."""
    return (
        _to_date(view, clock)
        or _rest(view, clock)
        or _n_units(view, clock)
        or _units_ago(view, clock)
        or _one_unit(view, clock)
    )


def _to_date(view: View, clock: Clock) -> Period | None:
    short = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}.get(view.word(0))
    length = 1
    if short is None and view.word(0) in UNITS and view.word(1) == "to" and view.word(2) == "date":
        short, length = UNITS[view.word(0)], 3
    if (
        short is None
        and view.word(0) in ("so", "thus")
        and view.word(1) == "far"
        and view.word(2) in THIS
    ):
        short, length = UNITS.get(view.word(3)), 4
    if short is None and view.word(0) in THIS and view.word(2) == "so" and view.word(3) == "far":
        short, length = UNITS.get(view.word(1)), 4
    if short is None and view.word(0) in THIS and view.word(2) == "to" and view.word(3) == "date":
        short, length = UNITS.get(view.word(1)), 4
    if short is None:
        return None
    wanted = TimeRange(
        start=unit_start(clock.as_of, short, clock), end=clock.as_of + timedelta(days=1)
    )
    begin = (
        unit_start(clock.as_of, f"fiscal_{short}", clock) if short in ("quarter", "year") else None
    )
    other = TimeRange(start=begin, end=wanted.end) if begin and begin != wanted.start else None
    words = f"{short} to date, {say_range(wanted)}"
    return Period(wanted, words, length, fiscal=other, is_to_date=True)


def _rest(view: View, clock: Clock) -> Period | None:
    if view.word(0) not in ("rest", "remainder", "remaining"):
        return None
    offset = view.skip(1, "of", "the", "this", "current")
    unit = UNITS.get(view.word(offset))
    if unit is None:
        return None
    end = move(unit_start(clock.as_of, unit, clock), unit, 1)
    wanted = TimeRange(start=clock.as_of, end=end)
    return Period(wanted, f"rest of the {unit}, {say_range(wanted)}", offset + 1)


def _amount(word: str) -> int | None:
    if word.isdigit() and len(word) <= 4:
        return int(word)
    return NUMBERS.get(word)


_MOST: Final = {"day": 9999, "week": 2000, "month": 2000, "quarter": 800, "year": 200}
"""More of them would leave the calendar."""


def _n_units(view: View, clock: Clock) -> Period | None:
    offset = view.skip(0, "within", "in", "over", "during", "the")
    direction = view.word(offset)
    if direction not in ROLLING | NEXT:
        if view.word(0) not in ("within", "in"):
            return None
        direction, offset = "next", offset - 1
        if view.word(0) == "in" and not view.word(1).isdigit():
            return None
        if clock.tense == "past" or view.word(-1).endswith("ed"):
            return None  # "delivered within 5 days" is about how long it took
    offset = view.skip(offset + 1, "full", "few") if direction != "" else offset
    amount = _amount(view.word(offset))
    unit = UNITS.get(view.word(offset + 1))
    if not amount or unit is None or not view.word(offset + 1).startswith(unit):
        return None
    if amount > _MOST[unit]:
        return None
    if view.word(offset + 2) == "of":
        return None  # "the last 10 days of March"
    if direction in ROLLING:
        end = clock.as_of + timedelta(days=1)
        wanted = TimeRange(start=move(end, unit, -amount), end=end)
    else:
        wanted = TimeRange(start=clock.as_of, end=move(clock.as_of, unit, amount))
    words = "last" if direction in ROLLING else "next"
    return Period(
        wanted, f"{words} {amount} {unit}{'s' * (amount > 1)}, {say_range(wanted)}", offset + 2
    )


def _units_ago(view: View, clock: Clock) -> Period | None:
    """Like "two months ago": the whole unit that lies so far back."""
    amount, unit = _amount(view.word(0)), UNITS.get(view.word(1))
    if (
        not amount
        or unit is None
        or amount > _MOST[unit]
        or view.word(2) != "ago"
        or not view.word(1).startswith(unit)
    ):
        return None
    return whole(move(unit_start(clock.as_of, unit, clock), unit, -amount), unit, 3)


def _one_unit(view: View, clock: Clock) -> Period | None:
    offset = view.skip(0, "the") if view.word(1) in THIS | LAST | NEXT else 0
    word = view.word(offset)
    shift = 0 if word in (*THIS, "the") else -1 if word in LAST else 1 if word in NEXT else None
    if shift is None or (word == "the" and view.word(-1) in ("by", "per", "of", "each")):
        return None
    offset += 1
    is_fiscal, is_calendar = view.word(offset) == "fiscal", view.word(offset) == "calendar"
    offset += is_fiscal or is_calendar
    unit = UNITS.get(view.word(offset))
    if unit is None or view.word(offset) not in (unit, "qtr", "yr"):
        return None
    kind = f"fiscal_{unit}" if is_fiscal and unit in ("quarter", "year") else unit
    start = move(unit_start(clock.as_of, kind, clock), kind, shift)
    found = whole(start, kind, offset + 1)
    other = None
    if not (is_calendar or is_fiscal) and unit in ("quarter", "year"):
        begin = move(unit_start(clock.as_of, f"fiscal_{unit}", clock), unit, shift)
        other = None if begin == start else TimeRange(start=begin, end=move(begin, unit, 1))
    return replace(found, fiscal=other, is_previous=shift == -1)


def _inclusive(view: View, clock: Clock) -> Period | None:
    """Like "by the end of March", "on or before March 15", "on or after 2025-01-01"."""
    is_by_end = view.word(0) == "by" and view.word(view.skip(1, "the")) == "end"
    offset = view.skip(1, "the", "end", "of") if is_by_end else 3
    is_on_or = (view.word(0), view.word(1)) == ("on", "or")
    if not is_by_end and not (is_on_or and view.word(2) in ("before", "after")):
        return None
    inner = _simple(view.from_(offset), clock)
    if inner is None:
        return None
    is_after = not is_by_end and view.word(2) == "after"
    wanted = TimeRange(start=inner.range.start) if is_after else TimeRange(end=inner.range.end)
    return Period(wanted, say_range(wanted), offset + inner.length, year_free=inner.year_free)


def _until(view: View, clock: Clock) -> Period | None:
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
    if word == "since" and inner.year_free and start is not None and start > clock.as_of:
        start, end = add_months(start, -12), add_months(end, -12) if end is not None else None
    if word in ("since", "starting"):
        wanted = TimeRange(start=end if is_end else start)
    elif word == "after":
        wanted = TimeRange(start=end)
    elif word in ("before", "prior"):
        wanted = TimeRange(end=end if is_end else start)
    else:
        wanted = TimeRange(end=end)
    return Period(wanted, say_range(wanted), length, year_free=inner.year_free)


def _over_new_year(start: date, end: date, clock: Clock) -> tuple[date, date]:
    """Like "from November to January"; "between March and January" is rather a slip."""
    if end <= clock.as_of or start > clock.as_of:
        moved = add_months(start, -12), end
    else:
        moved = start, add_months(end, 12)
    return moved if moved[1] - moved[0] < timedelta(days=185) else (end, end)


def _from_to(view: View, clock: Clock) -> Period | None:
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
    is_turned = first.year_free and second.year_free and start is not None and end is not None
    if is_turned and start is not None and end is not None and start >= end:
        start, end = _over_new_year(start, end, clock)
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


_PARSERS: Final[tuple[Callable[[View, Clock], Period | None], ...]] = (
    _from_to,
    _inclusive,
    _until,
    _simple,
)

GRAIN_WORDS: Final[dict[str, Grain]] = {
    "mom": "month", "qoq": "quarter", "wow": "week",
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip


def parse_grain(tokens: Sequence[Token], at: int) -> tuple[Grain, int] | None:
    """A grain and its length in tokens: "by month", "per fiscal quarter", "monthly".

    >>> from server.planner.builtin.tokens import tokenize
    >>> parse_grain(tokenize("by fiscal quarter"), 0)
    ('fiscal_quarter', 3)
    """
    view = View(tokens, at)
    if grain := GRAIN_WORDS.get(view.word(0)):
        return grain, 1
    if (
        view.word(0) in UNITS
        and view.word(1) in ("over", "by", "on")
        and view.word(2) == view.word(0)
    ):
        return _grain(UNITS[view.word(0)]), 3
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
    if offset == 0 and _joins_split(view):
        return _bare_grain(view)
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
    unit = UNITS.get(view.word(offset + fiscal))
    if unit is None or view.word(offset + fiscal) not in (unit, f"{unit}s"):
        return None
    if view.word(offset) == "fiscal" and unit in ("quarter", "year"):
        return ("fiscal_quarter" if unit == "quarter" else "fiscal_year"), offset + 2
    return _grain(unit), offset + 1 + fiscal


def _joins_split(view: View) -> bool:
    """Like the second of "by channel and quarter"; of "by channel in May and June" it is not."""
    has_comma = view.at < len(view.tokens) and "," in view.tokens[view.at].before
    if view.word(-1) not in ("and", "then") and not has_comma:
        return False
    for token in reversed(view.tokens[: view.at]):
        if token.word in ("by", "per"):
            return True
        if token.is_number or token.word in UNITS or token.word in MONTH_NUMBERS:
            return False
    return False


def parse_grain_noun(tokens: Sequence[Token], at: int) -> Grain | None:
    """The grain that a bare noun names, for places where nothing else can be meant: "due month"."""
    found = _bare_grain(View(tokens, at))
    return found[0] if found else None


def _bare_grain(view: View) -> tuple[Grain, int] | None:
    unit = UNITS.get(view.word(0))
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
