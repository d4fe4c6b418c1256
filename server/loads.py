"""Uploads, versions and rejects: what changes or describes the published data.

Called by the data routes and the CLI. Invariant: an upload happens as a whole; when it fails,
the data folder and the published version are what they were.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import msgspec

from semantic.compiled import Principal
from semantic.issues import Issue
from semantic.spec import SemanticModelSpec, SourceSpec
from server.audit import AuditLog
from server.errors import BadInput, NoData
from server.ingest_process import run_ingest
from server.load_bodies import (
    LoadReport,
    RejectList,
    RejectReason,
    VersionBody,
    VersionList,
    to_reject_body,
    to_version_body,
)
from server.loading import load_home_model
from server.warehouse.errors import WarehouseError
from server.warehouse.locks import hold_lock
from server.warehouse.meta import count_rejects, read_rejects
from server.warehouse.paths import Home
from server.warehouse.staging import Staging
from server.warehouse.versions import current_version, list_versions, rollback

_FILE_NAME: Final = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,119}")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was sent."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Loads:
    """Everything that changes or describes the published data of one home."""

    home: Home
    audit: AuditLog
    environment: Mapping[str, str]
    """What a load's process needs to start."""

    async def upload(
        self, uploads: Sequence[Upload], mode: str | None, principal: Principal
    ) -> LoadReport:
        """Put the files into the data folder and publish a version made from it.

        A file replaces the one of its name. Where a source has other files as well, `mode`
        must say whether the new ones are added to them or replace them all.

        Raises:
            BadInput: a name that no source takes, or a mode that is missing or unknown.
            WarehouseError: the load failed; nothing was changed.
            SemanticError: the home's model has mistakes; nothing was changed.
        """
        async with self.audit.decision("upload", principal) as decision:
            loaded, _ = await asyncio.to_thread(load_home_model, self.home)
            chosen = _match(uploads, loaded.spec)
            self.home.data.mkdir(parents=True, exist_ok=True)
            with hold_lock(self.home.data / ".upload.lock", wait=False):
                replaced = _find_replaced(self.home, loaded.spec, chosen, mode)
                report = await self._load(uploads, replaced)
            decision.version = report.version.version
        return report

    async def _load(self, uploads: Sequence[Upload], replaced: Sequence[str]) -> LoadReport:
        before = current_version(self.home)
        staging = await asyncio.to_thread(Staging.make, self.home.data)
        try:
            await asyncio.to_thread(_fill, staging, uploads, replaced)
            report = await run_ingest(self.home, staging.folder, self.environment)
            number = report.version.version
            names = [upload.name for upload in uploads]
            try:
                await asyncio.to_thread(staging.adopt, names, replaced, f"{number}")
            except WarehouseError:
                # The version must not stand on files that are not in the data folder.
                if before is not None and current_version(self.home) == number:
                    await asyncio.to_thread(rollback, self.home, before)
                raise
        finally:
            await asyncio.to_thread(staging.remove)
        return report

    async def versions(self) -> VersionList:
        """Every version kept, newest first."""
        found = await asyncio.to_thread(list_versions, self.home)
        return VersionList([to_version_body(version) for version in found])

    async def roll_back(self, to: int | None, principal: Principal) -> VersionBody:
        """Make an earlier version current again, by default the one before.

        Raises:
            WarehouseError: there is no such version.
        """
        async with self.audit.decision("rollback", principal) as decision:
            version = await asyncio.to_thread(rollback, self.home, to)
            decision.version = version.number
        return to_version_body(version)

    async def rejects(
        self, source: str | None, limit: int, offset: int, version: int | None = None
    ) -> RejectList:
        """The rejects of a version, by default the current one.

        Raises:
            NoData: nothing has been loaded yet.
            WarehouseError: there is no such version.
        """
        number = version or current_version(self.home)
        if number is None:
            raise NoData("There is no data yet.", hint="Run 'revenue ingest', or upload CSVs.")
        found = await asyncio.to_thread(
            read_rejects, self.home, number, source, limit=limit + 1, offset=offset
        )
        counted = await asyncio.to_thread(count_rejects, self.home, number, source)
        bodies = [to_reject_body(reject) for reject in found]
        return RejectList(
            number,
            bodies[:limit],
            offset,
            len(bodies) > limit,
            [msgspec.convert(one, RejectReason, from_attributes=True) for one in counted],
        )


def _match(uploads: Sequence[Upload], spec: SemanticModelSpec) -> dict[str, SourceSpec]:
    """The source each uploaded name belongs to; BadInput with every name that fits none."""
    issues: list[Issue] = []
    chosen: dict[str, SourceSpec] = {}
    patterns = ", ".join(f"'{pattern}'" for source in spec.sources for pattern in source.files)
    for number, upload in enumerate(uploads, 1):
        where = f"file {number}"
        source = _find_source(upload.name, spec)
        if source is None:
            message = f"The name '{_shown(upload.name)}' is none that the model reads."
            issues.append(Issue("unknown-file", message, where, f"Name it like one of {patterns}."))
        elif upload.name in chosen:
            message = f"'{_shown(upload.name)}' is sent twice."
            issues.append(Issue("repeated-file", message, where, "Send each file once."))
        else:
            chosen[upload.name] = source
    if not uploads:
        hint = "Send each CSV as a file part of a multipart/form-data body."
        issues.append(Issue("no-file", "The upload holds no file.", hint=hint))
    if issues:
        raise BadInput(issues[0].to_sentence(), issues=issues)
    return chosen


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:100])


def _find_source(name: str, spec: SemanticModelSpec) -> SourceSpec | None:
    if not _FILE_NAME.fullmatch(name):
        return None
    for source in spec.sources:
        if any(PurePosixPath(name).match(pattern) for pattern in source.files):
            return source
    return None


def _find_replaced(
    home: Home, spec: SemanticModelSpec, chosen: dict[str, SourceSpec], mode: str | None
) -> list[str]:
    """Names of the files in the data folder that the upload replaces.

    Two exports of the same deals under two names would count every deal twice, and an
    increment that replaced the rest would lose it; only the sender knows which it is.
    """
    if mode not in (None, "replace", "add"):
        raise BadInput(
            "The field 'mode' is neither 'replace' nor 'add'.",
            issues=[Issue("bad-value", "Give 'replace' or 'add'.", where="mode")],
        )
    others = sorted(
        {
            name
            for source in {source.name: source for source in chosen.values()}.values()
            for name in _files_of(home.data, source)
        }
        - set(chosen)
    )
    if others and mode is None:
        listed = ", ".join(f"'{name}'" for name in others[:5])
        raise WarehouseError.of(
            "mode-required",
            f"The data folder has other files of the same source: {listed}.",
            where="mode",
            hint="Send the form field mode=replace to load the new files instead of them, or "
            "mode=add to load both.",
        )
    same = [name for name in chosen if (home.data / name).exists()]
    return same + (others if mode == "replace" else [])


def _files_of(data: Path, source: SourceSpec) -> set[str]:
    found = {path for pattern in source.files for path in data.glob(pattern)}
    names = (path.relative_to(data) for path in found)
    return {
        name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts)
    }


def _fill(staging: Staging, uploads: Sequence[Upload], replaced: Sequence[str]) -> None:
    staging.link_existing(skip=replaced)
    for upload in uploads:
        staging.write(upload.name, upload.content)
