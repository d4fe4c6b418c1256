"""HTTP for the dashboard: its tiles under a period and a filter, and what is pinned to it.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Request, Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from server.dashboard import DashboardBody, DashboardRequest
from server.pins import PinBody, PinList, PinRequest, Unpinned
from server.routes.access import COSTLY
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.routes.disconnect import until_disconnect


@get("/", opt=COSTLY)
async def show_dashboard(
    services: ServicesDependency,
    principal: PrincipalDependency,
    as_of: FromQuery[date | None] = None,
) -> DashboardBody:
    """The tiles of the model's dashboard and the pinned ones with their results."""
    return await services.dashboard.show(DashboardRequest(as_of=as_of), principal)


@post("/", dto=StrictBody[DashboardRequest], return_dto=None, status_code=200, opt=COSTLY)
async def filter_dashboard(
    request: Request[Any, Any, Any],
    data: JSONBody[DashboardRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> DashboardBody:
    """The same for one period and for the rows that some conditions let through."""
    return await until_disconnect(request, services.dashboard.show(data, principal))


@get("/pins")
async def list_pins(services: ServicesDependency, principal: PrincipalDependency) -> PinList:
    """What the asker has pinned."""
    return await services.pins.list(principal)


@post("/pins", dto=StrictBody[PinRequest], return_dto=None, status_code=200, opt=COSTLY)
async def pin_tile(
    data: JSONBody[PinRequest], services: ServicesDependency, principal: PrincipalDependency
) -> PinBody:
    """Pin a query to the dashboard; it is computed anew on the data of the day."""
    return await services.pins.add(data, principal)


@delete("/pins/{pin_id:str}", status_code=200)
async def unpin_tile(
    pin_id: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> Unpinned:
    """Take a pinned tile off the dashboard."""
    return await services.pins.remove(pin_id, principal)


ROUTER = Router(
    "/api/dashboard",
    route_handlers=[show_dashboard, filter_dashboard, list_pins, pin_tile, unpin_tile],
    tags=["Dashboard"],
)
