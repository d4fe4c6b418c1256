"""Which stored aggregates a version holds decides what its questions read, version by version."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from semantic.compiled import Principal
from server.loading import load_data
from server.warehouse.paths import Home
from tests.homes import AS_OF, NOW, open_warehouse, tiny_files

PIPELINE = "SELECT stage, MEASURE(pipeline_value) AS value FROM opportunities WHERE open GROUP BY 1"
COPIES = 5


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Version 1 has each deal once, version 2 five times; the model is the same."""
    home = Home(tmp_path / "home")
    home.data.mkdir(parents=True)
    header, *deals = tiny_files()["opportunities.csv"].splitlines()
    for name, text in tiny_files().items():
        (home.data / name).write_text(text, encoding="utf-8")
    load_data(home, now=NOW)
    lines = [header, *deals * COPIES]
    (home.data / "opportunities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    load_data(home, now=NOW)
    return home


async def test_a_version_is_read_by_what_it_holds_itself(home: Home) -> None:
    async with open_warehouse(home) as warehouse:
        # There and back: the worker keeps plans of both.
        for version in (1, 2, 1, 2):
            found = await warehouse.run(
                PIPELINE, as_of=AS_OF, principal=Principal(), limit_rows=100, version=version
            )
            times = COPIES if version == 2 else 1
            # Negotiate 4000 + 6000, Propose 2000 and one without an amount, Qualify 300 + 900.
            assert dict(found.rows) == {
                "Meet & Present": Decimal(700) * times,
                "Negotiate": Decimal(10_000) * times,
                "Propose": Decimal(2000) * times,
                "Qualify": Decimal(1200) * times,
            }
            assert ("FROM rollup." in found.sql) is (version == 2)
            assert found.data_sources == ("opportunities.csv",)
