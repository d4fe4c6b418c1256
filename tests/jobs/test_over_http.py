"""The endpoints and the commands of report jobs, on a real server with a real browser."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.warehouse.paths import Home
from tests.jobs.harness import mail_settings
from tests.jobs.mailbox import Mailbox, receiving
from tests.serving import Serving, revenue, serving

HOOK = "https://hooks.slack.com/services/T0/B0/very-secret"
DEFINITION: dict[str, Any] = {
    "name": "pipeline",
    "title": "Pipeline",
    "as_of": "2025-02-15",
    "formats": ["pdf", "html"],
    "sections": [
        {"question": "win rate by product category"},
        {"title": "Largest", "sql": "SELECT account_name, MEASURE(pipeline_value) AS pipeline "
         "FROM opportunities GROUP BY ALL ORDER BY pipeline DESC LIMIT 3"},
    ],
    "recipients": {"email": ["cro@example.com"]},
    "alerts": [{"name": "low", "metric": "win_rate", "below": 0.9}],
}  # fmt: skip


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tiny_home: Home, tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox
) -> Iterator[Serving]:
    home = tmp_path_factory.mktemp("http") / "home"
    shutil.copytree(tiny_home.root, home, symlinks=True)
    given = mail_settings(mailbox.port, JOBS_POLL_S="0.2")
    with serving(home, **{f"REVENUE_{name}": text for name, text in given.items()}) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=90) as client:
        yield client


def end_of(client: httpx.Client, path: str) -> dict[str, Any]:
    """The run at an address, when it has ended."""
    run: dict[str, Any] = {}
    until = time.monotonic() + 90
    while time.monotonic() < until:
        run = client.get(path).json()
        if run["status"] in ("succeeded", "failed", "skipped"):
            return run
        time.sleep(0.1)
    raise AssertionError(f"the run has not ended: {run}")


def test_a_report_is_defined_scheduled_run_read_and_removed(
    client: httpx.Client, mailbox: Mailbox
) -> None:
    made = client.post("/api/reports", json=DEFINITION)
    assert made.status_code == 201, made.text
    assert client.post("/api/reports", json=DEFINITION).status_code == 200

    body = {"report": "pipeline", "cron": "0 7 * * 1-5", "timezone": "Europe/Berlin"}
    added = client.post("/api/schedules", json=body)
    assert added.status_code == 201, added.text
    schedule = added.json()
    assert len(schedule["next_runs"]) == 3
    assert client.delete("/api/reports/pipeline").json()["code"] == "report-in-use"

    begun = client.post(f"/api/schedules/{schedule['id']}/run")
    assert begun.status_code == 202, begun.text
    run = end_of(client, f"/api/reports/pipeline/runs/{begun.json()['id']}")
    assert run["status"] == "succeeded", run
    assert [part["status"] for part in run["parts"]] == ["answered", "answered"]
    assert run["alerts"][0]["crossed"] is True
    listed = client.get(f"/api/schedules/{schedule['id']}/runs").json()["runs"]
    assert [one["id"] for one in listed] == [run["id"]]
    [shown] = client.get("/api/schedules").json()["schedules"]
    assert shown["last_run"]["status"] == "succeeded"
    assert client.get("/api/reports/pipeline").json()["alerts"][0]["state"] == "fired"

    _check_files(client, run, mailbox)
    assert client.delete(f"/api/schedules/{schedule['id']}").status_code == 200
    assert client.delete("/api/reports/pipeline").status_code == 200
    assert client.get("/api/reports/pipeline").status_code == 404
    # What was run stays on record.
    assert client.get("/api/reports/pipeline/runs").json()["runs"][0]["id"] == run["id"]


def _check_files(client: httpx.Client, run: dict[str, Any], mailbox: Mailbox) -> None:
    """What is downloaded is what was mailed: a PDF and a page."""
    by_name = {file["name"]: client.get(file["href"]) for file in run["files"]}
    assert set(by_name) == {"pipeline-2025-02-15.pdf", "pipeline-2025-02-15.html"}
    for name, found in by_name.items():
        assert found.status_code == 200
        assert found.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert by_name["pipeline-2025-02-15.pdf"].content.startswith(b"%PDF-")
    report = next(m for _, m in mailbox.messages if not m["subject"].startswith("Alert"))
    sent = {
        part.get_filename(): part.get_payload(decode=True) for part in report.iter_attachments()
    }
    assert sent == {name: found.content for name, found in by_name.items()}
    assert sum(m["subject"] == "Alert: Win rate" for _, m in mailbox.messages) == 1


def test_a_look_sends_nothing(client: httpx.Client, mailbox: Mailbox) -> None:
    client.post("/api/reports", json={**DEFINITION, "name": "looked_at"})
    before = len(mailbox.messages)
    page = client.get("/api/reports/looked_at/html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "win rate by product category" in page.text
    pdf = client.get("/api/reports/looked_at/pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert client.get("/api/reports/looked_at/runs").json()["runs"] == []
    assert len(mailbox.messages) == before


def test_the_address_of_a_webhook_is_shown_to_nobody(client: httpx.Client, server: Serving) -> None:
    hooks = {"webhook": [{"url": HOOK, "kind": "slack"}]}
    made = client.post("/api/reports", json={**DEFINITION, "name": "hooked", "recipients": hooks})
    assert made.status_code == 201
    texts = [made.text, client.get("/api/reports").text, client.get("/api/reports/hooked").text]
    assert all("https://hooks.slack.com/..." in text for text in texts)
    assert "very-secret" not in "".join([*texts, *server.log])


@pytest.mark.parametrize(
    "change,status,expected",
    [
        ({"sektions": []}, 400, "sektions"),
        ({"name": "Bad Name"}, 400, "name"),
        ({"name": "../etc"}, 400, "name"),
        ({"title": "a\nBcc: x@y.example"}, 400, "title"),
        ({"sections": [{"sql": "SELECT 1 FROM nowhere"}]}, 422, "sections 1"),
        ({"sections": [{"sql": "COPY opportunities TO 'x'"}]}, 422, "sections 1"),
        ({"sections": [{"analysis": "no_such_analysis"}]}, 422, "no_such_analysis"),
        ({"condition": {"only_if": "MEASURE(win_rat) < 1"}}, 422, "condition only_if"),
        ({"alerts": [{"name": "a", "metric": "win_rat", "below": 1}]}, 422, "alerts 1"),
        ({"recipients": {"email": ["nobody"]}}, 400, "email"),
        ({"recipients": {"webhook": [{"url": "file:///etc/passwd"}]}}, 400, "url"),
    ],
)
def test_a_definition_that_cannot_be_run_is_refused_with_its_place(
    client: httpx.Client, change: dict[str, Any], status: int, expected: str
) -> None:
    refused = client.post("/api/reports", json={**DEFINITION, "name": "refused", **change})
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert any(expected in f"{issue}" for issue in refused.json()["issues"]), refused.text
    assert client.get("/api/reports/refused").status_code == 404


@pytest.mark.parametrize(
    "body,status,code",
    [
        ({"report": "looked_at", "cron": "not a cron"}, 400, "bad-schedule"),
        (
            {"report": "looked_at", "cron": "0 7 * * *", "timezone": "Mars/Base"},
            400,
            "bad-schedule",
        ),
        ({"report": "looked_at", "cron": "0 0 31 2 *"}, 400, "bad-schedule"),
        ({"report": "no_such", "cron": "0 7 * * *"}, 404, "not-found"),
        ({"report": "looked_at", "cron": "0 7 * * *", "parameters": {"x": 1}}, 400, "bad-input"),
        ({"report": "looked_at", "cron": "0 7 * * *", "tz": "UTC"}, 400, "bad-input"),
        ({"cron": "0 7 * * *"}, 400, "bad-input"),
    ],
)
def test_a_schedule_that_names_no_moments_is_refused(
    client: httpx.Client, body: dict[str, Any], status: int, code: str
) -> None:
    client.post("/api/reports", json={**DEFINITION, "name": "looked_at"})
    refused = client.post("/api/schedules", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/api/reports/no_such"),
        ("GET", "/api/reports/no_such/html"),
        ("GET", "/api/reports/no_such/pdf"),
        ("DELETE", "/api/reports/no_such"),
        ("GET", "/api/reports/looked_at/runs/no_such"),
        ("GET", "/api/reports/looked_at/runs/no_such/..%2f..%2fstate.db"),
        ("GET", "/api/schedules/no_such/runs"),
        ("POST", "/api/schedules/no_such/run"),
        ("DELETE", "/api/schedules/no_such"),
        ("DELETE", "/api/schedules/%00"),
    ],
)
def test_what_does_not_exist_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    found = client.request(method, path)
    assert found.status_code == 404, found.text
    assert found.headers["content-type"] == "application/problem+json"


@pytest.mark.slow
def test_the_commands_list_add_run_and_remove(tiny_home: Home, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(tiny_home.root, home, symlinks=True)
    folder = home / "reports"
    folder.mkdir()
    (folder / "weekly.yml").write_text(
        "title: Weekly\nas_of: 2025-02-15\nformats: [html]\nparameters: {account: Acme}\n"
        "recipients: {folder: [out]}\nsections:\n  - sql: SELECT MEASURE(pipeline_value) AS "
        "pipeline FROM opportunities WHERE account_name = $account\n",
        "utf-8",
    )
    assert "weekly" in revenue(home, "report", "list").stdout
    done = revenue(home, "report", "run", "weekly", "account=Bolt")
    assert done.returncode == 0, done.stderr
    assert "succeeded" in done.stdout
    assert "folder out sent" in done.stdout
    # Bolt's open deals: 2,000 and 300.
    assert "2,300.00" in (folder / "delivered" / "out" / "weekly-2025-02-15.html").read_text(
        "utf-8"
    )
    look = revenue(home, "report", "run", "weekly", "--out", str(tmp_path / "look.html"))
    assert look.returncode == 0, look.stderr
    assert "4,000.00" in (tmp_path / "look.html").read_text("utf-8")
    added = revenue(home, "schedule", "add", "weekly", "0 7 * * 1", "--timezone", "Europe/Berlin")
    assert added.returncode == 0, added.stderr
    schedule = added.stdout.split()[1]
    assert revenue(home, "schedule", "remove", schedule).returncode == 0
    listed = revenue(home, "schedule", "list")
    assert listed.returncode == 0
    assert schedule not in listed.stdout
    assert revenue(home, "schedule", "remove", schedule).returncode == 1
