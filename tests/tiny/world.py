"""A shop small enough to add by hand: its model as YAML, its rows, a database that holds them.

Used by the oracle matrix, the golden files and the properties. Invariant: every row stands in
the drawing below; a number in a test can be checked with a pencil.

    regions    R1 North   R2 South   R3 West (nobody lives there)   R4 has no name

    customers  C1 Ann  gold    R1  credit 1000.00   since 2022-05-01
               C2 Bob  silver  R1          500.00         2023-01-15
               C3 Cid  gold    R2            -            2024-02-29   leap day
               C4 Dee  -       -             0.00         -            no tier, no region
               C5 Eve  silver  R9          250.00         2023-12-31   R9 does not exist

    orders      1 C1 2023-01-15  100.00 x1 paid web
                2 C1 2023-04-01   50.00 x2 paid shop    first day of a fiscal year from April
                3 C2 2023-12-31  200.00 x1 open web     a Sunday
                4 C2 2024-01-01  200.00 x3 paid web     a Monday; ties with 3
                5 C3 2024-02-29   75.50 x- lost -       leap day
                6 C3 2024-02-29   75.50 x- lost -       5 again, but for its number
                7 C1 2024-03-31     -   x4 paid shop    no amount
                8 C4 2024-04-01    0.00 x0 open web     nothing paid
                9 C9 2024-06-15  300.00 x1 paid web     C9 does not exist
               10 -  2024-06-16   40.00 x2 -    shop    nobody's
               11 C5 -            60.00 x1 paid web     no date
               12 C1 2025-02-10  120.00 x2 open shop    after months without orders

    visits      1 C1 2023-01-15  30 min bought      6 C3 2024-02-29   0 min bought
                2 C1 2023-03-10  10 min nothing     7 -  2024-05-05  20 min nothing
                3 C2 2024-01-01  45 min bought      8 C9 2024-06-15  25 min bought
                4 C2 2024-01-20   -     nothing     9 C5 2025-01-31   5 min nothing
                5 C2 2024-02-29  15 min -          10 C5 -            7 min bought

    balances    1 C1 main 2024-01-31 1000.00        6 C2 main 2024-02-29   50.00
                2 C1 side 2024-01-31   10.00        7 C2 main 2024-03-31     -
                3 C1 main 2024-02-15  800.00        8 C3 main 2024-04-30   70.00
                4 C1 side 2024-02-10   20.00        9 -  -    2024-06-30    5.00
                5 C1 main 2024-02-29  900.00       10 C4 side -            99.00
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import duckdb
import yaml

from semantic.catalog import build_catalog
from semantic.compiled import CompiledQuery, Principal
from semantic.definitions import Catalog
from semantic.pipeline import compile_sql
from semantic.spec import Month, SemanticModelSpec

AS_OF = date(2025, 2, 15)
Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]

COLUMNS: dict[str, dict[str, str]] = {
    "regions": {"region_id": "VARCHAR", "region_name": "VARCHAR"},
    "customers": {
        "customer_id": "VARCHAR",
        "customer_name": "VARCHAR",
        "tier": "VARCHAR",
        "region_id": "VARCHAR",
        "credit": "DECIMAL(18,2)",
        "signup_date": "DATE",
    },
    "orders": {
        "order_id": "BIGINT",
        "customer_id": "VARCHAR",
        "order_date": "DATE",
        "amount": "DECIMAL(18,2)",
        "quantity": "BIGINT",
        "status": "VARCHAR",
        "channel": "VARCHAR",
    },
    "visits": {
        "visit_id": "BIGINT",
        "customer_id": "VARCHAR",
        "visit_date": "DATE",
        "minutes": "BIGINT",
        "outcome": "VARCHAR",
    },
    "balances": {
        "balance_id": "BIGINT",
        "customer_id": "VARCHAR",
        "account": "VARCHAR",
        "day": "DATE",
        "balance": "DECIMAL(18,2)",
    },
}

_CELLS = {
    "regions": """
        R1 North
        R2 South
        R3 West
        R4 -""",
    "customers": """
        C1 Ann gold   R1 1000.00 2022-05-01
        C2 Bob silver R1  500.00 2023-01-15
        C3 Cid gold   R2    -    2024-02-29
        C4 Dee -      -     0.00 -
        C5 Eve silver R9  250.00 2023-12-31""",
    "orders": """
         1 C1 2023-01-15 100.00 1 paid web
         2 C1 2023-04-01  50.00 2 paid shop
         3 C2 2023-12-31 200.00 1 open web
         4 C2 2024-01-01 200.00 3 paid web
         5 C3 2024-02-29  75.50 - lost -
         6 C3 2024-02-29  75.50 - lost -
         7 C1 2024-03-31    -   4 paid shop
         8 C4 2024-04-01   0.00 0 open web
         9 C9 2024-06-15 300.00 1 paid web
        10 -  2024-06-16  40.00 2 -    shop
        11 C5 -           60.00 1 paid web
        12 C1 2025-02-10 120.00 2 open shop""",
    "visits": """
         1 C1 2023-01-15 30 bought
         2 C1 2023-03-10 10 nothing
         3 C2 2024-01-01 45 bought
         4 C2 2024-01-20  - nothing
         5 C2 2024-02-29 15 -
         6 C3 2024-02-29  0 bought
         7 -  2024-05-05 20 nothing
         8 C9 2024-06-15 25 bought
         9 C5 2025-01-31  5 nothing
        10 C5 -           7 bought""",
    "balances": """
         1 C1 main 2024-01-31 1000.00
         2 C1 side 2024-01-31   10.00
         3 C1 main 2024-02-15  800.00
         4 C1 side 2024-02-10   20.00
         5 C1 main 2024-02-29  900.00
         6 C2 main 2024-02-29   50.00
         7 C2 main 2024-03-31     -
         8 C3 main 2024-04-30   70.00
         9 -  -    2024-06-30    5.00
        10 C4 side -            99.00""",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar of a variant of the model; months count from 1."""

    fiscal_start: int = 4
    week_start: str = "monday"


APRIL = Calendar()
JANUARY_SUNDAY = Calendar(1, "sunday")
_MONTHS = get_args(Month)


def _parse(cell: str, type_: str) -> object:
    if cell == "-":
        return None
    if type_ == "BIGINT":
        return int(cell)
    if type_ == "DATE":
        return date.fromisoformat(cell)
    return Decimal(cell) if type_.startswith("DECIMAL") else cell


def tiny_tables() -> dict[str, list[Row]]:
    """The rows of the drawing, by table."""
    return {
        table: [
            {
                name: _parse(cell, type_)
                for cell, (name, type_) in zip(line.split(), columns.items(), strict=True)
            }
            for line in _CELLS[table].strip().splitlines()
        ]
        for table, columns in COLUMNS.items()
    }


def model_data() -> dict[str, Any]:
    """The model file as plain data, for tests that change it."""
    text = (Path(__file__).parent / "shop.yml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def to_catalog(data: dict[str, Any]) -> Catalog:
    """The catalog of a model given as plain data."""
    return build_catalog(SemanticModelSpec.model_validate(data))


@lru_cache(maxsize=8)
def catalog(calendar: Calendar = APRIL) -> Catalog:
    """The catalog of the shop in one calendar."""
    data = model_data()
    data["calendar"] = {
        "fiscal_year_start": _MONTHS[calendar.fiscal_start - 1],
        "week_start": calendar.week_start,
    }
    return to_catalog(data)


def connect(tables: Tables) -> duckdb.DuckDBPyConnection:
    """A database in memory with `tables` in schema `source`; the caller closes it."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE SCHEMA source")
    for table, columns in COLUMNS.items():
        listed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        connection.execute(f"CREATE TABLE source.{table} ({listed})")
        insert(connection, table, tables.get(table, ()))
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Add rows to a table."""
    if rows:
        marks = ", ".join("(" + ", ".join("?" for _ in COLUMNS[table]) + ")" for _ in rows)
        values = [row[name] for row in rows for name in COLUMNS[table]]
        connection.execute(f"INSERT INTO source.{table} VALUES {marks}", values)


def compile_(sql: str, model: Catalog, limit_rows: int = 10_000) -> CompiledQuery:
    """`sql` compiled for somebody without roles."""
    return compile_sql(model, sql, principal=Principal(), limit_rows=limit_rows)


def ask(
    connection: duckdb.DuckDBPyConnection, sql: str, model: Catalog | None = None
) -> list[tuple[Any, ...]]:
    """The rows that the semantic SQL gives."""
    query = compile_(sql, model or catalog())
    return connection.execute(query.sql, query.bind(AS_OF)).fetchall()
