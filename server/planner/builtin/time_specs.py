"""Periods, grain and comparison to the time of each query that answers together.

Called by `finish.py` and `follow_up.py`. Invariant: a period that was named is in one of the
queries; two periods are never silently one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from semantic.request import TimeRange, TimeSpec, shift_range
from server.planner.builtin.reading import Parts


def time_of(parts: Parts) -> TimeSpec | None:
    """The dates asked for, or None; of a comparison the later period, with the earlier beside."""
    if not parts.periods and parts.grain is None and parts.time_dimension is None:
        return None
    periods = parts.periods
    if parts.compare and len(periods) == 2 and parts.level is None:
        later, earlier = sorted(periods, key=lambda p: p.range.start or date.min, reverse=True)
        return TimeSpec(dimension=parts.time_dimension, range=later.range, compare=earlier.range)
    wanted = periods[0].range if periods else None
    return TimeSpec(
        dimension=parts.time_dimension,
        range=wanted,
        grain=parts.grain,
        compare=parts.step
        or (parts.level if parts.compare and periods and parts.grain is None else None),
    )


def times_of(parts: Parts) -> list[TimeSpec | None]:
    """One time for each query: periods that are compared month by month come one by one."""
    first = time_of(parts)
    if first is None:
        return [None]
    if parts.grain is not None and parts.compare and first.range is not None:
        level = first.compare or parts.level
        before = shift_range(first.range, level) if level is not None else None
        ranges = _merged([before, first.range] if before is not None else [first.range])
        update = {"grain": parts.grain, "compare": None}
        return [first.model_copy(update=update | {"range": one}) for one in ranges]
    if parts.unit is not None and parts.grain is None and not parts.group:
        return [first, first.model_copy(update={"grain": parts.unit})]
    alike = _same_stretch(parts, first)
    return [first.model_copy(update={"compare": alike}), first] if alike is not None else [first]


def _merged(ranges: Sequence[TimeRange]) -> list[TimeRange]:
    """Ranges in their order, those that meet as one."""
    merged: list[TimeRange] = []
    for one in sorted(ranges, key=lambda r: r.start or date.min):
        if merged and merged[-1].end is not None and merged[-1].end == one.start:
            merged[-1] = TimeRange(start=merged[-1].start, end=one.end)
        else:
            merged.append(one)
    return merged


def join(periods: Sequence[TimeRange]) -> TimeRange | None:
    """The range that is all of them, where they follow each other without a gap."""
    found = _merged(periods)
    return found[0] if len(found) == 1 else None


def _same_stretch(parts: Parts, first: TimeSpec) -> TimeRange | None:
    """For "year to date against last year" the same days of that year, beside all of it."""
    before, now = first.compare, first.range
    if not isinstance(before, TimeRange) or now is None or len(parts.periods) != 2:
        return None
    is_part = any(period.is_to_date and period.range == now for period in parts.periods)
    if not is_part or now.start is None or before.end != now.start:
        return None
    is_year = now.start.month == 1 and now.start.day == 1
    shifted = shift_range(now, "prior_year") if is_year else None
    return shifted if shifted is not None and shifted.start == before.start else None
