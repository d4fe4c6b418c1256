"""Governed SQL, query objects, the catalog and members over HTTP."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.api.problems import problem_of

TOTAL = "SELECT MEASURE(deal_count) AS deals FROM opportunities"


def run(client: httpx.Client, sql: str, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/sql", json={"sql": sql, **fields})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = json.loads(response.text, parse_float=Decimal)
    return body


def test_a_result_says_what_was_asked_run_and_returned(client: httpx.Client) -> None:
    sql = "SELECT stage, MEASURE(deal_count) AS deals FROM opportunities GROUP BY ALL"
    body = run(client, sql, as_of="2025-02-15")
    assert body["semantic_sql"] == sql
    assert body["sql"].startswith("SELECT")
    assert [column["name"] for column in body["columns"]] == ["stage", "deals"]
    assert [column["role"] for column in body["columns"]] == ["dimension", "metric"]
    assert {"label", "type", "format"} <= set(body["columns"][0])
    assert body["row_count"] == len(body["rows"])
    assert body["truncated"] is False
    assert body["warehouse_version"] == 1
    assert body["as_of"] == "2025-02-15"
    assert body["data_sources"] == ["opportunities.csv"]
    assert "opportunities.deal_count" in body["lineage"]["metrics"]
    assert sum(row[1] for row in body["rows"]) == run(client, TOTAL)["rows"][0][0]


def test_decimals_keep_their_digits(client: httpx.Client) -> None:
    text = client.post(
        "/api/sql", json={"sql": "SELECT SUM(amount) AS total FROM opportunities"}
    ).text
    cell = json.loads(text, parse_float=Decimal)["rows"][0][0]
    assert isinstance(cell, Decimal)
    assert cell.as_tuple().exponent == -2


def test_a_limit_cuts_and_says_so(client: httpx.Client) -> None:
    sql = "SELECT opportunity_name FROM opportunities ORDER BY opportunity_name"
    cut = run(client, sql, limit=3)
    assert (cut["row_count"], cut["truncated"]) == (3, True)
    assert run(client, sql, limit=400)["truncated"] is False
    assert run(client, sql, limit=400)["rows"][:3] == cut["rows"]


def test_a_limit_above_the_largest_is_refused(client: httpx.Client) -> None:
    body = problem_of(client.post("/api/sql", json={"sql": TOTAL, "limit": 10_001}), 400)
    assert body["issues"][0]["code"] == "limit-too-high"


def test_the_second_time_the_answer_comes_from_the_cache(client: httpx.Client) -> None:
    sql = f"{TOTAL} WHERE stage = 'Propose'"
    first, second = run(client, sql), run(client, sql)
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["rows"] == second["rows"]


def test_all_mistakes_of_a_text_come_at_once_with_places(client: httpx.Client) -> None:
    sql = "SELECT MEASURE(win_rat), stge FROM opportunities"
    body = problem_of(client.post("/api/sql", json={"sql": sql}), 422)
    assert body["code"] == "invalid-query"
    assert len(body["issues"]) == 2
    first = body["issues"][0]
    assert sql[first["start"] : first["end"]] == "win_rat"
    assert (first["line"], first["column"]) == (1, sql.index("win_rat") + 1)
    assert "win_rate" in first["suggestions"]


def test_explain_runs_nothing_and_shows_everything(client: httpx.Client) -> None:
    sql = "SELECT stage, MEASURE(win_rate) AS w FROM opportunities WHERE amount > 5 GROUP BY stage"
    body = client.post("/api/sql/explain", json={"sql": sql}).raise_for_status().json()
    assert body["valid"] is True
    assert body["issues"] == []
    assert "rows" not in body
    assert [column["name"] for column in body["columns"]] == ["stage", "w"]
    assert "opportunities.amount" in body["lineage"]["columns"]
    assert body["sql"] == run(client, sql)["sql"]


@pytest.mark.parametrize("sql", ["DROP TABLE opportunities", "SELECT nope FROM opportunities", ";"])
def test_explain_of_an_invalid_text_lists_its_issues(client: httpx.Client, sql: str) -> None:
    response = client.post("/api/sql/explain", json={"sql": sql})
    assert response.status_code == 200
    body = response.json()
    assert body["valid"] is False
    assert body["sql"] is None
    assert body["issues"]


def test_a_query_object_gives_what_its_sql_gives(client: httpx.Client) -> None:
    query = {
        "metrics": ["deal_count"],
        "dimensions": ["stage"],
        "filters": [{"dimension": "stage", "op": "in", "values": ["Propose", "Qualify"]}],
        "order_by": [{"name": "deal_count", "direction": "desc"}],
    }
    body = client.post("/api/semantic/query", json=query).raise_for_status().json()
    again = run(client, body["semantic_sql"])
    assert body["rows"] == again["rows"]
    assert {row[0] for row in body["rows"]} == {"Propose", "Qualify"}


def test_a_query_object_names_every_unknown_name(client: httpx.Client) -> None:
    query = {"metrics": ["win_rat"], "dimensions": ["stge"]}
    body = problem_of(client.post("/api/semantic/query", json=query), 422)
    assert {"win_rate", "stage"} <= {n for i in body["issues"] for n in i.get("suggestions", [])}


def test_the_catalog_lists_names_that_can_be_asked_for(client: httpx.Client) -> None:
    catalog = client.get("/api/semantic/catalog").raise_for_status().json()
    assert {model["name"] for model in catalog["models"]} == {
        "opportunities",
        "accounts",
        "contacts",
    }
    metrics = [metric for model in catalog["models"] for metric in model["metrics"]]
    assert len(metrics) >= 25
    for metric in metrics:
        if metric["kind"] in ("agg", "ratio", "derived"):
            run(client, f"SELECT MEASURE({metric['name']}) AS m FROM {catalog['name']}")
    assert catalog["relationships"][0]["from"] == "opportunities.account_id"


def test_members_come_with_their_counts_most_frequent_first(client: httpx.Client) -> None:
    rows = run(client, "SELECT stage FROM opportunities", limit=400)["rows"]
    counts = Counter(row[0] for row in rows)
    body = client.get("/api/semantic/values", params={"dimension": "stage"}).json()
    assert {entry["value"]: entry["count"] for entry in body["values"]} == counts
    assert [entry["count"] for entry in body["values"]] == sorted(counts.values(), reverse=True)
    found = client.get("/api/semantic/values", params={"dimension": "stage", "search": "CLOSED"})
    assert {entry["value"] for entry in found.json()["values"]} == {"Closed Won", "Closed Lost"}
    one = client.get("/api/semantic/values", params={"dimension": "stage", "limit": 1}).json()
    assert (len(one["values"]), one["truncated"]) == (1, True)


@pytest.mark.parametrize("search", ["'", "' OR 1=1 --", "%", "\\", "$1", "\x00", "é😀", "a" * 200])
def test_a_search_is_a_value_and_nothing_else(client: httpx.Client, search: str) -> None:
    response = client.get("/api/semantic/values", params={"dimension": "stage", "search": search})
    assert response.status_code == 200, response.text
    assert response.json()["values"] == []
