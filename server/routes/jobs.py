"""HTTP for report jobs: definitions, schedules, runs and their files.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets; a file is
sent as a download, never shown as a page of ours.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import MediaType, Request, Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import File

from server.jobs.definition import NamedReportSpec
from server.jobs.wire import (
    Removed,
    ReportBody,
    ReportList,
    RunBody,
    RunList,
    ScheduleBody,
    ScheduleList,
    ScheduleRequest,
)
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.routes.disconnect import until_disconnect

RunLimit = Annotated[int, QueryParameter(ge=1, le=1000)]


# ------------------------------------------------------------------ definitions


@get("/reports")
async def list_definitions(
    services: ServicesDependency, principal: PrincipalDependency
) -> ReportList:
    """The report definitions, files and stored ones; those with mistakes among them."""
    return await services.jobs.list_reports(principal)


@post("/reports", dto=StrictBody[NamedReportSpec], return_dto=None, status_code=201)
async def put_definition(
    data: JSONBody[NamedReportSpec], services: ServicesDependency, principal: PrincipalDependency
) -> Response[ReportBody]:
    """Keep a report definition, or replace the stored one of its name (200)."""
    body, is_new = await services.jobs.put_report(data, principal)
    return Response(body, status_code=201 if is_new else 200)


@get("/reports/{name:str}")
async def get_definition(
    name: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> ReportBody:
    """One report definition, with the state of its alerts."""
    return await services.jobs.get_report(name, principal)


@delete("/reports/{name:str}", status_code=200)
async def delete_definition(
    name: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> Removed:
    """Delete a stored report definition; its runs stay on record."""
    return await services.jobs.delete_report(name, principal)


@get("/reports/{name:str}/html", media_type=MediaType.HTML)
async def show_defined_report(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Response[bytes]:
    """The report as it would be now, as a page; nothing is sent or recorded as a run."""
    look = services.jobs.look(name, "html", principal)
    [(_, page)] = await until_disconnect(request, look)
    return Response(page, media_type=MediaType.HTML)


@get("/reports/{name:str}/pdf", media_type="application/pdf")
async def print_defined_report(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Response[bytes]:
    """The report as it would be now, as PDF; nothing is sent or recorded as a run."""
    look = services.jobs.look(name, "pdf", principal)
    [(file, content)] = await until_disconnect(request, look)
    headers = {"content-disposition": f'attachment; filename="{file}"'}
    return Response(content, media_type="application/pdf", headers=headers)


# ------------------------------------------------------------------ runs


@get("/reports/{name:str}/runs")
async def list_definition_runs(
    name: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
    limit: RunLimit = 100,
) -> RunList:
    """The runs of a report, the newest first."""
    return await services.jobs.list_report_runs(name, principal, limit)


@get("/reports/{name:str}/runs/{run_id:str}")
async def get_run(
    name: FromPath[str],
    run_id: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> RunBody:
    """One run with its parts, alerts, files and deliveries."""
    return await services.jobs.get_run(name, run_id, principal)


@get("/reports/{name:str}/runs/{run_id:str}/{file:str}")
async def download_run_file(
    name: FromPath[str],
    run_id: FromPath[str],
    file: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> File:
    """A file of a run, as it was sent."""
    path, media_type = await services.jobs.find_file(name, run_id, file, principal)
    return File(
        path, filename=path.name, media_type=media_type, content_disposition_type="attachment"
    )


# ------------------------------------------------------------------ schedules


@get("/schedules")
async def list_schedules(
    services: ServicesDependency, principal: PrincipalDependency
) -> ScheduleList:
    """The schedules with the moments they come next, the first one first."""
    return await services.jobs.list_schedules(principal)


@post("/schedules", dto=StrictBody[ScheduleRequest], return_dto=None, status_code=201)
async def add_schedule(
    data: JSONBody[ScheduleRequest], services: ServicesDependency, principal: PrincipalDependency
) -> ScheduleBody:
    """Run a report by itself: a cron expression on the clocks of a time zone."""
    return await services.jobs.add_schedule(data, principal)


@delete("/schedules/{schedule_id:str}", status_code=200)
async def delete_schedule(
    schedule_id: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> Removed:
    """Remove a schedule; its runs stay on record."""
    return await services.jobs.delete_schedule(schedule_id, principal)


@get("/schedules/{schedule_id:str}/runs")
async def list_schedule_runs(
    schedule_id: FromPath[str],
    services: ServicesDependency,
    principal: PrincipalDependency,
    limit: RunLimit = 100,
) -> RunList:
    """The runs of a schedule, the newest first."""
    return await services.jobs.list_runs(schedule_id, principal, limit)


@post("/schedules/{schedule_id:str}/run", status_code=202)
async def run_schedule(
    schedule_id: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> RunBody:
    """Begin a run out of turn; the answer names it, its end is found among the runs."""
    return await services.jobs.run_schedule(schedule_id, principal)


ROUTER = Router(
    "/api",
    route_handlers=[
        *(
            list_definitions,
            put_definition,
            get_definition,
            delete_definition,
            show_defined_report,
            print_defined_report,
        ),
        *(list_definition_runs, get_run, download_run_file),
        *(list_schedules, add_schedule, delete_schedule, list_schedule_runs, run_schedule),
    ],
    tags=["Report jobs"],
)
