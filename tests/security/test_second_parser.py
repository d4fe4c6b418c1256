"""R4: DuckDB's own parser sees one planned SELECT, or the statement is not run."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import re
from dataclasses import replace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.compiled import CompiledQuery
from server.warehouse.second_parser import EmittedSqlRefused, check_statement
from tests.security.world import by_class, compile_for

PLANNED = [compile_for(sql) for _, sql in by_class("benign")]

# What a broken emitter might write: each is put into a planned statement.
RELATIONS = (
    "source.hr_salaries", "hr_salaries", "main.opportunities", "memory.source.opportunities",
    "information_schema.tables", "duckdb_tables()", "read_csv('/etc/passwd')", "'/etc/passwd'",
    '"/etc/passwd"', "query('SELECT 1')", "query_table('x')", "range(10)", "pragma_version()",
    "(SHOW TABLES)", "(VALUES (1)) v", "(FROM duckdb_settings())", "(DESCRIBE source.opportunities)",
    "source.opportunities TABLESAMPLE 10%", "source.opportunities AT (VERSION => 1)",
    "(PIVOT source.opportunities ON stage USING count(*))", "glob('/*')", "unnest([1, 2])",
)  # fmt: skip
EXPRESSIONS = (
    "(SELECT max(note) FROM source.hr_salaries)", "getenv('HOME')", "current_setting('threads')",
    "read_text('/etc/passwd')", "repeat('x', 100)", "nextval('s')", "error('x')", "version()",
    "list_transform([1], lambda x: x)", "COLUMNS('x')", "[x for x in [1]]", "random()", "hash(1)",
    "pg_catalog.version()", "system.main.lower('x')", "1 ^ 2", "@ 1", "'a' ~ 'b'",
    "'a' COLLATE nocase", "$99", "$name", "(SELECT 1 FROM duckdb_tables())", "regexp_matches('a', 'b')",
    "write_log('x')", "printf('%d', 1)", "format('{}', 1)", "lpad('x', 9, 'y')", "sleep_ms(1)",
)  # fmt: skip
STATEMENTS = (
    "DROP TABLE source.opportunities", "DELETE FROM source.opportunities", "CREATE TABLE x (a INTEGER)",
    "INSERT INTO source.accounts VALUES (1, 2)", "UPDATE source.accounts SET account_id = 1",
    "COPY source.accounts TO 'x.csv'", "ATTACH 'x.db'", "SET threads = 1", "PRAGMA version",
    "INSTALL httpfs", "LOAD httpfs", "EXPORT DATABASE 'x'", "CALL pragma_version()", "USE main",
    "SHOW TABLES", "DESCRIBE source.accounts", "SUMMARIZE source.accounts", "CHECKPOINT", "BEGIN",
    "EXPLAIN SELECT 1", "PREPARE p AS SELECT 1", "VACUUM", "ALTER TABLE source.accounts RENAME TO b",
    "CREATE TEMP VIEW opportunities AS SELECT 1", "CREATE MACRO sum(x) AS 0", "SET VARIABLE x = 1",
    "WITH d AS (DELETE FROM source.accounts RETURNING *) SELECT * FROM d", "",
    "FROM source.hr_salaries", "SELECT note FROM source.hr_salaries",
)  # fmt: skip


def refused(parser: duckdb.DuckDBPyConnection, query: CompiledQuery, sql: str) -> bool:
    try:
        check_statement(parser, replace(query, sql=sql))
    except EmittedSqlRefused:
        return True
    return False


def test_every_planned_statement_passes(parser: duckdb.DuckDBPyConnection) -> None:
    for query in PLANNED:
        check_statement(parser, query)


@settings(max_examples=150)
@given(st.sampled_from(PLANNED), st.sampled_from(RELATIONS))
def test_another_relation_is_refused(
    parser: duckdb.DuckDBPyConnection, query: CompiledQuery, relation: str
) -> None:
    sql = re.sub(r"\bsource\.\w+", relation, query.sql, count=1)
    if sql != query.sql:
        assert refused(parser, query, sql), sql
    assert refused(parser, query, f"SELECT 1 FROM ({query.sql}) AS t, {relation}"), relation


@settings(max_examples=150)
@given(st.sampled_from(PLANNED), st.sampled_from(EXPRESSIONS))
def test_another_expression_is_refused(
    parser: duckdb.DuckDBPyConnection, query: CompiledQuery, expression: str
) -> None:
    for sql in (
        f"SELECT {expression} FROM ({query.sql}) AS t",
        f"SELECT 1 FROM ({query.sql}) AS t WHERE {expression} IS NULL",
        f"SELECT 1 FROM ({query.sql}) AS t ORDER BY {expression}",
        f"SELECT 1 FROM ({query.sql}) AS t LIMIT (SELECT {expression})",
        f"SELECT sum(1) OVER (ORDER BY {expression}) FROM ({query.sql}) AS t",
        f"WITH x AS (SELECT {expression}) SELECT 1 FROM ({query.sql}) AS t",
    ):
        assert refused(parser, query, sql), sql


@settings(max_examples=120)
@given(st.sampled_from(PLANNED), st.sampled_from(STATEMENTS))
def test_another_statement_is_refused(
    parser: duckdb.DuckDBPyConnection, query: CompiledQuery, statement: str
) -> None:
    assert refused(parser, query, statement)
    if statement:
        assert refused(parser, query, f"{query.sql}; {statement}")
        assert refused(parser, query, f"{statement}; {query.sql}")
        assert refused(parser, query, f"{query.sql} UNION ALL {statement}")


@pytest.mark.parametrize("cut", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_statement_cut_short_is_refused_or_still_planned(
    parser: duckdb.DuckDBPyConnection, cut: float
) -> None:
    """A prefix that parses reads planned tables with planned functions: nothing was added."""
    for query in PLANNED:
        sql = query.sql[: int(len(query.sql) * cut)]
        if not refused(parser, query, sql):
            assert set(re.findall(r"\bsource\.\w+", sql)) <= query.tables
