"""What loads, versions and rejects look like over the wire and between our own processes.

Used by the data routes, the CLI's `--json` and the load process. Invariant: `accepted +
rejected == records`, per file and in total.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from semantic.issues import Issue
from server.warehouse.ingest import IngestReport
from server.warehouse.manifest import VersionInfo
from server.warehouse.meta import Reject


class FailedLoad(msgspec.Struct, frozen=True):
    """Why nothing was loaded."""

    issues: tuple[Issue, ...]


class FileBody(msgspec.Struct, frozen=True):
    """What became of one file of a load."""

    source: str
    file: str
    sha256: str
    bytes: int
    records: int
    accepted: int
    rejected: int
    modified_at: datetime


class VersionBody(msgspec.Struct, frozen=True):
    """One published version."""

    version: int
    created_at: datetime
    model_version: str
    duckdb_version: str
    storage_version: str
    records: int
    accepted: int
    rejected: int
    is_current: bool


class LoadReport(msgspec.Struct, frozen=True):
    """What one load did; `accepted + rejected == records`, per file and in total."""

    version: VersionBody
    files: list[FileBody]


class VersionList(msgspec.Struct, frozen=True):
    """GET /api/data/versions, newest first."""

    versions: list[VersionBody]


class RejectBody(msgspec.Struct, frozen=True):
    """One line of input, or one cell of it, that is in no table."""

    source: str
    file: str
    line: int
    column: str
    value: str
    reason: str
    message: str


class RejectReason(msgspec.Struct, frozen=True):
    """How often one reason kept a line or a cell of one column out."""

    source: str
    file: str
    column: str
    """Empty where whole lines are broken."""
    reason: str
    count: int
    first_line: int


class RejectList(msgspec.Struct, frozen=True):
    """GET /api/data/rejects: one page, in file order."""

    version: int
    rejects: list[RejectBody]
    offset: int
    has_more: bool
    reasons: list[RejectReason]
    """All of them counted, the most frequent first; not only those of this page."""


def to_report(report: IngestReport) -> LoadReport:
    """What a load did, as it goes over the wire."""
    return LoadReport(
        to_version_body(report.version),
        [msgspec.convert(file, FileBody, from_attributes=True) for file in report.files],
    )


def to_version_body(version: VersionInfo) -> VersionBody:
    """The version as it goes over the wire."""
    return VersionBody(
        version=version.number,
        created_at=version.created_at,
        model_version=version.model_version,
        duckdb_version=version.duckdb_version,
        storage_version=version.storage_version,
        records=version.records,
        accepted=version.accepted,
        rejected=version.rejected,
        is_current=version.is_current,
    )


def to_reject_body(reject: Reject) -> RejectBody:
    """The reject as it goes over the wire."""
    return msgspec.convert(reject, RejectBody, from_attributes=True)
