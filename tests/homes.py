"""Homes with published data, for tests that ask real questions: the tiny one and the real one.

The tiny home holds thirteen opportunities and seven contacts that can be added up by hand; the
real one holds the CSVs of the sample folder beside the repository and is skipped without it.
Invariant: every home is built by the real ingest and asked through the real engine.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from semantic.catalog import build_catalog
from semantic.definitions import Catalog
from semantic.load import load_model
from semantic.spec import SemanticModelSpec
from server.warehouse.execute import Warehouse
from server.warehouse.ingest import ingest
from server.warehouse.paths import Home
from server.warehouse.pool import EnginePool, EngineSettings
from server.warehouse.versions import current_version

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY.parent / "shared"
AS_OF = date(2025, 2, 15)
NOW = datetime(2025, 2, 15, 12, tzinfo=UTC)
MODEL = REPOSITORY / "semantic" / "models" / "revenue.yml"

# One deal a line, numbered from 1. Deal 5 lacks its account's id, deal 10 its amount and next
# step, deal 7 its type, lead source and contact; deal 7's name has no colon.
_DEALS = """
Acme|SaaS: ERP Implementation       |Closed Won    |1000.00|100|1/10/2025|11/2/2024
Acme|SaaS: ERP Upgrade Proposal     |Closed Lost   | 500.00|  0|1/20/2025|12/15/2024
Acme|OCI: Compute Migration         |Negotiate     |4000.00| 80|3/1/2025 |12/10/2024
Bolt|OCI: Compute Migration         |Propose       |2000.00| 50|3/5/2025 |1/25/2025
Bolt|PaaS: AI Enhancement           |Qualify       | 300.00| 10|4/1/2025 |2/10/2025
Bolt|SaaS: HCM Implementation       |Closed Won    |3000.00|100|2/1/2025 |12/20/2024
Café|Data Cloud                     |Meet & Present| 700.00| 25|2/10/2025|1/15/2025
Café|SaaS: ERP Implementation       |Closed Lost   |1500.00|  0|12/1/2024|10/1/2024
Café|OCI: Storage Expansion Project |Negotiate     |6000.00| 70|2/28/2025|11/20/2024
Dune|PaaS: AI Adoption Initiative   |Propose       |       | 40|3/10/2025|12/31/2024
Dune|SaaS: ERP Implementation       |Closed Won    |2000.00|100|2/14/2025|1/5/2025
Dune|OCI: Storage Expansion Project |Qualify       | 900.00| 20|5/1/2025 |12/16/2024
Dune|OCI: Compute Migration         |Closed Lost   | 800.00|  0|2/3/2025 |1/20/2025
"""

# The same deals: account id, fiscal period, next step, lead source, type, contact and title.
_DETAILS = """
A1|Q1-2025|Kick off    |Web  |New Business|Ann|CEO
A1|Q1-2025|Write report|Web  |Expansion   |Ann|CEO
A1|Q1-2025|Call        |Event|Expansion   |Ann|Chief Data Officer
A2|Q1-2025|Send offer  |Event|Renewal     |Bea|VP of Sales
  |Q2-2025|Call        |Web  |New Business|   |
A2|Q1-2025|Kick off    |Event|Renewal     |Bea|VP of Sales
A3|Q1-2025|Call        |     |            |   |
A3|Q4-2024|Write report|Web  |New Business|Cid|CEO
A3|Q1-2025|Close it    |Event|Expansion   |   |
A4|Q1-2025|            |Web  |Renewal     |Dee|CTO
A4|Q1-2025|Send thanks |Event|New Business|   |
A4|Q2-2025|Call        |Web  |Expansion   |Dee|CTO
A4|Q1-2025|Ask why     |Event|Renewal     |Dee|CTO
"""

_DEAL_HEADERS = (
    "Account Name", "Opportunity Name", "Stage", "Amount", "Probability (%)", "Close Date",
    "Created Date", "Account ID", "Fiscal Period", "Next Step", "Lead Source", "Type",
    "Primary Contact", "Contact: Title", "Contact: Email",
)  # fmt: skip

# Eve works for the account of Ann, whose name her line spells in another way.
CONTACTS = """\
First Name,Last Name,Title,Account Name,Email,Account ID
Ann,Ash,CEO,Acme,ann@acme.example,A1
Abe,Ash,VP of Sales,Acme,abe@acme.example,A1
Ada,Ash,VP of Sales,Acme,ada@acme.example,A1
Bea,Box,VP of Sales,Bolt,bea@bolt.example,A2
Cid,Cox,CEO,Café,cid@cafe.example,A3
Dee,Dax,CTO,Dune,dee@dune.example,A4
Eve,Eck,,Acme Corporation,eve@acme.example,A1
"""


def tiny_files() -> dict[str, str]:
    """The CSV files of the tiny home, by name."""
    lines: list[tuple[str, ...]] = [_DEAL_HEADERS]
    for deal, detail in zip(_table(_DEALS), _table(_DETAILS), strict=True):
        lines.append((*deal, *detail, ""))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return {"opportunities.csv": text.getvalue(), "account_and_contact.csv": CONTACTS}


def _table(text: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().split("\n")]


def load_revenue_spec() -> SemanticModelSpec:
    """The packaged model."""
    return load_model([MODEL]).spec


def build_home(root: Path, files: Mapping[str, str], spec: SemanticModelSpec) -> Home:
    """A home with `files` (by name) ingested under `spec`."""
    home = Home(root)
    home.data.mkdir(parents=True)
    for name, text in files.items():
        (home.data / name).write_text(text, encoding="utf-8")
    ingest(home, spec, now=NOW)
    return home


@asynccontextmanager
async def open_warehouse(home: Home, workers: int = 1) -> AsyncIterator[Warehouse]:
    """The engine over a home, stopped at the end."""
    settings = EngineSettings(workers=workers)
    pool = EnginePool(home.warehouse, settings)
    warehouse = Warehouse(pool, settings, lambda: current_version(home))
    await warehouse.start()
    try:
        yield warehouse
    finally:
        await warehouse.stop()


@pytest.fixture(scope="session")
def revenue_spec() -> SemanticModelSpec:
    return load_revenue_spec()


@pytest.fixture(scope="session")
def revenue_catalog(revenue_spec: SemanticModelSpec) -> Catalog:
    return build_catalog(revenue_spec)


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory: pytest.TempPathFactory, revenue_spec: SemanticModelSpec) -> Home:
    return build_home(tmp_path_factory.mktemp("tiny") / "home", tiny_files(), revenue_spec)


@pytest.fixture(scope="session")
def real_home(tmp_path_factory: pytest.TempPathFactory, revenue_spec: SemanticModelSpec) -> Home:
    """The sample CSVs, ingested; skips where the sample folder is absent."""
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample data folder is not beside this repository")
    home = Home(tmp_path_factory.mktemp("real") / "home")
    home.data.mkdir(parents=True)
    for file in sorted((SAMPLE / "data").glob("*.csv")):
        shutil.copyfile(file, home.data / file.name)
    ingest(home, revenue_spec, now=NOW)
    return home
