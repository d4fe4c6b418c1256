"""Uploads, versions, rejects and roll back over HTTP: all of it happens, or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import serving

DEALS = "opportunities.csv"
PEOPLE = "account_and_contact.csv"


@pytest.fixture
def own(copy_home: Callable[[], Path]) -> Iterator[tuple[httpx.Client, Path]]:
    """A server and its home that a test may change."""
    home = copy_home()
    with serving(home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        yield client, home


def upload(client: httpx.Client, *files: tuple[str, bytes], mode: str = "") -> httpx.Response:
    parts = [("file", (name, content, "text/csv")) for name, content in files]
    return client.post("/api/data/upload", files=parts, data={"mode": mode} if mode else {})


def state(client: httpx.Client, home: Path) -> tuple[Any, ...]:
    """Everything that a failed upload must leave as it was."""
    files = {path.name: path.read_bytes() for path in (home / "data").glob("[!.]*")}
    versions = client.get("/api/data/versions").json()["versions"]
    count = client.post(
        "/api/sql", json={"sql": "SELECT MEASURE(deal_count) AS n FROM opportunities"}
    ).json()["rows"]
    hidden = sorted(path.name for path in (home / "data").glob(".upload-*"))
    return files, versions, count, hidden


def first_lines(content: bytes, count: int) -> bytes:
    rows = list(csv.reader(io.StringIO(content.decode())))[: count + 1]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def test_an_upload_becomes_the_current_version_and_the_old_one_is_kept(
    own: tuple[httpx.Client, Path],
) -> None:
    client, home = own
    before = (home / "data" / DEALS).read_bytes()
    new = first_lines(before, 50)
    response = upload(client, (DEALS, new))
    assert response.status_code == 200, response.text
    report = response.json()
    assert report["version"]["version"] == 2
    assert report["version"]["is_current"] is True
    by_name = {file["file"]: file for file in report["files"]}
    assert set(by_name) == {DEALS, PEOPLE}
    assert (by_name[DEALS]["records"], by_name[DEALS]["accepted"]) == (50, 50)
    assert client.get("/api/health").json()["records_count"]["opportunities"] == 50
    assert (home / "data" / DEALS).read_bytes() == new
    assert (home / "data" / ".replaced" / "2" / DEALS).read_bytes() == before
    back = client.post("/api/data/rollback", json={}).raise_for_status().json()
    assert back["version"] == 1
    assert client.get("/api/health").json()["records_count"]["opportunities"] == 400
    forward = client.post("/api/data/rollback", json={"to": 2}).raise_for_status().json()
    assert forward["version"] == 2
    assert client.get("/api/health").json()["records_count"]["opportunities"] == 50


def test_every_kind_of_broken_upload_changes_nothing(own: tuple[httpx.Client, Path]) -> None:
    client, home = own
    good = (home / "data" / DEALS).read_bytes()
    before = state(client, home)
    header = good.split(b"\n")[0]
    for files, status in (
        ([(DEALS, b"")], 422),
        ([(DEALS, b"a,b\n1,2\n")], 422),
        ([(DEALS, header + b"\n")], 422),
        ([(DEALS, good.replace(b"Stage", b"Stge", 1))], 422),
        ([(DEALS, good), (PEOPLE, b"\xff\xfe\x00\xd8")], 422),
        ([(DEALS, "Ümlaut".encode("latin-1") + good)], 422),
        ([(DEALS, good), (DEALS, good)], 400),
        ([("other.csv", good)], 400),
        ([("../opportunities.csv", good)], 400),
        ([(".opportunities.csv", good)], 400),
        ([(DEALS, b"PK\x03\x04" + b"\0" * 100)], 422),
        ([], 400),
    ):
        response = upload(client, *files) if files else client.post(
            "/api/data/upload", files={"note": (None, b"x")}
        )  # fmt: skip
        problem_of(response, status)
        assert state(client, home) == before, files


def test_a_second_file_of_a_source_needs_a_word_on_how_it_is_meant(
    own: tuple[httpx.Client, Path],
) -> None:
    client, home = own
    more = first_lines((home / "data" / DEALS).read_bytes(), 10)
    before = state(client, home)
    body = problem_of(upload(client, ("opportunities_2026.csv", more)), 409)
    assert body["code"] == "mode-required"
    problem_of(upload(client, ("opportunities_2026.csv", more), mode="both"), 400)
    assert state(client, home) == before
    assert upload(client, ("opportunities_2026.csv", more), mode="add").status_code == 200
    assert client.get("/api/health").json()["records_count"]["opportunities"] == 410
    assert upload(client, ("opportunities_x.csv", more), mode="replace").status_code == 200
    assert client.get("/api/health").json()["records_count"]["opportunities"] == 10
    names = {path.name for path in (home / "data").glob("[!.]*")}
    assert names == {"opportunities_x.csv", PEOPLE}


def test_rejects_say_where_and_why_and_add_up(own: tuple[httpx.Client, Path]) -> None:
    client, home = own
    rows = list(csv.reader(io.StringIO((home / "data" / DEALS).read_text("utf-8"))))
    at = rows[0].index("Probability (%)")
    rows[3][at], rows[7][at], rows[9] = "150", "many", rows[9][:4]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    report = upload(client, (DEALS, out.getvalue().encode())).raise_for_status().json()
    file = next(file for file in report["files"] if file["file"] == DEALS)
    assert (file["records"], file["accepted"], file["rejected"]) == (400, 397, 3)
    page = client.get("/api/data/rejects", params={"source": "opportunities"}).json()
    found = [(reject["line"], reject["column"], reject["value"]) for reject in page["rejects"]]
    assert found[:2] == [(4, "Probability (%)", "150"), (8, "Probability (%)", "many")]
    assert found[2][0] == 10
    assert all(reject["reason"] and reject["message"] for reject in page["rejects"])
    first = client.get("/api/data/rejects", params={"limit": 1}).json()
    assert (len(first["rejects"]), first["has_more"]) == (1, True)
    rest = client.get("/api/data/rejects", params={"limit": 10, "offset": 1}).json()
    assert first["rejects"] + rest["rejects"] == page["rejects"]
    assert client.get("/api/data/rejects", params={"source": "contacts"}).json()["rejects"] == []


def test_two_uploads_at_once_do_not_mix(own: tuple[httpx.Client, Path]) -> None:
    client, home = own
    content = (home / "data" / DEALS).read_bytes()
    sizes = (20, 30, 40)
    with ThreadPoolExecutor(len(sizes)) as threads:
        replies = list(
            threads.map(lambda n: upload(client, (DEALS, first_lines(content, n))), sizes)
        )
    done = [reply for reply in replies if reply.status_code == 200]
    assert done
    for reply in replies:
        if reply.status_code != 200:
            assert problem_of(reply, 409)["code"] == "ingest-running"
    current = client.get("/api/data/versions").json()["versions"][0]["version"]
    last = next(r.json() for r in done if r.json()["version"]["version"] == current)
    records = next(file["records"] for file in last["files"] if file["file"] == DEALS)
    assert (home / "data" / DEALS).read_bytes() == first_lines(content, records)
    assert client.get("/api/health").json()["records_count"]["opportunities"] == records


def test_an_upload_above_the_limits_is_refused(copy_home: Callable[[], Path]) -> None:
    home = copy_home()
    limits = {"REVENUE_UPLOAD_BYTES": "20000", "REVENUE_UPLOAD_FILES": "2"}
    with (
        serving(home, **limits) as running,
        httpx.Client(base_url=running.url, timeout=60) as client,
    ):
        before = state(client, home)
        problem_of(upload(client, (DEALS, b"x" * 30_000)), 413)
        problem_of(upload(client, *((f"opportunities{n}.csv", b"x") for n in range(5))))
        assert state(client, home) == before


def test_without_data_everything_says_how_to_get_some(tmp_path: Path, demo_home: Path) -> None:
    with serving(tmp_path) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        health = client.get("/api/health").raise_for_status().json()
        assert health["data_loaded"] is False
        assert health["warehouse"]["version"] is None
        assert client.get("/api/data/versions").json() == {"versions": []}
        for path in ("/api/quick-insights", "/api/data/schema", "/api/semantic/catalog",
                     "/api/semantic/values?dimension=stage", "/api/analyses",
                     "/api/data/rejects", "/api/dashboard"):  # fmt: skip
            body = problem_of(client.get(path), 409)
            assert body["code"] == "no-data"
            assert "ingest" in body["detail"]
        for path, json in (("/api/sql", {"sql": "SELECT 1"}),
                           ("/api/sql/explain", {"sql": "SELECT 1"}),
                           ("/api/semantic/query", {"metrics": ["x"]}),
                           ("/api/analyses/get_stage_metrics", {})):  # fmt: skip
            assert problem_of(client.post(path, json=json), 409)["code"] == "no-data"
        files = [(name, (demo_home / "data" / name).read_bytes()) for name in (DEALS, PEOPLE)]
        problem_of(upload(client, files[0]), 422)
        assert client.get("/api/health").json()["data_loaded"] is False
        assert upload(client, *files).status_code == 200
        assert client.get("/api/health").json()["records_count"]["opportunities"] == 400
