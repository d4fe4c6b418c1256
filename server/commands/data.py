"""The commands that load data and look at versions: ingest, versions, rollback.

Called by `server/cli.py`. Invariant: each prints what it did, or raises and has done nothing.
"""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Final

from rich.console import Console

from semantic.issues import SemanticError
from server.commands.context import CommandContext
from server.load_bodies import FailedLoad, to_report, to_version_body
from server.loading import StagedHome, load_data
from server.warehouse.errors import WarehouseError
from server.warehouse.ingest import IngestReport
from server.warehouse.meta import read_rejects
from server.warehouse.paths import Home
from server.warehouse.progress import ProgressBar
from server.warehouse.versions import list_versions, rollback

_REJECTS_COUNTED: Final = 10_000
_REASONS_SHOWN: Final = 10


def run_ingest(arguments: Namespace, context: CommandContext) -> int:
    """Load the CSVs of the home as a new version and print the report."""
    home = Home(context.settings.home)
    if arguments.data is not None:
        home = StagedHome(home.root, Path(arguments.data).absolute())
    now = context.clock()
    if arguments.json:
        try:
            report = load_data(home, now=now)
        except (WarehouseError, SemanticError) as error:
            context.print_json(FailedLoad(error.issues))
            return 1
        context.print_json(to_report(report))
        return 0
    with ProgressBar(Console(file=context.err)) as progress:
        report = load_data(home, now=now, progress=progress)
    _print_report(report, home, context)
    return 0


def _print_report(report: IngestReport, home: Home, context: CommandContext) -> None:
    version = report.version
    context.print_table(
        ["file", "source", "records", "accepted", "rejected"],
        [(f.file, f.source, f.records, f.accepted, f.rejected) for f in report.files],
        ["", "", "integer", "integer", "integer"],
    )
    if version.rejected:
        _print_reasons(home, version.number, context)
    context.print(
        f"Version {version.number} is published: {version.accepted:,} of {version.records:,} "
        "records."
    )


def _print_reasons(home: Home, version: int, context: CommandContext) -> None:
    rejects = read_rejects(home, version, limit=_REJECTS_COUNTED)
    counts = Counter((r.file, r.column, r.reason, r.message) for r in rejects)
    context.print()
    context.print_table(
        ["rejected for", "file", "column", "times"],
        [
            (message or reason, file, column or "", times)
            for (file, column, reason, message), times in counts.most_common(_REASONS_SHOWN)
        ],
        ["", "", "", "integer"],
    )
    context.print(
        "Each one, with its line: GET /api/data/rejects, or the table meta.rejects of the version."
    )


def run_versions(arguments: Namespace, context: CommandContext) -> int:
    """List the published versions, newest first."""
    versions = list_versions(Home(context.settings.home))
    if arguments.json:
        context.print_json([to_version_body(version) for version in versions])
        return 0
    context.print_table(
        ["version", "current", "made at (UTC)", "records", "accepted", "rejected", "model"],
        [
            (
                v.number,
                "*" if v.is_current else "",
                f"{v.created_at:%Y-%m-%d %H:%M:%S}",
                v.records,
                v.accepted,
                v.rejected,
                v.model_version,
            )
            for v in versions
        ],
        ["", "", "", "integer", "integer", "integer"],
    )
    if not versions:
        context.print("Nothing has been published yet; run 'revenue ingest'.")
    return 0


def run_rollback(arguments: Namespace, context: CommandContext) -> int:
    """Make an earlier version current again."""
    version = rollback(Home(context.settings.home), arguments.to)
    context.print(
        f"Version {version.number} is current again: {version.accepted:,} records, made at "
        f"{version.created_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    return 0
