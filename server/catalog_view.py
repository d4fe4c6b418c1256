"""The catalog to the JSON that people, pickers and planners read.

Called by `GET /api/semantic/catalog` and `revenue schema`. Invariant: hidden dimensions stay
hidden; every name listed can be used in semantic SQL as it stands.
"""

from __future__ import annotations

import msgspec

from semantic.definitions import Catalog, Dimension, Metric, Model, Segment


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
        models=[_model(model) for model in catalog.models.values()],
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
    )


def _model(model: Model) -> ModelView:
    return ModelView(
        name=model.name,
        label=model.label,
        description=model.description,
        synonyms=model.synonyms,
        primary_key=model.primary_key,
        time=model.time,
        neighbours=tuple(model.neighbours),
        dimensions=[_dimension(d) for d in model.dimensions.values() if not d.hidden],
        segments=[_segment(s) for s in model.segments.values()],
        metrics=[_metric(m) for m in model.metrics.values()],
    )


def _dimension(dimension: Dimension) -> DimensionView:
    return DimensionView(
        name=dimension.name,
        qualified_name=dimension.qualified,
        label=dimension.label,
        description=dimension.description,
        synonyms=dimension.synonyms,
        type=dimension.kind,
        format=dimension.format,
        order=dimension.order,
    )


def _segment(segment: Segment) -> SegmentView:
    return SegmentView(
        name=segment.name,
        label=segment.label,
        description=segment.description,
        synonyms=segment.synonyms,
        filter=segment.text,
    )


def _metric(metric: Metric) -> MetricView:
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
    )
