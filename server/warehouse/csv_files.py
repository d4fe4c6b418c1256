"""Patterns of a source to the CSV files they match, opened safely and read as text.

Called by `ingest` (which files), `scan` and `records` (their content). Invariant: only regular
files below the data folder are read, never a link, and text is UTF-8 or marked UTF-16, strictly.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from semantic.issues import Issue
from semantic.spec import SourceSpec
from server.warehouse.errors import WarehouseError

BLOCK_BYTES: Final = 1 << 20

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_KINDS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32 text"),
    (codecs.BOM_UTF32_BE, "UTF-32 text"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
)
_ASK_FOR_UTF8: Final = "Save it as 'CSV UTF-8' or convert it, then ingest again."


@dataclass(frozen=True, slots=True)
class InputFile:
    """A regular file below the data folder, as it was when it was found."""

    source: str
    name: str
    """The path below the data folder, with forward slashes."""
    path: Path
    bytes: int
    modified_at: datetime
    identity: tuple[int, int, int, int]
    """Device, inode, size and modification time in ns: changes when the content does."""


def find_input_files(data: Path, source: SourceSpec, *, limit_bytes: int) -> tuple[InputFile, ...]:
    """The files of a source in name order, each once; hidden files do not count.

    Raises:
        WarehouseError: nothing matches, or what matches is not a regular file of allowed size.
    """
    for pattern in source.files:
        if (
            not pattern
            or PurePosixPath(pattern).is_absolute()
            or ".." in PurePosixPath(pattern).parts
        ):
            raise WarehouseError.of(
                "pattern-outside-data",
                f"The pattern '{pattern}' leads out of the data folder.",
                where=f"source '{source.name}'",
                hint="Patterns are relative to the data folder.",
            )
    root = data.resolve()
    patterns = source.files if data.is_dir() else ()
    matches = {path for pattern in patterns for path in root.glob(pattern)}
    names = sorted(
        path.relative_to(root).as_posix()
        for path in matches
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    if not names:
        raise WarehouseError.of(
            "no-file",
            f"No file in the data folder '{data.name}' matches {_join(source.files)}.",
            where=f"source '{source.name}'",
            hint="Put the export there, or change 'files' of the source.",
        )
    issues: list[Issue] = []
    files: list[InputFile] = []
    for name in names:
        found = _look_at(root, name, source.name, limit_bytes)
        if isinstance(found, Issue):
            issues.append(found)
        else:
            files.append(found)
    if issues:
        raise WarehouseError(issues)
    return tuple(files)


def _look_at(root: Path, name: str, source: str, limit_bytes: int) -> InputFile | Issue:
    path = root / name
    status = path.lstat()
    if path.resolve() != path:
        kind = "a symbolic link or lies behind one"
    elif stat.S_ISDIR(status.st_mode):
        kind = "a folder"
    elif not stat.S_ISREG(status.st_mode):
        kind = "not a regular file"
    elif status.st_size > limit_bytes:
        return Issue(
            code="file-too-large",
            message=f"The file has {status.st_size:,} bytes; the limit is {limit_bytes:,}.",
            where=name,
            hint="Split it, or raise the limit.",
        )
    else:
        return InputFile(
            source=source,
            name=name,
            path=path,
            bytes=status.st_size,
            modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
            identity=_identity(status),
        )
    return Issue(
        code="not-a-file",
        message=f"This is {kind}.",
        where=name,
        hint="Only regular files inside the data folder are read; put the file itself there.",
    )


def open_input(file: InputFile) -> BinaryIO:
    """The file opened for reading.

    Raises:
        WarehouseError: it is gone, cannot be read, or is another file than the one found.
    """
    try:
        handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise WarehouseError.of(
            "file-unreadable",
            f"The file cannot be opened: {error.strerror}.",
            where=file.name,
            hint="Check that it is still there and that the server may read it.",
        ) from error
    stream = os.fdopen(handle, "rb", buffering=0)
    if _identity(os.fstat(handle)) != file.identity:
        stream.close()
        raise _changed(file)
    return stream


def check_unchanged(file: InputFile) -> None:
    """Do nothing where the file is still the one that was found.

    Raises:
        WarehouseError: it was written to, replaced or removed in the meantime.
    """
    try:
        status = file.path.lstat()
    except OSError as error:
        raise _changed(file) from error
    if _identity(status) != file.identity:
        raise _changed(file)


def _changed(file: InputFile) -> WarehouseError:
    return WarehouseError.of(
        "file-changed",
        "The file changed while it was read.",
        where=file.name,
        hint="Wait until the export is complete, then ingest again.",
    )


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def detect_encoding(file: InputFile, head: bytes) -> str:
    """The codec for a file that starts with `head`.

    Raises:
        WarehouseError: the start shows that this is no UTF-8 or marked UTF-16 text.
    """
    for mark, kind in _OTHER_KINDS:
        if head.startswith(mark):
            raise WarehouseError.of(
                "not-csv", f"This is {kind}, not a CSV file.", where=file.name, hint=_ASK_FOR_UTF8
            )
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    sample = head[:1024]
    if sample.count(0) * 4 > len(sample):
        raise WarehouseError.of(
            "wrong-encoding",
            "Many bytes are zero: this is probably UTF-16 without a byte order mark.",
            where=f"{file.name}, byte {sample.index(0)}",
            hint=_ASK_FOR_UTF8,
        )
    return "utf-8"


def wrong_encoding(file: InputFile, offset_bytes: int, encoding: str) -> WarehouseError:
    """The error for a byte that the file's encoding does not allow."""
    likely = (
        "It is probably Windows-1252, the encoding of Excel's plain 'CSV'."
        if encoding.startswith("utf-8")
        else "The file is cut off or damaged."
    )
    return WarehouseError.of(
        "wrong-encoding",
        f"The byte at offset {offset_bytes} is not {'UTF-8' if 'utf-8' in encoding else 'UTF-16'}."
        f" {likely}",
        where=file.name,
        hint=_ASK_FOR_UTF8,
    )


def read_blocks(stream: BinaryIO, on_block: Callable[[bytes], None]) -> Iterator[bytes]:
    """The rest of the stream in blocks, each shown to `on_block` first."""
    while block := stream.read(BLOCK_BYTES):
        on_block(block)
        yield block


def decode_blocks(file: InputFile, blocks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The blocks as text, without a byte order mark.

    Raises:
        WarehouseError: a byte does not belong to the encoding; the error names its offset.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    read_bytes = 0
    for block in chain(blocks, [b""]):
        start = read_bytes - len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise wrong_encoding(file, start + error.start, encoding) from error
        yield text.removeprefix("\ufeff") if start <= 0 else text
        read_bytes += len(block)


def _join(patterns: tuple[str, ...]) -> str:
    return " or ".join(f"'{pattern}'" for pattern in patterns)
