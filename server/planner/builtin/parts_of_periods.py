"""Parts of a period called by name: "the last quarter of 2024", "the week of March 3".

Called by `period_parsers.py`. Invariant: a part lies inside the period it is a part of; where the
calendar does not say how it is cut, there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from semantic.request import TimeRange
from server.planner.builtin.named_periods import NUMBERS, UNITS, View, whole
from server.planner.builtin.periods import Clock, Period, move, say_range, unit_start

Parser = Callable[[View, Clock], Period | None]

_FIRST: Final = frozenset({"first", "1st", "opening"})
_LAST: Final = frozenset({"last", "final", "closing"})
_DAYS: Final = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}


def parse_part(view: View, clock: Clock, simple: Parser) -> Period | None:
    """The part of another period that starts here.

    Args:
        simple: parses the other period.
    """
    return _around(view, clock, simple) or _end_of(view, clock, simple)


def _around(view: View, clock: Clock, simple: Parser) -> Period | None:
    """Like "the week of March 3", "the month of May", "the year of 2024"."""
    offset = view.skip(0, "the")
    unit = UNITS.get(view.word(offset))
    if unit is None or view.word(offset) != unit or unit == "day":
        return None
    follows = view.word(offset + 1) in ("of", "beginning", "starting", "commencing")
    inner = simple(view.from_(offset + 2), clock) if follows else None
    if inner is None or inner.range.start is None:
        return None
    length = offset + 2 + inner.length
    if inner.unit == unit and view.word(offset + 1) == "of":
        return Period(inner.range, inner.words, length, unit, inner.year_free, fiscal=inner.fiscal)
    if inner.unit != "day":
        return None
    return whole(unit_start(inner.range.start, unit, clock), unit, length)


def _end_of(view: View, clock: Clock, simple: Parser) -> Period | None:
    """Like "the first month of 2025", "the last two quarters of 2024"."""
    offset = view.skip(0, "the")
    side = view.word(offset)
    if side not in _FIRST | _LAST:
        return None
    word = view.word(offset + 1)
    amount = int(word) if word.isdigit() and len(word) <= 3 else NUMBERS.get(word)
    offset += 1 if amount is None else 2
    unit = UNITS.get(view.word(offset))
    if unit is None or unit == "week" or not view.word(offset).startswith(unit) or amount == 0:
        return None
    following = view.skip(offset + 1, "of", "in")
    inner = simple(view.from_(following), clock) if following > offset + 1 else None
    if inner is None or inner.range.start is None or inner.range.end is None:
        return None
    start, end = inner.range.start, inner.range.end
    if inner.fiscal is not None or end - start < timedelta(days=_DAYS[unit] * (amount or 1)):
        return None
    if side in _FIRST:
        end = move(start, unit, amount or 1)
    else:
        start = move(end, unit, -(amount or 1))
    length = following + inner.length
    if amount in (None, 1):
        return whole(start, unit, length)
    wanted = TimeRange(start=start, end=end)
    return Period(wanted, say_range(wanted), length)
