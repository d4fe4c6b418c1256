"""The same days of the year before: "revenue this year", then "same period last year".

Called by `times.py` for a turn and by `comparisons.py` for a question. Invariant: a period that
is not over is never held against a whole one; where its days cannot be told it is asked back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from semantic.request import TimeRange
from server.planner.builtin.periods import say_range
from server.planner.builtin.reading import Reading
from server.planner.builtin.words import section

WHICH_DAYS: Final = (
    "That period is not over, but the data has later dates in it; please say which days to compare."
)
_WHOLE: Final = frozenset(" ".join(said.split()) for said in section("whole year ago").split("|"))


def names_whole(text: str) -> bool:
    """True for "the year before", "same month last year": all of it, however far this one is."""
    return text.lower() in _WHOLE


def so_far(reading: Reading, wanted: TimeRange, time: str | None) -> TimeRange | None:
    """The days of the range that have been; all of one that is over, or has not begun.

    None where the data holds later dates in it: planned ones, which count as well.
    """
    start, end, now = wanted.start, wanted.end, reading.clock.as_of
    today = now + timedelta(days=1)
    if start is None or end is None or start > now or end <= today:
        return wanted
    if _reaches_beyond(reading, time):
        return None
    return TimeRange(start=start, end=today)


def clip_compared(reading: Reading) -> None:
    """Cut the period of "this year compared to the same period last year" to its days so far."""
    parts = reading.parts
    is_yearly = parts.compare and parts.level == "prior_year" and parts.grain is None
    if not is_yearly or len(parts.periods) != 1:
        return
    only = parts.periods[0]
    found = so_far(reading, only.range, parts.time_dimension)
    fiscal = so_far(reading, only.fiscal, parts.time_dimension) if only.fiscal else None
    if found is None or (only.fiscal is not None and fiscal is None):
        parts.unclear.append(WHICH_DAYS)
    elif found != only.range or fiscal != only.fiscal:
        parts.periods = [replace(only, range=found, words=say_range(found), fiscal=fiscal)]


def _reaches_beyond(reading: Reading, time: str | None) -> bool:
    name = time or reading.facts.model(reading.model).time
    found = reading.facts.dimension(reading.model, name) if name is not None else None
    covered = reading.facts.coverage.get(found.qualified) if found is not None else None
    return covered is not None and covered.last > reading.clock.as_of
