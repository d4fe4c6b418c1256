"""A real server with the built page, and a real Chromium that opens it.

Fixtures for tests/page. Invariant: the page is the built one, the server the program as a user
starts it; whatever is not this server is never asked, and no script of the page fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.page.browsing import DESKTOP
from tests.serving import REPOSITORY, Serving, make_demo_home, serving

DIST = REPOSITORY / "server" / "web" / "dist"


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the built page; without it there is nothing to test here."""
    if not (DIST / "index.html").is_file():
        pytest.skip("the page is not built: `make page` does it where Node 20 and npm are there")
    return DIST


@pytest.fixture(scope="session")
def browser(built_page: Path) -> Iterator[Browser]:
    """One Chromium for all tests; each gets a context of its own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no chromium on PATH")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, chromium_sandbox=_may_sandbox()
        )
        yield chromium
        chromium.close()


def _may_sandbox() -> bool:
    return os.geteuid() != 0  # Chromium refuses its sandbox to root


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> Path:
    """A home with demo data as version 1; copied by tests that change it."""
    return make_demo_home(tmp_path_factory.mktemp("page") / "home")


@pytest.fixture(scope="module")
def server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server on a copy of the demo home, for the tests of one file."""
    home = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    with serving(home) as running:
        yield running


@pytest.fixture
def context(browser: Browser, server: Serving) -> Iterator[BrowserContext]:
    """A fresh profile that may talk to the server alone."""
    yield from _open_context(browser, server, DESKTOP)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab; a script that fails, or a forbidden load, fails the test."""
    tab = context.new_page()
    failures: list[str] = []
    tab.on("pageerror", lambda error: failures.append(f"{error}"))
    tab.on(
        "console",
        lambda message: (
            failures.append(message.text) if "Content Security" in message.text else None
        ),
    )
    yield tab
    assert failures == []


def _open_context(
    browser: Browser, server: Serving, size: tuple[int, int]
) -> Iterator[BrowserContext]:
    width, height = size
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        accept_downloads=True,
    )
    strangers: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((server.url, "blob:", "data:")):
            strangers.append(request.url)

    context.on("request", note)
    yield context
    context.close()
    assert strangers == [], "the page asked somebody else"
