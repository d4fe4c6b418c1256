"""A channel and what can go wrong in it: the seam between a run and those who get it.

Implemented by `mail.py`, `webhooks.py` and `folders.py`, called by `deliver.py`. Invariant: a
channel raises `DeliveryFailed` alone, and its sentence holds no password, path or full address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from server.jobs.messages import Message


class DeliveryFailed(Exception):
    """The message was not taken; `is_final` where trying again would not help."""

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        self.problem = problem
        self.is_final = is_final
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a run."""

    name: str
    media_type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one recipient gets."""

    key: str
    """The same for every try of one delivery, and for no other."""
    message: Message
    attachments: Sequence[Attachment] = ()


class Channel(Protocol):
    """A way to hand a parcel over."""

    async def send(self, parcel: Parcel, recipient: str) -> None:
        """Return when the other side has taken it. Raises DeliveryFailed."""
