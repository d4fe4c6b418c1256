"""State stores for the tests of report jobs: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.storage.run_store import RunStore
from server.storage.schedule_store import ScheduleStore
from server.storage.store import Store
from tests.postgres import postgres
from tests.storage.conftest import address

__all__ = ["address", "postgres"]


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    """A migrated, empty store."""
    async with Store.open(address) as opened:
        await opened.migrate()
        yield opened


@pytest.fixture
def schedules(store: Store) -> ScheduleStore:
    """The definitions and schedules of that store."""
    return ScheduleStore(store.database)


@pytest.fixture
def runs(store: Store) -> RunStore:
    """The runs of that store."""
    return RunStore(store.database)
