"""The model's `dashboard` tiles to results.

Called by `GET /api/dashboard`. Invariant: all tiles show one data version and one clock; a
tile that cannot be computed says why and does not hide the others.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

import msgspec

from semantic.compiled import Principal
from semantic.issues import SemanticError
from semantic.request import OrderBy, SemanticQuery, to_sql
from semantic.spec import TileSpec
from server.errors import AppError
from server.http_errors import Problem, to_problem
from server.queries import Queries
from server.schemas import QueryResult, to_query_result
from server.snapshot import Snapshot


class TileBody(msgspec.Struct, frozen=True):
    """One tile: its result, or the problem in its place."""

    title: str
    chart_type: str
    query: QueryResult | None
    problem: Problem | None = None


class DashboardBody(msgspec.Struct, frozen=True):
    """GET /api/dashboard."""

    as_of: date
    warehouse_version: int
    tiles: list[TileBody]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The dashboard of the current version."""

    queries: Queries

    async def show(self, as_of: date | None, principal: Principal) -> DashboardBody:
        """Every tile with its result. Raises NoData where nothing is loaded."""
        snapshot = await self.queries.snapshots.get()
        moment = as_of or snapshot.today(self.queries.clock)
        tiles = await asyncio.gather(
            *(
                self._tile(snapshot, tile, number, moment, principal)
                for number, tile in enumerate(snapshot.spec.dashboard, 1)
            )
        )
        return DashboardBody(moment, snapshot.version, tiles)

    async def _tile(
        self,
        snapshot: Snapshot,
        tile: TileSpec,
        number: int,
        moment: date,
        principal: Principal,
    ) -> TileBody:
        try:
            table = await self.queries.warehouse.run(
                to_sql(snapshot.catalog, to_query(tile)),
                as_of=moment,
                principal=principal,
                limit_rows=self.queries.limits.default_rows,
                version=snapshot.version,
                title=tile.title,
            )
        except (SemanticError, AppError) as error:
            return TileBody(tile.title, tile.chart, None, to_problem(error)[0])
        return TileBody(tile.title, tile.chart, to_query_result(table, moment, f"tile{number}"))


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
