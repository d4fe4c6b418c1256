"""SQLite connections: a file that exists becomes connections whose threads end before the loop.

Called by `server.storage.database` alone, through SQLAlchemy's pool.
Invariant: never makes a file; after `wait_stopped` no thread reports to the event loop any more.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import aiosqlite

_ROWS_PER_FETCH = 64


class SqliteConnections:
    """Opens connections to one file and knows which of their threads are still stopping.

    The driver runs each connection in a thread. Where a connection cannot be opened, or the task
    that uses it is cancelled, the driver tells the thread to stop and does not wait for it; when
    the event loop is closed meanwhile, the thread dies with a traceback on the terminal.
    """

    def __init__(self, path: Path) -> None:
        # mode=rw: a store that was not migrated is an error, not a new and empty file.
        self._uri = f"{path.absolute().as_uri()}?mode=rw"
        self._stopping: set[asyncio.Future[Any]] = set()

    async def connect(self, *_arguments: Any, **options: Any) -> aiosqlite.Connection:
        """A new connection. Raises `sqlite3.Error` where the file cannot be opened."""

        def open_file() -> sqlite3.Connection:
            given = {**options, "uri": True, "factory": _RollingBack}
            connection: sqlite3.Connection = sqlite3.connect(self._uri, **given)
            return connection

        connection = _Connection(open_file, self._stopping)
        # As SQLAlchemy does for connections it opens: a forgotten one must not keep the process.
        connection._thread.daemon = True
        return await connection

    async def wait_stopped(self) -> None:
        """Return when every connection that was told to stop has stopped."""
        while self._stopping:
            await asyncio.wait(self._stopping)


class _RollingBack(sqlite3.Connection):
    """Ends its transaction when it is closed.

    A statement that a cancelled task left half read keeps a closed connection alive, and with it
    the lock on the file, until the garbage collector finds the task's traceback.
    """

    def close(self) -> None:
        """Roll back what was not committed, then close."""
        if self.in_transaction:
            self.rollback()
        super().close()


class _Connection(aiosqlite.Connection):
    def __init__(self, connector: Any, stopping: set[asyncio.Future[Any]]) -> None:
        super().__init__(connector, _ROWS_PER_FETCH)
        self._stopping = stopping

    def stop(self) -> asyncio.Future[Any] | None:
        future = super().stop()
        if future is not None:
            self._stopping.add(future)
            future.add_done_callback(self._stopping.discard)
        return future
