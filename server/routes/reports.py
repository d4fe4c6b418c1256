"""HTTP for reports: a conversation or the dashboard, as a page or as a PDF.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets; the name
of a downloaded file holds nothing that anybody typed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import MediaType, Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from server.report.content import Paper, ReportContent
from server.report.reports import ReportChoice
from server.routes.access import COSTLY
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, Services, ServicesDependency
from server.routes.disconnect import until_disconnect
from server.schemas import DashboardPdfRequest, PdfRequest

_PDF_HEADERS = {"content-disposition": 'attachment; filename="report.pdf"'}


@get("/{conversation_id:str}/html", media_type=MediaType.HTML, opt=COSTLY)
async def show_report(
    conversation_id: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> Response[str]:
    """The report of a conversation as one self-contained page, as it is printed."""
    content = await services.reports.of_conversation(conversation_id, principal, ReportChoice())
    return await _show(services, content)


@post(
    "/pdf",
    dto=StrictBody[PdfRequest],
    return_dto=None,
    status_code=200,
    media_type="application/pdf",
    opt=COSTLY,
)
async def print_report(
    request: Request[Any, Any, Any],
    data: JSONBody[PdfRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Response[bytes]:
    """The report of a conversation as PDF."""
    choice = ReportChoice(data.title or "", data.include_visualizations, data.include_insights)
    content = await services.reports.of_conversation(data.conversation_id, principal, choice)
    return await _print(request, services, content, data.paper)


@get("/dashboard/html", media_type=MediaType.HTML, opt=COSTLY)
async def show_dashboard_report(
    services: ServicesDependency,
    principal: PrincipalDependency,
    as_of: FromQuery[date | None] = None,
) -> Response[str]:
    """The dashboard of a day as one self-contained page, as it is printed."""
    content = await services.reports.of_dashboard(as_of, principal, ReportChoice())
    return await _show(services, content)


@post(
    "/dashboard/pdf",
    dto=StrictBody[DashboardPdfRequest],
    return_dto=None,
    status_code=200,
    media_type="application/pdf",
    opt=COSTLY,
)
async def print_dashboard(
    request: Request[Any, Any, Any],
    data: JSONBody[DashboardPdfRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Response[bytes]:
    """The dashboard of a day as PDF."""
    choice = ReportChoice(data.title or "")
    content = await services.reports.of_dashboard(data.as_of, principal, choice)
    return await _print(request, services, content, data.paper)


async def _show(services: Services, content: ReportContent) -> Response[str]:
    return Response(await services.reports.render_html(content), media_type=MediaType.HTML)


async def _print(
    request: Request[Any, Any, Any],
    services: Services,
    content: ReportContent,
    paper: Paper | None,
) -> Response[bytes]:
    """The PDF, unless the asker has hung up."""
    pdf = await until_disconnect(request, services.reports.print_pdf(content, paper))
    return Response(pdf, media_type="application/pdf", headers=_PDF_HEADERS)


ROUTER = Router(
    "/api/report",
    route_handlers=[show_report, print_report, show_dashboard_report, print_dashboard],
    tags=["Reports"],
)
