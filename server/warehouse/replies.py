"""What a worker said or how it ended, to the result or the error that a caller gets.

Called by `pool.py`. Invariant: every way a conversation can end has one error of its own.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Final

from semantic.issues import SemanticError
from server.errors import (
    AppError,
    BadInput,
    EngineFailed,
    EngineUnavailable,
    InvalidFunctionInput,
    NumberOutOfRange,
    QueryCrashed,
    QueryNotComputable,
    QueryTimeout,
    QueryTooComplex,
    ResultTooBig,
    ResultTooWide,
    ValueNotConvertible,
    VersionGone,
    WorkerDied,
)
from server.warehouse.protocol import Done, Failed, Rejected

# What a worker may report, by code; anything else is a bug of ours.
_FAILURES: Final[dict[str, type[AppError]]] = {
    kind.code: kind
    for kind in (
        BadInput,
        EngineFailed,
        InvalidFunctionInput,
        NumberOutOfRange,
        QueryNotComputable,
        QueryTooComplex,
        ResultTooBig,
        ResultTooWide,
        ValueNotConvertible,
        VersionGone,
    )
}
_OWN_FAULTS: Final = {
    -signal.SIGSEGV,
    -signal.SIGABRT,
    -signal.SIGBUS,
    -signal.SIGFPE,
    -signal.SIGILL,
    -signal.SIGSYS,
}
"""Exit codes of a process that its own work brought down."""


@dataclass(frozen=True, slots=True)
class RunReply:
    """A computed query: what was run and its rows as an Arrow stream."""

    done: Done
    body: bytes


class EndedEarly(WorkerDied):
    """Killed from outside before the first frame of the conversation."""


def to_result(reply: RunReply | Rejected | Failed) -> RunReply:
    """The reply, or the error it stands for."""
    match reply:
        case Rejected(issues=issues):
            raise SemanticError(issues)
        case Failed(code=code, message=message, hint=hint):
            raise _FAILURES.get(code, EngineFailed)(message, hint=hint)
        case RunReply():
            return reply


def to_death(exit_code: int, *, is_early: bool) -> AppError:
    """The error for a worker that ended with `exit_code`, negative for a signal."""
    if exit_code in _OWN_FAULTS:
        return QueryCrashed(
            "The engine could not survive this query and was restarted.",
            hint="Ask it another way, with fewer dimensions or rows.",
        )
    kind = EndedEarly if is_early and exit_code == -signal.SIGKILL else WorkerDied
    return kind(
        "The engine process was ended while it computed this query.",
        hint="Send the query again.",
    )


def to_unavailable() -> EngineUnavailable:
    """The error while no query can run at all."""
    return EngineUnavailable(
        "No engine is running.", hint="The operator finds the reason in the server's log."
    )


def to_timeout(phase: type[AppError], limit_s: float) -> AppError:
    """The error for a phase that took longer than `limit_s` seconds."""
    if phase is QueryTooComplex:
        return QueryTooComplex(
            f"Reading the query took longer than {limit_s:g} s, so it was stopped.",
            hint="Write it with less nesting.",
        )
    if phase is QueryTimeout:
        return QueryTimeout(
            f"The query was stopped after {limit_s:g} s.",
            hint="Ask for a shorter time range or fewer dimensions.",
        )
    return EngineUnavailable("The data version could not be opened in time.")
