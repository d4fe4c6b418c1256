"""HTTP for governed SQL and query objects: run, explain, look at what there is.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from litestar import Request, Router, get, post
from litestar.params import JSONBody, QueryParameter

from server.catalog_view import CatalogView
from server.queries import SEARCH_LIMIT_CHARS, AskableQuery, RecordsRequest
from server.routes.access import COSTLY
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.routes.disconnect import until_disconnect
from server.routes.exports import to_response
from server.schemas import DimensionValues, ExplainRequest, Explanation, QueryResult, SqlRequest

Search = Annotated[str, QueryParameter(max_length=SEARCH_LIMIT_CHARS)]
DimensionName = Annotated[str, QueryParameter(min_length=1, max_length=130)]
ValuesLimit = Annotated[int, QueryParameter(ge=1, le=10_000)]


@post("/sql", dto=StrictBody[SqlRequest], return_dto=None, status_code=200, opt=COSTLY)
async def run_sql(
    request: Request[Any, Any, Any],
    data: JSONBody[SqlRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> QueryResult:
    """Run semantic SQL: one read-only SELECT over models; the rows it returns, or a file."""
    if data.format != "json":
        export = services.exports.of_sql(data, data.format, principal)
        # The document describes the JSON; a file is the same result.
        return cast("QueryResult", to_response(await until_disconnect(request, export)))
    work = services.queries.run_sql(
        data.sql, as_of=data.as_of, limit=data.limit, principal=principal
    )
    return await until_disconnect(request, work)


@post("/sql/explain", dto=StrictBody[ExplainRequest], return_dto=None, status_code=200, opt=COSTLY)
async def explain_sql(
    request: Request[Any, Any, Any],
    data: JSONBody[ExplainRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Explanation:
    """Compile semantic SQL without running it; the engine's SQL, or every issue found."""
    work = services.queries.explain_sql(
        data.sql, as_of=data.as_of, limit=data.limit, principal=principal
    )
    return await until_disconnect(request, work)


@get("/semantic/catalog")
async def show_catalog(services: ServicesDependency) -> CatalogView:
    """The models, dimensions, metrics, segments and relationships that can be asked for."""
    return await services.catalogs.get()


@get("/semantic/values", opt=COSTLY)
async def list_values(
    services: ServicesDependency,
    principal: PrincipalDependency,
    dimension: DimensionName,
    search: Search = "",
    limit: ValuesLimit = 50,
) -> DimensionValues:
    """The members of a dimension, most frequent first."""
    return await services.queries.list_values(
        dimension, search=search, limit=limit, principal=principal
    )


@post("/semantic/query", dto=StrictBody[AskableQuery], return_dto=None, status_code=200, opt=COSTLY)
async def run_query(
    request: Request[Any, Any, Any],
    data: JSONBody[AskableQuery],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> QueryResult:
    """Run a query given as data: metrics, dimensions, filters, time, order, limit."""
    return await until_disconnect(request, services.queries.run_query(data, principal=principal))


@post(
    "/semantic/records",
    dto=StrictBody[RecordsRequest],
    return_dto=None,
    status_code=200,
    opt=COSTLY,
)
async def list_records(
    request: Request[Any, Any, Any],
    data: JSONBody[RecordsRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> QueryResult:
    """The rows behind one cell of a query's result, such as a bar of a chart."""
    return await until_disconnect(request, services.queries.list_records(data, principal=principal))


ROUTER = Router(
    "/api",
    route_handlers=[run_sql, explain_sql, show_catalog, list_values, run_query, list_records],
    tags=["Governed SQL"],
)
