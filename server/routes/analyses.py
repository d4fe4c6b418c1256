"""HTTP for the named analyses.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Router, get, post
from litestar.params import FromPath, JSONBody

from server.analysis_runs import AnalysisList, AnalysisResultBody
from server.routes.access import COSTLY
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.routes.disconnect import until_disconnect
from server.schemas import AnalysisRequest


@get("/")
async def list_analyses(services: ServicesDependency) -> AnalysisList:
    """The analyses with their parameters, columns and example questions."""
    return await services.analyses.list()


@post("/{name:str}", dto=StrictBody[AnalysisRequest], return_dto=None, status_code=200, opt=COSTLY)
async def run_analysis(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    data: JSONBody[AnalysisRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> AnalysisResultBody:
    """Run one analysis with the given parameters; defaults for the others."""
    return await until_disconnect(request, services.analyses.run(name, data, principal))


ROUTER = Router("/api/analyses", route_handlers=[list_analyses, run_analysis], tags=["Analyses"])
