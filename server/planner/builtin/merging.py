"""The parts of a follow-up put into the last query, one kind of part at a time.

Called by `follow_up.py`. Invariant: a part replaces its like; everything else stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic.request import (
    AnyOf,
    Filter,
    Having,
    OrderBy,
    Part,
    SemanticQuery,
    TimeSpec,
    shift_range,
)  # fmt: skip
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import LIST_LIMIT, detail_columns
from server.planner.builtin.reading import Measure, Parts, Reading
from server.planner.builtin.time_specs import join, time_of


def merge_measures(query: SemanticQuery, reading: Reading, facts: Facts) -> SemanticQuery:
    parts = reading.parts
    is_counted = parts.is_rows_only or _replaces_number(reading)
    if parts.detail and is_counted and query.metrics and not query.detail:
        # Rows named beside a number are counted like it: "orders instead", "and orders?".
        parts.measures = [Measure(facts.count_metric(reading.model))]
    elif parts.detail and query.model:
        if query.detail or query.having or (query.limit and query.dimensions):
            return query  # a condition on groups, or their rank, picks no rows
        columns = detail_columns(facts, query.model, ())
        rows = {"metrics": (), "dimensions": columns, "detail": True, "share": False}
        return query.model_copy(update=rows | {"limit_per": (), "order_by": ()})
    if not parts.measures:
        return query
    metrics = tuple(m.metric for m in parts.measures)
    segments = {name for m in parts.measures for name in m.segments}
    if len(metrics) == 1 and segments:
        named = facts.with_segments(metrics[0], frozenset(segments))
        if named is not None:
            metrics, segments = (named,), set()
    kept = tuple(name for name in query.segments if name not in segments)
    models = {facts.catalog.metrics[m].model for m in metrics if m in facts.catalog.metrics}
    order = tuple(
        item
        if item.name not in query.metrics
        else OrderBy(name=metrics[0], direction=item.direction)
        for item in query.order_by
    )
    update: dict[str, object] = {
        "metrics": metrics,
        "segments": (*kept, *sorted(segments)),
        "order_by": order,
        "detail": False,
        "having": (),
        "part": None,
    }
    if query.detail:
        update |= {"dimensions": (), "limit": None, "limit_per": (), "order_by": ()}
    if models and query.model not in models:
        update["model"] = models.pop() if len(models) == 1 else None
    return query.model_copy(update=update)


def _replaces_number(reading: Reading) -> bool:
    """Like "instead of the revenue show orders", where nothing else is said of the orders."""
    parts = reading.parts
    is_instead = any(item.text.lower() == "instead" for item in reading.items)
    return is_instead and not (parts.filters or parts.segments or parts.limit or parts.periods)


def new_conditions(reading: Reading, extra: Sequence[Filter]) -> list[Filter | AnyOf]:
    """The conditions on members and numbers that a turn adds."""
    return [item for _, item in reading.parts.filters] + list(extra)


def count_listed(query: SemanticQuery, parts: Parts, facts: Facts) -> SemanticQuery:
    """A list that is split is counted by group, as "orders by city" counts them at once."""
    is_split = bool(parts.group) or parts.grain is not None
    if not (query.detail and is_split) or query.model is None:
        return query
    update = {"metrics": (facts.count_metric(query.model),), "dimensions": (), "detail": False}
    return query.model_copy(update=update | {"order_by": (), "limit": None, "place": None})


def part_asked(
    query: SemanticQuery, reading: Reading, new: Sequence[Filter | AnyOf], facts: Facts
) -> SemanticQuery | None:
    """Like "what percentage is web?" after a number: the part that the rows before make of it.

    The query as it was where no such share is defined, so that it is asked back; None for a turn
    that asks for no share.
    """
    parts = reading.parts
    if parts.measures or parts.share or parts.part or not _asks_share(reading):
        return None
    segments = tuple(name for _, name in parts.segments)
    excluded = tuple(name for _, name in parts.excluded)
    is_part = bool(new or segments or excluded)
    others = (parts.periods, parts.having, parts.related, parts.limit, parts.grain)
    if any(others) or (is_part and parts.group) or _is_cut(query):
        return query
    counted = count_listed(query, replace(parts, group=["rows"]), facts)
    if not counted.metrics or not all(map(facts.is_additive, counted.metrics)):
        return query
    if not is_part:
        groups = tuple(parts.group) or counted.dimensions
        return counted.model_copy(update={"dimensions": groups, "share": True}) if groups else query
    if len(counted.metrics) != 1 or _is_said(query, new, segments):
        return query
    part = Part(filters=tuple(new), segments=segments, excluded_segments=excluded)
    update = {"dimensions": (), "order_by": (), "share": False, "part": part}
    return counted.model_copy(update=update)


def _asks_share(reading: Reading) -> bool:
    """True for "percentage", "share"; a number that is one already is asked for by its name."""
    percents = [n for n in reading.words("unit") if reading.items[n].value("unit") == "percent"]
    return reading.has_word("share") or bool(percents)


def _is_cut(query: SemanticQuery) -> bool:
    """True where not all groups or rows are there, or where it is no plain number."""
    is_short = query.limit not in (None, LIST_LIMIT) or query.place is not None
    is_timed = query.time is not None and bool(query.time.grain or query.time.compare)
    return is_short or is_timed or bool(query.having or query.part or query.overall)


def _is_said(query: SemanticQuery, new: Sequence[Filter | AnyOf], segments: Sequence[str]) -> bool:
    """True where the rows before were chosen by what shall be the part of them."""
    before = {item.dimension for item in query.filters if isinstance(item, Filter)}
    named = {item.dimension for item in new if isinstance(item, Filter)}
    return bool(before & named) or bool(set(segments) & set(query.segments))


def merge_groups(reading: Reading, query: SemanticQuery, parts: Parts) -> SemanticQuery:
    if not parts.group:
        return query
    adds = reading.has_word("also") or reading.has_word("split") or query.detail
    kept = query.dimensions if adds and not query.detail else ()
    groups = tuple(dict.fromkeys((*kept, *parts.group)))
    update: dict[str, object] = {"dimensions": groups, "detail": False, "part": None}
    if query.limit_per:
        update |= {"limit_per": (), "limit": None}
    order = tuple(item for item in query.order_by if item.name in query.metrics)
    update["order_by"] = order or tuple(OrderBy(name=name) for name in query.metrics[:1])
    if query.time is not None and query.time.grain and not adds and parts.grain is None:
        update["time"] = query.time.model_copy(update={"grain": None})
    return query.model_copy(update=update)


def drop_opposed(
    query: SemanticQuery, parts: Parts, new: Sequence[Filter | AnyOf], facts: Facts
) -> SemanticQuery:
    """The query without conditions that can hold no row together with a new one."""
    model = query.model
    if model is None:
        return query
    names = [name for _, name in parts.segments]
    values = [item for item in new if isinstance(item, Filter) and item.op in ("=", "in")]
    filters = [
        item
        for item in query.filters
        if not isinstance(item, Filter)
        or item.op not in ("=", "in")
        or not any(facts.leaves_out(model, name, item.dimension, item.values) for name in names)
    ]
    segments = [
        old
        for old in query.segments
        if not any(facts.excludes(model, old, name) for name in names)
        and not any(facts.leaves_out(model, old, item.dimension, item.values) for item in values)
    ]
    return query.model_copy(update={"filters": tuple(filters), "segments": tuple(segments)})


def merge_filters(
    old: Sequence[Filter | AnyOf], new: Sequence[Filter | AnyOf]
) -> tuple[Filter | AnyOf, ...]:
    """New conditions replace those on the same dimension."""
    named = {item.dimension for item in new if isinstance(item, Filter)}
    kept = [item for item in old if isinstance(item, AnyOf) or item.dimension not in named]
    return (*kept, *new)


def set_beside(query: SemanticQuery, new: Sequence[Filter | AnyOf]) -> SemanticQuery | None:
    """Like "compared to expansions" after "win rate for renewals": both members, one by one."""
    one = new[0] if len(new) == 1 else None
    if not isinstance(one, Filter) or query.detail or query.part or not query.metrics:
        return None
    same = [f for f in query.filters if isinstance(f, Filter) and f.dimension == one.dimension]
    if len(same) != 1 or any(f.op not in ("=", "in") for f in (one, *same)):
        return None
    both = Filter(dimension=one.dimension, op="in", values=(*same[0].values, *one.values))
    groups = tuple(dict.fromkeys((*query.dimensions, one.dimension)))
    order = query.order_by or (OrderBy(name=query.metrics[0]),)
    filters = (*(f for f in query.filters if f is not same[0]), both)
    return query.model_copy(update={"filters": filters, "dimensions": groups, "order_by": order})


def merge_segments(
    reading: Reading, query: SemanticQuery, parts: Parts, facts: Facts
) -> SemanticQuery:
    names = [name for _, name in parts.segments]
    excluded = tuple(
        dict.fromkeys((*query.excluded_segments, *(name for _, name in parts.excluded)))
    )
    query = query.model_copy(update={"excluded_segments": excluded})
    if not names:
        return query
    swapped = _swap(query, frozenset(names), facts)
    if swapped is not None:
        return swapped
    kept = () if reading.has_word("correct") else query.segments
    return query.model_copy(update={"segments": tuple(dict.fromkeys((*kept, *names)))})


def _swap(query: SemanticQuery, segments: frozenset[str], facts: Facts) -> SemanticQuery | None:
    """A metric with a condition of its own takes the new one instead: open deals, won deals."""
    metrics: list[str] = []
    for metric in query.metrics:
        own = facts.own_segments(metric)
        named = facts.with_segments(metric, segments) if own else None
        if named is None:
            return None
        metrics.append(named)
    renamed = dict(zip(query.metrics, metrics, strict=True))
    order = tuple(
        OrderBy(name=renamed.get(o.name, o.name), direction=o.direction) for o in query.order_by
    )
    return (
        query.model_copy(update={"metrics": tuple(metrics), "order_by": order}) if metrics else None
    )


def merge_time(query: SemanticQuery, parts: Parts, facts: Facts) -> SemanticQuery:
    if not (parts.periods or parts.grain or parts.time_dimension):
        return query
    time = _merged(query.time or TimeSpec(), parts)
    changes: dict[str, object] = {"time": time}
    if query.detail and time.compare and query.model:  # two lists of rows compare by their number
        count = facts.count_metric(query.model)
        changes |= {"metrics": (count,), "dimensions": (), "detail": False}
        changes |= {"order_by": (), "limit": None}
    if parts.grain and not query.detail:
        key = _time_key(query.model_copy(update={"time": time}), facts)
        order = (OrderBy(name=key, direction="asc"),) if key else ()
        changes |= {"order_by": order, "limit": None, "limit_per": (), "part": None}
        if not parts.group:
            changes["dimensions"] = ()
    return query.model_copy(update=changes)


def _merged(old: TimeSpec, parts: Parts) -> TimeSpec:
    update: dict[str, object] = {}
    if parts.time_dimension:
        update["dimension"] = parts.time_dimension
    if parts.periods:
        update |= {"range": parts.periods[0].range, "compare": old.compare if old.grain else None}
    if parts.compare and parts.periods:
        update |= _compared(old, parts)
    if parts.grain:
        each = parts.step or (old.compare if old.grain else None)
        kept = {"compare": each} if each is not None else _both_periods(old)
        update |= {"grain": parts.grain, **kept}
    return old.model_copy(update=update)


def _compared(old: TimeSpec, parts: Parts) -> dict[str, object]:
    """What the periods shown are compared with."""
    last = parts.periods[-1]
    if old.grain and last.is_previous and last.unit == "year":
        return {"range": old.range, "compare": "prior_year"}  # month by month
    if len(parts.periods) == 2:
        named = time_of(parts) or old
        return {"range": named.range, "compare": named.compare}
    return {"range": old.range, "compare": last.range} if old.range is not None else {}


def _both_periods(old: TimeSpec) -> dict[str, object]:
    """A comparison shown at a grain covers both periods, where they follow each other."""
    before = shift_range(old.range, old.compare) if old.range and old.compare else None
    both = join([before, old.range]) if before is not None and old.range is not None else None
    return {"compare": None, "range": both} if both is not None else {"compare": None}


def merge_order(query: SemanticQuery, reading: Reading) -> SemanticQuery:
    """The query in the order that the turn ranks by; a course of time by its number."""
    parts = reading.parts
    update: dict[str, object] = {}
    if query.place is not None and (parts.limit or parts.direction or parts.group):
        update["place"] = None
    if parts.place is not None and query.order_by:
        update |= {"place": parts.place, "limit": None}
    elif parts.limit is not None:
        update["limit"] = parts.limit
    is_grouped = bool(query.dimensions) or (query.time is not None and query.time.grain is not None)
    if parts.direction and query.metrics and is_grouped:
        direction = "asc" if parts.direction == "asc" else "desc"
        name = _time_key(query, reading.facts) if ranks_by_time(reading) else None
        update["order_by"] = (OrderBy(name=name or query.metrics[0], direction=direction),)
    elif parts.order and query.detail:
        direction = "asc" if parts.direction == "asc" else "desc"
        update["order_by"] = (OrderBy(name=parts.order, direction=direction),)
        if parts.order not in query.dimensions:
            update["dimensions"] = (*query.dimensions, parts.order)
    return query.model_copy(update=update) if update else query


def ranks_by_time(reading: Reading) -> bool:
    """True for "the latest one", "the oldest"."""
    roles = [item.ranking.role for item in reading.items if item.ranking is not None]
    return any(role in ("newest", "oldest") for role in roles)


def _time_key(query: SemanticQuery, facts: Facts) -> str | None:
    """What a course of time is in the order of; None for groups that are no periods."""
    if query.time is None or query.time.grain is None or query.model is None:
        return None
    name = query.time.dimension or facts.model(query.model).time
    return f"{name}.{query.time.grain}" if name is not None else None


def merge_having(old: Sequence[Having], new: Sequence[Having]) -> tuple[Having, ...]:
    named = {item.metric for item in new}
    return (*(item for item in old if item.metric not in named), *new)
