"""The named analyses over the tiny and the real home, each behind its own engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from semantic.definitions import Catalog
from server.analyses import Analyses, load_packaged
from server.warehouse.paths import Home
from tests.homes import (  # noqa: F401 - fixtures
    open_warehouse,
    real_home,
    revenue_catalog,
    revenue_spec,
    tiny_home,
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tiny(
    tiny_home: Home,  # noqa: F811
    revenue_catalog: Catalog,  # noqa: F811
) -> AsyncIterator[Analyses]:
    async with open_warehouse(tiny_home) as warehouse:
        yield Analyses(revenue_catalog, load_packaged(), warehouse)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def real(
    real_home: Home,  # noqa: F811
    revenue_catalog: Catalog,  # noqa: F811
) -> AsyncIterator[Analyses]:
    async with open_warehouse(real_home) as warehouse:
        yield Analyses(revenue_catalog, load_packaged(), warehouse)
