"""The real steps end to end: semantic SQL over a real ingest, through the real worker."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from semantic.compiled import CompiledQuery, Principal
from semantic.issues import SemanticError
from server.warehouse import production
from server.warehouse.execute import Warehouse
from server.warehouse.lockdown import EngineLimits, open_locked
from server.warehouse.paths import Home
from server.warehouse.pool import EngineSettings
from server.warehouse.second_parser import EmittedSqlRefused, check_statement
from server.warehouse.steps import find_steps
from tests.homes import open_warehouse, revenue_spec, tiny_home  # noqa: F401 - fixtures

AS_OF = date(2025, 2, 15)
STAGES = "SELECT stage, MEASURE(deal_count) AS n FROM opportunities GROUP BY stage"


async def ask(warehouse: Warehouse, sql: str) -> dict[object, object]:
    table = await warehouse.run(sql, as_of=AS_OF, principal=Principal(), limit_rows=100)
    return {row[0]: row[1] for row in table.rows}


def test_the_default_steps_are_the_product_s() -> None:
    steps = find_steps(EngineSettings().steps)
    assert steps is production.STEPS
    assert steps.check is check_statement
    assert steps.open is open_locked


async def test_semantic_sql_is_answered_and_anything_else_is_not(
    tiny_home: Home,  # noqa: F811
) -> None:
    async with open_warehouse(tiny_home) as warehouse:
        counts = await ask(warehouse, STAGES)
        assert counts["Closed Won"] == 3
        assert sum(int(str(count)) for count in counts.values()) == 13
        for sql in (
            "SELECT * FROM source.opportunities",
            "SELECT * FROM read_text('/etc/passwd')",
            "COPY (SELECT 1) TO 'x'",
            "CREATE TEMP VIEW opportunities AS SELECT 1",
            "SELECT * FROM duckdb_settings()",
        ):
            with pytest.raises(SemanticError):
                await ask(warehouse, sql)
        assert await ask(warehouse, STAGES) == counts


async def test_every_statement_of_the_product_is_what_its_plan_says(
    tiny_home: Home,  # noqa: F811
) -> None:
    """A statement with one table or function more than its plan lists must not pass."""
    model = (tiny_home.warehouse / "current" / "model.json").read_bytes()
    catalog = production.load_catalog(model, ())
    query = production.STEPS.compile(
        catalog, STAGES, principal=Principal(), limit_rows=10, arguments={}
    )
    connection = open_locked(
        tiny_home.warehouse / "current" / "revenue.duckdb", EngineLimits(memory_mb=256)
    )
    cursor = connection.cursor()
    try:
        check_statement(cursor, query)
        for forged in (
            _replaced(query, f"SELECT * FROM ({query.sql}) UNION ALL SELECT * FROM meta.rejects"),
            _replaced(query, f"SELECT repeat('x', 9) FROM ({query.sql})"),
            _replaced(query, f"{query.sql}; SELECT 1"),
        ):
            with pytest.raises(EmittedSqlRefused):
                check_statement(cursor, forged)
        assert isinstance(cursor, duckdb.DuckDBPyConnection)
    finally:
        connection.close()


def _replaced(query: CompiledQuery, sql: str) -> CompiledQuery:
    return CompiledQuery(
        semantic_sql=query.semantic_sql,
        sql=sql,
        parameters=query.parameters,
        columns=query.columns,
        lineage=query.lineage,
        tables=query.tables,
        functions=query.functions,
    )
