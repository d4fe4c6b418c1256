"""Health, data schema, quick insights and dashboard, against the CSVs read with plain Python."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import TODAY, Serving

CLOSED = ("Closed Won", "Closed Lost")


@pytest.fixture(scope="module")
def deals(demo_home: Path) -> list[dict[str, str]]:
    with (demo_home / "data" / "opportunities.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def people(demo_home: Path) -> list[dict[str, str]]:
    path = demo_home / "data" / "account_and_contact.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def amount(deal: Mapping[str, str]) -> Decimal:
    text = deal["Amount"].replace("$", "").replace(",", "").strip()
    return Decimal(text) if text else Decimal(0)


def day(text: str) -> date:
    month, number, year = (int(part) for part in text.split("/"))
    return date(year, month, number)


def test_health_counts_the_records_of_the_files(
    client: httpx.Client, deals: list[dict[str, str]], people: list[dict[str, str]]
) -> None:
    body = client.get("/api/health").raise_for_status().json()
    assert body["status"] == "healthy"
    assert body["data_loaded"] is True
    assert body["records_count"] == {
        "opportunities": len(deals),
        "contacts": len(people),
        "active_opportunities": sum(deal["Stage"] not in CLOSED for deal in deals),
        "won_opportunities": sum(deal["Stage"] == "Closed Won" for deal in deals),
    }
    assert body["warehouse"] == {"version": 1, "status": "published"}
    assert {"timestamp", "version", "planner"} <= set(body)


def test_quick_insights_equal_the_sums_over_the_file(
    client: httpx.Client, deals: list[dict[str, str]]
) -> None:
    found = client.get("/api/quick-insights", params={"as_of": f"{TODAY}"}).json()
    open_deals = [deal for deal in deals if deal["Stage"] not in CLOSED]
    won = sum(deal["Stage"] == "Closed Won" for deal in deals)
    lost = sum(deal["Stage"] == "Closed Lost" for deal in deals)
    stalled = [
        deal
        for deal in open_deals
        if deal["Stage"] in ("Qualify", "Propose") and (TODAY - day(deal["Created Date"])).days > 30
    ]
    weighted = sum(
        (amount(deal) * Decimal(deal["Probability (%)"]) / 100 for deal in open_deals), Decimal(0)
    )
    assert Decimal(str(found["total_pipeline_value"])) == sum(map(amount, open_deals))
    assert abs(Decimal(str(found["weighted_pipeline_value"])) - weighted) <= Decimal("0.005")
    assert found["overall_win_rate"] == pytest.approx(100 * won / (won + lost), abs=0.0501)
    assert round(found["overall_win_rate"], 1) == found["overall_win_rate"]
    assert found["active_deals"] == len(open_deals)
    assert found["deals_in_negotiate"] == sum(d["Stage"] == "Negotiate" for d in open_deals)
    assert found["high_probability_deals"] == sum(
        Decimal(deal["Probability (%)"]) > 70 for deal in open_deals
    )
    assert found["stalled_deals"] == len(stalled) > 0


def test_the_clock_of_quick_insights_is_the_one_asked_for(client: httpx.Client) -> None:
    def stalled(as_of: str) -> int:
        body = client.get("/api/quick-insights", params={"as_of": as_of}).json()
        return int(body["stalled_deals"])

    assert stalled("2015-01-01") == 0 < stalled("2025-02-15") <= stalled("2035-01-01")


def test_the_data_schema_speaks_the_words_of_the_files(
    client: httpx.Client, deals: list[dict[str, str]], people: list[dict[str, str]]
) -> None:
    body = client.get("/api/data/schema").raise_for_status().json()
    assert list(body) == ["opportunities", "contacts"]
    for source, rows in (("opportunities", deals), ("contacts", people)):
        assert body[source]["count"] == len(rows)
        assert body[source]["columns"] == list(rows[0])
        assert list(body[source]["sample"][0]) == list(rows[0])
    first = body["opportunities"]["sample"][0]
    assert first["Opportunity Name"] == deals[0]["Opportunity Name"]
    assert first["Close Date"] == day(deals[0]["Close Date"]).isoformat()
    assert Decimal(str(first["Amount"])) == amount(deals[0])


def test_the_data_schema_lists_members_in_their_own_order(
    client: httpx.Client, deals: list[dict[str, str]], people: list[dict[str, str]]
) -> None:
    body = client.get("/api/data/schema").json()
    pipeline = ["Qualify", "Meet & Present", "Propose", "Negotiate", "Closed Won", "Closed Lost"]
    present = {deal["Stage"] for deal in deals}
    assert body["opportunities"]["stages"] == [stage for stage in pipeline if stage in present]
    categories = {deal["Opportunity Name"].split(":")[0].strip() for deal in deals}
    assert set(body["opportunities"]["product_categories"]) == categories
    assert set(body["opportunities"]["fiscal_periods"]) == {d["Fiscal Period"] for d in deals}
    counts = Counter(person["Title"] for person in people if person["Title"])
    top = body["contacts"]["top_titles"]
    assert [counts[title] for title in top] == sorted(counts.values(), reverse=True)[: len(top)]
    assert len(top) == min(10, len(counts))


def test_every_tile_of_the_dashboard_has_rows_of_one_version(client: httpx.Client) -> None:
    body: dict[str, Any] = client.get("/api/dashboard", params={"as_of": f"{TODAY}"}).json()
    assert body["as_of"] == f"{TODAY}"
    assert body["tiles"]
    for tile in body["tiles"]:
        assert tile["problem"] is None, tile
        assert tile["query"]["row_count"] > 0
        assert tile["query"]["warehouse_version"] == body["warehouse_version"] == 1
        assert tile["chart_type"] in ("bar", "pie", "line", "table", "metrics")


def test_a_time_tile_runs_forward_and_is_not_cut(client: httpx.Client) -> None:
    tiles = client.get("/api/dashboard").json()["tiles"]
    lines = [tile["query"] for tile in tiles if tile["chart_type"] == "line"]
    assert lines
    for query in lines:
        periods = [row[0] for row in query["rows"]]
        assert periods == sorted(periods)
        assert len(periods) > 12


def test_on_the_shared_data_the_headline_numbers_are_the_known_ones(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from tests.serving import REPOSITORY, revenue, serving

    data = REPOSITORY / ".." / "shared" / "data"
    if not data.is_dir():
        pytest.skip("the shared data is not on this machine")
    home = tmp_path_factory.mktemp("shared-home")
    assert revenue(home, "ingest", "--data", str(data)).returncode == 0
    with serving(home) as running:
        found = httpx.get(f"{running.url}/api/quick-insights?as_of=2025-02-15", timeout=60).json()
    assert found == {
        "total_pipeline_value": 93324160.86,
        "weighted_pipeline_value": 37952531.89,
        "overall_win_rate": 50.1,
        "active_deals": 706,
        "deals_in_negotiate": 165,
        "high_probability_deals": 151,
        "stalled_deals": 358,
    }


def test_pages_and_docs_load_nothing_from_elsewhere(client: httpx.Client, server: Serving) -> None:
    for path in ("/", "/schema"):
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert "<script" not in page.text
        assert "//" not in page.text.replace("http://localhost", "")
    schema = client.get("/schema/openapi.json").json()
    assert schema["openapi"].startswith("3.")
    assert "/api/sql" in schema["paths"]


def test_the_schema_describes_every_endpoint_of_the_contract(client: httpx.Client) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    found = {(method, path) for path, item in paths.items() for method in item}
    assert found >= {
        ("get", "/api/health"),
        ("get", "/api/data/schema"),
        ("get", "/api/quick-insights"),
        ("get", "/api/dashboard"),
        ("post", "/api/sql"),
        ("post", "/api/sql/explain"),
        ("get", "/api/semantic/catalog"),
        ("get", "/api/semantic/values"),
        ("post", "/api/semantic/query"),
        ("get", "/api/analyses"),
        ("post", "/api/analyses/{name}"),
        ("post", "/api/data/upload"),
        ("get", "/api/data/versions"),
        ("post", "/api/data/rollback"),
        ("get", "/api/data/rejects"),
        ("get", "/api/conversations"),
        ("get", "/api/conversations/{conversation_id}"),
        ("delete", "/api/conversations/{conversation_id}"),
        ("post", "/api/query"),
        ("post", "/api/query/stream"),
    }
    body = paths["/api/sql"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "SqlRequest" in body["$ref"]


def test_every_response_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/schema", "/api/health", "/api/nope", "/nope"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
