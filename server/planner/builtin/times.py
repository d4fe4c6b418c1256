"""When: periods, grains and the time dimension they are about.

A step of composing. Invariant: every period is on a time dimension of the model; a model
without one refuses the period rather than ignoring it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from semantic.functions import DATE_UNITS
from semantic.request import (
    AnyOf,
    Filter,
    Level,
    SemanticQuery,
    TimeRange,
    add_months,
    shift_range,
)  # fmt: skip
from semantic.spec import Grain
from server.planner.builtin.over_time import settle_over_time
from server.planner.builtin.own_dates import begun_date, own_date
from server.planner.builtin.period_parsers import GRAIN_WORDS
from server.planner.builtin.periods import Period, say_range
from server.planner.builtin.reading import Reading
from server.planner.builtin.same_days import WHICH_DAYS, names_whole, so_far
from server.planner.builtin.year_sharing import share_years


def find_times(reading: Reading) -> None:
    """Fill periods, grain and time dimension."""
    parts = reading.parts
    excluded: list[tuple[int, Period]] = []
    found: list[tuple[int, Period]] = []
    for at in list(reading.free("time")):
        period = reading.items[at].period
        if period is not None:
            (excluded if at in reading.negated else found).append((at, period))
            reading.use(at)
    parts.periods = share_years(reading, found)
    for at in list(reading.free("grain")):
        parts.grain = reading.items[at].grain
        reading.use(at)
    _report_grain_members(reading)
    _find_time_dimension(reading, bool(excluded))
    if parts.time_dimension is None and (parts.periods or excluded or parts.grain):
        parts.time_dimension = own_date(reading)
    _settle_years(reading)
    for at, period in excluded:
        _exclude(reading, at, period)
    _find_trend(reading)
    _find_own_grain(reading)
    settle_over_time(reading)
    _clip(reading)
    if (parts.periods or parts.grain) and not _time_dimension(reading):
        label = reading.facts.model(reading.model).label
        parts.lacking.append(f"{label} have no date in this data, so no period can be picked.")


def _time_dimension(reading: Reading) -> str | None:
    return reading.parts.time_dimension or reading.facts.model(reading.model).time


def _report_grain_members(reading: Reading) -> None:
    """Like "annual revenue" where "annual" is a member of the data: that, or by year?"""
    for at in reading.free("value"):
        text = reading.items[at].text.lower()
        following = reading.items[at + 1] if at + 1 < len(reading.items) else None
        if text in GRAIN_WORDS and following is not None and following.of("metric"):
            member = ", ".join(v for c in reading.values(at) for v in c.values)
            reading.parts.unclear.append(f"'{text}' may be the time axis or the member {member}.")


def _exclude(reading: Reading, at: int, period: Period) -> None:
    """Like "not in 2024", "not created this year": all other dates, and the rows without one."""
    parts, name = reading.parts, _time_dimension(reading)
    if period.year_free and parts.periods:
        period = _inside(period, parts.periods[0].range)
    wanted = period.range
    if name is None:
        label = reading.facts.model(reading.model).label
        parts.lacking.append(f"{label} have no date in this data, so no period can be picked.")
        return
    if period.fiscal is not None or parts.compare:
        parts.unclear.append(f"It is not clear what to leave out with '{reading.items[at].text}'.")
    outside = [Filter(dimension=name, op="is_null")]
    if wanted.start is not None:
        outside.append(Filter(dimension=name, op="<", values=(wanted.start,)))
    if wanted.end is not None:
        outside.append(Filter(dimension=name, op=">=", values=(wanted.end,)))
    parts.filters.append((at, AnyOf(any=tuple(outside))))


def _inside(period: Period, whole: TimeRange) -> Period:
    """A month named without a year, within the period that it is taken out of."""
    for years in (0, -1, 1, -2, 2):
        start, end = period.range.start, period.range.end
        if start is None or end is None:
            return period
        start, end = add_months(start, 12 * years), add_months(end, 12 * years)
        is_after = whole.start is None or start >= whole.start
        if is_after and (whole.end is None or end <= whole.end):
            return replace(period, range=TimeRange(start=start, end=end))
    return period


def _find_time_dimension(reading: Reading, has_excluded: bool) -> None:
    """Like "created last week", "by close date", "closing this month"."""
    parts = reading.parts
    for at in list(reading.free("dimension")):
        candidate = reading.dimension_of_kind(at, "time")
        if candidate is None:
            continue
        name = reading.reference(candidate)
        previous = reading.before(at)
        after_by = previous is not None and (
            reading.items[previous].has_role("by")
            or (reading.items[previous].has_role("and") and previous - 1 in reading.grouped)
        )
        if after_by and parts.grain is None:
            parts.grain = "month"
            parts.notes.append("shown by month")
        elif not parts.periods and parts.grain is None and not has_excluded:
            continue
        if parts.time_dimension not in (None, name):
            parts.unclear.append("Two different dates are named; which one counts?")
        parts.time_dimension = name
        reading.use(at)
    _find_new(reading)


def _find_new(reading: Reading) -> None:
    """Like "new customers per month": those that began then."""
    parts = reading.parts
    if not (parts.periods or parts.grain):
        return
    for at in list(reading.free("unknown")):
        noun = reading.skip_modifiers(at + 1, 1)
        is_new = reading.items[at].text.casefold() == "new" and noun is not None
        begun = begun_date(reading) if is_new else None
        if begun is None or noun is None or not reading.is_entity(noun):
            continue
        if parts.time_dimension in (None, begun):
            parts.time_dimension = begun
            reading.use(at)


def _settle_years(reading: Reading) -> None:
    """A month named without a year is one that the data can hold: the latest before its end."""
    name = _time_dimension(reading)
    if name is None or reading.clock.tense == "future":
        return
    bare = name.rpartition(".")[2]
    reach = reading.facts.reach(reading.model)
    owners = [m for m in reach if bare in reading.facts.model(m).dimensions]
    covered = reading.facts.coverage.get(f"{owners[0]}.{bare}") if owners else None
    if covered is None:
        return
    reading.parts.periods = [
        _a_year_earlier(period)
        if period.year_free
        and period.range.start is not None
        and period.range.start > max(covered.last, reading.clock.as_of)
        else period
        for period in reading.parts.periods
    ]


def _a_year_earlier(period: Period) -> Period:
    wanted = _earlier(period.range)
    fiscal = _earlier(period.fiscal) if period.fiscal is not None else None
    return replace(period, range=wanted, words=say_range(wanted), fiscal=fiscal)


def _earlier(wanted: TimeRange) -> TimeRange:
    return TimeRange(
        start=add_months(wanted.start, -12) if wanted.start is not None else None,
        end=add_months(wanted.end, -12) if wanted.end is not None else None,
    )


def _find_trend(reading: Reading) -> None:
    trends = reading.words("trend")
    if not trends:
        return
    reading.use(*trends)
    if reading.parts.grain is None:
        reading.parts.grain = _fitting_grain(reading.parts.periods)


def _find_own_grain(reading: Reading) -> None:
    """A metric that compares periods is shown period by period unless a period is named."""
    parts = reading.parts
    if parts.grain is not None or parts.periods or parts.group:
        return
    for measure in parts.measures:
        metric = reading.facts.catalog.metrics.get(measure.metric)
        if metric is not None and metric.change is not None and metric.change.unit in DATE_UNITS:
            parts.grain = GRAINS[metric.change.unit]


GRAINS: dict[str, Grain] = {
    "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip


def _fitting_grain(periods: list[Period]) -> Grain:
    """Months, unless the period is too short for more than two of them."""
    wanted = periods[0].range if periods else TimeRange()
    if wanted.start is None or wanted.end is None or wanted.end - wanted.start > timedelta(days=62):
        return "month"
    return "week" if wanted.end - wanted.start > timedelta(days=14) else "day"


def _clip(reading: Reading) -> None:
    """Like "this quarter so far" ends today."""
    so_far = reading.words("to_now")
    if not so_far:
        return
    reading.use(*so_far)
    end = reading.clock.as_of + timedelta(days=1)
    clipped = []
    for period in reading.parts.periods:
        start, last = period.range.start, period.range.end
        if (start is None or start < end) and (last is None or last > end):
            wanted = TimeRange(start=start, end=end)
            words = f"{say_range(wanted)}, so far"
            clipped.append(replace(period, range=wanted, words=words, unit="", is_to_date=True))
        else:
            clipped.append(period)
    if not clipped:
        clipped = [Period(TimeRange(end=end), f"until {reading.clock.as_of:%Y-%m-%d}", 0)]
    reading.parts.periods = clipped


_LENGTHS = {"week": (0, 7), "month": (1, 0), "quarter": (3, 0)}


def shift_time(reading: Reading, query: SemanticQuery) -> bool:
    """Put "the month before" as a period; False where the last answer has none it could mean."""
    words = reading.words("period_ago", "year_ago")
    if not words or reading.parts.periods or reading.parts.compare:
        return True
    old = query.time.range if query.time is not None else None
    level: Level = "prior_year" if reading.has_word("year_ago") else "prior_period"
    if old is None or not _is_unit(reading.items[words[0]].text, old):
        return False
    is_compared = reading.has_word("compare", "change")
    if level == "prior_year" and (is_compared or not names_whole(reading.items[words[0]].text)):
        cut = so_far(reading, old, query.time.dimension if query.time is not None else None)
        if cut is None:
            reading.parts.unclear.append(WHICH_DAYS)
            return False
    else:
        cut = old
    earlier = shift_range(cut, level)
    if earlier is None:
        return False
    periods = [Period(one, say_range(one), 0) for one in (cut, earlier)]
    reading.parts.compare = is_compared
    reading.parts.periods = periods if is_compared and cut != old else periods[1:]
    return True


def _is_unit(text: str, wanted: TimeRange) -> bool:
    """True where the unit named, if any, is as long as the period."""
    unit = next((word for word in text.lower().split() if word in _LENGTHS), None)
    if unit is None or wanted.start is None or wanted.end is None:
        return unit is None
    months, days = _LENGTHS[unit]
    return add_months(wanted.start, months) + timedelta(days=days) == wanted.end
