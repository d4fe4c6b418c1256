"""One claimed run to its end: alerts, condition, report, files, deliveries, stage by stage.

Called by `loop.py` and `revenue report run`. Invariant: a stage that is done is never done again,
whoever goes on with the run; whatever goes wrong is recorded, tried again and never lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from pydantic import ValidationError

from semantic.compiled import Principal
from semantic.issues import SemanticError
from server.errors import AppError
from server.http_errors import to_problem
from server.jobs.build import ReportBuilder, ReportOrder, are_there, with_note
from server.jobs.days import resolve_day
from server.jobs.definition import ReportSpec, Scalar
from server.jobs.definitions import Definitions
from server.jobs.deliver import (
    REPORT,
    Deliverer,
    alert_message,
    backoff,
    next_due,
    to_deliveries,
)
from server.jobs.readings import Readings
from server.settings import JobSettings
from server.snapshot import Snapshot
from server.storage.errors import StoreError
from server.storage.job_records import AlertReading, JobRun, RunStatus
from server.storage.run_store import RunStore
from server.warehouse.versions import get_version

_log: Final = logging.getLogger(__name__)
_BEATS: Final = 3
"""How often a lease is renewed before it would run out."""


class LeaseLost(Exception):
    """Another server has taken the run over; nothing more is done here."""


@dataclass(slots=True)
class Progress:
    """What is known of a run while it is worked on; kept with it."""

    run: JobRun
    spec: ReportSpec
    principal: Principal
    snapshot: Snapshot
    as_of: date
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """Day and data version, as every stage records them."""
        return {"as_of": f"{self.as_of}", "warehouse_version": self.snapshot.version}


@dataclass(frozen=True, slots=True, eq=False)
class Worker:
    """Works on runs that were claimed."""

    runs: RunStore
    definitions: Definitions
    builder: ReportBuilder
    deliverer: Deliverer
    settings: JobSettings

    async def work(self, run: JobRun) -> None:
        """Return when the run has ended, or waits to be tried again; all of it is recorded.

        Raises:
            StoreError: nothing could be recorded; the run goes on when its lease has run out.
        """
        started = time.perf_counter()
        result = dict(run.result)
        before_ms = float(result.get("worked_ms", 0))
        try:
            if run.tries >= self.settings.tries:
                await self._finish(run, "failed", result | _interrupted(), started)
                return
            await self._hold(run, self._go_on(run, result, started))
        except LeaseLost:
            _log.warning("run %s was taken over by another server", run.id)
        except asyncio.CancelledError:
            # The server stops: whoever looks next goes on at once, without waiting for the lease.
            again = self.deliverer.clock()
            await self.runs.put_back(run, next_try_at=again, tries=run.tries, result=result)
            raise
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the run must say that it failed
            result["worked_ms"] = before_ms + _since(started)
            await self._note_failure(run, result, error, started)

    # ------------------------------------------------------------ holding the claim

    async def _hold(self, run: JobRun, work: Coroutine[Any, Any, None]) -> None:
        """Do the work while the lease is renewed; LeaseLost when it is not ours any more."""
        task = asyncio.create_task(work)
        beat = asyncio.create_task(self._beat(run, task))
        try:
            await task
        except asyncio.CancelledError:
            if beat.done() and not beat.cancelled():
                raise LeaseLost from None
            raise
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _beat(self, run: JobRun, task: asyncio.Task[None]) -> None:
        """Renew the lease; ends, and the work with it, when it is lost."""
        lease = timedelta(seconds=self.settings.lease_s)
        while True:
            await asyncio.sleep(self.settings.lease_s / _BEATS)
            try:
                holds = await self.runs.renew(run, self.deliverer.clock() + lease)
            except StoreError as error:
                _log.warning("the lease of run %s was not renewed: %s", run.id, error.code)
                continue
            if not holds:
                task.cancel()
                return

    # ------------------------------------------------------------ the stages

    async def _go_on(self, run: JobRun, result: dict[str, Any], started: float) -> None:
        progress = await self._open(run, result)
        if run.stage == "new" and progress.spec.alerts:
            await self._read_alerts(progress)
        if progress.spec.sections and "skipped" not in result:
            await self._report(progress)
        await self.deliverer.send_due(progress.run, progress.spec, result)
        await self._close(progress, started)

    async def _open(self, run: JobRun, result: dict[str, Any]) -> Progress:
        """Everything the stages need. Raises what the definition or the data refuse with."""
        roles = frozenset(run.roles)
        try:
            spec = ReportSpec.model_validate(run.definition)
        except ValidationError:
            # It could not be read when the slot came; now it can, or this says why not.
            found = await self.definitions.get(run.report, Principal())
            spec, roles = found.spec, roles | frozenset(found.roles)
        snapshot = await self.builder.services.snapshots.get()
        if run.as_of:
            as_of = date.fromisoformat(run.as_of)
        else:
            today = snapshot.today(lambda: run.created_at)
            as_of = resolve_day(spec.as_of, today, snapshot.spec.calendar)
        principal = Principal(f"report:{run.report}", roles)
        return Progress(run, spec, principal, snapshot, as_of, result)

    async def _read_alerts(self, progress: Progress) -> None:
        """Evaluate all alerts; what crosses is recorded together with what is to be sent."""
        readings = self._readings(progress)
        noted: list[dict[str, Any]] = []
        turned: list[AlertReading] = []
        for alert in progress.spec.alerts:
            try:
                found = await readings.read(alert)
            except (AppError, SemanticError) as error:
                if isinstance(error, AppError) and error.retry_after_s is not None:
                    raise
                noted.append({"name": alert.name, "problem": to_problem(error)[0].detail})
                continue
            noted.append(
                {
                    "name": found.name,
                    "crossed": found.is_crossed,
                    "value": found.value,
                    "sentence": found.sentence,
                    "semantic_sql": found.semantic_sql,
                }
            )
            message = alert_message(
                progress.run, found, f"{progress.as_of}", progress.snapshot.version,
                self.settings.public_url,
            )  # fmt: skip
            item = f"alert:{alert.name}"
            sent = to_deliveries(progress.run, item, progress.spec.recipients, message)
            turned.append(AlertReading(alert.name, found.is_crossed, found.value, sent))
        progress.result["alerts"] = noted
        await self._reach(progress, "alerted", alerts=turned)

    async def _report(self, progress: Progress) -> None:
        """Make the files, unless the condition is against it or they are there already."""
        run, result = progress.run, progress.result
        folder = self.builder.folder(run.id)
        is_built = run.stage == "built"
        if is_built and await asyncio.to_thread(are_there, folder, result.get("artefacts", ())):
            return
        if not is_built:
            obstacle = await self._find_obstacle(progress)
            if obstacle:
                result["skipped"] = obstacle
                await self._reach(progress, "alerted")
                return
        await self._make_files(progress)
        deliveries = () if is_built else to_deliveries(run, REPORT, progress.spec.recipients, {})
        await self._reach(progress, "built", deliveries=deliveries)

    async def _find_obstacle(self, progress: Progress) -> str:
        condition = progress.spec.condition
        if condition is None:
            return ""
        version = await asyncio.to_thread(get_version, self.builder.home, progress.snapshot.version)
        return await self._readings(progress).find_obstacle(
            condition, loaded_at=version.created_at, now=progress.run.created_at
        )

    async def _make_files(self, progress: Progress) -> None:
        run, result = progress.run, progress.result
        parameters: dict[str, Scalar] = dict(run.parameters)
        order = ReportOrder(
            run.report, progress.spec, progress.principal, parameters, progress.as_of,
            progress.snapshot, run.id,
        )  # fmt: skip
        built = await self.builder.build(order)
        is_last_try = run.tries + 1 >= self.settings.tries
        files, problems = await self.builder.write(order, built, run.id, is_last_try=is_last_try)
        for problem in problems:
            built = with_note(built, problem)
        result["artefacts"] = [asdict(file) for file in files]
        result["missing_files"] = problems
        result["cards"] = [{"label": name, "value": text} for name, text in built.cards()]
        result["notes"] = list(built.notes)
        result["parts"] = [asdict(outcome) for outcome in built.outcomes]

    def _readings(self, progress: Progress) -> Readings:
        return Readings(
            self.builder.services, progress.snapshot, progress.as_of, progress.principal
        )

    async def _reach(self, progress: Progress, stage: Any, **given: Any) -> None:
        """Record a stage; LeaseLost where the claim is not ours any more."""
        progress.result |= progress.facts
        progress.result.pop("problem", None)
        reached = await self.runs.reach(
            progress.run,
            stage,
            as_of=f"{progress.as_of}",
            version=progress.snapshot.version,
            result=progress.result,
            at=self.deliverer.clock(),
            **given,
        )
        if not reached:
            raise LeaseLost
        progress.run = replace(progress.run, stage=stage)

    # ------------------------------------------------------------ ends

    async def _close(self, progress: Progress, started: float) -> None:
        """End the run, or give it back until its next delivery is due."""
        run, result = progress.run, progress.result
        deliveries = await self.runs.list_deliveries([run.id])
        again = next_due(deliveries, self.deliverer.clock())
        if again is not None:
            result["worked_ms"] = float(result.get("worked_ms", 0)) + _since(started)
            await self.runs.put_back(run, next_try_at=again, tries=run.tries, result=result)
            return
        problem = _find_problem(result, any(one.status == "failed" for one in deliveries))
        result.pop("problem", None)
        if problem is not None:
            result["problem"] = problem
        status: RunStatus = (
            "failed" if problem else "skipped" if "skipped" in result else "succeeded"
        )
        await self._finish(run, status, result, started)

    async def _finish(
        self, run: JobRun, status: RunStatus, result: dict[str, Any], started: float
    ) -> None:
        elapsed_ms = float(result.pop("worked_ms", 0)) + _since(started)
        await self._ending(
            self.runs.finish(
                run, status, at=self.deliverer.clock(), elapsed_ms=elapsed_ms, result=result
            )
        )

    async def _note_failure(
        self, run: JobRun, result: dict[str, Any], error: Exception, started: float
    ) -> None:
        """Record why it failed, and try again where that may help."""
        problem = to_problem(error)[0]
        result["problem"] = {"code": problem.code, "detail": problem.detail}
        tries = run.tries + 1
        if not _may_pass(error) or tries >= self.settings.tries:
            await self._finish(run, "failed", result, started)
            return
        again = self.deliverer.clock() + backoff(self.settings, tries)
        await self._ending(self.runs.put_back(run, next_try_at=again, tries=tries, result=result))

    async def _ending(self, change: Awaitable[bool]) -> None:
        if not await change:
            _log.warning("a run was taken over by another server before it could end here")


def _may_pass(error: Exception) -> bool:
    """Whether another try may succeed: not where the definition or the data are at fault."""
    if isinstance(error, AppError):
        return error.retry_after_s is not None or error.status >= 500
    return not isinstance(error, SemanticError)


def _find_problem(result: dict[str, Any], was_not_sent: bool) -> dict[str, str] | None:
    """Why a run that came to its end is not a success."""
    if was_not_sent:
        detail = "Not every recipient got it; see 'deliveries'. The files are kept."
        return {"code": "delivery-failed", "detail": detail}
    if result.get("missing_files"):
        return {"code": "format-missing", "detail": " ".join(result["missing_files"])}
    broken = [alert for alert in result.get("alerts", ()) if "problem" in alert]
    if broken:
        detail = f"The alert '{broken[0]['name']}' could not be read: {broken[0]['problem']}"
        return {"code": "alert-failed", "detail": detail}
    parts = result.get("parts", ())
    if parts and not any(part["status"] in ("answered", "no_data") for part in parts):
        return {"code": "nothing-answered", "detail": "No part of the report could be answered."}
    return None


def _interrupted() -> dict[str, Any]:
    detail = "The server ended in the middle of this run, each time it was tried."
    return {"problem": {"code": "run-interrupted", "detail": detail}}


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
