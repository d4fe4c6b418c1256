"""Dashboard, Explore, Reports and Settings in the page."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pypdf
from playwright.sync_api import Page, expect

from tests.page.browsing import ask, download, open_area
from tests.serving import Serving


def test_a_bar_leads_to_exactly_its_records(page: Page, server: Serving) -> None:
    open_area(page, "dashboard")
    tile = page.locator(".tile", has=page.get_by_role("heading", name="Pipeline by stage"))
    expect(tile.locator(".chart[data-drawn=true]")).to_be_visible()
    tile.locator(".mark-rect path").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=re.compile("^Pipeline by stage: "))).to_be_visible()
    place = dialog.get_by_role("heading").first.inner_text().partition(": ")[2]
    sql = f"SELECT COUNT(*) AS n FROM opportunities WHERE stage = '{place}' AND amount IS NOT NULL"
    found = httpx.post(f"{server.url}/api/sql", json={"sql": sql}, timeout=60).json()
    expect(dialog.get_by_text(f"{found['rows'][0][0]} records")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_figure_leads_to_its_records_too(page: Page) -> None:
    open_area(page, "dashboard")
    page.locator(".kpi").get_by_role("button", name="Open deals").click()
    expect(page.get_by_role("dialog").get_by_role("table")).to_be_visible()


def test_a_period_and_a_member_filter_every_tile(page: Page) -> None:
    open_area(page, "dashboard")
    won = page.locator(".kpi", has_text="Won revenue").first.locator(".kpi-value")
    everything = won.inner_text()
    page.get_by_label("Period", exact=True).select_option("custom")
    page.get_by_label("First day").fill("2024-01-01")
    page.get_by_label("Last day").fill("2024-12-31")
    expect(won).not_to_have_text(everything)
    a_year = won.inner_text()
    page.get_by_label("Only").select_option(label="Product category")
    page.get_by_label("is", exact=True).select_option(index=1)
    expect(won).not_to_have_text(a_year)
    page.get_by_role("button", name="Clear").click()
    expect(won).to_have_text(everything)


def test_a_tile_is_asked_about(page: Page) -> None:
    open_area(page, "dashboard")
    page.get_by_role("button", name="Ask about Pipeline by stage").click()
    expect(page.locator(".turn .answer-answered")).to_be_visible()


def test_an_answer_is_pinned_and_taken_down(page: Page) -> None:
    turn = ask(page, "number of deals by lead source")
    turn.get_by_role("button", name=re.compile("^Pin ")).first.click()
    expect(page.get_by_text("Pinned to the dashboard.").first).to_be_visible()
    open_area(page, "dashboard")
    down = page.get_by_role("button", name=re.compile("^Take .* down$"))
    down.click()
    expect(down).to_have_count(0)


def test_the_catalog_is_searched_by_synonym_and_shows_members(page: Page) -> None:
    open_area(page, "explore")
    page.get_by_label("Find a metric, dimension or segment").fill("close rate")
    page.get_by_text("Win rate", exact=True).first.click()
    expect(page.get_by_label("Formula of Win rate", exact=True)).to_contain_text(
        "MEASURE(win_rate)"
    )
    page.get_by_label("Find a metric, dimension or segment").fill("sales stage")
    page.get_by_text("Stage", exact=True).first.click()
    expect(page.get_by_role("list", name="Members of Stage")).to_contain_text("Closed Won")


def test_a_query_is_built_by_hand(page: Page) -> None:
    open_area(page, "explore")
    page.get_by_role("tab", name="Build a query").click()
    form = page.get_by_role("form", name="Query")
    form.get_by_role("group", name="Metrics").get_by_label("Won deals", exact=True).check()
    form.get_by_role("group", name="Split by").get_by_label("Stage", exact=True).check()
    form.get_by_role("button", name="Add a filter").click()
    form.get_by_label("Dimension").select_option(label="Stage")
    form.get_by_label("Value", exact=True).fill("Closed Won")
    form.get_by_role("button", name="Run").click()
    result = page.locator(".builder-result")
    result.get_by_role("button", name="Table", exact=True).click()
    expect(result.locator("tbody tr")).to_have_count(1)
    expect(result.locator("tbody")).to_contain_text("Closed Won")


def test_sql_is_completed_checked_at_its_place_explained_and_run(page: Page) -> None:
    open_area(page, "explore")
    page.get_by_role("tab", name="SQL").click()
    editor = page.get_by_role("textbox", name="Semantic SQL")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT MEASURE(win_rat) AS w FROM opportunities")
    expect(page.locator(".cm-lintRange-error")).to_have_text("win_rat")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Did you mean 'win_rate'?")
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT stage, MEASURE(deal_c")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("deal_count")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(
        "SELECT stage, MEASURE(deal_count) AS n FROM opportunities GROUP BY ALL"
    )
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_label("Explanation")).to_contain_text("opportunities.deal_count")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("table", name="Result")).to_contain_text("Closed Won")


def test_a_report_is_made_scheduled_and_run(page: Page, tmp_path: Path) -> None:
    open_area(page, "reports")
    page.get_by_role("button", name="New report").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Monday call")
    dialog.get_by_label("Questions, one per line").fill("win rate by product category")
    dialog.get_by_label("With the dashboard").uncheck()
    dialog.get_by_role("button", name="Keep").click()
    card = page.locator(".card", has=page.get_by_role("heading", name="Monday call"))
    card.get_by_role("button", name="Add a schedule").click()
    card.get_by_label("Runs").select_option("0 7 * * 1")
    card.get_by_role("button", name="Add", exact=True).click()
    expect(card.get_by_text(re.compile(r"^Next: .*7:00"))).to_be_visible()
    card.get_by_role("button", name="Run now").click()
    expect(card.get_by_text("succeeded")).to_be_visible()
    path = download(
        page, card.get_by_role("button", name=re.compile("Download .*pdf")).click, tmp_path
    )
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(path).pages)
    assert "Monday call" in text


def test_the_theme_is_kept_and_nothing_else(page: Page) -> None:
    open_area(page, "settings")
    page.get_by_label("Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("API key").fill("rev_secret-of-a-test")
    page.get_by_role("button", name="Use this key").click()
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert "secret" not in kept
    assert page.evaluate("Object.keys(localStorage)") == ["revenue-theme"]


def test_an_unknown_address_is_told_and_leads_on(page: Page) -> None:
    page.goto("/nowhere")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    page.get_by_role("link", name="Ask").click()
    expect(page.get_by_label("Your question")).to_be_visible()
