"""The named analyses over HTTP."""

from __future__ import annotations

import httpx

from tests.api.problems import problem_of
from tests.serving import TODAY


def test_every_listed_analysis_runs_with_its_defaults(client: httpx.Client) -> None:
    listed = client.get("/api/analyses").raise_for_status().json()["analyses"]
    assert len(listed) >= 23
    for analysis in listed:
        assert analysis["available"], analysis["reason"]
        required = [p["name"] for p in analysis["parameters"] if p["required"]]
        if required:
            continue
        response = client.post(f"/api/analyses/{analysis['name']}", json={"as_of": f"{TODAY}"})
        assert response.status_code == 200, f"{analysis['name']}: {response.text}"
        body = response.json()
        assert body["row_count"] == len(body["rows"])
        assert all(len(row) == len(body["columns"]) for row in body["rows"])
        assert {column["name"] for column in body["columns"]} == {
            column["name"] for column in analysis["columns"]
        }
        assert body["queries"]
        assert {query["warehouse_version"] for query in body["queries"]} == {1}


def test_parameters_are_used_and_echoed(client: httpx.Client) -> None:
    url = "/api/analyses/get_top_opportunities_by_value"
    body = client.post(url, json={"parameters": {"limit": 3}}).raise_for_status().json()
    assert body["row_count"] == 3
    assert body["parameters"]["limit"] == 3


def test_an_unknown_analysis_is_not_found_and_near_names_are_given(client: httpx.Client) -> None:
    body = problem_of(client.post("/api/analyses/get_stage_metric", json={}), 404)
    assert body["issues"][0]["suggestions"] == ["get_stage_metrics"]


def test_an_unknown_parameter_or_member_is_refused_with_suggestions(client: httpx.Client) -> None:
    url = "/api/analyses/get_top_opportunities_by_value"
    body = problem_of(client.post(url, json={"parameters": {"limt": 3}}), 422)
    assert "limit" in str(body["issues"])
    problem_of(client.post(url, json={"parameters": {"limit": "three"}}), 422)
    problem_of(
        client.post("/api/analyses/get_account_360_view",
                    json={"parameters": {"account_name": "No Such Company At All"}}), 422
    )  # fmt: skip
