"""Settings to a running application: the only place where things are wired.

Called by `revenue serve`, the other commands (`open_services`) and the tests. Invariant: nothing
happens at import; what was opened is closed, in reverse order, however the application ends.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig

from semantic.issues import Issue, did_you_mean, suggest
from server.analyses import load_packaged
from server.analysis_runs import AnalysisRuns
from server.ask_services import AskServices
from server.audit import AuditLog
from server.catalog_view import CatalogViews
from server.conversations import Conversations
from server.dashboard import Dashboard
from server.data_views import DataViews
from server.errors import BadInput
from server.guard import LOOPBACK_NAMES, Guard, GuardRules
from server.http_errors import respond
from server.jobs.loop import jobs_running
from server.jobs.wiring import JobParts, wire_jobs
from server.keys import Keys
from server.loads import Loads
from server.overview import Overview, program_version
from server.pins import Pins
from server.planner.llm.turns import ModelTurns
from server.planners import Planners
from server.providers.choose import find_provider
from server.queries import Queries
from server.questions import Questions
from server.rates import Rates
from server.report.browser import BrowserOptions
from server.report.drawing import Drawings
from server.report.export_service import Exports
from server.report.html import Pages
from server.report.printer import Printer, PrintLimits
from server.report.reports import Reports
from server.routes import (
    analyses,
    conversations,
    dashboard,
    data,
    exports,
    jobs,
    overview,
    pages,
    query,
    reports,
    sql,
    web,
)
from server.routes.access import check_access
from server.routes.dependencies import DEPENDENCIES, Services
from server.routes.headers import add_security_headers
from server.routes.openapi import DocumentJson, to_operation_id
from server.routes.responses import SENT_AS_IS, JsonResponse
from server.settings import EngineOptions, Settings
from server.snapshot import Clock, Snapshots
from server.spending import DayLedger
from server.storage.key_store import KeyStore
from server.storage.pin_store import PinStore
from server.storage.store import Store
from server.store_address import store_url
from server.stored_queries import StoredQueries
from server.warehouse.execute import Warehouse
from server.warehouse.lockdown import EngineLimits
from server.warehouse.paths import Home
from server.warehouse.pool import EnginePool, EngineSettings
from server.warehouse.versions import current_version
from server.warm import kept_warm
from server.web.bundle import PACKAGED, Bundle


@asynccontextmanager
async def open_services(
    settings: Settings, *, clock: Clock, surface: str, engine: EngineSettings | None = None
) -> AsyncIterator[Services]:
    """The services of one home: store migrated, engine proved; closed at the end.

    Args:
        surface: what the audit log calls this way in (rest, cli).
        engine: in place of what the settings say.

    Raises:
        LockdownBroken: an engine worker got out of its lock; nothing must be served.
        EngineUnavailable: the engine does not start.
        StoreError: the state store cannot be used.
    """
    home = Home(settings.home)
    engine = engine or to_engine_settings(settings)
    async with AsyncExitStack() as stack:
        store = Store.open(store_url(settings))
        stack.push_async_callback(store.close)
        await store.migrate()
        audit = AuditLog(store, clock, surface)
        await audit.start()
        stack.push_async_callback(audit.stop)
        # The workers may read this folder and no other: it must be there when they start.
        home.warehouse.mkdir(parents=True, exist_ok=True)
        pool = EnginePool(home.warehouse, engine)
        warehouse = Warehouse(pool, engine, lambda: current_version(home))
        await warehouse.start()
        stack.push_async_callback(warehouse.stop)
        snapshots = Snapshots(home)
        queries = Queries(snapshots, warehouse, audit, settings.limits, clock)
        templates = load_packaged()
        runs = AnalysisRuns(queries, templates)
        provider = find_provider(settings.planning, settings.keys)
        if provider is not None:
            stack.push_async_callback(provider.close)
        asking = AskServices(
            snapshots=snapshots,
            warehouse=warehouse,
            analyses=runs,
            planners=Planners(warehouse, runs, home),
            store=store,
            audit=audit,
            clock=clock,
            new_id=new_conversation_id,
            limit_rows=settings.limits.default_rows,
            turns=ModelTurns(provider, settings.planning, DayLedger(store, clock)),
        )
        printer = Printer(BrowserOptions.of(settings), to_print_limits(settings))
        stack.push_async_callback(printer.stop)
        kept = Conversations(store)
        fixed_pages = Overview(
            queries,
            planner=settings.planning.planner if provider is not None else "builtin",
            model=provider.model if provider is not None else None,
        )
        pins = Pins(PinStore(store.database), queries)
        tiles = Dashboard(queries, pins)
        reporting = Reports(
            conversations=kept,
            dashboard=tiles,
            snapshots=snapshots,
            drawings=Drawings(),
            printer=printer,
            pages=Pages(),
            clock=clock,
            paper="letter" if settings.report.paper == "letter" else "a4",
        )
        job_audit = AuditLog(store, clock, "schedule")
        await job_audit.start()
        stack.push_async_callback(job_audit.stop)
        yield Services(
            settings=settings,
            queries=queries,
            analyses=runs,
            overview=fixed_pages,
            data=DataViews(home, fixed_pages),
            catalogs=CatalogViews(snapshots),
            dashboard=tiles,
            pins=pins,
            questions=Questions(asking, settings.limits.heartbeat_s),
            conversations=kept,
            loads=Loads(home, audit, dict(settings.process_environment)),
            exports=Exports(queries, kept, StoredQueries(snapshots, warehouse, templates)),
            reports=reporting,
            keys=Keys(KeyStore(store.database), clock),
            rates=Rates(settings.limits.requests_per_minute, time.monotonic),
            jobs=wire_jobs(settings, JobParts(asking, reporting, store, job_audit)),
        )


def new_conversation_id(moment: datetime) -> str:
    """A fresh id that tells when the conversation began."""
    return f"conv_{moment:%Y%m%d_%H%M%S}_{secrets.token_hex(4)}"


def to_engine_settings(settings: Settings) -> EngineSettings:
    """The engine's settings as an operator set them."""
    options: EngineOptions = settings.engine
    return EngineSettings(
        workers=options.workers,
        limits=EngineLimits(
            memory_mb=options.memory_mb,
            threads=options.threads,
            address_space_mb=max(4096, 2 * options.memory_mb + 2048),
        ),
        query_limit_s=options.timeout_s,
        queue_limit=options.queue,
        cache_bytes=options.cache_mb * 1024 * 1024,
        environment=settings.process_environment,
    )


def to_print_limits(settings: Settings) -> PrintLimits:
    """What printing may cost, as an operator set it."""
    report = settings.report
    return PrintLimits(report.timeout_s, report.prints, report.queue)


def create_app(
    settings: Settings,
    *,
    clock: Clock,
    engine: EngineSettings | None = None,
    services: Services | None = None,
) -> Litestar:
    """The application; unless given, its services live as long as it serves."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = services
            if opened is None:
                own = open_services(settings, clock=clock, surface="rest", engine=engine)
                opened = await stack.enter_async_context(own)
            app.state.services = opened
            async with kept_warm(opened.questions.services), jobs_running(opened.jobs.loop):
                yield

    page = Path(settings.server.page_dir) if settings.server.page_dir else PACKAGED
    app = Litestar(
        route_handlers=[
            overview.ROUTER,
            dashboard.ROUTER,
            query.ROUTER,
            sql.ROUTER,
            analyses.ROUTER,
            conversations.ROUTER,
            data.ROUTER,
            reports.ROUTER,
            exports.ROUTER,
            jobs.ROUTER,
            web.show_page,
            web.show_file,
            unknown_api_path,
        ],
        lifespan=[lifespan],
        dependencies=DEPENDENCIES,
        guards=[check_access],
        response_class=JsonResponse,
        exception_handlers={Exception: respond},
        before_request=refuse_unknown_parameters,
        before_send=[add_security_headers],
        request_max_body_size=settings.limits.upload_bytes,
        multipart_form_part_limit=settings.limits.upload_files + 1,
        cors_config=CORSConfig(
            allow_origins=list(settings.server.cors_origins),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type"],
            expose_headers=["content-disposition", "retry-after"],
            max_age=600,
        ),
        openapi_config=OpenAPIConfig(
            title="revenue-analytics",
            version=program_version(),
            description="Ask about the data in plain English; get governed numbers or a refusal.",
            path="/schema",
            openapi_router=Router(
                "/schema",
                route_handlers=[],
                after_request=pages.refuse_unknown_page,
                include_in_schema=False,
            ),
            render_plugins=[pages.OfflineDocs(), DocumentJson()],
            operation_id_creator=to_operation_id,
            use_handler_docstrings=True,
        ),
        logging_config=None,
        compression_config=CompressionConfig("gzip", 1024, 5, exclude_opt_key=SENT_AS_IS),
        state=State({"services": None, "page": Bundle.load(page)}),
    )
    # In front of the router, so that unknown addresses are guarded as well.
    app.asgi_handler = Guard(app.asgi_handler, to_guard_rules(settings))
    return app


def to_guard_rules(settings: Settings) -> GuardRules:
    """Names and origins that the settings allow."""
    server = settings.server
    return GuardRules(
        allowed_hosts=LOOPBACK_NAMES | {name.lower() for name in server.allowed_hosts},
        allowed_origins=frozenset(server.cors_origins),
        limit_bytes=settings.limits.request_bytes,
        upload_paths=frozenset({data.UPLOAD_PATH}),
    )


@get("/api/{path:path}", include_in_schema=False)
async def unknown_api_path() -> None:
    """No page of the web application answers for an address of the API."""
    raise NotFoundException


async def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """BadInput for a query parameter that the handler does not know.

    A mistyped `as_of` that is ignored would give the numbers of another day.
    """
    known = request.route_handler.parsed_fn_signature.parameters
    issues = [
        Issue(
            code="unknown-parameter",
            message=f"There is no parameter '{name[:60]}'.",
            where="query",
            hint=did_you_mean(suggest(name, known)) or "Leave it out.",
            suggestions=suggest(name, known),
        )
        for name in request.query_params
        if name not in known
    ]
    if issues:
        raise BadInput(issues[0].to_sentence(), issues=issues)
