"""Published versions made by hand, and engine pools over them that run raw SQL.

The database `order`s: version n holds three orders of 100, 20.5 and NULL plus a table
`source.version` with its own number in every one of 1000 rows.
"""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import pytest_asyncio

from server.warehouse.lockdown import EngineLimits
from server.warehouse.pool import EnginePool, EngineSettings
from server.warehouse.protocol import BoundArgument, RunRequest
from server.warehouse.replies import RunReply
from tests.engine.processes import forget_living_workers

AS_OF = date(2025, 2, 15)
RAW = "tests.engine.standin:RAW"
LIMITS = EngineLimits(memory_mb=512, threads=2, address_space_mb=2560)


def publish(root: Path, version: int, model: str = "{}") -> Path:
    """Make `<root>/<version>/` as the ingest does; the path of its database."""
    folder = root / str(version)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(model, encoding="utf-8")
    database = folder / "revenue.duckdb"
    maker = duckdb.connect()
    maker.execute(f"ATTACH '{database}' AS revenue (STORAGE_VERSION 'v1.2.0')")
    maker.execute("USE revenue")
    maker.execute("CREATE SCHEMA source")
    maker.execute("CREATE SCHEMA meta")
    maker.execute(
        "CREATE TABLE source.orders AS SELECT * FROM (VALUES"
        " (1, 'Ärzte AG', 100.00::DECIMAL(18,2), DATE '2025-01-31'),"
        " (2, 'Berg', 20.50, DATE '2024-02-29'),"
        " (3, 'secret@example.com', NULL, NULL)) AS t(order_id, customer, amount, ordered_on)"
    )
    maker.execute(f"CREATE TABLE source.version AS SELECT {version} AS n FROM range(1000)")
    maker.execute("CREATE TABLE meta.source_files (source VARCHAR, file VARCHAR)")
    maker.execute(
        f"INSERT INTO meta.source_files VALUES ('orders', 'orders-{version}.csv'),"
        " ('orders', 'orders-old.csv'), ('other', 'other.csv')"
    )
    maker.execute("CHECKPOINT revenue")
    maker.execute("USE memory")
    maker.execute("DETACH revenue")
    maker.close()
    database.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    return database


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A warehouse folder with version 1."""
    folder = tmp_path / "warehouse"
    publish(folder, 1)
    return folder


def settings(**changes: Any) -> EngineSettings:
    """Small, quick settings for raw SQL."""
    given: dict[str, Any] = {
        "limits": LIMITS,
        "steps": RAW,
        "query_limit_s": 20.0,
        "parse_limit_s": 10.0,
        **changes,
    }
    return EngineSettings(**given)


def request(sql: str, **changes: Any) -> RunRequest:
    """A request for version 1 with generous limits."""
    arguments: dict[str, BoundArgument] = {}
    given: dict[str, Any] = {
        "version": 1,
        "as_of": AS_OF,
        "roles": (),
        "arguments": arguments,
        "limit_rows": 1000,
        "limit_bytes": 4_000_000,
        "limit_columns": 50,
        **changes,
    }
    return RunRequest(sql=sql, **given)


StartPool = Callable[..., Coroutine[Any, Any, EnginePool]]


@pytest.fixture(autouse=True)
def own_workers() -> None:
    """Tests look at the workers they start, not at those of pools that outlive a test."""
    forget_living_workers()


@pytest.fixture
async def start_pool(root: Path) -> AsyncIterator[StartPool]:
    """Start pools over `root` with changed settings; all are stopped in the end."""
    pools: list[EnginePool] = []

    async def start(**changes: Any) -> EnginePool:
        pool = EnginePool(root, settings(**changes))
        pools.append(pool)
        await pool.start(1)
        return pool

    yield start
    for pool in pools:
        await pool.stop()


@pytest.fixture(scope="module")
def kept_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `kept_pool`."""
    folder = tmp_path_factory.mktemp("kept") / "warehouse"
    publish(folder, 1)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept_pool(kept_root: Path) -> AsyncIterator[EnginePool]:
    """One worker over version 1, for tests that neither stop it nor change its folder."""
    pool = EnginePool(kept_root, settings(workers=1))
    await pool.start(1)
    yield pool
    await pool.stop()


def read_rows(reply: RunReply) -> list[dict[str, Any]]:
    """The rows of a reply, read by Arrow itself."""
    import pyarrow as pa

    with pa.ipc.open_stream(reply.body) as stream:
        return list(stream.read_all().to_pylist())
