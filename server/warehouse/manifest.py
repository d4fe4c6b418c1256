"""What a version says about itself: number, time, model, engine, counts; as JSON beside the file.

Written by `publish`, read by `versions`, so that listing versions opens no database. Invariant:
written once, before the version gets its number, and never changed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from server.warehouse.errors import WarehouseError


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One published version."""

    number: int
    created_at: datetime
    """UTC."""
    model_version: str
    """First 12 hex digits of the SHA-256 of its model.json."""
    duckdb_version: str
    storage_version: str
    records: int
    accepted: int
    rejected: int
    is_current: bool = False


def write_manifest(path: Path, version: VersionInfo) -> None:
    """Write everything but `is_current`, which is the link's to say."""
    content = asdict(version)
    del content["is_current"]
    path.write_bytes(msgspec.json.encode(content) + b"\n")


def read_manifest(path: Path, *, is_current: bool) -> VersionInfo:
    """The version the file describes.

    Raises:
        WarehouseError: the file is missing or damaged.
    """
    try:
        version = msgspec.json.decode(path.read_bytes(), type=VersionInfo)
    except (OSError, msgspec.DecodeError) as error:
        raise WarehouseError.of(
            "version-damaged",
            f"Version {path.parent.name} has no readable {path.name}.",
            hint="Restore it from a backup, or remove the folder.",
        ) from error
    return replace(version, is_current=is_current)
