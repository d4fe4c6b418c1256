"""A definition to the content of its report and to files: PDF, HTML, tables.

Called by `work.py` for runs and by `jobs.py` for a look. Invariant: all parts of one report
read one data version with one clock and one principal; a file is there whole or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from semantic.compiled import Principal
from server.answer.formats import format_value
from server.answer.wire import KeyMetric
from server.ask import AskServices
from server.errors import AppError
from server.jobs.definition import Formats, ReportSpec, Scalar
from server.jobs.sections import PartOutcome, SectionMaker
from server.report.content import ReportContent
from server.report.errors import NotExportable
from server.report.exports import Exportable, write_export
from server.report.reports import Reports
from server.report.tables import to_result_column, to_typed
from server.snapshot import Snapshot
from server.warehouse.paths import Home
from server.warehouse.versions import get_version

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MOST_CARDS: Final = 8


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What is to be reported, for whom, as of when, on which data."""

    name: str
    spec: ReportSpec
    principal: Principal
    parameters: Mapping[str, Scalar]
    as_of: date
    snapshot: Snapshot
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """The content of a report and how its parts came out."""

    content: ReportContent
    outcomes: tuple[PartOutcome, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader must know first."""
        return tuple(self.content.notes)

    def cards(self) -> list[tuple[str, str]]:
        """Label and number of the first cards of the report."""
        found: dict[str, str] = {}
        for turn in self.content.turns:
            for card in turn.key_metrics.values():
                found.setdefault(card.label, card_text(card, turn.currency))
        return list(found.items())[:_MOST_CARDS]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of a run."""

    name: str
    format: str
    bytes: int
    sha256: str


def card_text(card: KeyMetric, currency: str) -> str:
    """The number of a card as people read it; percentages are 0 to 100 there.

    >>> card_text(KeyMetric(50.0, "Win rate", "percentage"), "USD")
    '50.0%'
    """
    if card.value is None:
        return "-"
    value = Decimal(str(card.value))
    if card.format == "percentage":
        return format_value(value / 100, "percent", currency)
    return format_value(value, card.format, currency)


@dataclass(frozen=True, slots=True, eq=False)
class ReportBuilder:
    """Builds reports from definitions."""

    services: AskServices
    reports: Reports
    home: Home

    async def build(self, order: ReportOrder) -> Built:
        """The content of the report. Raises AppError for what may pass by itself."""
        version = await asyncio.to_thread(get_version, self.home, order.snapshot.version)
        maker = SectionMaker(
            services=self.services,
            snapshot=order.snapshot,
            model_version=version.model_version,
            as_of=order.as_of,
            principal=order.principal,
            parameters={**order.spec.parameters, **order.parameters},
        )
        parts = await maker.make_all(order.spec)
        outcomes = tuple(outcome for part in parts for outcome in part.outcomes)
        content = ReportContent(
            title=order.spec.title,
            subtitle=f"As of {order.as_of.day} {order.as_of:%B %Y}",
            created_at=self.services.clock(),
            sections=[part.section for part in parts],
            reference=order.reference,
            notes=_notes(outcomes),
        )
        return Built(content, outcomes)

    async def render(
        self, order: ReportOrder, content: ReportContent, kind: Formats
    ) -> list[tuple[str, bytes]]:
        """The files of one format by name: one document, or one table of each result.

        Raises:
            AppError: they could not be made.
        """
        stem = f"{order.name}-{order.as_of:%Y-%m-%d}"
        if kind == "pdf":
            return [(f"{stem}.pdf", await self.reports.print_pdf(content, order.spec.paper))]
        if kind == "html":
            return [(f"{stem}.html", (await self.reports.render_html(content)).encode())]
        tables = to_exportables(content)
        if not tables:
            raise NotExportable("No part of the report has a result to export.")
        files = []
        for number, table in enumerate(tables, 1):
            found = await asyncio.to_thread(write_export, table, kind)
            name = f"{stem}.{kind}" if len(tables) == 1 else f"{stem}-{number}.{kind}"
            files.append((name, found))
        return files

    async def write(
        self, order: ReportOrder, built: Built, run_id: str, *, is_last_try: bool
    ) -> tuple[list[Artefact], list[str]]:
        """The files of a run, and why some are missing.

        Raises:
            AppError: a format could not be made, and may be with the next try.
        """
        folder = self.folder(run_id)
        problems: list[str] = []
        kinds: list[Formats] = list(dict.fromkeys(order.spec.formats))
        found: list[Artefact] = []
        for kind in kinds:
            try:
                files = await self.render(order, built.content, kind)
            except AppError as error:
                if error.retry_after_s is not None and not is_last_try:
                    raise
                problems.append(f"The {kind.upper()} could not be made: {error.message}")
                if "html" not in kinds:
                    kinds.append("html")  # seen by this loop: something readable is always there
                continue
            for name, content in files:
                found.append(await asyncio.to_thread(_write, folder, name, kind, content))
        return found, problems

    def folder(self, run_id: str) -> Path:
        """Where the files of a run are."""
        return self.home.reports / "out" / run_id


def to_exportables(content: ReportContent) -> list[Exportable]:
    """The result of each query of a report, in order."""
    return [
        Exportable(
            title=query.title,
            columns=[to_result_column(column) for column in query.columns],
            rows=[
                [to_typed(column, cell) for column, cell in zip(query.columns, row, strict=True)]
                for row in query.rows
            ],
            is_cut=query.truncated,
            semantic_sql=query.semantic_sql,
            warehouse_version=turn.warehouse_version,
            as_of=turn.as_of,
            data_sources=turn.data_sources,
            currency=turn.currency,
        )
        for turn in content.turns
        for query in turn.queries
    ]


def _notes(outcomes: Sequence[PartOutcome]) -> list[str]:
    missing = [outcome for outcome in outcomes if not outcome.is_answered]
    if not missing:
        return []
    names = ", ".join(f"'{outcome.title}'" for outcome in missing)
    return [f"{len(missing)} of {len(outcomes)} parts could not be answered: {names}."]


def _write(folder: Path, name: str, kind: str, content: bytes) -> Artefact:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
    return Artefact(name, kind, len(content), hashlib.sha256(content).hexdigest())


def are_there(folder: Path, artefacts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all files of a run are where they were written, whole."""
    paths = [(folder / str(one["name"]), int(one["bytes"])) for one in artefacts]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def with_note(built: Built, note: str) -> Built:
    """The report with one more thing the reader must know first."""
    content = replace(built.content, notes=[*built.content.notes, note])
    return replace(built, content=content)
