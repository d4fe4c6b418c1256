"""Runs of reports, their deliveries and the state of alerts become rows, by whoever holds them.

Called by `server/jobs`. Invariant: each method is one transaction, and one that changes a run
does so only under the claim it names; a claim that was lost changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from server.storage.errors import JobNotFound
from server.storage.job_records import (
    JOB_ID,
    AlertReading,
    AlertState,
    Delivery,
    JobRun,
    NewRun,
    RunStatus,
    Stage,
)
from server.storage.schedule_store import JobTables, to_new_row
from server.storage.tables import alert_state, report_run, run_delivery


class RunStore(JobTables):
    """The runs of one state store."""

    # ------------------------------------------------------------ runs

    async def add_run(self, run: NewRun) -> None:
        """Keep a run that is to be made as soon as somebody can."""
        await self._database.change(insert(report_run), to_new_row(run))

    async def get_run(self, run_id: str) -> JobRun:
        """The run. Raises JobNotFound."""
        if JOB_ID.fullmatch(run_id):
            rows = await self._database.fetch(select(report_run).where(report_run.c.id == run_id))
            if rows:
                return _to_run(rows[0])
        raise JobNotFound("run", run_id)

    async def list_runs(
        self, *, schedule_id: str | None = None, report: str | None = None, limit: int = 100
    ) -> tuple[JobRun, ...]:
        """The newest runs of a schedule or a report, the newest first."""
        statement = select(report_run)
        if schedule_id is not None:
            statement = statement.where(report_run.c.schedule_id == schedule_id)
        if report is not None:
            statement = statement.where(report_run.c.report == report)
        order = (report_run.c.created_at.desc(), report_run.c.id.desc())
        newest = statement.order_by(*order).limit(limit)
        return tuple(map(_to_run, await self._database.fetch(newest)))

    async def list_finished_before(self, moment: datetime, limit: int = 100) -> tuple[JobRun, ...]:
        """Runs that ended before `moment` and still have files, the oldest first."""
        statement = (
            select(report_run)
            .where(report_run.c.finished_at < moment, report_run.c.stage == "built")
            .order_by(report_run.c.finished_at)
            .limit(limit)
        )
        return tuple(map(_to_run, await self._database.fetch(statement)))

    async def claim_run(
        self, *, now: datetime, lease_until: datetime, owner: str, run_id: str | None = None
    ) -> JobRun | None:
        """A run that is ours until `lease_until`, or None when there is nothing to do.

        That is one whose time has come, or one whose owner has let his lease run out; the
        latter counts as a failed try.
        """
        ready = or_(
            and_(report_run.c.status == "waiting", report_run.c.next_try_at <= now),
            and_(report_run.c.status == "running", report_run.c.lease_until < now),
        )
        statement = select(report_run).where(ready).order_by(report_run.c.created_at).limit(20)
        if run_id is not None:
            statement = statement.where(report_run.c.id == run_id)
        for row in await self._database.fetch(statement):
            claimed = await self._claim(_to_run(row), now, lease_until, owner)
            if claimed is not None:
                return claimed
        return None

    async def _claim(
        self, run: JobRun, now: datetime, lease_until: datetime, owner: str
    ) -> JobRun | None:
        was_left = run.status == "running"
        statement = (
            update(report_run)
            .where(_is_claim(run.id, run.attempt), report_run.c.status == run.status)
            # A lease that was renewed since we looked is no longer ours to take.
            .where(report_run.c.lease_until < now if was_left else report_run.c.id == run.id)
            .values(
                status="running",
                attempt=run.attempt + 1,
                tries=run.tries + was_left,
                owner=owner,
                lease_until=lease_until,
                next_try_at=None,
                started_at=run.started_at or now,
            )
            .returning(*report_run.c)
        )
        rows = await self._database.fetch(statement)
        return _to_run(rows[0]) if rows else None

    async def renew(self, run: JobRun, lease_until: datetime) -> bool:
        """True when the claim still holds, now until `lease_until`."""
        return await self._change(run, {"lease_until": lease_until})

    async def put_back(
        self, run: JobRun, *, next_try_at: datetime, tries: int, result: Mapping[str, Any]
    ) -> bool:
        """Give the run back, to be gone on with from `next_try_at`."""
        return await self._change(
            run,
            {
                "status": "waiting",
                "owner": None,
                "lease_until": None,
                "next_try_at": next_try_at,
                "tries": tries,
                "result": dict(result),
            },
        )

    async def finish(
        self,
        run: JobRun,
        status: RunStatus,
        *,
        at: datetime,
        elapsed_ms: float,
        result: Mapping[str, Any],
    ) -> bool:
        """End the run for good."""
        return await self._change(
            run,
            {
                "status": status,
                "owner": None,
                "lease_until": None,
                "next_try_at": None,
                "finished_at": at,
                "elapsed_ms": elapsed_ms,
                "result": dict(result),
            },
        )

    async def reach(
        self,
        run: JobRun,
        stage: Stage,
        *,
        as_of: str,
        version: int | None,
        result: Mapping[str, Any],
        deliveries: Sequence[Delivery] = (),
        alerts: Sequence[AlertReading] = (),
        at: datetime,
    ) -> bool:
        """Record that a stage is done, with all that is to be sent from now on.

        An alert that crosses sends its messages; one that was crossed before sends none.
        """
        for alert in alerts:
            await self._ensure_alert(run.report, alert.name, at)
        values = {
            "stage": stage,
            "as_of": as_of,
            "warehouse_version": version,
            "result": dict(result),
        }

        def work(connection: Connection) -> bool:
            if connection.execute(_changing(run, values)).rowcount != 1:
                return False
            _add_deliveries(connection, deliveries)
            for alert in alerts:
                if _turn_alert(connection, run, alert, version, at):
                    _add_deliveries(connection, alert.deliveries)
            return True

        return await self._database.transaction(work)

    async def note_files_gone(self, run: JobRun) -> None:
        """Record that the files of a finished run are no longer kept."""
        statement = (
            update(report_run)
            .where(report_run.c.id == run.id, report_run.c.finished_at.is_not(None))
            .values(stage="alerted", result={**run.result, "files_gone": True})
        )
        await self._database.change(statement)

    async def _change(self, run: JobRun, values: Mapping[str, Any]) -> bool:
        return await self._database.change(_changing(run, values)) == 1

    # ------------------------------------------------------------ deliveries

    async def list_deliveries(self, run_ids: Sequence[str]) -> tuple[Delivery, ...]:
        """All deliveries of some runs, in the order of their names."""
        key = (
            run_delivery.c.run_id,
            run_delivery.c.item,
            run_delivery.c.channel,
            run_delivery.c.recipient,
        )
        statement = select(run_delivery).where(run_delivery.c.run_id.in_(run_ids)).order_by(*key)
        return tuple(map(_to_delivery, await self._database.fetch(statement)))

    async def begin_delivery(self, run: JobRun, one: Delivery) -> bool:
        """True when it is for us to send: it is waiting, and the run's claim is ours."""
        holds = (
            select(report_run.c.id)
            .where(_is_claim(run.id, run.attempt), report_run.c.status == "running")
            .exists()
        )
        statement = (
            update(run_delivery)
            .where(_is_delivery(one), run_delivery.c.status == "waiting", holds)
            .values(tries=run_delivery.c.tries + 1)
        )
        return await self._database.change(statement) == 1

    async def note_sent(self, one: Delivery, at: datetime) -> None:
        """Record that it was taken by the other side; true whoever holds the run by now."""
        await self._note(one, {"status": "sent", "sent_at": at, "problem": None})

    async def note_not_sent(
        self, one: Delivery, problem: str, *, next_try_at: datetime | None
    ) -> None:
        """Record why it failed, and when it is tried again; None: never."""
        status = "failed" if next_try_at is None else "waiting"
        await self._note(one, {"status": status, "next_try_at": next_try_at, "problem": problem})

    async def _note(self, one: Delivery, values: Mapping[str, Any]) -> None:
        waiting = run_delivery.c.status == "waiting"
        statement = update(run_delivery).where(_is_delivery(one), waiting).values(dict(values))
        await self._database.change(statement)

    # ------------------------------------------------------------ alerts

    async def list_alerts(self, report: str) -> tuple[AlertState, ...]:
        """The state of every alert of a report that was ever evaluated, by name."""
        statement = select(alert_state).where(alert_state.c.report == report)
        rows = await self._database.fetch(statement.order_by(alert_state.c.name))
        return tuple(
            AlertState(
                report=row.report,
                name=row.name,
                state=row.state,
                changed_at=row.changed_at,
                run_id=row.run_id,
                value=row.value,
                warehouse_version=row.warehouse_version,
            )
            for row in rows
        )

    async def _ensure_alert(self, report: str, name: str, at: datetime) -> None:
        values = {"report": report, "name": name, "state": "armed", "changed_at": at}
        found = select(alert_state.c.name).where(_is_alert(report, name))
        if await self._database.fetch(found):
            return

        def work(connection: Connection) -> None:
            # Where another run has just made it, it is armed as well.
            with suppress(IntegrityError):
                connection.execute(insert(alert_state), values)

        await self._database.transaction(work)


def _changing(run: JobRun, values: Mapping[str, Any]) -> Update:
    """Changes one row where the claim on the run still holds, else none."""
    return (
        update(report_run)
        .where(_is_claim(run.id, run.attempt), report_run.c.status == "running")
        .values(dict(values))
    )


def _add_deliveries(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    for one in deliveries:
        connection.execute(
            insert(run_delivery).values(
                run_id=one.run_id,
                item=one.item,
                channel=one.channel,
                recipient=one.recipient,
                status="waiting",
                tries=0,
                message=dict(one.message),
            )
        )


def _turn_alert(
    connection: Connection, run: JobRun, alert: AlertReading, version: int | None, at: datetime
) -> bool:
    """True when the alert fires now: it was armed, and its line is crossed."""
    if alert.is_crossed is None:
        return False
    before, after = ("armed", "fired") if alert.is_crossed else ("fired", "armed")
    statement = (
        update(alert_state)
        .where(_is_alert(run.report, alert.name), alert_state.c.state == before)
        .values(
            state=after,
            changed_at=at,
            run_id=run.id,
            value=alert.value,
            warehouse_version=version,
        )
    )
    turned = connection.execute(statement).rowcount == 1
    return turned and alert.is_crossed


def _is_claim(run_id: str, attempt: int) -> ColumnElement[bool]:
    return and_(report_run.c.id == run_id, report_run.c.attempt == attempt)


def _is_alert(report: str, name: str) -> ColumnElement[bool]:
    return and_(alert_state.c.report == report, alert_state.c.name == name)


def _is_delivery(one: Delivery) -> ColumnElement[bool]:
    return and_(
        run_delivery.c.run_id == one.run_id,
        run_delivery.c.item == one.item,
        run_delivery.c.channel == one.channel,
        run_delivery.c.recipient == one.recipient,
    )


def _to_run(row: Row[Any]) -> JobRun:
    values = {**row._mapping, "roles": tuple(row.roles)}
    return JobRun(**values)


def _to_delivery(row: Row[Any]) -> Delivery:
    return Delivery(**row._mapping)
