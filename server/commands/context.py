"""What every command is given, and how it prints tables and JSON.

Made by `cli.main`. Invariant: what data holds cannot steer a terminal or a spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TextIO

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.csv_text import to_csv
from server.schemas import encode_json
from server.settings import Settings
from server.snapshot import Clock

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PIPE_WIDTH: Final = 100_000
"""Columns of a table that goes into a pipe: nothing is cut for lack of room."""


class UsageError(Exception):
    """The command line cannot be understood; exit code 2."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The settings, the clock and the streams of one command."""

    settings: Settings
    clock: Clock
    out: TextIO
    err: TextIO

    def print(self, text: str = "") -> None:
        """One line of output."""
        self.out.write(f"{text}\n")

    def print_json(self, value: Any) -> None:
        """A value as indented JSON."""
        self.print(msgspec.json.format(encode_json(value), indent=2).decode())

    def print_table(
        self, headers: Sequence[str], rows: Iterable[Sequence[Any]], formats: Sequence[str] = ()
    ) -> None:
        """Rows under headers; numbers to the right; formats as in results."""
        shown = [*formats, *[""] * (len(headers) - len(formats))]
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        numeric = [kind in _NUMERIC for kind in shown]
        for header, right in zip(headers, numeric, strict=True):
            table.add_column(Text(printable(header)), justify="right" if right else "left")
        for row in rows:
            cells = [show(value, kind) for value, kind in zip(row, shown, strict=True)]
            table.add_row(*(Text(cell) for cell in cells))
        is_terminal = self.out.isatty()
        console = Console(
            file=self.out, width=None if is_terminal else _PIPE_WIDTH, highlight=False
        )
        console.print(table)

    def print_csv(self, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Rows as CSV with all digits; a text that looks like a formula gets an apostrophe."""
        self.out.write(to_csv([headers, *rows]))


_NUMERIC: Final = frozenset({"currency", "number", "integer", "percent", "days"})


def printable(text: str) -> str:
    r"""The text without characters that steer a terminal.

    >>> printable("a\x1b[31m")
    'a\\x1b[31m'
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def show(value: Any, kind: str = "") -> str:
    """A value as people read it in a table.

    >>> show(Decimal("1234.5"), "currency"), show(0.5009, "percent"), show(None)
    ('1,234.50', '50.1%', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if kind in _NUMERIC else f"{value}"
        case float() | Decimal():
            return _show_number(value, kind)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return ", ".join(f"{printable(str(k))}: {show(v)}" for k, v in value.items())
        case _:
            return printable(str(value))


def _show_number(value: float | Decimal, kind: str) -> str:
    if kind == "percent":
        return f"{value * 100:,.1f}%"
    if kind == "currency":
        return f"{value:,.2f}"
    if kind == "integer" and value == int(value):
        return f"{int(value):,}"
    return f"{value:,}" if isinstance(value, Decimal) else f"{value:,.4f}".rstrip("0").rstrip(".")


def parse_day(text: str) -> date:
    """A day written YYYY-MM-DD. Raises ValueError for anything else."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("give a day as YYYY-MM-DD")
    return date.fromisoformat(text)
