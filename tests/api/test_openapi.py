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

from tests.api.every_operation import AS_OF, QUESTION, REQUESTS
from tests.serving import revenue, serving

# Schemas that name some fields and allow more.
OPEN = {"SourceDescription"}


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
        named = {operation["operationId"]: operation for _, _, operation in operations(document)}
        for name, sends in REQUESTS.items():
            operation = named[name]
            for number, send in enumerate(sends):
                response = send(client)
                responses = operation["responses"]
                expected = responses.get(f"{response.status_code}", responses["default"])
                kind = response.headers["content-type"].partition(";")[0]
                is_any_file = "application/octet-stream" in expected["content"]
                said = f"{name}: {response.status_code} {kind}"
                assert kind in expected["content"] or is_any_file, said
                if kind.endswith("json") and kind in expected["content"]:
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
