"""Two published files, built as `revenue ingest` builds them: the deals and the shop, by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.pipeline import compile_sql
from server.loading import load_data, load_home_model
from server.warehouse.paths import Home
from tests.homes import NOW, tiny_files
from tests.tiny.world import tiny_tables

SHOP = Path(__file__).parent.parent / "tiny" / "shop.yml"
Rows = list[tuple[Any, ...]]


class Call(NamedTuple):
    """One macro of a catalog."""

    metric: str
    model: str
    text: str


@dataclass(frozen=True)
class Published:
    """A published file, open as a BI tool opens it, and the catalog it was built from."""

    home: Home
    catalog: Catalog
    connection: duckdb.DuckDBPyConnection

    @property
    def path(self) -> Path:
        """The address that BI tools keep."""
        return self.home.current / "revenue.duckdb"

    def read(self, sql: str) -> Rows:
        """What a BI tool reads."""
        return self.connection.execute(sql).fetchall()

    def governed(self, sql: str) -> Rows:
        """What the server answers on this version today."""
        query = compile_sql(self.catalog, sql, principal=Principal(), limit_rows=10_000)
        [(today,)] = self.read("SELECT today()")
        assert isinstance(today, date)
        return self.connection.execute(query.sql, query.bind(today)).fetchall()

    def macros(self) -> list[Call]:
        """Every macro the file says it has, as it says to call it."""
        rows = self.read(
            "SELECT name, macro FROM meta.metrics WHERE macro IS NOT NULL ORDER BY rowid"
        )
        return [Call(name, self.model_of(name), text) for name, text in rows]

    def model_of(self, metric: str) -> str:
        """The model whose rows a metric with a macro aggregates."""
        (model,) = self.catalog.metrics[metric].models
        return model


def publish(root: Path, files: Mapping[str, str], model: str | None = None) -> Home:
    """A home with `files` (by name) as its version 1, under `model` or the packaged one."""
    home = Home(root)
    home.data.mkdir(parents=True)
    for name, text in files.items():
        (home.data / name).write_text(text, encoding="utf-8")
    if model is not None:
        home.models.mkdir()
        (home.models / "model.yml").write_text(model, encoding="utf-8")
    load_data(home, now=NOW)
    return home


def open_published(home: Home) -> Iterator[Published]:
    """The current version, in one transaction: today() stays the same day through midnight."""
    _, catalog = load_home_model(home)
    path = home.current / "revenue.duckdb"
    with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection:
        connection.execute("BEGIN TRANSACTION")
        yield Published(home, catalog, connection)


def shop_files(folder: Path) -> dict[str, str]:
    """The drawing of `tests/tiny/world.py` as CSV files."""
    _, catalog = load_home_model(Home(folder))
    found = {}
    for source in catalog.spec.sources:
        path = folder / f"{source.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(source.columns)
            for row in tiny_tables()[source.name]:
                out.writerow(row[column.to] for column in source.columns.values())
        found[path.name] = path.read_text(encoding="utf-8")
    return found


@pytest.fixture(scope="session")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The packaged model over thirteen deals and seven contacts."""
    yield from open_published(publish(tmp_path_factory.mktemp("deals") / "home", tiny_files()))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The shop: every kind of metric, neighbours, orphans, NULLs."""
    folder = tmp_path_factory.mktemp("shop-files")
    (folder / "models").mkdir()
    model = SHOP.read_text(encoding="utf-8")
    (folder / "models" / "shop.yml").write_text(model, encoding="utf-8")
    home = publish(tmp_path_factory.mktemp("shop") / "home", shop_files(folder), model)
    yield from open_published(home)


@pytest.fixture(params=["deals", "shop"])
def published(request: pytest.FixtureRequest) -> Published:
    """Each of the two."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Published)
    return found
