"""A slot becomes one run and a run has one owner, however many servers share the store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.storage.errors import JobNotFound, ReportInUse
from server.storage.job_records import (
    AlertReading,
    Delivery,
    JobRun,
    NewRun,
    Schedule,
)
from server.storage.run_store import RunStore
from server.storage.schedule_store import ScheduleStore
from server.storage.store import Store

NOW = datetime(2025, 2, 15, 7, tzinfo=UTC)
LEASE = timedelta(seconds=60)
HOUR = timedelta(hours=1)


def schedule(name: str = "s1") -> Schedule:
    return Schedule(name, "weekly", "0 * * * *", "UTC", {}, None, (), NOW, NOW)


def new_run(name: str, due: Schedule | None = None) -> NewRun:
    slot = due.next_at if due else None
    return NewRun(name, "weekly", due.id if due else None, slot, NOW, {"title": "W"}, (), {})


async def claim(runs: RunStore, at: datetime = NOW, owner: str = "a") -> JobRun | None:
    return await runs.claim_run(now=at, lease_until=at + LEASE, owner=owner)


async def test_of_many_claims_of_one_slot_one_wins(
    address: str, store: Store, schedules: ScheduleStore, runs: RunStore
) -> None:
    """Two servers with ten tasks each go for the same three slots of one schedule."""
    await schedules.add_schedule(schedule())
    async with Store.open(address) as other:
        both = [schedules, ScheduleStore(other.database)]
        for hour in range(3):
            due = replace(schedule(), next_at=NOW + hour * HOUR)
            won = await asyncio.gather(
                *(
                    server.claim_slot(due, due.next_at + HOUR, new_run(f"r{hour}-{n}-{m}", due))
                    for n in range(10)
                    for m, server in enumerate(both)
                )
            )
            assert sum(won) == 1
    found = await runs.list_runs(schedule_id="s1")
    assert sorted(run.slot for run in found if run.slot) == [NOW, NOW + HOUR, NOW + 2 * HOUR]
    assert (await schedules.get_schedule("s1")).next_at == NOW + 3 * HOUR


async def test_of_many_claims_of_one_run_one_wins(
    address: str, store: Store, runs: RunStore
) -> None:
    await runs.add_run(new_run("r1"))
    async with Store.open(address) as other:
        claims = await asyncio.gather(
            *(claim(server) for _ in range(8) for server in (runs, RunStore(other.database)))
        )
    won = [run for run in claims if run is not None]
    assert [(run.id, run.attempt, run.tries) for run in won] == [("r1", 1, 0)]


async def test_a_run_is_taken_over_only_after_its_lease_has_run_out(runs: RunStore) -> None:
    await runs.add_run(new_run("r1"))
    mine = await claim(runs)
    assert mine is not None
    assert await claim(runs, NOW + LEASE, "b") is None
    assert await runs.renew(mine, NOW + 2 * LEASE)
    assert await claim(runs, NOW + LEASE + timedelta(seconds=1), "b") is None
    taken = await claim(runs, NOW + 2 * LEASE + timedelta(seconds=1), "b")
    assert taken is not None
    assert (taken.attempt, taken.tries, taken.owner) == (2, 1, "b")


async def test_whoever_lost_his_claim_changes_nothing(runs: RunStore) -> None:
    await runs.add_run(new_run("r1"))
    old = await claim(runs)
    late = NOW + 2 * LEASE
    new = await claim(runs, late, "b")
    assert old is not None
    assert new is not None
    delivery = Delivery("r1", "report", "email", "cro@example.com")
    assert await runs.reach(
        new, "built", as_of="2025-02-15", version=1, result={}, deliveries=[delivery], at=late
    )
    assert not await runs.renew(old, late + LEASE)
    assert not await runs.finish(old, "failed", at=late, elapsed_ms=1, result={"x": 1})
    assert not await runs.put_back(old, next_try_at=late, tries=9, result={})
    assert not await runs.reach(
        old, "built", as_of="2025-01-01", version=2, result={}, deliveries=[delivery], at=late
    )
    assert not await runs.begin_delivery(old, delivery)
    assert await runs.begin_delivery(new, delivery)
    found = await runs.get_run("r1")
    assert (found.status, found.as_of, found.warehouse_version) == ("running", "2025-02-15", 1)


async def test_a_delivery_that_was_sent_is_never_begun_again(runs: RunStore) -> None:
    await runs.add_run(new_run("r1"))
    run = await claim(runs)
    assert run is not None
    one = Delivery("r1", "report", "email", "cro@example.com")
    two = Delivery("r1", "report", "folder", "weekly")
    await runs.reach(run, "built", as_of="", version=1, result={}, deliveries=[one, two], at=NOW)
    assert await runs.begin_delivery(run, one)
    await runs.note_not_sent(one, "the mail server is away", next_try_at=NOW + HOUR)
    assert await runs.begin_delivery(run, one)
    await runs.note_sent(one, NOW)
    assert not await runs.begin_delivery(run, one)
    assert await runs.begin_delivery(run, two)
    await runs.note_not_sent(two, "no such folder", next_try_at=None)
    assert not await runs.begin_delivery(run, two)
    await runs.note_sent(two, NOW)
    found = await runs.list_deliveries(["r1"])
    assert [(d.channel, d.status, d.tries, d.problem) for d in found] == [
        ("email", "sent", 2, None),
        ("folder", "failed", 1, "no such folder"),
    ]


async def test_a_run_put_back_waits_for_its_time(runs: RunStore) -> None:
    await runs.add_run(new_run("r1"))
    run = await claim(runs)
    assert run is not None
    assert await runs.put_back(run, next_try_at=NOW + HOUR, tries=1, result={"code": "x"})
    assert await claim(runs, NOW + timedelta(minutes=59)) is None
    again = await claim(runs, NOW + HOUR)
    assert again is not None
    assert (again.attempt, again.tries, again.result, again.started_at) == (
        2,
        1,
        {"code": "x"},
        NOW,
    )
    assert await runs.finish(again, "succeeded", at=NOW + HOUR, elapsed_ms=1.5, result={})
    assert await claim(runs, NOW + 99 * HOUR) is None


def reading(is_crossed: bool | None, run: JobRun) -> AlertReading:
    sent = Delivery(run.id, "alert:low", "email", "cro@example.com", message={"value": 1})
    return AlertReading("low", is_crossed, 1.5, (sent,))


async def test_an_alert_is_sent_once_per_crossing_and_armed_again_when_it_clears(
    runs: RunStore,
) -> None:
    told = []
    for number, is_crossed in enumerate([False, True, True, None, True, False, None, True]):
        await runs.add_run(new_run(f"r{number}"))
        run = await claim(runs)
        assert run is not None
        alerts = [reading(is_crossed, run)]
        await runs.reach(run, "alerted", as_of="", version=1, result={}, alerts=alerts, at=NOW)
        await runs.finish(run, "succeeded", at=NOW, elapsed_ms=1, result={})
        told.append(len(await runs.list_deliveries([run.id])))
    assert told == [0, 1, 0, 0, 0, 0, 0, 1]
    [state] = await runs.list_alerts("weekly")
    assert (state.state, state.run_id, state.value) == ("fired", "r7", 1.5)


async def test_two_runs_that_see_one_crossing_at_once_send_it_once(
    address: str, store: Store, runs: RunStore
) -> None:
    async with Store.open(address) as other:
        both = [runs, RunStore(other.database)]
        held = []
        for number in range(6):
            await runs.add_run(new_run(f"r{number}"))
            run = await claim(runs)
            assert run is not None
            held.append(run)
        await asyncio.gather(
            *(
                both[n % 2].reach(
                    run, "alerted", as_of="", version=1, result={},
                    alerts=[reading(True, run)], at=NOW,
                )
                for n, run in enumerate(held)
            )
        )  # fmt: skip
    assert len(await runs.list_deliveries([run.id for run in held])) == 1


async def test_a_definition_is_put_found_replaced_and_deleted(schedules: ScheduleStore) -> None:
    async def put(title: str) -> bool:
        return await schedules.put_definition(
            "weekly", {"title": title}, owner="ann", roles=("emea",), at=NOW
        )

    assert await put("one")
    assert not await put("two")
    found = await schedules.find_definition("weekly")
    assert found is not None
    assert (found.definition, found.roles) == ({"title": "two"}, ("emea",))
    assert [one.name for one in await schedules.list_definitions()] == ["weekly"]
    assert await schedules.find_definition("no such\x00name") is None
    await schedules.add_schedule(schedule())
    with pytest.raises(ReportInUse):
        await schedules.delete_definition("weekly")
    await schedules.delete_schedule("s1")
    await schedules.delete_definition("weekly")
    with pytest.raises(JobNotFound):
        await schedules.delete_definition("weekly")
    with pytest.raises(JobNotFound):
        await schedules.delete_schedule("s1")


async def test_servers_that_put_one_definition_at_once_leave_one(
    address: str, store: Store, schedules: ScheduleStore
) -> None:
    async with Store.open(address) as other:
        both = [schedules, ScheduleStore(other.database)]
        made = await asyncio.gather(
            *(
                server.put_definition("weekly", {"title": "W"}, owner=None, roles=(), at=NOW)
                for _ in range(4)
                for server in both
            )
        )
    assert sum(made) == 1
    assert len(await schedules.list_definitions()) == 1
