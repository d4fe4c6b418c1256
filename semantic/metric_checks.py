"""Checks of the metrics of a catalog: dangling names, cycles, kinds that do not combine.

Called by `catalog`. Every metric is compiled once in thought: its expression is resolved over
its model. Invariant: after these checks MEASURE(metric) cannot fail for reasons of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from semantic import syntax as s
from semantic.compiled import Principal
from semantic.definitions import Catalog, Metric
from semantic.issues import Issue, suggest
from semantic.measures import aggregate, compose, leaf_type, scratch, segment_condition
from semantic.scope import Context, ModelBinding
from semantic.typed import Constant

Problem = tuple[str, str, tuple[str, ...]]


def parts_of(metric: Metric) -> list[str]:
    """The names of the metrics that `metric` is made of, directly."""
    found = [name for name in (metric.of, metric.to) if name]
    if metric.cumulative is not None:
        found.append(metric.cumulative.of)
    if metric.change is not None:
        found.append(metric.change.of)
    waiting: list[object] = [metric.derived]
    while waiting:
        current = waiting.pop()
        if isinstance(current, s.Name):
            found.append(current.parts[-1])
        elif isinstance(current, s.Node):
            waiting += [getattr(current, name) for name in current.__dataclass_fields__]
        elif isinstance(current, tuple):
            waiting += current
    return found


def metric_models(
    metrics: Mapping[str, Metric], metric: Metric
) -> tuple[frozenset[str], list[Problem]]:
    """The models whose rows a metric aggregates, and what is wrong on the way there."""
    models: set[str] = set()
    problems: list[Problem] = []

    def visit(name: str, around: tuple[str, ...]) -> None:
        if name in around:
            chain = " -> ".join([*around, name])
            problems.append(("cycle", f"Metric '{metric.name}' is defined by itself: {chain}.", ()))
            return
        current = metrics.get(name)
        if current is None:
            message = f"Metric '{around[-1]}' uses '{name}', which is not a metric."
            problems.append(("unknown-metric", message, suggest(name, metrics)))
            return
        if current.kind == "agg":
            models.add(current.model)
        for part in parts_of(current):
            visit(part, (*around, name))

    visit(metric.name, ())
    return frozenset(models), problems[:1]


def check_metrics(catalog: Catalog) -> list[Issue]:
    """Issues of all segments and metrics, with their paths into the file."""
    found: list[Issue] = []
    for index, spec in enumerate(catalog.spec.models):
        model = catalog.models[spec.name]
        for number, segment in enumerate(spec.segments):
            context = Context(catalog, Principal(), {})
            binding = ModelBinding(id=0, alias="", shown="", model=model)
            segment_condition(context, binding, segment.name)
            path = ("models", index, "segments", number)
            found += [replace(issue, path=path, place=None) for issue in context.issues]
        for number, metric in enumerate(spec.metrics):
            path = ("models", index, "metrics", number)
            issues = _check_metric(catalog, catalog.metrics[metric.name])
            found += [replace(issue, path=path, place=None) for issue in issues]
    return found


def _check_metric(catalog: Catalog, metric: Metric) -> list[Issue]:
    context = Context(catalog, Principal(), {})
    if metric.kind == "agg":
        aggregate(context, scratch(context, metric), metric)
        _check_last(context, metric)
    elif metric.cumulative is not None or metric.change is not None:
        _check_over_time(context, metric)
    else:
        compose(context, metric, lambda m: Constant(leaf_type(context, m), None))
    return context.issues


def _check_last(context: Context, metric: Metric) -> None:
    if metric.last is None:
        return
    dimensions = context.catalog.models[metric.model].dimensions
    for name in (metric.last.over, *metric.last.per):
        if name not in dimensions:
            message = f"'last' of metric '{metric.name}' uses '{name}', which is not a dimension."
            context.refuse("unknown-name", message, suggestions=suggest(name, dimensions))
    over = dimensions.get(metric.last.over)
    if over is not None and not over.type.is_time:
        context.refuse("type-mismatch", f"'last.over' of metric '{metric.name}' must be a date.")


def _check_over_time(context: Context, metric: Metric) -> None:
    of = metric.cumulative.of if metric.cumulative else metric.change.of if metric.change else ""
    inner = context.catalog.metrics[of]
    if len(metric.models) != 1:
        message = f"Metric '{metric.name}' accumulates '{of}', which spans several models."
        context.refuse("bad-metric", message, hint="Accumulate its parts and derive from them.")
        return
    (model,) = metric.models
    if context.catalog.models[model].time is None:
        message = f"Metric '{metric.name}' needs a time, but model '{model}' declares none."
        context.refuse("bad-metric", message, hint="Give the model a 'time:' dimension.")
    leaves = leaves_of(context.catalog, inner)
    forbidden = ("change",) if metric.change is not None else ("change", "cumulative")
    for leaf in leaves:
        if leaf.kind in forbidden or (metric.cumulative is not None and leaf.last is not None):
            message = f"Metric '{metric.name}' cannot be built on '{leaf.name}' ({leaf.kind})."
            context.refuse("bad-metric", message)


def leaves_of(catalog: Catalog, metric: Metric) -> list[Metric]:
    """The leaf metrics that a metric is composed of."""
    if metric.kind in ("ratio", "derived"):
        return [
            leaf for name in parts_of(metric) for leaf in leaves_of(catalog, catalog.metrics[name])
        ]
    return [metric]
