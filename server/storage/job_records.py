"""Records of report jobs: definitions, schedules, runs, deliveries and alerts as values.

Made by `ScheduleStore`, `RunStore` and their callers. Invariant: every `datetime` is aware and in
UTC; a run is written only by whoever holds its newest claim, which `attempt` numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

JOB_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""What the name of a report looks like; use `fullmatch`."""
JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What the id of a schedule or a run looks like; use `fullmatch`."""

RunStatus = Literal["waiting", "running", "succeeded", "skipped", "failed"]
Stage = Literal["new", "alerted", "built"]
DeliveryStatus = Literal["waiting", "sent", "failed"]
FINAL: Final = frozenset({"succeeded", "skipped", "failed"})


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """A report definition that came over REST."""

    name: str
    definition: Mapping[str, Any]
    owner: str | None
    roles: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a report is run by itself."""

    id: str
    report: str
    cron: str
    timezone: str
    parameters: Mapping[str, Any]
    owner: str | None
    roles: tuple[str, ...]
    next_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is to be made."""

    id: str
    report: str
    schedule_id: str | None
    slot: datetime | None
    """The moment it was due; None for a run that somebody asked for."""
    at: datetime
    definition: Mapping[str, Any]
    roles: tuple[str, ...]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobRun:
    """A run as it stands."""

    id: str
    report: str
    schedule_id: str | None
    slot: datetime | None
    status: RunStatus
    stage: Stage
    attempt: int
    tries: int
    """Attempts that failed or were cut short."""
    owner: str | None
    lease_until: datetime | None
    next_try_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    elapsed_ms: float | None
    as_of: str | None
    warehouse_version: int | None
    definition: Mapping[str, Any]
    roles: tuple[str, ...]
    parameters: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient."""

    run_id: str
    item: str
    """`report`, or `alert:` and the name of an alert."""
    channel: str
    recipient: str
    status: DeliveryStatus = "waiting"
    tries: int = 0
    next_try_at: datetime | None = None
    message: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertReading:
    """What an alert came to on one run; `value` None where its metric has none."""

    name: str
    is_crossed: bool | None
    """None: nothing can be said, the state stays."""
    value: float | None
    deliveries: tuple[Delivery, ...]
    """What is sent when this is a crossing."""


@dataclass(frozen=True, slots=True)
class AlertState:
    """Whether an alert has fired and not been cleared since."""

    report: str
    name: str
    state: Literal["armed", "fired"]
    changed_at: datetime
    run_id: str | None
    value: float | None
    warehouse_version: int | None
