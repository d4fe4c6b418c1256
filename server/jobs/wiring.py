"""The services of a home to its report jobs: the one place where their parts are put together.

Called by `app.py`. Invariant: nothing is started here; jobs are audited as a surface of their own.
"""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass, replace
from datetime import datetime

from server.ask import AskServices
from server.audit import AuditLog
from server.jobs.build import ReportBuilder
from server.jobs.definitions import Definitions
from server.jobs.deliver import Deliverer
from server.jobs.folders import FolderChannel
from server.jobs.jobs import Jobs
from server.jobs.loop import JobLoop
from server.jobs.mail import MailChannel
from server.jobs.webhooks import WebhookChannel
from server.jobs.work import Worker
from server.report.reports import Reports
from server.settings import Settings
from server.storage.run_store import RunStore
from server.storage.schedule_store import ScheduleStore
from server.storage.store import Store
from server.warehouse.paths import Home


@dataclass(frozen=True, slots=True)
class JobParts:
    """What report jobs are made from."""

    asking: AskServices
    reports: Reports
    store: Store
    audit: AuditLog
    """Of the surface `schedule`."""


def wire_jobs(settings: Settings, parts: JobParts) -> Jobs:
    """The report jobs of one home and store."""
    home, clock = Home(settings.home), parts.asking.clock
    schedules, runs = ScheduleStore(parts.store.database), RunStore(parts.store.database)
    definitions = Definitions(home, schedules, clock)
    asking = replace(parts.asking, audit=parts.audit)
    builder = ReportBuilder(asking, parts.reports, home)
    deliverer = Deliverer(
        runs=runs,
        builder=builder,
        mail=MailChannel(settings.delivery, clock),
        webhooks=WebhookChannel(settings.delivery),
        folders=FolderChannel(home),
        settings=settings.jobs,
        clock=clock,
    )
    worker = Worker(runs, definitions, builder, deliverer, settings.jobs)
    loop = JobLoop(
        schedules=schedules,
        runs=runs,
        definitions=definitions,
        worker=worker,
        settings=settings.jobs,
        clock=clock,
        new_id=new_run_id,
        owner=f"{socket.gethostname()[:60]}:{secrets.token_hex(4)}",
    )
    return Jobs(definitions, schedules, runs, builder, loop)


def new_run_id(moment: datetime) -> str:
    """A fresh id that tells when the run was begun."""
    return f"run_{moment:%Y%m%d_%H%M%S}_{secrets.token_hex(4)}"
