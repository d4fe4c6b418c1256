"""An executed cursor to an Arrow stream, cut to the limits of the request.

Called by `engine.py`. Invariant: no column leaves whose engine type is another kind of thing
than the compiler promised, or one that Arrow cannot carry unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa

from semantic.compiled import ResultColumn
from semantic.types import Kind
from server.warehouse.protocol import Failed, RunRequest

_ROWS_PER_BATCH: Final = 2048

# UHUGEINT is missing on purpose: Arrow has no room for it and hands out a negative number.
_INTEGERS: Final = frozenset(
    {"tinyint", "smallint", "integer", "bigint", "hugeint"}
    | {"utinyint", "usmallint", "uinteger", "ubigint"}
)
_NUMBERS: Final = _INTEGERS | {"decimal", "float", "double"}
_TEXTS: Final = frozenset({"varchar", "enum", "uuid"})
_TIMES: Final = frozenset({"date", "timestamp"})
_ANY: Final = _NUMBERS | _TEXTS | _TIMES | {"boolean", "interval", "map", '"null"'}
_ENGINE_TYPES: Final[dict[Kind, frozenset[str]]] = {
    "text": _TEXTS,
    "integer": _NUMBERS,
    "decimal": _NUMBERS,
    "double": _NUMBERS,
    "boolean": frozenset({"boolean"}),
    "date": _TIMES,
    "timestamp": _TIMES,
    "interval": frozenset({"interval"}),
    "map": frozenset({"map"}),
    "null": _ANY,
}


class QueryRefused(Exception):
    """The query cannot be answered for a reason that we can put in our own words."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.code)


class UnexpectedResult(Exception):
    """The engine's columns are not those that the compiler promised: a bug of ours."""


@dataclass(frozen=True, slots=True)
class FetchedRows:
    """Rows as an Arrow stream."""

    body: bytes
    row_count: int
    is_truncated: bool


NO_ROWS: Final = FetchedRows(b"", 0, is_truncated=False)


def fetch_rows(
    cursor: duckdb.DuckDBPyConnection, columns: Sequence[ResultColumn], request: RunRequest
) -> FetchedRows:
    """The rows of an executed cursor, read no further than the limits of the request.

    Raises:
        QueryRefused: too many columns, or one row alone is beyond the byte limit.
        UnexpectedResult: the engine's columns are not `columns`.
    """
    _check_columns(cursor.description or [], columns, request.limit_columns)
    reader = cursor.to_arrow_reader(min(request.limit_rows + 1, _ROWS_PER_BATCH))
    batches, row_count, is_truncated = _cut(reader, request.limit_rows, request.limit_bytes)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return FetchedRows(sink.getvalue().to_pybytes(), row_count, is_truncated)


def _check_columns(
    description: Sequence[Any], columns: Sequence[ResultColumn], limit_columns: int
) -> None:
    if len(description) > limit_columns:
        raise QueryRefused(
            Failed(
                code="result-too-wide",
                message=f"The result has {len(description)} columns; at most {limit_columns} are "
                "handed out.",
                hint="Name the columns you need.",
            )
        )
    if len(description) != len(columns):
        raise UnexpectedResult(f"{len(description)} columns instead of {len(columns)}")
    for (_, engine_type, *_), column in zip(description, columns, strict=True):
        inner = [kind for _, kind in engine_type.children] if engine_type.id == "map" else []
        if engine_type.id not in _ENGINE_TYPES[column.type.kind] or any(
            kind.id not in _NUMBERS | _TEXTS for kind in inner
        ):
            raise UnexpectedResult(f"{column.name} is {engine_type}, not {column.type.kind}")


def _cut(
    reader: pa.RecordBatchReader, limit_rows: int, limit_bytes: int
) -> tuple[list[pa.RecordBatch], int, bool]:
    """The first batches up to the limits, how many rows they hold, whether there were more."""
    batches: list[pa.RecordBatch] = []
    rows, used = 0, 0
    for batch in reader:
        kept = batch.slice(0, limit_rows - rows)
        while kept.num_rows and used + kept.nbytes > limit_bytes:
            kept = kept.slice(0, kept.num_rows // 2)
        batches.append(kept)
        rows += kept.num_rows
        used += kept.nbytes
        if kept.num_rows < batch.num_rows:
            break
    else:
        return batches, rows, False
    if rows == 0 and limit_rows > 0:
        raise QueryRefused(
            Failed(
                code="result-too-big",
                message="A single row of the result is larger than a whole answer may be.",
                hint="Leave out the long texts.",
            )
        )
    return batches, rows, True
