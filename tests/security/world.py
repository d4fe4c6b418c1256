"""The packaged model over a few rows that can be added up by hand, in a real DuckDB.

Used by the tests beside it. `partner` sees the deals and accounts that are not secret and
masked addresses; every secret row carries a CANARY text and an amount of 987654321.
Invariant: nothing here knows more of the model than its YAML says.
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import yaml

from semantic.catalog import build_catalog
from semantic.compiled import CompiledQuery, Principal, Value
from semantic.definitions import Catalog
from semantic.load import load_model
from semantic.pipeline import compile_sql

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
AS_OF: Final = date(2025, 2, 15)
CANARY_AMOUNT: Final = 987_654_321
OPEN: Final = Principal("anyone")
PARTNER: Final = Principal("partner", frozenset({"partner"}))

SPEC: Final = load_model([ROOT / "semantic" / "models" / "revenue.yml", HERE / "policies.yml"]).spec
CATALOG: Final = build_catalog(SPEC)

_OPPORTUNITIES: Final = """
opportunity_id BIGINT, account_name VARCHAR, opportunity_name VARCHAR, stage VARCHAR,
fiscal_period VARCHAR, amount DECIMAL(18,2), probability DECIMAL(5,2), close_date DATE,
created_date DATE, next_step VARCHAR, lead_source VARCHAR, opportunity_type VARCHAR,
primary_contact VARCHAR, account_id VARCHAR, contact_email VARCHAR, contact_title VARCHAR"""
_CONTACTS: Final = """
contact_id BIGINT, first_name VARCHAR, last_name VARCHAR, title VARCHAR, account_name VARCHAR,
email VARCHAR, account_id VARCHAR"""

_DEALS: Final = f"""
(1, 'Acme', 'SaaS: ERP Implementation', 'Closed Won', 'Q1-2025', 100.00, 100, DATE '2025-01-10', DATE '2024-11-01', 'Kick-off', 'Web', 'New Business', 'Ann', 'A1', 'ann@acme.test', 'CEO'),
(2, 'Acme', 'SaaS: HCM Upgrade Proposal', 'Negotiate', 'Q1-2025', 200.00, 80, DATE '2025-03-10', DATE '2024-12-01', 'Send contract', 'Web', 'Expansion', 'Ann', 'A1', 'ann@acme.test', 'CEO'),
(3, 'Acme', 'OCI: Compute Migration', 'Closed Lost', 'Q4-2024', 50.00, 0, DATE '2024-12-05', DATE '2024-09-01', NULL, 'Event', 'Renewal', NULL, 'A1', NULL, NULL),
(4, 'Berg', 'PaaS: Database Enhancement', 'Qualify', 'Q2-2025', 300.00, 10, DATE '2025-04-01', DATE '2025-01-01', 'Call', 'Referral', 'New Business', 'Bob', 'A2', 'bob@berg.test', 'VP Sales'),
(5, 'Berg', 'OCI: Storage Expansion Project', 'Propose', 'Q2-2025', 300.00, 50, DATE '2025-05-20', DATE '2025-02-10', 'Proposal', 'Cold Call', 'Expansion', 'Bob', 'A2', 'bob@berg.test', 'VP Sales'),
(6, 'Coro', 'No colon here', 'Closed Won', 'Q4-2024', 400.00, 100, DATE '2024-10-31', DATE '2024-10-01', 'Done', NULL, NULL, 'Cy', 'A3', 'cy@coro.test', 'Director of IT'),
(7, 'Coro', 'SaaS: CRM Adoption Initiative', 'Meet & Present', NULL, NULL, NULL, DATE '2025-02-28', NULL, 'Demo', 'Web', 'New Business', NULL, 'A3', NULL, NULL),
(8, NULL, 'OCI: Network Implementation', 'Qualify', 'Q1-2024', 25.50, 5, DATE '2024-02-29', DATE '2024-01-15', NULL, 'Social Media', 'Renewal', 'Di', NULL, NULL, 'Analyst'),
(9, 'CANARY-ACCOUNT', 'SaaS: CANARY-DEAL Migration', 'Closed Won', 'CANARY', {CANARY_AMOUNT}, 100, DATE '2025-01-20', DATE '2024-08-08', 'CANARY-STEP', 'CANARY-SOURCE', 'CANARY-TYPE', 'CANARY-PERSON', 'A9', 'CANARY@hidden.test', 'CANARY-TITLE'),
(10, 'CANARY-ACCOUNT', 'OCI: CANARY-DEAL2 Upgrade Proposal', 'Negotiate', 'CANARY', {CANARY_AMOUNT}, 75, DATE '2025-06-20', DATE '2024-08-09', 'CANARY-STEP', 'CANARY-SOURCE', 'CANARY-TYPE', 'CANARY-PERSON', 'A9', 'CANARY@hidden.test', 'CANARY-TITLE')"""
_ACCOUNTS: Final = (
    "('A1', 'Acme'), ('A2', 'Berg'), ('A3', 'Coro'), ('A4', 'Dune'), ('A9', 'CANARY-ACCOUNT')"
)
_PEOPLE: Final = """
(1, 'Ann', 'Arnold', 'CEO', 'Acme', 'ann@acme.test', 'A1'),
(2, 'Al', 'Abel', 'VP Sales', 'Acme', 'al@acme.test', 'A1'),
(3, 'Bob', 'Berger', 'VP Sales', 'Berg', 'bob@berg.test', 'A2'),
(4, 'Cy', 'Coe', 'Director of IT', 'Coro', 'cy@coro.test', 'A3'),
(5, 'Dee', NULL, NULL, 'Dune', NULL, 'A4'),
(6, 'Eve', 'Orphan', 'Analyst', NULL, 'eve@nowhere.test', NULL),
(7, 'CANARY-FIRST', 'CANARY-LAST', 'CFO', 'CANARY-ACCOUNT', 'CANARY2@hidden.test', 'A9')"""


def open_world() -> duckdb.DuckDBPyConnection:
    """The tables of the model in memory, with a table beside them that no model declares."""
    connection = duckdb.connect(config={"python_enable_replacements": False, "threads": 1})
    connection.execute("CREATE SCHEMA source")
    for name, columns, rows in (
        ("opportunities", _OPPORTUNITIES, _DEALS),
        ("accounts", "account_id VARCHAR, account_name VARCHAR", _ACCOUNTS),
        ("contacts", _CONTACTS, _PEOPLE),
        ("hr_salaries", "note VARCHAR", "('CANARY-SALARY')"),
    ):
        connection.execute(f"CREATE TABLE source.{name} ({columns})")
        connection.execute(f"INSERT INTO source.{name} VALUES {rows}")
    return connection


def compile_for(
    sql: str, principal: Principal = OPEN, limit_rows: int = 1000, catalog: Catalog = CATALOG
) -> CompiledQuery:
    """`sql` through parse, resolve and compile, as an engine worker does it."""
    return compile_sql(catalog, sql, principal=principal, limit_rows=limit_rows)


def run(
    engine: duckdb.DuckDBPyConnection, sql: str, principal: Principal = OPEN
) -> list[tuple[Value, ...]]:
    """The rows of a governed statement."""
    query = compile_for(sql, principal)
    return engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()


def load_corpus(name: str) -> dict[str, list[str]]:
    """The statements of a corpus file by class: a block has one on each line, a list is a list."""
    text = (HERE / "corpus" / f"{name}.yml").read_text(encoding="utf-8")
    classes: dict[str, str | list[str]] = yaml.safe_load(text)
    return {
        kind: given.splitlines() if isinstance(given, str) else given
        for kind, given in classes.items()
    }


def by_class(name: str) -> list[tuple[str, str]]:
    """Pairs of (class, statement) of a corpus file."""
    return [(kind, sql) for kind, statements in load_corpus(name).items() for sql in statements]
