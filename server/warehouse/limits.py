"""How much a load may take: sizes, memory, threads, and what counts as too bad to publish.

Made by the settings, read by ingest. Invariant: the defaults are safe on a small machine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """Bounds of one load."""

    file_bytes: int = 16 << 30
    """Largest input file."""
    record_bytes: int = 2_000_000
    """Longest record; a longer one is rejected."""
    memory_mb: int = 1024
    """Engine memory; beyond it the engine spills to the build folder."""
    threads: int = 0
    """Engine threads; 0 is one per core."""
    max_rejected_share: float = 1.0
    """A file with a larger share of rejected records fails the load; 1.0 never does."""
    allow_empty: bool = False
    """True lets a source end up without a row; otherwise that fails the load, because an empty
    export would silently replace good data."""
    wait: bool = True
    """True waits for another running load, False fails at once."""
