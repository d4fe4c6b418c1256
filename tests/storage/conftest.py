"""Databases for the tests of the state store: each test runs on SQLite and on PostgreSQL.

Used by every test in this folder. Invariant: a test gets an empty database of its own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from server.storage.database import sqlite_url
from server.storage.store import Store
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]


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
