"""Files over HTTP: of governed SQL and of the queries of stored answers."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pyarrow.parquet as pq
import pytest

from tests.serving import revenue, serving

BY_STAGE = "SELECT stage, MEASURE(deal_count) AS deals FROM opportunities GROUP BY ALL"
ALL_DEALS = "SELECT opportunity_name, amount FROM opportunities"


def rows_of(response: httpx.Response) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def export(client: httpx.Client, sql: str, format_: str, **more: Any) -> httpx.Response:
    body = {"sql": sql, "as_of": "2025-02-15", "format": format_, **more}
    return client.post("/api/sql", json=body)


def test_sql_gives_the_same_rows_in_every_form(client: httpx.Client) -> None:
    wanted = client.post("/api/sql", json={"sql": BY_STAGE, "as_of": "2025-02-15"}).json()["rows"]
    as_csv = export(client, BY_STAGE, "csv")
    assert [[s, int(n)] for s, n in rows_of(as_csv)[1:]] == wanted
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert as_csv.headers["content-disposition"] == 'attachment; filename="result.csv"'
    book = openpyxl.load_workbook(io.BytesIO(export(client, BY_STAGE, "xlsx").content))
    assert [list(row) for row in book["Result"].iter_rows(min_row=2, values_only=True)] == wanted
    parquet = pq.read_table(io.BytesIO(export(client, BY_STAGE, "parquet").content))
    assert [[row["stage"], row["deals"]] for row in parquet.to_pylist()] == wanted


def test_a_file_that_was_cut_says_so(client: httpx.Client) -> None:
    whole, cut = export(client, ALL_DEALS, "csv"), export(client, ALL_DEALS, "csv", limit=7)
    assert whole.headers["x-result-cut"] == "no"
    assert len(rows_of(whole)) == 1 + int(whole.headers["x-result-rows"])
    assert cut.headers["x-result-cut"] == "yes, at 7 rows"
    assert len(rows_of(cut)) == 8


def test_an_unknown_form_is_refused(client: httpx.Client) -> None:
    response = export(client, BY_STAGE, "pdf")
    assert (response.status_code, response.json()["code"]) == (400, "bad-input")


def test_a_query_that_is_not_valid_is_a_problem_and_no_file(client: httpx.Client) -> None:
    response = export(client, "SELECT nothing FROM nowhere", "xlsx")
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("application/problem+json")


def test_the_query_of_a_stored_answer_is_exported(client: httpx.Client, conversation: str) -> None:
    answer = client.get(f"/api/conversations/{conversation}").json()["turns"][0]["answer"]
    stored = answer["queries"][0]
    address = f"/api/conversations/{conversation}/turns/1/queries/{stored['id']}/export"
    response = client.get(address, params={"format": "csv"})
    lines = rows_of(response)
    assert lines[0] == [column["name"] for column in stored["columns"]]
    assert [line[0] for line in lines[1:]] == [row[0] for row in stored["rows"]]
    assert response.headers["x-as-of"] == "2025-02-15"
    book = openpyxl.load_workbook(io.BytesIO(client.get(address + "?format=xlsx").content))
    head = next(book["Result"].iter_rows(values_only=True))
    assert list(head) == [column["label"] for column in stored["columns"]]


@pytest.mark.parametrize("place", ["turns/9/queries/q1", "turns/1/queries/q99"])
def test_what_is_not_there_cannot_be_exported(
    client: httpx.Client, conversation: str, place: str
) -> None:
    response = client.get(f"/api/conversations/{conversation}/{place}/export")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    unknown = client.get(f"/api/conversations/conv_none/{place}/export")
    assert unknown.json()["code"] == "conversation-not-found"


@pytest.mark.slow
def test_a_long_stored_result_is_whole_and_its_gone_version_is_said(
    demo_home: Path, tmp_path: Path
) -> None:
    """400 deals and more than the 20 rows that answers are cut to here."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True, ignore=shutil.ignore_patterns("state*"))
    body = {"question": "total opportunity value by account", "as_of": "2025-02-15"}
    with (
        serving(home, REVENUE_DEFAULT_ROWS="20") as server,
        httpx.Client(base_url=server.url, timeout=120) as client,
    ):
        answer = client.post("/api/query", json=body).json()
        small = client.post("/api/query", json={**body, "question": "pipeline by stage"}).json()
        addresses = [
            f"/api/conversations/{one['conversation_id']}/turns/1/queries/q1/export"
            for one in (answer, small)
        ]
        lines = rows_of(client.get(addresses[0]))
    assert answer["queries"][0]["truncated"]
    assert len(lines) > 21
    assert [line[0] for line in lines[1:21]] == [row[0] for row in answer["queries"][0]["rows"]]
    assert revenue(home, "ingest").returncode == 0
    shutil.rmtree(home / "warehouse" / "1")
    with serving(home) as server:
        gone, kept = (httpx.get(server.url + address, timeout=120) for address in addresses)
    assert (gone.status_code, gone.json()["code"]) == (404, "version-gone")
    assert "first 20 rows" in gone.json()["detail"]
    wanted = [[str(cell) for cell in row] for row in small["queries"][0]["rows"]]
    assert rows_of(kept)[1:] == wanted
