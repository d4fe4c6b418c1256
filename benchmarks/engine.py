"""What the engine workers add to a query: the same statement bare, through a worker, kept.

Run by hand or by `make bench`: `python -m benchmarks.engine [--rows 20000]`. Everything that is
compared comes from one run, taken in turns, as medians. No threshold: the reader judges.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from semantic.compiled import Principal
from server.demo import generate_demo
from server.loading import load_home_model
from server.warehouse.execute import Warehouse
from server.warehouse.ingest import ingest
from server.warehouse.paths import Home
from server.warehouse.pool import EnginePool, EngineSettings
from server.warehouse.protocol import RunRequest, from_scalar
from server.warehouse.versions import current_version

AS_OF = date(2025, 6, 30)
SQL = "SELECT stage, MEASURE(pipeline_value) AS pipeline FROM opportunities GROUP BY stage"
REPEAT = 300


def request(version: int, sql: str = SQL) -> RunRequest:
    """The benchmark's question as a request."""
    return RunRequest(
        sql=sql,
        version=version,
        as_of=AS_OF,
        roles=(),
        arguments={},
        limit_rows=1000,
        limit_bytes=1_000_000,
        limit_columns=100,
    )


async def measure(home: Home) -> None:
    """Print the medians."""
    settings = EngineSettings()
    pool = EnginePool(home.warehouse, settings)
    warehouse = Warehouse(pool, settings, lambda: current_version(home))
    version = warehouse.get_version()
    started = time.perf_counter()
    await warehouse.start()
    print(f"start of {settings.workers} workers, lock proved: {_ms(started):8.1f} ms")
    try:
        await _round_trips(pool, version, home)
        first = [
            (await pool.run(request(version, f"{SQL} LIMIT {number}"))).done.compile_ms
            for number in range(1, 51)
        ]
        print(f"compile and check of a new text:      {statistics.median(first):8.3f} ms")
        await _kept(warehouse)
    finally:
        await warehouse.stop()


async def _round_trips(pool: EnginePool, version: int, home: Home) -> None:
    reply = await pool.run(request(version))
    description = reply.done.description
    values = [from_scalar(scalar) for scalar in description.parameters]
    bare: list[float] = []
    through: list[float] = []
    added: list[float] = []
    plan: list[float] = []
    connection = duckdb.connect(
        str(home.warehouse / str(version) / "revenue.duckdb"), read_only=True
    )
    try:
        for _ in range(REPEAT):
            started = time.perf_counter()
            cursor = connection.cursor()
            cursor.execute(description.sql, values).fetchall()
            cursor.close()
            bare.append(_ms(started))
            started = time.perf_counter()
            done = (await pool.run(request(version))).done
            through.append(_ms(started))
            added.append(through[-1] - done.execute_ms)
            if done.is_plan_cached:
                plan.append(done.compile_ms)
    finally:
        connection.close()
    ratio = statistics.median(through) / statistics.median(bare)
    print(f"bare DuckDB, same statement:          {statistics.median(bare):8.3f} ms")
    print(
        f"through a worker:                     {statistics.median(through):8.3f} ms  {ratio:.2f}x"
    )
    print(f"  of it beside execution:             {statistics.median(added):8.3f} ms")
    print(f"  of it finding and binding the plan: {statistics.median(plan):8.3f} ms")


async def _kept(warehouse: Warehouse) -> None:
    times = []
    for _ in range(REPEAT):
        started = time.perf_counter()
        await warehouse.run(SQL, as_of=AS_OF, principal=Principal(), limit_rows=1000)
        times.append(_ms(started))
    print(f"a kept result:                        {statistics.median(times):8.3f} ms")


def _ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Make demo data, load it, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.data.mkdir(parents=True)
        generate_demo(options.rows, 1, home.data, AS_OF)
        ingest(home, load_home_model(home)[0].spec, now=datetime(2025, 6, 30, tzinfo=UTC))
        asyncio.run(measure(home))


if __name__ == "__main__":
    main()
