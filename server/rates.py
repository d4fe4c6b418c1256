"""Who asked how often to whether he must wait.

Called by the access guard for requests that cost something. Invariant: bounded in memory; each
server process counts for itself.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from server.errors import AppError

_MOST: Final = 10_000


class TooManyRequests(AppError):
    """One client asked for more than one client may."""

    code = "too-many-requests"
    status = 429
    title = "Too many requests"

    @classmethod
    def after(cls, wait_s: int) -> TooManyRequests:
        """The refusal of a client that may go on in `wait_s` seconds."""
        error = cls(
            "You have asked for more than one client may in a minute.",
            hint=f"Wait {wait_s} second{'' if wait_s == 1 else 's'}, then go on.",
        )
        error.retry_after_s = wait_s
        return error


@dataclass(slots=True)
class Rates:
    """A bucket for each client that fills evenly; a request takes one from it."""

    per_minute: int
    """Requests one client may make in a minute, and at once; 0: as many as it likes."""
    now_s: Callable[[], float]
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str) -> None:
        """Count one request. Raises TooManyRequests, with the seconds to wait."""
        if self.per_minute == 0:
            return
        now = self.now_s()
        left, since = self._buckets.pop(client, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - since) * self.per_minute / 60)
        is_there = left >= 1
        self._buckets[client] = (left - 1 if is_there else left, now)
        while len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        if not is_there:
            raise TooManyRequests.after(math.ceil((1 - left) * 60 / self.per_minute))
