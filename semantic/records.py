"""The rows behind one cell of a query's result, as semantic SQL.

Called by `POST /api/semantic/records`. Invariant: exactly the rows that the metric aggregates
there: its own conditions, the query's conditions and the members of the cell, no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from semantic.definitions import METRIC_TIME, Catalog, Metric, Model
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.metric_checks import parts_of
from semantic.query_object import MAX_ITEMS, OrderBy, SemanticQuery, Value
from semantic.request import QueryWriter
from semantic.request_names import find_dimension, quote, settle
from semantic.spec import MetricSpec

Members = Mapping[str, Value | None]
"""Column of the result to the member that the cell stands under; None for the empty one."""


def records_sql(
    catalog: Catalog, query: SemanticQuery, members: Members, metric: str | None = None
) -> str:
    """The semantic SQL of the rows behind `metric` (by default the query's first) at `members`.

    A ratio is made of the rows of both its metrics. `having`, shares, order and limit of the
    query choose among groups, not among rows, and do not count here; of a comparison it is the
    first of the two periods.

    Raises:
        SemanticError: a name is unknown, or there is no one set of rows behind the metric.
    """
    if metric is not None and metric not in query.metrics:
        message = f"The query has no metric '{metric[:100]}'."
        raise _refusal("unknown-metric", message, "metric", suggest(metric, query.metrics))
    name = metric or next(iter(query.metrics), "")
    leaves = list(dict.fromkeys(_leaves(catalog, name))) if name in catalog.metrics else []
    model = _model_of(catalog, query, leaves)
    # Names are resolved where the metric's rows are, whatever else the query spans.
    asked = QueryWriter(catalog, query.model_copy(update={"model": model.name, "part": None}))
    conditions = _member_conditions(asked, members) + _metric_conditions(catalog, leaves)
    rows = QueryWriter(catalog, _rows_query(catalog, model, query, members, leaves))
    text = rows.records(conditions)
    if asked.issues or rows.issues:
        raise SemanticError([*asked.issues, *rows.issues])
    return text


def _leaves(catalog: Catalog, name: str) -> Iterator[Metric]:
    """The aggregates that a metric is computed from."""
    metric = catalog.metrics[name]
    if metric.kind in ("cumulative", "change") or metric.last is not None:
        message = f"'{metric.name}' takes in rows of other periods than the one shown."
        raise _refusal("no-records", message, "metric")
    if metric.kind == "agg":
        yield metric
    for part in dict.fromkeys(parts_of(metric)):
        yield from _leaves(catalog, part)


def _model_of(catalog: Catalog, query: SemanticQuery, leaves: list[Metric]) -> Model:
    models = dict.fromkeys(leaf.model for leaf in leaves)
    if len(models) > 1:
        parts = ", ".join(f"'{leaf.name}'" for leaf in leaves)
        message = f"The metric is computed from rows of several models, by {parts}."
        raise _refusal("no-records", f"{message} Ask for one of them.", "metric")
    if models:
        return catalog.models[next(iter(models))]
    found = QueryWriter(catalog, query)
    if found.issues:
        raise SemanticError(found.issues)
    if found.model is None:
        raise _refusal("no-records", "Name the model whose rows are meant.", "query.model")
    return found.model


def _member_conditions(writer: QueryWriter, members: Members) -> list[str]:
    items = {item.alias: item for item in writer.items() if not item.is_metric}
    named = {_alias(name): name for name in writer.query.dimensions}
    found = []
    for column, value in members.items():
        item = items.get(column)
        if item is None:
            message = f"The query has no column '{column[:100]}' to group by."
            writer.refuse("unknown-member", message, "members", items, column)
        elif value is None:
            found.append(f"{item.sql} IS NULL")
        else:
            dimension = find_dimension(writer.catalog, writer.model, named.get(column, ""))
            # A column that is no dimension is a period: the day it begins, or a fiscal name.
            kind = dimension.kind if dimension is not None else "time"
            found.append(f"{item.sql} = {quote(settle(value, kind))}")
    return found


def _alias(name: str) -> str:
    return name.rpartition(".")[2]


def _metric_conditions(catalog: Catalog, leaves: list[Metric]) -> list[str]:
    """The metric's own conditions; where it has several aggregates, any of theirs."""
    texts = [_condition(_spec_of(catalog, leaf)) for leaf in leaves]
    if not texts or "" in texts:
        return []
    different = list(dict.fromkeys(texts))
    return [f"({' OR '.join(different)})"]


def _condition(spec: MetricSpec) -> str:
    parts = (spec.where,) if isinstance(spec.where, str) else spec.where
    joined = " AND ".join(f"({part})" for part in parts)
    return f"({joined})" if len(parts) > 1 else joined


def _spec_of(catalog: Catalog, metric: Metric) -> MetricSpec:
    return next(
        spec
        for model in catalog.spec.models
        if model.name == metric.model
        for spec in model.metrics
        if spec.name == metric.name
    )


def _rows_query(
    catalog: Catalog,
    model: Model,
    query: SemanticQuery,
    members: Members,
    leaves: list[Metric],
) -> SemanticQuery:
    """All visible columns of the model, and those of its neighbours that the query names."""
    own = [d.name for d in model.dimensions.values() if not d.hidden and d.name != METRIC_TIME]
    key = [model.primary_key] if model.primary_key in own else []
    found = {name: find_dimension(catalog, model, name) for name in query.dimensions}
    others = [
        name
        for name, dimension in found.items()
        if dimension and dimension.model != model.name and _alias(name) in {*members} - {*own}
    ]
    time = query.time.model_copy(update={"grain": None, "compare": None}) if query.time else None
    shown = tuple(dict.fromkeys([*key, *others, *own]))[:MAX_ITEMS]
    return SemanticQuery(
        model=model.name,
        dimensions=shown,
        filters=query.filters,
        segments=query.segments,
        excluded_segments=query.excluded_segments,
        related=query.related,
        time=time,
        detail=True,
        order_by=_order(catalog, model, leaves, shown),
    )


def _order(
    catalog: Catalog, model: Model, leaves: list[Metric], shown: tuple[str, ...]
) -> tuple[OrderBy, ...]:
    """What the metric adds up, the largest first; then by key, so that pages stay apart."""
    found = [_spec_of(catalog, leaf).expr for leaf in leaves]
    amounts = [
        OrderBy(name=name, direction="desc")
        for name in dict.fromkeys(found)
        if name in shown and model.dimensions[name].kind == "number"
    ]
    keys = [OrderBy(name=model.primary_key, direction="asc")] if model.primary_key in shown else []
    return (*amounts[:1], *keys)


def _refusal(code: str, message: str, where: str, near: tuple[str, ...] = ()) -> SemanticError:
    return SemanticError(
        [Issue(code, message, where=where, hint=did_you_mean(near), suggestions=near)]
    )
