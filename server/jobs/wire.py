"""The bodies of the endpoints of report jobs, and how records become bodies.

Used by the routes and the CLI's `--json`. Invariant: the address of a webhook leaves as its host
alone; a problem is a sentence made by us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server.http_errors import IssueBody, to_issue_body
from server.jobs.definition import ReportSpec
from server.jobs.definitions import BrokenDefinition, Definition
from server.jobs.webhooks import origin_of
from server.schemas import RequestBody
from server.storage.job_records import AlertState, Delivery, JobRun, Schedule

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]


class ScheduleRequest(RequestBody, frozen=True):
    """POST /api/schedules."""

    report: Name
    cron: Annotated[str, Meta(min_length=1, max_length=100)]
    """`minute hour day month weekday`, or @daily and the like."""
    timezone: Annotated[str, Meta(min_length=1, max_length=64)] = "UTC"
    parameters: dict[Annotated[str, Meta(max_length=63)], str | bool | int | float] = msgspec.field(
        default_factory=dict
    )


class ScheduleBody(msgspec.Struct, frozen=True):
    """One schedule, with the moments it comes next."""

    id: str
    report: str
    cron: str
    timezone: str
    parameters: dict[str, Any]
    created_at: str
    next_runs: list[str]
    """Empty where the schedule can no longer be read; `problem` says why."""
    last_run: RunBody | None
    problem: str = ""


class ScheduleList(msgspec.Struct, frozen=True):
    """GET /api/schedules."""

    schedules: list[ScheduleBody]


class RunFileBody(msgspec.Struct, frozen=True):
    """A file of a run, and where it is."""

    name: str
    format: str
    bytes: int
    sha256: str
    href: str


class DeliveryBody(msgspec.Struct, frozen=True):
    """What became of one message to one recipient."""

    item: str
    channel: str
    recipient: str
    status: str
    tries: int
    next_try_at: str | None
    sent_at: str | None
    problem: str | None


class RunBody(msgspec.Struct, frozen=True):
    """One run of a report."""

    id: str
    report: str
    schedule_id: str | None
    slot: str | None
    status: str
    attempts: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    elapsed_ms: float | None
    next_try_at: str | None
    as_of: str | None
    warehouse_version: int | None
    problem: dict[str, Any] | None
    skipped: str | None
    """Why the condition kept it from being sent."""
    parts: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    notes: list[str]
    files: list[RunFileBody]
    deliveries: list[DeliveryBody]


class RunList(msgspec.Struct, frozen=True):
    """GET /api/schedules/{id}/runs and GET /api/reports/{name}/runs, newest first."""

    runs: list[RunBody]


class AlertBody(msgspec.Struct, frozen=True):
    """The state of one alert."""

    name: str
    state: str
    """armed or fired; armed before it was ever evaluated."""
    changed_at: str | None
    value: float | None
    warehouse_version: int | None
    run_id: str | None


class ReportBody(msgspec.Struct, frozen=True):
    """One report definition, or the file that should hold one and its mistakes."""

    name: str
    origin: str
    title: str
    definition: dict[str, Any] | None
    roles: list[str]
    alerts: list[AlertBody] = []
    issues: list[IssueBody] = []


class ReportList(msgspec.Struct, frozen=True):
    """GET /api/reports."""

    reports: list[ReportBody]


class Removed(msgspec.Struct, frozen=True):
    """What was removed for good."""

    id: str
    deleted: bool = True


def to_text(moment: datetime | None) -> str | None:
    """A moment as it goes over the wire."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def to_run_body(run: JobRun, deliveries: Sequence[Delivery]) -> RunBody:
    """A run with what became of its deliveries."""
    result = run.result
    are_kept = not result.get("files_gone")
    return RunBody(
        id=run.id,
        report=run.report,
        schedule_id=run.schedule_id,
        slot=to_text(run.slot),
        status=run.status,
        attempts=run.attempt,
        created_at=run.created_at.isoformat(timespec="seconds"),
        started_at=to_text(run.started_at),
        finished_at=to_text(run.finished_at),
        elapsed_ms=run.elapsed_ms,
        next_try_at=to_text(run.next_try_at),
        as_of=run.as_of,
        warehouse_version=run.warehouse_version,
        problem=result.get("problem"),
        skipped=result.get("skipped"),
        parts=list(result.get("parts", ())),
        alerts=list(result.get("alerts", ())),
        notes=list(result.get("notes", ())),
        files=[_to_file(run, one) for one in result.get("artefacts", ()) if are_kept],
        deliveries=[_to_delivery(one) for one in deliveries if one.run_id == run.id],
    )


def _to_file(run: JobRun, kept: Mapping[str, Any]) -> RunFileBody:
    href = f"/api/reports/{run.report}/runs/{run.id}/{kept['name']}"
    return RunFileBody(kept["name"], kept["format"], kept["bytes"], kept["sha256"], href)


def _to_delivery(one: Delivery) -> DeliveryBody:
    return DeliveryBody(
        item=one.item,
        channel=one.channel,
        recipient=one.recipient,
        status=one.status,
        tries=one.tries,
        next_try_at=to_text(one.next_try_at) if one.status == "waiting" else None,
        sent_at=to_text(one.sent_at),
        problem=one.problem,
    )


def to_schedule_body(
    schedule: Schedule, next_runs: Sequence[datetime], last: RunBody | None, problem: str
) -> ScheduleBody:
    """A schedule with the moments it comes next."""
    return ScheduleBody(
        id=schedule.id,
        report=schedule.report,
        cron=schedule.cron,
        timezone=schedule.timezone,
        parameters=dict(schedule.parameters),
        created_at=schedule.created_at.isoformat(timespec="seconds"),
        next_runs=[moment.isoformat(timespec="seconds") for moment in next_runs],
        last_run=last,
        problem=problem,
    )


def to_report_body(
    found: Definition | BrokenDefinition, states: Sequence[AlertState] = ()
) -> ReportBody:
    """A definition with the state of its alerts."""
    if isinstance(found, BrokenDefinition):
        issues = list(map(to_issue_body, found.issues))
        return ReportBody(found.name, "file", found.name, None, [], issues=issues)
    by_name = {state.name: state for state in states}
    return ReportBody(
        name=found.name,
        origin=found.origin,
        title=found.spec.title,
        definition=to_public(found.spec),
        roles=list(found.roles),
        alerts=[_to_alert(alert.name, by_name.get(alert.name)) for alert in found.spec.alerts],
    )


def to_public(spec: ReportSpec) -> dict[str, Any]:
    """The definition as people may see it: a webhook's address is its key, so only its host."""
    shown = spec.model_dump(mode="json", exclude_defaults=True)
    for webhook in shown.get("recipients", {}).get("webhook", ()):
        webhook["url"] = f"{origin_of(webhook['url'])}/..."
    return shown


def _to_alert(name: str, state: AlertState | None) -> AlertBody:
    if state is None:
        return AlertBody(name, "armed", None, None, None, None)
    return AlertBody(
        name=name,
        state=state.state,
        changed_at=to_text(state.changed_at),
        value=state.value,
        warehouse_version=state.warehouse_version,
        run_id=state.run_id,
    )
