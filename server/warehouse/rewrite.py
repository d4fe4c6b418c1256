"""A CSV file the engine cannot take as it is to a clean copy plus a list of broken records.

Called by `load` for odd line ends, UTF-16, stray quotes, wrong widths and the like. Invariant:
every record of the file is in exactly one of the two outputs, with the line it starts on.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from server.warehouse.csv_files import InputFile, decode_blocks, open_input, read_blocks
from server.warehouse.errors import WarehouseError
from server.warehouse.records import MESSAGES, Record, RecordReader, split_lines

LIMIT_VALUE_CHARS: Final = 1000
"""A reject shows at most this much of a cell or record."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What was written; the copy has no header, LF line ends and regular quotes."""

    sha256: str
    records: int
    """Without the header, broken ones included."""
    broken: int
    starts: array[int]
    """record, line, record, line ... over the records of the copy, as in `Scan.starts`."""


def rewrite_file(
    file: InputFile,
    copy: Path,
    broken: Path,
    *,
    encoding: str,
    width: int,
    delimiter: str,
    limit_record_bytes: int,
    on_bytes: Callable[[int], None],
) -> Rewrite:
    """Write the whole records to `copy` and line, code, sentence, text of the others to `broken`.

    Raises:
        WarehouseError: the text breaks its encoding.
    """
    digest = hashlib.sha256()
    read_bytes = lines = 0

    def see(block: bytes) -> None:
        nonlocal read_bytes
        digest.update(block)
        read_bytes += len(block)
        on_bytes(read_bytes)

    starts = array("q")
    written = bad = 0
    is_regular = _regular(width, delimiter)
    with (
        open_input(file) as stream,
        copy.open("w", encoding="utf-8", newline="") as good_out,
        broken.open("w", encoding="utf-8", newline="") as bad_out,
    ):
        texts = decode_blocks(file, read_blocks(stream, see), encoding)
        reader = RecordReader(
            split_lines(texts, limit_chars=limit_record_bytes),
            delimiter=delimiter,
            limit_chars=limit_record_bytes,
        )
        reader.read_header()
        for record in reader.read_records(width):
            if record.broken is not None:
                bad += 1
                _write_broken(bad_out, record)
                continue
            if not starts or record.line - written != starts[-1] - starts[-2]:
                starts.extend((written, record.line))
            written += 1
            good_out.write(
                record.text if is_regular(record.text) else _to_line(record.cells, delimiter)
            )
            good_out.write("\n")
        lines = reader.line
    if reader.record_lines + reader.blank_lines != lines:
        raise WarehouseError.of(
            "lines-do-not-add-up",
            f"Of {lines} lines, {reader.record_lines + reader.blank_lines} were read.",
            where=file.name,
            hint="This is a fault of the program; please report it. Nothing was published.",
        )
    return Rewrite(digest.hexdigest(), written + bad, bad, starts)


def _regular(width: int, delimiter: str) -> Callable[[str], object]:
    """A test for texts that need no rewriting: quotes only around cells, no line end inside."""
    mark = re.escape(delimiter)
    cell = rf'(?:"[^"\r\n]*"|(?! *")[^"\r\n{mark}]*)'
    return re.compile(rf"{cell}(?:{mark}{cell}){{{width - 1}}}").fullmatch


def _to_line(cells: tuple[str, ...], delimiter: str) -> str:
    return delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells)


def _write_broken(out: TextIO, record: Record) -> None:
    assert record.broken is not None
    text = record.text.replace("\0", "\N{SYMBOL FOR NULL}")
    if len(text) > LIMIT_VALUE_CHARS:
        text = text[:LIMIT_VALUE_CHARS] + "\N{HORIZONTAL ELLIPSIS}"
    out.write(_to_line((str(record.line), record.broken, MESSAGES[record.broken], text), ","))
    out.write("\n")
