"""Many tasks and several servers at once: no turn is lost, doubled or seen by half."""

from __future__ import annotations

import asyncio
import random

from server.storage.records import Turn
from server.storage.store import Store
from tests.storage.conftest import append, create


async def test_appends_at_once_get_numbers_of_their_own(store: Store, address: str) -> None:
    """Forty appends from two servers to two conversations: none lost, none twice, no gap."""
    for name in ("c1", "c2"):
        await create(store, name)
    async with Store.open(address) as other:
        turns = await asyncio.gather(
            *(
                append(server, name, question=f"{name} {i}", answer={"i": i})
                for i in range(10)
                for server in (store, other)
                for name in ("c1", "c2")
            )
        )
    for name in ("c1", "c2"):
        mine = sorted((turn for turn in turns if turn.conversation_id == name), key=by_number)
        assert [turn.number for turn in mine] == list(range(1, 21))
        found = await store.get_conversation(name, owner=None)
        assert list(found.turns) == mine
        assert found.turn_count == 20


def by_number(turn: Turn) -> int:
    return turn.number


async def test_a_reader_sees_a_turn_whole_or_not_at_all(store: Store) -> None:
    await create(store, "c1")

    async def read() -> None:
        while True:
            found = await store.get_conversation("c1", owner=None)
            assert [turn.number for turn in found.turns] == list(range(1, found.turn_count + 1))
            last = await store.last_turns("c1", 2, owner=None)
            assert len(last) <= 2
            summary = (await store.list_conversations(owner=None))[0]
            assert summary.functions_count == summary.turn_count
            if found.turn_count == 15:
                return

    async def write() -> None:
        for _ in range(15):
            await append(store, "c1", answer={"functions_executed": ["f"]})

    await asyncio.gather(read(), read(), write())


async def test_cancelled_appends_leave_no_half_turn_and_a_usable_store(store: Store) -> None:
    """A client that closes its connection cancels the task wherever it happens to be."""
    await create(store, "c1")
    chance = random.Random(20250215)

    async def cancelled() -> int | None:
        task = asyncio.create_task(append(store, "c1"))
        for _ in range(chance.randrange(40)):
            await asyncio.sleep(0)
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.003]))
        task.cancel()
        try:
            return (await task).number
        except asyncio.CancelledError:
            return None

    acknowledged: set[int] = set()
    for _ in range(8):
        results = await asyncio.gather(*(cancelled() for _ in range(5)))
        acknowledged.update(number for number in results if number is not None)
    found = await store.get_conversation("c1", owner=None)
    numbers = [turn.number for turn in found.turns]
    assert numbers == list(range(1, found.turn_count + 1))
    assert acknowledged <= set(numbers)
    assert (await append(store, "c1")).number == found.turn_count + 1
