"""A metric to those that belong beside it: its parts, its rates, the count behind it, headlines.

Made once per data version by `planners.py`, asked by `companions.py`. Pure. Invariant: everything
is concluded from the definitions (parts, aggregation, condition), never from a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, get_args

from semantic import syntax
from semantic.definitions import Catalog, Metric, Model
from semantic.spec import Month

CLOCK: Final = "as_of()"
"""Stands among the fields of what depends on the clock."""
_OVER_ROWS: Final = frozenset({"avg", "median", "percentile", "stddev"})
_KINDS: Final = frozenset({"agg", "ratio", "derived"})


@dataclass(frozen=True, slots=True, eq=False)
class RelatedMetrics:
    """Which metrics go together in one catalog."""

    catalog: Catalog
    conditions: Mapping[str, frozenset[str]]
    """Metric -> fields that decide which rows it counts; with `CLOCK` where today does."""
    on_clock: frozenset[str]
    """Metrics whose value depends on today."""
    headlines: tuple[str, ...]
    """Metrics of the dashboard and the overview, as the model orders them."""

    def choose(self, names: Iterable[str], model: str, taken: frozenset[str]) -> tuple[str, ...]:
        """Metrics of `model` that belong beside `names`, the closest first, without them.

        Args:
            taken: fields that the question filters by. A metric whose own condition decides by
                one of them says nothing new there (all of the won deals are won).
        """
        asked = [self.catalog.metrics[name] for name in names if name in self.catalog.metrics]
        found: dict[str, None] = {}
        for metric in asked:
            found |= dict.fromkeys(self._near(metric))
        found |= dict.fromkeys(self.headlines)
        own = {metric.name for metric in asked}
        return tuple(
            name
            for name in found
            if name not in own and self.fits(name, model) and not (self.conditions[name] & taken)
        )

    @property
    def fiscal_month(self) -> int:
        """The month a fiscal year begins with, 1 to 12."""
        return list(get_args(Month)).index(self.catalog.calendar.fiscal_year_start) + 1

    def find_count(self, name: str) -> str | None:
        """The metric that counts the rows behind a rate or a mean; None for what adds up."""
        metric = self.catalog.metrics[name]
        if metric.kind == "ratio":
            return metric.to if self.catalog.metrics[metric.to].agg == "count" else None
        if metric.kind != "agg" or metric.agg not in _OVER_ROWS:
            return None
        siblings = self.catalog.models[metric.model].metrics.values()
        same = (m.name for m in siblings if m.agg == "count" and m.where == metric.where)
        return next(same, None)

    def fits(self, name: str, model: str) -> bool:
        """True for a plain number over the rows of one model."""
        metric = self.catalog.metrics.get(name)
        return (
            metric is not None
            and metric.kind in _KINDS
            and metric.last is None
            and metric.models == {model}
        )

    def _near(self, metric: Metric) -> Iterator[str]:
        yield from _parts(self.catalog, metric)
        siblings = [
            m for m in self.catalog.models[metric.model].metrics.values() if m is not metric
        ]
        if metric.kind == "agg":
            same = [m for m in siblings if m.kind == "agg" and m.where == metric.where]
            yield from (m.name for m in same if m.agg == "count")
            yield from (m.name for m in same if _is_same_amount(m, metric))
        yield from (m.name for m in siblings if m.kind == "ratio" and m.of == metric.name)
        yield from (m.name for m in siblings if m.kind == "ratio" and m.to == metric.name)


def build_related(catalog: Catalog) -> RelatedMetrics:
    """The relations between all metrics of a catalog."""
    conditions = {name: _conditions(catalog, metric) for name, metric in catalog.metrics.items()}
    on_clock = frozenset(
        name
        for name, metric in catalog.metrics.items()
        if CLOCK in conditions[name] or CLOCK in _values(catalog, metric)
    )
    return RelatedMetrics(catalog, conditions, on_clock, _headlines(catalog))


def fields_of(model: Model, node: Any) -> frozenset[str]:
    """Dimensions and physical columns that a condition or an expression reads, through segments."""
    found: set[str] = set()
    for name in _names(node):
        found |= _fields_of_name(model, name)
    return frozenset(found)


def segment_fields(model: Model, name: str) -> frozenset[str]:
    """What a segment decides by."""
    segment = model.segments.get(name.rpartition(".")[2])
    return frozenset() if segment is None else fields_of(model, segment.filter)


def dimension_fields(model: Model, name: str) -> frozenset[str]:
    """A dimension with the physical columns it is made of."""
    return frozenset(_fields_of_name(model, name.rpartition(".")[2]))


def _fields_of_name(model: Model, name: str) -> set[str]:
    if name == CLOCK:
        return {CLOCK}
    if name in model.segments:
        return set(fields_of(model, model.segments[name].filter))
    dimension = model.dimensions.get(name)
    if dimension is None:
        return {name}
    return {name, *dimension.fields, *([CLOCK] if dimension.uses_as_of else [])}


def _names(node: Any) -> Iterator[str]:
    """Every name in an expression; the clock as `CLOCK`."""
    if isinstance(node, syntax.Name):
        yield node.parts[-1]
        return
    if isinstance(node, syntax.Call) and node.name.lower() == "as_of":
        yield CLOCK
    if isinstance(node, tuple):
        for item in node:
            yield from _names(item)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _names(getattr(node, field.name))


def _parts(catalog: Catalog, metric: Metric) -> list[str]:
    """The metrics that a metric is made of."""
    if metric.kind == "ratio":
        return [metric.of, metric.to]
    if metric.kind == "derived":
        return [name for name in dict.fromkeys(_names(metric.derived)) if name in catalog.metrics]
    over_time = metric.cumulative or metric.change
    return [over_time.of] if over_time is not None else []


def _conditions(catalog: Catalog, metric: Metric) -> frozenset[str]:
    if metric.kind == "agg":
        return fields_of(catalog.models[metric.model], metric.where)
    return frozenset().union(
        *(_conditions(catalog, catalog.metrics[name]) for name in _parts(catalog, metric))
    )


def _values(catalog: Catalog, metric: Metric) -> frozenset[str]:
    """What the aggregated expressions read."""
    if metric.kind == "agg":
        return fields_of(catalog.models[metric.model], metric.expr)
    return frozenset().union(
        *(_values(catalog, catalog.metrics[name]) for name in _parts(catalog, metric))
    )


def _is_same_amount(one: Metric, other: Metric) -> bool:
    """True for the sum and the mean of the same amount."""
    aggs = {one.agg, other.agg}
    return one.expr is not None and one.expr == other.expr and bool(aggs & {"sum", "avg"})


def _headlines(catalog: Catalog) -> tuple[str, ...]:
    spec = catalog.spec
    whole = [name for tile in spec.dashboard if not tile.dimensions for name in tile.metrics]
    split = [name for tile in spec.dashboard if tile.dimensions for name in tile.metrics]
    fixed = [*spec.overview.insights.values(), *spec.overview.records.values()]
    return tuple(dict.fromkeys([*whole, *split, *fixed]))
