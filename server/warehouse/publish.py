"""A finished build folder to the current version, in one atomic step.

Called by `ingest` at its end; `swap_current` also by roll back. Invariant: at every moment, even
when the power fails, `current` leads to a whole version, and no number is ever used twice.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.warehouse.errors import WarehouseError
from server.warehouse.locks import hold_lock
from server.warehouse.manifest import VersionInfo, write_manifest
from server.warehouse.paths import Home

_BUILD = ".build-"
_NEW_LINK = ".current-new"
_READ_ONLY = 0o444


def build_folder(home: Home, number: int) -> Path:
    """Where version `number` is built."""
    return home.warehouse / f"{_BUILD}{number}"


def clean_builds(home: Home) -> None:
    """Remove what killed loads left behind; the caller holds the ingest lock."""
    for path in home.warehouse.glob(f"{_BUILD}*"):
        shutil.rmtree(path)


def version_numbers(home: Home) -> list[int]:
    """The numbers of all versions kept, ascending."""
    if not home.warehouse.is_dir():
        return []
    return sorted(
        int(path.name)
        for path in home.warehouse.iterdir()
        if path.name.isascii() and path.name.isdigit() and path.is_dir()
    )


def next_number(home: Home) -> int:
    """A number above every version that ever existed; the caller holds the ingest lock."""
    counter = home.warehouse / ".last-number"
    last = int(counter.read_text("ascii")) if counter.exists() else 0
    return max([last, *version_numbers(home)]) + 1


@contextmanager
def hold_publish_lock(home: Home) -> Iterator[None]:
    """Hold the lock for the short moment in which versions come, go or become current."""
    with hold_lock(home.warehouse / ".publish.lock"):
        yield


def publish(home: Home, build: Path, version: VersionInfo) -> None:
    """Make the build the current version; the caller holds the ingest lock.

    Raises:
        WarehouseError: the engine left unwritten changes beside the file.
    """
    write_manifest(build / home.manifest(version.number).name, version)
    names = {home.database(version.number).name, home.model(version.number).name,
             home.manifest(version.number).name}  # fmt: skip
    if extra := {path.name for path in build.iterdir()} - names:
        raise WarehouseError.of(
            "build-not-closed",
            f"The build holds more than a version: {', '.join(sorted(extra))}.",
            hint="This is a fault of the program; please report it. Nothing was published.",
        )
    for path in build.iterdir():
        path.chmod(_READ_ONLY)
        _sync(path)
    _sync(build)
    with hold_publish_lock(home):
        _write_counter(home, version.number)
        build.rename(home.version(version.number))
        _sync(home.warehouse)
        swap_current(home, version.number)


def swap_current(home: Home, number: int) -> None:
    """Point `current` to the version; the caller holds the publish lock."""
    link = home.warehouse / _NEW_LINK
    link.unlink(missing_ok=True)
    link.symlink_to(str(number), target_is_directory=True)
    link.replace(home.current)
    _sync(home.warehouse)


def _write_counter(home: Home, number: int) -> None:
    new = home.warehouse / ".last-number-new"
    new.write_text(f"{number}\n", "ascii")
    _sync(new)
    new.replace(home.warehouse / ".last-number")


def _sync(path: Path) -> None:
    """Have the disk hold the file's content, or the folder's entries."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
