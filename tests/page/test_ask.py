"""Asking in the page: answers, clarifications, refusals, conversations, files."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import httpx
import openpyxl
import pypdf
from playwright.sync_api import APIResponse, Error, Page, Route, expect

from tests.page.browsing import ask, download
from tests.serving import Serving


def answer_of(server: Serving, question: str) -> dict[str, object]:
    """The same question over the API."""
    response = httpx.post(f"{server.url}/api/query", json={"question": question}, timeout=60)
    answer: dict[str, object] = response.json()
    return answer


def test_a_quick_question_is_answered_with_its_numbers(page: Page, server: Serving) -> None:
    page.goto("/ask")
    first = page.get_by_role("list", name="Questions to start with").get_by_role("button").first
    question = first.inner_text()
    first.click()
    turn = page.get_by_role("article", name=question)
    expect(turn.locator(".provenance")).to_contain_text("data version 1")
    queries = answer_of(server, question)["queries"]
    turn.get_by_role("button", name="Table", exact=True).first.click()
    rows = turn.get_by_role("table").first.locator("tbody tr")
    expect(rows).to_have_count(len(queries[0]["rows"]))  # type: ignore[index]
    expect(rows.first).to_contain_text(str(queries[0]["rows"][0][0]))  # type: ignore[index]


def test_progress_ends_in_charts_tables_and_the_work(page: Page) -> None:
    turn = ask(page, "pipeline by stage")
    expect(turn.locator(".chart[data-drawn=true] svg").first).to_be_visible()
    for kind in ("Pie", "Table", "Bars"):
        turn.get_by_role("button", name=kind, exact=True).first.click()
    turn.get_by_text("Show the work").first.click()
    expect(turn.get_by_label("Semantic SQL").first).to_contain_text("MEASURE(pipeline_value)")
    expect(turn.get_by_label("Compiled SQL").first).to_contain_text("rollup.opportunities")
    expect(turn.get_by_text("Data version", exact=True).first).to_be_visible()


def test_a_table_is_sorted_and_paged(page: Page) -> None:
    turn = ask(page, "top 25 accounts by total opportunity value")
    turn.get_by_role("button", name="Table", exact=True).first.click()
    table = turn.get_by_role("table").first
    first = table.locator("tbody tr").first
    largest = first.inner_text()
    table.get_by_role("button", name="Total opportunity value").click()
    expect(table.locator("th[aria-sort=descending]")).to_have_count(1)
    assert first.inner_text() == largest
    table.get_by_role("button", name="Total opportunity value").click()
    expect(table.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert first.inner_text() != largest
    before = first.inner_text()
    turn.get_by_role("button", name="Next page").click()
    expect(first).not_to_have_text(before)
    expect(turn.get_by_text(re.compile(r"^11.20 of \d+"))).to_be_visible()


def test_an_ambiguous_question_is_settled_by_a_button_that_shows_its_number(page: Page) -> None:
    turn = ask(page, "average probability and revenue of our size")
    if turn.get_by_role("group", name="Readings").count() == 0:
        turn = ask(page, "value by stage")
    readings = turn.get_by_role("group", name="Readings").get_by_role("button")
    expect(readings.first.locator(".option-preview")).to_have_text(re.compile(r"\d"))
    readings.first.click()
    expect(page.locator(".turn").last.locator(".answer-answered")).to_be_visible()


def test_a_refusal_offers_what_there_is(page: Page) -> None:
    turn = ask(page, "how is the weather in Paris")
    expect(turn.get_by_text("This cannot be answered from the data")).to_be_visible()
    offers = turn.get_by_role("group", name="What can be asked").get_by_role("button")
    offers.first.click()
    expect(page.locator(".turn").last.locator(".answer-answered")).to_be_visible()


def test_a_follow_up_stays_in_the_conversation(page: Page) -> None:
    turn = ask(page, "pipeline by stage")
    chip = turn.get_by_role("group", name="Ask next").get_by_role("button").first
    question = chip.inner_text()
    chip.click()
    expect(page.get_by_role("article", name=question).locator(".answer")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(2)
    address = page.url
    page.reload()
    expect(page.locator(".turn .answer")).to_have_count(2)
    assert page.url == address


def test_conversations_are_opened_renamed_and_deleted(page: Page) -> None:
    ask(page, "win rate by product category")
    side = page.get_by_role("complementary", name="Conversations")
    side.get_by_role("button", name="More for win rate by product category").first.click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Title").fill("Categories")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(side.get_by_role("link", name="Categories")).to_be_visible()
    side.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    side.get_by_role("link", name="Categories").click()
    expect(page.get_by_role("article", name="win rate by product category")).to_be_visible()
    side.get_by_role("button", name="More for Categories").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(side.get_by_role("link", name="Categories")).to_have_count(0)
    expect(page.locator(".turn")).to_have_count(0)


def test_an_answer_is_listed_even_if_the_list_was_still_being_read(page: Page) -> None:
    held: list[tuple[Route, APIResponse]] = []

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))  # what the list was before the question

    page.route("**/api/conversations", hold_first)
    ask(page, "average days to close by lead source")
    route, before = held[0]
    with suppress(Error):  # the page may have given it up
        route.fulfill(response=before)
    side = page.get_by_role("complementary", name="Conversations")
    expect(side.get_by_role("link", name="average days to close by lead source")).to_be_visible()


def test_rows_and_pictures_can_be_taken_away(page: Page, tmp_path: Path) -> None:
    turn = ask(page, "pipeline by stage")
    expect(turn.locator(".chart[data-drawn=true]").first).to_be_visible()

    def take(name: str) -> Path:
        turn.get_by_role("button", name=re.compile("^Download ")).first.click()
        return download(page, page.get_by_role("menuitem", name=name).click, tmp_path)

    assert take("SVG").read_text(encoding="utf-8").startswith("<svg")
    assert take("PNG").read_bytes().startswith(b"\x89PNG")
    lines = take("CSV").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Stage,Pipeline"
    book = openpyxl.load_workbook(take("XLSX"))
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert "Qualify" in cells


def test_a_conversation_is_printed(page: Page, tmp_path: Path) -> None:
    ask(page, "pipeline by stage")
    path = download(page, page.get_by_role("button", name="PDF").click, tmp_path)
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(path).pages)
    assert "Qualify" in text


def test_the_badge_names_the_data_version(page: Page) -> None:
    page.goto("/ask")
    expect(page.locator(".badge-good")).to_have_text("Data version 1")
