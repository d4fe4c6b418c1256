"""Planted faults in a small DuckDB file are found, counted and placed; sound data proves.

    customers: id 1..3, region North, North, South      (right)
    orders:    number 1..6, customer 1, 1, 2, 3, 3, NULL    (right)
               state new, new, paid, paid, sent, sent
               total 10, 20, 30, 40, 50, 60; day 2024-01-01 .. 2024-01-06
Each test damages one of them by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from semantic.spec import SemanticModelSpec
from server.warehouse.check import prove
from server.warehouse.claims import Proof, Statement

MODEL = """
name: shop
sources:
  - {name: customers, files: [c.csv], columns: {Id: {to: id, type: integer}}}
  - {name: orders, files: [o.csv], columns: {Number: {to: number, type: integer}}}
models:
  - name: customers
    source: customers
    primary_key: id
    dimensions: [{name: id, type: number}, {name: region}]
  - name: orders
    source: orders
    primary_key: number
    dimensions:
      - {name: number, type: number}
      - {name: customer_id, type: number}
      - {name: state, order: [new, paid, sent], value_synonyms: {paid: [settled]}}
      - {name: day, type: time}
      - {name: size, expr: "CASE WHEN total < 30 THEN 'small' ELSE 'big' END", order: [small, big]}
relationships:
  - {name: order_customer, from: orders.customer_id, to: customers.id, type: many_to_one}
"""
SPEC = SemanticModelSpec.model_validate(yaml.safe_load(MODEL))
# As the compiler would write it: constants bound, never printed.
SIZE = Statement(
    "orders.size",
    "SELECT CASE WHEN total < $1 THEN $2 ELSE $3 END FROM revenue.source.orders",
    (30, "small", "big"),
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "revenue.duckdb")) as connection:
        connection.execute("""
            CREATE SCHEMA source;
            CREATE TABLE source.customers AS
                SELECT * FROM (VALUES (1, 'North'), (2, 'North'), (3, 'South')) AS t(id, region);
            CREATE TABLE source.orders AS SELECT * FROM (VALUES
                (1, 1, 'new', 10, DATE '2024-01-01'), (2, 1, 'new', 20, DATE '2024-01-02'),
                (3, 2, 'paid', 30, DATE '2024-01-03'), (4, 3, 'paid', 40, DATE '2024-01-04'),
                (5, 3, 'sent', 50, DATE '2024-01-05'), (6, NULL, 'sent', 60, DATE '2024-01-06')
            ) AS t(number, customer_id, state, total, day);
        """)
        yield connection


def proofs(
    connection: duckdb.DuckDBPyConnection,
    *statements: Statement,
    spec: SemanticModelSpec = SPEC,
    size: Statement | None = SIZE,
) -> dict[str, Proof]:
    given = {"orders.size": size} if size else {}
    found = prove(connection, spec, dimension_sql=given, statements=statements)
    assert len({proof.name for proof in found}) == len(found)
    return {proof.name: proof for proof in found}


def refuted(found: dict[str, Proof]) -> dict[str, tuple[str, int]]:
    return {proof.name: (proof.severity, proof.rows) for proof in found.values() if not proof.ok}


def test_sound_data_proves_every_claim(connection: duckdb.DuckDBPyConnection) -> None:
    found = proofs(connection)
    assert refuted(found) == {}
    assert set(found) == {
        "primary key of customers",
        "primary key of orders",
        "order of orders.state",
        "members of orders.state",
        "value synonyms of orders.state",
        "dates of orders.day",
        "order of orders.size",
        "members of orders.size",
        "one side of order_customer",
        "keys of order_customer",
    }
    assert found["dates of orders.day"].message == "6 dates from 2024-01-01 to 2024-01-06."
    assert found["keys of order_customer"].message == (
        "5 rows of orders matched with 'customers.id'. 1 row without one."
    )


# What is done to the data -> the claims refuted by it, with severity and rows.
FAULTS: list[tuple[str, dict[str, tuple[str, int]]]] = [
    (
        "INSERT INTO source.orders SELECT * FROM source.orders WHERE number IN (1, 2)",
        {"primary key of orders": ("error", 2)},
    ),
    (
        "UPDATE source.orders SET number = NULL WHERE number <= 3",
        {"primary key of orders": ("error", 3)},
    ),
    (
        "UPDATE source.orders SET number = if(number <= 2, NULL, 9) WHERE number <= 4",
        {"primary key of orders": ("error", 3)},
    ),
    (
        "INSERT INTO source.customers VALUES (1, 'East')",
        {"primary key of customers": ("error", 1), "one side of order_customer": ("error", 1)},
    ),
    (
        "UPDATE source.orders SET customer_id = 77 WHERE number IN (4, 5, 6)",
        {"keys of order_customer": ("warning", 3)},
    ),
    (
        "UPDATE source.orders SET state = 'payed' WHERE state = 'paid'",
        {
            "order of orders.state": ("warning", 1),
            "members of orders.state": ("warning", 1),
            "value synonyms of orders.state": ("warning", 1),
        },
    ),
    (
        "UPDATE source.orders SET state = NULL WHERE state = 'new'",
        {"order of orders.state": ("warning", 1)},
    ),
    (
        "UPDATE source.orders SET total = 100",
        {"order of orders.size": ("warning", 1)},
    ),
    (
        "UPDATE source.orders SET day = DATE '0024-01-01' WHERE number < 3",
        {"dates of orders.day": ("warning", 2)},
    ),
    (
        "UPDATE source.orders SET day = DATE 'infinity' WHERE number = 3",
        {"dates of orders.day": ("warning", 1)},
    ),
    (
        "UPDATE source.orders SET day = DATE '2100-12-31'",
        {},
    ),
    (
        "UPDATE source.orders SET day = NULL",
        {"dates of orders.day": ("warning", 0)},
    ),
]


@pytest.mark.parametrize("fault,expected", FAULTS)
def test_a_planted_fault_refutes_its_claims_and_no_others(
    connection: duckdb.DuckDBPyConnection, fault: str, expected: dict[str, tuple[str, int]]
) -> None:
    connection.execute(fault)
    assert refuted(proofs(connection)) == expected


def test_all_faults_are_found_at_once(connection: duckdb.DuckDBPyConnection) -> None:
    for fault, _ in FAULTS[:5]:
        connection.execute(fault)
    assert len(refuted(proofs(connection))) == 4


def test_messages_say_how_many_and_what_to_do(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE source.orders SET customer_id = 77 WHERE number IN (4, 5)")
    connection.execute("UPDATE source.orders SET state = 'payed' WHERE state = 'paid'")
    found = proofs(connection)
    assert found["keys of order_customer"].message.startswith(
        "2 rows of orders (of 6) with a 'customer_id' that 'customers.id' lacks (1 different);"
    )
    assert found["order of orders.state"].message == "No row has 'paid'. Did you mean 'payed'?"
    assert "lacks 'payed' (2 rows)" in found["members of orders.state"].message
    assert found["order of orders.state"].path == ("models", 1, "dimensions", 2, "order")
    assert found["keys of order_customer"].path == ("relationships", 0, "from")


def test_one_to_one_needs_both_sides_unique(connection: duckdb.DuckDBPyConnection) -> None:
    text = MODEL.replace("many_to_one", "one_to_one")
    spec = SemanticModelSpec.model_validate(yaml.safe_load(text))
    # Customers 1 and 3 have two orders each; the order without a customer repeats nobody.
    assert refuted(proofs(connection, spec=spec)) == {"other side of order_customer": ("error", 2)}


def test_a_relationship_over_computed_keys_is_proved_with_both_parameter_lists(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    text = MODEL.replace("from: orders.customer_id", "from: orders.size").replace(
        "{name: region}", '{name: region, expr: "upper(region)"}'
    )
    spec = SemanticModelSpec.model_validate(
        yaml.safe_load(text.replace("to: customers.id", "to: customers.region"))
    )
    region = Statement(
        "customers.region",
        "SELECT CASE WHEN id = $1 THEN $2 ELSE $3 || id END FROM revenue.source.customers",
        (1, "small", "other"),
    )
    found = prove(connection, spec, dimension_sql={"orders.size": SIZE, "customers.region": region})
    keys = next(proof for proof in found if proof.name == "keys of order_customer")
    assert (keys.ok, keys.rows) == (False, 4)  # 'small' is covered, the four 'big' are not


def test_a_missing_table_or_column_is_an_error_and_the_rest_is_still_proved(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("ALTER TABLE source.orders RENAME COLUMN state TO status")
    connection.execute("DROP TABLE source.customers")
    found = proofs(connection)
    assert refuted(found) == {
        "table of customers": ("error", 0),
        "column of orders.state": ("error", 0),
        "members of orders.state": ("error", 0),
        "one side of order_customer": ("error", 0),
        "keys of order_customer": ("error", 0),
    }
    assert "Did you mean 'status'?" in found["column of orders.state"].message
    assert "Run 'revenue ingest'" in found["table of customers"].message
    assert found["primary key of orders"].ok


def test_what_was_not_tried_is_not_called_proved(connection: duckdb.DuckDBPyConnection) -> None:
    found = proofs(connection, size=None)
    assert refuted(found) == {"members of orders.size": ("error", 0)}
    assert "could not be proved" in found["members of orders.size"].message.lower()


@pytest.mark.parametrize(
    "sql,parameters,words",
    [
        ("SELECT state::INTEGER FROM revenue.source.orders", (), "does not fit the type"),
        ("SELECT sum(state) FROM revenue.source.orders", (), "types of an expression"),
        ("SELECT nothing() FROM revenue.source.orders", (), "does not exist"),
        (
            "SELECT total / $1 FROM revenue.source.orders",
            (0.0,),
            "6 rows with an endless number",
        ),
    ],
)
def test_a_statement_that_cannot_be_trusted_is_refuted_without_engine_text(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: tuple[float, ...], words: str
) -> None:
    right = Statement("metric revenue", "SELECT sum(total) FROM revenue.source.orders")
    wrong = Statement("metric broken", sql, parameters, path=("models", 1, "metrics", 0))
    found = proofs(connection, wrong, right)
    assert list(refuted(found)) == ["metric broken"]
    assert words in found["metric broken"].message
    assert found["metric broken"].path == ("models", 1, "metrics", 0)
    assert not any(text in found["metric broken"].message for text in ("LINE", "Error", "orders"))


def test_proofs_run_on_a_published_read_only_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.close()
    with duckdb.connect(str(tmp_path / "revenue.duckdb"), read_only=True) as published:
        assert refuted(proofs(published)) == {}
