"""The store gives back what it was given, in order, to its owner alone, also under load."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from server.storage.database import migrate_in_transaction, parse_url, sqlite_url
from server.storage.errors import (
    ConversationExists,
    ConversationNotFound,
    InvalidRecord,
    StoreError,
    StoreUnavailable,
)
from server.storage.records import AuditEvent, Conversation, ConversationSummary, Turn
from server.storage.store import Store
from tests.storage.conftest import MOMENT, append, create, execute


def big_answer() -> dict[str, Any]:
    """An answer of some megabytes, with everything that JSON and Unicode have to offer."""
    text = (
        "Ünïcödé 🚀👩‍👩‍👧‍👦 漢字 \u202e \x01 \x00 \ud800 'quoted' \"double\" \\ \n %s :name $1 NUL"
    )
    return {
        "status": "answered",
        "answer": text * 200,
        "z first": 1,
        "a second": 2,
        "queries": [
            {
                "id": "q1",
                "rows": [[text, i, i / 7, -0.1, 1e308, 5e-324, None, True] for i in range(15_000)],
                "whole": 2**63 + 1,
                "written out": 1.0,
                "empty": [{}, [], "", 0],
            }
        ],
        "functions_executed": ["get_stage_metrics"],
        "visualizations": [{"title": "1"}, {"title": "2"}],
        "": "an empty key",
    }


async def test_a_turn_comes_back_as_it_was_given(store: Store, address: str) -> None:
    await create(store, "c1", owner="ann")
    answer = big_answer()
    question = "Wie groß ist die Pipeline? 🚀 漢字 '; DROP TABLE turn; -- %s :x $1"
    given = Turn("c1", 1, question, "answered", answer, MOMENT, 12.25)
    stored = await append(
        store, "c1", owner="ann", question=question, answer=answer, elapsed_ms=12.25
    )
    assert stored == given
    async with Store.open(address) as reopened:
        found = await reopened.get_conversation("c1", owner="ann")
    assert found == Conversation("c1", "about c1", "ann", MOMENT, MOMENT, 1, (given,))
    # As text too: the order of keys, and 1.0 not become 1.
    assert repr(found.turns[0].answer) == repr(answer)


async def test_a_conversation_begins_with_its_first_turn_or_not_at_all(store: Store) -> None:
    first = await append(store, "c1", owner="ann", begins="about deals")
    await append(store, "c1", owner="ann")
    with pytest.raises(ConversationExists):
        await append(store, "c1", owner="ann", begins="another")
    with pytest.raises(ConversationExists):
        await append(store, "c1", owner="ben", begins="another")
    with pytest.raises(InvalidRecord):
        await append(store, "c2", begins="about lists", answer={"rows": {1, 2}})

    found = await store.get_conversation("c1", owner="ann")
    assert (found.title, found.turn_count, found.turns[0]) == ("about deals", 2, first)
    with pytest.raises(ConversationNotFound):
        await store.get_conversation("c2", owner=None)


async def test_turns_are_numbered_from_one_in_the_order_they_came(store: Store) -> None:
    await create(store, "c1")
    earlier = MOMENT - timedelta(days=1)
    numbers = [(await append(store, "c1", at=at)).number for at in (MOMENT, earlier, MOMENT)]
    assert numbers == [1, 2, 3]
    found = await store.get_conversation("c1", owner=None)
    assert [turn.number for turn in found.turns] == [1, 2, 3]
    assert found.turn_count == 3


async def test_the_last_turns_are_the_newest_in_the_order_they_came(store: Store) -> None:
    await create(store, "c1")
    assert await store.last_turns("c1", 3, owner=None) == ()
    for i in range(5):
        await append(store, "c1", question=f"q{i}")

    async def last(count: int) -> list[str]:
        return [turn.question for turn in await store.last_turns("c1", count, owner=None)]

    assert await last(2) == ["q3", "q4"]
    assert await last(99) == ["q0", "q1", "q2", "q3", "q4"]
    assert await last(0) == []
    assert await last(-1) == []


async def test_the_list_is_newest_turn_first_with_its_counts(store: Store) -> None:
    day = timedelta(days=1)
    for name, at in (("old", MOMENT), ("middle", MOMENT + day), ("empty", MOMENT + day * 2)):
        await create(store, name, at=at)
    long = "🚀" * 60 + "x" * 60
    charts = [{"title": "a"}, {"title": "b"}]
    await append(
        store,
        "old",
        question=long,
        at=MOMENT,
        answer={"functions_executed": ["f", "g"], "visualizations": charts},
    )
    await append(
        store,
        "old",
        question="second",
        at=MOMENT + day * 3,
        answer={"functions_executed": ["f"], "visualizations": []},
    )
    await append(store, "middle", question="m", at=MOMENT + day, answer={"visualizations": None})
    expected = (
        ConversationSummary("old", "about old", MOMENT + day * 3, long[:100], 3, 2, 2),
        ConversationSummary("empty", "about empty", MOMENT + day * 2, "", 0, 0, 0),
        ConversationSummary("middle", "about middle", MOMENT + day, "m", 0, 0, 1),
    )
    assert await store.list_conversations(owner=None) == expected
    assert await store.list_conversations(owner=None, limit=2) == expected[:2]


async def test_a_title_is_changed_by_its_owner_alone(store: Store) -> None:
    await create(store, "c1", owner="ann")
    with pytest.raises(ConversationNotFound):
        await store.rename_conversation("c1", owner="bob", title="mine now")
    for name in ("c2", "../c1", "\0"):
        with pytest.raises(ConversationNotFound):
            await store.rename_conversation(name, owner=None, title="x")
    await store.rename_conversation("c1", owner="ann", title="Ärger ")
    (line,) = await store.list_conversations(owner=None)
    assert (line.title, line.timestamp) == ("Ärger ", MOMENT)


async def test_a_turn_that_arrives_late_does_not_move_the_conversation_back(store: Store) -> None:
    await create(store, "c1")
    await append(store, "c1", at=MOMENT + timedelta(hours=2))
    await append(store, "c1", at=MOMENT + timedelta(hours=1))
    found = await store.get_conversation("c1", owner=None)
    assert found.updated_at == MOMENT + timedelta(hours=2)


async def test_deleting_takes_the_turns_and_nothing_else(store: Store) -> None:
    for name in ("c1", "c2"):
        await create(store, name)
        await append(store, name)
        await append(store, name)
    kept = await store.get_conversation("c2", owner=None)
    await store.delete_conversation("c1", owner=None)
    with pytest.raises(ConversationNotFound):
        await store.get_conversation("c1", owner=None)
    assert await store.get_conversation("c2", owner=None) == kept
    # The id can be used again, and no turn of the old conversation is in the new one.
    await create(store, "c1")
    assert (await store.get_conversation("c1", owner=None)).turns == ()
    assert (await append(store, "c1")).number == 1


async def test_an_unknown_conversation_is_not_found_whatever_is_asked(store: Store) -> None:
    await create(store, "c1")
    unusable = ["c2", "", "C1", "c1\n", "c1 ", "c%", "c_", "a/b", "x" * 65, "c1\x00", "\ud800", "é"]
    for name in unusable:
        for ask in on_one(store, name, owner=None):
            with pytest.raises(ConversationNotFound):
                await ask()


async def test_another_owners_conversation_does_not_exist(store: Store) -> None:
    await create(store, "hers", owner="ann")
    await append(store, "hers", owner="ann")
    await create(store, "nobodys")
    before = await store.get_conversation("hers", owner=None)
    for owner, name in (("bob", "hers"), ("", "hers"), ("ann", "nobodys")):
        for ask in on_one(store, name, owner=owner):
            with pytest.raises(ConversationNotFound):
                await ask()
    assert await store.get_conversation("hers", owner="ann") == before
    assert [found.id for found in await store.list_conversations(owner="ann")] == ["hers"]
    assert await store.list_conversations(owner="bob") == ()
    assert len(await store.list_conversations(owner=None)) == 2


def on_one(store: Store, name: str, owner: str | None) -> list[Callable[[], Awaitable[object]]]:
    """Everything that can be done to one conversation that exists."""
    return [
        lambda: store.get_conversation(name, owner=owner),
        lambda: store.last_turns(name, 1, owner=owner),
        lambda: store.delete_conversation(name, owner=owner),
        lambda: append(store, name, owner=owner),
    ]


async def test_an_id_is_given_out_once(store: Store) -> None:
    await create(store, "c1", owner="ann")
    with pytest.raises(ConversationExists):
        await create(store, "c1", owner="bob")
    assert (await store.get_conversation("c1", owner=None)).owner == "ann"


async def test_an_id_that_is_none_cannot_be_created(store: Store) -> None:
    for name in ("", "a b", "a/b", "x" * 65, "c1\n", "é"):
        with pytest.raises(InvalidRecord, match="1 to 64 letters"):
            await create(store, name)
    await create(store, "x" * 64)
    await create(store, "conv_20250215_101230_ab12-Z")


async def test_moments_come_back_in_utc_from_any_zone(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    await create(store, "c1", at=MOMENT.astimezone(tokyo))
    later = MOMENT + timedelta(hours=1)
    turn = await append(store, "c1", at=later.astimezone(tokyo))
    await store.record_audit(AuditEvent(MOMENT.astimezone(tokyo), None, "rest", "query", "ok"))
    found = await store.get_conversation("c1", owner=None)
    recorded = (await store.list_audit())[0].event
    assert (found.created_at, recorded.at) == (MOMENT, MOMENT)
    assert (found.updated_at, turn.created_at, found.turns[0].created_at) == (later, later, later)
    for at in (turn.created_at, found.created_at, found.updated_at, recorded.at):
        assert at.tzinfo is UTC


async def test_the_list_is_in_order_of_moments_and_not_of_clock_faces(store: Store) -> None:
    west, east = timezone(timedelta(hours=-8)), timezone(timedelta(hours=9))
    await create(store, "later", at=datetime(2025, 1, 1, 1, 0, tzinfo=west))
    await create(store, "earlier", at=datetime(2025, 1, 1, 17, 0, tzinfo=east))
    names = [found.id for found in await store.list_conversations(owner=None)]
    assert names == ["later", "earlier"]


async def test_a_naive_datetime_is_refused_and_nothing_is_written(store: Store) -> None:
    naive = MOMENT.replace(tzinfo=None)
    with pytest.raises(InvalidRecord, match="time zone"):
        await create(store, "c1", at=naive)
    await create(store, "c1")
    with pytest.raises(InvalidRecord, match="time zone"):
        await append(store, "c1", at=naive)
    with pytest.raises(InvalidRecord, match="time zone"):
        await store.record_audit(AuditEvent(naive, None, "rest", "query", "answered"))
    assert (await store.get_conversation("c1", owner=None)).turn_count == 0
    assert await store.list_audit() == ()


@pytest.mark.parametrize(
    "given",
    [
        {"answer": {"value": float("nan")}},
        {"answer": {"value": float("inf")}},
        {"answer": {"value": Decimal("1.10")}},
        {"answer": {"value": MOMENT}},
        {"elapsed_ms": float("nan")},
        {"elapsed_ms": -1.0},
    ],
)
async def test_a_value_that_would_not_come_back_is_refused(
    store: Store, given: dict[str, Any]
) -> None:
    await create(store, "c1")
    with pytest.raises(InvalidRecord):
        await append(store, "c1", **given)
    assert (await append(store, "c1")).number == 1


async def test_characters_that_no_database_holds_are_made_visible(store: Store) -> None:
    await create(store, "c1")
    turn = await append(store, "c1", question="a\x00b\ud800c🚀")
    assert turn.question == "a\ufffdb\ufffdc🚀"
    assert await store.last_turns("c1", 1, owner=None) == (turn,)
    event = AuditEvent(
        MOMENT,
        "p\x00",
        "rest",
        "sql",
        "refused",
        code="parse\x00",
        semantic_sql="SELECT '\x00\udfff'",
        conversation_id="\x00" * 100,
    )
    await store.record_audit(event)
    recorded = (await store.list_audit())[0].event
    assert recorded.principal == "p\ufffd"
    assert recorded.semantic_sql == "SELECT '\ufffd\ufffd'"
    assert recorded.conversation_id == "\ufffd" * 100


async def test_the_audit_trail_outlives_the_conversation(store: Store) -> None:
    await create(store, "c1")
    await append(store, "c1")
    event = AuditEvent(MOMENT, None, "rest", "query", "answered", conversation_id="c1")
    await store.record_audit(event)
    await store.delete_conversation("c1", owner=None)
    assert [record.event for record in await store.list_audit(conversation_id="c1")] == [event]


async def test_a_store_that_was_not_migrated_says_what_to_do(address: str) -> None:
    async with Store.open(address) as store:
        with pytest.raises(StoreUnavailable, match="revenue migrate"):
            await store.list_conversations(owner=None)


def test_reading_a_file_that_is_missing_makes_none_and_leaves_no_thread(tmp_path: Path) -> None:
    """Each loop is closed at once, as a command does that ends with this error."""

    async def read() -> None:
        async with Store.open(sqlite_url(tmp_path / "state.db")) as store:
            with pytest.raises(StoreUnavailable):
                await store.list_conversations(owner=None)

    before = set(threading.enumerate())
    for _ in range(20):
        asyncio.run(read())
    assert list(tmp_path.iterdir()) == []
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=30)
        assert not thread.is_alive()


async def test_no_question_or_answer_gets_into_an_error_that_is_logged(
    store: Store, address: str
) -> None:
    await create(store, "c1")

    def drop(connection: Connection) -> None:
        connection.execute(text("DROP TABLE turn"))

    await asyncio.to_thread(migrate_in_transaction, parse_url(address), drop)
    with pytest.raises(StoreError) as caught:
        await append(store, "c1", question="opensesame", answer={"secret": "opensesame"})
    error: BaseException | None = caught.value
    seen = []
    while error is not None:
        seen.append(str(error))
        error = error.__cause__
    assert len(seen) > 1
    assert "opensesame" not in " ".join(seen)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
async def test_a_database_that_dropped_its_connections_costs_no_request(
    store: Store, address: str
) -> None:
    await create(store, "c1")
    await execute(
        address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert (await append(store, "c1")).number == 1
