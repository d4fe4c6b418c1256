"""Two published versions to what changed between them, table by table.

Called by `server/data_views.py`. Reads only. Invariant: rows are compared whole, as they were
loaded from the CSVs: a changed row counts once as removed and once as added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from server.warehouse.paths import Home
from server.warehouse.versions import get_version, open_published

_HASHES = "SELECT hash({columns}) AS row_hash, count(*) AS copies FROM source.{table} GROUP BY ALL"


@dataclass(frozen=True, slots=True)
class TableChange:
    """What became of one table from one version to another."""

    source: str
    before: int
    """Rows in the first version."""
    after: int
    added: int
    """Rows of the second version that the first one does not have."""
    removed: int


def compare_tables(
    home: Home, before: int, after: int, tables: Mapping[str, Sequence[str]]
) -> list[TableChange]:
    """The change of each table; only columns that both versions have are compared.

    Args:
        tables: the columns that come from the CSV, by table.

    Raises:
        WarehouseError: there is no such version, or it cannot be opened.
    """
    for number in (before, after):
        get_version(home, number)
    shared = _shared_columns(home, (before, after), tables)
    old, new = (_read(home, number, shared) for number in (before, after))
    return [_to_change(name, old[name], new[name]) for name in tables]


def _shared_columns(
    home: Home, versions: Sequence[int], tables: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    found = {name: list(columns) for name, columns in tables.items()}
    for number in versions:
        with open_published(home.database(number)) as connection:
            there = connection.execute(
                "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'source'"
            ).fetchall()
        known = set(there)
        found = {
            name: [column for column in columns if (name, column) in known]
            for name, columns in found.items()
        }
    return found


def _read(
    home: Home, version: int, tables: Mapping[str, Sequence[str]]
) -> dict[str, dict[int, int]]:
    """Copies of each row by its hash. A table without shared columns has no row to compare."""
    with open_published(home.database(version)) as connection:
        return {name: _hashes(connection, name, columns) for name, columns in tables.items()}


def _hashes(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[int, int]:
    if not columns:
        return {}
    # Names of the model's own columns; quoted, and never the asker's.
    listed = ", ".join(f'CAST("{column}" AS VARCHAR)' for column in columns)
    statement = _HASHES.format(columns=listed, table=f'"{table}"')
    return dict(connection.execute(statement).fetchall())


def _to_change(source: str, old: Mapping[int, int], new: Mapping[int, int]) -> TableChange:
    added = sum(max(0, copies - old.get(key, 0)) for key, copies in new.items())
    removed = sum(max(0, copies - new.get(key, 0)) for key, copies in old.items())
    return TableChange(source, sum(old.values()), sum(new.values()), added, removed)
