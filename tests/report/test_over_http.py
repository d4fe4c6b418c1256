"""Reports over HTTP: the page, the PDF, and what happens to those who ask for none of theirs."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import httpx
import pypdf
import pytest

from tests.report.printing import need_browser, text_of

UNKNOWN = "conv_20250101_000000_none"


def test_a_conversation_is_printed_as_a_pdf(client: httpx.Client, conversation: str) -> None:
    response = client.post("/api/report/pdf", json={"conversation_id": conversation})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"] == 'attachment; filename="report.pdf"'
    pdf = pypdf.PdfReader(io.BytesIO(response.content))
    assert "Pipeline by stage" in pdf.pages[0].extract_text()


def test_the_pdf_has_the_same_numbers_as_the_answers(
    client: httpx.Client, conversation: str
) -> None:
    """Every cell of every stored result, written here by the format of its column."""
    turns = client.get(f"/api/conversations/{conversation}").json()["turns"]
    response = client.post("/api/report/pdf", json={"conversation_id": conversation})
    flat = "".join(text_of(response.content).split())
    wanted = [
        written(column, value)
        for turn in turns
        for query in turn["answer"]["queries"]
        for row in query["rows"]
        for column, value in zip(query["columns"], row, strict=True)
    ]
    assert len(wanted) > 20
    assert [text for text in wanted if "".join(text.split()) not in flat] == []


def written(column: dict[str, Any], value: Any) -> str:
    """A cell as a reader expects it."""
    if value is None:
        return "(none)" if column["role"] in ("dimension", "time") else "-"
    match column["format"]:
        case "currency":
            return f"${Decimal(str(value)):,.2f}"
        case "percent":
            return f"{Decimal(str(value)) * 100:.1f}%"
        case "integer":
            return f"{value:,}"
    return str(value)


@pytest.fixture(scope="module", autouse=True)
def browser() -> None:
    need_browser()


def test_a_report_of_an_unknown_conversation_is_not_found(client: httpx.Client) -> None:
    for response in (
        client.post("/api/report/pdf", json={"conversation_id": UNKNOWN}),
        client.get(f"/api/report/{UNKNOWN}/html"),
    ):
        assert response.status_code == 404
        assert response.json()["code"] == "conversation-not-found"


def test_the_dashboard_is_a_page_and_a_pdf_too(client: httpx.Client) -> None:
    tiles = client.get("/api/dashboard", params={"as_of": "2025-02-15"}).json()["tiles"]
    page = client.get("/api/report/dashboard/html", params={"as_of": "2025-02-15"})
    assert page.status_code == 200
    for tile in tiles:
        assert tile["title"] in page.text
    body = {"as_of": "2025-02-15", "title": "The board's view", "paper": "letter"}
    printed = client.post("/api/report/dashboard/pdf", json=body)
    pdf = pypdf.PdfReader(io.BytesIO(printed.content))
    assert "The board's view" in pdf.pages[0].extract_text()
    assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [612, 792]
