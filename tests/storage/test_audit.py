"""The audit trail: every event comes back as it was given, under an id of its own."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, text

from server.storage.database import migrate_in_transaction, parse_url
from server.storage.records import AuditEvent
from server.storage.store import Store
from tests.storage.conftest import MOMENT


async def test_an_audit_event_comes_back_as_it_was_given(store: Store) -> None:
    full = AuditEvent(
        at=MOMENT,
        principal="ann",
        surface="rest",
        action="query",
        status="refused",
        code="unknown-metric",
        semantic_sql="SELECT MEASURE(x) FROM y" * 1000,
        conversation_id="c1",
        warehouse_version=2**40,
        elapsed_ms=0.25,
        detail={"b": [1, {"ü": "🚀"}], "a": None},
    )
    bare = AuditEvent(MOMENT, None, "cli", "ingest", "answered")
    ids = [await store.record_audit(event) for event in (full, bare)]
    assert ids == sorted(set(ids))
    found = await store.list_audit()
    assert [(record.id, record.event) for record in found] == [(ids[1], bare), (ids[0], full)]


async def test_the_audit_trail_is_read_in_pages_and_by_conversation(store: Store) -> None:
    ids = [
        await store.record_audit(
            AuditEvent(MOMENT, None, "rest", "query", "ok", conversation_id=f"c{i % 2}")
        )
        for i in range(5)
    ]
    first = await store.list_audit(limit=2)
    second = await store.list_audit(limit=2, before_id=first[-1].id)
    assert [record.id for record in first + second] == ids[:0:-1]
    assert [record.id for record in await store.list_audit(conversation_id="c1")] == [
        ids[3],
        ids[1],
    ]


async def test_an_audit_id_is_never_given_out_twice(store: Store, address: str) -> None:
    """An operator may archive the newest rows; a page read before must not meet other ones."""
    event = AuditEvent(MOMENT, None, "rest", "query", "answered")
    archived = await store.record_audit(event)

    def archive(connection: Connection) -> None:
        connection.execute(text("DELETE FROM audit"))

    await asyncio.to_thread(migrate_in_transaction, parse_url(address), archive)
    assert await store.record_audit(event) > archived
