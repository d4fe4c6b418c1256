"""Workers are killed, crash, and are waited for: whose error it is and what stays behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from semantic.issues import Issue, Place, SemanticError
from semantic.types import INTEGER
from server.errors import (
    AppError,
    BadInput,
    EngineFailed,
    EngineUnavailable,
    InvalidFunctionInput,
    Overloaded,
    QueryCrashed,
    QueryNotComputable,
    QueryTimeout,
    QueryTooComplex,
    ResultTooBig,
    ResultTooWide,
    ValueNotConvertible,
    VersionGone,
    WorkerDied,
)
from server.warehouse.pool import EnginePool
from server.warehouse.protocol import BoundArgument, Scalar
from tests.engine.conftest import StartPool, publish, read_rows, request, settings
from tests.engine.processes import worker_pids

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range < b.range"
COUNT = "SELECT count(*) AS n FROM source.orders"


def descriptors() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {entry.readlink()}")
        except OSError:
            continue
    return found


async def busy_pid(pool: EnginePool, count: int = 1) -> set[int]:
    """The workers that are burning time, once there are `count` of them."""
    async with asyncio.timeout(30):
        while True:
            idle = {worker.pid for worker in pool._idle}
            busy = worker_pids() - idle
            if len(busy) == count:
                return busy
            await asyncio.sleep(0.01)


async def wait_for_workers(pool: EnginePool, count: int) -> None:
    async with asyncio.timeout(30):
        while len(pool._idle) != count:
            await asyncio.sleep(0.01)


async def test_a_killed_worker_costs_only_its_own_caller_one_error(start_pool: StartPool) -> None:
    pool = await start_pool(query_limit_s=60.0)
    victim = asyncio.create_task(pool.run(request(ENDLESS)))
    (pid,) = await busy_pid(pool)
    others = [asyncio.create_task(pool.run(request(COUNT))) for _ in range(20)]
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerDied) as died:
        await victim
    assert died.value.retry_after_s is not None
    for other in others:
        assert read_rows(await other) == [{"n": 3}]
    await wait_for_workers(pool, 2)
    assert pid not in worker_pids()


async def test_an_idle_worker_that_is_killed_costs_nobody_anything(start_pool: StartPool) -> None:
    pool = await start_pool(workers=2)
    for _ in range(3):
        for pid in worker_pids():
            os.kill(pid, signal.SIGKILL)
        replies = await asyncio.gather(*(pool.run(request(COUNT)) for _ in range(8)))
        assert [read_rows(reply) for reply in replies] == [[{"n": 3}]] * 8


async def test_a_crash_is_told_as_the_fault_of_the_query(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1)
    with pytest.raises(QueryCrashed):
        await pool.run(request("PARSE AND CRASH"))
    assert read_rows(await pool.run(request(COUNT))) == [{"n": 3}]


async def test_there_are_never_more_workers_than_asked_for(start_pool: StartPool) -> None:
    pool = await start_pool(workers=2, query_limit_s=0.3)
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(worker_pids()))
            await asyncio.sleep(0.005)

    watcher = asyncio.create_task(watch())
    replies = await asyncio.gather(
        *(pool.run(request(ENDLESS)) for _ in range(6)), return_exceptions=True
    )
    watcher.cancel()
    assert all(isinstance(reply, QueryTimeout) for reply in replies)
    assert most == 2


async def test_cancelling_a_caller_stops_its_query_at_once(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1, query_limit_s=600.0)
    caller = asyncio.create_task(pool.run(request(ENDLESS)))
    (pid,) = await busy_pid(pool)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await caller
    async with asyncio.timeout(30):
        assert read_rows(await pool.run(request(COUNT))) == [{"n": 3}]
    assert pid not in worker_pids()


async def test_callers_that_leave_the_queue_take_no_worker_with_them(
    start_pool: StartPool,
) -> None:
    pool = await start_pool(workers=1)
    for _ in range(6):
        callers = [asyncio.create_task(pool.run(request(COUNT))) for _ in range(5)]
        await asyncio.sleep(0.002)
        for caller in callers[1::2]:
            caller.cancel()
        results = await asyncio.gather(*callers, return_exceptions=True)
        for result in results:
            if not isinstance(result, asyncio.CancelledError):
                assert not isinstance(result, BaseException)
                assert read_rows(result) == [{"n": 3}]
    await wait_for_workers(pool, 1)


async def test_one_query_too_many_is_turned_away(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1, queue_limit=2, query_limit_s=60.0)
    running = asyncio.create_task(pool.run(request(ENDLESS)))
    await busy_pid(pool)
    waiting = [asyncio.create_task(pool.run(request(COUNT))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as turned_away:
        await pool.run(request(COUNT))
    assert turned_away.value.status == 503
    running.cancel()
    for reply in await asyncio.gather(*waiting):
        assert read_rows(reply) == [{"n": 3}]


async def test_waiting_ends_after_its_limit(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1, queue_limit_s=0.2, query_limit_s=60.0)
    running = asyncio.create_task(pool.run(request(ENDLESS)))
    await busy_pid(pool)
    with pytest.raises(Overloaded):
        await pool.run(request(COUNT))
    running.cancel()


async def test_stopping_leaves_no_process_and_no_descriptor(root: Path) -> None:
    # The first child watcher of a process may keep a descriptor of its own.
    first = EnginePool(root, settings(workers=1))
    await first.start(1)
    await first.stop()
    before = descriptors()
    pool = EnginePool(root, settings(workers=2, query_limit_s=60.0))
    await pool.start(1)
    for sql in (COUNT, "PARSE AND CRASH", "WRONG", COUNT):
        await asyncio.gather(pool.run(request(sql)), return_exceptions=True)
    running = asyncio.create_task(pool.run(request(ENDLESS)))
    await asyncio.sleep(0.2)
    await pool.stop()
    with pytest.raises((WorkerDied, EngineUnavailable)):
        await running
    assert worker_pids() == set()
    await asyncio.sleep(0.05)
    assert descriptors() - before == set()
    with pytest.raises(EngineUnavailable):
        await pool.run(request(COUNT))


async def test_a_pool_starts_without_any_data(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "warehouse"
    pool = EnginePool(folder, settings(workers=1))
    await pool.start()
    try:
        with pytest.raises(VersionGone):
            await pool.run(request(COUNT))
        publish(folder, 1)
        assert read_rows(await pool.run(request(COUNT))) == [{"n": 3}]
    finally:
        await pool.stop()


async def test_a_lock_that_breaks_later_ends_the_service(root: Path) -> None:
    pool = EnginePool(root, settings(workers=1, steps="tests.engine.standin:WEAK_WHEN_PUBLISHED"))
    await pool.start()
    try:
        for _ in range(2):
            with pytest.raises(EngineUnavailable) as refused:
                await pool.run(request(COUNT))
            assert "read the database" not in refused.value.detail
    finally:
        await pool.stop()


async def test_the_operating_system_holds_the_workers_too(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1)
    layers = pool.layers
    assert layers["RLIMIT_FSIZE"] == "0"
    assert layers["RLIMIT_CORE"] == "0"
    assert int(layers["RLIMIT_AS"]) == 2560 * 1024 * 1024
    assert layers["no_new_privileges"] in {"on", "missing"}
    (pid,) = worker_pids()
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    assert "Max file size             0                    0" in limits


# ------------------------------------------------------------ replies


@pytest.mark.asyncio(loop_scope="module")
async def test_issues_arrive_whole(kept_pool: EnginePool) -> None:
    with pytest.raises(SemanticError) as wrong:
        await kept_pool.run(request("WRONG", roles=("emea", "viewer")))
    assert wrong.value.issues == (
        Issue(
            code="unknown-metric",
            message="No metric for ['emea', 'viewer'].",
            where="SELECT item 1",
            hint="Did you mean 'revenue'?",
            place=Place(1, 8, 7, 12),
            suggestions=("revenue",),
            path=("models", 0),
        ),
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "sql,error",
    [
        ("SELECT CAST(customer AS INTEGER) FROM source.orders", ValueNotConvertible),
        ("SELECT nothing FROM source.orders", QueryNotComputable),
        ("/*text*/ SELECT error('secret@example.com')", InvalidFunctionInput),
        ("PARSE AND FAIL", EngineFailed),
        ("PARSE TOO DEEP", QueryTooComplex),
        ("/*text*/ SELECT * FROM source.orders", EngineFailed),
        ("/*date*/ SELECT customer FROM source.orders", EngineFailed),
        ("SELECT 340282366920938463463374607431768211455::UHUGEINT", EngineFailed),
        ("/*text*/ SELECT repeat('x', 4000000000)", ResultTooBig),
    ],
)
async def test_no_word_of_the_engine_and_no_value_reaches_the_asker(
    kept_pool: EnginePool, sql: str, error: type[AppError]
) -> None:
    with pytest.raises((error, EngineFailed)) as failed:
        await kept_pool.run(request(sql))
    told = str(vars(failed.value))
    for secret in ("secret", "example.com", "customer", "Error", "Exception", "/", "340282"):
        assert secret not in told.replace(error.__name__, "")
    assert failed.value.detail.endswith(".")
    assert read_rows(await kept_pool.run(request(COUNT))) == [{"n": 3}]


@pytest.mark.asyncio(loop_scope="module")
async def test_results_are_cut_by_rows_bytes_and_columns(kept_pool: EnginePool) -> None:
    rows = "SELECT range AS n FROM range({})"

    exact = await kept_pool.run(request(rows.format(10), limit_rows=10))
    assert (exact.done.row_count, exact.done.is_truncated) == (10, False)
    cut = await kept_pool.run(request(rows.format(11), limit_rows=10))
    assert (cut.done.row_count, cut.done.is_truncated) == (10, True)
    assert [row["n"] for row in read_rows(cut)] == list(range(10))

    texts = "/*text*/ SELECT repeat('x', 1000) AS t FROM range(100000)"
    heavy = await kept_pool.run(request(texts, limit_rows=100_000, limit_bytes=200_000))
    assert heavy.done.is_truncated
    assert 0 < heavy.done.row_count < 200
    assert len(read_rows(heavy)) == heavy.done.row_count
    assert len(heavy.body) < 300_000

    with pytest.raises(ResultTooBig):
        await kept_pool.run(request("/*text*/ SELECT repeat('x', 1000000)", limit_bytes=200_000))
    many = ",".join(["integer"] * 51)
    with pytest.raises(ResultTooWide):
        await kept_pool.run(
            request(f"/*{many}*/ SELECT " + ", ".join(f"{n} AS c{n}" for n in range(51)))
        )


@pytest.mark.asyncio(loop_scope="module")
async def test_an_endless_result_is_cut_without_computing_it(kept_pool: EnginePool) -> None:
    sql = "SELECT a.range FROM range(10000000) a, range(10000000) b"
    reply = await kept_pool.run(request(sql, limit_rows=100))
    assert (reply.done.row_count, reply.done.is_truncated) == (100, True)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_clock_and_the_arguments_are_bound_with_their_types(
    kept_pool: EnginePool,
) -> None:
    sql = "/*text,text,text ? as_of,least,n*/ SELECT typeof($1) a, typeof($2) b, typeof($3) c"
    arguments = {
        "least": BoundArgument(INTEGER, Scalar("decimal", "20.50")),
        "n": BoundArgument(INTEGER, Scalar("integer", "7")),
    }
    reply = await kept_pool.run(request(sql, arguments=arguments))
    assert read_rows(reply) == [{"a": "DATE", "b": "DECIMAL(4,2)", "c": "INTEGER"}]
    assert [scalar.text for scalar in reply.done.description.parameters] == [
        "2025-02-15",
        "20.50",
        "7",
    ]
    with pytest.raises(BadInput, match="least"):
        await kept_pool.run(request(sql))


@pytest.mark.asyncio(loop_scope="module")
async def test_values_arrive_exactly(kept_pool: EnginePool) -> None:
    reply = await kept_pool.run(
        request("/*text,decimal*/ SELECT customer, amount FROM source.orders ORDER BY order_id")
    )
    assert [tuple(row.values()) for row in read_rows(reply)] == [
        ("Ärzte AG", Decimal("100.00")),
        ("Berg", Decimal("20.50")),
        ("secret@example.com", None),
    ]
    assert reply.done.description.data_sources == ("orders-1.csv", "orders-old.csv")


async def test_explaining_runs_nothing(start_pool: StartPool) -> None:
    pool = await start_pool(workers=1, query_limit_s=600.0)
    reply = await pool.run(request(ENDLESS, is_explain_only=True))
    assert reply.done.description.sql == ENDLESS
    assert reply.body == b""


async def test_a_plan_is_reused_only_for_the_same_roles_types_and_limit(
    start_pool: StartPool,
) -> None:
    pool = await start_pool(workers=1)

    async def is_cached(**changes: object) -> bool:
        return (await pool.run(request(COUNT, **changes))).done.is_plan_cached

    assert not await is_cached()
    assert await is_cached()
    assert not await is_cached(roles=("viewer",))
    assert not await is_cached(limit_rows=5)
    one = {"x": BoundArgument(INTEGER, Scalar("integer", "1"))}
    two = {"x": BoundArgument(INTEGER, Scalar("integer", "2"))}
    assert not await is_cached(arguments=one)
    assert await is_cached(arguments=two)


# ----------------------------------------------------------- versions


async def test_a_worker_switches_between_versions_and_keeps_none_of_the_other(
    start_pool: StartPool, root: Path
) -> None:
    publish(root, 2)
    pool = await start_pool(workers=1)
    sql = "/*integer,integer*/ SELECT min(n) AS a, max(n) AS b FROM source.version"
    for version in (1, 2, 1, 2, 2, 1):
        reply = await pool.run(request(sql, version=version))
        assert read_rows(reply) == [{"a": version, "b": version}]
        assert reply.done.description.data_sources[0] == f"orders-{version}.csv"


async def test_a_version_that_is_gone_is_told_as_such(start_pool: StartPool, root: Path) -> None:
    pool = await start_pool(workers=1)
    with pytest.raises(VersionGone) as gone:
        await pool.run(request(COUNT, version=7))
    assert str(root) not in gone.value.detail
    publish(root, 3)
    assert read_rows(await pool.run(request(COUNT, version=3))) == [{"n": 3}]
    shutil.rmtree(root / "1")
    with pytest.raises(VersionGone):
        await pool.run(request(COUNT, version=1))


async def test_a_warehouse_folder_made_anew_is_served_again(
    start_pool: StartPool, root: Path
) -> None:
    pool = await start_pool(workers=1)
    shutil.rmtree(root)
    publish(root, 2)
    if pool.layers["landlock"] != "missing":
        # The worker was bound to the folder that is gone; it gives its place to another one.
        with pytest.raises(EngineFailed):
            await pool.run(request(COUNT, version=2))
    assert read_rows(await pool.run(request(COUNT, version=2))) == [{"n": 3}]


async def test_a_broken_version_file_is_an_error_and_not_the_end(
    start_pool: StartPool, root: Path
) -> None:
    pool = await start_pool(workers=1)
    (root / "2").mkdir()
    (root / "2" / "model.json").write_text("{}", encoding="utf-8")
    (root / "2" / "revenue.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(EngineFailed) as broken:
        await pool.run(request(COUNT, version=2))
    assert str(root) not in broken.value.detail
    assert read_rows(await pool.run(request(COUNT))) == [{"n": 3}]
