"""For everybody: by keyboard, by screen reader, on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.browsing import AREAS, AXE, DESKTOP, PHONE, ask, find_axe_violations, open_area
from tests.serving import Serving


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser, server: Serving) -> Iterator[Page]:
    """A tab in one of the two colour schemes."""
    width, height = DESKTOP
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        color_scheme=request.param,
        reduced_motion="reduce",
        bypass_csp=False,
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser, server: Serving) -> Iterator[Page]:
    """A tab on a small phone."""
    width, height = PHONE
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: `make page`")
def test_axe_finds_nothing_serious(themed: Page) -> None:
    ask(themed, "pipeline by stage")
    themed.get_by_text("Show the work").first.click()
    found = {"answer": find_axe_violations(themed)}
    ask(themed, "how is the weather in Paris")
    found["refusal"] = find_axe_violations(themed)
    for area in AREAS:
        open_area(themed, area)
        found[area] = find_axe_violations(themed)
    open_area(themed, "explore")
    for tab in ("Build a query", "SQL"):
        themed.get_by_role("tab", name=tab).click()
        expect(themed.get_by_role("tabpanel", name=tab)).to_be_visible()
        found[tab] = find_axe_violations(themed)
    assert {area: violations for area, violations in found.items() if violations} == {}


@pytest.mark.parametrize("area", AREAS)
def test_nothing_is_wider_than_a_phone(phone: Page, area: str) -> None:
    if area == "ask":
        ask(phone, "pipeline by stage")
    else:
        open_area(phone, area)
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0]
    expect(phone.get_by_role("navigation", name="Areas")).to_be_visible()


def test_a_phone_opens_earlier_conversations(phone: Page) -> None:
    ask(phone, "open deals by stage")
    phone.get_by_role("button", name="New conversation").click()
    phone.get_by_role("button", name="Earlier conversations").click()
    phone.get_by_role("dialog").get_by_role("link", name="open deals by stage").first.click()
    expect(phone.get_by_role("article", name="open deals by stage")).to_be_visible()


def test_everything_from_question_to_area_goes_by_keyboard(page: Page) -> None:
    page.goto("/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ask", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(box).not_to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("pipeline by stage")
    page.keyboard.press("Enter")
    turn = page.get_by_role("article", name="pipeline by stage")
    expect(turn.locator(".provenance")).to_be_visible()
    table = turn.get_by_role("button", name="Table", exact=True).first
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if table.evaluate("element => element === document.activeElement"):
            break
    expect(table).to_be_focused()
    outline = table.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(turn.get_by_role("table").first).to_be_visible()
