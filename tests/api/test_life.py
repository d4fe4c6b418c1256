"""A server's life: limits, hung-up clients, audit, logs, signals, and a start that must fail."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import Serving, serving, start_revenue

_PART = "SELECT amount AS x{0}, length(stage) * 0 AS k{0} FROM opportunities"
SLOW = (
    f"WITH {', '.join(f'p{n} AS ({_PART.format(n)})' for n in range(4))} "
    "SELECT MAX(x0 * x1 + x2 - x3) AS s FROM p0 JOIN p1 ON k0 = k1 JOIN p2 ON k1 = k2 "
    "JOIN p3 ON k2 = k3"
)
"""Looks at 400 ** 4 combinations of deals."""
FAST = "SELECT MEASURE(deal_count) AS n FROM opportunities"


def audit(home: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(home / "state.db") as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM audit ORDER BY id")]


def test_a_query_that_runs_too_long_is_stopped_and_the_next_one_runs(client: httpx.Client) -> None:
    body = problem_of(client.post("/api/sql", json={"sql": SLOW}), 422)
    assert body["code"] == "query-timeout"
    assert client.post("/api/sql", json={"sql": FAST}).status_code == 200


def test_hanging_up_ends_the_query(copy_home: Callable[[], Path]) -> None:
    home = copy_home()
    with serving(home, REVENUE_ENGINE_TIMEOUT_S="3000") as running:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{running.url}/api/sql", json={"sql": SLOW}, timeout=2)
        # The only worker would be busy for the better part of an hour.
        after = httpx.post(f"{running.url}/api/sql", json={"sql": FAST}, timeout=120)
        assert after.status_code == 200
    assert [(row["action"], row["status"]) for row in audit(home)] == [
        ("sql", "cancelled"),
        ("sql", "answered"),
    ]


def test_more_queries_than_can_wait_are_turned_away(copy_home: Callable[[], Path]) -> None:
    limits = {"REVENUE_ENGINE_QUEUE": "1", "REVENUE_ENGINE_TIMEOUT_S": "4"}
    with serving(copy_home(), **limits) as running:

        def ask(number: int) -> httpx.Response:
            # Each text is its own, or they would share one computation.
            return httpx.post(
                f"{running.url}/api/sql", json={"sql": f"{SLOW} WHERE x0 > {number}"}, timeout=120
            )

        with ThreadPoolExecutor(6) as threads:
            replies = list(threads.map(ask, range(6)))
        turned_away = [reply for reply in replies if reply.status_code == 503]
        assert turned_away
        assert len(turned_away) < len(replies)
        for reply in turned_away:
            assert reply.json()["code"] == "overloaded"
            assert int(reply.headers["retry-after"]) >= 1
        assert httpx.get(f"{running.url}/api/health", timeout=60).json()["status"] == "healthy"


def test_every_decision_is_recorded_without_rows(copy_home: Callable[[], Path]) -> None:
    home = copy_home()
    with serving(home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        client.post("/api/sql", json={"sql": FAST})
        client.post("/api/sql", json={"sql": "SELECT nope FROM opportunities"})
        client.post("/api/semantic/query", json={"metrics": ["deal_count"]})
        client.post("/api/semantic/query", json={"metrics": ["deal_cont"]})
        client.post("/api/analyses/get_stage_metrics", json={})
        client.post("/api/data/rollback", json={"to": 9})
    records = audit(home)
    assert [(row["action"], row["status"], row["code"]) for row in records] == [
        ("sql", "answered", None),
        ("sql", "refused", "invalid-query"),
        ("semantic-query", "answered", None),
        ("semantic-query", "refused", "invalid-query"),
        ("analysis:get_stage_metrics", "answered", None),
        ("rollback", "refused", "unknown-version"),
    ]
    assert records[0]["semantic_sql"] == FAST
    assert records[0]["principal"] == "anonymous"
    assert records[0]["surface"] == "rest"
    assert records[0]["warehouse_version"] == 1
    assert all(row["elapsed_ms"] >= 0 for row in records)
    assert "MEASURE(deal_count)" in records[2]["semantic_sql"]


def test_a_log_line_cannot_be_forged_and_holds_no_body(copy_home: Callable[[], Path]) -> None:
    with serving(copy_home()) as running, httpx.Client(base_url=running.url) as client:
        client.get("/api/x%0d%0a%7b%22level%22%3a%22critical%22%7d%1b%5b31m%e2%80%a8")
        client.post("/api/sql", json={"sql": "SELECT 'canary-in-a-body' AS x FROM opportunities"})
        client.get("/api/quick-insights?canary-in-a-query=1")
    lines = "".join(running.log).splitlines()
    records = [json.loads(line) for line in lines]
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert {record["level"] for record in records} <= {"info", "warning"}
    paths = [record.get("path", "") for record in records]
    assert any("\r\n" in path and "\x1b[31m" in path for path in paths)
    assert "canary" not in "".join(lines)


def test_a_signal_ends_the_server_in_order(copy_home: Callable[[], Path]) -> None:
    home = copy_home()
    for number in (signal.SIGTERM, signal.SIGINT):
        with serving(home) as running:
            httpx.post(f"{running.url}/api/sql", json={"sql": FAST}, timeout=60)
            running.process.send_signal(number)
            assert running.process.wait(timeout=60) == 0
        # What was recorded last is on the disk, and nothing is left running or lying about.
        assert audit(home)[-1]["status"] == "answered"
        assert "Traceback" not in "".join(running.log)


def test_a_port_in_use_is_said_in_one_sentence(server: Serving, tmp_path: Path) -> None:
    done = start_revenue(tmp_path, "serve", "--port", f"{server.port}")
    assert done.returncode == 2
    assert f"Port {server.port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_state_store_that_cannot_be_had_is_said_before_anything_is_served(tmp_path: Path) -> None:
    done = start_revenue(
        tmp_path, "serve", "--port", "0", REVENUE_DATABASE_URL="mysql://a:secret@b/c"
    )
    assert done.returncode == 1
    assert "state store" in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
