"""What handlers are given: the services of this server and who asks.

Provided by `app.py` to every route. Invariant: who asks is decided here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request
from litestar.di import Dependency, Provide
from litestar.params import SkipValidationMarker

from semantic.compiled import Principal
from server.analysis_runs import AnalysisRuns
from server.catalog_view import CatalogViews
from server.conversations import Conversations
from server.dashboard import Dashboard
from server.data_views import DataViews
from server.jobs.jobs import Jobs
from server.keys import Keys
from server.loads import Loads
from server.overview import Overview
from server.pins import Pins
from server.queries import Queries
from server.questions import Questions
from server.rates import Rates
from server.report.export_service import Exports
from server.report.reports import Reports
from server.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Everything a handler may use, wired by `app.py`."""

    settings: Settings
    queries: Queries
    analyses: AnalysisRuns
    overview: Overview
    catalogs: CatalogViews
    data: DataViews
    dashboard: Dashboard
    pins: Pins
    questions: Questions
    conversations: Conversations
    loads: Loads
    reports: Reports
    jobs: Jobs
    exports: Exports
    keys: Keys
    rates: Rates


ServicesDependency = Annotated[Services, Dependency(kind="named"), SkipValidationMarker()]
PrincipalDependency = Annotated[Principal, Dependency(kind="named"), SkipValidationMarker()]


def provide_services(request: Request[Any, Any, Any]) -> Services:
    """The services the application was started with."""
    services: Services = request.app.state.services
    return services


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Whose key the request showed; without one everybody is the same principal."""
    found: Principal | None = request.scope["state"].get("principal")
    return found or Principal()


DEPENDENCIES = {
    "services": Provide(provide_services, sync_to_thread=False),
    "principal": Provide(provide_principal, sync_to_thread=False),
}
