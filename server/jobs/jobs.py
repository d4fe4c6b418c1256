"""Report jobs as people see them: definitions, schedules, runs and files to bodies.

Called by the routes and the commands. Invariant: nobody sees a definition, a schedule, a run or a
file that was made under fewer roles than his own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from semantic.compiled import Principal
from semantic.issues import Issue, SemanticError
from server.errors import BadInput, NotFound
from server.jobs.build import MEDIA_TYPES, ReportBuilder, ReportOrder
from server.jobs.cron import BadSchedule, Cron
from server.jobs.days import resolve_day
from server.jobs.definition import Formats, NamedReportSpec, Scalar
from server.jobs.definitions import Definition, Definitions, may_see
from server.jobs.loop import JobLoop
from server.jobs.statements import find_analysis_issues, find_issues
from server.jobs.wire import (
    Removed,
    ReportBody,
    ReportList,
    RunBody,
    RunList,
    ScheduleBody,
    ScheduleList,
    ScheduleRequest,
    to_report_body,
    to_run_body,
    to_schedule_body,
)
from server.storage.errors import JobNotFound
from server.storage.job_records import JobRun, NewRun, Schedule
from server.storage.run_store import RunStore
from server.storage.schedule_store import ScheduleStore

_NEXT_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """The report jobs of one home and its store."""

    definitions: Definitions
    schedules: ScheduleStore
    runs: RunStore
    builder: ReportBuilder
    loop: JobLoop

    # ------------------------------------------------------------ definitions

    async def list_reports(self, principal: Principal) -> ReportList:
        """All definitions, by name; files with mistakes among them."""
        found = await self.definitions.list(principal)
        return ReportList([to_report_body(one) for one in found])

    async def get_report(self, name: str, principal: Principal) -> ReportBody:
        """One definition with the state of its alerts. Raises NotFound."""
        found = await self.definitions.get(name, principal)
        return to_report_body(found, await self.runs.list_alerts(name))

    async def put_report(
        self, new: NamedReportSpec, principal: Principal
    ) -> tuple[ReportBody, bool]:
        """The stored definition, and whether it is new.

        Raises:
            SemanticError: it asks for what the model does not have; every issue.
            BadInput: the name is taken.
        """
        await self._check(new, principal)
        found, is_new = await self.definitions.put(new, principal)
        return to_report_body(found), is_new

    async def _check(self, new: NamedReportSpec, principal: Principal) -> None:
        """Whether the current model can answer it; without data nothing can be said."""
        snapshots = self.builder.services.snapshots
        if snapshots.find_version() is None:
            return
        snapshot = await snapshots.get()
        roles = frozenset(new.roles) | principal.roles
        issues = list(await asyncio.to_thread(find_issues, new, roles, snapshot.catalog))
        if any(section.analysis for section in new.sections):
            analyses = self.builder.services.analyses.of(snapshot)
            infos = await asyncio.to_thread(analyses.list)
            reasons = {info.header.name: info.reason for info in infos}
            issues += find_analysis_issues(new, reasons)
        if issues:
            raise SemanticError([_with_place(issue) for issue in issues])

    async def delete_report(self, name: str, principal: Principal) -> Removed:
        """Delete a stored definition. Raises NotFound, BadInput, ReportInUse."""
        await self.definitions.delete(name, principal)
        return Removed(name)

    async def look(
        self,
        name: str,
        kind: Formats,
        principal: Principal,
        parameters: Mapping[str, Scalar] | None = None,
    ) -> list[tuple[str, bytes]]:
        """The report as it would be now, as files of one format by name; nothing is sent.

        Raises:
            NotFound, SemanticError, AppError: it cannot be made.
        """
        found = await self.definitions.get(name, principal)
        if not found.spec.sections:
            raise BadInput(f"The report '{name}' has alerts and no sections.")
        snapshot = await self.builder.services.snapshots.get()
        today = snapshot.today(self.builder.services.clock)
        as_of = resolve_day(found.spec.as_of, today, snapshot.spec.calendar)
        roles = frozenset(found.roles) | principal.roles
        given = check_parameters(found, parameters or {})
        order = ReportOrder(
            name, found.spec, Principal(f"report:{name}", roles), given, as_of, snapshot
        )
        built = await self.builder.build(order)
        return await self.builder.render(order, built.content, kind)

    # ------------------------------------------------------------ schedules

    async def list_schedules(self, principal: Principal) -> ScheduleList:
        """All schedules this principal may see, the one that is due next first."""
        found = [
            one for one in await self.schedules.list_schedules() if may_see(principal, one.roles)
        ]
        return ScheduleList([await self._to_body(one) for one in found])

    async def add_schedule(self, request: ScheduleRequest, principal: Principal) -> ScheduleBody:
        """The new schedule with the moments it comes next.

        Raises:
            NotFound: there is no such report. BadSchedule: it names no moments.
            BadInput: a parameter that the report does not have.
        """
        found = await self.definitions.get(request.report, principal)
        check_parameters(found, request.parameters)
        now = self.loop.clock()
        schedule = Schedule(
            id=self.loop.new_id(now).replace("run_", "sched_", 1),
            report=request.report,
            cron=request.cron.strip(),
            timezone=request.timezone,
            parameters=request.parameters,
            owner=principal.name,
            roles=tuple(sorted(principal.roles | frozenset(found.roles))),
            next_at=Cron(request.cron, request.timezone).next_after(now),
            created_at=now,
        )
        await self.schedules.add_schedule(schedule)
        return await self._to_body(schedule)

    async def delete_schedule(self, schedule_id: str, principal: Principal) -> Removed:
        """Remove a schedule; its runs stay on record. Raises JobNotFound."""
        await self._schedule(schedule_id, principal)
        await self.schedules.delete_schedule(schedule_id)
        return Removed(schedule_id)

    async def run_schedule(self, schedule_id: str, principal: Principal) -> RunBody:
        """A run that was begun out of turn. Raises JobNotFound, NotFound, SemanticError."""
        schedule = await self._schedule(schedule_id, principal)
        run_id = await self.order_run(
            schedule.report, principal, schedule.parameters, schedule=schedule
        )
        self.loop.wake()
        return to_run_body(await self.runs.get_run(run_id), ())

    async def _schedule(self, schedule_id: str, principal: Principal) -> Schedule:
        found = await self.schedules.get_schedule(schedule_id)
        if not may_see(principal, found.roles):
            raise JobNotFound("schedule", schedule_id)
        return found

    async def _to_body(self, schedule: Schedule) -> ScheduleBody:
        moments: list[datetime] = []
        problem = ""
        try:
            cron = Cron(schedule.cron, schedule.timezone)
            moments.append(schedule.next_at)
            while len(moments) < _NEXT_SHOWN:
                moments.append(cron.next_after(max(moments[-1], self.loop.clock())))
        except BadSchedule as error:
            problem = error.detail
        last = await self._bodies(await self.runs.list_runs(schedule_id=schedule.id, limit=1))
        return to_schedule_body(schedule, moments, last[0] if last else None, problem)

    # ------------------------------------------------------------ runs

    async def order_run(
        self,
        name: str,
        principal: Principal,
        parameters: Mapping[str, Scalar],
        schedule: Schedule | None = None,
    ) -> str:
        """The id of a run that is to be made as soon as somebody can.

        Raises:
            NotFound, SemanticError: there is no such report, or its file has mistakes.
            BadInput: a parameter that the report does not have.
        """
        found = await self.definitions.get(name, principal)
        now = self.loop.clock()
        roles = frozenset(found.roles) | principal.roles
        run = NewRun(
            id=self.loop.new_id(now),
            report=name,
            schedule_id=schedule.id if schedule else None,
            slot=None,
            at=now,
            definition=found.spec.model_dump(mode="json", exclude_defaults=True),
            roles=tuple(sorted(roles | frozenset(schedule.roles if schedule else ()))),
            parameters=check_parameters(found, parameters),
        )
        await self.runs.add_run(run)
        return run.id

    async def list_runs(self, schedule_id: str, principal: Principal, limit: int) -> RunList:
        """The newest runs of a schedule. Raises JobNotFound."""
        await self._schedule(schedule_id, principal)
        found = await self.runs.list_runs(schedule_id=schedule_id, limit=limit)
        return RunList(await self._bodies([one for one in found if may_see(principal, one.roles)]))

    async def list_report_runs(self, name: str, principal: Principal, limit: int) -> RunList:
        """The newest runs of a report, also of one that is no longer defined."""
        found = await self.runs.list_runs(report=name, limit=limit)
        return RunList(await self._bodies([one for one in found if may_see(principal, one.roles)]))

    async def get_run(self, name: str, run_id: str, principal: Principal) -> RunBody:
        """One run of a report. Raises JobNotFound."""
        return (await self._bodies([await self._run(name, run_id, principal)]))[0]

    async def find_file(
        self, name: str, run_id: str, file: str, principal: Principal
    ) -> tuple[Path, str]:
        """The path of a file of a run and its media type. Raises JobNotFound, NotFound."""
        run = await self._run(name, run_id, principal)
        for one in run.result.get("artefacts", ()):
            # Only a name that the run recorded is ever put into a path.
            path = self.builder.folder(run.id) / str(one["name"])
            if one["name"] == file and path.is_file():
                return path, MEDIA_TYPES[one["format"]]
        raise NotFound(
            "The run has no such file, or it is no longer kept.",
            hint="REVENUE_JOBS_KEEP_DAYS says how long files are kept.",
        )

    async def _run(self, name: str, run_id: str, principal: Principal) -> JobRun:
        found = await self.runs.get_run(run_id)
        if found.report != name or not may_see(principal, found.roles):
            raise JobNotFound("run", run_id)
        return found

    async def _bodies(self, runs: Sequence[JobRun]) -> list[RunBody]:
        if not runs:
            return []
        deliveries = await self.runs.list_deliveries([run.id for run in runs])
        return [to_run_body(run, deliveries) for run in runs]


def check_parameters(found: Definition, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The parameters as given. Raises BadInput for one that the report does not declare."""
    for name, value in given.items():
        if name not in found.spec.parameters:
            known = ", ".join(found.spec.parameters) or "none"
            raise BadInput(f"The report has no parameter '{name[:60]}'.", hint=f"It has: {known}.")
        default = found.spec.parameters[name]
        if isinstance(default, str) != isinstance(value, str):
            kind = "a text" if isinstance(default, str) else "a number, true or false"
            raise BadInput(f"The parameter '{name}' must be {kind}.")
    return dict(given)


def _with_place(issue: Issue) -> Issue:
    """The issue with its place in the definition in words: `sections 2`."""
    steps = [f"{step + 1}" if isinstance(step, int) else step for step in issue.path]
    return replace(issue, where=" ".join(steps))
