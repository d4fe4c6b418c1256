"""Answers as they come, over real HTTP: events in order, signs of life, hanging up, restarts.

The home is the demo with two verified questions more, whose queries are slow: one takes moments,
the other would take the better part of an hour.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.serving import REPOSITORY, TODAY, Serving, make_demo_home, serving

_PART = "SELECT amount AS x{0}, length(stage) * 0 AS k{0} FROM opportunities"


def slow_sql(parts: int) -> str:
    """A query that looks at 400 ** parts combinations of deals."""
    ctes = ", ".join(f"p{n} AS ({_PART.format(n)})" for n in range(parts))
    joins = " ".join(f"JOIN p{n} ON k{n - 1} = k{n}" for n in range(1, parts))
    total = " + ".join(f"x{n}" for n in range(1, parts))
    return f"WITH {ctes} SELECT MAX(x0 * ({total})) AS s FROM p0 {joins}"


MOMENTS, AGES = "How long does a moment last?", "How long does an age last?"
TOP = "What are the top 5 accounts by total opportunity value?"
ORDER = (
    "started", "processing", "function_call", "function_complete", "creating_visualizations",
    "generating_response", "answer_delta", "complete",
)  # fmt: skip
HEARTBEAT = {"REVENUE_HEARTBEAT_S": "0.05"}


@pytest.fixture(scope="module")
def slow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("slow-home")
    text = (REPOSITORY / "semantic" / "models" / "revenue.yml").read_text("utf-8")
    model = yaml.safe_load(text)
    model["verified_queries"] += [
        {"question": MOMENTS, "sql": slow_sql(3)},
        {"question": AGES, "sql": slow_sql(4)},
    ]
    (home / "models").mkdir()
    (home / "models" / "revenue.yml").write_text(yaml.safe_dump(model), encoding="utf-8")
    return make_demo_home(home)


@pytest.fixture(scope="module")
def server(slow_home: Path) -> Iterator[Serving]:
    limits = {**HEARTBEAT, "REVENUE_ENGINE_TIMEOUT_S": "3000"}
    with serving(slow_home, **limits) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as client:
        yield client


def body(question: str, **fields: Any) -> dict[str, Any]:
    return {"question": question, "as_of": f"{TODAY}", **fields}


@contextlib.contextmanager
def lines_of(client: httpx.Client, question: str, **fields: Any) -> Iterator[Iterator[str]]:
    """The lines of a stream, one by one as they arrive."""
    with client.stream("POST", "/api/query/stream", json=body(question, **fields)) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.iter_lines()


def read_all(client: httpx.Client, question: str, **fields: Any) -> tuple[list[Any], list[str]]:
    """The events of a whole stream, and its lines."""
    with lines_of(client, question, **fields) as lines:
        seen = list(lines)
    data = [line.removeprefix("data: ") for line in seen if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    assert data.count("[DONE]") == 1
    return [json.loads(line) for line in data[:-1]], seen


def until(condition: Callable[[], Any], limit_s: float = 60) -> Any:
    """What the condition gives once it is true; a failure after so long means never."""
    end = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return found


def test_the_steps_come_in_order_and_end_with_one_answer(client: httpx.Client) -> None:
    events, _ = read_all(client, TOP)
    found = [event["status"] for event in events]
    assert list(dict.fromkeys(found)) == list(ORDER)
    assert found.count("complete") == 1
    assert "error" not in found
    last = events[-1]
    assert "".join(e["text"] for e in events if e["status"] == "answer_delta") == last["answer"]
    assert last["outcome"] == "answered"
    assert last["conversation_id"] == events[0]["conversation_id"]
    call = next(event for event in events if event["status"] == "function_call")
    assert call["semantic_sql"] == last["queries"][0]["semantic_sql"]


def test_each_query_is_reported_when_it_starts_and_when_it_ends(client: httpx.Client) -> None:
    events, _ = read_all(client, "How are we doing?")
    steps = [e for e in events if e["status"] in ("function_call", "function_complete")]
    queries = events[-1]["queries"]
    assert len(queries) > 1
    assert [e["status"] for e in steps] == ["function_call", "function_complete"] * len(queries)
    completed = [e["row_count"] for e in steps if e["status"] == "function_complete"]
    assert completed == [query["row_count"] for query in queries]


@pytest.mark.parametrize("question", ["What does the weather do?", "Show me the numbers"])
def test_a_question_that_is_not_answered_ends_with_one_complete_too(
    client: httpx.Client, question: str
) -> None:
    events, _ = read_all(client, question)
    found = [event["status"] for event in events]
    assert found[0] == "started"
    assert found.count("complete") == 1
    assert events[-1]["outcome"] in ("refused", "clarification")
    assert (
        "".join(e["text"] for e in events if e["status"] == "answer_delta")
        == (events[-1]["answer"])
    )


def test_a_slow_query_is_filled_with_signs_of_life_and_then_answered(
    client: httpx.Client,
) -> None:
    events, lines = read_all(client, MOMENTS)
    assert events[-1]["status"] == "complete"
    call = next(n for n, line in enumerate(lines) if '"function_call"' in line)
    done = next(n for n, line in enumerate(lines) if '"function_complete"' in line)
    comments = [n for n, line in enumerate(lines) if line.startswith(":")]
    assert any(call < n < done for n in comments)
    # A comment is a line of its own, so that no reader takes it for an event.
    assert all(not lines[n + 1] for n in comments)


def test_what_is_stored_is_what_was_streamed(client: httpx.Client) -> None:
    events, _ = read_all(client, TOP)
    streamed = {key: value for key, value in events[-1].items() if key != "outcome"}
    streamed["status"] = events[-1]["outcome"]
    stored = client.get(f"/api/conversations/{streamed['conversation_id']}").json()
    assert stored["turns"][0]["answer"] == streamed


def children(process: int) -> set[int]:
    """All processes below one, by number."""
    found: set[int] = set()
    for task in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError):
            found |= {int(number) for number in (task / "children").read_text().split()}
    return found | {below for child in list(found) for below in children(child)}


def audited(home: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(home / "state.db")) as connection:
        return [row[0] for row in connection.execute("SELECT status FROM audit ORDER BY id")]


def test_hanging_up_kills_the_query_and_leaves_no_turn(
    client: httpx.Client, server: Serving, slow_home: Path
) -> None:
    assert client.post("/api/query", json=body(TOP)).status_code == 200
    kept = client.get("/api/conversations").json()
    before = children(server.process.pid)
    cancelled = audited(slow_home).count("cancelled")
    with lines_of(client, AGES) as lines:
        list(itertools.takewhile(lambda line: '"function_call"' not in line, lines))
        list(itertools.takewhile(lambda line: not line.startswith(":"), lines))
    # The only worker would be busy for an hour: it is gone, and another one answers.
    until(lambda: before - children(server.process.pid))
    assert client.post("/api/query", json=body(TOP, as_of="2025-02-16")).status_code == 200
    until(lambda: audited(slow_home).count("cancelled") == cancelled + 1)
    listed = client.get("/api/conversations").json()["conversations"]
    assert AGES not in {line["query"] for line in listed}
    assert len(listed) == len(kept["conversations"]) + 1


def test_a_query_that_fails_midway_ends_with_one_error_and_nothing_is_stored(
    slow_home: Path,
) -> None:
    limits = {**HEARTBEAT, "REVENUE_ENGINE_TIMEOUT_S": "0.5"}
    with serving(slow_home, **limits) as running, httpx.Client(base_url=running.url) as client:
        client.timeout = 60
        kept = len(client.get("/api/conversations").json()["conversations"])
        events, _ = read_all(client, AGES)
        found = [event["status"] for event in events]
        assert found[-1] == "error"
        assert found.count("error") == 1
        assert "complete" not in found
        assert events[-1]["problem"]["code"] == "query-timeout"
        assert events[-1]["error"]
        assert "answer_delta" not in found
        assert len(client.get("/api/conversations").json()["conversations"]) == kept
        after, _ = read_all(client, TOP)
        assert after[-1]["outcome"] == "answered"


def test_a_killed_server_has_lost_no_conversation(slow_home: Path) -> None:
    question, follow_up = "Number of deals by stage", "and by lead source?"
    with serving(slow_home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        first = client.post("/api/query", json=body(question)).json()
        other = client.post("/api/query", json=body(question)).json()["conversation_id"]
        wanted = client.post("/api/query", json=body(follow_up, conversation_id=other)).json()
        running.process.kill()
        running.process.wait(timeout=30)
    with serving(slow_home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        conversation = first["conversation_id"]
        events, _ = read_all(client, follow_up, conversation_id=conversation)
        assert events[-1]["has_context"] is True
        assert events[-1]["conversation_id"] == conversation
        assert events[-1]["queries"][0]["rows"] == wanted["queries"][0]["rows"]
        assert events[-1]["queries"][0]["columns"][0]["name"] == "lead_source"
        turns = client.get(f"/api/conversations/{conversation}").json()["turns"]
        assert turns[0]["answer"] == first
        assert [turn["question"] for turn in turns] == [question, follow_up]
