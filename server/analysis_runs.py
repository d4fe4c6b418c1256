"""Named analyses to what the API lists and returns, each run recorded.

Called by the routes and the CLI. Invariant: a run reads the model and the data of one version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from semantic.analyses import Template
from semantic.analysis_header import ChartSpec
from semantic.compiled import Principal
from server.analyses import Analyses, AnalysisInfo, AnalysisResult
from server.queries import Queries
from server.schemas import (
    AnalysisRequest,
    ColumnBody,
    QueryResult,
    to_cell,
    to_columns,
    to_query_result,
)
from server.snapshot import Snapshot


class ParameterBody(msgspec.Struct, frozen=True):
    """One parameter of an analysis."""

    name: str
    type: str
    description: str
    required: bool
    default: str | int | float | None
    min: int | float | None
    max: int | float | None
    members_of: str | None


class AnalysisColumnBody(msgspec.Struct, frozen=True):
    """One column an analysis returns."""

    name: str
    label: str
    description: str


class ChartBody(msgspec.Struct, frozen=True):
    """How the rows are best drawn."""

    type: str
    x: str
    y: tuple[str, ...]


class AnalysisBody(msgspec.Struct, frozen=True):
    """One analysis as it is listed."""

    name: str
    title: str
    purpose: str
    available: bool
    reason: str
    """Why it cannot be run on this model; empty where it can."""
    parameters: list[ParameterBody]
    columns: list[AnalysisColumnBody]
    chart: ChartBody
    example_questions: tuple[str, ...]


class AnalysisList(msgspec.Struct, frozen=True):
    """GET /api/analyses."""

    analyses: list[AnalysisBody]


class AnalysisResultBody(msgspec.Struct, frozen=True):
    """POST /api/analyses/{name}."""

    name: str
    title: str
    parameters: dict[str, Any]
    as_of: date
    columns: tuple[ColumnBody, ...]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    object: dict[str, Any] | None
    chart: ChartBody
    semantic_sql: str
    sql: str
    warehouse_version: int
    queries: list[QueryResult]
    sentences: tuple[str, ...] = ()
    """What the rows say, where the analysis words it itself."""


@dataclass(frozen=True, slots=True)
class AnalysisRuns:
    """The analyses of the current version."""

    queries: Queries
    templates: Sequence[Template]
    _kept: WeakKeyDictionary[Snapshot, Analyses] = field(default_factory=WeakKeyDictionary)

    def of(self, snapshot: Snapshot) -> Analyses:
        """The analyses over one snapshot; kept as long as the snapshot is."""
        found = self._kept.get(snapshot)
        if found is None:
            found = Analyses(snapshot.catalog, self.templates, self.queries.warehouse)
            self._kept[snapshot] = found
        return found

    async def list(self) -> AnalysisList:
        """All analyses, also those that this model does not allow."""
        analyses = self.of(await self.queries.snapshots.get())
        # The first call compiles every statement; the event loop serves others meanwhile.
        infos = await asyncio.to_thread(analyses.list)
        return AnalysisList([_to_body(info) for info in infos])

    async def run(
        self, name: str, request: AnalysisRequest, principal: Principal
    ) -> AnalysisResultBody:
        """The result of one analysis. Raises what `Analyses.run` raises."""
        queries = self.queries
        async with queries.audit.decision(f"analysis:{name[:80]}", principal) as decision:
            snapshot = await queries.snapshots.get()
            decision.version = snapshot.version
            moment = snapshot.moment(request.as_of, queries.clock)
            result = await self.of(snapshot).run(
                name, request.parameters, moment, principal, version=snapshot.version
            )
            decision.semantic_sql = result.main.semantic_sql
        return to_body(result)


def to_body(result: AnalysisResult) -> AnalysisResultBody:
    """The result as it goes over the wire; an object is also the only row."""
    return AnalysisResultBody(
        name=result.name,
        title=result.title,
        parameters={key: to_cell(value) for key, value in result.parameters.items()},
        as_of=result.as_of,
        columns=to_columns(result.columns),
        rows=[[to_cell(value) for value in row] for row in result.rows],
        row_count=len(result.rows),
        truncated=result.truncated,
        object=None if result.object is None else _to_object(result.object),
        chart=_to_chart(result.chart),
        semantic_sql=result.main.semantic_sql,
        sql=result.main.sql,
        warehouse_version=result.main.warehouse_version,
        queries=[
            to_query_result(table, result.as_of, f"q{number}")
            for number, table in enumerate(result.queries, 1)
        ],
        sentences=result.sentences,
    )


def _to_object(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: to_cell(item) for key, item in value.items()}


def _to_chart(chart: ChartSpec) -> ChartBody:
    return ChartBody(chart.type, chart.x, chart.y)


def _to_body(info: AnalysisInfo) -> AnalysisBody:
    header = info.header
    return AnalysisBody(
        name=header.name,
        title=header.title,
        purpose=header.purpose,
        available=info.is_available,
        reason=info.reason,
        parameters=[
            ParameterBody(
                name=name,
                type=spec.type,
                description=spec.description,
                required=spec.required,
                default=spec.default,
                min=spec.min,
                max=spec.max,
                members_of=spec.members_of,
            )
            for name, spec in header.parameters.items()
        ],
        columns=[
            AnalysisColumnBody(name, column.label, column.description)
            for name, column in header.columns.items()
        ],
        chart=_to_chart(header.chart),
        example_questions=header.example_questions,
    )
