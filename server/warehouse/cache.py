"""Results that were computed before, by everything they depend on, bounded in bytes.

Used by `execute.py`. Invariant: published data is immutable, so an entry is exact for as
long as it is kept; the entries together never take more than the limit.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date

from server.results import ResultTable
from server.warehouse.protocol import BoundArgument


@dataclass(frozen=True, slots=True)
class ResultKey:
    """What a result depends on. Arguments carry their types: 1, True and 1.0 differ."""

    version: int
    sql: str
    arguments: tuple[tuple[str, BoundArgument], ...]
    """By name."""
    roles: frozenset[str]
    as_of: date
    limit_rows: int


class ResultCache:
    """The results used last. Not for threads: it lives on the event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._entries: OrderedDict[ResultKey, tuple[ResultTable, int]] = OrderedDict()
        self._used_bytes = 0

    @property
    def used_bytes(self) -> int:
        """What the kept results take, as estimated when they were put in."""
        return self._used_bytes

    def find(self, key: ResultKey) -> ResultTable | None:
        """The result, if it is kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: ResultKey, result: ResultTable, memory_bytes: int) -> None:
        """Keep `result` and drop those that were used longest ago to make room.

        One that would take more than a quarter of the room is not kept.
        """
        if memory_bytes > self._limit_bytes // 4:
            return
        known = self._entries.pop(key, None)
        if known is not None:
            self._used_bytes -= known[1]
        self._entries[key] = (result, memory_bytes)
        self._used_bytes += memory_bytes
        while self._used_bytes > self._limit_bytes:
            _, (_, freed_bytes) = self._entries.popitem(last=False)
            self._used_bytes -= freed_bytes
