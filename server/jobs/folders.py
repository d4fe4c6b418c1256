"""A parcel to files in a folder below `reports/delivered`.

Called by `deliver.py`. Invariant: a file is there whole or not at all, and nothing is written
outside of the folder, whatever a definition calls it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Final

from server.jobs.channels import DeliveryFailed, Parcel
from server.jobs.messages import to_plain_text
from server.warehouse.paths import Home

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class FolderChannel:
    """Puts files where other programs pick them up."""

    def __init__(self, home: Home) -> None:
        self._root = home.reports / "delivered"

    async def send(self, parcel: Parcel, recipient: str) -> None:
        """Return when the files are on the disk. Raises DeliveryFailed."""
        if not _NAME.fullmatch(recipient):
            raise DeliveryFailed("This is no name for a folder.", is_final=True)
        try:
            await asyncio.to_thread(self._copy, parcel, self._root / recipient)
        except OSError as error:
            raise DeliveryFailed(
                f"The files could not be written: {error.strerror or 'disk error'}."
            ) from error

    def _copy(self, parcel: Parcel, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for one in parcel.attachments:
            part = folder / f".{one.name}.part"
            shutil.copyfile(one.path, part)
            _finish(part, folder / one.name)
        if not parcel.attachments:
            digest = hashlib.sha256(parcel.key.encode()).hexdigest()[:12]
            part = folder / f".{digest}.part"
            part.write_text(to_plain_text(parcel.message), "utf-8")
            _finish(part, folder / f"alert-{digest}.txt")


def _finish(part: Path, target: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
