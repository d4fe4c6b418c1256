"""Parts to query objects, with their titles and the sentence that says how it was understood.

Called by `planner.py` and `follow_up.py`. Invariant: measures with conditions of their own
never share a query with measures without them; the sentence names every condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from semantic.definitions import METRIC_TIME
from semantic.request import (
    Filter,
    Having,
    OrderBy,
    SemanticQuery,
    TimeSpec,
)  # fmt: skip
from server.planner.builtin.facts import Facts
from server.planner.builtin.reading import Measure, Parts
from server.planner.builtin.time_specs import time_of, times_of
from server.planner.builtin.wording import say_segment, title_of
from server.planner.plan import PlannedQuery

LIST_LIMIT: Final = 1_000
_DETAIL_COLUMNS: Final = 8


def to_queries(parts: Parts, model: str, facts: Facts) -> tuple[SemanticQuery, ...]:
    """The query objects that answer together; one for each set of conditions."""
    if parts.detail:
        return _rows(parts, model, facts)
    if parts.overall in ("count", "avg", "median", "min", "max"):
        return (_overall(parts, model, facts),)
    by_conditions: dict[frozenset[str], list[Measure]] = {}
    for measure in parts.measures:
        by_conditions.setdefault(measure.segments, []).append(measure)
    if not by_conditions:
        by_conditions[frozenset()] = []
    found = [
        _query(parts, model, facts, [m.metric for m in measures], segments, time)
        for time in times_of(parts)
        for segments, measures in by_conditions.items()
    ]
    if parts.overall == "sum":  # the top groups added up, and each of them
        found.insert(0, found[0].model_copy(update={"overall": "sum"}))
    return tuple(found)


def overall_readings(query: SemanticQuery, facts: Facts) -> tuple[SemanticQuery, ...]:
    """A mean over groups: over those that the metric has rows in, and over all there are.

    Only one where the metric has a row in each, or where empty groups cannot change the result.
    """
    own = facts.own_segments(query.metrics[0]) if len(query.metrics) == 1 else None
    if query.overall not in ("avg", "median", "min") or not own:
        return (query,)
    missing = tuple(name for name in sorted(own) if name not in query.segments)
    if not missing:
        return (query,)
    return (query.model_copy(update={"segments": (*query.segments, *missing)}), query)


def _overall(parts: Parts, model: str, facts: Facts) -> SemanticQuery:
    """One number over the groups; what belongs to no group is none of them."""
    metrics = [m.metric for m in parts.measures]
    segments = frozenset(name for m in parts.measures for name in m.segments)
    query = _query(parts, model, facts, metrics, segments, time_of(parts))
    named = tuple(Filter(dimension=name, op="is_not_null") for name in parts.group)
    update = {"order_by": (), "overall": parts.overall, "filters": (*query.filters, *named)}
    return query.model_copy(update=update)


def _query(
    parts: Parts,
    model: str,
    facts: Facts,
    metrics: Sequence[str],
    extra: frozenset[str],
    time: TimeSpec | None,
) -> SemanticQuery:
    segments = tuple(dict.fromkeys([*(name for _, name in parts.segments), *sorted(extra)]))
    spans = {facts.catalog.metrics[m].model for m in metrics if m in facts.catalog.metrics} - {
        model
    }
    names, segments = _with_named_metrics(facts, metrics, segments, model)
    renamed = dict(zip(metrics, names, strict=True))
    return SemanticQuery(
        model=None if spans else model,
        metrics=names,
        dimensions=tuple(parts.group),
        filters=tuple(item for _, item in parts.filters),
        segments=segments,
        excluded_segments=tuple(name for _, name in parts.excluded),
        related=tuple(parts.related),
        time=time,
        share=parts.share,
        part=parts.part,
        having=(
            *_moved(parts, names),
            *(
                item.model_copy(update={"metric": renamed.get(item.metric, item.metric)})
                for item in parts.having
            ),
        ),
        order_by=_order(parts, names, _time_axis(parts, model, facts, time, spans=bool(spans))),
        limit=parts.limit,
        place=parts.place,
        limit_per=tuple(parts.limit_per),
    )


def _moved(parts: Parts, metrics: Sequence[str]) -> tuple[Having, ...]:
    """Only the groups that went the way asked for; a ranking by the change shows them too."""
    if not parts.moved or not metrics:
        return ()
    return (
        Having(metric=f"{metrics[0]}_change", op=">" if parts.moved == "rise" else "<", value=0),
    )


def _with_named_metrics(
    facts: Facts, metrics: Sequence[str], segments: tuple[str, ...], model: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`deals` of the segment `lost` are the metric that says so, where all metrics have one.

    A metric that brings a segment along already needs no filter for it.
    """
    wanted = frozenset(name for name in segments if "." not in name)
    own = [facts.own_segments(metric) for metric in metrics]
    if wanted and metrics and all(mine is not None and wanted <= mine for mine in own):
        return tuple(metrics), tuple(name for name in segments if name not in wanted)
    if wanted and len(metrics) == 1 and own[0] == frozenset():
        named = facts.with_segments(metrics[0], wanted)
        if named is not None:
            return (named,), tuple(name for name in segments if name not in wanted)
    return tuple(metrics), segments


def _time_axis(
    parts: Parts, model: str, facts: Facts, time: TimeSpec | None, *, spans: bool
) -> str | None:
    """The column of the dates, where they are shown."""
    if time is None or time.grain is None:
        return None
    name = parts.time_dimension or (METRIC_TIME if spans else facts.model(model).time)
    return f"{name}.{time.grain}" if name else None


def _order(parts: Parts, metrics: Sequence[str], axis: str | None) -> tuple[OrderBy, ...]:
    if parts.part is not None:
        return ()
    direction = "asc" if parts.direction == "asc" else "desc"
    if parts.moved and metrics:
        down = parts.moved == "rise"
        return (OrderBy(name=f"{metrics[0]}_change", direction="desc" if down else "asc"),)
    if parts.order is not None and metrics:
        # Measures may have been replaced by the metric that says more; the first one ranks.
        name = parts.order if parts.order in metrics else metrics[0]
        return (OrderBy(name=name, direction=direction),)
    if axis is not None:
        return (OrderBy(name=axis, direction="asc"),)
    if parts.group and metrics:
        return (OrderBy(name=metrics[0], direction="desc"),)
    return tuple(OrderBy(name=name, direction="asc") for name in parts.group)


# ------------------------------------------------------------------ lists of rows


def _rows(parts: Parts, model: str, facts: Facts) -> tuple[SemanticQuery, ...]:
    """The rows themselves; and their number, where the question leaves open which is meant."""
    columns = detail_columns(facts, model, _mentioned(parts))
    order, time = parts.order, time_of(replace(parts, grain=None))
    base = _query(
        replace(parts, measures=[], grain=None, order=None), model, facts, (), frozenset(), time
    )
    if order is None:
        # Nothing was asked to rank by: the newest rows come first.
        newest = parts.time_dimension or facts.model(model).time
        order, direction = newest or columns[0], "desc" if newest else "asc"
    else:
        direction = parts.direction or "desc"
    if order not in columns:
        columns = (*columns, order)
    item = OrderBy(name=order, direction="asc" if direction == "asc" else "desc")
    rows = base.model_copy(
        update={
            "model": model, "dimensions": columns, "detail": True, "order_by": (item,),
            "limit": None if parts.place else parts.limit or LIST_LIMIT,
        }
    )  # fmt: skip
    if parts.limit or parts.place:
        return (rows,)
    count = _query(parts, model, facts, [facts.count_metric(model)], frozenset(), time)
    return rows, count.model_copy(update={"order_by": (), "limit": None})


def count_of(query: SemanticQuery, facts: Facts) -> SemanticQuery | None:
    """How many rows a list has; None for what is no list, or one of a length asked for."""
    if not query.detail or query.model is None or query.limit not in (None, LIST_LIMIT):
        return None
    names, segments = _with_named_metrics(
        facts, [facts.count_metric(query.model)], query.segments, query.model
    )
    update = {"metrics": names, "segments": segments, "dimensions": (), "detail": False}
    return query.model_copy(update={**update, "order_by": (), "limit": None})


def _mentioned(parts: Parts) -> tuple[str, ...]:
    named = [item.dimension for _, item in parts.filters if isinstance(item, Filter)]
    times = [parts.time_dimension] if parts.time_dimension else []
    return tuple(
        dict.fromkeys([*parts.shown, *named, *times, *([parts.order] if parts.order else [])])
    )


def detail_columns(facts: Facts, model: str, mentioned: Iterable[str]) -> tuple[str, ...]:
    """The columns of a list of rows: what it is called, where it stands, what it is worth, when."""
    found = facts.model(model)
    shown = [d for d in found.dimensions.values() if not d.hidden]
    keys = {found.primary_key} | {
        r.from_dimension for r in facts.catalog.relationships if r.from_model == model
    }
    amount = facts.amount_dimension(model)
    label = facts.label_dimension(model)
    texts = [d.name for d in shown if d.kind == "text" and d.name not in keys and d.name != label]
    borrowed = [
        facts.label_dimension(name)
        for name in found.neighbours
        if facts.label_dimension(name) not in found.dimensions
    ]
    is_named = facts.is_name(model, label)
    key = found.dimensions.get(found.primary_key)
    listed = [
        *([key.name] if key is not None and not key.hidden and not is_named else []),
        label,
        *borrowed[:3],
        *texts[:4],
        *([amount.name] if amount else []),
        *([found.time] if found.time else []),
    ]
    numbers = [d.name for d in shown if d.kind == "number" and d.name not in keys]
    if amount is None:
        listed += numbers[:2]
    return tuple(dict.fromkeys([*listed, *mentioned]))[: _DETAIL_COLUMNS + 4]


# ------------------------------------------------------------------ polishing


def polish(query: SemanticQuery, facts: Facts) -> SemanticQuery:
    """The query as it is run: groups that no metric has rows in are left out.

    Kept apart from the query that a follow-up builds on: a metric asked next may need them.
    """
    if query.overall is not None and query.overall != "sum":
        return query
    return _without_unnamed(_with_own_segments(query, facts), facts)


def _without_unnamed(query: SemanticQuery, facts: Facts) -> SemanticQuery:
    """Members that are ranked or must fulfil a condition, dates on an axis: never what has none."""
    if query.detail or query.part or query.share or not query.metrics:
        return query
    order = query.order_by[0].name if query.order_by else ""
    is_ranking = bool(query.limit or query.place) and order in query.metrics
    is_choice = is_ranking or bool(query.having)
    names = [n for n in query.dimensions if _is_member(query, facts, n)] if is_choice else []
    time = query.time
    if time is not None and time.grain and time.range is None:
        own = facts.model(query.model).time if is_ranking and query.model else None
        names += [name for name in (time.dimension or own,) if name is not None]
    added = [Filter(dimension=name, op="is_not_null") for name in names]
    kept = [item for item in added if item not in query.filters]
    return query.model_copy(update={"filters": (*query.filters, *kept)}) if kept else query


def _is_member(query: SemanticQuery, facts: Facts, name: str) -> bool:
    """True for a text or a key: what has none is no group of its own."""
    found = facts.dimension(query.model, name) if query.model else None
    if found is None:
        return False
    return found.kind == "text" or found.name == facts.model(found.model).primary_key


def _with_own_segments(query: SemanticQuery, facts: Facts) -> SemanticQuery:
    keeps_empty = any(item.op not in (">", ">=") for item in query.having)
    keeps_empty = keeps_empty or _ranks_low(query)
    if not query.dimensions or query.detail or query.part or not query.metrics or keeps_empty:
        return query
    common: frozenset[str] | None = None
    for metric in query.metrics:
        own = facts.own_segments(metric)
        if not own:
            return query
        common = own if common is None else common & own
    missing = [name for name in sorted(common or ()) if name not in query.segments]
    if query.model is None or not missing:
        return query
    return query.model_copy(update={"segments": (*query.segments, *missing)})


def _ranks_low(query: SemanticQuery) -> bool:
    """Like "the city with the fewest lost orders": one that never lost any has the fewest."""
    is_cut = query.limit is not None or query.place is not None
    order = query.order_by[0] if query.order_by else None
    return is_cut and order is not None and order.direction == "asc" and order.name in query.metrics


def planned(query: SemanticQuery, facts: Facts, parts: Parts | None = None) -> PlannedQuery:
    """The query with its title, ready to run."""
    chart = parts.chart if parts else None
    return PlannedQuery(title_of(query, facts), polish(query, facts), chart=chart, asked=query)


def planned_together(
    queries: Sequence[SemanticQuery], facts: Facts, parts: Parts
) -> tuple[PlannedQuery, ...]:
    """The queries ready to run; a title tells the segments that only one of them goes by."""
    shared = frozenset(queries[0].segments).intersection(*(query.segments for query in queries))
    found = []
    for query in queries:
        names = () if parts.detail else query.segments
        own = [say_segment(facts, query, name) for name in names if name not in shared]
        one = planned(query, facts, parts)
        found.append(replace(one, title=f"{one.title} ({', '.join(own)})") if own else one)
    return tuple(found)


def next_questions(query: SemanticQuery, facts: Facts) -> tuple[str, ...]:
    """Up to three questions that go on from a query and that the planner can answer."""
    if query.model is None or query.detail or not query.metrics or query.part is not None:
        return ()
    metric = facts.catalog.metrics.get(query.metrics[0])
    if metric is None:
        return ()
    model = facts.model(query.model)
    found = [
        f"{metric.label} by {dimension.label.lower()}"
        for dimension in model.dimensions.values()
        if dimension.order and dimension.name not in query.dimensions
    ][:1]
    found += [
        f"{metric.label} by {dimension.label.lower()}"
        for dimension in model.dimensions.values()
        if dimension.kind == "text" and dimension.value_synonyms and not dimension.order
        and dimension.name not in query.dimensions
    ][:1]  # fmt: skip
    has_grain = query.time is not None and query.time.grain
    return (*found, f"{metric.label} by month") if model.time and not has_grain else tuple(found)
