"""Resource bombs as raw SQL: each ends in one clean error and costs nobody else anything (R14)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from server.errors import AppError
from server.warehouse.lockdown import MIB
from server.warehouse.pool import EnginePool
from tests.engine.conftest import StartPool, read_rows, request

QUERY_LIMIT_S = 1.0
EXPECTED = {"query-timeout", "result-too-big", "query-crashed", "query-too-complex"}

BOMBS = {
    "list of a billion": "SELECT len(range(1000000000))",
    "long text": "/*text*/ SELECT repeat('x', 4000000000)",
    "padded text": "/*text*/ SELECT lpad('x', 2000000000, 'y')",
    "printf": "/*text*/ SELECT printf('%1000000000d', 1)",
    "endless recursion": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
    " SELECT max(n) FROM r",
    "doubling recursion": "/*text*/ WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s"
    " FROM r) SELECT max(s) FROM r",
    "cross join": "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range < b.range",
    "sum of a range": "SELECT sum(range) FROM range(100000000000)",
    "sorted list": "SELECT len(list_sort(range(300000000)))",
    "distinct list": "SELECT len(list_distinct(range(200000000)))",
    "list transform": "SELECT len([x * 2 for x in range(300000000)])",
    "edit distance": "SELECT levenshtein(repeat('a', 100000), repeat('b', 100000))",
    "replaced text": "/*text*/ SELECT regexp_replace(repeat('ab', 20000000), 'a', 'ccccc', 'g')",
    "wide union": "SELECT 1" + " UNION ALL SELECT 1" * 5000,
    "doubling subqueries": "WITH "
    + ", ".join(
        ["c0 AS NOT MATERIALIZED (SELECT 1 AS a)"]
        + [
            f"c{n} AS NOT MATERIALIZED (SELECT x.a FROM c{n - 1} x, c{n - 1} y)"
            for n in range(1, 25)
        ]
    )
    + " SELECT max(a) FROM c24",
    "sleep": "SELECT sleep_ms(60000)",
    "nested lists": "SELECT list_sum([len(range(30000 + x)) for x in range(30000)])",
    "big sort": "SELECT max(a) FROM (SELECT range AS a, row_number() OVER (ORDER BY hash(range))"
    " FROM range(300000000))",
    "nested parentheses": "SELECT " + "(" * 20000 + "1" + ")" * 20000,
    "many additions": "SELECT 1" + " + 1" * 20000,
}


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def answer(pool: EnginePool) -> list[object]:
    """What a well-behaved query gets; fails when it gets nothing in time."""
    async with asyncio.timeout(10):
        return [*read_rows(await pool.run(request("SELECT count(*) AS n FROM source.orders")))]


async def ending(pool: EnginePool, sql: str) -> str:
    """The code of the error that `sql` ends in; a bomb that is not stopped fails here."""
    async with asyncio.timeout(QUERY_LIMIT_S + 5):
        try:
            await pool.run(request(sql))
        except AppError as error:
            return error.code
    return "answered"


@pytest.mark.slow
async def test_every_bomb_ends_in_a_clean_error_and_the_next_query_is_answered(
    start_pool: StartPool,
) -> None:
    pool = await start_pool(query_limit_s=QUERY_LIMIT_S, parse_limit_s=5.0)
    assert await answer(pool) == [{"n": 3}]
    before = resident_bytes()
    for name, bomb in BOMBS.items():
        assert await ending(pool, bomb) in EXPECTED, name
        assert await answer(pool) == [{"n": 3}], name
    assert resident_bytes() - before < 50 * MIB


async def test_a_bomb_does_not_hold_up_another_caller(start_pool: StartPool) -> None:
    pool = await start_pool(query_limit_s=3.0)
    bomb = asyncio.create_task(pool.run(request(BOMBS["cross join"])))
    await asyncio.sleep(0.1)
    for _ in range(20):
        assert await answer(pool) == [{"n": 3}]
    assert not bomb.done()
    with pytest.raises(AppError) as stopped:
        await bomb
    assert stopped.value.code == "query-timeout"


async def test_a_compiler_that_hangs_is_stopped_by_the_shorter_limit(
    start_pool: StartPool,
) -> None:
    pool = await start_pool(query_limit_s=600.0, parse_limit_s=0.5)
    with pytest.raises(AppError) as stopped:
        async with asyncio.timeout(30):
            await pool.run(request("PARSE FOREVER"))
    assert stopped.value.code == "query-too-complex"
    assert stopped.value.status == 422
    assert await answer(pool) == [{"n": 3}]
