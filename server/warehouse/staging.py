"""Uploaded files to a folder that looks like the data folder will, then into the data folder.

Called by uploads. Invariant: until `adopt` the data folder is untouched; `adopt` takes over
all files or puts everything back; replaced files are kept aside.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from server.warehouse.errors import WarehouseError

_PREFIX: Final = ".upload-"
_REPLACED: Final = ".replaced"


@dataclass(frozen=True, slots=True)
class Staging:
    """A hidden folder inside the data folder, so that files move by renaming."""

    data: Path
    folder: Path

    @classmethod
    def make(cls, data: Path) -> Staging:
        """An empty staging folder; what killed uploads left behind is removed.

        Raises:
            WarehouseError: the data folder cannot be written.
        """
        try:
            for stale in data.glob(f"{_PREFIX}*"):
                shutil.rmtree(stale)
            return cls(data, Path(tempfile.mkdtemp(prefix=_PREFIX, dir=data)))
        except OSError as error:
            raise _not_writable() from error

    def link_existing(self, skip: Sequence[str]) -> None:
        """Put every regular file of the data folder here as well, except `skip`."""
        skipped = set(skip)
        for folder, folders, files in os.walk(self.data):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                path = Path(folder) / name
                relative = path.relative_to(self.data)
                if name.startswith(".") or relative.as_posix() in skipped or path.is_symlink():
                    continue
                target = self.folder / relative
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(path, target)

    def write(self, name: str, content: BinaryIO) -> None:
        """Write an uploaded file here, down to the disk.

        Raises:
            WarehouseError: there is no room for it.
        """
        try:
            with (self.folder / name).open("xb") as stream:
                shutil.copyfileobj(content, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _not_writable() from error

    def adopt(self, names: Sequence[str], replaced: Sequence[str], label: str) -> None:
        """Move `names` from here into the data folder, and `replaced` out of it.

        Raises:
            WarehouseError: a file could not be moved; the data folder is as it was.
        """
        kept = self.data / _REPLACED / label
        undo: list[Callable[[], object]] = []
        try:
            for name in replaced:
                aside = kept / name
                aside.parent.mkdir(parents=True, exist_ok=True)
                (self.data / name).rename(aside)
                undo.append(partial(aside.rename, self.data / name))
            for name in names:
                (self.folder / name).rename(self.data / name)
                undo.append((self.data / name).unlink)
        except OSError as error:
            for step in reversed(undo):
                with suppress(OSError):
                    step()
            raise _not_writable() from error

    def remove(self) -> None:
        """Remove the folder and what is left in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:
        # Some file systems have no hard links.
        shutil.copy2(path, target)


def _not_writable() -> WarehouseError:
    return WarehouseError.of(
        "data-folder",
        "The data folder cannot be written.",
        hint="Check free space and permissions, then upload again.",
    )
