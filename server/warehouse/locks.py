"""File locks that let several processes share one warehouse folder.

Used by ingest (one build at a time) and by every swap of the current version. Invariant:
the kernel frees a lock when its process dies, so a killed process never blocks the next one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.warehouse.errors import WarehouseError


@contextmanager
def hold_lock(
    path: Path, *, wait: bool = True, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the exclusive lock at `path`, which is created and never removed.

    Raises:
        WarehouseError: the lock is taken and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not wait:
                raise WarehouseError.of(
                    "ingest-running",
                    "Another load of this home is running.",
                    hint="Try again when it has finished.",
                ) from error
            if on_wait is not None:
                on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
