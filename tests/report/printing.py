"""Reports to print in tests, and the tools to look at what came out.

Used by the tests beside it. Invariant: texts of a PDF are read by poppler, documents by the HTML
parser of the standard library, neither of which the program uses.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from semantic.compiled import Principal
from server.answer.assemble import to_query_body, to_visualization
from server.answer.cards import to_key_metrics
from server.answer.shape import Finding
from server.report.browser import BrowserOptions, find_browser
from server.report.content import ReportContent, ReportSection, ReportTurn
from server.report.errors import BrowserMissing
from tests.answer.charting import CITY, MONTH, SALES, months, result

NOW = datetime(2025, 2, 15, 12, tzinfo=UTC)
AS_OF = date(2025, 2, 15)
ASKER = Principal()
OPTIONS = BrowserOptions(path=os.environ.get("PATH", os.defpath), sandbox=os.geteuid() != 0)
HOSTILE = (
    "<script>document.title='ran'</script>",
    "</style><style>@import 'http://{address}/style.css';</style>",
    "<img src=http://{address}/pixel.png onerror=alert(1)>",
    "</title></head><body><iframe src=file:///etc/hostname>",
    "[click](javascript:alert(1)) ![i](http://{address}/md.png)",
    "=cmd|'/c calc'!A1",
    '"><svg onload=alert(1)><image href="http://{address}/i.png"/></svg>',
    "{{{{ 7*7 }}}}{{% raw %}}",
)


def need_browser() -> None:
    """Skip where there is no browser to print with."""
    try:
        find_browser(OPTIONS, "")
    except BrowserMissing:
        pytest.skip("no Chromium on this machine; scripts/install-chromium.sh installs one")


def hostile(address: str) -> list[str]:
    """Texts that would do something if they were anything but text."""
    return [text.format(address=address) for text in HOSTILE]


def turn_of(question: str, finding: Finding, **changes: Any) -> ReportTurn:
    """The turn of one finding."""
    values: dict[str, Any] = {
        "question": question,
        "interpretation": finding.title,
        "key_metrics": to_key_metrics([finding]),
        "visualizations": [to_visualization(finding, "USD")],
        "queries": [to_query_body(finding)],
        "data_sources": ["sales.csv"],
        "as_of": AS_OF,
        "warehouse_version": 4,
        "model_version": "abc",
        "planner": "builtin",
        "period": "all dates",
        **changes,
    }
    return ReportTurn(**values)


def report_of(*turns: ReportTurn, **changes: Any) -> ReportContent:
    """A report of these turns."""
    values: dict[str, Any] = {
        "title": "Sales of the quarter",
        "subtitle": "A test",
        "created_at": NOW,
        "sections": (ReportSection("", turns),),
        "reference": "conv_1",
        **changes,
    }
    return ReportContent(**values)


def by_city(names: list[str]) -> Finding:
    """Sales of 1,000.25, 2,000.25 ... by city."""
    rows = [(name, Decimal(1000 * n) + Decimal("0.25")) for n, name in enumerate(names, 1)]
    return result([CITY, SALES], rows, title="Sales by city")


def by_month(count: int) -> Finding:
    """Sales of 5,000.50, 5,010.50 ... by month."""
    rows = [(day, Decimal(5000 + 10 * n) + Decimal("0.5")) for n, day in enumerate(months(count))]
    return result([MONTH, SALES], rows, title="Sales by month")


def text_of(pdf: bytes, *options: str) -> str:
    """The text of a PDF as poppler reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed; scripts/install-chromium.sh installs it")
    done = subprocess.run(
        ["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode("utf-8")


@dataclass
class Seen(HTMLParser):
    """What a document is made of."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """A text."""
        self.text += data


def look_at(html: str) -> Seen:
    """The tags, attributes and texts of a document."""
    seen = Seen()
    seen.feed(html)
    return seen


@dataclass
class Listener:
    """Counts who connects."""

    address: str = ""
    connections: int = 0


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """A server on loopback that notes every connection."""
    listener = Listener()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connections += 1
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        listener.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield listener


def browsers_of_this_process() -> list[int]:
    """The main processes of browsers below this process."""
    parents: dict[int, list[int]] = {}
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            commands[int(folder.name)] = (folder / "cmdline").read_text()
        except (OSError, UnicodeDecodeError):
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [os.getpid()]
    for pid in found:
        found += parents.get(pid, [])
    return [
        pid
        for pid in found
        if "--remote-debugging" in commands.get(pid, "") and "--type=" not in commands[pid]
    ]
