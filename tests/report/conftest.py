"""One demo home and one server for the tests of reports; a browser where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import Serving, make_demo_home, serving


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with demo data, ingested; never changed by a test."""
    return make_demo_home(tmp_path_factory.mktemp("report-home"))


@pytest.fixture(scope="session")
def server(demo_home: Path) -> Iterator[Serving]:
    """A server on the demo home."""
    with serving(demo_home) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Serving) -> Iterator[httpx.Client]:
    """An HTTP client of that server."""
    with httpx.Client(base_url=server.url, timeout=120) as client:
        yield client


@pytest.fixture(scope="session")
def conversation(client: httpx.Client) -> str:
    """Three answered questions."""
    found = ""
    for question in (
        "pipeline by stage",
        "win rate by product category",
        "top 5 accounts by total opportunity value",
    ):
        body = {"question": question, "as_of": "2025-02-15"}
        if found:
            body["conversation_id"] = found
        answer = client.post("/api/query", json=body).json()
        assert answer["status"] == "answered", answer["answer"]
        found = answer["conversation_id"]
    return found
