"""Hostile data and lost servers: what the page does when things are not well."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, expect

from tests.page.browsing import DESKTOP, ask, open_area
from tests.serving import revenue, serving, serving_at

HOSTILE = (
    '<img src=x onerror="window.canary=1">',
    "<script>window.canary=1</script>",
    "[click](javascript:window.canary=1)",
    '"><svg onload=window.canary=1>',
    "![x](http://127.0.0.1:9/pixel.png)",
)


@pytest.fixture
def hostile_home(demo_home: Path, tmp_path: Path) -> Path:
    """The demo with account names that attack, on the largest deals so that they are shown."""
    home = tmp_path / "home"
    shutil.copytree(demo_home / "data", home / "data")
    path = home / "data" / "opportunities.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, (row, name) in enumerate(zip(rows, HOSTILE, strict=False)):
        row |= {"Account Name": name, "Amount": f"{90_000_000 + number}.00"}
        row |= {"Stage": "Negotiate", "Next Step": name, "Account ID": f"HOSTILE{number}"}
        row["Opportunity Name"] = f"{name}: {name}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = revenue(home, "ingest")
    assert done.returncode == 0, done.stderr
    return home


def test_hostile_names_and_questions_are_inert_text(browser: Browser, hostile_home: Path) -> None:
    with serving(hostile_home) as server:
        width, height = DESKTOP
        context = browser.new_context(
            base_url=server.url, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        dialogs: list[str] = []

        def refuse(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", refuse)
        turn = ask(page, "top 10 accounts by pipeline value")
        turn.get_by_role("button", name="Table", exact=True).first.click()
        expect(turn.get_by_role("table").first).to_contain_text("onerror")
        turn.get_by_role("button", name="Bars", exact=True).first.click()
        expect(turn.locator(".chart[data-drawn=true]").first).to_be_visible()
        turn.locator(".mark-rect path").first.hover()
        for question in HOSTILE:
            page.get_by_label("Your question").fill(question)
            page.get_by_label("Your question").press("Enter")
            expect(page.locator(".turn").last.locator(".provenance, .note").first).to_be_visible()
        open_area(page, "dashboard")
        expect(page.locator(".chart[data-drawn=true]").first).to_be_visible()
        open_area(page, "data")
        assert page.evaluate("window.canary") is None
        assert page.locator("main img, main script, main iframe").count() == 0
        assert page.locator("a[href^='javascript:']").count() == 0
        assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
        assert dialogs == []
        context.close()


def _workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes the server has started, with theirs."""
    found: list[int] = []
    waiting = [process.pid]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]
        found.append(pid)
    return found[1:]


def _send(pids: list[int], sent: signal.Signals) -> None:
    """Signal each process; the pool may have replaced one that stood still in the meantime."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)


def test_a_server_killed_in_the_middle_is_survived(
    browser: Browser, demo_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    width, height = DESKTOP
    question = "won revenue by lead source in 2024"
    with serving(home) as server:
        context = browser.new_context(
            base_url=server.url, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.goto("/ask")
        expect(page.locator(".badge-good")).to_be_visible()
        workers = _workers_of(server.process)
        _send(workers, signal.SIGSTOP)  # the stream begins and does not end
        page.get_by_label("Your question").fill(question)
        page.get_by_label("Your question").press("Enter")
        expect(page.get_by_role("status", name="Progress")).to_contain_text("Reading the question")
        server.process.kill()
        _send(workers, signal.SIGKILL)
        turn = page.get_by_role("article", name=question)
        expect(turn.get_by_role("alert")).to_contain_text("connection ended")
        expect(page.locator(".badge-bad")).to_have_text("Server unreachable")
        port = server.port
    with serving_at(home, port):
        expect(page.locator(".badge-good")).to_be_visible()
        turn.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("article", name=question).locator(".answer")).to_be_visible()
        expect(page.locator(".turn")).to_have_count(1)
        context.close()


def test_stopping_ends_the_question_and_offers_it_again(
    browser: Browser, demo_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    with serving(home) as server:
        context = browser.new_context(base_url=server.url)
        page = context.new_page()
        page.goto("/ask")
        expect(page.locator(".badge-good")).to_be_visible()
        workers = _workers_of(server.process)
        _send(workers, signal.SIGSTOP)
        page.get_by_label("Your question").fill("lost revenue by lead source in 2023")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status", name="Progress")).to_contain_text("Reading the question")
        page.keyboard.press("Escape")
        expect(page.get_by_text("Stopped before the answer was complete.")).to_be_visible()
        _send(workers, signal.SIGCONT)
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(".turn .answer")).to_be_visible()
        context.close()
