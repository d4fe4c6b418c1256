"""A home with report jobs and a clock that is moved by hand.

Imported by the tests beside it. Invariant: everything is real but the time: the engine, the
store, the files and what is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from semantic.compiled import Principal
from server.app import open_services
from server.audit import AuditLog
from server.jobs.definition import NamedReportSpec
from server.jobs.jobs import Jobs
from server.jobs.wire import RunBody, ScheduleRequest
from server.jobs.wiring import JobParts, wire_jobs
from server.routes.dependencies import Services
from server.settings import Settings
from server.storage.database import sqlite_url
from server.storage.store import Store
from server.warehouse.paths import Home
from server.warehouse.pool import EngineSettings

NOW = datetime(2025, 2, 15, 12, tzinfo=UTC)
"""A Saturday; the tiny home was loaded at this moment."""
NOBODY = Principal()


class HandClock:
    """Tells the time it was set to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment."""
        return self.now

    def pass_(self, **time: float) -> None:
        """Let some time pass, given as for a timedelta."""
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Desk:
    """The jobs of one home and one store, and their clock."""

    jobs: Jobs
    clock: HandClock
    home: Path
    store: Store

    async def define(self, name: str, **definition: Any) -> None:
        """Keep a definition."""
        given = {"name": name, "title": name.title(), "formats": ["html"], **definition}
        await self.jobs.put_report(NamedReportSpec.model_validate(given), NOBODY)

    async def schedule(self, name: str, cron: str = "0 * * * *", timezone: str = "UTC") -> str:
        """The id of a new schedule."""
        request = ScheduleRequest(name, cron, timezone)
        return (await self.jobs.add_schedule(request, NOBODY)).id

    async def run(self, name: str) -> RunBody:
        """A run that was ordered now and worked on as far as it goes now."""
        run_id = await self.jobs.order_run(name, NOBODY, {})
        await self.jobs.loop.settle()
        return await self.jobs.get_run(name, run_id, NOBODY)

    async def settle(self, name: str) -> list[RunBody]:
        """The runs of a report after everything that is due was done, oldest first."""
        await self.jobs.loop.settle()
        return (await self.jobs.list_report_runs(name, NOBODY, 100)).runs[::-1]


@dataclass(frozen=True)
class Office:
    """An engine on one home; a desk in it has a store, files, settings and a clock of its own."""

    services: Services
    home: Home

    @asynccontextmanager
    async def desk(
        self, folder: Path, variables: Mapping[str, str] | None = None, url: str | None = None
    ) -> AsyncIterator[Desk]:
        """A desk below `folder`; without `url` with an empty store in a file of its own."""
        root = folder / "home"
        root.mkdir(exist_ok=True)
        if not (root / "warehouse").exists():
            (root / "warehouse").symlink_to(self.home.warehouse)
        named = {f"REVENUE_{key}": text for key, text in (variables or {}).items()}
        settings = Settings.load(named, root)
        clock = HandClock()
        async with Store.open(url or sqlite_url(root / "state.db")) as store:
            await store.migrate()
            audit = AuditLog(store, clock, "schedule")
            await audit.start()
            asking = replace(self.services.questions.services, store=store, clock=clock)
            parts = JobParts(asking, self.services.reports, store, audit)
            yield Desk(wire_jobs(settings, parts), clock, root, store)
            await audit.stop()


@asynccontextmanager
async def office(home: Home) -> AsyncIterator[Office]:
    """An engine on `home`, for as long as the block lasts."""
    settings = Settings.load({}, home.root)
    engine = EngineSettings(workers=1)
    async with open_services(
        settings, clock=HandClock(), surface="rest", engine=engine
    ) as services:
        yield Office(services, home)


def mail_settings(port: int, **more: str) -> dict[str, str]:
    """The settings of a mail server on this machine."""
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": f"{port}",
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "revenue@example.com",
        **more,
    }
