"""explain_change as a named analysis: listed, run with JSON parameters, printed by the CLI."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import TODAY, make_demo_home, revenue, serving

URL = "/api/analyses/explain_change"
YEAR = {"start": "2024-01-01", "end": "2025-01-01"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_home(tmp_path_factory.mktemp("explain-home"), rows=600)


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with serving(home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        yield client


def explain(client: httpx.Client, status: int = 200, **parameters: Any) -> dict[str, Any]:
    body = {"parameters": parameters, "as_of": f"{TODAY}"}
    response = client.post(URL, json=body)
    assert response.status_code == status, response.text
    found: dict[str, Any] = response.json(parse_float=Decimal)
    return found


def test_it_is_listed_with_its_parameters(client: httpx.Client) -> None:
    listed = client.get("/api/analyses").json()["analyses"]
    (own,) = [one for one in listed if one["name"] == "explain_change"]
    assert own["available"] is True
    assert {p["name"] for p in own["parameters"] if p["required"]} == {"metric", "period"}
    assert [c["name"] for c in own["columns"]][:5] == [
        "dimension", "member", "before", "after", "change",
    ]  # fmt: skip


def test_the_json_numbers_add_up_to_the_change_of_the_metric(client: httpx.Client) -> None:
    body = explain(
        client, metric="won_amount", period=YEAR, dimensions=["lead_source", "service"],
        filters=[{"dimension": "amount", "op": ">", "values": [20000]}], members=3,
    )  # fmt: skip
    before, after, change = body["queries"][0]["rows"][0]
    assert change == after - before != 0
    for dimension in ("lead_source", "service"):
        rows = [row for row in body["rows"] if row[0] == dimension]
        assert sum(row[4] for row in rows) == change
        assert len(rows) >= 4
    assert any(str(row[1]).startswith("Other (") for row in body["rows"])
    assert body["sentences"][0].startswith("Won revenue ")
    sql = {"sql": body["queries"][1]["semantic_sql"], "as_of": f"{TODAY}"}
    again = client.post("/api/sql", json=sql).json(parse_float=Decimal)
    assert again["rows"] == body["queries"][1]["rows"]


def test_what_cannot_be_explained_is_a_problem_with_the_way_out(client: httpx.Client) -> None:
    body = explain(client, 422, metric="median_deal_size", period="2024")
    assert body["code"] in ("invalid-parameters", "not-found")
    assert body["issues"][0]["hint"]
    assert explain(client, 422, metric="won_amount", period={"start": 5})["issues"]
    assert explain(client, 422, metric=["won_amount"], period="2024")["issues"]
    assert explain(client, 422, metric="won_amount", period="2024", filters={"a": {"b": []}})


def test_the_command_line_prints_sentences_and_rows(home: Path) -> None:
    done = revenue(
        home, "analyses", "run", "explain_change", "metric=win_rate", "period=2024",
        "dimensions=lead_source", "--as-of", f"{TODAY}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Win rate ")
    assert "percentage points" in done.stdout
    assert "lead_source" in done.stdout
