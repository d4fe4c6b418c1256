"""HTTP for the fixed pages: health, data schema, quick insights.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery

from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.schemas import Health, SourceDescription


@get("/health")
async def show_health(services: ServicesDependency, principal: PrincipalDependency) -> Health:
    """Whether data is loaded and can be queried, and how many records there are."""
    return await services.overview.health(principal)


_SOURCES = ResponseSpec(
    data_container=dict[str, SourceDescription],
    description="By source",
    generate_examples=False,
)


@get("/data/schema", responses={200: _SOURCES})
async def show_data_schema(
    services: ServicesDependency, principal: PrincipalDependency
) -> dict[str, dict[str, Any]]:
    """Per source: rows, the CSV's own headers, a sample and the members of key columns."""
    return await services.overview.data_schema(principal)


@get("/quick-insights")
async def show_quick_insights(
    services: ServicesDependency,
    principal: PrincipalDependency,
    as_of: FromQuery[date | None] = None,
) -> dict[str, float | None]:
    """The headline numbers of the model; percents are 0 to 100."""
    return await services.overview.quick_insights(as_of, principal)


ROUTER = Router(
    "/api",
    route_handlers=[show_health, show_data_schema, show_quick_insights],
    tags=["Overview"],
)
