"""What a person does with the page, in words: ask, wait, look, download.

Used by the tests of tests/page. Invariant: waits for what is seen, never for a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.serving import REPOSITORY

DESKTOP = (1280, 860)
PHONE = (360, 740)
AREAS = ("ask", "dashboard", "explore", "data", "reports", "settings")
WAIT_MS = 45_000
"""Patience with a busy machine; nothing is measured by it."""
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

expect.set_options(timeout=WAIT_MS)


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and wait for its answer; the turn."""
    if "/ask" not in page.url:
        page.goto("/ask")
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    turn = page.get_by_role("article", name=question, exact=True).last
    expect(turn.locator(".provenance")).to_be_visible()
    return turn


def open_area(page: Page, area: str) -> None:
    """Open an area and wait until nothing of it is being loaded."""
    page.goto(f"/{area}")
    expect(page.locator("h1").first).to_be_attached()
    expect(page.locator(".loading")).to_have_count(0)


def download(page: Page, act: Callable[[], None], folder: Path) -> Path:
    """The file that an action puts into the downloads."""
    with page.expect_download(timeout=WAIT_MS) as waiting:
        act()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def numbers_in(text: str) -> list[str]:
    """The amounts and counts of a text, as they are written."""
    return re.findall(r"\$?[\d,]+(?:\.\d+)?%?", text)


def find_axe_violations(page: Page) -> list[str]:
    """What axe-core holds to be serious or critical on the page as it stands."""
    if "axe" not in page.evaluate("Object.keys(window)"):
        # Handed to the debugger, not put into the document: its policy allows no script of ours.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
        " 'best-practice']})"
    )
    return [
        f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
