"""What every error response must look like, and what it must never contain.

Imported by the tests of this folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx

from tests.serving import REPOSITORY

LEAKS = re.compile(
    r"traceback|duckdb|sqlalchemy|sqlglot|msgspec|pydantic|litestar|\bpython\b"
    r"|binder error|parser error|catalog error|/home/|/tmp/|/usr/|/var/|site-packages|\.py\b",
    re.IGNORECASE,
)


def assert_no_leak(response: httpx.Response, home: Path | None = None) -> None:
    """No path of the machine, no word of a library."""
    found = LEAKS.search(response.text)
    assert found is None, f"{found[0]!r} in {response.text[:600]}"
    assert home is None or str(home) not in response.text
    assert str(REPOSITORY) not in response.text


def problem_of(response: httpx.Response, status: int | None = None) -> dict[str, Any]:
    """The body of an error response, which has the one shape all of them have."""
    assert 400 <= response.status_code < 500, f"{response.status_code}: {response.text[:600]}"
    assert response.headers["content-type"] == "application/problem+json", response.text[:300]
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "issues"}
    assert body["status"] == response.status_code
    assert re.fullmatch(r"[a-z][a-z0-9-]+", body["code"])
    assert body["type"].endswith(body["code"])
    assert len(body["title"]) > 5
    assert len(body["detail"]) > 10
    assert isinstance(body["issues"], list)
    for issue in body["issues"]:
        assert re.fullmatch(r"[a-z][a-z0-9-]+", issue["code"])
        assert issue["message"]
    assert_no_leak(response)
    if status is not None:
        assert response.status_code == status, response.text[:600]
    return body
