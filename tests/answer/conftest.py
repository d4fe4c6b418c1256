"""A shop with nine orders that can be added up by hand, asked through the whole path."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from semantic.compiled import Principal
from semantic.load import load_model
from server.answer.wire import Answer
from server.app import open_services
from server.schemas import QuestionRequest
from server.settings import Settings
from server.warehouse.paths import Home
from tests.homes import build_home

AS_OF = date(2025, 2, 15)
NOW = datetime(2025, 2, 15, 12, tzinfo=UTC)
MODEL = Path(__file__).parents[1] / "planner" / "shop" / "shop.yml"

# One order a line: number, channel, status, total, day.
ORDERS = """\
1 Web Shipped 100.00 2024-07-01
2 Store Shipped 50.00 2024-08-10
3 Web Shipped 200.00 2024-10-05
4 Web Cancelled 80.00 2024-11-20
5 Store Shipped 150.00 2024-12-24
6 Web Shipped 300.00 2025-01-03
7 Store Shipped 60.00 2025-01-20
8 Web Shipped 90.00 2025-02-02
9 Store Open 10.00 2025-02-14
"""

Asking = Callable[..., Awaitable[Answer]]


def order_files() -> dict[str, str]:
    lines = ["Order,Customer,Product,Channel,Status,Quantity,Total,Discount,Ordered,Delivered"]
    for line in ORDERS.splitlines():
        number, channel, status, total, day = line.split()
        lines.append(f"{number},C1,P1,{channel},{status},1,{total},0,{day},")
    return {
        "orders.csv": "\n".join(lines) + "\n",
        "customers.csv": "Id,Name,City,Tier\nC1,Ada,Oslo,Gold\n",
        "products.csv": "Id,Name,Family\nP1,Lamp,Light\n",
        "visits.csv": "Customer,Reason\nC1,Repair\n",
    }


@pytest.fixture(scope="session")
def order_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    spec = load_model([MODEL]).spec
    return build_home(tmp_path_factory.mktemp("orders") / "home", order_files(), spec)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asking(order_home: Home) -> AsyncIterator[Asking]:
    async with opened(order_home) as ask:
        yield ask


@asynccontextmanager
async def opened(home: Home) -> AsyncIterator[Asking]:
    """Asks a home in this process."""
    settings = Settings(home=home.root)
    async with open_services(settings, clock=lambda: NOW, surface="test") as services:

        async def ask(text: str, conversation_id: str | None = None) -> Answer:
            request = QuestionRequest(text, conversation_id, as_of=AS_OF)
            return await services.questions.answer(request, Principal())

        yield ask
