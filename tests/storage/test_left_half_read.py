"""A connection that is closed in the middle of a statement holds no lock on the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from server.storage.sqlite import SqliteConnections


async def test_a_closed_connection_with_a_half_read_statement_lets_others_write(
    tmp_path: Path,
) -> None:
    file = tmp_path / "state.db"
    with sqlite3.connect(file, isolation_level=None) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE t (n INTEGER)")
    made.close()
    connections = SqliteConnections(file)
    left = await connections.connect(isolation_level=None)
    await left.execute("BEGIN")
    half_read = await left.execute("INSERT INTO t VALUES (1), (2) RETURNING n")
    await left.close()

    other = await connections.connect(isolation_level=None, timeout=0)
    await other.execute("INSERT INTO t VALUES (3)")  # "database is locked" where a lock is left
    rows = await other.execute_fetchall("SELECT n FROM t")
    await other.close()
    await connections.wait_stopped()

    assert [tuple(row) for row in rows] == [(3,)]
    assert half_read is not None  # kept alive until here, as a traceback keeps it
