"""Questions over HTTP, whole and as a stream, and the conversations they leave behind."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.questions import to_lines
from tests.api.problems import problem_of
from tests.serving import TODAY, revenue, serving

TOP = "What are the top 5 accounts by total opportunity value?"
STATUSES = (
    "started", "processing", "function_call", "function_complete", "creating_visualizations",
    "generating_response", "answer_delta", "complete",
)  # fmt: skip


def ask(client: httpx.Client, question: str, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/query", json={"question": question, "as_of": f"{TODAY}", **fields})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def read_stream(client: httpx.Client, question: str, **fields: Any) -> tuple[list[Any], str]:
    """The events of a stream and its raw text."""
    json_ = {"question": question, "as_of": f"{TODAY}", **fields}
    with client.stream("POST", "/api/query/stream", json=json_) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        text = response.read().decode()
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]], text


def test_the_first_question_is_answered_with_rows_a_chart_and_functions(
    client: httpx.Client,
) -> None:
    body = ask(client, TOP)
    assert set(body) >= {
        "status", "answer", "conversation_id", "has_context", "queries", "visualizations",
        "key_metrics", "functions_executed", "execution_summary", "data_sources",
        "streaming_complete", "interpretation", "follow_ups", "options", "provenance",
    }  # fmt: skip
    assert body["status"] == "answered"
    assert body["functions_executed"]
    assert body["streaming_complete"] is True
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", body["conversation_id"])
    query, chart = body["queries"][0], body["visualizations"][0]
    assert query["row_count"] == len(query["rows"]) == 5
    assert chart["chart_type"] == "bar"
    assert chart["query_id"] == query["id"]
    assert [point["name"] for point in chart["data"]] == [row[0] for row in query["rows"]]
    assert body["provenance"]["warehouse_version"] == 1
    assert body["provenance"]["as_of"] == f"{TODAY}"
    again = client.post("/api/sql", json={"sql": query["semantic_sql"], "as_of": f"{TODAY}"}).json()
    assert again["rows"] == query["rows"]


@pytest.mark.parametrize("question", ["blorf the zibble of the quux", "what is the weather"])
def test_what_cannot_be_understood_is_not_answered(client: httpx.Client, question: str) -> None:
    body = ask(client, question)
    assert body["status"] in ("refused", "clarification")
    assert body["visualizations"] == []
    assert body["answer"]


def test_a_stream_is_the_same_answer_step_by_step(client: httpx.Client) -> None:
    events, text = read_stream(client, TOP)
    found = [event["status"] for event in events]
    assert found[0] == "started"
    assert found.count("complete") == 1
    assert found[-1] == "complete"
    assert "error" not in found
    assert set(found) <= set(STATUSES)
    assert [STATUSES.index(status) for status in dict.fromkeys(found)] == sorted(
        STATUSES.index(status) for status in set(found)
    )
    call = next(event for event in events if event["status"] == "function_call")
    assert call["current_function"]
    whole = ask(client, TOP)
    last = events[-1]
    assert last["queries"][0]["rows"] == whole["queries"][0]["rows"]
    assert "".join(e["text"] for e in events if e["status"] == "answer_delta") == last["answer"]
    assert last["answer"] == whole["answer"]
    assert [line for line in text.splitlines() if line and not line.startswith((":", "id:"))] == [
        line for line in text.splitlines() if line.startswith("data: ")
    ]
    numbers = re.findall(r"^id: (\d+)$", text, re.MULTILINE)
    assert numbers == [f"{number}" for number in range(1, len(events) + 1)]


def test_every_event_is_one_line_whatever_the_question_says(client: httpx.Client) -> None:
    hostile = "pipeline by\u2028stage\r\n\r\ndata: [DONE]\n\nevent: error\n"
    events, text = read_stream(client, hostile)
    assert text.count("data: [DONE]\n") == 1
    assert text.endswith("data: [DONE]\n\n")
    assert events[-1]["status"] in ("complete", "error")
    assert "event: error" not in text.replace("\\n", "\n").splitlines()[0]


def test_a_stream_that_cannot_begin_is_a_problem(client: httpx.Client) -> None:
    json_ = {"question": TOP, "conversation_id": "no_such_conversation"}
    body = problem_of(client.post("/api/query/stream", json=json_), 404)
    assert body["code"] == "conversation-not-found"
    assert problem_of(client.post("/api/query", json=json_), 404) == body


async def test_silence_is_filled_with_comments_and_a_bug_becomes_one_error_event() -> None:
    import asyncio

    async def slow_then_broken() -> AsyncGenerator[dict[str, Any], None]:
        yield {"status": "started"}
        await asyncio.sleep(0.2)
        raise RuntimeError("canary")

    lines = [line async for line in to_lines(slow_then_broken(), 0.02)]
    assert lines[0].startswith(b'id: 1\ndata: {"status":"started"')
    assert b": still working\n\n" in lines
    assert lines[-1] == b"data: [DONE]\n\n"
    error = json.loads(lines[-2].split(b"data: ")[1])
    assert error["status"] == "error"
    assert error["problem"]["status"] == 500
    assert b"canary" not in b"".join(lines)


async def test_a_reader_who_goes_away_ends_the_work() -> None:
    import asyncio

    is_ended = False

    async def endless() -> AsyncGenerator[dict[str, Any], None]:
        nonlocal is_ended
        try:
            yield {"status": "started"}
            await asyncio.Event().wait()
        finally:
            is_ended = True

    lines = to_lines(endless(), 0.01)
    await anext(lines)
    await anext(lines)
    await lines.aclose()
    assert is_ended


@pytest.fixture
def own(copy_home: Callable[[], Path]) -> Iterator[tuple[httpx.Client, Path]]:
    """A server of its own, so that its conversations are those of the test."""
    home = copy_home()
    with serving(home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        yield client, home


def test_conversations_are_listed_opened_continued_and_deleted(
    own: tuple[httpx.Client, Path],
) -> None:
    client, _ = own
    assert client.get("/api/conversations").json() == {"conversations": []}
    first = ask(client, TOP)
    second = ask(client, "win rate by product category " + "please " * 20)
    follow_up = ask(client, "only the top 3", conversation_id=first["conversation_id"])
    assert follow_up["conversation_id"] == first["conversation_id"]
    listed = client.get("/api/conversations").json()["conversations"]
    assert [line["conversation_id"] for line in listed] == [
        first["conversation_id"],
        second["conversation_id"],
    ]
    assert listed[0]["query"] == TOP
    assert len(listed[1]["query"]) == 100
    assert listed[0]["turn_count"] == 2
    assert {"timestamp", "functions_count", "visualizations_count"} <= set(listed[0])
    path = f"/api/conversations/{first['conversation_id']}"
    whole = client.get(path).raise_for_status().json()
    assert [turn["question"] for turn in whole["turns"]] == [TOP, "only the top 3"]
    assert whole["turns"][0]["answer"] == first
    assert whole["turns"][1]["answer"] == follow_up
    deleted = client.delete(path)
    assert deleted.status_code == 200
    assert deleted.json()["conversation_id"] == first["conversation_id"]
    problem_of(client.get(path), 404)
    problem_of(client.delete(path), 404)
    assert len(client.get("/api/conversations").json()["conversations"]) == 1


def test_a_conversation_outlives_the_server_and_can_be_verified(
    copy_home: Callable[[], Path],
) -> None:
    home = copy_home()
    with serving(home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        first = ask(client, TOP)
        conversation = first["conversation_id"]
        ask(client, "win rate by product category", conversation_id=conversation)
        ask(client, "show stage metrics", conversation_id=conversation)
        upload = (home / "data" / "opportunities.csv").read_bytes().splitlines(keepends=True)[:40]
        files = {"f": ("opportunities.csv", b"".join(upload), "text/csv")}
        assert client.post("/api/data/upload", files=files).status_code == 200
        with_less = ask(client, TOP)
        assert with_less["provenance"]["warehouse_version"] == 2
        assert with_less["queries"][0]["rows"] != first["queries"][0]["rows"]
    with serving(home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        turns = client.get(f"/api/conversations/{conversation}").json()["turns"]
        assert turns[0]["answer"] == first
    # Each query runs again on the version it was answered on, not on the current one.
    done = revenue(home, "verify", conversation)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same" in done.stdout
    assert "different" not in done.stdout


def test_verify_notices_a_changed_answer(copy_home: Callable[[], Path]) -> None:
    home = copy_home()
    asked = revenue(home, "ask", TOP, "--as-of", f"{TODAY}", "--json")
    assert asked.returncode == 0, asked.stderr
    conversation = json.loads(asked.stdout)["conversation_id"]
    assert revenue(home, "verify", conversation).returncode == 0
    with sqlite3.connect(home / "state.db") as connection:
        (stored,) = connection.execute("SELECT answer FROM turn").fetchone()
        answer = json.loads(stored)
        answer["queries"][0]["rows"][1][1] += 0.01
        connection.execute("UPDATE turn SET answer = ?", [json.dumps(answer)])
    done = revenue(home, "verify", conversation)
    assert done.returncode == 1
    assert "different Row 2" in done.stdout
    assert revenue(home, "verify", "no_such_conversation").returncode == 1


def test_ask_on_the_command_line_prints_the_answer_and_its_rows(
    copy_home: Callable[[], Path],
) -> None:
    home = copy_home()
    done = revenue(home, "ask", TOP, "--as-of", f"{TODAY}")
    assert done.returncode == 0, done.stderr
    body = json.loads(revenue(home, "ask", TOP, "--as-of", f"{TODAY}", "--json").stdout)
    for row in body["queries"][0]["rows"]:
        assert row[0] in done.stdout
        assert f"{row[1]:,.2f}" in done.stdout
    assert "answered; conversation conv_" in done.stdout
