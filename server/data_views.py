"""Published versions to what people ask of them: files, checks, differences, rejects as CSV.

Called by the data routes. Reads only. Invariant: metrics are computed under the asker's own
policies; counts of rows and cells of CSVs are for those who may look after the data.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from semantic.compiled import Principal
from semantic.issues import SemanticError
from semantic.spec import SourceSpec
from server.csv_text import to_csv
from server.errors import NoData
from server.load_bodies import FileBody, VersionBody, to_version_body
from server.overview import Overview
from server.snapshot import Snapshot
from server.warehouse.differences import TableChange, compare_tables
from server.warehouse.meta import read_rejects, source_summary
from server.warehouse.paths import Home
from server.warehouse.proofs import prove_version
from server.warehouse.versions import get_version

_PAGE_ROWS: Final = 5_000
_REJECT_COLUMNS: Final = ("source", "file", "line", "column", "value", "reason", "message")


class VersionDetail(msgspec.Struct, frozen=True):
    """GET /api/data/versions/{number}: a version and the files it was made from."""

    version: VersionBody
    files: list[FileBody]


class CheckBody(msgspec.Struct, frozen=True):
    """One claim of the model about its data, and what became of it."""

    name: str
    ok: bool
    severity: str
    """Of a claim that does not hold: an error can make a number wrong, a warning cannot."""
    message: str
    rows: int
    """How many rows (for members: members) break it."""


class CheckList(msgspec.Struct, frozen=True):
    """GET /api/data/checks: what does not hold first."""

    version: int
    errors: int
    warnings: int
    checks: list[CheckBody]


class SourceChange(msgspec.Struct, frozen=True):
    """Rows of one source before and after; a changed row counts as removed and as added."""

    source: str
    before: int
    after: int
    added: int
    removed: int


class MetricChange(msgspec.Struct, frozen=True):
    """One headline metric on both versions, on the same day; percents are 0 to 100."""

    metric: str
    label: str
    format: str
    before: float | None
    after: float | None


class Comparison(msgspec.Struct, frozen=True):
    """GET /api/data/versions/{before}/compare/{after}."""

    before: VersionBody
    after: VersionBody
    as_of: date
    sources: list[SourceChange]
    metrics: list[MetricChange]


@dataclass(frozen=True, slots=True)
class DataViews:
    """What can be asked of the published versions of one home."""

    home: Home
    overview: Overview

    async def version(self, number: int) -> VersionDetail:
        """One version with its files. Raises WarehouseError where it is not kept."""
        info = await asyncio.to_thread(get_version, self.home, number)
        files = await asyncio.to_thread(source_summary, self.home, number)
        return VersionDetail(
            to_version_body(info),
            [msgspec.convert(file, FileBody, from_attributes=True) for file in files],
        )

    async def checks(self, number: int | None) -> CheckList:
        """Every claim of the model proved on one version, by default the current one.

        Raises:
            NoData, WarehouseError: there is no such version.
        """
        version = self._number(number)
        await asyncio.to_thread(get_version, self.home, version)
        queries = self.overview.queries
        snapshot = await queries.snapshots.get(version)
        today = snapshot.today(queries.clock)
        proofs = await asyncio.to_thread(prove_version, self.home, version, snapshot.catalog, today)
        bodies = [CheckBody(p.name, p.ok, p.severity, p.message, p.rows) for p in proofs]
        broken = [body.severity for body in bodies if not body.ok]
        bodies.sort(key=lambda body: (body.ok, body.severity != "error"))
        errors = broken.count("error")
        return CheckList(version, errors, len(broken) - errors, bodies)

    async def compare(
        self, before: int, after: int, as_of: date | None, principal: Principal
    ) -> Comparison:
        """What changed from one version to another.

        Raises:
            WarehouseError: one of them is not kept.
        """
        infos = [await asyncio.to_thread(get_version, self.home, n) for n in (before, after)]
        snapshots = [await self.overview.queries.snapshots.get(n) for n in (before, after)]
        tables = {source.name: _columns(source) for source in snapshots[1].spec.sources}
        changes = await asyncio.to_thread(compare_tables, self.home, before, after, tables)
        moment = as_of or snapshots[1].today(self.overview.queries.clock)
        old, new = [await self._headlines(s, moment, principal) for s in snapshots]
        metrics = snapshots[1].catalog.metrics
        return Comparison(
            before=to_version_body(infos[0]),
            after=to_version_body(infos[1]),
            as_of=moment,
            sources=[_to_source(change) for change in changes],
            metrics=[
                MetricChange(name, metrics[name].label, metrics[name].format, old.get(name), value)
                for name, value in new.items()
            ],
        )

    async def _headlines(
        self, snapshot: Snapshot, moment: date, principal: Principal
    ) -> dict[str, Any]:
        """The metrics of the model's overview by name; none where they do not compute."""
        overview = snapshot.spec.overview
        names = dict.fromkeys([*overview.records.values(), *overview.insights.values()])
        try:
            return await self.overview.metrics(
                snapshot, {name: name for name in names}, moment, principal
            )
        except SemanticError:
            return {}

    async def rejects_csv(
        self, source: str | None, number: int | None
    ) -> AsyncGenerator[bytes, None]:
        """All rejects of a version as CSV, page by page.

        Raises:
            NoData, WarehouseError: there is no such version; before the first line.
        """
        version = self._number(number)
        await asyncio.to_thread(get_version, self.home, version)
        return self._pages(version, source)

    async def _pages(self, version: int, source: str | None) -> AsyncGenerator[bytes, None]:
        yield to_csv([_REJECT_COLUMNS]).encode()
        offset = 0
        while True:
            page = await asyncio.to_thread(
                read_rejects, self.home, version, source, limit=_PAGE_ROWS, offset=offset
            )
            if page:
                rows = [[getattr(one, name) for name in _REJECT_COLUMNS] for one in page]
                yield to_csv(rows).encode("utf-8", "replace")
            if len(page) < _PAGE_ROWS:
                return
            offset += _PAGE_ROWS

    def _number(self, number: int | None) -> int:
        found = number or self.overview.queries.snapshots.find_version()
        if found is None:
            raise NoData("There is no data yet.", hint="Run 'revenue ingest', or upload CSVs.")
        return found


def _columns(source: SourceSpec) -> list[str]:
    return [column.to for column in source.columns.values()]


def _to_source(change: TableChange) -> SourceChange:
    return msgspec.convert(change, SourceChange, from_attributes=True)
