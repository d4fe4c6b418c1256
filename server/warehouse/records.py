"""CSV text to records, one by one and exactly: where each starts, what it holds, what breaks it.

Called by `rewrite` for every file the engine's own reader does not take as it is, and by `scan`
to check records that span lines. Invariant: every physical line belongs to the header, to one
record or is blank; a broken record costs its own line only, never the lines after it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Break = Literal[
    "too-few-cells",
    "too-many-cells",
    "unclosed-quote",
    "text-after-quote",
    "nul-byte",
    "record-too-long",
]

MESSAGES: Final[dict[Break, str]] = {
    "too-few-cells": "The record has fewer cells than the header.",
    "too-many-cells": "The record has more cells than the header.",
    "unclosed-quote": "A quoted cell is opened here and never closed.",
    "text-after-quote": "Text follows the closing quote of a cell; double a quote inside a cell.",
    "nul-byte": "The record holds a NUL character.",
    "record-too-long": "The record is longer than the limit for one record.",
}

LIMIT_CELLS: Final = 10_000
"""No header is wider."""

_LINE_END_IN_CR_FILE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file; `cells` is empty where `broken` says why it cannot be used."""

    line: int
    """1-based physical line on which it starts."""
    text: str
    """As it stands in the file, without its line end; cut to the limit where it is too long."""
    cells: tuple[str, ...]
    broken: Break | None = None


def split_lines(texts: Iterator[str], *, limit_chars: int) -> Iterator[str]:
    """Physical lines with their ends, each cut to `limit_chars` + 1 characters and its end.

    The first line end of the file decides: after `\\n` or `\\r\\n` a lone `\\r` is data; in a
    file of `\\r` lines all three end a line.
    """
    rest = ""
    ends_with_cr: bool | None = None
    for text in texts:
        rest += text
        if ends_with_cr is None:
            ends_with_cr = _find_cr_lines(rest)
        if ends_with_cr is None:
            rest = rest[: limit_chars + 2]  # a whole block without a line end: keep what tells so
            continue
        lines, rest = _cut(rest, ends_with_cr)
        rest = rest if len(rest) <= limit_chars else rest[: limit_chars + 1] + rest[-1:]
        for line in lines:
            yield line if len(line) <= limit_chars else line[: limit_chars + 1] + "\n"
    if rest.endswith("\r"):
        rest = rest[:-1] + "\n"
    if rest:
        yield rest


def _find_cr_lines(text: str) -> bool | None:
    """True where the first line end is a lone CR, False for LF and CRLF, None where unknown."""
    at = min((i for i in (text.find("\n"), text.find("\r")) if i >= 0), default=-1)
    if at < 0 or (text[at] == "\r" and at + 1 == len(text)):
        return None
    return text[at] == "\r" and text[at + 1] != "\n"


def _cut(text: str, ends_with_cr: bool) -> tuple[list[str], str]:
    """The complete lines of the text, each ending in a line end, and the unfinished rest."""
    if not ends_with_cr:
        complete, newline, rest = text.rpartition("\n")
        return ([line + "\n" for line in complete.split("\n")] if newline else []), rest
    lines, start = [], 0
    for end in _LINE_END_IN_CR_FILE.finditer(text):
        if end.end() == len(text) and end[0] == "\r":
            break  # the next block may begin with the LF that belongs to this CR
        lines.append(text[start : end.end()])
        start = end.end()
    return lines, text[start:]


def parse_cells(
    text: str, delimiter: str, *, limit_cells: int = LIMIT_CELLS
) -> tuple[str, ...] | Break:
    """The cells of one record, or what breaks it; "unclosed-quote" may only need more lines.

    A cell is quoted where a quote is its first character after blanks. A quote later in an
    unquoted cell is an ordinary character. Blanks around a quoted cell do not count.

    >>> parse_cells('a, "b,c" ,5" pipe', ",")
    ('a', 'b,c', '5" pipe')
    >>> parse_cells('a,"b"c', ",")
    'text-after-quote'
    """
    cells: list[str] = []
    at, end = 0, len(text)
    while True:
        start = _skip_blanks(text, at, end)
        if start < end and text[start] == '"':
            close = _find_closing_quote(text, start + 1)
            if close < 0:
                return "unclosed-quote"
            cells.append(text[start + 1 : close].replace('""', '"'))
            at = _skip_blanks(text, close + 1, end)
            if at < end and text[at] != delimiter:
                return "text-after-quote"
        else:
            stop = text.find(delimiter, at)
            stop = end if stop < 0 else stop
            cells.append(text[at:stop])
            at = stop
        if at >= end:
            return tuple(cells)
        if len(cells) > limit_cells and cells[-1]:
            return "too-many-cells"
        at += 1


def _skip_blanks(text: str, at: int, end: int) -> int:
    while at < end and text[at] == " ":
        at += 1
    return at


def _find_closing_quote(text: str, at: int) -> int:
    while (at := text.find('"', at)) >= 0 and text.startswith('"', at + 1):
        at += 2
    return at


def fit_width(cells: tuple[str, ...], width: int) -> tuple[str, ...] | Break:
    """The first `width` cells; only empty cells may follow, and none may be missing."""
    if len(cells) < width:
        return "too-few-cells"
    return "too-many-cells" if any(cells[width:]) else cells[:width]


class RecordReader:
    """Splits lines into records; iterate over `read_records` after `read_header`."""

    def __init__(self, lines: Iterator[str], *, delimiter: str, limit_chars: int) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._delimiter = delimiter
        self._limit_chars = limit_chars
        self.line = 0
        """The physical line read last."""
        self.blank_lines = 0
        self.record_lines = 0
        """Physical lines used by records and the header."""

    def read_header(self) -> Record | None:
        """The first record, or None where nothing but blank lines is left."""
        return self._next(None)

    def read_records(self, width: int) -> Iterator[Record]:
        """The records, in file order, each with `width` cells or the reason why not."""
        while (record := self._next(width)) is not None:
            yield record

    def _next(self, width: int | None) -> Record | None:
        while (line := self._take()) is not None:
            if not line.strip() and self._delimiter not in line:
                self.blank_lines += 1
                continue
            return self._read(line, width)
        return None

    def _take(self) -> str | None:
        line = self._again.popleft() if self._again else next(self._lines, None)
        self.line += line is not None
        return line

    def _read(self, first: str, width: int | None) -> Record:
        start, taken = self.line, [first]
        limit_cells = LIMIT_CELLS if width is None else width
        text = _strip_end(first)
        cells = parse_cells(text, self._delimiter, limit_cells=limit_cells)
        size = len(first)
        while cells == "unclosed-quote" and size <= self._limit_chars:
            if (more := self._take()) is None:
                break
            taken.append(more)
            size += len(more)
            # Parsed again only where the open cell is closed: at most once per cell.
            if _find_closing_quote(more, 0) >= 0:
                text = _strip_end("".join(taken))
                cells = parse_cells(text, self._delimiter, limit_cells=limit_cells)
        if len(text) > self._limit_chars:
            cells = "record-too-long"
        if isinstance(cells, str) and len(taken) > 1:
            # A broken record costs one line: the others are read again on their own.
            self._again.extendleft(reversed(taken[1:]))
            self.line -= len(taken) - 1
            taken, text = taken[:1], _strip_end(first)
        self.record_lines += len(taken)
        if "\0" in text:
            cells = "nul-byte"
        if width is not None and not isinstance(cells, str):
            cells = fit_width(cells, width)
        if isinstance(cells, str):
            return Record(start, text, (), cells)
        return Record(start, text, cells)


def _strip_end(line: str) -> str:
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(("\n", "\r")) else line
