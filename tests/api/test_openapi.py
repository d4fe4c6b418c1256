"""The OpenAPI document: sound in itself, the same from the command, and true of real responses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from tests.serving import TODAY, revenue, serving

Send = Callable[[httpx.Client], httpx.Response]
AS_OF = f"{TODAY}"
SQL = "SELECT stage, MEASURE(deal_count) AS n, MEASURE(win_rate) FROM opportunities GROUP BY ALL"
QUESTION = {"question": "win rate by product category", "as_of": AS_OF}
# Schemas that name some fields and allow more.
OPEN = {"SourceDescription"}


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


# Per operation: requests whose answers are held against the document.
REQUESTS: dict[str, list[Send]] = {
    "showHealth": [get("/api/health")],
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
    "listRejects": [get("/api/data/rejects")],
}  # fmt: skip


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As the command prints it, on a home without anything."""
    done = revenue(tmp_path_factory.mktemp("empty"), "openapi")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_the_served_document_is_the_printed_one(
    client: httpx.Client, document: dict[str, Any]
) -> None:
    assert client.get("/schema/openapi.json").json() == document


def test_every_schema_is_sound_and_every_reference_leads_somewhere(
    document: dict[str, Any],
) -> None:
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert {"title", "version"} <= set(document["info"])
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name), f"{name}: two types share a name"
        Draft202012Validator.check_schema(schema)
    assert "oneOf" not in json.dumps(document)
    names = {f"#/components/schemas/{name}" for name in schemas}
    assert set(references(document)) <= names


def test_every_operation_has_a_name_a_text_its_parameters_and_typed_bodies(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert path.startswith("/api/")
        assert len(operation["description"]) > 10, path
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        if "requestBody" in operation:
            assert method in ("post", "put", "patch")
            (content,) = operation["requestBody"]["content"].values()
            assert content["schema"]
        assert set(operation["responses"]) <= {"200", "201", "202", "default"}, path
        for response in operation["responses"].values():
            assert response["description"]
            for content in response["content"].values():
                assert content["schema"], f"{method} {path} answers with anything"


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every object closed: a field it does not name is a difference."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for name, schema in copy["components"]["schemas"].items():
        if "properties" in schema and name not in OPEN:
            schema.setdefault("additionalProperties", False)
    return copy


def check(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": document["components"]}
    kind = validator_for(whole, default=Draft202012Validator)
    checker = kind(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(value)]


def test_every_operation_has_requests_here(document: dict[str, Any]) -> None:
    assert {operation["operationId"] for _, _, operation in operations(document)} == set(REQUESTS)


def test_real_responses_are_what_the_document_says(
    document: dict[str, Any], copy_home: Callable[[], Path]
) -> None:
    document = closed(document)
    wrong: dict[str, list[str]] = {}
    home = copy_home()
    with serving(home) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        for _, _, operation in operations(document):
            name = operation["operationId"]
            for number, send in enumerate(REQUESTS[name]):
                response = send(client)
                responses = operation["responses"]
                expected = responses.get(f"{response.status_code}", responses["default"])
                kind = response.headers["content-type"].partition(";")[0]
                assert kind in expected["content"], f"{name}: {response.status_code} {kind}"
                if kind.endswith("json"):
                    schema = expected["content"][kind]["schema"]
                    found = check(document, schema, response.json())
                    wrong |= {f"{name} {number}": found} if found else {}
            assert name == "streamAnswer" or any(True for _ in REQUESTS[name])
    assert wrong == {}


def test_every_event_of_a_stream_is_what_the_document_says(
    client: httpx.Client, document: dict[str, Any]
) -> None:
    document = closed(document)
    schema = {"$ref": "#/components/schemas/StreamEvent"}
    seen = set()
    for question in (QUESTION["question"], "top 5 accounts by total opportunity value", "hm"):
        body = {"question": question, "as_of": AS_OF}
        text = client.post("/api/query/stream", json=body).text
        lines = re.findall(r"^data: (\{.*)$", text, re.MULTILINE)
        for event in map(json.loads, lines):
            kinds = [
                reference["$ref"].rpartition("/")[2]
                for reference in document["components"]["schemas"]["StreamEvent"]["anyOf"]
                if check(document, reference, event) == []
            ]
            assert len(kinds) == 1, (event["status"], check(document, schema, event)[:2], kinds)
            seen.add(kinds[0])
    assert {"StartedEvent", "AnswerDeltaEvent", "CompleteEvent"} <= seen


def test_the_check_notices_a_missing_a_wrong_and_an_unknown_field(
    document: dict[str, Any],
) -> None:
    document = closed(document)
    schema = {"$ref": "#/components/schemas/WarehouseState"}
    assert check(document, schema, {"version": 1, "status": "published"}) == []
    for wrong in ({"version": 1}, {"version": "1", "status": "empty"},
                  {"version": 1, "status": "empty", "more": 1}):  # fmt: skip
        assert check(document, schema, wrong)
