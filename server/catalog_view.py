"""The catalog to the JSON that people, pickers and planners read.

Called by `GET /api/semantic/catalog` and `revenue schema`. Invariant: hidden dimensions stay
hidden; every name listed can be used in semantic SQL as it stands.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import msgspec

from semantic.compiled import Lineage, Principal
from semantic.definitions import METRIC_TIME, Catalog, Dimension, Metric, Model, Segment
from semantic.issues import SemanticError
from semantic.pipeline import compile_sql
from server.answer.wire import ChartType
from server.snapshot import Snapshot, Snapshots


class DimensionView(msgspec.Struct, frozen=True):
    """Something to group or filter by."""

    name: str
    qualified_name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    type: str
    format: str
    order: tuple[str, ...]
    """The members in their own order, where the model gives one."""
    columns: tuple[str, ...]
    """What it is read from, as `table.column`."""


class SegmentView(msgspec.Struct, frozen=True):
    """A named row filter."""

    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    filter: str


class MetricView(msgspec.Struct, frozen=True):
    """What can be asked for."""

    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    kind: str
    formula: str
    format: str
    better: str
    models: tuple[str, ...]
    columns: tuple[str, ...]
    """What it is computed from, as `table.column`."""
    sources: tuple[str, ...]
    """The CSV sources behind those."""


class ModelView(msgspec.Struct, frozen=True):
    """A named data set."""

    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    primary_key: str
    time: str | None
    neighbours: tuple[str, ...]
    dimensions: list[DimensionView]
    segments: list[SegmentView]
    metrics: list[MetricView]


class RelationshipView(msgspec.Struct, frozen=True):
    """From the many side to the one side."""

    name: str
    from_: str = msgspec.field(name="from")
    to: str
    type: str


class QuickQuestion(msgspec.Struct, frozen=True):
    """A verified question that this version answers."""

    question: str
    title: str
    chart: ChartType | None


class CalendarView(msgspec.Struct, frozen=True):
    """How business time is counted."""

    fiscal_year_start: str
    week_start: str
    timezone: str


class CatalogView(msgspec.Struct, frozen=True):
    """Everything that can be asked of one data version."""

    name: str
    label: str
    description: str
    currency: str
    calendar: CalendarView
    warehouse_version: int
    models: list[ModelView]
    relationships: list[RelationshipView]
    verified_questions: list[str]
    quick_questions: list[QuickQuestion]


@dataclass(frozen=True, slots=True)
class CatalogViews:
    """The view of the current version; made once per version."""

    snapshots: Snapshots
    _kept: WeakKeyDictionary[Snapshot, CatalogView] = field(default_factory=WeakKeyDictionary)

    async def get(self) -> CatalogView:
        """Raises NoData where nothing is loaded."""
        snapshot = await self.snapshots.get()
        found = self._kept.get(snapshot)
        if found is None:
            # Every metric is compiled for its lineage; the event loop serves others meanwhile.
            found = await asyncio.to_thread(describe_catalog, snapshot.catalog, snapshot.version)
            self._kept[snapshot] = found
        return found


def describe_catalog(catalog: Catalog, version: int) -> CatalogView:
    """The catalog of data version `version` as it goes over the wire."""
    spec = catalog.spec
    return CatalogView(
        name=catalog.name,
        label=spec.label or catalog.name,
        description=spec.description,
        currency=spec.currency,
        calendar=CalendarView(
            spec.calendar.fiscal_year_start, spec.calendar.week_start, spec.calendar.timezone
        ),
        warehouse_version=version,
        models=[_model(catalog, model) for model in catalog.models.values()],
        relationships=[
            RelationshipView(
                name=r.name,
                from_=f"{r.from_model}.{r.from_dimension}",
                to=f"{r.to_model}.{r.to_dimension}",
                type="one_to_one" if r.one_to_one else "many_to_one",
            )
            for r in catalog.relationships
        ],
        verified_questions=[query.question for query in spec.verified_queries],
        quick_questions=[
            QuickQuestion(query.question, query.title or query.question, query.chart)
            for query in spec.verified_queries
            if _find_lineage(catalog, query.sql) is not None
        ],
    )


def _find_lineage(catalog: Catalog, sql: str) -> Lineage | None:
    """What semantic SQL reads; None where it does not compile on this model."""
    try:
        return compile_sql(catalog, sql, principal=Principal(), limit_rows=1).lineage
    except SemanticError:
        return None


def _model(catalog: Catalog, model: Model) -> ModelView:
    return ModelView(
        name=model.name,
        label=model.label,
        description=model.description,
        synonyms=model.synonyms,
        primary_key=model.primary_key,
        time=model.time,
        neighbours=tuple(model.neighbours),
        dimensions=[_dimension(d, model) for d in model.dimensions.values() if not d.hidden],
        segments=[_segment(s) for s in model.segments.values()],
        metrics=[_metric(catalog, m) for m in model.metrics.values()],
    )


def _dimension(dimension: Dimension, model: Model) -> DimensionView:
    return DimensionView(
        name=dimension.name,
        qualified_name=dimension.qualified,
        label=dimension.label,
        description=dimension.description,
        synonyms=dimension.synonyms,
        type=dimension.kind,
        format=dimension.format,
        order=dimension.order,
        columns=tuple(f"{model.table.name}.{field}" for field in dimension.fields),
    )


def _segment(segment: Segment) -> SegmentView:
    return SegmentView(
        name=segment.name,
        label=segment.label,
        description=segment.description,
        synonyms=segment.synonyms,
        filter=segment.text,
    )


def _metric(catalog: Catalog, metric: Metric) -> MetricView:
    measure, source = f'MEASURE("{metric.name}") AS n', f'FROM "{catalog.name}"'
    lineage = _find_lineage(catalog, f"SELECT {measure} {source}")
    if lineage is None and metric.change is not None:
        # A change is only there from one period to the next.
        period = f"date_trunc('{metric.change.unit}', {METRIC_TIME}) AS period"
        lineage = _find_lineage(catalog, f"SELECT {period}, {measure} {source} GROUP BY ALL")
    return MetricView(
        name=metric.name,
        label=metric.label,
        description=metric.description,
        synonyms=metric.synonyms,
        kind=metric.kind,
        formula=metric.formula,
        format=metric.format,
        better=metric.better,
        models=tuple(sorted(metric.models)),
        columns=lineage.columns if lineage else (),
        sources=lineage.sources if lineage else (),
    )
