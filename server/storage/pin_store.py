"""Pinned tiles become rows, and rows become pins again.

Called by `server/pins.py`. Invariant: each method is one transaction; nobody sees or removes a
pin of somebody else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, null, select, true

from server.storage.errors import JobNotFound
from server.storage.records import CONVERSATION_ID, Pin
from server.storage.schedule_store import JobTables
from server.storage.tables import pinned_tile


class PinStore(JobTables):
    """The pins of all owners. `owner` None is everybody: a server where nobody signs in."""

    async def add(self, pin: Pin) -> None:
        """Keep a new pin."""
        values = {
            "id": pin.id,
            "owner": pin.owner,
            "title": pin.title,
            "chart": pin.chart,
            "semantic_sql": pin.semantic_sql,
            "query": null() if pin.query is None else pin.query,
            "created_at": pin.created_at,
        }
        await self._database.change(insert(pinned_tile).values(values))

    async def list(self, owner: str | None) -> tuple[Pin, ...]:
        """The pins in the order they were made."""
        statement = (
            select(pinned_tile)
            .where(_is_visible(owner))
            .order_by(pinned_tile.c.created_at, pinned_tile.c.id)
        )
        return tuple(map(_to_pin, await self._database.fetch(statement)))

    async def count(self, owner: str | None) -> int:
        """How many pins there are."""
        statement = select(func.count()).select_from(pinned_tile).where(_is_visible(owner))
        return int((await self._database.fetch(statement))[0][0])

    async def remove(self, pin_id: str, owner: str | None) -> None:
        """Remove one pin.

        Raises:
            JobNotFound: there is none of this id for this owner.
        """
        if CONVERSATION_ID.fullmatch(pin_id):
            statement = delete(pinned_tile).where(pinned_tile.c.id == pin_id, _is_visible(owner))
            if await self._database.change(statement):
                return
        raise JobNotFound("pinned tile", pin_id)


def _is_visible(owner: str | None) -> ColumnElement[bool]:
    return true() if owner is None else pinned_tile.c.owner == owner


def _to_pin(row: Row[Any]) -> Pin:
    return Pin(
        id=row.id,
        owner=row.owner,
        title=row.title,
        chart=row.chart,
        semantic_sql=row.semantic_sql,
        query=row.query,
        created_at=row.created_at,
    )
