"""The commands of report jobs: report list and run, schedule list, add and remove.

Called by `server/cli.py`. Invariant: a run begun here is recorded, held and delivered exactly as
one that a server begins; what is interrupted, a server or the next command goes on with.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from server.commands.context import CommandContext, UsageError, printable
from server.commands.queries import PRINCIPAL, parse_pairs, with_services
from server.jobs.definition import Formats, Scalar
from server.jobs.jobs import Jobs
from server.jobs.wire import RunBody, ScheduleRequest
from server.routes.dependencies import Services
from server.storage.job_records import FINAL

_FORMATS: Final[Mapping[str, Formats]] = {
    "pdf": "pdf", "html": "html", "xlsx": "xlsx", "csv": "csv",
}  # fmt: skip
_ALERT_WORDS: Final = {"True": "crossed", "False": "clear"}


def run_list_reports(arguments: Namespace, context: CommandContext) -> int:
    """List the report definitions."""
    found = with_services(
        context, lambda services: services.jobs.list_reports(PRINCIPAL), has_many_queries=False
    )
    if arguments.json:
        context.print_json(found)
        return 0
    rows = [
        (report.name, report.origin, report.issues[0].message if report.issues else report.title)
        for report in found.reports
    ]
    context.print_table(["report", "from", "title"], rows)
    return 1 if any(report.issues for report in found.reports) else 0


def run_report(arguments: Namespace, context: CommandContext) -> int:
    """Run a report with its deliveries, or only write it to a file."""
    if arguments.format or arguments.out:
        return _write_report(arguments, context)

    async def run(services: Services) -> RunBody:
        given = await _parameters(services.jobs, arguments)
        run_id = await services.jobs.order_run(arguments.name, PRINCIPAL, given)
        return await _until_final(services.jobs, arguments.name, run_id, context)

    done = with_services(context, run)
    if arguments.json:
        context.print_json(done)
    else:
        _print_run(done, context)
    return 1 if done.status == "failed" else 0


async def _until_final(jobs: Jobs, name: str, run_id: str, context: CommandContext) -> RunBody:
    """The run when it has ended; between tries it is waited."""
    said = ""
    while True:
        claimed = await jobs.loop.claim_run(run_id)
        if claimed is not None:
            await jobs.loop.worker.work(claimed)
        body = await jobs.get_run(name, run_id, PRINCIPAL)
        if body.status in FINAL:
            return body
        reasons = [one.problem for one in body.deliveries if one.problem]
        reasons += [body.problem["detail"]] if body.problem else []
        text = f"{' '.join(reasons)} Next try at {body.next_try_at}."
        if reasons and text != said:
            said = text
            context.err.write(f"{printable(text)}\n")
            context.err.flush()
        # A server on the same store may be the one that works on it; either way it ends.
        await asyncio.sleep(min(jobs.loop.settings.poll_s, 1.0))


def _write_report(arguments: Namespace, context: CommandContext) -> int:
    out = Path(arguments.out) if arguments.out else None
    kind = arguments.format or (out.suffix.lstrip(".").lower() if out else "pdf")
    if kind not in _FORMATS:
        raise UsageError("Give --format pdf, html, xlsx or csv, or a file name that ends so.")

    async def look(services: Services) -> list[tuple[str, bytes]]:
        given = await _parameters(services.jobs, arguments)
        return await services.jobs.look(arguments.name, _FORMATS[kind], PRINCIPAL, given)

    files = with_services(context, look)
    for number, (name, content) in enumerate(files, 1):
        target = out or Path(name)
        if out is not None and len(files) > 1:
            target = out.with_name(f"{out.stem}-{number}{out.suffix}")
        target.write_bytes(content)
        context.print(f"The report is in {printable(str(target))} ({len(content):,} bytes).")
    return 0


async def _parameters(jobs: Jobs, arguments: Namespace) -> dict[str, Scalar]:
    """The parameters of the command line; one that is a text by default stays a text."""
    found = await jobs.definitions.get(arguments.name, PRINCIPAL)
    texts = dict(pair.partition("=")[::2] for pair in arguments.parameters)
    values: dict[str, Scalar] = {}
    for name, value in parse_pairs(arguments.parameters).items():
        is_text = isinstance(found.spec.parameters.get(name), str)
        values[name] = texts[name] if is_text or not isinstance(value, int | float) else value
    return values


def _print_run(run: RunBody, context: CommandContext) -> None:
    took = f" in {run.elapsed_ms / 1000:.1f} s" if run.elapsed_ms is not None else ""
    context.print(f"Run {run.id} {run.status}{took}; version {run.warehouse_version}.")
    if run.skipped:
        context.print(printable(run.skipped))
    if run.problem:
        context.print(printable(run.problem["detail"]))
    for note in run.notes:
        context.print(f"note: {printable(note)}")
    for alert in run.alerts:
        state = _ALERT_WORDS.get(str(alert.get("crossed")), "unknown")
        said = alert.get("sentence") or alert.get("problem", "")
        context.print(f"alert {alert['name']}: {state}. {printable(said)}")
    for file in run.files:
        context.print(f"file {file.name} ({file.bytes:,} bytes): reports/out/{run.id}")
    for one in run.deliveries:
        why = f": {one.problem}" if one.problem else ""
        context.print(f"{one.channel} {printable(one.recipient)} {one.status}{why}")


def run_list_schedules(arguments: Namespace, context: CommandContext) -> int:
    """List the schedules with the moments they come next."""
    found = with_services(
        context, lambda services: services.jobs.list_schedules(PRINCIPAL), has_many_queries=False
    )
    if arguments.json:
        context.print_json(found)
        return 0
    rows = [
        (
            one.id, one.report, one.cron, one.timezone,
            one.problem or ", ".join(one.next_runs[:1]),
            one.last_run.status if one.last_run else "",
        )
        for one in found.schedules
    ]  # fmt: skip
    context.print_table(["schedule", "report", "cron", "time zone", "next", "last"], rows)
    return 0


def run_add_schedule(arguments: Namespace, context: CommandContext) -> int:
    """Add a schedule."""

    async def add(services: Services) -> str:
        request = ScheduleRequest(
            report=arguments.name,
            cron=arguments.cron,
            timezone=arguments.timezone,
            parameters=await _parameters(services.jobs, arguments),
        )
        body = await services.jobs.add_schedule(request, PRINCIPAL)
        return f"Schedule {body.id} comes next at {body.next_runs[0]}."

    context.print(with_services(context, add, has_many_queries=False))
    return 0


def run_remove_schedule(arguments: Namespace, context: CommandContext) -> int:
    """Remove a schedule; its runs stay on record."""
    with_services(
        context,
        lambda services: services.jobs.delete_schedule(arguments.id, PRINCIPAL),
        has_many_queries=False,
    )
    context.print(f"The schedule {printable(arguments.id)} is removed.")
    return 0
