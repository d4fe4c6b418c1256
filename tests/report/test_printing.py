"""Printing by a real browser: what it is not able to do, what it survives, what comes out."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import pypdf
import pytest
import pytest_asyncio

from server.report.browser import BrowserOptions
from server.report.drawing import Drawings
from server.report.errors import BrowserMissing, PrintQueueFull, PrintTimeout
from server.report.html import Pages
from server.report.printer import Printer, PrintLimits
from server.report.reports import render
from tests.report.printing import (
    OPTIONS,
    browsers_of_this_process,
    by_city,
    by_month,
    hostile,
    listening,
    look_at,
    need_browser,
    report_of,
    text_of,
    turn_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOADING = """<!doctype html><html><head><meta charset=utf-8><title>quiet</title>
<meta http-equiv=refresh content="0; url=http://{0}/refresh">
<link rel=stylesheet href=http://{0}/a.css><link rel=prefetch href=http://{0}/p>
<link rel=preconnect href=http://{0}><link rel=dns-prefetch href=//localhost>
<style>@import url(http://{0}/b.css); body {{ background: url(http://{0}/c.png) }}
@font-face {{ font-family: x; src: url(http://{0}/f.woff) }} p {{ font-family: x }}</style></head>
<body><p>still here</p><img src=http://{0}/d.png><img srcset="http://{0}/e.png 2x">
<iframe src=http://{0}/f></iframe><iframe src=file:///etc/hostname></iframe>
<object data=http://{0}/g></object><embed src=http://{0}/h><video src=http://{0}/i autoplay></video>
<svg><image href="http://{0}/j.png"/><use href="http://{0}/k.svg#x"/></svg>
<script>document.body.textContent = "ran"; fetch("http://{0}/l"); new WebSocket("ws://{0}/m")</script>
<script src=http://{0}/n.js></script><form action=http://{0}/o><input autofocus onfocus=submit()>
</form></body></html>"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def printer() -> AsyncIterator[Printer]:
    need_browser()
    printer = Printer(OPTIONS, PrintLimits(timeout_s=120, at_once=2, waiting=16))
    yield printer
    await printer.stop()


async def html_of(*names: str) -> str:
    """A report of two results, one of them by these names."""
    turns = [turn_of("By city?", by_city(list(names))), turn_of("By month?", by_month(14))]
    return await render(report_of(*turns), Pages(), Drawings())


def outline_of(items: Any) -> list[str]:
    """All titles of an outline, in order."""
    return [
        title
        for item in items
        for title in (outline_of(item) if isinstance(item, list) else [item.title])
    ]


async def test_a_document_that_wants_to_load_and_run_does_neither(printer: Printer) -> None:
    async with listening() as listener:
        pdf = await printer.print_pdf(LOADING.format(listener.address), "a4")
        assert listener.connections == 0
    text = text_of(pdf)
    assert "still here" in text
    assert "ran" not in text
    with open("/etc/hostname", encoding="utf-8") as file:  # noqa: PTH123
        assert file.read().strip() not in text


async def test_hostile_names_are_text_in_the_page_and_in_the_pdf(printer: Printer) -> None:
    async with listening() as listener:
        texts = hostile(listener.address)
        turns = [
            turn_of(text, by_city([text, "b"]), prose=text, interpretation=text) for text in texts
        ]
        content = report_of(*turns, title=" ".join(texts), subtitle=texts[0], notes=texts)
        html = await render(content, Pages(), Drawings())
        pdf = await printer.print_pdf(html, "a4")
        assert listener.connections == 0
    seen = look_at(html)
    active = {"script", "iframe", "img", "image", "object", "embed", "form", "use", "base"}
    assert active.isdisjoint(seen.tags)
    assert seen.tags.count("style") == 1
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    links = [value for name, value in seen.attributes if name in ("href", "src", "xlink:href")]
    allowed = ("#source-", f"http://{listener.address}/md.png")
    assert [link for link in links if not link.startswith(allowed)] == []
    flat = "".join(text_of(pdf).split())
    for text in texts:
        assert "".join(text.split()) in flat, text


async def test_a_pdf_is_tagged_and_has_an_outline_a_language_and_page_numbers(
    printer: Printer,
) -> None:
    pdf = await printer.print_pdf(await html_of("Lyon", "Brest"), "a4")
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Sales of the quarter"
    assert outline_of(reader.outline) == [
        "Sales of the quarter",
        "Executive summary",
        "By city?",
        "By month?",
        "Where every figure comes from",
        "1.1 Sales by city",
        "2.1 Sales by month",
    ]
    pages = text_of(pdf).split("\f")[:-1]
    assert "Page" not in pages[0]
    for number, page in enumerate(pages[1:], 2):
        assert f"Page {number} of {len(pages)}" in page
        assert "as of 2025-02-15" in page
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [596, 843]


async def test_accents_cjk_and_emoji_are_printed(printer: Printer) -> None:
    fonts = subprocess.run(["fc-list"], capture_output=True, text=True, timeout=60).stdout
    if "CJK" not in fonts or "Emoji" not in fonts:
        pytest.skip("the Noto fonts for CJK and emoji are not installed")
    names = ["Société Générale Ålesund", "株式会社日本", "안녕 주식회사", "Rocket 🚀 Łódź"]
    pdf = await printer.print_pdf(await html_of(*names), "a4")
    flat = "".join(text_of(pdf).split())
    for name in names:
        assert flat.count("".join(name.split())) >= 2, f"{name}: in the chart and in the table"


async def test_a_long_table_repeats_its_head_and_says_what_is_left_out(printer: Printer) -> None:
    names = [f"City number {n:03}" for n in range(200)]
    pdf = await printer.print_pdf(await html_of(*names), "a4")
    text = text_of(pdf, "-layout")
    assert "City number 059" in text
    assert "City number 060" not in text
    assert "Rows 1 to 60 of 200; an export holds all of them." in text
    pages = [page for page in text.split("\f") if "City number 0" in page and "$" in page]
    tables = [page for page in pages if page.count("City number") > 5]
    assert len(tables) > 1
    assert all(re.search(r"^ *City +Sales$", page, re.MULTILINE) for page in tables)


async def test_eight_at_once_are_all_printed(printer: Printer) -> None:
    html = await html_of("Lyon", "Brest")
    found = await asyncio.gather(*(printer.print_pdf(html, "letter") for _ in range(8)))
    assert all(pdf.startswith(b"%PDF") for pdf in found)


async def test_a_killed_browser_loses_no_report(printer: Printer) -> None:
    html = await html_of(*[f"City {n}" for n in range(60)])
    await printer.warm_up()
    jobs = [asyncio.ensure_future(printer.print_pdf(html, "a4")) for _ in range(3)]
    await asyncio.sleep(0)
    killed = browsers_of_this_process()
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert all("City 59" in text_of(pdf) for pdf in await asyncio.gather(*jobs))
    assert set(browsers_of_this_process()).isdisjoint(killed)


async def test_more_reports_than_may_wait_are_turned_away_at_once() -> None:
    need_browser()
    small = Printer(OPTIONS, PrintLimits(at_once=1, waiting=1))
    try:
        jobs = [asyncio.ensure_future(small.print_pdf("<p>a", "a4")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(PrintQueueFull) as refused:
            await small.print_pdf("<p>b", "a4")
        assert refused.value.retry_after_s
        assert all(pdf.startswith(b"%PDF") for pdf in await asyncio.gather(*jobs))
    finally:
        await small.stop()


async def test_a_print_that_takes_too_long_is_given_up() -> None:
    need_browser()
    hasty = Printer(OPTIONS, PrintLimits(timeout_s=0.000_001))
    try:
        with pytest.raises(PrintTimeout, match="was not printed within"):
            await hasty.print_pdf("<p>a", "a4")
    finally:
        await hasty.stop()


async def test_without_a_browser_the_way_out_is_said() -> None:
    nowhere = Printer(BrowserOptions(wanted="no-such-browser", path="/nonexistent"), PrintLimits())
    try:
        with pytest.raises(BrowserMissing) as refused:
            await nowhere.print_pdf("<p>a", "a4")
        assert "install-chromium.sh" in refused.value.detail
        assert refused.value.status == 503
    finally:
        await nowhere.stop()
