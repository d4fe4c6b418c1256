"""Files of results over HTTP: their type, their fixed name, and what was cut.

Used by the handlers that export. Invariant: no part of a header was typed by anybody.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, Router, get
from litestar.params import FromPath, QueryParameter

from server.report.export_service import ExportedFile, StoredPlace
from server.report.exports import MEDIA_TYPES
from server.routes.access import COSTLY
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.routes.disconnect import until_disconnect

Format = Annotated[Literal["csv", "xlsx", "parquet"], QueryParameter()]
_PLACE: Final = "/{conversation_id:str}/turns/{turn:int}/queries/{query_id:str}/export"
_HEADERS: Final = {
    "rows": "x-result-rows",
    "cut": "x-result-cut",
    "data version": "x-data-version",
    "as of": "x-as-of",
}


def to_response(file: ExportedFile) -> Response[bytes]:
    """The file as an attachment."""
    told = {header: file.facts[fact] for fact, header in _HEADERS.items() if fact in file.facts}
    name = {"content-disposition": f'attachment; filename="result.{file.kind}"'}
    return Response(file.content, media_type=MEDIA_TYPES[file.kind], headers=name | told)


@get(_PLACE, media_type="application/octet-stream", opt=COSTLY)
async def export_stored_query(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[str],
    turn: FromPath[int],
    query_id: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
    format: Format = "csv",
) -> Response[bytes]:
    """A query of a stored answer as a file, run again on its own data version."""
    place = StoredPlace(conversation_id, turn, query_id)
    work = services.exports.of_stored(place, format, principal)
    return to_response(await until_disconnect(request, work))


ROUTER = Router("/api/conversations", route_handlers=[export_stored_query], tags=["Exports"])
