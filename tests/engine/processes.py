"""The engine workers of one test, told from those of pools that other tests keep open.

Used by the tests of the pool. Invariant: a worker that lived before the test began is none of
the test's.
"""

from __future__ import annotations

import os
from pathlib import Path

_before: set[int] = set()


def forget_living_workers() -> None:
    """Called before each test: what lives now belongs to somebody else."""
    _before.clear()
    _before.update(_children())


def worker_pids() -> set[int]:
    """The engine workers that were started since, zombies included."""
    return _children() - _before


def _children() -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "status").read_text(encoding="utf-8")
        except OSError:
            continue
        if f"PPid:\t{os.getpid()}\n" in status and "Name:\tpython" in status:
            found.add(int(entry.name))
    return found
