"""Raw hostile SQL, run in a real worker as if every layer above had failed (R16, R17)."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from server.errors import EngineFailed, InvalidFunctionInput, QueryNotComputable, QueryTooComplex
from server.warehouse.pool import EnginePool
from tests.engine.conftest import StartPool, read_rows, request
from tests.engine.processes import worker_pids

TOTAL = "/*decimal*/ SELECT sum(amount) FROM source.orders"

# {db} is the published file, {dir} its folder, {tmp} a folder outside of the warehouse.
BLOCKED = [
    "SELECT content FROM read_text('{db}')",
    "SELECT content FROM read_blob('{db}')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/dev/stdin')",
    "SELECT * FROM sniff_csv('{dir}/model.json')",
    "SELECT * FROM read_json('{dir}/model.json')",
    "SELECT * FROM read_ndjson('{dir}/model.json')",
    "SELECT * FROM read_parquet('{db}')",
    "SELECT * FROM parquet_metadata('{db}')",
    "SELECT * FROM glob('/*')",
    "FROM '{dir}/model.json'",
    'FROM "{dir}/model.json"',
    "FROM 'http://127.0.0.1:9/x.csv'",
    "COPY (SELECT 'pwn') TO '{db}' (USE_TMP_FILE false)",
    "COPY (SELECT 'pwn') TO '{db}.wal' (USE_TMP_FILE false)",
    "COPY (SELECT 'pwn') TO '{dir}/model.json' (USE_TMP_FILE false)",
    "COPY (SELECT 'pwn') TO '{tmp}/out.csv'",
    "COPY source.orders FROM '/etc/passwd'",
    "EXPORT DATABASE '{tmp}/export'",
    "IMPORT DATABASE '{tmp}'",
    "ATTACH '{db}' AS again",
    "ATTACH '{tmp}/new.duckdb' AS fresh",
    "ATTACH ':memory:' AS scratch",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL json",
    "SET memory_limit='100GB'",
    "SET threads=64",
    "SET GLOBAL threads=64",
    "SET enable_external_access=true",
    "SET lock_configuration=false",
    "SET TimeZone='Asia/Tokyo'",
    "SET temp_directory='{tmp}'",
    "RESET lock_configuration",
    "PRAGMA memory_limit='100GB'",
    "CALL enable_logging('QueryLog', storage='file', storage_path='{tmp}/log')",
    "SELECT * FROM enable_profiling(format='json', save_location='{tmp}/profile')",
    "CREATE TABLE main.x (a INTEGER)",
    "CREATE TABLE source.x AS SELECT 1",
    "CREATE VIEW source.v AS SELECT 1",
    "INSERT INTO source.orders VALUES (9, 'x', 1, NULL)",
    "UPDATE source.orders SET amount = 0",
    "DELETE FROM source.orders",
    "DROP TABLE source.orders",
    "ALTER TABLE source.orders DROP COLUMN amount",
    "WITH d AS (DELETE FROM source.orders RETURNING *) SELECT * FROM d",
    "SELECT getenv('PATH')",
    "SELECT * FROM duckdb_secrets(redact=false)",
]

# What DuckDB lets through: session state that must be gone with the query.
POISON = [
    "CREATE OR REPLACE TEMP VIEW orders AS SELECT 0 AS amount",
    "CREATE TEMP TABLE orders AS SELECT 0 AS amount",
    "CREATE TEMP MACRO sum(x) AS 0",
    "CREATE OR REPLACE TEMP MACRO source.sum(x) AS 0",
    "SET VARIABLE secret = 42",
    "USE source",
    "SET search_path='meta'",
    "SET schema='meta'",
    "BEGIN",
    "BEGIN; SELECT error('poisoned')",
    "PREPARE p AS SELECT 1",
    "PRAGMA disable_optimizer",
    "PRAGMA enable_profiling",
    "PRAGMA enable_verification",
    "CALL enable_logging('QueryLog', storage='memory')",
    "CALL enable_logging()",
    "CREATE TEMP SEQUENCE s",
    "CHECKPOINT",
    "SELECT write_log('forged')",
]


async def attempt(pool: EnginePool, sql: str) -> str:
    """Run `sql`; the text an asker would see of its failure, or nothing."""
    try:
        await pool.run(request(sql))
    except (EngineFailed, InvalidFunctionInput, QueryNotComputable, QueryTooComplex) as error:
        return f"{error.message} {error.hint}"
    return ""


async def test_no_statement_reads_or_writes_a_file_or_changes_data(
    start_pool: StartPool, root: Path, tmp_path: Path
) -> None:
    database = root / "1" / "revenue.duckdb"
    outside = tmp_path / "outside"
    outside.mkdir()
    before = sha256(database.read_bytes()).digest()
    pool = await start_pool(workers=1)
    for template in BLOCKED:
        sql = template.format(db=database, dir=database.parent, tmp=outside)
        told = await attempt(pool, sql)
        assert told, f"was let through: {template}"
        for secret in (str(tmp_path), "disabled", "Error", "source.", "duckdb", "/"):
            assert secret not in told, f"{template} tells {secret!r}: {told}"
    assert list(outside.iterdir()) == []
    assert {path.name for path in database.parent.iterdir()} == {"model.json", "revenue.duckdb"}
    assert sha256(database.read_bytes()).digest() == before
    assert read_rows(await pool.run(request(TOTAL))) == [{"sum(amount)": duckdb_total(database)}]


def duckdb_total(database: Path) -> object:
    connection = duckdb.connect(str(database), read_only=True)
    try:
        row = connection.execute("SELECT sum(amount) FROM source.orders").fetchone()
    finally:
        connection.close()
    assert row is not None
    return row[0]


async def test_no_session_state_survives_a_query(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1)
    looks = [
        TOTAL,
        "/*text*/ SELECT current_schema() AS s",
        "/*integer*/ SELECT getvariable('secret')::INTEGER AS v",
        "/*boolean*/ SELECT current_setting('enable_logging')::BOOLEAN AS l",
        "/*integer*/ SELECT count(*) AS n FROM duckdb_tables() WHERE temporary",
        "/*integer*/ SELECT count(*) AS n FROM duckdb_views() WHERE NOT internal",
        "/*integer*/ SELECT count(*) AS n FROM duckdb_prepared_statements()",
        "/*integer*/ SELECT count(*) AS n FROM duckdb_logs()",
    ]
    before = {sql: read_rows(await pool.run(request(sql))) for sql in looks}
    for poison in POISON:
        await attempt(pool, poison)
        for sql in looks:
            after = read_rows(await pool.run(request(sql)))
            assert after == before[sql], f"{poison} changed {sql}"


async def test_a_python_variable_is_no_table(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1)
    for name in ("query", "request", "values", "cursor", "opened"):
        assert await attempt(pool, f"SELECT * FROM {name}")


async def test_a_worker_knows_nothing_of_our_environment(
    start_pool: StartPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_TEST_KEY", "canary-7731")
    monkeypatch.setenv("HOME", "/canary-7731")
    await start_pool(workers=1)
    environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in worker_pids()]
    assert len(environments) == 1
    assert b"canary-7731" not in environments[0]
