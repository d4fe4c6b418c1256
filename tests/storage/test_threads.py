"""On SQLite a transaction runs in a thread: no lock and no thread outlives what asked for it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from server.storage.database import Database, parse_url, sqlite_url

LIMIT_S = 60
"""Reached only where the test fails."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with an empty table `t` of one column `n`."""
    path = tmp_path / "state.db"
    made = sqlite3.connect(path)
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE t (n INTEGER)")
    made.close()
    return path


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    opened = Database(parse_url(sqlite_url(file)))
    yield opened
    await opened.close()


class Held:
    """Work that writes a row, reads half of what comes back, and stops until it is let go on."""

    def __init__(self) -> None:
        self._inside = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, connection: Connection) -> str:
        connection.execute(text("INSERT INTO t VALUES (1), (2) RETURNING n"))
        self._inside.set()
        assert self.go_on.wait(LIMIT_S)
        return "done"

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._inside.wait, LIMIT_S)


def add_three(connection: Connection) -> None:
    connection.execute(text("INSERT INTO t VALUES (3)"))


def read(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM t")).scalars())


async def test_a_cancelled_transaction_writes_nothing_and_lets_others_write(
    database: Database,
) -> None:
    work = Held()
    task = asyncio.create_task(database.transaction(work))
    await work.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    after = asyncio.create_task(database.transaction(add_three))
    work.go_on.set()
    await after
    assert await database.transaction(read) == [3]


async def test_a_task_that_is_cancelled_while_it_commits_ends_with_the_commit(
    database: Database,
) -> None:
    committing, go_on = threading.Event(), threading.Event()

    def commit_slowly(_connection: Connection) -> None:
        committing.set()
        assert go_on.wait(LIMIT_S)

    def add_three_slowly(connection: Connection) -> None:
        event.listen(connection.engine, "commit", commit_slowly)
        add_three(connection)

    task = asyncio.create_task(database.transaction(add_three_slowly))
    assert await asyncio.to_thread(committing.wait, LIMIT_S)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=0.1)
    assert done == set()

    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.transaction(read) == [3]


async def test_a_transaction_that_is_cancelled_while_it_waits_for_a_thread_never_begins(
    database: Database,
) -> None:
    release, begun = threading.Event(), []

    def wait(_connection: Connection) -> None:
        assert release.wait(LIMIT_S)

    def note(_connection: Connection) -> None:
        begun.append(1)

    waiting = [asyncio.create_task(database.transaction(wait)) for _ in range(50)]
    late = asyncio.create_task(database.transaction(note))
    await asyncio.sleep(0)
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    release.set()
    await asyncio.gather(*waiting)
    await database.close()
    assert begun == []


async def test_who_reads_does_not_wait_for_those_who_wait_for_the_lock(
    database: Database, file: Path
) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writers = [asyncio.create_task(database.transaction(add_three)) for _ in range(2)]
    await asyncio.sleep(0)
    assert await database.transaction(read) == []
    other.execute("COMMIT")
    other.close()
    await asyncio.gather(*writers)
    assert await database.transaction(read) == [3, 3]


async def test_closing_waits_for_what_runs_while_the_loop_goes_on(file: Path) -> None:
    before = set(threading.enumerate())
    database = Database(parse_url(sqlite_url(file)))
    work = Held()
    task = asyncio.create_task(database.transaction(work))
    await work.reached()
    own = {one for one in set(threading.enumerate()) - before if one.name.startswith("state-store")}
    closing = asyncio.create_task(database.close())
    done, _ = await asyncio.wait({closing}, timeout=0.1)
    assert done == set()

    work.go_on.set()
    await closing
    assert await task == "done"
    assert len(own) == 1
    assert [one for one in own if one.is_alive()] == []
    # The last connection that is closed takes the log with it.
    assert [one.name for one in file.parent.iterdir()] == ["state.db"]
    left = sqlite3.connect(file)
    assert left.execute("SELECT n FROM t").fetchall() == [(1,), (2,)]
    left.close()
