"""Migrate: bring a database of any earlier version, or an empty one, to this version's tables.

Called by `revenue migrate` and at the start of `revenue serve`, before anything is read.
Invariant: all of it happens, or none; processes that start at once take turns.
"""

from __future__ import annotations

import fcntl
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from server.storage.database import migrate_in_transaction, parse_url, translated_errors
from server.storage.errors import InvalidStoreUrl, StoreSchemaMismatch, StoreUnavailable
from server.storage.tables import metadata

VERSION_TABLE = "revenue_alembic_version"
"""Our own name: the database may be shared with another program that uses Alembic."""

LOCK_TIMEOUT_S = 60.0
"""How long a start waits for another process that migrates the same database."""

_LOCK_NOT_AVAILABLE = "55P03"
_ADVISORY_LOCK = 7_272_746_374_001
_LOCK_POLL_S = 0.1
# Alembic keeps the migration that runs in module globals, so one at a time in a process.
_ALEMBIC = threading.Lock()


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which revision to which; `before` is None for an empty database."""

    before: str | None
    after: str


def migrate(
    url: str, *, scripts: Path | None = None, lock_timeout_s: float = LOCK_TIMEOUT_S
) -> Migrated:
    """The revisions before and after; the database is at the newest one of `scripts`.

    Blocks; inside a running event loop call it in a thread, as `Store.migrate` does.

    Args:
        url: address of the database; a SQLite file and its folder are made where missing.
        scripts: folder of the migrations; by default the ones of this program.
        lock_timeout_s: how long to wait for another process that migrates the same database.

    Raises:
        InvalidStoreUrl: the address cannot be used.
        StoreSchemaMismatch: the database is newer than this program, or not its own.
        StoreUnavailable: not reached, refused, or locked for too long by another process.
    """
    parsed = parse_url(url)
    folder = scripts or find_scripts()
    is_file = parsed.get_backend_name() == "sqlite"
    file_lock = _locked_file(parsed, lock_timeout_s) if is_file else nullcontext()
    with _ALEMBIC, translated_errors(), file_lock:
        return migrate_in_transaction(
            parsed, lambda connection: _upgrade(connection, folder, lock_timeout_s)
        )


def find_scripts() -> Path:
    """The folder of the migrations, in an installed wheel or in a checkout.

    Raises:
        StoreSchemaMismatch: it was not installed with the program.
    """
    with resources.as_file(resources.files("server")) as server:
        for folder in (server / "_migrations", server.parent / "migrations"):
            if (folder / "env.py").is_file() and (folder / "versions").is_dir():
                return folder
    raise StoreSchemaMismatch(
        "The migrations of the state store are missing from this installation. Install the "
        "package again."
    )


def alembic_config(scripts: Path, connection: Connection) -> Config:
    """Alembic's settings for one connection; there is no alembic.ini. Prints nothing."""
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked_file(url: URL, timeout_s: float) -> Iterator[None]:
    """Hold the lock of a SQLite store while its file is made, set to WAL and migrated.

    A file of its own: closing any handle on the database itself would drop SQLite's locks.
    The system releases it when the process ends, however it ends.
    """
    database = Path(url.database or "")
    if database.is_dir():
        raise InvalidStoreUrl(
            "The address of the state store names a folder. Name a file in it, such as state.db."
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.migrating").open("ab") as handle:
        _lock(handle.fileno(), timeout_s)
        # Questions and numbers of the company: nobody else's to read.
        database.touch(mode=0o600, exist_ok=True)
        yield


def _lock(handle: int, timeout_s: float) -> None:
    for _ in range(int(timeout_s / _LOCK_POLL_S) + 1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_POLL_S)
        else:
            return
    raise _locked_out()


def _lock_postgresql(connection: Connection, timeout_s: float) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = {int(timeout_s * 1000)}"))
    try:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise _locked_out() from error
        raise


def _locked_out() -> StoreUnavailable:
    return StoreUnavailable(
        "Another process is migrating the state store and has not ended in time. Wait for it to "
        "end, or stop it, and start again."
    )


def _upgrade(connection: Connection, scripts: Path, lock_timeout_s: float) -> Migrated:
    if connection.dialect.name == "postgresql":
        _lock_postgresql(connection, lock_timeout_s)
    config = alembic_config(scripts, connection)
    before = _find_revision(connection)
    _check_revision(connection, ScriptDirectory.from_config(config), before)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreSchemaMismatch(
            "The migrations of this installation do not fit together. Install the package again; "
            "the state store was left as it was."
        ) from error
    _check_references(connection)
    return Migrated(before, _find_revision(connection) or "")


def _find_revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _check_revision(
    connection: Connection, directory: ScriptDirectory, revision: str | None
) -> None:
    if revision is None:
        foreign = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
        if foreign:
            raise StoreSchemaMismatch(
                f"The database has tables that this program did not make: {', '.join(foreign)}. "
                "Give the state store a database of its own; nothing was changed."
            )
        return
    known = [script.revision for script in directory.walk_revisions()]
    if revision not in known:
        raise StoreSchemaMismatch(
            f"The state store is at revision {revision!r}, which this version of the program does "
            f"not know; its newest is {known[0]!r}. A newer version has written it: install that "
            "version, or restore a backup. Nothing was changed."
        )


def _check_references(connection: Connection) -> None:
    # Foreign keys were off during the migration, so a row may have lost its parent.
    if (
        connection.dialect.name == "sqlite"
        and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    ):
        raise StoreSchemaMismatch(
            "The migration would have left rows without the row they belong to. It was rolled "
            "back; the state store is as it was. Report this as a bug."
        )
