"""Results computed just now to the turns of a report: tiles of the dashboard, single queries.

Called by `reports.py` and report jobs. Pure. Invariant: a tile that could not be computed is in the
report with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from server.answer.formats import to_markdown
from server.answer.wire import Column, KeyMetric, QueryBody, Visualization, to_cell
from server.dashboard import DashboardBody, TileBody
from server.report.content import ReportTurn
from server.schemas import QueryResult


def to_tile_turns(dashboard: DashboardBody, currency: str) -> list[ReportTurn]:
    """A turn for each tile, in order."""
    return [_to_turn(tile, dashboard, currency) for tile in dashboard.tiles]


def _to_turn(tile: TileBody, dashboard: DashboardBody, currency: str) -> ReportTurn:
    if tile.query is None:
        reason = tile.problem.detail if tile.problem is not None else "There is no result."
        return ReportTurn(
            question=tile.title,
            prose=to_markdown(reason),
            status="failed",
            as_of=dashboard.as_of,
            warehouse_version=dashboard.warehouse_version,
            currency=currency,
        )
    drawn = [tile.visualization] if tile.visualization is not None else []
    return to_result_turn(tile.title, tile.query, drawn, tile.key_metrics, currency)


def to_result_turn(
    title: str,
    result: QueryResult,
    drawn: list[Visualization],
    cards: Mapping[str, KeyMetric],
    currency: str,
) -> ReportTurn:
    """The turn of one query's result and what was drawn from it."""
    as_of: date = result.as_of
    return ReportTurn(
        question=title,
        key_metrics=cards,
        visualizations=drawn,
        queries=[to_query_body(result)],
        data_sources=result.data_sources,
        as_of=as_of,
        warehouse_version=result.warehouse_version,
        currency=currency,
    )


def to_query_body(result: QueryResult) -> QueryBody:
    """The result as answers carry it."""
    return QueryBody(
        id=result.id,
        title=result.title,
        semantic_sql=result.semantic_sql,
        sql=result.sql,
        parameters={name: to_cell(value) for name, value in result.parameters.items()},
        columns=[
            Column(c.name, c.label, c.type, c.role, c.format, c.grain) for c in result.columns
        ],
        rows=[[to_cell(value) for value in row] for row in result.rows],
        row_count=result.row_count,
        truncated=result.truncated,
        elapsed_ms=result.elapsed_ms,
        cached=result.cached,
    )
