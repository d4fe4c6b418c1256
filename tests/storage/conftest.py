"""Databases for the tests of the state store: each test runs on SQLite and on PostgreSQL.

Used by every test in this folder. Invariant: a test gets an empty database of its own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.storage.database import sqlite_url
from server.storage.records import Turn
from server.storage.store import Store
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

MOMENT = datetime(2025, 2, 15, 10, 12, 30, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, not yet migrated."""
    if request.param == "sqlite":
        # A path with everything that an address gives a meaning to.
        yield sqlite_url(tmp_path / "a folder 100% ours?#ü" / "state.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    asyncio.run(execute(server.url(), f"CREATE DATABASE {name}"))
    yield server.url(name)
    asyncio.run(execute(server.url(), f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    """A migrated, empty store."""
    async with Store.open(address) as opened:
        await opened.migrate()
        yield opened


async def execute(url: str, statement: str) -> None:
    """Run one statement as the server's operator would, past our own code."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def create(store: Store, name: str, at: datetime = MOMENT, owner: str | None = None) -> None:
    await store.create_conversation(name, owner=owner, title=f"about {name}", at=at)


async def append(store: Store, name: str, **given: Any) -> Turn:
    values: dict[str, Any] = {
        "owner": None,
        "question": "q",
        "status": "answered",
        "answer": {},
        "at": MOMENT,
        "elapsed_ms": 1.5,
    }
    return await store.append_turn(name, **{**values, **given})
