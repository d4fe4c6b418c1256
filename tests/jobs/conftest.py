"""State stores (SQLite and PostgreSQL) and a tiny home for the tests of report jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.storage.run_store import RunStore
from server.storage.schedule_store import ScheduleStore
from server.storage.store import Store
from server.warehouse.paths import Home
from tests.homes import revenue_spec, tiny_home
from tests.jobs.harness import Office, office
from tests.postgres import postgres
from tests.storage.conftest import address

__all__ = ["address", "postgres", "revenue_spec", "tiny_home"]


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tiny_office(tiny_home: Home) -> AsyncIterator[Office]:
    """An engine on the tiny home; starting one takes seconds, so there is one for all."""
    async with office(tiny_home) as opened:
        yield opened
