"""HTTP for loading data and looking at what was loaded.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.datastructures import UploadFile
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from server.data_views import CheckList, Comparison, VersionDetail
from server.errors import BadInput
from server.load_bodies import LoadReport, RejectList, VersionBody, VersionList
from server.loads import Upload
from server.routes.access import CARETAKER, COSTLY
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.schemas import RollbackRequest

UPLOAD_PATH = "/api/data/upload"

SourceName = Annotated[str | None, QueryParameter(max_length=63)]
PageLimit = Annotated[int, QueryParameter(ge=1, le=10_000)]
PageOffset = Annotated[int, QueryParameter(ge=0, le=1_000_000_000)]
VersionNumber = Annotated[int | None, QueryParameter(ge=1, le=1_000_000_000)]


@post("/upload", status_code=200, opt=CARETAKER | COSTLY)
async def upload(
    request: Request[Any, Any, Any], services: ServicesDependency, principal: PrincipalDependency
) -> LoadReport:
    """Load CSV files (multipart/form-data) as a new version: all of it happens, or nothing.

    The form field `mode` (`replace` or `add`) is needed where a source has other files.
    """
    uploads, mode = await read_form(request)
    return await services.loads.upload(uploads, mode, principal)


@get("/versions")
async def list_versions(services: ServicesDependency) -> VersionList:
    """The published versions, newest first."""
    return await services.loads.versions()


@post("/rollback", dto=StrictBody[RollbackRequest], return_dto=None, status_code=200, opt=CARETAKER)
async def roll_back(
    data: JSONBody[RollbackRequest], services: ServicesDependency, principal: PrincipalDependency
) -> VersionBody:
    """Make an earlier version current again, by default the one before."""
    return await services.loads.roll_back(data.to, principal)


@get("/rejects", opt=CARETAKER)
async def list_rejects(
    services: ServicesDependency,
    source: SourceName = None,
    limit: PageLimit = 100,
    offset: PageOffset = 0,
    version: VersionNumber = None,
) -> RejectList:
    """The lines and cells that are in no table, with the reason, in file order."""
    return await services.loads.rejects(source, limit, offset, version)


_CSV = ResponseSpec(str, generate_examples=False, description="All rejects", media_type="text/csv")


@get("/rejects/csv", media_type="text/csv", responses={200: _CSV}, opt=CARETAKER)
async def download_rejects(
    services: ServicesDependency,
    principal: PrincipalDependency,
    source: SourceName = None,
    version: VersionNumber = None,
) -> Stream:
    """All of them as CSV; a text that a spreadsheet would run begins with an apostrophe."""
    pages = await services.data.rejects_csv(source, version)
    headers = {"content-disposition": 'attachment; filename="rejects.csv"'}
    return Stream(pages, media_type="text/csv", headers=headers)


@get("/checks", opt=CARETAKER | COSTLY)
async def list_checks(
    services: ServicesDependency, principal: PrincipalDependency, version: VersionNumber = None
) -> CheckList:
    """What the model claims about its data, proved or refuted on a version."""
    return await services.data.checks(version)


@get("/versions/{number:int}", opt=CARETAKER)
async def get_version(
    number: FromPath[int], services: ServicesDependency, principal: PrincipalDependency
) -> VersionDetail:
    """One version and the files it was made from."""
    return await services.data.version(number)


@get("/versions/{before:int}/compare/{after:int}", opt=CARETAKER | COSTLY)
async def compare_versions(
    before: FromPath[int],
    after: FromPath[int],
    services: ServicesDependency,
    principal: PrincipalDependency,
    as_of: FromQuery[date | None] = None,
) -> Comparison:
    """What changed between two versions: rows per source, and the headline metrics."""
    return await services.data.compare(before, after, as_of, principal)


async def read_form(request: Request[Any, Any, Any]) -> tuple[list[Upload], str | None]:
    """The files of a multipart body and its field `mode`; BadInput for anything else."""
    if request.content_type[0] != "multipart/form-data":
        raise BadInput(
            "The body is not multipart/form-data.",
            hint="Send each CSV as a file part, as an HTML form or 'curl -F' does.",
        )
    form = await request.form()
    uploads: list[Upload] = []
    mode: str | None = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            uploads.append(Upload(value.filename, value.file))  # type: ignore[arg-type]
        elif name == "mode" and mode is None:
            mode = str(value)
        else:
            raise BadInput(
                f"The form field {name[:60]!r} is none of this upload.",
                hint="Send CSVs as file parts, with a file name, and 'mode' as the only field.",
            )
    return uploads, mode


ROUTER = Router(
    "/api/data",
    route_handlers=[
        upload,
        list_versions,
        get_version,
        compare_versions,
        roll_back,
        list_rejects,
        download_rejects,
        list_checks,
    ],
    tags=["Data"],
)
