"""The dashboard under a period and filters, the rows behind its bars, and what is pinned to it.

Expected values are read from the CSV with plain Python.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import TODAY

CLOSED = ("Closed Won", "Closed Lost")
START, END = date(2024, 7, 1), date(2025, 1, 1)
PERIOD = {"start": f"{START}", "end": f"{END}"}
Deal = dict[str, str]


@pytest.fixture(scope="module")
def deals(demo_home: Path) -> list[Deal]:
    with (demo_home / "data" / "opportunities.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def amount(deal: Deal) -> Decimal:
    text = deal["Amount"].replace("$", "").replace(",", "").strip()
    return Decimal(text) if text else Decimal(0)


def closes(deal: Deal) -> date:
    month, number, year = (int(part) for part in deal["Close Date"].split("/"))
    return date(year, month, number)


def dashboard(client: httpx.Client, **body: Any) -> dict[str, dict[str, Any]]:
    response = client.post("/api/dashboard", json={"as_of": f"{TODAY}", **body})
    assert response.status_code == 200, response.text
    return {tile["title"]: tile for tile in response.json()["tiles"]}


def cells(result: dict[str, Any]) -> dict[Any, Decimal]:
    return {row[0]: Decimal(str(row[1])) for row in result["rows"] if row[1] is not None}


def records(client: httpx.Client, tile: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    body = {"query": tile["query_object"], "as_of": f"{TODAY}", "limit": 10_000, **body}
    response = client.post("/api/semantic/records", json=body)
    assert response.status_code == 200, response.text
    found = response.json()
    assert not found["truncated"]
    names = [column["name"] for column in found["columns"]]
    return [dict(zip(names, row, strict=True)) for row in found["rows"]]


def total(rows: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(str(row["amount"] or 0)) for row in rows), Decimal(0))


def test_without_a_filter_both_ways_of_asking_agree(client: httpx.Client) -> None:
    whole = client.get("/api/dashboard", params={"as_of": f"{TODAY}"}).json()["tiles"]
    for tile in whole:
        again = dashboard(client)[tile["title"]]
        assert tile["query"]["rows"] == again["query"]["rows"], tile["title"]
        assert tile["visualization"]["query_id"] == tile["id"]
        assert tile["is_filtered"] is True
        assert tile["pin_id"] is None


def test_a_period_and_a_filter_narrow_every_tile(client: httpx.Client, deals: list[Deal]) -> None:
    sources = sorted({deal["Lead Source"] for deal in deals if deal["Lead Source"]})[:2]
    condition = {"dimension": "lead_source", "op": "in", "values": sources}
    tiles = dashboard(client, period=PERIOD, filters=[condition], segments=[])
    chosen = [d for d in deals if START <= closes(d) < END and d["Lead Source"] in sources]
    open_deals = [deal for deal in chosen if deal["Stage"] not in CLOSED]
    assert 0 < len(open_deals) < len(deals)
    found = cells(tiles["Pipeline by stage"]["query"])
    for stage in {deal["Stage"] for deal in open_deals}:
        expected = sum((amount(d) for d in open_deals if d["Stage"] == stage), Decimal(0))
        assert found.pop(stage) == expected
    assert not any(found.values())
    won = [deal for deal in chosen if deal["Stage"] == "Closed Won"]
    by_month = cells(tiles["Won revenue by month"]["query"])
    assert sum(by_month.values()) == sum(map(amount, won), Decimal(0))
    assert all(f"{START}" <= month < f"{END}" for month in by_month)
    for tile in tiles.values():
        assert tile["problem"] is None
        assert tile["query_object"]["time"]["range"] == PERIOD


def test_a_filter_that_a_tile_cannot_take_is_said_in_its_place(client: httpx.Client) -> None:
    wrong = {"dimension": "no_such_dimension", "values": ["x"]}
    for tile in dashboard(client, filters=[wrong]).values():
        assert tile["query"] is None
        assert tile["problem"]["code"] == "invalid-query"
        assert tile["visualization"] is None


@pytest.mark.parametrize(
    "body",
    [{"filters": "x"}, {"period": {"start": "2025-01-02", "end": "2025-01-01"}}, {"as_of": "x"},
     {"period": {"from": "2025-01-01"}}, {"filters": [{"dimension": "' OR 1=1"}]}, {"tiles": []},
     {"segments": ["x"] * 21}, {"filters": [{"dimension": "stage", "values": ["x"]}] * 21}],
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    problem_of(client.post("/api/dashboard", json=body), 400)


# ------------------------------------------------------------------ the rows behind a bar


def test_the_rows_behind_every_bar_add_up_to_it(client: httpx.Client, deals: list[Deal]) -> None:
    tile = dashboard(client, period=PERIOD)["Pipeline by stage"]
    bars = cells(tile["query"])
    assert len(bars) > 2
    for stage, value in bars.items():
        rows = records(client, tile, members={"stage": stage})
        expected = [d for d in deals if d["Stage"] == stage and START <= closes(d) < END]
        assert len(rows) == len(expected)
        assert total(rows) == value
        assert {row["stage"] for row in rows} <= {stage}
        amounts = [Decimal(str(row["amount"])) for row in rows if row["amount"] is not None]
        assert amounts == sorted(amounts, reverse=True)


def test_the_rows_of_a_month_and_of_a_ratio(client: httpx.Client, deals: list[Deal]) -> None:
    months = dashboard(client)["Won revenue by month"]
    month, value = next((m, v) for m, v in cells(months["query"]).items() if v)
    rows = records(client, months, members={"close_date_month": month})
    assert total(rows) == value
    first = date.fromisoformat(month)
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    assert len(rows) == sum(
        d["Stage"] == "Closed Won" and first <= closes(d) < after for d in deals
    )
    rates = dashboard(client)["Win rate by product category"]
    category, rate = next(iter(cells(rates["query"]).items()))
    closed = records(client, rates, members={"product_category": category})
    assert {row["stage"] for row in closed} <= set(CLOSED)
    won = sum(row["stage"] == "Closed Won" for row in closed)
    assert float(rate) == pytest.approx(won / len(closed))


def test_the_rows_of_the_group_without_a_name(client: httpx.Client, deals: list[Deal]) -> None:
    query = {"metrics": ["deal_count"], "dimensions": ["primary_contact"]}
    body = {"query": query, "members": {"primary_contact": None}, "limit": 10_000}
    found = client.post("/api/semantic/records", json=body).json()
    assert found["row_count"] == sum(not d["Primary Contact"].strip() for d in deals)


def test_the_second_metric_of_a_query_has_rows_of_its_own(
    client: httpx.Client, deals: list[Deal]
) -> None:
    query = {"metrics": ["pipeline_value", "won_amount"], "dimensions": ["opportunity_type"],
             "order_by": [{"name": "won_amount"}], "limit": 1}  # fmt: skip
    (row,) = client.post("/api/semantic/query", json=query).json()["rows"]
    body = {"query": query, "metric": "won_amount", "members": {"opportunity_type": row[0]}}
    found = client.post("/api/semantic/records", json=body | {"limit": 10_000}).json()
    position = [column["name"] for column in found["columns"]].index("amount")
    assert sum(Decimal(str(r[position] or 0)) for r in found["rows"]) == Decimal(str(row[2]))
    assert found["row_count"] == sum(
        d["Stage"] == "Closed Won" and d["Type"] == row[0] for d in deals
    )


@pytest.mark.parametrize(
    "body, code",
    [
        ({"query": {"metrics": ["won_amount_ytd"]}}, "no-records"),
        ({"query": {"metrics": ["won_amount_vs_prior_quarter"]}}, "no-records"),
        ({"query": {"metrics": ["deal_count"]}, "metric": "nope"}, "unknown-metric"),
        ({"query": {"metrics": ["nope"]}}, "unknown-metric"),
        ({"query": {"metrics": ["deal_count"]}, "members": {"stage": "x"}}, "unknown-member"),
        ({"query": {"metrics": ["deal_count"], "dimensions": ["nope"]}}, "unknown-dimension"),
    ],
)  # fmt: skip
def test_what_has_no_rows_of_its_own_is_refused(
    client: httpx.Client, body: dict[str, Any], code: str
) -> None:
    found = problem_of(client.post("/api/semantic/records", json=body), 422)
    assert found["issues"][0]["code"] == code


@pytest.mark.parametrize(
    "body",
    [{}, {"query": {}, "members": []}, {"query": {"metrics": ["deal_count"]}, "limit": 0},
     {"query": {"metrics": ["deal_count"]}, "members": {"stage": {"a": 1}}},
     {"query": {"metrics": ["deal_count"]}, "members": {"stage": ["a"]}}, {"query": "x"}],
)  # fmt: skip
def test_a_broken_request_for_rows_is_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    problem_of(client.post("/api/semantic/records", json=body))


def test_a_member_is_a_value_and_never_text_of_the_query(client: httpx.Client) -> None:
    for member in ("x' OR '1'='1", "'; DROP TABLE opportunities --", "\\", "%"):
        query = {"metrics": ["deal_count"], "dimensions": ["stage"]}
        body = {"query": query, "members": {"stage": member}}
        assert client.post("/api/semantic/records", json=body).json()["rows"] == []


# ------------------------------------------------------------------ pins

SQL = "SELECT stage, MEASURE(deal_count) AS n FROM opportunities GROUP BY stage ORDER BY n DESC"


@pytest.fixture
def clean(client: httpx.Client) -> Iterator[httpx.Client]:
    """A client; what a test pins is taken down again."""
    yield client
    for pin in client.get("/api/dashboard/pins").json()["pins"]:
        client.delete(f"/api/dashboard/pins/{pin['id']}").raise_for_status()


def test_a_pinned_answer_is_a_tile_until_it_is_taken_down(clean: httpx.Client) -> None:
    title = "<img src=x onerror=alert(1)>"
    sql_pin = clean.post("/api/dashboard/pins", json={"title": title, "semantic_sql": SQL}).json()
    query = {"metrics": ["win_rate"], "dimensions": ["lead_source"]}
    pin = {"title": " Rates  by source ", "query": query, "chart": "bar"}
    query_pin = clean.post("/api/dashboard/pins", json=pin).json()
    assert clean.get("/api/dashboard/pins").json()["pins"] == [sql_pin, query_pin]
    tiles = dashboard(clean, period=PERIOD)
    assert tiles[title]["is_filtered"] is False
    assert tiles[title]["pin_id"] == sql_pin["id"]
    run = clean.post("/api/sql", json={"sql": SQL, "as_of": f"{TODAY}"}).json()
    assert tiles[title]["query"]["rows"] == run["rows"]
    rates = tiles["Rates by source"]
    assert rates["chart_type"] == "bar"
    assert rates["query_object"] == query | {"time": {"range": PERIOD}}
    assert clean.delete(f"/api/dashboard/pins/{sql_pin['id']}").json()["deleted"] is True
    assert title not in dashboard(clean)
    problem_of(clean.delete(f"/api/dashboard/pins/{sql_pin['id']}"), 404)


@pytest.mark.parametrize(
    "body, status",
    [
        ({"title": "x"}, 400),
        ({"title": "x", "semantic_sql": SQL, "query": {"metrics": ["deal_count"]}}, 400),
        ({"title": " ", "semantic_sql": SQL}, 400),
        ({"title": "x" * 201, "semantic_sql": SQL}, 400),
        ({"title": "x", "semantic_sql": SQL, "chart": "javascript:"}, 400),
        ({"title": "x", "semantic_sql": "DROP TABLE opportunities"}, 422),
        ({"title": "x", "semantic_sql": "SELECT * FROM read_csv('/etc/passwd')"}, 422),
        ({"title": "x", "query": {"metrics": ["nope"]}}, 422),
    ],
)
def test_what_does_not_compile_is_not_pinned(
    clean: httpx.Client, body: dict[str, Any], status: int
) -> None:
    problem_of(clean.post("/api/dashboard/pins", json=body), status)
    assert clean.get("/api/dashboard/pins").json()["pins"] == []


def test_a_dashboard_does_not_grow_without_end(clean: httpx.Client) -> None:
    pin = {"title": "x", "query": {"metrics": ["deal_count"]}}
    for _ in range(50):
        clean.post("/api/dashboard/pins", json=pin).raise_for_status()
    problem_of(clean.post("/api/dashboard/pins", json=pin), 400)


@pytest.mark.parametrize("name", ["nope", "a b", "%00", "x" * 65, "' OR 1=1", ".."])
def test_a_pin_that_is_not_there_cannot_be_taken_down(client: httpx.Client, name: str) -> None:
    problem_of(client.delete(f"/api/dashboard/pins/{name}"))
