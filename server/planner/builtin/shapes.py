"""How the result is cut: rankings, shares, comparisons, charts.

The last steps of composing. Invariant: a rank, share or comparison that has nothing to act on
is reported, not dropped.
"""

from __future__ import annotations

from typing import Final

from semantic.request import AnyOf, Filter, Part, TimeRange
from server.planner.builtin.measures import size_dimension
from server.planner.builtin.naming import measures_quality
from server.planner.builtin.periods import Period, move, say_range
from server.planner.builtin.ranks import limit_each, ranks_rows
from server.planner.builtin.reading import GLUE, Measure, Reading
from server.planner.plan import ChartKind

_DOWN: Final = frozenset({"bottom", "size_bottom", "oldest"})
_QUALITY: Final = frozenset({"best", "worst", "strongest", "weakest", "poorest", "leading"})
_CHARTS: Final[dict[str, ChartKind]] = {
    "bar": "bar", "pie": "pie", "line": "line", "table": "table", "metrics": "metrics",
}  # fmt: skip


def find_shapes(reading: Reading) -> None:
    """Fill comparison, share, order, limit and chart."""
    _find_comparison(reading)
    _find_share(reading)
    for at in list(reading.free("ranking")):
        _find_rank(reading, at)
    _find_order_words(reading)
    for at in reading.words("chart"):
        reading.parts.chart = _CHARTS.get(reading.items[at].value("chart"))
        reading.use(at)


# ------------------------------------------------------------------ comparisons


def _find_comparison(reading: Reading) -> None:
    parts = reading.parts
    words = [
        at
        for at in reading.words("compare", "each_other")
        if not reading.items[at].has_role("comparative")
    ]
    changes = reading.words("change", "year_ago", "period_ago")
    comparatives = reading.words("comparative")
    if _list_members(reading, bool(words or comparatives)) and parts.measures:
        reading.use(*comparatives)
    if _compare_periods(reading, words, changes) or _choose_period(reading):
        reading.use(*words, *changes)
        if parts.compare:
            reading.use(*comparatives)
    elif words and (_compare_segments(reading) or parts.group or len(parts.measures) > 1):
        reading.use(*words)


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
        reading.use(*_between_times(reading))
    elif len(parts.periods) == 1 and parts.periods[0].halves and (words or changes):
        earlier, later = parts.periods[0].halves
        parts.periods = [Period(later, say_range(later), 0), Period(earlier, say_range(earlier), 0)]
        parts.level = None
    elif len(parts.periods) == 1 and changes and not words:
        pass
    elif (
        len(parts.periods) == 1
        and words
        and not (parts.group and len(parts.measures) == 1 and not changes)
    ):
        return _compare_with(reading, words[-1])
    else:
        return False
    parts.compare = True
    return True


def _choose_period(reading: Reading) -> bool:
    """Like "more in January or in February?"; periods that nothing joins are asked back."""
    parts = reading.parts
    if len(parts.periods) < 2 or parts.compare:
        return False
    joints = _between_times(reading)
    if len(parts.periods) == 2 and joints and parts.grain is None:
        reading.use(*joints)
        parts.compare, parts.level = True, None
        return True
    said = " and ".join(period.words for period in parts.periods)
    parts.unclear.append(
        f"Two periods are named, {said}; please ask for one, for 'from ... to ...', or to compare."
    )
    return False


def _between_times(reading: Reading) -> list[int]:
    """The "or" between two periods."""
    times = [n for n, item in enumerate(reading.items) if item.kind == "time"]
    return [n for n in reading.words("or") if times and times[0] < n < times[-1]]


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


# ------------------------------------------------------------------ shares


def _find_share(reading: Reading) -> None:
    words = reading.words("share")
    parts = reading.parts
    words = [at for at in words if at not in reading.used]
    percents = [at for at in reading.words("unit") if reading.items[at].value("unit") == "percent"]
    if not words and percents and (parts.group or parts.grain or reading.has_word("how_much")):
        words = [*reading.words("how_much")[:1], *percents]
    if not words or not parts.measures:
        return
    first = reading.facts.catalog.metrics.get(parts.measures[0].metric)
    if first is not None and first.format == "percent":
        reading.use(*words)  # "the win rate percentage"
        return
    is_two = any(at > words[0] and reading.items[at].kind != "time" for at in reading.reached)
    if is_two and reading.items[words[0]].text.lower().startswith("ratio"):
        parts.unclear.append("A ratio of two numbers is not defined here; please ask for both.")
        return
    if not all(reading.facts.is_additive(measure.metric) for measure in parts.measures):
        return
    reading.use(*words, *percents)
    if parts.group or parts.grain:
        parts.share = not _takes_rate(reading, words[0])
        return
    parts.part = _split_part(reading, words[0])
    if parts.part is None:
        parts.unclear.append("A share of what? Name the part, or what to split by.")


def _takes_rate(reading: Reading, share: int) -> bool:
    """Like "which share of closed orders do we cancel, by city": the rate that says so."""
    parts = reading.parts
    verbs = [at for at in reading.words("verb_is") if at > share]
    said = {name for at, name in parts.segments if verbs and at > verbs[0]}
    if not said or len(parts.measures) != 1:
        return False
    rest = frozenset(name for _, name in parts.segments if name not in said)
    own = reading.facts.own_segments(parts.measures[0].metric)
    catalog = reading.facts.catalog
    part = reading.facts.with_segments(parts.measures[0].metric, frozenset(said))
    whole = reading.facts.with_segments(parts.measures[0].metric, rest) if rest else None
    whole = whole or (parts.measures[0].metric if not rest else None)
    rates = [
        m for m in catalog.metrics.values() if m.kind == "ratio" and (m.of, m.to) == (part, whole)
    ]
    if own != frozenset() or part is None or len(rates) != 1:
        parts.unclear.append("It is not clear what the share is of.")
        return False
    parts.measures = [Measure(rates[0].name, frozenset(), parts.measures[0].at)]
    parts.segments = []
    return True


def _split_part(reading: Reading, share: int) -> Part | None:
    """The conditions of the part: those after the verb, or in front of the word for "share"."""
    parts = reading.parts
    boundary = _boundary(reading, share)
    inside = [
        at
        for at, _ in (*parts.filters, *parts.segments, *parts.excluded)
        if _in_part(at, share, boundary)
    ]
    if not inside:
        return None
    part = Part(
        filters=tuple(item for at, item in parts.filters if at in inside),
        segments=tuple(name for at, name in parts.segments if at in inside),
        excluded_segments=tuple(name for at, name in parts.excluded if at in inside),
    )
    parts.filters = [pair for pair in parts.filters if pair[0] not in inside]
    parts.segments = [pair for pair in parts.segments if pair[0] not in inside]
    parts.excluded = [pair for pair in parts.excluded if pair[0] not in inside]
    return part


def _boundary(reading: Reading, share: int) -> int:
    """The last verb after the word for "share"; without one, the first thing measured."""
    verbs = [at for at in reading.words("verb_is", "with", "where") if at > share + 1]
    if verbs:
        return verbs[-1]
    rows = [at for at in range(share, len(reading.items)) if reading.is_entity(at)]
    parts = reading.parts
    said = [at for at, _ in (*parts.filters, *parts.segments, *parts.excluded)]
    if rows and any(at > rows[0] for at in said):
        return rows[0]  # "% of web orders in Lyon": what stands before the noun is the whole
    starts = [measure.at for measure in reading.parts.measures if measure.at >= share] + rows
    return min(starts) if starts else len(reading.items)


def _in_part(at: int, share: int, boundary: int) -> bool:
    return at > boundary or at < share


# ------------------------------------------------------------------ rankings


def _find_rank(reading: Reading, at: int) -> None:
    rank, parts = reading.items[at].ranking, reading.parts
    if rank is None:
        return
    parts.direction = "asc" if rank.role in _DOWN else "desc"
    parts.limit = rank.limit or parts.limit
    if rank.role in ("newest", "oldest"):
        if _rank_by_time(reading, at):
            reading.use(at)
        return
    if _names_rows(reading, at):
        parts.detail = True
    if parts.detail:
        _rank_rows(reading, at)
    elif ranks_rows(reading, at):
        parts.unclear.append("It is not clear by which number to rank.")
        reading.use(at)
    elif parts.measures and (parts.group or parts.grain):
        parts.order = parts.order or parts.measures[0].metric
        if not limit_each(reading, rank.limit):
            parts.limit = parts.limit or 10
        if (
            reading.items[at].text.lower().split()[-1] in _QUALITY
            or reading.items[at].text.lower().split()[0] in _QUALITY
        ):
            _turn_for_quality(reading)
        reading.use(at)


def _names_rows(reading: Reading, at: int) -> bool:
    """Like "top 4 renewals": rows called by what they are, with a number of them."""
    parts, rank = reading.parts, reading.items[at].ranking
    if rank is None or rank.limit is None or parts.measures or parts.group or parts.grain:
        return False
    return at + 1 < len(reading.items) and reading.items[at + 1].kind in ("value", "segment")


def _turn_for_quality(reading: Reading) -> None:
    """Like "best" means the lowest where less is better."""
    metric = reading.facts.catalog.metrics.get(reading.parts.measures[0].metric)
    if metric is not None and metric.better == "lower":
        reading.parts.direction = "asc" if reading.parts.direction == "desc" else "desc"


def _rank_by_time(reading: Reading, at: int) -> bool:
    parts = reading.parts
    model = reading.facts.model(reading.model)
    times = [d.name for d in model.dimensions.values() if d.kind == "time"]
    if not parts.detail:
        return False
    if not (parts.time_dimension or len(times) == 1):
        return _rank_by_age(reading, at)
    parts.order = parts.time_dimension or times[0]
    parts.limit = parts.limit or 10
    return True


def _rank_by_age(reading: Reading, at: int) -> bool:
    """Like "six oldest": where several dates could count, the one number that says how old."""
    parts, words = reading.parts, reading.items[at].text.lower().split()
    numbers = [
        d
        for d in reading.facts.model(reading.model).dimensions.values()
        if d.kind == "number" and not d.hidden and measures_quality(d, "old")
    ]
    ages = [d for n, d in enumerate(numbers) if all(d.expr != e.expr for e in numbers[:n])]
    if len(ages) != 1 or not {"oldest", "newest"} & set(words):
        return False
    parts.order, parts.direction = ages[0].name, "desc" if "oldest" in words else "asc"
    parts.limit = parts.limit or 10
    return True


def _rank_rows(reading: Reading, at: int) -> None:
    """Like "five largest deals", "top 10 deals by probability"."""
    parts = reading.parts
    number = next(
        (n for n in reading.free("dimension") if reading.dimension_of_kind(n, "number")), None
    )
    if number is not None:
        candidate = reading.dimension_of_kind(number, "number")
        if candidate is not None:
            parts.order = reading.reference(candidate)
            reading.use(number)
            _use_by(reading, number)
    else:
        word = reading.items[at].text.lower().split()
        amount = size_dimension(reading, at)
        if amount is None or (_QUALITY & set(word)) or word[-1] in ("most", "least"):
            return
        parts.order = amount.name
    parts.limit = parts.limit or 10
    reading.use(at)


def _use_by(reading: Reading, at: int) -> None:
    previous = reading.before(at, ("of",))
    if previous is not None and reading.items[previous].has_role("by", "order"):
        reading.use(previous)


def _find_order_words(reading: Reading) -> None:
    """Like "ranked by pipeline", "sorted by close date"."""
    parts = reading.parts
    for at in reading.words("order"):
        target = reading.after(at, (*GLUE, "by"))
        if parts.detail and target is not None and target not in reading.used:
            candidate = reading.dimension_of_kind(target, "number", "time")
            if candidate is None:
                continue
            parts.order = reading.reference(candidate)
            is_time = reading.kind_of(candidate) == "time"
            parts.direction = parts.direction or ("asc" if is_time else "desc")
            reading.use(at, target)
        elif parts.measures and parts.group:
            parts.order = parts.order or parts.measures[0].metric
            parts.direction = parts.direction or "desc"
            reading.use(at)
