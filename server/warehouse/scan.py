"""One fast pass over a CSV file: fingerprint, record count, the line of every record.

Called by `load` before the engine reads the file. It counts without parsing cells, so that the
engine's count is checked by something that shares no code with it. Invariant: a scan exists only
for a file of regular lines whose multi-line records the exact reader confirms one by one.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from server.warehouse.csv_files import BLOCK_BYTES
from server.warehouse.records import RecordReader

_QUOTE: Final = b'"'
_ALL_BUT_QUOTES_AND_LINES: Final = bytes(b for b in range(256) if b not in b'"\n')


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over the bytes tells."""

    sha256: str
    bytes: int
    records: int
    """Without the header."""
    ends_with_crlf: bool
    has_long_records: bool
    """True where a record spans lines."""
    starts: array[int]
    """record, line, record, line ...: from this 0-based record on, one record per line."""


class NotPlainError(Exception):
    """The file needs the exact reader; no fault of the file."""


def scan_plain_file(
    stream: BinaryIO,
    *,
    width: int,
    delimiter: str,
    limit_record_bytes: int,
    on_bytes: Callable[[int], None],
) -> Scan:
    """The scan of a file in UTF-8 whose header is its first line and has `width` cells.

    Bytes that are not UTF-8 pass here: the engine's reader checks every cell and refuses them.

    Raises:
        NotPlainError: the exact reader must decide; what was read so far counts for nothing.
    """
    scanner = _Scanner(width, delimiter, limit_record_bytes)
    digest = hashlib.sha256()
    carry = b""
    read_bytes = 0
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
        read_bytes += len(block)
        on_bytes(read_bytes)
        complete, newline, rest = block.rpartition(b"\n")
        if newline:
            scanner.feed(carry + complete + newline)
            carry = rest
        else:
            carry += block
        if len(carry) > limit_record_bytes:
            raise NotPlainError
    if carry:
        scanner.feed_last_line(carry)
    return scanner.finish(digest.hexdigest(), read_bytes)


class _Scanner:
    """Counts records by the parity of quotes; looks closer only where a block is not simple."""

    def __init__(self, width: int, delimiter: str, limit_record_bytes: int) -> None:
        self._width = width
        self._delimiter = delimiter
        self._limit_record_bytes = limit_record_bytes
        self._end = b""
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._records = -1  # the header is counted like a record
        self._line = 1
        self._starts = array("q", (0, 2))
        self._has_long_records = False

    def feed(self, block: bytes) -> None:
        """Count whole physical lines; the last byte is a newline."""
        if b"\0" in block:
            raise NotPlainError
        if not self._end:
            self._end = b"\r\n" if block[: block.index(b"\n") + 1].endswith(b"\r\n") else b"\n"
        marks = block.translate(None, _ALL_BUT_QUOTES_AND_LINES)
        odd_quotes = marks.replace(b'""', b"")
        if (
            self._open
            or _QUOTE in odd_quotes
            or self._has_odd_returns(block, len(odd_quotes))
            or self._has_blank_lines(block, marks)
        ):
            for line in block[:-1].split(b"\n"):
                self._feed_line(line + b"\n")
        else:
            self._records += len(odd_quotes)
            self._line += len(odd_quotes)

    def feed_last_line(self, line: bytes) -> None:
        """Count a last line that has no line end."""
        if b"\0" in line or not self._end:
            raise NotPlainError
        self._feed_line(line + self._end)

    def finish(self, sha256: str, read_bytes: int) -> Scan:
        """The result at the end of the file."""
        if self._open or self._records < 0:
            raise NotPlainError
        return Scan(
            sha256=sha256,
            bytes=read_bytes,
            records=self._records,
            ends_with_crlf=self._end == b"\r\n",
            has_long_records=self._has_long_records,
            starts=self._starts,
        )

    def _has_odd_returns(self, block: bytes, lines: int) -> bool:
        """True where a CR is missing from a line end or stands anywhere else."""
        if self._end == b"\n":
            return b"\r" in block
        return block.count(b"\r") != lines or block.count(b"\r\n") != lines

    def _has_blank_lines(self, block: bytes, marks: bytes) -> bool:
        if block.startswith(self._end):
            return True
        # In a file of quoted cells the marks alone, a tenth of the bytes, rule blank lines out.
        return b"\n\n" in marks and b"\n" + self._end in block

    def _feed_line(self, line: bytes) -> None:
        self._line += 1
        if self._open:
            self._open.append(line)
            self._open_bytes += len(line)
            if self._open_bytes > self._limit_record_bytes:
                raise NotPlainError
            if line.count(_QUOTE) & 1:
                self._close()
            return
        if not line.endswith(self._end):
            raise NotPlainError
        cells = line[: -len(self._end)]
        if not cells.strip():
            if cells or self._width == 1:
                raise NotPlainError  # the engine takes this for a record
            return
        if line.count(_QUOTE) & 1:
            if self._records < 0:
                raise NotPlainError
            self._open, self._open_bytes = [line], len(line)
        elif b"\r" in cells:
            raise NotPlainError
        else:
            self._count(self._line - 1)

    def _close(self) -> None:
        """The open record is complete by parity; the exact reader must end it on this line too."""
        lines = (line.decode("utf-8", "replace") for line in self._open)
        reader = RecordReader(
            lines, delimiter=self._delimiter, limit_chars=self._limit_record_bytes
        )
        record = next(reader.read_records(self._width), None)
        if record is None or record.broken or reader.line != len(self._open):
            raise NotPlainError
        # A lone CR may stand outside of quotes, where the engine drops it without a word.
        text = b"".join(self._open)
        if text.count(b"\r") != text.count(b"\r\n"):
            raise NotPlainError
        if text.endswith(b"\r\n") != (self._end == b"\r\n"):
            raise NotPlainError
        self._count(self._line - len(self._open))
        self._has_long_records = True
        self._open = []

    def _count(self, line: int) -> None:
        """Count one record that starts on `line`; the first one is the header."""
        record, start = self._starts[-2:]
        if self._records == record:
            self._starts[-1] = line
        elif self._records > record and line - self._records != start - record:
            self._starts.extend((self._records, line))
        self._records += 1
