"""The shop, ingested and served in this process, asked through the whole path of a question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from semantic.catalog import build_catalog
from semantic.definitions import Catalog
from semantic.load import load_model
from server.answer.wire import Answer
from server.app import open_services
from server.ask import AskServices, Question, ask
from server.planner.builtin.planner import BuiltinPlanner, build_planner
from server.settings import Settings
from tests.homes import build_home
from tests.planner.helpdesk import FILES, MODEL
from tests.planner.shop_rows import AS_OF, FOLDER, members
from tests.planner.shop_sums import found

NOW = datetime(2025, 2, 15, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Asker:
    """Asks and keeps the conversation."""

    services: AskServices

    async def ask(
        self, text: str, conversation_id: str | None = None, as_of: date = AS_OF
    ) -> Answer:
        """The whole answer to one question."""
        question = Question(text, conversation_id, as_of)
        last: dict[str, Any] = {}
        async with aclosing(cast(Any, ask(question, self.services))) as events:
            async for event in events:
                last = event
        assert last["status"] == "complete"
        return cast(Answer, last["result"])

    async def talk(self, *texts: str) -> list[Answer]:
        """The answers of one conversation."""
        answers: list[Answer] = []
        for text in texts:
            answers.append(await self.ask(text, answers[-1].conversation_id if answers else None))
        return answers


@pytest.fixture(scope="session")
def shop_catalog() -> Catalog:
    """The shop's semantic model."""
    return build_catalog(load_model([FOLDER / "shop.yml"]).spec)


@pytest.fixture(scope="session")
def shop_planner(shop_catalog: Catalog) -> BuiltinPlanner:
    """A planner that knows the shop's members, without an engine."""
    return build_planner(shop_catalog, members())


@asynccontextmanager
async def opened(root: Path, model: str, files: Mapping[str, str]) -> AsyncIterator[Asker]:
    """A domain, given by its YAML and its CSVs, behind the real engine and a real state store."""
    path = root / "model.yml"
    path.write_text(model, encoding="utf-8")
    build_home(root, files, load_model([path]).spec)
    settings = Settings.load({}, root)
    async with open_services(settings, clock=lambda: NOW, surface="test") as services:
        yield Asker(services.questions.services)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The shop behind the real engine and a real state store."""
    files = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.csv")}
    model = (FOLDER / "shop.yml").read_text("utf-8")
    async with opened(tmp_path_factory.mktemp("shop"), model, files) as asker:
        yield asker


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def helpdesk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The help desk behind the real engine."""
    async with opened(tmp_path_factory.mktemp("helpdesk"), MODEL, FILES) as asker:
        yield asker


async def check(
    asker: Asker, question: str, wanted: list[object], *, in_order: bool = True
) -> None:
    """Compare the first column, or the first two, in any order, where pairs are wanted."""
    rows = found(await asker.ask(question))
    if wanted and isinstance(wanted[0], tuple):
        assert sorted((row[:2] for row in rows), key=str) == sorted(wanted, key=str), question
    elif in_order:
        assert [row[0] for row in rows] == wanted, question
    else:
        assert sorted((row[0] for row in rows), key=str) == sorted(wanted, key=str), question
