"""API keys become rows, and rows become keys again; never the secret, only its digest.

Called by `server/keys.py`. Invariant: each method is one transaction; a revoked key is kept, so
that its name stays taken and the audit trail can be read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update

from server.storage.records import ApiKey
from server.storage.schedule_store import JobTables
from server.storage.tables import api_key


class KeyStore(JobTables):
    """All keys."""

    async def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        values = {
            "id": key.id,
            "name": key.name,
            "digest": key.digest,
            "roles": sorted(key.roles),
            "created_at": key.created_at,
        }
        await self._database.change(insert(api_key), values)

    async def find(self, key_id: str) -> ApiKey | None:
        """The key with that public id, also a revoked one."""
        rows = await self._database.fetch(select(api_key).where(api_key.c.id == key_id))
        return _to_key(rows[0]) if rows else None

    async def list(self) -> tuple[ApiKey, ...]:
        """All keys, the oldest first."""
        statement = select(api_key).order_by(api_key.c.created_at, api_key.c.id)
        return tuple(map(_to_key, await self._database.fetch(statement)))

    async def count_active(self) -> int:
        """How many keys open something."""
        statement = select(func.count()).select_from(api_key).where(api_key.c.revoked_at.is_(None))
        return int((await self._database.fetch(statement))[0][0])

    async def note_use(self, key_id: str, at: datetime, older_than: datetime) -> None:
        """Remember that the key was used, unless a use since `older_than` is known."""
        last = api_key.c.last_used_at
        statement = (
            update(api_key)
            .where(api_key.c.id == key_id, or_(last.is_(None), last < older_than))
            .values(last_used_at=at)
        )
        await self._database.change(statement)

    async def revoke(self, key_id: str, at: datetime) -> bool:
        """True where a key that opened something now opens nothing."""
        statement = (
            update(api_key)
            .where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        return bool(await self._database.change(statement))


def _to_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        digest=row.digest,
        roles=frozenset(row.roles),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
