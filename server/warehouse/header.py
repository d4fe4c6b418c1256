"""The header of a CSV file to the position of each column of the model.

Called by `ingest` for every file before any is loaded. Invariant: columns are found by name,
never by place, and a header that does not fit is told in full: expected, found, likely meant.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from semantic.issues import Issue, did_you_mean, suggest
from semantic.spec import SourceSpec
from server.warehouse.csv_files import (
    InputFile,
    decode_blocks,
    detect_encoding,
    open_input,
    read_blocks,
)
from server.warehouse.errors import WarehouseError
from server.warehouse.records import MESSAGES, Record, RecordReader, split_lines

_HEAD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one file and where it stands."""

    names: tuple[str, ...]
    encoding: str
    is_first_line: bool
    """True where it is exactly the first line of the file."""
    positions: tuple[int | None, ...]
    """Cell index per column of the source, in model order; None where the file lacks it."""


def read_header(file: InputFile, source: SourceSpec, *, limit_record_bytes: int) -> Header:
    """The header of the file, matched to the columns of the source.

    Raises:
        WarehouseError: the file is empty, not CSV text, or its header does not fit.
    """
    with open_input(file) as stream:
        encoding = detect_encoding(file, stream.read(_HEAD_BYTES))
        stream.seek(0)
        texts = decode_blocks(file, read_blocks(stream, lambda _: None), encoding)
        reader = RecordReader(
            split_lines(texts, limit_chars=limit_record_bytes),
            delimiter=source.delimiter,
            limit_chars=limit_record_bytes,
        )
        record = reader.read_header()
        is_first_line = reader.line == 1
    if record is None:
        raise WarehouseError.of(
            "empty-file",
            "The file is empty: it has no header.",
            where=file.name,
            hint="Export it again; an empty export must not replace the published data.",
        )
    names = _read_names(file, record)
    issues = [*_check_names(file, names, source), *_check_columns(file, names, source)]
    if issues:
        raise WarehouseError(issues)
    index = {name: at for at, name in enumerate(names)}
    return Header(
        names=names,
        encoding=encoding,
        is_first_line=is_first_line,
        positions=tuple(index.get(name.strip()) for name in source.columns),
    )


def _read_names(file: InputFile, record: Record) -> tuple[str, ...]:
    if record.broken is not None:
        raise WarehouseError.of(
            "broken-header",
            f"The header cannot be read. {MESSAGES[record.broken]}",
            where=f"{file.name}, line {record.line}",
            hint="The first line must name the columns.",
        )
    names = [cell.strip() for cell in record.cells]
    while len(names) > 1 and not names[-1]:
        names.pop()  # delimiters after the last name are a habit of some exports
    return tuple(names)


def _check_names(file: InputFile, names: tuple[str, ...], source: SourceSpec) -> list[Issue]:
    where = f"{file.name}, header"
    issues = [
        Issue(
            code="repeated-header",
            message=f"The column '{name}' appears {count} times.",
            where=where,
            hint="Every column needs a name of its own; rename or remove the others.",
        )
        for name, count in Counter(names).items()
        if count > 1 and name
    ]
    if blanks := [at for at, name in enumerate(names, 1) if not name]:
        issues.append(
            Issue(
                code="unnamed-header",
                message=f"Column {blanks[0]} has no name.",
                where=where,
                hint="Every column needs a name; name it or remove it.",
            )
        )
    if len(names) == 1 and len(source.columns) > 1:
        other = next((mark for mark in ";\t|," if mark in names[0]), None)
        if other is not None and other != source.delimiter:
            shown = "a tab" if other == "\t" else f"'{other}'"
            issues.append(
                Issue(
                    code="other-delimiter",
                    message=f"The cells seem to be separated by {shown}.",
                    where=where,
                    hint=f"Set 'delimiter' of source '{source.name}' or export with "
                    f"'{source.delimiter}'.",
                )
            )
    return issues


def _check_columns(file: InputFile, names: tuple[str, ...], source: SourceSpec) -> list[Issue]:
    where = f"{file.name}, header"
    known = {name.strip(): spec for name, spec in source.columns.items()}
    unknown = [name for name in names if name and name not in known]
    issues = []
    for name, spec in known.items():
        if name in names or spec.optional:
            continue
        near = suggest(name, unknown)
        issues.append(
            Issue(
                code="missing-column",
                message=f"The column '{name}' is missing. Expected: {_join(known)}. "
                f"Found: {_join(names)}.",
                where=where,
                hint=did_you_mean(near)
                or f"Add it, or mark it 'optional: true' in source '{source.name}'.",
                suggestions=near,
            )
        )
    if source.ignore_unknown_columns:
        return issues
    for name in unknown:
        near = suggest(name, known)
        issues.append(
            Issue(
                code="unknown-column",
                message=f"The column '{name}' is not in source '{source.name}'.",
                where=where,
                hint=did_you_mean(near)
                or "Add it to 'columns', or set 'ignore_unknown_columns: true'.",
                suggestions=near,
            )
        )
    return issues


def _join(names: object) -> str:
    listed = list(names) if isinstance(names, (dict, tuple)) else []
    shown = ", ".join(f"'{name}'" for name in islice(listed, 40))
    return shown + (f" and {len(listed) - 40} more" if len(listed) > 40 else "")
