"""Audit records of the day to what its language models have cost, and each new answer on top.

Wired by `app.py`, asked by the planner before every completion. Invariant: what this process spent
is counted at once; what others spent is read from the store when a day begins here.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time
from typing import Any, Final

from server.planner.llm.budget import Spent
from server.snapshot import Clock
from server.storage.store import Store

USAGE: Final = "llm"
"""Key of an audit record's detail."""
_PAGE: Final = 500


class DayLedger:
    """What the questions of the current day (UTC) have spent."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._day: date | None = None
        self._spent = Spent()
        self._lock = asyncio.Lock()

    async def today(self) -> Spent:
        """The sum so far. Raises StoreError."""
        day = self._clock().astimezone(UTC).date()
        async with self._lock:
            if day != self._day:
                before = self._spent
                spent = await self._load(day)
                # Whatever was added while reading belongs to the new day.
                added = Spent(self._spent.tokens - before.tokens, self._spent.cost - before.cost)
                self._day, self._spent = day, spent + added
        return self._spent

    def add(self, spent: Spent) -> None:
        """One more completion."""
        self._spent += spent

    async def _load(self, day: date) -> Spent:
        start = datetime.combine(day, time(), UTC)
        total = Spent()
        before: int | None = None
        while records := await self._store.list_audit(limit=_PAGE, before_id=before):
            today = [record.event for record in records if record.event.at >= start]
            for event in today:
                total += _to_spent(event.detail.get(USAGE))
            if len(today) < len(records):
                break
            before = records[-1].id
        return total


def _to_spent(found: Any) -> Spent:
    if not isinstance(found, dict):
        return Spent()
    tokens = int(found.get("input_tokens") or 0) + int(found.get("output_tokens") or 0)
    return Spent(tokens, float(found.get("cost") or 0.0))
