"""The page's areas to pictures for the README and the manual, at desktop and phone size.

Run by hand after a change of the page: `make page`, then `.venv/bin/python -m scripts.screenshots`.
It serves demo data of its own in a folder that is removed. Invariant: a picture stays under
300 kB, all of them under 2 MB.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.page.browsing import DESKTOP, ask, open_area
from tests.serving import make_demo_home, serving

TARGET: Final = Path(__file__).resolve().parent.parent / "docs" / "images"
ROWS: Final = 4000
PHONE: Final = (390, 780)
MOST_BYTES: Final = 300_000
MOST_BYTES_TOGETHER: Final = 2_000_000


def main() -> int:
    """Take every picture anew; 1 where one is too large."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("there is no chromium on PATH", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = make_demo_home(Path(folder) / "home", rows=ROWS)
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False)
        with serving(home) as server:
            take_all(browser, server.url)
        browser.close()
    return report_sizes()


def take_all(browser: Browser, address: str) -> None:
    """Each area in both sizes, and the answer in dark as well."""
    for name, (width, height) in (("desktop", DESKTOP), ("phone", PHONE)):
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        for area, show in SCENES.items():
            show(page)
            settle(page)
            save(page, f"{area}-{name}")
        page.emulate_media(color_scheme="dark")
        show_answer(page)
        settle(page)
        save(page, f"dark-{name}")
        context.close()


def show_answer(page: Page) -> None:
    """An answer with its chart."""
    page.goto("/ask")
    ask(page, "won revenue by month in 2024")


def show_clarification(page: Page) -> None:
    """What cannot be answered, and what can."""
    page.goto("/ask")
    ask(page, "how is the weather in Paris")


def show_query(page: Page) -> None:
    """The SQL editor with a result."""
    open_area(page, "explore")
    page.get_by_role("tab", name="SQL").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("table", name="Result")).to_be_visible()


def show_report(page: Page) -> None:
    """A report with a schedule."""
    open_area(page, "reports")
    if page.get_by_role("heading", name="Monday call").count() > 0:
        return
    page.get_by_role("button", name="New report").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Monday call")
    dialog.get_by_label("Questions, one per line").fill("win rate by product category")
    dialog.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Add a schedule").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("succeeded")).to_be_visible()


SCENES: Final[dict[str, Callable[[Page], None]]] = {
    "start": lambda page: open_area(page, "ask"),
    "answer": show_answer,
    "refusal": show_clarification,
    "dashboard": lambda page: open_area(page, "dashboard"),
    "explore": show_query,
    "data": lambda page: open_area(page, "data"),
    "reports": show_report,
    "settings": lambda page: open_area(page, "settings"),
}


def settle(page: Page) -> None:
    """Wait for the charts in sight; then nothing moves any more."""
    for chart in page.locator(".chart").all():
        expect(chart).to_have_attribute("data-drawn", "true")
    expect(page.locator(".toast")).to_have_count(0)


def save(page: Page, name: str) -> None:
    """One picture, its colours reduced where a tool for that is there."""
    path = TARGET / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    pngquant = shutil.which("pngquant")
    if pngquant is not None:
        subprocess.run([pngquant, "--force", "--ext", ".png", "128", f"{path}"], check=False)


def report_sizes() -> int:
    """The pictures with their sizes; 1 where the limits are passed."""
    sizes = {path.name: path.stat().st_size for path in sorted(TARGET.glob("*.png"))}
    for name, size in sizes.items():
        print(f"{name:28}{size / 1000:8.0f} kB")
    is_small = max(sizes.values()) < MOST_BYTES and sum(sizes.values()) < MOST_BYTES_TOGETHER
    return 0 if is_small else 1


if __name__ == "__main__":
    raise SystemExit(main())
