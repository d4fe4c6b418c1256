"""The published versions of a home: which there are, which is current, back to an earlier one.

Called by the API, the CLI and the engine workers. Invariant: the current version is never
removed, and going back is a swap like every publish: nothing is built or changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from server.warehouse.errors import WarehouseError
from server.warehouse.manifest import VersionInfo, read_manifest
from server.warehouse.paths import Home
from server.warehouse.publish import hold_publish_lock, swap_current, version_numbers

_PRUNED = ".pruned-"

# DuckDB refuses to open one file twice in a process with different settings, so every reader of
# published files in the API process uses these.
_READER: Final[dict[str, Any]] = {
    "memory_limit": "256MB",
    "threads": 1,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


def current_version(home: Home) -> int | None:
    """The number of the current version, or None before the first publish; reads one link."""
    try:
        target = home.current.readlink().name
    except OSError:
        return None
    return int(target) if target.isascii() and target.isdigit() else None


def list_versions(home: Home) -> list[VersionInfo]:
    """Every version kept, newest first.

    Raises:
        WarehouseError: a version's manifest is damaged.
    """
    current = current_version(home)
    return [
        read_manifest(home.manifest(number), is_current=number == current)
        for number in reversed(version_numbers(home))
    ]


def get_version(home: Home, number: int) -> VersionInfo:
    """One version.

    Raises:
        WarehouseError: it does not exist or is damaged.
    """
    if number not in version_numbers(home):
        raise _no_version(home, number)
    return read_manifest(home.manifest(number), is_current=number == current_version(home))


def rollback(home: Home, to: int | None = None) -> VersionInfo:
    """Make version `to` current, by default the one before the current one; returns it.

    Raises:
        WarehouseError: there is no such version, or nothing before the current one.
    """
    with hold_publish_lock(home):
        numbers = version_numbers(home)
        if to is None:
            current = current_version(home) or 0
            to = max((number for number in numbers if number < current), default=None)
            if to is None:
                raise WarehouseError.of(
                    "no-earlier-version",
                    "There is no earlier version to go back to.",
                    hint=_kept(numbers),
                )
        if to not in numbers or not home.database(to).is_file():
            raise _no_version(home, to)
        version = read_manifest(home.manifest(to), is_current=True)
        swap_current(home, to)
    return version


def prune(home: Home, keep: int) -> list[int]:
    """Remove all but the newest `keep` versions and the current one; returns what went.

    Who has a removed version open keeps reading it until it is closed.
    """
    if keep < 1:
        raise WarehouseError.of(
            "keep-too-few", "At least one version is kept.", hint="Give 1 or more."
        )
    with hold_publish_lock(home):
        for leftover in home.warehouse.glob(f"{_PRUNED}*"):
            shutil.rmtree(leftover)
        current = current_version(home)
        gone = [number for number in version_numbers(home)[:-keep] if number != current]
        for number in gone:
            # Renamed first: a version is there whole or not at all.
            shutil.rmtree(home.version(number).rename(home.warehouse / f"{_PRUNED}{number}"))
    return gone


@contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A short-lived read-only connection to one published file.

    Raises:
        WarehouseError: the file is missing or is no database.
    """
    try:
        connection = duckdb.connect(str(path), read_only=True, config=_READER)
    except duckdb.Error as error:
        raise WarehouseError.of(
            "version-damaged",
            f"The database of version {path.parent.name} cannot be opened.",
            hint="Go back to another version, or restore this one from a backup.",
        ) from error
    try:
        yield connection
    finally:
        connection.close()


def _no_version(home: Home, number: int) -> WarehouseError:
    return WarehouseError.of(
        "unknown-version",
        f"There is no version {number}.",
        hint=_kept(version_numbers(home)),
    )


def _kept(numbers: list[int]) -> str:
    if not numbers:
        return "Nothing has been published yet; run 'revenue ingest'."
    return f"Kept are: {', '.join(map(str, numbers))}."
