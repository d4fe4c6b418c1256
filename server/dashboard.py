"""The model's `dashboard` tiles and the pinned ones to results, under one period and one filter.

Called by the dashboard routes. Invariant: all tiles show one data version and one clock; a tile
that cannot be computed, or cannot be filtered as asked, says why and does not hide the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from pydantic import Field, ValidationError

from semantic.compiled import Principal
from semantic.issues import SemanticError
from semantic.query_object import AnyOf, Filter, OrderBy, SemanticQuery, TimeRange, TimeSpec
from semantic.request import column_hints, to_sql
from semantic.spec import Spec, TileSpec
from server.answer.assemble import to_visualization
from server.answer.cards import to_key_metrics
from server.answer.shape import Finding, with_hints
from server.answer.wire import ChartType, KeyMetric, Visualization
from server.errors import AppError
from server.http_errors import Problem, to_problem
from server.pins import Pins, to_plain
from server.queries import Queries
from server.results import ResultTable
from server.schemas import QueryResult, to_query_result
from server.snapshot import Snapshot
from server.storage.records import Pin

_MOST: Final = 20


class DashboardRequest(Spec):
    """POST /api/dashboard: the clock, the period and the rows that all tiles are made of."""

    as_of: date | None = None
    period: TimeRange | None = None
    """Days of each tile's own time dimension; `end` is the first day after."""
    filters: Annotated[tuple[Filter | AnyOf, ...], Field(max_length=_MOST)] = ()
    segments: Annotated[tuple[str, ...], Field(max_length=_MOST)] = ()


class TileBody(msgspec.Struct, frozen=True):
    """One tile: its result and its chart, or the problem in their place."""

    id: str
    title: str
    chart_type: ChartType | None
    query: QueryResult | None
    visualization: Visualization | None
    key_metrics: dict[str, KeyMetric]
    query_object: dict[str, Any] | None
    """The query as data, with period and filters; for drill-down. Null for pinned SQL."""
    is_filtered: bool
    """False where a period or a filter was asked for and pinned SQL cannot take it."""
    pin_id: str | None
    problem: Problem | None = None


class DashboardBody(msgspec.Struct, frozen=True):
    """GET and POST /api/dashboard."""

    as_of: date
    warehouse_version: int
    tiles: list[TileBody]


@dataclass(frozen=True, slots=True)
class _Tile:
    """One tile as it is asked for."""

    id: str
    title: str
    chart: ChartType | None
    query: SemanticQuery | None
    semantic_sql: str = ""
    is_filtered: bool = True
    pin_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The dashboard of the current version."""

    queries: Queries
    pins: Pins

    async def show(self, request: DashboardRequest, principal: Principal) -> DashboardBody:
        """Every tile with its result. Raises NoData where nothing is loaded."""
        snapshot = await self.queries.snapshots.get()
        moment = snapshot.moment(request.as_of, self.queries.clock)
        asked = list(_model_tiles(snapshot, request))
        asked += [_pinned_tile(pin, request) for pin in await self.pins.kept(principal)]
        tiles = await asyncio.gather(
            *(self._compute(snapshot, tile, moment, principal) for tile in asked)
        )
        return DashboardBody(moment, snapshot.version, tiles)

    async def _compute(
        self, snapshot: Snapshot, tile: _Tile, moment: date, principal: Principal
    ) -> TileBody:
        try:
            table = await self._run(snapshot, tile, moment, principal)
        except (SemanticError, AppError) as error:
            return _to_body(tile, problem=to_problem(error)[0])
        finding = Finding(
            id=tile.id,
            title=tile.title,
            table=table,
            chart=tile.chart,
            additive=_additive(snapshot, table),
            is_list=tile.query is not None and tile.query.detail,
        )
        return _to_body(
            tile,
            result=to_query_result(table, moment, tile.id),
            visualization=to_visualization(finding, snapshot.spec.currency),
            cards=to_key_metrics([finding]),
        )

    async def _run(
        self, snapshot: Snapshot, tile: _Tile, moment: date, principal: Principal
    ) -> ResultTable:
        catalog, sql = snapshot.catalog, tile.semantic_sql
        if tile.query is not None:
            sql = to_sql(catalog, tile.query)
        table = await self.queries.warehouse.run(
            sql,
            as_of=moment,
            principal=principal,
            limit_rows=self.queries.limits.default_rows,
            version=snapshot.version,
            title=tile.title,
        )
        if tile.query is None:
            return table
        hints = column_hints(catalog, tile.query)
        return with_hints(table, {name: (hint.label, hint.format) for name, hint in hints.items()})


def _to_body(
    tile: _Tile,
    *,
    result: QueryResult | None = None,
    visualization: Visualization | None = None,
    cards: dict[str, KeyMetric] | None = None,
    problem: Problem | None = None,
) -> TileBody:
    return TileBody(
        id=tile.id,
        title=tile.title,
        chart_type=tile.chart or (visualization.chart_type if visualization else None),
        query=result,
        visualization=visualization,
        key_metrics=cards or {},
        query_object=None if tile.query is None else to_plain(tile.query),
        is_filtered=tile.is_filtered,
        pin_id=tile.pin_id,
        problem=problem,
    )


def _additive(snapshot: Snapshot, table: ResultTable) -> frozenset[str]:
    metrics = snapshot.catalog.metrics
    return frozenset(
        column.name
        for column in table.columns
        if column.name in metrics and metrics[column.name].agg in ("sum", "count")
    )


def _model_tiles(snapshot: Snapshot, request: DashboardRequest) -> Iterator[_Tile]:
    for number, spec in enumerate(snapshot.spec.dashboard, 1):
        query = narrow(to_query(spec), request)
        yield _Tile(f"tile{number}", spec.title, spec.chart, query)


def _pinned_tile(pin: Pin, request: DashboardRequest) -> _Tile:
    chart: Any = pin.chart
    query = _read(pin.query)
    if query is not None:
        return _Tile(pin.id, pin.title, chart, narrow(query, request), pin_id=pin.id)
    is_asked = bool(request.period or request.filters or request.segments)
    sql = pin.semantic_sql or ""
    return _Tile(pin.id, pin.title, chart, None, sql, not is_asked, pin.id)


def _read(query: dict[str, Any] | None) -> SemanticQuery | None:
    """The stored query object; None where an older program stored what is none any more."""
    try:
        return None if query is None else SemanticQuery.model_validate(query)
    except ValidationError:
        return None


def narrow(query: SemanticQuery, request: DashboardRequest) -> SemanticQuery:
    """The query over the rows of the request's period and filters alone."""
    time = query.time
    if request.period is not None:
        time = (time or TimeSpec()).model_copy(update={"range": request.period})
    return query.model_copy(
        update={
            "time": time,
            "filters": (*query.filters, *request.filters),
            "segments": (*query.segments, *request.segments),
        }
    )


def to_query(tile: TileSpec) -> SemanticQuery:
    """The query of a tile: a time axis in its order, otherwise the largest first.

    A limit cuts the tail of a ranking; of a time axis it would cut the newest periods, so
    there it does not hold.
    """
    is_time = any("." in name and name.rpartition(".")[2] in _GRAINS for name in tile.dimensions)
    if not tile.dimensions:
        return SemanticQuery(metrics=tile.metrics)
    if is_time:
        order = tuple(OrderBy(name=name, direction="asc") for name in tile.dimensions)
        return SemanticQuery(metrics=tile.metrics, dimensions=tile.dimensions, order_by=order)
    return SemanticQuery(
        metrics=tile.metrics,
        dimensions=tile.dimensions,
        order_by=(OrderBy(name=tile.metrics[0], direction="desc"),),
        limit=tile.limit,
    )


_GRAINS = frozenset({"day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"})
