"""One demo home and one server for all API tests; tests that change data make their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import Serving, make_demo_home, serving


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with demo data, ingested; never changed by a test."""
    return make_demo_home(tmp_path_factory.mktemp("demo-home"))


@pytest.fixture(scope="session")
def server(demo_home: Path) -> Iterator[Serving]:
    """A server on the demo home; its published data is never changed."""
    # Without a page, whether or not this checkout has built one: test_web.py brings its own.
    variables = {"REVENUE_PAGE_DIR": str(demo_home / "no-page")}
    limits = {"REVENUE_HEARTBEAT_S": "0.2", "REVENUE_ENGINE_TIMEOUT_S": "5"}
    limits["REVENUE_ENGINE_WORKERS"] = "2"  # as without a setting
    with serving(demo_home, **limits, **variables) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Serving) -> Iterator[httpx.Client]:
    """An HTTP client of that server."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture
def copy_home(demo_home: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes a home of its own for a test that changes data."""

    def copy() -> Path:
        target = tmp_path / "home"
        shutil.copytree(demo_home, target, symlinks=True, ignore=shutil.ignore_patterns("state*"))
        return target

    return copy
