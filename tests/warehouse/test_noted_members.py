"""What a version notes of its dimensions is what asking finds, and no more than one may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from semantic.catalog import build_catalog
from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.members import MAX_MEMBERS
from server.analyses import load_packaged
from server.analysis_runs import AnalysisRuns
from server.app import open_services
from server.loading import load_data, load_home_model
from server.planner.knowledge import Knowledge, RunSql, load_knowledge
from server.planners import Planners
from server.results import ResultTable
from server.settings import Settings
from server.warehouse.execute import Warehouse
from server.warehouse.members import read_members
from server.warehouse.paths import Home
from tests.homes import AS_OF, MODEL, NOW, build_home, load_revenue_spec, open_warehouse, tiny_files

EMEA = Principal(roles=frozenset({"emea"}))


def make_home(root: Path, **changes: object) -> Home:
    """The tiny home as `revenue ingest` builds it, with entries of the model replaced."""
    home = Home(root)
    home.data.mkdir(parents=True)
    home.models.mkdir()
    model = yaml.safe_load(MODEL.read_text("utf-8")) | changes
    (home.models / "revenue.yml").write_text(yaml.safe_dump(model), encoding="utf-8")
    for name, text in tiny_files().items():
        (home.data / name).write_text(text, encoding="utf-8")
    load_data(home, now=NOW)
    return home


def asks(warehouse: Warehouse, principal: Principal, asked: list[str]) -> RunSql:
    async def run(sql: str, limit_rows: int) -> ResultTable:
        asked.append(sql)
        return await warehouse.run(
            sql, as_of=AS_OF, principal=principal, limit_rows=limit_rows, version=1
        )

    return run


async def test_the_notes_are_what_asking_finds(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    catalog = load_home_model(home)[1]
    noted = read_members(home, 1)
    assert noted is not None
    async with open_warehouse(home) as warehouse:
        found = await load_knowledge(catalog, asks(warehouse, Principal(), []))

    assert noted.members == found.members
    assert noted.members["opportunities.account_name"] == ("Acme", "Bolt", "Café", "Dune")
    assert noted.key_shapes == found.key_shapes
    assert noted.key_shapes, "the tiny model has keys that can be seen"
    assert noted.dates == {name: (c.first, c.last) for name, c in found.coverage.items()}


async def test_only_what_a_policy_touches_is_asked_again_and_nothing_hidden_is_learnt(
    tmp_path: Path,
) -> None:
    rows = {"role": "emea", "model": "accounts", "rows": "account_name = 'Acme'"}
    masked = {"role": "emea", "model": "contacts", "mask": {"email": "'***'"}}
    home = make_home(tmp_path / "home", policies=[rows, masked])
    async with _opened(home) as (planners, warehouse, catalog):
        free = await planners.known(Principal())
        bound = await planners.known(EMEA)
        asked_fresh = await load_knowledge(catalog, asks(warehouse, EMEA, []))

    assert free.members["accounts.account_name"] == ("Acme", "Bolt", "Café", "Dune")
    assert bound.members["accounts.account_name"] == ("Acme",)
    assert bound.members["contacts.email"] == ("***",)
    assert bound.members == asked_fresh.members
    assert planners.asked_for(EMEA) == {"accounts", "contacts"}
    assert planners.asked_for(Principal()) == set()


async def test_a_version_without_notes_is_asked(tmp_path: Path) -> None:
    home = build_home(tmp_path / "home", tiny_files(), load_revenue_spec())
    assert read_members(home, 1) is None
    settings = Settings(home=home.root)
    async with open_services(settings, clock=lambda: NOW, surface="test") as services:
        asking = services.questions.services
        snapshot = await asking.snapshots.get()
        kit = await asking.planners.get(snapshot, Principal(), AS_OF)
    assert kit.coverage["opportunities.close_date"].last.isoformat() == "2025-05-01"


def test_of_too_many_members_none_is_noted(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.data.mkdir(parents=True)
    files = tiny_files()
    lines = files["account_and_contact.csv"].splitlines()[:1]
    lines += [f"P{n},Q,CEO,Acme,p{n % 9}@x.example,A1" for n in range(MAX_MEMBERS + 1)]
    files["account_and_contact.csv"] = "\n".join(lines) + "\n"
    for name, text in files.items():
        (home.data / name).write_text(text, encoding="utf-8")
    load_data(home, now=NOW)
    noted = read_members(home, 1)

    assert noted is not None
    assert noted.members["contacts.first_name"] is None
    assert len(noted.members["contacts.email"] or ()) == 9


class _Known(Planners):
    """Planners that tell what they know and what they asked for."""

    def __init__(self, warehouse: Warehouse, analyses: AnalysisRuns, home: Home) -> None:
        super().__init__(warehouse, analyses, home)
        self.asked: dict[frozenset[str], list[str]] = {}

    def asked_for(self, principal: Principal) -> set[str]:
        """The models that were asked for the principal."""
        texts = self.asked[principal.roles]
        return {text.partition(' FROM "')[2].partition('"')[0] for text in texts}

    async def known(self, principal: Principal) -> Knowledge:
        """What a planner of the principal would know."""
        snapshot = await self._analyses.queries.snapshots.get()
        noted, too_many = await self._noted(snapshot, principal)
        run = asks(self._warehouse, principal, self.asked.setdefault(principal.roles, []))
        return await load_knowledge(snapshot.catalog, run, noted, too_many)


@asynccontextmanager
async def _opened(home: Home) -> AsyncIterator[tuple[_Known, Warehouse, Catalog]]:
    settings = Settings(home=home.root)
    async with open_services(settings, clock=lambda: NOW, surface="test") as services:
        asking = services.questions.services
        runs = AnalysisRuns(services.queries, load_packaged())
        planners = _Known(asking.warehouse, runs, home)
        yield planners, asking.warehouse, build_catalog(load_home_model(home)[0].spec)
