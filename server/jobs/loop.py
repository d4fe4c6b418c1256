"""Due slots to runs and waiting runs to work, for as long as a server serves.

Started by the application; one step of it by tests. Invariant: a slot that was missed is caught
up once, however many were missed; nothing that a run does ends the loop.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from semantic.compiled import Principal
from semantic.issues import SemanticError
from server.errors import AppError
from server.jobs.cron import BadSchedule, Cron
from server.jobs.definitions import Definitions
from server.jobs.work import Worker
from server.settings import JobSettings
from server.snapshot import Clock
from server.storage.errors import StoreError
from server.storage.job_records import JobRun, NewRun, Schedule
from server.storage.run_store import RunStore
from server.storage.schedule_store import ScheduleStore

_AT_ONCE: Final = 2
"""Runs that one server works on at one moment."""
_CLEAN_EVERY: Final = timedelta(hours=1)
_NEVER: Final = timedelta(days=36_500)
_log: Final = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class JobLoop:
    """Claims and works, under one name among all servers that share the store."""

    schedules: ScheduleStore
    runs: RunStore
    definitions: Definitions
    worker: Worker
    settings: JobSettings
    clock: Clock
    new_id: Callable[[datetime], str]
    owner: str
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _cleaned_at: datetime | None = None

    def wake(self) -> None:
        """Look for work now rather than with the next poll."""
        self._wake.set()

    async def follow(self) -> None:
        """Claim and work until cancelled."""
        working: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._wake.clear()
                await self._step(working)
                await self._wait(working)
                working = {task for task in working if not task.done()}
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    async def _wait(self, working: set[asyncio.Task[None]]) -> None:
        """Until the next poll, a call to wake up, or the end of a run."""
        waker = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait(
                {waker, *working},
                timeout=self.settings.poll_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            waker.cancel()

    async def _step(self, working: set[asyncio.Task[None]]) -> None:
        try:
            await self.claim_slots()
            while len(working) < _AT_ONCE:
                run = await self.claim_run()
                if run is None:
                    break
                working.add(asyncio.create_task(self._work(run)))
            await self._clean()
        except StoreError as error:
            _log.error("report jobs wait for the state store: %s", error.code)
        except Exception as error:  # noqa: BLE001 - a disk that fails must not end all schedules
            _log.error("report jobs could not look for work", exc_info=error)

    async def _work(self, run: JobRun) -> None:
        try:
            await self.worker.work(run)
        except StoreError as error:
            _log.error("run %s goes on when its lease has run out: %s", run.id, error.code)
        except Exception as error:  # noqa: BLE001 - recorded as interrupted by whoever goes on
            _log.error("run %s was left in the middle", run.id, exc_info=error)

    async def settle(self) -> int:
        """The number of runs worked on until nothing is due any more; for tests and the CLI."""
        await self.claim_slots()
        count = 0
        while (run := await self.claim_run()) is not None:
            await self.worker.work(run)
            count += 1
        return count

    # ------------------------------------------------------------ claims

    async def claim_slots(self) -> int:
        """The number of due slots that became runs of ours; the next slots are set."""
        now = self.clock()
        won = 0
        for due in await self.schedules.list_due(now):
            next_at = self._next(due, now)
            run = await self._to_run(due, now)
            won += await self.schedules.claim_slot(due, next_at, run)
        return won

    def _next(self, due: Schedule, now: datetime) -> datetime:
        """After now and not after the slot: what was missed meanwhile is caught up once."""
        try:
            return Cron(due.cron, due.timezone).next_after(now)
        except BadSchedule as error:
            # A time zone that this machine no longer knows; the schedule says so in its listing.
            _log.error("schedule %s has no next slot: %s", due.id, error.message)
            return now + _NEVER

    async def _to_run(self, due: Schedule, now: datetime) -> NewRun:
        definition: dict[str, Any] = {}
        roles = frozenset(due.roles)
        try:
            found = await self.definitions.get(due.report, Principal())
        except (AppError, SemanticError) as error:
            # The run itself will fail and say why, where people look for it.
            _log.warning("report %s cannot be read: %s", due.report, type(error).__name__)
        else:
            definition = found.spec.model_dump(mode="json", exclude_defaults=True)
            roles |= frozenset(found.roles)
        return NewRun(
            id=self.new_id(now),
            report=due.report,
            schedule_id=due.id,
            slot=due.next_at,
            at=now,
            definition=definition,
            roles=tuple(sorted(roles)),
            parameters=due.parameters,
        )

    async def claim_run(self, run_id: str | None = None) -> JobRun | None:
        """A run that is ours to work on, or None when none is due."""
        now = self.clock()
        lease = timedelta(seconds=self.settings.lease_s)
        return await self.runs.claim_run(
            now=now, lease_until=now + lease, owner=self.owner, run_id=run_id
        )

    # ------------------------------------------------------------ old files

    async def _clean(self) -> None:
        """Remove the files of runs that ended long ago, once an hour."""
        now = self.clock()
        if self._cleaned_at is not None and now - self._cleaned_at < _CLEAN_EVERY:
            return
        self._cleaned_at = now
        await self.clean(now)

    async def clean(self, now: datetime) -> int:
        """The number of runs whose files were removed; what they found stays on record."""
        old = await self.runs.list_finished_before(now - timedelta(days=self.settings.keep_days))
        for run in old:
            folder = self.worker.builder.folder(run.id)
            await asyncio.to_thread(shutil.rmtree, folder, True)
            await self.runs.note_files_gone(run)
        return len(old)


@asynccontextmanager
async def jobs_running(loop: JobLoop) -> AsyncIterator[None]:
    """While open, schedules are run; at the end, what is being worked on is given back."""
    if loop.settings.run == "off":
        yield
        return
    task = asyncio.create_task(loop.follow(), name="report-jobs")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
