"""Metrics to expressions: what MEASURE(metric) stands for over the rows of a model.

Called by `blocks` for queries and by `series` for metrics over time. Ratios and derived
metrics are composed of leaves; a leaf is an aggregate, a cumulative metric or a change.
Invariant: a ratio divides sums, never averages ratios; x / 0 is NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from semantic import syntax as s
from semantic import typed as t
from semantic.calls import NOTHING
from semantic.definitions import Catalog, Metric, Model, Relationship, Segment
from semantic.expressions import Resolver
from semantic.functions import FUNCTIONS, result_type
from semantic.issues import suggest
from semantic.rewrite import columns_of
from semantic.scope import Context, ModelBinding, Scope
from semantic.types import BOOLEAN, DOUBLE, DataType

AGGREGATIONS = {
    "sum": "sum", "count": "count", "count_distinct": "count", "avg": "avg", "min": "min",
    "max": "max", "median": "median", "percentile": "quantile_cont", "stddev": "stddev",
}  # fmt: skip


def models_of(catalog: Catalog, metric: str) -> frozenset[str]:
    """The models whose rows a metric aggregates."""
    return catalog.metrics[metric].models


def compose(context: Context, metric: Metric, leaf: Callable[[Metric], t.Expr]) -> t.Expr:
    """The expression of `metric` with every leaf metric replaced by `leaf(it)`."""
    context.metrics[metric.qualified] = metric
    metrics = context.catalog.metrics
    if metric.kind == "ratio":
        of = compose(context, metrics[metric.of], leaf)
        to = compose(context, metrics[metric.to], leaf)
        return t.Operation(DOUBLE, "/", (of, to))
    if metric.kind == "derived" and metric.derived is not None:
        return Resolver(context, MetricNames(context, leaf), trusted=True).resolve(metric.derived)
    return leaf(metric)


@dataclass(slots=True)
class MetricNames:
    """Names inside a derived metric: other metrics, nothing else."""

    context: Context
    leaf: Callable[[Metric], t.Expr]

    def look_up(self, name: s.Name) -> t.Expr:
        """The expression of the metric called `name`."""
        metric = self.context.catalog.metrics.get(name.parts[-1])
        if metric is None:
            near = suggest(name.text, self.context.catalog.metrics)
            self.context.refuse(
                "unknown-metric", f"There is no metric '{name.text}'.", name, suggestions=near
            )
            return NOTHING
        return compose(self.context, metric, self.leaf)

    def measure(self, call: s.Call) -> t.Expr:
        """A derived metric names its metrics directly."""
        message = "A derived metric names other metrics without MEASURE."
        self.context.refuse("bad-measure", message, call)
        return NOTHING

    def subquery(self, query: s.Query) -> t.Query | None:
        """A derived metric holds no subquery."""
        message = "A derived metric holds no subquery."
        self.context.refuse("forbidden-syntax", message, query)
        return None

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Never reached: aggregates are not resolved in a derived metric."""


@dataclass(slots=True)
class ModelNames:
    """Names inside an expression of the model file: dimensions and segments of one model."""

    context: Context
    binding: ModelBinding

    def look_up(self, name: s.Name) -> t.Expr:
        """The column or segment called `name`."""
        scope = Scope(self.context, [self.binding])
        found = scope.find(name)
        if len(found) == 1:
            return found[0]
        for binding, segment in scope.find_segments(name):
            return segment_condition(self.context, binding, segment.name)
        near = suggest(name.parts[-1], scope.known_names())
        model = self.binding.model.name
        code = "ambiguous-name" if found else "unknown-name"
        message = f"'{name.text}' is {'ambiguous' if found else 'not a dimension'} in {model}."
        self.context.refuse(code, message, name, suggestions=near)
        return NOTHING

    def measure(self, call: s.Call) -> t.Expr:
        """An expression over rows holds no metric."""
        self.context.refuse("bad-measure", "A metric cannot stand in this expression.", call)
        return NOTHING

    def subquery(self, query: s.Query) -> t.Query | None:
        """An expression of the model file holds no subquery."""
        message = "An expression of the model holds no subquery."
        self.context.refuse("forbidden-syntax", message, query)
        return None

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Never reached: the expressions of a model file hold no aggregates."""


def segment_condition(context: Context, binding: ModelBinding, name: str) -> t.Expr:
    """The filter of a segment over the rows of `binding`."""
    segment = binding.model.segments[name]
    context.segments[f"{segment.model}.{segment.name}"] = segment
    names = ModelNames(context, binding)
    return Resolver(context, names, trusted=True).condition(segment.filter)


def far_segment_condition(
    context: Context, binding: ModelBinding, path: tuple[Relationship, ...], segment: Segment
) -> t.Expr:
    """The filter of a segment over the rows that `path` leads to from the rows of `binding`.

    A row that belongs to none is in no segment, whatever the segment says of missing values.
    """
    context.segments[f"{segment.model}.{segment.name}"] = segment
    key = s.Name((context.catalog.models[segment.model].primary_key,))
    is_there = s.Unary("not", s.Is(key, None))
    names = FarNames(context, binding, path)
    both = s.Logic("and", (is_there, segment.filter))
    return Resolver(context, names, trusted=True).condition(both)


@dataclass(slots=True)
class FarNames(ModelNames):
    """Names inside an expression of a model that the rows of `binding` belong to by `path`."""

    path: tuple[Relationship, ...]

    def look_up(self, name: s.Name) -> t.Expr:
        """The column or segment called `name`, seen from the model at the end of the path."""
        models = self.context.catalog.models
        target, text = models[self.path[-1].to_model], name.parts[-1].casefold()
        owner = name.parts[0].casefold() if len(name.parts) == 2 else ""
        if owner in ("", target.name):
            if text in target.dimensions:
                return self.binding.column(self.context, target.dimensions[text], self.path)
            if text in target.segments:
                segment = target.segments[text]
                return far_segment_condition(self.context, self.binding, self.path, segment)
        ways = [
            (models[further].dimensions[text], steps)
            for further, steps in target.neighbours.items()
            if owner in ("", further) and text in models[further].dimensions
        ]
        if len(ways) == 1:
            dimension, steps = ways[0]
            return self.binding.column(self.context, dimension, (*self.path, *steps))
        message = f"'{name.text}' is {'ambiguous' if ways else 'not a dimension'} in {target.name}."
        self.context.refuse("ambiguous-name" if ways else "unknown-name", message, name)
        return NOTHING


def aggregate(
    context: Context, binding: ModelBinding, metric: Metric, also: t.Expr | None = None
) -> t.Aggregate:
    """An `agg` metric over the rows of `binding`.

    Args:
        also: a further condition on the rows, e.g. the last date of a semi-additive metric.
    """
    context.metrics[metric.qualified] = metric
    resolver = Resolver(context, ModelNames(context, binding), trusted=True)
    args: tuple[t.Expr, ...] = ()
    if metric.expr is not None:
        args = (resolver.resolve(metric.expr),)
    conditions = [resolver.condition(metric.where)] if metric.where is not None else []
    if also is not None:
        conditions.append(also)
    if binding.nullable:
        key = binding.column(context, binding.model.dimensions[binding.model.primary_key])
        conditions.append(t.Operation(BOOLEAN, "not", (t.Test(key, None),)))
    function = FUNCTIONS[AGGREGATIONS[metric.agg]]
    type_ = result_type(function, tuple(arg.type for arg in args))
    if metric.agg == "percentile":
        args = (*args, t.Constant(DOUBLE, metric.percentile))
    if function.repeats_matter and metric.agg != "count_distinct":
        _check_grain(context, binding, metric, args)
    filter_ = conditions[0] if len(conditions) == 1 else None
    if len(conditions) > 1:
        flat = [part for c in conditions for part in _and_parts(c)]
        filter_ = t.Operation(BOOLEAN, "and", tuple(flat))
    return t.Aggregate(type_, function, args, metric.agg == "count_distinct", filter_)


def _and_parts(expr: t.Expr) -> tuple[t.Expr, ...]:
    return expr.operands if isinstance(expr, t.Operation) and expr.op == "and" else (expr,)


def _check_grain(
    context: Context, binding: ModelBinding, metric: Metric, args: tuple[t.Expr, ...]
) -> None:
    for column in (column for arg in args for column in columns_of(arg)):
        if binding.columns[column.name].path:
            message = (
                f"Metric '{metric.name}' aggregates '{column.name}' of another model, whose "
                "rows repeat here."
            )
            context.refuse("fan-out", message, None, "Define it in the model that owns the rows.")


def is_inline(metric: Metric) -> bool:
    """True for a leaf that is one aggregate over rows, at any grain."""
    return metric.kind == "agg" and metric.last is None


def leaf_type(context: Context, metric: Metric) -> DataType:
    """The type of a leaf metric's value."""
    if metric.kind == "agg":
        return aggregate(context, scratch(context, metric), metric).type
    if metric.change is not None and metric.change.shown == "percent":
        return DOUBLE
    of = metric.cumulative.of if metric.cumulative else metric.change.of if metric.change else ""
    inner = context.catalog.metrics[of]
    return compose(context, inner, lambda m: t.Constant(leaf_type(context, m), None)).type


def scratch(context: Context, metric: Metric) -> ModelBinding:
    """A binding that never becomes a source, to learn types from."""
    model: Model = context.catalog.models[metric.model]
    return ModelBinding(id=0, alias="", shown="", model=model)


def with_filter(call: t.Aggregate, condition: t.Expr) -> t.Aggregate:
    """The aggregate over those of its rows where `condition` holds too."""
    if call.filter is None:
        return replace(call, filter=condition)
    parts = (*_and_parts(call.filter), *_and_parts(condition))
    return replace(call, filter=t.Operation(BOOLEAN, "and", parts))
