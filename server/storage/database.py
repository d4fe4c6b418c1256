"""Database: an address in the settings becomes transactions that behave alike on both databases.

Called by the stores and `migrate`; the only place that knows drivers, pragmas and their errors.
Invariant: what commits is on the disk; a driver's error leaves here as a `StoreError`.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Row, UpdateBase, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.selectable import TypedReturnsRows

from server.storage.errors import InvalidRecord, InvalidStoreUrl, StoreUnavailable

T = TypeVar("T")

_SQLITE = "sqlite"
_POSTGRESQL = "postgresql+asyncpg"
_DRIVERS = {
    _SQLITE: _SQLITE,
    # The driver of earlier versions: an address that names it stays good.
    "sqlite+aiosqlite": _SQLITE,
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    _POSTGRESQL: _POSTGRESQL,
}
_POSTGRESQL_OPTIONS = {"ssl", "sslmode"}
_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_CONNECT_TIMEOUT_S = 10.0
_STATEMENT_TIMEOUT_S = 30.0
# A few: one that waits for the file's lock must not stop those that read.
_THREADS = 4


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file, whatever characters its path holds."""
    return URL.create(_SQLITE, database=str(path)).render_as_string(hide_password=False)


def parse_url(url: str) -> URL:
    """The address with the driver this program uses.

    Raises:
        InvalidStoreUrl: not a file of SQLite or a database of PostgreSQL, or an option that
            cannot be honoured; the sentence repeats no part of the address but option names.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidStoreUrl(_expected("The address of the state store is not a URL.")) from error
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise InvalidStoreUrl(_expected("The state store cannot be kept in that kind of database."))
    parsed = parsed.set(drivername=driver)
    if not parsed.database:
        raise InvalidStoreUrl(_expected("The address of the state store names no database."))
    return _parse_sqlite(parsed) if driver == _SQLITE else _parse_postgresql(parsed)


def _expected(problem: str) -> str:
    return (
        f"{problem} Use sqlite:///path/to/state.db or "
        "postgresql://user:password@host:5432/database."
    )


def _parse_sqlite(url: URL) -> URL:
    database = url.database or ""
    # Each connection would see an empty database of its own, or lose everything at the end.
    if database.startswith((":memory:", "file:")):
        raise InvalidStoreUrl(_expected("The state store cannot be kept in memory."))
    _reject_options(url, set())
    return url


def _parse_postgresql(url: URL) -> URL:
    _reject_options(url, _POSTGRESQL_OPTIONS)
    # libpq calls sslmode what the driver calls ssl; nearly every hosted database hands it out.
    modes = set(url.query.values())
    if not modes:
        return url
    if len(modes) > 1 or not modes <= _SSL_MODES:
        usable = ", ".join(sorted(_SSL_MODES))
        raise InvalidStoreUrl(f"The address of the state store needs one sslmode of: {usable}.")
    return url.set(query={"ssl": modes.pop()})


def _reject_options(url: URL, known: set[str]) -> None:
    unknown = sorted(set(url.query) - known)
    if unknown:
        names = ", ".join(unknown)
        usable = ", ".join(sorted(known)) or "none"
        raise InvalidStoreUrl(
            f"The address of the state store has options that this program cannot honour: "
            f"{names}. Remove them; usable options: {usable}."
        )


def to_json(value: Any) -> str:
    """The JSON text of a value.

    ASCII only: so U+0000 and lone surrogates survive as escapes on both databases.

    Raises:
        TypeError, ValueError: the value is none of JSON's (a Decimal, a date, NaN).
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


_OPTIONS: Final[dict[str, Any]] = {
    "json_serializer": to_json,
    # Errors are logged with their cause; questions and answers are not for the log.
    "hide_parameters": True,
}


class Database:
    """The database behind one address, for the life of the server."""

    def __init__(self, url: URL) -> None:
        """Connect to nothing yet; that happens with the first transaction."""
        is_file = url.drivername == _SQLITE
        self._engine: _FileEngine | _ServerEngine = (_FileEngine if is_file else _ServerEngine)(url)

    async def transaction(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, committed; rolled back if it raises.

        `work` may run in a thread. Where the task is cancelled, what was written is rolled back,
        or, where the commit had begun, is there when the task ends; no lock stays behind.

        Raises:
            InvalidRecord: a value could not be bound, nothing was sent.
            StoreUnavailable: the database was not reached or refused.
        """
        with translated_errors():
            return await self._engine.run(work)

    async def fetch(
        self, statement: TypedReturnsRows[Any], given: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """All rows that one statement gives, committed; raises what `transaction` raises."""
        return await self.transaction(lambda connection: connection.execute(statement, given).all())

    async def change(self, statement: UpdateBase, given: Mapping[str, Any] | None = None) -> int:
        """How many rows one statement changed, committed; raises what `transaction` raises."""
        return await self.transaction(
            lambda connection: connection.execute(statement, given).rowcount
        )

    async def close(self) -> None:
        """Wait for transactions that run, then close every connection; none can follow."""
        await self._engine.close()


class _FileEngine:
    """SQLite: a whole transaction is one job of a thread.

    A driver that hops to a thread for each of its calls costs some twenty hops a transaction.
    """

    def __init__(self, url: URL) -> None:
        # mode=rw: a store that was not migrated is an error, not a new and empty file.
        address = f"{Path(url.database or '').absolute().as_uri()}?mode=rw"

        def connect() -> sqlite3.Connection:
            # The pool hands a connection from thread to thread, to one at a time.
            return sqlite3.connect(address, uri=True, check_same_thread=False)

        self._engine = create_engine(url, creator=connect, pool_size=_THREADS, **_OPTIONS)
        _prepare_sqlite(self._engine, foreign_keys=True, begin="BEGIN")
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="state-store")

    async def run(self, work: Callable[[Connection], T]) -> T:
        # Taken by the thread that commits, or by the cancelled task that has it rolled back.
        decision = threading.Lock()

        def transact() -> T:
            with self._engine.begin() as connection:
                result = work(connection)
                if not decision.acquire(blocking=False):
                    # Rolls back. Nobody waits for it: a claim, say, would be held by no one.
                    raise asyncio.CancelledError
                return result

        job = self._threads.submit(transact)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if not decision.acquire(blocking=False):
                # Soon over, and until then whoever looks sees what will not stay.
                await asyncio.gather(asyncio.wrap_future(job), return_exceptions=True)
            raise

    async def close(self) -> None:
        def stop() -> None:
            self._threads.shutdown()
            self._engine.dispose()

        # A thread may wait for the file's lock; the loop must not wait with it.
        await asyncio.to_thread(stop)


class _ServerEngine:
    """PostgreSQL: the driver runs in the loop."""

    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(
            url,
            connect_args={"timeout": _CONNECT_TIMEOUT_S, "command_timeout": _STATEMENT_TIMEOUT_S},
            # A database that was restarted costs a new connection, not a failed question.
            pool_pre_ping=True,
            **_OPTIONS,
        )

    async def run(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()


def migrate_in_transaction(url: URL, work: Callable[[Connection], T]) -> T:
    """What `work` returns on a connection of its own, committed; rolled back if it raises.

    For migrations: no time limit on a statement, and on SQLite foreign keys are not enforced.
    Blocks, and must not be called where an event loop is running.
    """
    if url.drivername == _SQLITE:
        engine = create_engine(url, poolclass=NullPool)
        # A migration rebuilds a table by copying and dropping it. With foreign keys on, the
        # drop would cascade and delete the rows of every child table.
        _prepare_sqlite(engine, foreign_keys=False, begin="BEGIN IMMEDIATE")
        with engine.begin() as connection:
            return work(connection)
    return asyncio.run(_migrate_postgresql(url, work))


async def _migrate_postgresql(url: URL, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        url, poolclass=NullPool, connect_args={"timeout": _CONNECT_TIMEOUT_S}
    )
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def _prepare_sqlite(engine: Engine, *, foreign_keys: bool, begin: str) -> None:
    def connect(connection: Any, _record: Any) -> None:
        # The driver's own BEGIN comes late and never before DDL; transactions start below.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {int(_STATEMENT_TIMEOUT_S * 1000)}")
            cursor.execute("PRAGMA journal_mode = WAL")
            # NORMAL would lose the last commits with the power; a turn is written once a question.
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        except sqlite3.Error:
            # The pool does not know it yet, so nobody else would.
            connection.close()
            raise
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", start)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn a driver's errors inside the block into `StoreError`s.

    Raises:
        InvalidRecord: a value could not be bound, nothing was sent.
        StoreUnavailable: the database was not reached or refused.
    """
    try:
        yield
    except StatementError as error:
        if not isinstance(error, DBAPIError):
            raise InvalidRecord(
                "The record holds a value that the state store cannot keep unchanged. Give JSON "
                "values only (no NaN, dates as text) and datetimes with a time zone."
            ) from error
        raise _unavailable() from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise _unavailable() from error


def _unavailable() -> StoreUnavailable:
    return StoreUnavailable(
        "The state store could not be read or written. Check that its database is running, "
        "reachable and not full, and that `revenue migrate` has been run; then try again."
    )
