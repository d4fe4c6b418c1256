"""Pins and keys on both databases: kept, listed in order, scoped to their owner, revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.storage.errors import JobNotFound
from server.storage.key_store import KeyStore
from server.storage.pin_store import PinStore
from server.storage.records import ApiKey, Pin
from server.storage.store import Store
from tests.storage.conftest import MOMENT

DAY = timedelta(days=1)
PIN = Pin("p1", "ann", "Ärger <b>", "bar", None, {"metrics": ["win_rate"], "limit": 5}, MOMENT)
KEY = ApiKey("k1", "ann", "d" * 64, frozenset({"emea", "analyst"}), MOMENT)


async def test_pins_come_back_as_they_were_and_to_their_owner_alone(store: Store) -> None:
    pins = PinStore(store.database)
    other = replace(PIN, id="p2", owner="bob", semantic_sql="SELECT 1", query=None, chart=None)
    late = replace(PIN, id="p0", created_at=MOMENT + DAY)
    for pin in (late, other, PIN):
        await pins.add(pin)
    assert await pins.list("ann") == (PIN, late)
    assert await pins.list("bob") == (other,)
    assert await pins.list(None) == (PIN, other, late)
    assert (await pins.count("ann"), await pins.count("eve"), await pins.count(None)) == (2, 0, 3)
    for name, owner in (("p1", "bob"), ("p9", None), ("a b", None), ("\0", None)):
        with pytest.raises(JobNotFound):
            await pins.remove(name, owner)
    await pins.remove("p1", "ann")
    await pins.remove("p2", None)
    assert await pins.list(None) == (late,)


async def test_a_key_is_found_noted_and_revoked_once(store: Store) -> None:
    keys = KeyStore(store.database)
    await keys.add(KEY)
    await keys.add(replace(KEY, id="k2", created_at=MOMENT + DAY))
    assert await keys.find("k1") == KEY
    assert await keys.find("k9") is None
    assert [key.id for key in await keys.list()] == ["k1", "k2"]
    assert await keys.count_active() == 2
    assert await keys.revoke("k1", MOMENT) is True
    assert await keys.revoke("k1", MOMENT + DAY) is False
    assert await keys.revoke("k9", MOMENT) is False
    assert await keys.find("k1") == replace(KEY, revoked_at=MOMENT)
    assert await keys.count_active() == 1


async def test_the_last_use_is_written_now_and_then(store: Store) -> None:
    keys = KeyStore(store.database)
    await keys.add(KEY)
    minute = timedelta(minutes=1)

    async def last_used() -> object:
        found = await keys.find("k1")
        return found and found.last_used_at

    await keys.note_use("k1", MOMENT, MOMENT - minute)
    assert await last_used() == MOMENT
    await keys.note_use("k1", MOMENT + minute / 2, MOMENT - minute / 2)
    assert await last_used() == MOMENT
    await keys.note_use("k1", MOMENT + 2 * minute, MOMENT + minute)
    assert await last_used() == MOMENT + 2 * minute


def test_a_digest_shows_in_no_repr() -> None:
    assert "ddd" not in repr(KEY)
