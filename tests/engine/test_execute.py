"""The warehouse as everything above sees it: versions, kept results, equal questions."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from semantic.compiled import Principal
from semantic.issues import SemanticError
from semantic.types import INTEGER, TEXT
from server.errors import BadInput, NoData, NumberOutOfRange, QueryTimeout, VersionGone
from server.results import ResultTable
from server.warehouse.execute import Warehouse
from server.warehouse.pool import EnginePool
from server.warehouse.protocol import TypedValue
from tests.engine.conftest import AS_OF, publish, settings
from tests.engine.processes import worker_pids
from tests.engine.test_pool import ENDLESS, busy_pid

COUNT = "SELECT count(*) AS n FROM source.orders"
VERSIONS = "/*integer,integer*/ SELECT min(n) AS a, max(n) AS b FROM source.version"
SLOW_COUNT = "/*integer*/ SELECT count(*) FROM range(8000) a, range(8000) b WHERE a.range < b.range"
ANYBODY = Principal()


def point(root: Path, version: int) -> None:
    """Swap `current` as the ingest does."""
    link = root / ".next"
    link.symlink_to(str(version))
    link.replace(root / "current")


def read_current(root: Path) -> int | None:
    link = root / "current"
    return int(link.readlink().name) if link.is_symlink() else None


class Desk:
    """A warehouse under test, with short ways to ask it."""

    def __init__(self, root: Path, pool: EnginePool, **changes: Any) -> None:
        self.root = root
        self.pool = pool
        self.warehouse = Warehouse(pool, settings(**changes), lambda: read_current(root))

    async def ask(self, sql: str, **changes: Any) -> ResultTable:
        given: dict[str, Any] = {
            "as_of": AS_OF,
            "principal": ANYBODY,
            "limit_rows": 1000,
            **changes,
        }
        return await self.warehouse.run(sql, **given)


StartDesk = Callable[..., Any]


@pytest.fixture
async def start_desk(root: Path) -> AsyncIterator[StartDesk]:
    desks: list[Desk] = []

    async def start(**changes: Any) -> Desk:
        desk = Desk(root, EnginePool(root, settings(**changes)), **changes)
        desks.append(desk)
        await desk.warehouse.start()
        return desk

    point(root, 1)
    yield start
    for desk in desks:
        await desk.warehouse.stop()


@pytest.fixture
def desk(kept_root: Path, kept_pool: EnginePool) -> Desk:
    """A warehouse that has kept nothing yet, for tests that leave its one version as it is."""
    point(kept_root, 1)
    return Desk(kept_root, kept_pool)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_result_carries_everything_that_was_promised(desk: Desk) -> None:
    table = await desk.ask(
        "/*integer,text,decimal,date ? as_of,x*/ SELECT *, FROM source.orders"
        " WHERE $1 > DATE '2000-01-01' AND $2 = 'ä' ORDER BY order_id",
        arguments={"x": TypedValue(TEXT, "ä")},
        title="Orders",
    )
    assert table.rows == (
        (1, "Ärzte AG", Decimal("100.00"), date(2025, 1, 31)),
        (2, "Berg", Decimal("20.50"), date(2024, 2, 29)),
        (3, "secret@example.com", None, None),
    )
    assert str(table.rows[0][2]) == "100.00"
    assert table.parameters == {"1": AS_OF, "2": "ä"}
    assert [column.name for column in table.columns] == ["c0", "c1", "c2", "c3"]
    assert (table.title, table.warehouse_version, table.cached) == ("Orders", 1, False)
    assert (table.truncated, table.row_count) == (False, 3)
    assert table.data_sources == ("orders-1.csv", "orders-old.csv")
    assert table.elapsed_ms > 0
    assert table.byte_count > 0


@pytest.mark.asyncio(loop_scope="module")
async def test_every_kind_of_value_arrives_as_itself(desk: Desk) -> None:
    table = await desk.ask(
        "/*integer,integer,double,boolean,timestamp,map,interval,null,double,text*/"
        " SELECT 170141183460469231731687303715884105727::HUGEINT, sum(range), 0.1::DOUBLE, true,"
        " TIMESTAMP '2025-01-02 03:04:05.000006', MAP {'a': sum(range), 'b': 2},"
        " INTERVAL '14 months 3 days', NULL, 'NaN'::DOUBLE, '' FROM range(10)"
    )
    (row,) = table.rows
    assert row[0] == 170141183460469231731687303715884105727
    assert type(row[0]) is int
    assert (row[1], type(row[1])) == (45, int)
    assert row[2] == 0.1
    assert row[3] is True
    assert row[4].isoformat() == "2025-01-02T03:04:05.000006"
    assert row[5] == {"a": 45, "b": 2}
    assert type(row[5]["a"]) is int
    assert row[6] == "14 months 3 days"
    assert row[7:] == (None, None, "")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "sql",
    [
        "/*double*/ SELECT 'inf'::DOUBLE",
        "/*double*/ SELECT 1e308 * 10",
        "/*date*/ SELECT DATE 'infinity'",
        "/*date*/ SELECT DATE '10000-01-01'",
        "/*timestamp*/ SELECT TIMESTAMP '290000-01-01'",
    ],
)
async def test_what_cannot_be_written_down_is_refused(desk: Desk, sql: str) -> None:
    with pytest.raises(NumberOutOfRange):
        await desk.ask(sql)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_kept_result_is_the_same_and_says_so(desk: Desk) -> None:
    first = await desk.ask(COUNT)
    second = await desk.ask(COUNT, title="Again")
    assert (first.cached, second.cached, second.title) == (False, True, "Again")
    assert second.rows == first.rows


async def test_nothing_is_kept_across_a_difference_that_matters(
    start_desk: StartDesk, root: Path
) -> None:
    publish(root, 2)
    desk = await start_desk(workers=1)

    async def is_kept(**changes: Any) -> bool:
        return bool((await desk.ask(COUNT, **changes)).cached)

    def x(value: Any) -> dict[str, TypedValue]:
        return {"x": TypedValue(INTEGER, value)}

    assert not await is_kept()
    assert await is_kept()
    assert await is_kept(principal=Principal("somebody"))
    assert not await is_kept(principal=Principal("somebody", frozenset({"emea"})))
    assert not await is_kept(as_of=date(2025, 2, 16))
    assert not await is_kept(limit_rows=999)
    assert not await is_kept(version=2)
    # Equal in Python, different in SQL.
    assert not await is_kept(arguments=x(1))
    assert not await is_kept(arguments=x(True))
    assert not await is_kept(arguments=x(1.0))
    assert not await is_kept(arguments=x(Decimal(1)))
    assert not await is_kept(arguments={"x": TypedValue(TEXT, 1)})
    assert await is_kept(arguments=x(1))
    point(root, 2)
    assert await is_kept()
    assert (await desk.ask(COUNT)).warehouse_version == 2


@pytest.mark.asyncio(loop_scope="module")
async def test_failures_are_not_kept(desk: Desk) -> None:
    for _ in range(2):
        with pytest.raises(SemanticError):
            await desk.ask("WRONG")


async def test_equal_questions_are_computed_once(start_desk: StartDesk) -> None:
    desk = await start_desk(workers=2, query_limit_s=60.0)
    tables = await asyncio.gather(*(desk.ask(SLOW_COUNT) for _ in range(10)))
    assert {table.rows for table in tables} == {((31996000,),)}
    # Every caller got the one computation: its time is the same to the last digit.
    assert len({table.elapsed_ms for table in tables}) == 1
    assert not any(table.cached for table in tables)


async def test_the_first_caller_leaving_does_not_fail_the_others(start_desk: StartDesk) -> None:
    desk = await start_desk(workers=1, query_limit_s=60.0)
    callers = [asyncio.create_task(desk.ask(SLOW_COUNT)) for _ in range(3)]
    await busy_pid(desk.pool)
    callers[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await callers[0]
    for caller in callers[1:]:
        assert (await caller).rows == ((31996000,),)


async def test_the_last_caller_leaving_stops_the_query(start_desk: StartDesk) -> None:
    desk = await start_desk(workers=1, query_limit_s=600.0)
    callers = [asyncio.create_task(desk.ask(ENDLESS)) for _ in range(3)]
    (pid,) = await busy_pid(desk.pool)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert (await desk.ask(COUNT)).rows == ((3,),)
    assert pid not in worker_pids()


async def test_asking_again_right_after_everybody_left_starts_anew(start_desk: StartDesk) -> None:
    desk = await start_desk(workers=1, query_limit_s=60.0)
    for _ in range(2):
        caller = asyncio.create_task(desk.ask(SLOW_COUNT))
        await busy_pid(desk.pool)
        caller.cancel()
        again = asyncio.create_task(desk.ask(SLOW_COUNT, limit_rows=1000))
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert (await again).rows == ((31996000,),)
        desk.warehouse._cache = type(desk.warehouse._cache)(1)


async def test_everybody_who_waits_gets_the_error(start_desk: StartDesk) -> None:
    desk = await start_desk(workers=1, query_limit_s=0.3)
    results = await asyncio.gather(*(desk.ask(ENDLESS) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, QueryTimeout) for result in results)


async def test_no_answer_mixes_versions_while_they_are_swapped(
    start_desk: StartDesk, root: Path
) -> None:
    for version in range(2, 12):
        publish(root, version)
    desk = await start_desk(workers=2, cache_bytes=0)
    last = 1
    asked = 0

    async def keep_asking() -> None:
        nonlocal asked
        while last < 11:
            least = last
            table = await desk.ask(VERSIONS)
            # One version throughout, at least as new as when the question came in.
            assert table.rows == ((table.warehouse_version,) * 2,)
            assert table.data_sources[0] == f"orders-{table.warehouse_version}.csv"
            assert table.warehouse_version >= least
            asked += 1

    askers = [asyncio.create_task(keep_asking()) for _ in range(4)]
    for version in range(2, 12):
        target = asked + 5
        async with asyncio.timeout(60):
            while asked < target:
                await asyncio.sleep(0.001)
                for asker in askers:
                    if asker.done():
                        asker.result()
        point(root, version)
        last = version
    await asyncio.gather(*askers)
    assert asked >= 50


async def test_an_old_version_can_be_asked_by_number(start_desk: StartDesk, root: Path) -> None:
    publish(root, 2)
    point(root, 2)
    desk = await start_desk(workers=1)
    assert (await desk.ask(VERSIONS)).rows == ((2, 2),)
    assert (await desk.ask(VERSIONS, version=1)).rows == ((1, 1),)
    with pytest.raises(VersionGone):
        await desk.ask(VERSIONS, version=9)


async def test_a_version_pruned_between_look_and_use_is_asked_on_the_new_one(
    start_desk: StartDesk, root: Path
) -> None:
    desk = await start_desk(workers=1)
    publish(root, 2)
    looks = iter([1, 2])

    def look() -> int:
        version = next(looks)
        if version == 1:
            shutil.rmtree(root / "1")
        return version

    # A fresh pool has version 1 not open yet.
    pool = EnginePool(root, settings(workers=1))
    await pool.start(2)
    try:
        racing = Warehouse(pool, settings(), look)
        table = await racing.run(VERSIONS, as_of=AS_OF, principal=ANYBODY, limit_rows=10)
    finally:
        await pool.stop()
    assert table.rows == ((2, 2),)
    assert desk.pool.layers


async def test_no_data_is_told_with_the_way_out(root: Path, start_desk: StartDesk) -> None:
    (root / "current").unlink()
    desk = await start_desk(workers=1)
    with pytest.raises(NoData, match="loaded") as nothing:
        await desk.ask(COUNT)
    assert "revenue ingest" in nothing.value.hint


@pytest.mark.asyncio(loop_scope="module")
async def test_a_row_limit_below_one_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput):
        await desk.ask(COUNT, limit_rows=0)


@pytest.mark.asyncio(loop_scope="module")
async def test_explaining_tells_the_statement_and_its_parameters(desk: Desk) -> None:
    explanation = await desk.warehouse.explain(
        "/*integer ? as_of*/ SELECT 1 WHERE $1 IS NOT NULL",
        as_of=AS_OF,
        principal=ANYBODY,
        limit_rows=10,
    )
    assert explanation.sql == "SELECT 1 WHERE $1 IS NOT NULL"
    assert explanation.parameters == {"1": AS_OF}
    assert explanation.warehouse_version == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_a_large_result_is_whole(desk: Desk) -> None:
    sql = (
        "/*integer,text,decimal*/ SELECT range, 'n' || range, range::DECIMAL(18,2) FROM range(9000)"
    )
    table = await desk.ask(sql, limit_rows=9000)
    assert not table.truncated
    assert table.rows == tuple((n, f"n{n}", Decimal(n)) for n in range(9000))
