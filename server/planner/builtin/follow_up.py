"""A partial question merged into the last query: "and by stage?", "only renewals", "in March?".

Called by `planner.py` when the conversation has an answered turn. Invariant: what the new
words name replaces its like in the last query; everything else of it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from semantic.definitions import Metric
from semantic.request import (
    AnyOf,
    Filter,
    OrderBy,
    SemanticQuery,
)  # fmt: skip
from server.planner.builtin.corrections import append_measures, carry_segments, widen
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import LIST_LIMIT, detail_columns
from server.planner.builtin.going_on import adds, carries_over
from server.planner.builtin.merging import (
    count_listed,
    drop_opposed,
    merge_filters,
    merge_groups,
    merge_having,
    merge_measures,
    merge_order,
    merge_segments,
    merge_time,
    new_conditions,
    part_asked,
    ranks_by_time,
    set_beside,
)  # fmt: skip
from server.planner.builtin.properties import subject_of
from server.planner.builtin.reading import Measure, Parts, Reading
from server.planner.builtin.shapes import turn_follow_up
from server.planner.builtin.times import shift_time
from server.planner.plan import LastAnswer

PEOPLE_BEFORE: Final = ("he", "she", "him", "his", "her", "hers", "theirs")
WHEN: Final = ("time", "grain")
_NO_NOUNS = ("word", "segment", "time", "grain", "unknown")
_AUXILIARY: Final = frozenset({"does", "did", "do", "has", "have", "had"})
_OPENERS = ("follow", "only", "correct", "also", "pronoun")


@dataclass(frozen=True, slots=True)
class Merged:
    """The last query with the new words worked in, and the chart asked for."""

    query: SemanticQuery
    changed: bool


def is_follow_up(reading: Reading) -> bool:
    """True where the question does not stand on its own."""
    parts = reading.parts
    if reading.has_word("reset"):
        return False
    if reading.has_word("reference"):
        return True
    if reading.items and reading.items[0].kind == "word" and reading.items[0].has_role("by"):
        return True  # "by win rate"
    if any(item.has_role("follow") and item.text.lower() == "instead" for item in reading.items):
        return True
    if asks_which(reading) or (parts.is_settled and says_only_when(reading)):
        return True
    stands_alone = (bool(parts.measures) or parts.detail) and not is_elliptic(reading)
    if not stands_alone:
        return True
    opener = bool(reading.items) and reading.items[0].has_role(*_OPENERS)
    refers = refers_back(reading)
    narrows = not (
        parts.group or parts.grain or parts.filters or parts.periods or parts.having
        or (parts.detail and not parts.is_rows_only)
    )  # fmt: skip
    return refers or (opener and narrows)


def says_only_when(reading: Reading) -> bool:
    """True for "by quarter 2024", "in 2024": periods, and nothing that they are of."""
    items = reading.items
    is_timed = any(item.kind in WHEN for item in items)
    is_small = all(item.kind == "word" or item.kind in WHEN for item in items)
    return is_timed and is_small and not reading.has_word("overview", "count")


def asks_which(reading: Reading) -> bool:
    """True for "which orders?", "which customers": a noun, and nothing said of it."""
    items = reading.items
    is_short = len(items) == 2 and items[0].has_role("which") and bool(items[1].of("model"))
    return is_short and items[0].text.lower() in ("which", "which ones", "what", "whose")


def is_elliptic(reading: Reading) -> bool:
    """True where no noun says what is counted: "worth how much?", "how many did we win?"."""
    has_noun = any(
        item.of("metric") or not (item.kind in _NO_NOUNS or reading.dimension_of_kind(n, "number"))
        for n, item in enumerate(reading.items)
        if n not in reading.grouped  # "how many by city": nothing is said to be counted
    )
    return reading.has_word("count", "how_much") and not has_noun


def refers_back(reading: Reading) -> bool:
    """True where a pronoun stands for what was said before."""
    return any(
        item.has_role("pronoun") and (_is_reference(reading, n) or _points_at(reading, n))
        for n, item in enumerate(reading.items)
    )


def points_back(reading: Reading) -> bool:
    """True where "this product" and the like point at something that was said before."""
    return any(
        item.has_role("pronoun") and _points_at(reading, n) for n, item in enumerate(reading.items)
    )


def _points_at(reading: Reading, at: int) -> bool:
    """Like "that product": a noun right behind the word, which is not what a clause is about."""
    following = at + 1
    is_pointer = reading.items[at].text.lower() in ("that", "this") and at > 0
    return (
        is_pointer
        and following < len(reading.items)
        and reading.dimension_of_kind(following, "text") is not None
        and not reading.items[following].of("value")
    )


def _is_reference(reading: Reading, at: int) -> bool:
    if reading.items[at].text.lower() == "it":  # "how many seats does it have"; not "split it"
        return at > 0 and bool(_AUXILIARY & set(reading.introduced.get(at, ())))
    return reading.items[at].text.lower() in (
        "those",
        "them",
        "these",
        "ones",
        "they",
        "their",
        "its",
        "that one",
        "the same",
        *PEOPLE_BEFORE,
    )


def use_leaders(reading: Reading, last: LastAnswer) -> list[Filter]:
    """What "that product" and "the top product" mean: the first row's member."""
    found: list[Filter] = []
    for at, item in enumerate(reading.items):
        if item.kind != "dimension" and not item.of("dimension"):
            continue
        candidate = reading.dimension_of_kind(at, "text")
        if candidate is None or reading.reference(candidate) not in last.leaders:
            continue
        opener = next((n for n in range(at - 1, max(-1, at - 4), -1) if _points(reading, n)), None)
        value = last.leaders[reading.reference(candidate)]
        if opener is None or value is None:
            continue
        name = reading.reference(candidate)
        found.append(Filter(dimension=name, values=(value,)))
        reading.use(opener, at)
        if name in reading.parts.group:
            reading.parts.group.remove(name)
    return found


def _points(reading: Reading, at: int) -> bool:
    item = reading.items[at]
    is_top = (
        item.ranking is not None
        and item.ranking.role in ("top", "size_top")
        and item.ranking.limit in (None, 1)
    )
    return is_top or item.text.lower() in ("that", "this", "same", "the same")


def merge(reading: Reading, last: LastAnswer, facts: Facts, extra: Sequence[Filter]) -> Merged:
    """The last query with the reading's parts put in."""
    parts, query = reading.parts, last.query
    if ranks_members(reading, query):
        parts.measures, parts.limit, parts.direction = [], parts.limit or 10, "desc"
        parts.notes.append("ranked by the first number of the answer before")
    is_only_when = parts.is_settled and says_only_when(reading)
    if is_only_when or _asks_how_much_that_is(reading, query, facts):
        parts.measures = []
    done = _merge_as_one(reading, query, facts, extra)
    if done is not None:
        return done
    merged = count_listed(merge_measures(query, reading, facts), parts, facts)
    if not _keeps_rows(reading, query, merged, facts):
        return Merged(query, False)
    is_of_named = merged.model != query.model and subject_of(query, facts) is not None
    if _is_about_same_rows(reading, query, facts) and not is_of_named:
        merged = carry_segments(query, merged, facts)
    merged = merge_groups(reading, merged, parts)
    merged = _with_filters(merged, reading, new_conditions(reading, extra), facts)
    merged = merge_segments(reading, merged, parts, facts)
    merged = merge_time(merged, parts, facts)
    turn_follow_up(reading, _metric_shown(merged, facts))
    merged = merge_order(merged, reading)
    if parts.having:
        merged = merged.model_copy(update={"having": merge_having(merged.having, parts.having)})
    if parts.related:
        merged = merged.model_copy(update={"related": (*merged.related, *parts.related)})
    if parts.share and merged.metrics:
        merged = merged.model_copy(update={"share": True})
    return Merged(merged, merged != query or _says_something(parts))


def _asks_how_much_that_is(reading: Reading, query: SemanticQuery, facts: Facts) -> bool:
    """Like "how much is that per month?" after a sum: that sum, no other amount of the rows."""
    names = [item.text.lower() for item in reading.items if item.has_role("pronoun")]
    counted = [facts.catalog.metrics.get(name) for name in query.metrics]
    is_count = any(one is not None and one.agg in ("count", "count_distinct") for one in counted)
    is_sum = bool(counted) and not query.detail and not is_count
    return is_sum and is_elliptic(reading) and bool({"that", "this", "it"} & set(names))


def _merge_as_one(
    reading: Reading, query: SemanticQuery, facts: Facts, extra: Sequence[Filter]
) -> Merged | None:
    """Turns that do one thing to the query as a whole; None for one that names parts of it."""
    parts = reading.parts
    is_which = asks_which(reading) and reading.is_entity(1)
    if is_which or (not parts.detail and _asks_for_rows(reading)):
        return _list_rows(query, facts)
    if reading.has_word("widen"):
        wider = widen(query, parts)
        return Merged(wider, wider != query)
    is_course = query.time is not None and query.time.grain is not None
    if ranks_by_time(reading) and query.metrics and not (is_course or query.detail):
        return Merged(query, False)  # which of the groups is the newest is not known
    if not shift_time(reading, query):
        return Merged(query, False)
    if adds(reading) and not query.detail:
        _count_rows(reading, facts)
        if parts.measures:
            more = append_measures(query, parts, facts)
            return Merged(more or query, more is not None)
    share = part_asked(query, reading, new_conditions(reading, extra), facts)
    return Merged(share, share != query) if share is not None else None


def _keeps_rows(
    reading: Reading, query: SemanticQuery, merged: SemanticQuery, facts: Facts
) -> bool:
    """False where what was said of the rows before cannot be said of the new ones."""
    names_others = reading.parts.detail and reading.model != query.model
    if merged.detail and names_others and any(map(reading.is_entity, range(len(reading.items)))):
        return False
    if merged.model is not None and not carries_over(query, merged.model, facts):
        return False
    if merged.detail and not query.detail:  # a list cannot repeat every condition of a metric
        return all(facts.own_segments(metric) is not None for metric in query.metrics)
    return True


def _is_about_same_rows(reading: Reading, query: SemanticQuery, facts: Facts) -> bool:
    """True where the rows that the last metric counted are what the new number is of.

    Like "they" and "worth how much?"; and like "the amount" after "how many open orders?".
    """
    items = reading.items
    goes_on = bool(items) and items[0].text.lower() in ("and", "and the")
    if refers_back(reading) or is_elliptic(reading) or goes_on:
        return True
    named = [facts.catalog.metrics.get(m.metric) for m in reading.parts.measures]
    before = [facts.catalog.metrics.get(name) for name in query.metrics]
    is_counted = bool(before) and all(one is not None and one.agg == "count" for one in before)
    is_other = bool(named) and not any(one is not None and one.agg == "count" for one in named)
    return is_counted and is_other and not reading.has_word("follow", "correct")


def _count_rows(reading: Reading, facts: Facts) -> None:
    """Like "the orders too": rows named beside a number are counted."""
    parts = reading.parts
    if parts.detail and parts.is_rows_only and not parts.measures:
        parts.measures, parts.detail = [Measure(facts.count_metric(reading.model))], False


def _with_filters(
    query: SemanticQuery, reading: Reading, new: Sequence[Filter | AnyOf], facts: Facts
) -> SemanticQuery:
    parts = reading.parts
    beside = set_beside(query, new) if reading.has_word("compare") and not parts.group else None
    if beside is not None:
        return beside
    query = drop_opposed(query, parts, new, facts)
    return query.model_copy(update={"filters": merge_filters(query.filters, new)})


def _metric_shown(query: SemanticQuery, facts: Facts) -> Metric | None:
    """The first metric of the answer; rows counted under a condition by the metric of that name."""
    name = query.metrics[0] if query.metrics else ""
    if query.model is not None and name == facts.count_metric(query.model):
        equal = (item for item in query.filters if isinstance(item, Filter) and item.op == "=")
        said = {*query.segments, *(f"{item.dimension}={item.values[0]}" for item in equal)}
        named = facts.named_count(query.model, frozenset(said))
        if named is not None:
            return named
    return facts.catalog.metrics.get(name)


def ranks_members(reading: Reading, query: SemanticQuery) -> bool:
    """Like "based on that, which accounts should we focus on?": by what the last answer showed."""
    named = not reading.parts.is_settled and bool(reading.parts.measures)
    asked = reading.has_word("reference") and reading.has_word("judgement")
    return asked and bool(reading.parts.group and query.metrics) and not named


def _asks_for_rows(reading: Reading) -> bool:
    """Like "list them", "show me those": the rows that the last number counted."""
    parts = reading.parts
    named = (parts.measures, parts.group, parts.grain, parts.chart, parts.periods, parts.order)
    is_listing = reading.has_word("list") and refers_back(reading)
    is_plain = not (parts.filters or parts.segments or parts.limit)
    return is_listing and not any(named) and is_plain


def names_other_rows(reading: Reading, query: SemanticQuery, facts: Facts) -> bool:
    """Like "show their contacts" after a list of accounts: rows of another kind, by a pronoun.

    Not where their number is asked for and all that was said means the same for them.
    """
    others = [c for item in reading.items for c in item.of("model") if c.model != query.model]
    if not others or not refers_back(reading):
        return False
    metrics = [facts.catalog.metrics.get(m.metric) for m in reading.parts.measures]
    is_timed = query.time is not None and query.time.range is not None
    is_named = not query.metrics or subject_of(query, facts) is not None
    is_known = bool(metrics) and not is_timed and is_named
    return not is_known or any(
        one is None or not carries_over(query, one.model, facts) for one in metrics
    )


def _list_rows(query: SemanticQuery, facts: Facts) -> Merged:
    """The rows behind a count; unchanged where the last answer counted no single set of rows."""
    if query.detail:
        return Merged(query, True)
    metric = facts.catalog.metrics.get(query.metrics[0]) if len(query.metrics) == 1 else None
    own = facts.own_segments(metric.name) if metric is not None else None
    is_plain = not (query.dimensions or query.having or query.part or query.share)
    is_whole = query.time is None or not (query.time.compare or query.time.grain)
    if metric is None or own is None or metric.agg != "count" or not (is_plain and is_whole):
        return Merged(query, False)
    model = metric.model
    columns = detail_columns(facts, model, ())
    time = facts.model(model).time
    order = (OrderBy(name=time if time in columns else columns[0], direction="desc"),)
    rows = {
        "model": model, "metrics": (), "dimensions": columns, "detail": True, "order_by": order,
        "segments": tuple(dict.fromkeys((*query.segments, *sorted(own)))), "limit": LIST_LIMIT,
    }  # fmt: skip
    return Merged(query.model_copy(update=rows), True)


def _says_something(parts: Parts) -> bool:
    """True where the new words name anything, even if it is what was asked before."""
    named = (parts.measures, parts.group, parts.filters, parts.segments, parts.excluded)
    return any(named) or bool(parts.periods or parts.chart or parts.limit or parts.having)
