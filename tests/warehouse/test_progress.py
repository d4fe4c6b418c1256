"""The progress bar: drawn on a terminal, silent elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from server.warehouse.progress import ProgressBar, ProgressEvent

EVENTS = [
    ProgressEvent("orders.csv", "scan", 5, 10),
    ProgressEvent("orders.csv", "load", 10, 10),
    ProgressEvent("", "publish"),
]


@pytest.mark.parametrize("terminal", [True, False])
def test_the_bar_is_drawn_on_a_terminal_only(terminal: bool) -> None:
    out = io.StringIO()
    with ProgressBar(Console(file=out, force_terminal=terminal, width=100)) as bar:
        for event in EVENTS:
            bar(event)
    shown = out.getvalue()
    assert ("loading orders.csv" in shown) == terminal
    assert bool(shown) == terminal
