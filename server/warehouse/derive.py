"""Derived tables of the model (`tables:`) from loaded sources: one row per key.

Called by `ingest` after all sources are loaded. Invariant: the same files give the same rows in
the same order; for each column the first non-empty value in the order of parts and rows wins.
"""
# ruff: noqa: S608 - every name below goes through sql_text

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from semantic.spec import DerivedSpec, SemanticModelSpec
from semantic.types import INTEGER, DataType, parse_column_type
from server.warehouse.errors import WarehouseError
from server.warehouse.paths import CATALOG
from server.warehouse.sql_text import quote_name

# Rows of the second part come after all rows of the first; no part has 2^48 rows.
_PART_ROWS = 1 << 48


def check_derived(spec: SemanticModelSpec) -> None:
    """Do nothing where every derived table can be built.

    Raises:
        WarehouseError: a part names what does not exist, lacks the key, or types differ.
    """
    types = {
        source.name: {
            column.to: parse_column_type(column.type) for column in source.columns.values()
        }
        | ({source.row_id: INTEGER} if source.row_id else {})
        for source in spec.sources
    }
    for table in spec.tables:
        _check_table(table, types)


def _check_table(table: DerivedSpec, types: dict[str, dict[str, DataType]]) -> None:
    where = f"table '{table.name}'"
    found: dict[str, DataType] = {}
    for part in table.union:
        known = types.get(part.source)
        if known is None:
            raise WarehouseError.of(
                "unknown-source",
                f"There is no source '{part.source}'.",
                where=where,
                hint=f"Sources are: {', '.join(types)}.",
            )
        if table.key not in part.columns:
            raise WarehouseError.of(
                "key-missing",
                f"The part from '{part.source}' does not give the key '{table.key}'.",
                where=where,
                hint="Every part names the key among its columns.",
            )
        for target, column in part.columns.items():
            if column not in known:
                raise WarehouseError.of(
                    "unknown-column",
                    f"Source '{part.source}' has no column '{column}'.",
                    where=where,
                    hint=f"Its columns are: {', '.join(known)}.",
                )
            if found.setdefault(target, known[column]) != known[column]:
                raise WarehouseError.of(
                    "types-differ",
                    f"The parts give '{target}' as {found[target].to_sql()} and as"
                    f" {known[column].to_sql()}.",
                    where=where,
                    hint="Read both columns as the same type.",
                )


def create_derived(connection: duckdb.DuckDBPyConnection, table: DerivedSpec) -> None:
    """Create `revenue.source.<name>`; rows without a key do not count."""
    targets = list(dict.fromkeys(name for part in table.union for name in part.columns))
    parts = " UNION ALL ".join(_part_sql(at, table, targets) for at in range(len(table.union)))
    key = quote_name(table.key)
    others = [quote_name(name) for name in targets if name != table.key]
    first = ", ".join(
        f"arg_min({name}, place) FILTER (WHERE {name} IS NOT NULL) AS {name}" for name in others
    )
    connection.execute(
        f"CREATE TABLE {CATALOG}.source.{quote_name(table.name)} AS SELECT * EXCLUDE (place) FROM"
        f" (SELECT {key}{', ' if first else ''}{first}, min(place) AS place FROM ({parts})"
        f" WHERE {key} IS NOT NULL GROUP BY {key} ORDER BY place)"
    )


def _part_sql(at: int, table: DerivedSpec, targets: Sequence[str]) -> str:
    part = table.union[at]
    given = {name: quote_name(column) for name, column in part.columns.items()}
    columns = ", ".join(f"{given.get(name, 'NULL')} AS {quote_name(name)}" for name in targets)
    return (
        f"SELECT {columns}, rowid + {at * _PART_ROWS} AS place"
        f" FROM {CATALOG}.source.{quote_name(part.source)}"
    )
