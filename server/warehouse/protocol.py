"""What the API process and an engine worker say to each other, as frames on a pipe.

A frame is two big-endian 32-bit lengths, a msgpack header and a body of Arrow IPC bytes.
Spoken by `pool.py` and `worker.py`. Invariant: a frame longer than agreed is never read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from semantic.compiled import Lineage, ResultColumn, Value
from semantic.issues import Issue
from semantic.types import DataType

LENGTHS: Final = struct.Struct(">II")
HEADER_LIMIT_BYTES: Final = 8 * 1024 * 1024

ScalarKind = Literal["null", "boolean", "integer", "double", "decimal", "date", "timestamp", "text"]


class BrokenFrame(Exception):
    """The other side does not speak the protocol (any more); the worker must go."""


class Scalar(msgspec.Struct, frozen=True, array_like=True):
    """One value with its Python type, so that 1, True, 1.0 and Decimal(1) stay four values."""

    kind: ScalarKind
    text: str


class BoundArgument(msgspec.Struct, frozen=True, array_like=True):
    """The declared type and the value of one `$name`."""

    type: DataType
    value: Scalar


@dataclass(frozen=True, slots=True)
class TypedValue:
    """A value for one `$name` of a named analysis, with its declared type."""

    type: DataType
    value: Value


class RunRequest(msgspec.Struct, frozen=True, tag="run"):
    """Compile `sql` for these roles on this version and, unless explained only, execute it."""

    sql: str
    version: int
    as_of: date
    roles: tuple[str, ...]
    arguments: dict[str, BoundArgument]
    limit_rows: int
    limit_bytes: int
    limit_columns: int
    is_explain_only: bool = False


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """First frame of a worker: the lock was proved; which layers of the system hold it too."""

    layers: dict[str, str]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """First frame of a worker that got out of its own lock, with what it could do."""

    breaks: tuple[str, ...]


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The version of the request is open now; sent only when the worker had to switch."""

    version: int


class Prepared(msgspec.Struct, frozen=True, tag="prepared"):
    """The statement is compiled and about to run."""


class Description(msgspec.Struct, frozen=True):
    """A compiled statement as people see it."""

    semantic_sql: str
    sql: str
    parameters: tuple[Scalar, ...]
    columns: tuple[ResultColumn, ...]
    lineage: Lineage
    data_sources: tuple[str, ...]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The statement ran (or was explained); the body holds its rows as an Arrow stream."""

    description: Description
    row_count: int
    is_truncated: bool
    is_plan_cached: bool
    compile_ms: float
    execute_ms: float


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """The text does not compile; all issues at once."""

    issues: tuple[Issue, ...]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The statement could not be computed: the code of an AppError and its sentences."""

    code: str
    message: str
    hint: str = ""
    is_retiring: bool = False
    """True: this worker ends after the frame and wants to be replaced."""


Reply = Ready | Refused | Opened | Prepared | Done | Rejected | Failed

_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(RunRequest)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode_frame(message: RunRequest | Reply, body: bytes | memoryview = b"") -> bytes:
    """The bytes of one frame."""
    header = _encoder.encode(message)
    return b"".join((LENGTHS.pack(len(header), len(body)), header, body))


def parse_lengths(prefix: bytes, limit_body_bytes: int) -> tuple[int, int]:
    """Header and body length of the frame that begins with `prefix`.

    Raises:
        BrokenFrame: a length is beyond what was agreed.
    """
    header_bytes, body_bytes = LENGTHS.unpack(prefix)
    if header_bytes > HEADER_LIMIT_BYTES or body_bytes > limit_body_bytes:
        raise BrokenFrame(f"frame of {header_bytes} + {body_bytes} bytes")
    return header_bytes, body_bytes


def parse_request(header: bytes) -> RunRequest:
    """The request in a header; BrokenFrame where it is none."""
    try:
        return _requests.decode(header)
    except msgspec.DecodeError as error:
        raise BrokenFrame("not a request") from error


def parse_reply(header: bytes) -> Reply:
    """The reply in a header; BrokenFrame where it is none."""
    try:
        return _replies.decode(header)
    except msgspec.DecodeError as error:
        raise BrokenFrame("not a reply") from error


def to_scalar(value: Value) -> Scalar:
    """`value` in its transport form.

    >>> to_scalar(Decimal("1.50"))
    Scalar(kind='decimal', text='1.50')
    """
    match value:
        case None:
            return Scalar("null", "")
        case bool():
            return Scalar("boolean", "true" if value else "false")
        case int():
            return Scalar("integer", str(value))
        case float():
            return Scalar("double", repr(value))
        case Decimal():
            return Scalar("decimal", str(value))
        case datetime():
            return Scalar("timestamp", value.isoformat())
        case date():
            return Scalar("date", value.isoformat())
        case str():
            return Scalar("text", value)


def from_scalar(scalar: Scalar) -> Value:
    """The value that `to_scalar` was given.

    >>> from_scalar(Scalar("integer", "7"))
    7
    """
    match scalar.kind:
        case "null":
            return None
        case "boolean":
            return scalar.text == "true"
        case "integer":
            return int(scalar.text)
        case "double":
            return float(scalar.text)
        case "decimal":
            return Decimal(scalar.text)
        case "timestamp":
            return datetime.fromisoformat(scalar.text)
        case "date":
            return date.fromisoformat(scalar.text)
        case "text":
            return scalar.text
