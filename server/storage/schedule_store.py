"""Report definitions and schedules become rows, and a due slot becomes exactly one run.

Called by `server/jobs`. Invariant: each method is one transaction; a slot is claimed by raising
`next_at` from one value to the next, so of any number of servers one wins it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from server.storage.database import Database
from server.storage.errors import JobNotFound, ReportInUse
from server.storage.job_records import (
    JOB_ID,
    JOB_NAME,
    NewRun,
    Schedule,
    StoredDefinition,
)
from server.storage.tables import report_definition, report_run, schedule


class JobTables:
    """What the stores beside `Store` share: its database."""

    def __init__(self, database: Database) -> None:
        self._database = database


class ScheduleStore(JobTables):
    """Definitions that came over REST, and the schedules of all reports."""

    # ------------------------------------------------------------ definitions

    async def put_definition(
        self,
        name: str,
        definition: Mapping[str, Any],
        *,
        owner: str | None,
        roles: tuple[str, ...],
        at: datetime,
    ) -> bool:
        """True when the definition is new, False when it took the place of another one."""
        values = {
            "definition": dict(definition),
            "owner": owner,
            "roles": sorted(roles),
            "updated_at": at,
        }
        change = update(report_definition).where(report_definition.c.name == name).values(values)
        new = {"name": name, "created_at": at, **values}

        def put(connection: Connection) -> bool | None:
            if connection.execute(change).rowcount:
                return False
            try:
                connection.execute(insert(report_definition), new)
            except IntegrityError:
                return None  # another server has just made it: the change is then the newer one
            return True

        is_new = await self._database.transaction(put)
        if is_new is None:
            await self._database.change(change)
        return bool(is_new)

    async def find_definition(self, name: str) -> StoredDefinition | None:
        """The definition of that name."""
        if not JOB_NAME.fullmatch(name):
            return None
        statement = select(report_definition).where(report_definition.c.name == name)
        rows = await self._database.fetch(statement)
        return _to_definition(rows[0]) if rows else None

    async def list_definitions(self) -> tuple[StoredDefinition, ...]:
        """All definitions, by name."""
        statement = select(report_definition).order_by(report_definition.c.name)
        return tuple(map(_to_definition, await self._database.fetch(statement)))

    async def delete_definition(self, name: str) -> None:
        """Delete the definition; its runs stay on record.

        Raises:
            ReportInUse: a schedule runs it.
            JobNotFound: there is none.
        """
        used = exists().where(schedule.c.report == name)
        statement = delete(report_definition).where(report_definition.c.name == name, ~used)

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount:
                return
            if connection.execute(select(used)).scalar_one():
                raise ReportInUse(name)
            raise JobNotFound("report", name)

        await self._database.transaction(work)

    # ------------------------------------------------------------ schedules

    async def add_schedule(self, new: Schedule) -> None:
        """Keep a new schedule."""
        values = {
            "id": new.id,
            "report": new.report,
            "cron": new.cron,
            "timezone": new.timezone,
            "parameters": dict(new.parameters),
            "owner": new.owner,
            "roles": sorted(new.roles),
            "next_at": new.next_at,
            "created_at": new.created_at,
        }
        await self._database.change(insert(schedule), values)

    async def get_schedule(self, schedule_id: str) -> Schedule:
        """The schedule. Raises JobNotFound."""
        if JOB_ID.fullmatch(schedule_id):
            rows = await self._database.fetch(select(schedule).where(schedule.c.id == schedule_id))
            if rows:
                return _to_schedule(rows[0])
        raise JobNotFound("schedule", schedule_id)

    async def list_schedules(self) -> tuple[Schedule, ...]:
        """All schedules, the one that is due next first."""
        statement = select(schedule).order_by(schedule.c.next_at, schedule.c.id)
        return tuple(map(_to_schedule, await self._database.fetch(statement)))

    async def list_due(self, now: datetime) -> tuple[Schedule, ...]:
        """The schedules whose slot has come, the oldest first."""
        statement = select(schedule).where(schedule.c.next_at <= now).order_by(schedule.c.next_at)
        return tuple(map(_to_schedule, await self._database.fetch(statement)))

    async def delete_schedule(self, schedule_id: str) -> None:
        """Delete the schedule; its runs stay on record. Raises JobNotFound."""
        statement = delete(schedule).where(schedule.c.id == schedule_id)
        if await self._database.change(statement) == 0:
            raise JobNotFound("schedule", schedule_id)

    async def claim_slot(self, due: Schedule, next_at: datetime, run: NewRun | None) -> bool:
        """True when the slot of `due` is ours: `run` is there to be made, the next slot is set.

        False when another server was faster, or the schedule is gone. Without a `run` the slot
        is only passed over.
        """
        statement = (
            update(schedule)
            .where(schedule.c.id == due.id, schedule.c.next_at == due.next_at)
            .values(next_at=next_at)
        )

        def work(connection: Connection) -> bool:
            # The first statement writes, so that of two servers the second one waits and loses.
            if connection.execute(statement).rowcount != 1:
                return False
            if run is not None:
                connection.execute(insert(report_run), to_new_row(run))
            return True

        return await self._database.transaction(work)


def to_new_row(run: NewRun) -> dict[str, Any]:
    """The row of a run nobody has begun."""
    return {
        "id": run.id,
        "report": run.report,
        "schedule_id": run.schedule_id,
        "slot": run.slot,
        "status": "waiting",
        "stage": "new",
        "attempt": 0,
        "tries": 0,
        "next_try_at": run.at,
        "created_at": run.at,
        "definition": dict(run.definition),
        "roles": sorted(run.roles),
        "parameters": dict(run.parameters),
        "result": {},
    }


def _to_definition(row: Row[Any]) -> StoredDefinition:
    return StoredDefinition(
        name=row.name,
        definition=row.definition,
        owner=row.owner,
        roles=tuple(row.roles),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _to_schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        id=row.id,
        report=row.report,
        cron=row.cron,
        timezone=row.timezone,
        parameters=row.parameters,
        owner=row.owner,
        roles=tuple(row.roles),
        next_at=row.next_at,
        created_at=row.created_at,
    )
