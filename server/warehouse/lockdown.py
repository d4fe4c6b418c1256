"""A published file to a DuckDB connection that can read that file and do nothing else.

Called by the engine workers, which also prove the lock before they serve. Invariant: a
connection that got out of its lock, or whose settings differ from ours, is never used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

MIB: Final = 1024 * 1024


class LockdownBroken(Exception):
    """The engine could do something it must not; the service refuses to run queries.

    `breaks` says what succeeded. It is for the operator's log, never for an asker.
    """

    def __init__(self, breaks: tuple[str, ...]) -> None:
        self.breaks = breaks
        super().__init__(
            "The query engine is not locked down, so no query will run. It could: "
            + "; ".join(breaks)
            + ". Use the pinned duckdb release or report this."
        )


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What one engine process may use."""

    memory_mb: int = 1024
    """DuckDB's own memory limit, in MiB."""
    threads: int = 2
    address_space_mb: int = 4096
    """RLIMIT_AS of the process, in MiB; what DuckDB allocates beyond its own limit ends here."""


Opener = Callable[[Path, EngineLimits], duckdb.DuckDBPyConnection]


def open_locked(database: Path, limits: EngineLimits) -> duckdb.DuckDBPyConnection:
    """A read-only connection to `database` under the full lock.

    Raises:
        duckdb.Error: the file is missing or no database.
    """
    connection = duckdb.connect(
        str(database),
        read_only=True,
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
            "python_scan_all_frames": False,
            # No spilling: a spill folder is readable and writable from SQL.
            "temp_directory": "",
            "memory_limit": f"{limits.memory_mb}MiB",
            "threads": limits.threads,
            "max_expression_depth": 250,
        },
    )
    # The order matters: the second statement raises before the first, and nothing can be set
    # after the third. Without the second one the open file and its WAL stay readable and
    # *writable* from SQL, whatever the first one says.
    connection.execute("SET enable_external_access=false")
    connection.execute("SET disabled_filesystems='LocalFileSystem'")
    connection.execute("SET lock_configuration=true")
    return connection


_EXPECTED: Final[dict[str, Any]] = {
    "enable_external_access": False,
    "lock_configuration": True,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "python_scan_all_frames": False,
    "temp_directory": "",
    "max_expression_depth": 250,
    "access_mode": "read_only",
    "allowed_directories": [],
    "enable_logging": False,
}
# disabled_filesystems always reads back empty; the attempts below prove it.


# What must be refused, by what it would mean. {file} is the open database, {nowhere} a path
# below it that cannot exist.
_HARMLESS: Final = {
    "read the database file": "SELECT * FROM read_blob({file})",
    "read another file": "SELECT * FROM read_text('/proc/self/environ')",
    "read a file by name": "SELECT * FROM '/proc/self/status.csv'",
    "list a folder": "SELECT * FROM glob('/*')",
    "read standard input": "SELECT * FROM read_csv('/dev/stdin')",
    "read a Python variable": "SELECT * FROM python_table",
    "write a file": "COPY (SELECT 1) TO {nowhere}",
    "export the database": "EXPORT DATABASE {nowhere}",
    "attach the database again": "ATTACH {file} AS again",
    "attach a database in memory": "ATTACH ':memory:' AS scratch",
    "install an extension": "INSTALL httpfs",
    "load an extension": "LOAD httpfs",
    "change a limit": "SET GLOBAL threads=1",
    "change the memory limit": "SET memory_limit='64GB'",
    "unlock the configuration": "SET lock_configuration=false",
    "reset the configuration": "RESET lock_configuration",
    "allow external access": "SET enable_external_access=true",
    "create a table": "CREATE TABLE main.lock_probe(a INTEGER)",
}
# Only where all of the above was refused: these abort the process under a half lock.
_ABORTING: Final = {
    "log to a file": "CALL enable_logging('QueryLog', storage='file', storage_path={nowhere})",
    "profile to a file": "CALL enable_profiling(format='json', save_location={nowhere})",
}
# Only for a throw-away database. {wal} is its write-ahead log, {beside} a path in its folder.
_HARMFUL: Final = {
    "insert a row": "INSERT INTO main.kept VALUES (2)",
    "delete rows": "DELETE FROM main.kept",
    "drop a table": "DROP TABLE main.kept",
    "write beside the database": "COPY (SELECT 1) TO {beside}",
    "write the database's log": "COPY (SELECT 1) TO {wal} (USE_TMP_FILE false)",
    "overwrite the database": "COPY (SELECT 1) TO {file} (USE_TMP_FILE false)",
}


def lint_settings(connection: duckdb.DuckDBPyConnection, limits: EngineLimits) -> tuple[str, ...]:
    """Every setting that is not as `open_locked` left it, as short sentences; empty when fine."""
    expected = _EXPECTED | {"threads": limits.threads}
    names = [*expected, "memory_limit"]
    query = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)
    cursor = connection.cursor()
    try:
        row = cursor.execute(query).fetchone()
    finally:
        cursor.close()
    found = dict(zip(names, row or (), strict=True))
    breaks = [
        f"run with {name} = {found[name]!r} instead of {value!r}"
        for name, value in expected.items()
        if found[name] != value
    ]
    if not _is_near(_parse_bytes(found["memory_limit"]), limits.memory_mb * MIB):
        breaks.append(f"run with memory_limit = {found['memory_limit']}")
    return tuple(breaks)


def _parse_bytes(text: str) -> float:
    found = re.fullmatch(r"([\d.]+) (bytes?|KiB|MiB|GiB|TiB)", text)
    if found is None:
        return 0.0
    powers = {"KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}
    return float(found[1]) * 1024.0 ** powers.get(found[2], 0)


def _is_near(value: float, wanted: float) -> bool:
    """Settings are read back with one decimal ("1.0 GiB"), so a twentieth is equality."""
    return abs(value - wanted) <= wanted / 20


def find_breaks(
    connection: duckdb.DuckDBPyConnection, database: Path, limits: EngineLimits
) -> tuple[str, ...]:
    """What `connection` can do that it must not; empty when the lock holds.

    Nothing here harms `database` even where the lock is broken: writes aim at a folder that
    cannot exist, and what would change the file is only tried on a read-only connection.
    """
    breaks = lint_settings(connection, limits)
    if breaks:
        return breaks
    breaks = _succeeded(connection, _HARMLESS, database)
    return breaks or _succeeded(connection, _ABORTING, database)


def find_scratch_breaks(
    database: Path, limits: EngineLimits, opener: Opener = open_locked
) -> tuple[str, ...]:
    """What a connection by `opener` can do to a throw-away database made at `database`.

    Tries to overwrite it in every known way and looks whether its bytes changed: the attempts
    that must never be made on a published file.
    """
    maker = duckdb.connect(str(database))
    maker.execute("CREATE TABLE main.kept AS SELECT 1 AS a")
    maker.close()
    before = sha256(database.read_bytes()).digest()
    connection = opener(database, limits)
    try:
        breaks = find_breaks(connection, database, limits)
        breaks += _succeeded(connection, _HARMFUL, database)
    finally:
        connection.close()
    if sha256(database.read_bytes()).digest() != before:
        breaks = (*breaks, "change the database file")
    return breaks


def _succeeded(
    connection: duckdb.DuckDBPyConnection, attempts: Mapping[str, str], database: Path
) -> tuple[str, ...]:
    """The names of the attempts that were not refused for the right reason."""
    # Readable by its name in this frame where replacement scans are on.
    python_table = pa.table({"a": [1]})
    paths = {
        "file": _quote(database),
        "nowhere": _quote(database / "no-such-folder"),
        "wal": _quote(database.with_name(f"{database.name}.wal")),
        "beside": _quote(database.with_name("beside.csv")),
    }
    succeeded = []
    for name, template in attempts.items():
        cursor = connection.cursor()
        try:
            cursor.execute(template.format_map(paths)).fetchall()
        except duckdb.Error as error:
            # An attempt that fails for another reason (no such folder, no network, syntax)
            # was let through by the lock: it counts as a success.
            if not _is_refusal(error):
                succeeded.append(name)
        else:
            succeeded.append(name)
        finally:
            cursor.close()
    del python_table
    return tuple(succeeded)


def _is_refusal(error: duckdb.Error) -> bool:
    refusals = (duckdb.PermissionException, duckdb.InvalidInputException, duckdb.CatalogException)
    # Logging to a disabled file system is refused with the base class itself.
    return isinstance(error, refusals) or type(error) is duckdb.Error


def _quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
