"""HTTP for the fixed pages: health, data schema, quick insights.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Request, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery

from semantic.compiled import Principal
from server.keys import ADMIN
from server.routes.access import PUBLIC, find_principal
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.schemas import Health, Session, SourceDescription


@get("/health", opt=PUBLIC)
async def show_health(request: Request[Any, Any, Any], services: ServicesDependency) -> Health:
    """Whether data is loaded and can be queried, and how many records there are.

    Answers everybody; where keys are required, counts are for those who show one.
    """
    principal = find_principal(request)
    if principal is None and not services.settings.requires_keys:
        principal = Principal()
    return await services.overview.health(principal)


@get("/session", opt=PUBLIC)
async def show_session(request: Request[Any, Any, Any], services: ServicesDependency) -> Session:
    """Whether a key is needed here, and whose key the request shows."""
    found = find_principal(request)
    is_needed = services.settings.requires_keys
    return Session(
        key_required=is_needed,
        signed_in=found is not None,
        name=found.name if found else None,
        roles=sorted(found.roles) if found else [],
        may_manage_data=ADMIN in found.roles if found else not is_needed,
    )


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
    route_handlers=[show_health, show_session, show_data_schema, show_quick_insights],
    tags=["Overview"],
)
