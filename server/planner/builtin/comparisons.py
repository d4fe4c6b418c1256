"""Comparisons: of periods, of members, of segments.

Called by `shapes.py`. Invariant: a period that is named is shown or asked back; members set side
by side are shown one by one.
"""

from __future__ import annotations

from typing import Final, Literal

from semantic.request import AnyOf, Filter, Level, TimeRange
from server.planner.builtin.periods import Period, move, say_range
from server.planner.builtin.reading import Measure, Reading
from server.planner.builtin.same_days import clip_compared
from server.planner.builtin.sides import set_sides
from server.planner.builtin.time_specs import join
from server.planner.builtin.times import GRAINS as _GRAINS
from server.planner.builtin.words import section

_OVER: Final = ("mom", "qoq", "wow", "yoy")
_DAYS: Final = ("day", "week")
_ASKING: Final = ("which", "what")
_RISES: Final = frozenset(section("rising").split())
_FALLS: Final = frozenset(section("falling").split())


def find_comparison(reading: Reading) -> None:
    parts = reading.parts
    words = [
        at
        for at in reading.words("compare", "each_other")
        if not reading.items[at].has_role("comparative")
    ]
    changes = reading.words("change", "year_ago", "period_ago")
    comparatives = reading.words("comparative")
    if set_sides(reading):
        return
    if _list_members(reading, bool(words or comparatives)) and parts.measures:
        reading.use(*comparatives)
    elif comparatives and len(parts.measures) > 1 and reading.than and not parts.group:
        reading.use(*comparatives)  # "more escalations than complaints": both are shown
    if _grow_each(reading, words, changes):
        return
    is_compared = _compare_periods(reading, words, changes)
    clip_compared(reading)
    if is_compared or _choose_period(reading, words):
        _choose_by_change(reading, changes)
        reading.use(*words, *changes)
        if parts.compare:
            reading.use(*comparatives)
    elif not words and _counts_each(reading):
        return
    elif words and (_compare_segments(reading) or parts.group or len(parts.measures) > 1):
        reading.use(*words)


def _choose_by_change(reading: Reading, changes: list[int]) -> None:
    """Like "which sources grew the most", "sources with declining revenue"."""
    parts = reading.parts
    asks = any(item.text.lower().startswith("which") for item in reading.items)
    asks = asks or any(n > 0 and reading.items[n - 1].has_role("with") for n in changes)
    ranks = list(reading.free("ranking"))
    if not (parts.group and changes and (asks or ranks)):
        return
    way, known = way_of_change(reading), reading.facts.catalog.metrics
    if not way or len(ranks) > 1 or [m.metric in known for m in parts.measures] != [True]:
        parts.unclear.append("It is not clear which change groups are to be chosen by.")
        return
    parts.moved = way
    if ranks:
        item = reading.items[ranks[0]]
        is_least = item.ranking is not None and item.ranking.role in ("bottom", "size_bottom")
        parts.limit = item.ranking.limit if item.ranking is not None else None
        parts.is_ranked_by_change = True
        if is_least:
            parts.unclear.append(f"It is not clear what '{item.text}' should do here.")
        reading.use(ranks[0])


def way_of_change(reading: Reading) -> Literal["", "rise", "fall"]:
    """Whether the words for a change say which way it went."""
    words = {word for at in reading.words("change") for word in reading.items[at].text.split()}
    found = {word.lower() for word in words}
    rises, falls = bool(found & _RISES), bool(found & _FALLS)
    return "" if rises == falls else "rise" if rises else "fall"


def _grow_each(reading: Reading, words: list[int], changes: list[int]) -> bool:
    """Like "growth month over month in 2024": each month beside the one before."""
    parts = reading.parts
    grains = [item.text.lower() for item in reading.items if item.kind == "grain"]
    over = [text for text in grains if text in _OVER or " over " in text or " on " in text]
    known = (reading.facts.catalog.metrics.get(measure.metric) for measure in parts.measures)
    is_growth = any(metric is not None and (metric.change or metric.cumulative) for metric in known)
    before = [p for p in parts.periods if p.is_previous and p.unit == parts.grain]
    named = [p for p in parts.periods if p not in before]
    is_yearly = reading.has_word("year_ago") or any(text.startswith("year") for text in over)
    # "By month compared to the month before": to nothing else.
    is_asked = bool(before or is_yearly or reading.has_word("period_ago")) if words else False
    if parts.grain is None or is_growth or not (is_asked if words else changes or over):
        return False
    if len(named) > 1 or (not words and len(parts.periods) > 1 and not named):
        return False
    level: Level = "prior_year" if is_yearly else "prior_period"
    if parts.grain not in ("month", "quarter", "year") and (is_yearly or parts.grain not in _DAYS):
        parts.unclear.append(f"It is not clear what each {parts.grain} is to be compared with.")
    is_choice = reading.has_word("which") or any(t.split()[0] in _ASKING for t in grains)
    if is_choice or any(True for _ in reading.free("ranking")):
        parts.unclear.append("Which period changed the most is not computed; all changes are.")
    parts.periods, parts.step = named, level
    reading.use(*words, *changes)
    if len(named) == 1 and named[0].unit == parts.grain:
        _grow_so_far(reading, named[0], level)
    return True


def _grow_so_far(reading: Reading, only: Period, level: Level) -> None:
    """Like "year over year this year": a single period that is not over has no whole to grow to."""
    parts = reading.parts
    grain, parts.grain, parts.compare, parts.level = parts.grain, None, True, level
    clip_compared(reading)
    if parts.periods == [only] and not parts.unclear:
        parts.grain, parts.compare, parts.level = grain, False, None
    else:
        parts.step = None


def _compare_periods(reading: Reading, words: list[int], changes: list[int]) -> bool:
    """Set the periods to compare; False where the sentence compares no periods."""
    parts = reading.parts
    parts.level = "prior_year" if reading.has_word("year_ago") else "prior_period"
    if not parts.periods:
        if (
            changes
            and not reading.has_word("year_ago", "period_ago")
            and not parts.group
            and not parts.grain
        ):
            parts.grain = "month"  # "how does revenue grow": month by month
            return True
        return False
    if len(parts.periods) == 2 and (words or changes):
        first, second = parts.periods
        is_relative = second.is_previous and not first.is_previous and first.unit == second.unit
        parts.level = "prior_period" if is_relative or first.range == second.range else None
        reading.use(*_between_times(reading, "or"))
    elif len(parts.periods) == 1 and parts.periods[0].halves and (words or changes):
        earlier, later = parts.periods[0].halves
        parts.periods = [Period(later, say_range(later), 0), Period(earlier, say_range(earlier), 0)]
        parts.level = None
    elif len(parts.periods) == 1 and changes and not words:
        pass
    elif len(parts.periods) == 1 and words:
        is_verb = parts.group and len(parts.measures) == 1 and not changes
        if is_verb and not _precedes_time(reading, words[-1]):
            return False  # "compare revenue by region in 2024"
        return _compare_with(reading, words[-1])
    else:
        return False
    parts.compare = True
    return True


def _precedes_time(reading: Reading, word: int) -> bool:
    """True for the "vs" of "vs last month"."""
    following = reading.after(word, ())
    return following is not None and reading.items[following].kind == "time"


def _choose_period(reading: Reading, words: list[int]) -> bool:
    """Like "more in January or in February?"; periods that nothing joins are asked back."""
    parts = reading.parts
    if len(parts.periods) < 2 or parts.compare:
        return False
    is_choice = reading.has_word("comparative", "which")
    joints = _between_times(reading, "or", "comparative")
    is_than = any(reading.items[n].kind == "time" for n in reading.than)
    if len(parts.periods) == 2 and (joints or is_than) and is_choice and parts.grain is None:
        reading.use(*joints)
        parts.compare, parts.level = True, None
        return True
    if _join_periods(reading, bool(words)):
        return True
    said = " and ".join(period.words for period in parts.periods)
    parts.unclear.append(
        f"Two periods are named, {said}; please ask for one, for 'from ... to ...', or to compare."
    )
    return False


def _join_periods(reading: Reading, is_comparison: bool) -> bool:
    """Like "in Q1 and Q2 2024": all of it, and one by one where they are compared."""
    parts = reading.parts
    joints = _between_times(reading, "and", "or")
    times = [n for n, item in enumerate(reading.items) if item.kind == "time"]
    is_listed = all(reading.items[n].after_comma or n - 1 in joints for n in times[1:])
    whole = join([period.range for period in parts.periods])
    if not is_listed or whole is None or any(period.fiscal for period in parts.periods):
        return False
    units = {period.unit for period in parts.periods}
    unit = _GRAINS.get(next(iter(units))) if len(units) == 1 else None
    if is_comparison and (unit is None or parts.grain is not None):
        return False
    parts.unit, parts.grain = unit, unit if is_comparison else parts.grain
    parts.periods = [Period(whole, say_range(whole), 0)]
    reading.use(*joints)
    return True


def _between_times(reading: Reading, *roles: str) -> list[int]:
    """The words between the first and the last period."""
    times = [n for n, item in enumerate(reading.items) if item.kind == "time"]
    return [n for n in reading.words(*roles) if times and times[0] < n < times[-1]]


def _compare_with(reading: Reading, word: int) -> bool:
    """What stands after "compared to" is the past; the present goes without saying."""
    parts = reading.parts
    at = next((n for n, item in enumerate(reading.items) if item.kind == "time"), -1)
    only = parts.periods[0]
    if reading.has_word("year_ago", "period_ago"):
        parts.compare = True
        return True
    if at < word:
        return False
    if not only.is_previous or not only.unit or only.range.end is None:
        parts.compare = True
        parts.unclear.append("It is not clear which period to compare with that one.")
        return True
    now = TimeRange(start=only.range.end, end=move(only.range.end, only.unit, 1))
    parts.periods = [Period(now, say_range(now), 0), only]
    parts.compare, parts.level = True, None
    return True


def _list_members(reading: Reading, is_comparison: bool) -> bool:
    """Members set side by side are shown one by one: group by their dimension.

    True where they are all that is grouped by, so that "which is higher" is about them.
    """
    parts = reading.parts
    is_plain = not parts.group and not parts.grain
    for _, item in parts.filters:
        is_list = isinstance(item, Filter) and item.op == "in" and not parts.detail
        if (
            isinstance(item, Filter)
            and is_list
            and is_comparison
            and item.dimension not in parts.group
        ):
            parts.group.append(item.dimension)
    return is_plain and len(parts.group) == 1


def _counts_each(reading: Reading) -> bool:
    """Like "won and lost deals by source": two numbers, where no row is both."""
    parts = reading.parts
    joined = [(at, one) for at, one in parts.filters if isinstance(one, AnyOf) and one.segments]
    if (
        len(joined) != 1
        or not (parts.group or parts.grain)
        or parts.order
        or len(parts.measures) != 1
    ):
        return False
    at, item = joined[0]
    is_and = at + 1 < len(reading.items) and reading.items[at + 1].has_role("and")
    pair = item.segments
    is_apart = len(pair) == 2 and reading.facts.excludes(reading.model, pair[0], pair[1])
    return is_and and is_apart and not item.any and _compare_segments(reading)


def _compare_segments(reading: Reading) -> bool:
    """Like "compare won and lost deals": one measure for each segment."""
    parts = reading.parts
    joined = [
        (n, item)
        for n, (_, item) in enumerate(parts.filters)
        if isinstance(item, AnyOf) and item.segments
    ]
    if len(joined) != 1 or not parts.measures:
        return False
    number, item = joined[0]
    found: list[Measure] = []
    for measure in parts.measures:
        for segment in item.segments:
            wanted = measure.segments | {segment}
            named = reading.facts.with_segments(measure.metric, wanted)
            found.append(
                Measure(named or measure.metric, frozenset() if named else wanted, measure.at)
            )
    parts.measures = found
    del parts.filters[number]
    return True
