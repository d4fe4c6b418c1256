"""Loading data in the page: upload to a new answer, rejects, versions, the way back."""

from __future__ import annotations

import csv
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.page.browsing import ask, download, open_area
from tests.serving import Serving


def write_more_deals(server: Serving, path: Path) -> None:
    """The home's own deals and one more of 1,000,000, and a line that no table takes."""
    lines = (server.home / "data" / "opportunities.csv").read_text(encoding="utf-8").splitlines()
    header = next(csv.reader(lines[:1]))
    deal = dict(zip(header, next(csv.reader(lines[1:2])), strict=True))
    deal |= {"Account Name": "Added Corp.", "Stage": "Closed Won", "Amount": "1000000.00"}
    broken = deal | {"Close Date": "not a day"}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\n".join(lines) + "\n")
        writer = csv.DictWriter(file, header)
        writer.writerows([deal, broken])


def won(server: Serving) -> float:
    """Won revenue over the API."""
    sql = {"sql": "SELECT MEASURE(won_amount) AS won FROM opportunities"}
    return float(httpx.post(f"{server.url}/api/sql", json=sql, timeout=60).json()["rows"][0][0])


def test_an_upload_changes_the_next_answer_and_can_be_undone(
    page: Page, server: Serving, tmp_path: Path
) -> None:
    before = won(server)
    ask(page, "won revenue")
    expect(page.locator(".kpi").first).to_contain_text(f"${before:,.2f}")

    open_area(page, "data")
    upload = tmp_path / "opportunities.csv"
    write_more_deals(server, upload)
    page.locator("input[type=file]").set_input_files(upload)
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    expect(page.get_by_role("region", name="Files of this load")).to_contain_text(
        "opportunities.csv"
    )
    expect(page.get_by_role("region", name="Rejects")).to_contain_text("not a day")
    rejects = download(page, page.get_by_role("button", name="CSV").click, tmp_path)
    assert "not a day" in rejects.read_text(encoding="utf-8")

    page.get_by_role("button", name="Compare").click()
    changes = page.get_by_role("region", name="Rows")
    expect(changes.get_by_role("row", name="opportunities")).to_contain_text("1")

    page.get_by_role("link", name="Ask about the new data").click()
    ask(page, "won revenue")
    after = before + 1_000_000
    expect(page.locator(".turn").last.locator(".kpi").first).to_contain_text(f"${after:,.2f}")
    expect(page.locator(".turn").last.locator(".provenance")).to_contain_text("data version 2")

    open_area(page, "data")
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("Version 1 answers now.").first).to_be_visible()
    assert won(server) == before


def test_a_file_that_no_source_takes_is_refused_with_what_to_do(page: Page, tmp_path: Path) -> None:
    open_area(page, "data")
    stranger = tmp_path / "holiday.csv"
    stranger.write_text("a,b\n1,2\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(stranger)
    expect(page.get_by_role("alert")).to_contain_text("holiday.csv")


def test_the_checks_of_the_model_are_shown(page: Page) -> None:
    open_area(page, "data")
    expect(page.get_by_text("of the model proved on version")).to_be_visible()
