"""Requests to every operation of the API, by its name in the OpenAPI document.

Used by the tests that walk the whole API. Invariant: a test beside it fails where an operation
has no requests here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.serving import TODAY

Send = Callable[[httpx.Client], httpx.Response]
AS_OF = f"{TODAY}"
SQL = "SELECT stage, MEASURE(deal_count) AS n, MEASURE(win_rate) FROM opportunities GROUP BY ALL"
QUESTION = {"question": "win rate by product category", "as_of": AS_OF}


REPORT = {
    "name": "api_walk",
    "title": "Walk",
    "sections": [{"sql": SQL}, {"dashboard": True}],
    "formats": ["html"],
}
SCHEDULE = {"report": "api_walk", "cron": "0 6 * * 1"}


def get(path: str, **parameters: Any) -> Send:
    return lambda client: client.get(path, params=parameters)


def post(path: str, **body: Any) -> Send:
    return lambda client: client.post(path, json=body)


def conversation(client: httpx.Client) -> str:
    return str(client.post("/api/query", json=QUESTION).json()["conversation_id"])


def unpin(client: httpx.Client) -> httpx.Response:
    pin = {"title": "x", "semantic_sql": SQL}
    pin_id = client.post("/api/dashboard/pins", json=pin).json()["id"]
    assert client.get("/api/dashboard").json()["tiles"][-1]["pin_id"] == pin_id
    return client.delete(f"/api/dashboard/pins/{pin_id}")


def upload(client: httpx.Client) -> httpx.Response:
    text = "Account Name,Opportunity Name,Stage,Amount,Close Date\nAcme,A: b,Qualify,x,1/2/2025\n"
    files = {"files": ("opportunities.csv", text.encode())}
    return client.post("/api/data/upload", files=files, data={"mode": "replace"})


def a_schedule(client: httpx.Client) -> str:
    assert client.post("/api/reports", json=REPORT).status_code in (200, 201)
    return str(client.post("/api/schedules", json=SCHEDULE).json()["id"])


def run_now(client: httpx.Client) -> httpx.Response:
    return client.post(f"/api/schedules/{a_schedule(client)}/run")


def without_report(client: httpx.Client) -> httpx.Response:
    for schedule in client.get("/api/schedules").json()["schedules"]:
        client.delete(f"/api/schedules/{schedule['id']}").raise_for_status()
    return client.delete("/api/reports/api_walk")


# Per operation: requests whose answers are held against the document.
REQUESTS: dict[str, list[Send]] = {
    "showHealth": [get("/api/health")],
    "showSession": [get("/api/session")],
    "listReports": [get("/api/reports")],
    "putReport": [
        post("/api/reports", **REPORT),
        post("/api/reports", **REPORT),
        post("/api/reports", name="x"),
    ],
    "getReport": [get("/api/reports/api_walk"), get("/api/reports/nope")],
    "previewReport": [get("/api/reports/api_walk/html"), get("/api/reports/nope/html")],
    "printPreview": [get("/api/reports/nope/pdf")],
    "listReportRuns": [get("/api/reports/api_walk/runs"), get("/api/reports/nope/runs")],
    "getRun": [get("/api/reports/api_walk/runs/nope")],
    "downloadFile": [get("/api/reports/api_walk/runs/nope/report.html")],
    "listSchedules": [get("/api/schedules")],
    "addSchedule": [post("/api/schedules", **SCHEDULE), post("/api/schedules", report="x")],
    "runSchedule": [run_now, post("/api/schedules/nope/run")],
    "listRuns": [
        lambda client: client.get(f"/api/schedules/{a_schedule(client)}/runs"),
        get("/api/schedules/nope/runs"),
    ],
    "deleteSchedule": [
        lambda client: client.delete(f"/api/schedules/{a_schedule(client)}"),
        lambda client: client.delete("/api/schedules/nope"),
    ],
    "showDataSchema": [get("/api/data/schema")],
    "showQuickInsights": [get("/api/quick-insights"), get("/api/quick-insights", as_of="x")],
    "showDashboard": [get("/api/dashboard", as_of=AS_OF)],
    "filterDashboard": [
        post("/api/dashboard", as_of=AS_OF, period={"start": "2024-01-01"}),
        post("/api/dashboard", filters=[{"dimension": "nope", "values": ["x"]}]),
        post("/api/dashboard", filters="x"),
    ],
    "pinTile": [
        post("/api/dashboard/pins", title="a", query={"metrics": ["win_rate"]}),
        post("/api/dashboard/pins", title="b", semantic_sql=SQL),
        post("/api/dashboard/pins", title="c"),
    ],
    "listPins": [get("/api/dashboard/pins")],
    "unpinTile": [unpin, lambda client: client.delete("/api/dashboard/pins/nope")],
    "listRecords": [
        post("/api/semantic/records", query={"metrics": ["win_rate"]}),
        post("/api/semantic/records", query={"metrics": ["won_amount_ytd"]}),
    ],
    "answerQuestion": [
        post("/api/query", **QUESTION),
        post("/api/query", question="pipeline this quarter vs last quarter", as_of=AS_OF),
        post("/api/query", question="what is the weather", as_of=AS_OF),
        post("/api/query", question=""),
    ],
    "streamAnswer": [],
    "runSql": [post("/api/sql", sql=SQL), post("/api/sql", sql="SELECT nope FROM opportunities")],
    "explainSql": [post("/api/sql/explain", sql=SQL), post("/api/sql/explain", sql="SELECT zz")],
    "showCatalog": [get("/api/semantic/catalog")],
    "listValues": [get("/api/semantic/values", dimension="stage"),
                   get("/api/semantic/values", dimension="nope")],
    "runQuery": [
        post("/api/semantic/query", metrics=["win_rate", "pipeline_value"], dimensions=["stage"]),
        post("/api/semantic/query", metrics="x"),
    ],
    "listAnalyses": [get("/api/analyses")],
    "runAnalysis": [
        post("/api/analyses/get_stage_metrics"),
        post("/api/analyses/get_comprehensive_pipeline_health", as_of=AS_OF),
        post("/api/analyses/nope"),
    ],
    "listConversations": [get("/api/conversations")],
    "getConversation": [
        lambda client: client.get(f"/api/conversations/{conversation(client)}"),
        get("/api/conversations/nope"),
    ],
    "renameConversation": [
        lambda client: client.patch(
            f"/api/conversations/{conversation(client)}", json={"title": "Rates"}
        ),
        lambda client: client.patch("/api/conversations/nope", json={"title": ""}),
    ],
    "showReport": [
        lambda client: client.get(f"/api/report/{conversation(client)}/html"),
        get("/api/report/nope/html"),
    ],
    "showDashboardReport": [get("/api/report/dashboard/html", as_of=AS_OF)],
    "printDashboard": [post("/api/report/dashboard/pdf", as_of="x")],
    "exportStoredQuery": [
        lambda client: client.get(
            f"/api/conversations/{conversation(client)}/turns/1/queries/q1/export"
        ),
        get("/api/conversations/nope/turns/1/queries/q1/export"),
    ],
    "printReport": [post("/api/report/pdf", conversation_id="nope")],
    "deleteConversation": [
        lambda client: client.delete(f"/api/conversations/{conversation(client)}"),
    ],
    "upload": [upload, lambda client: client.post("/api/data/upload", files={"f": ("x", b"")})],
    "listVersions": [get("/api/data/versions")],
    "getVersion": [get("/api/data/versions/1"), get("/api/data/versions/99")],
    "compareVersions": [
        get("/api/data/versions/1/compare/1", as_of=AS_OF),
        get("/api/data/versions/1/compare/99"),
    ],
    "downloadRejects": [get("/api/data/rejects/csv"), get("/api/data/rejects/csv", version=99)],
    "listChecks": [get("/api/data/checks"), get("/api/data/checks", version=99)],
    "rollBack": [post("/api/data/rollback"), post("/api/data/rollback", to=99)],
    "deleteReport": [without_report, lambda client: client.delete("/api/reports/nope")],
    "listRejects": [get("/api/data/rejects")],
}  # fmt: skip
