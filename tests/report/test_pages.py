"""The page of a report: what is in it, in which words, and that none of it can do anything."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from server.answer.wire import Column, KeyMetric, QueryBody
from server.report.browser import BrowserOptions, find_browser
from server.report.content import from_stored
from server.report.drawing import ChartRefused, Drawings, refuse_addresses, with_own_names
from server.report.errors import BrowserMissing
from server.report.html import Pages, to_css_string
from server.report.markdown import to_html, without_repeats
from server.report.reports import render
from server.report.tables import to_table
from server.report.view import card_text, to_view
from tests.report.printing import by_city, look_at, report_of, turn_of

EVERYTHING = ("summary", "figure", "insights", "appendix")


async def page_of(**changes: Any) -> str:
    turn = turn_of("By city?", by_city(["Lyon", "Brest"]), prose="**Sales by city**\n\nA sentence.")
    return await render(report_of(turn, **changes), Pages(), Drawings())


async def test_a_page_holds_the_question_its_reading_chart_table_and_source() -> None:
    html = await page_of()
    text = " ".join(look_at(html).text.split())
    for wanted in (
        "Sales of the quarter", "By city?", "Sales by city", "A sentence.", "$1,000.25",
        "$2,000.25", "Source 1.1", "Data version", "15 February 2025", "Executive summary",
        "Semantic SQL", "Compiled SQL", "sales.csv",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert html.count("<svg") == 1
    assert 'id="source-1.1"' in html
    assert 'aria-label="Sales by city' in html


async def test_charts_and_insights_can_be_left_out() -> None:
    whole = look_at(await page_of())
    bare = look_at(await page_of(include_visualizations=False, include_insights=False))
    assert "svg" in whole.tags
    assert "svg" not in bare.tags
    assert ("class", "insights") in whole.attributes
    assert ("class", "insights") not in bare.attributes
    assert "Executive summary" in whole.text
    assert "Brest leads" not in bare.text
    assert "$2,000.25" in bare.text, "the numbers stay"


async def test_a_refusal_is_told_in_its_own_words() -> None:
    turn = turn_of("What?", by_city(["a"]), status="refused", prose="The model has **no** profit.")
    html = await render(report_of(turn), Pages(), Drawings())
    assert "The model has <strong>no</strong> profit." in html
    assert "<svg" not in html


async def test_numbers_that_no_result_holds_are_named() -> None:
    turn = turn_of("What?", by_city(["a", "b"]), unverified_numbers=["47%"])
    html = await render(report_of(turn), Pages(), Drawings())
    assert "No result holds these numbers of the text: 47%." in html


def test_a_stored_answer_of_another_program_keeps_its_text() -> None:
    turn = from_stored("Old?", {"answer": "It was 5.", "status": "answered", "queries": 3}, "USD")
    assert (turn.prose, turn.queries) == ("It was 5.", ())
    assert to_view(report_of(turn), {}).sections[0].turns[0].prose == "<p>It was 5.</p>\n"


def test_a_wide_and_long_table_says_what_it_leaves_out() -> None:
    columns = [Column(f"c{n}", f"C{n}", "integer", "metric", "integer") for n in range(12)]
    rows = [[n] * 12 for n in range(100)]
    query = QueryBody("q", "Q", "", "", {}, columns, rows, 100, True, 1.0, False)
    table = to_table(query, "USD")
    assert (len(table.headers), len(table.rows)) == (9, 60)
    assert table.notes == [
        "Rows 1 to 60 of 100; an export holds all of them.",
        "The result itself was cut at 100 rows.",
        "Columns not shown: C9, C10, C11.",
    ]


def test_cells_of_a_stored_result_are_written_like_those_of_the_answer() -> None:
    columns = [
        Column("m", "Month", "date", "time", "date", "month"),
        Column("a", "Account", "text", "dimension", "text"),
        Column("v", "Value", "decimal", "metric", "currency"),
        Column("r", "Rate", "double", "metric", "percent"),
        Column("t", "Titles", "map", "value", "text"),
    ]
    rows: list[list[Any]] = [
        ["2025-03-01", None, 1234.5, 0.256, {"CEO": 2}],
        ["2025-04-01", "A", None, None, None],
    ]
    query = QueryBody("q", "Q", "", "", {}, columns, rows, 2, False, 1.0, False)
    assert to_table(query, "EUR").rows == [
        ["Mar 2025", "(none)", "€1,234.50", "25.6%", "CEO: 2"],
        ["Apr 2025", "A", "-", "-", "-"],
    ]


@pytest.mark.parametrize(
    "metric, wanted",
    [
        (KeyMetric(93324160.86, "P", "currency"), ("$93.3M", "$93,324,160.86")),
        (KeyMetric(50.14, "W", "percentage"), ("50.1%", "50.1%")),
        (KeyMetric(706.0, "D", "number"), ("706", "706")),
        (KeyMetric(None, "D", "percentage"), ("-", "-")),
        (KeyMetric(Decimal("12.50"), "D", "number"), ("12.5", "12.5")),
    ],
)
def test_a_card_has_its_number_short_and_in_full(metric: KeyMetric, wanted: object) -> None:
    assert card_text(metric, "USD") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<b onclick=x>y</b>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html;base64,xx)",
        "[a](file:///etc/passwd)",
        "[a](//192.0.2.1/x)",
        "![a](http://192.0.2.1/x.png)",
        "<http://192.0.2.1/><img src=x>",
        "| a |\n|---|\n| <svg onload=x> |",
    ],
)
def test_markdown_becomes_text_and_nothing_else(text: str) -> None:
    seen = look_at(to_html(text))
    assert set(seen.tags) <= {"p", "a", "table", "thead", "tbody", "tr", "th", "td"}
    assert all(name == "href" for name, _ in seen.attributes)
    assert all(value.startswith("http://192.0.2.1/") for _, value in seen.attributes)


def test_a_text_cannot_leave_its_place_in_the_style() -> None:
    for text in ('"; } body { color: red', "</style><script>", "\\", "\n", "a\u2028b"):
        written = to_css_string(text)
        assert re.fullmatch(r'"(?:[A-Za-z0-9 ]|\\[0-9a-f]+ )*"', written), written


def test_what_a_report_shows_elsewhere_is_left_out_of_the_prose() -> None:
    prose = (
        "A leads.\n\n**Sales**\n- A leads.\n- Watch B.\n\n| a |\n|---|\n| 1 |\n\n… and 3 more.\n\n"
        "*Sales by city; as of 2025-02-15.*"
    )
    assert without_repeats(prose, ["A leads."], ["Sales"]) == "- Watch B."


@pytest.mark.parametrize(
    "part",
    [
        {"data": {"url": "http://192.0.2.1/x.json"}},
        {"mark": {"type": "image", "url": "x"}},
        {"encoding": {"href": {"field": "name"}}},
        {"encoding": {"url": {"value": "file:///etc/passwd"}}},
        {"layer": [{"mark": "text", "data": {"url": "x"}}]},
        {"config": {"background": "//192.0.2.1/x"}},
        {"mark": {"type": "bar", "href": "javascript:alert(1)"}},
    ],
)
async def test_a_chart_that_would_load_or_open_something_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(ChartRefused):
        refuse_addresses(part)
    with pytest.raises(ChartRefused):
        await Drawings().to_svg(part)


async def test_a_chart_is_drawn_once_and_as_a_picture_too() -> None:
    spec = turn_of("?", by_city(["http://192.0.2.1/", "<script>"])).visualizations[0].spec
    drawings = Drawings()
    first, second = await drawings.to_svgs([spec, spec])
    assert first == second
    assert "&lt;script&gt;" in first
    assert (await drawings.to_png(spec)).startswith(b"\x89PNG")
    with pytest.raises(ChartRefused, match="not a chart"):
        await drawings.to_svg({"mark": "no such mark"})


async def test_drawings_that_are_kept_stay_within_their_bound() -> None:
    drawings = Drawings(kept_bytes=30_000)
    for n in range(4):
        spec = turn_of("?", by_city([f"city {n}", "b"])).visualizations[0].spec
        await drawings.to_svg(spec)
    assert sum(map(len, drawings._kept.values())) <= 30_000


def test_names_inside_a_drawing_are_set_apart_and_texts_are_not() -> None:
    svg = '<clipPath id="a"/><g clip-path="url(#a)"/><text>url(#a) id="a"</text>'
    assert with_own_names(svg, "c2-") == (
        '<clipPath id="c2-a"/><g clip-path="url(#c2-a)"/><text>url(#a) id="a"</text>'
    )


def test_the_browser_is_found_in_the_order_that_is_documented(tmp_path: Any) -> None:
    for name in ("wanted", "named", "chromium", "own"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    own, named = f"{tmp_path}/own", (f"{tmp_path}/gone", f"{tmp_path}/named")
    options = BrowserOptions(wanted=f"{tmp_path}/wanted", named=named, path=str(tmp_path))
    found = []
    for name in ("wanted", "named", "chromium", "own"):
        found.append(find_browser(options, own).rpartition("/")[2])
        (tmp_path / name).unlink()
        if name == "wanted":
            with pytest.raises(BrowserMissing, match="REVENUE_CHROMIUM names"):
                find_browser(options, own)
            options = replace(options, wanted="")
    assert found == ["wanted", "named", "chromium", "own"]
    with pytest.raises(BrowserMissing):
        find_browser(options, own)


def test_the_page_over_http_may_load_nothing(client: httpx.Client, conversation: str) -> None:
    response = client.get(f"/api/report/{conversation}/html")
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "script-src" not in response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")
    assert {"script", "img", "link", "iframe"}.isdisjoint(look_at(response.text).tags)
