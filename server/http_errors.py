"""Exceptions to `application/problem+json` (RFC 9457): one shape for every way to fail.

Installed by `app.py`; used by the guard and by event streams as well. Invariant: what is not
an error meant for the asker leaves as a 500 with an id, and only the log says what it was.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from semantic.issues import Issue, SemanticError
from server.errors import AppError
from server.storage.errors import (
    ConversationExists,
    ConversationNotFound,
    InvalidRecord,
    JobNotFound,
    ReportInUse,
    StoreError,
)
from server.warehouse.errors import WarehouseError

MEDIA_TYPE: Final = "application/problem+json"
_MOST_ISSUES: Final = 100
INVALID_QUERY: Final = "invalid-query"

logger = logging.getLogger(__name__)


class IssueBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding: what is wrong, where, and what to do about it."""

    code: str
    message: str
    where: str = ""
    hint: str = ""
    line: int | None = None
    column: int | None = None
    start: int | None = None
    end: int | None = None
    suggestions: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True):
    """The body of every error response."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    issues: tuple[IssueBody, ...] = ()

    @classmethod
    def of(
        cls, status: int, code: str, title: str, detail: str, issues: Iterable[Issue] = ()
    ) -> Problem:
        """The problem whose type is the URN of its code."""
        bodies = tuple(map(to_issue_body, issues))[:_MOST_ISSUES]
        return cls(f"urn:revenue-analytics:problem:{code}", title, status, detail, code, bodies)


def to_issue_body(issue: Issue) -> IssueBody:
    """The issue as it goes over the wire."""
    place = issue.place
    return IssueBody(
        code=issue.code,
        message=issue.message,
        where=issue.where,
        hint=issue.hint,
        line=place.line if place else None,
        column=place.column if place else None,
        start=place.start if place else None,
        end=place.end if place else None,
        suggestions=issue.suggestions,
    )


def to_problem(error: Exception) -> tuple[Problem, dict[str, str]]:
    """The problem for any exception, and the headers that go with it."""
    match error:
        case AppError():
            return _from_app_error(error)
        case SemanticError():
            return _from_issues(INVALID_QUERY, "The query is not valid", 422, error.issues), {}
        case WarehouseError():
            return _from_warehouse(error), {}
        case StoreError():
            return _from_store_error(error)
        case HTTPException():
            return _from_http(error)
        case _:
            return _from_bug(error), {}


def find_code(error: Exception) -> tuple[int, str]:
    """Status and code of the problem for an exception; nothing is logged."""
    match error:
        case AppError():
            return error.status, error.code
        case SemanticError():
            return 422, INVALID_QUERY
        case WarehouseError():
            code = error.issues[0].code if error.issues else "warehouse"
            return _WAREHOUSE_STATUS.get(code, 422), code
        case StoreError():
            return 503, error.code
        case HTTPException():
            return error.status_code, _BY_STATUS.get(error.status_code, ("bad-input",))[0]
        case _:
            return 500, "internal-error"


def _from_app_error(error: AppError) -> tuple[Problem, dict[str, str]]:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.retry_after_s is None:
        logger.error("%s: %s", error.code, error.message, exc_info=error)
    problem = Problem.of(error.status, error.code, error.title, error.detail, error.issues)
    headers = {} if error.retry_after_s is None else {"retry-after": f"{error.retry_after_s}"}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="revenue-analytics"'
    return problem, headers


def _from_issues(code: str, title: str, status: int, issues: tuple[Issue, ...]) -> Problem:
    first = issues[0].to_sentence() if issues else f"{title}."
    more = len(issues) - 1
    detail = f"{first} And {more} more; see 'issues'." if more > 0 else first
    return Problem.of(status, code, title, detail, issues)


_WAREHOUSE_STATUS: Final = {
    "unknown-version": 404,
    "no-earlier-version": 409,
    "ingest-running": 409,
    "mode-required": 409,
    "disk-error": 503,
    "data-folder": 503,
    "out-of-memory": 503,
    "load-crashed": 503,
    "version-damaged": 503,
    "build-failed": 500,
    "build-damaged": 500,
    "build-not-closed": 500,
    "finishing-failed": 500,
}
"""By the first issue's code; anything else is a fault of the files that were sent."""


def _from_warehouse(error: WarehouseError) -> Problem:
    """What an upload, a rollback or a look at the versions cannot do; nothing was changed."""
    code = error.issues[0].code if error.issues else "warehouse"
    status = _WAREHOUSE_STATUS.get(code, 422)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("warehouse: %s", error, exc_info=error)
    return _from_issues(code, "The warehouse was left as it was", status, error.issues)


def _from_store_error(error: StoreError) -> tuple[Problem, dict[str, str]]:
    if isinstance(error, ConversationNotFound):
        return Problem.of(404, error.code, "There is no such conversation", str(error)), {}
    if isinstance(error, ConversationExists):
        return Problem.of(409, error.code, "The conversation exists already", str(error)), {}
    if isinstance(error, JobNotFound):
        return Problem.of(404, error.code, "Not found", str(error)), {}
    if isinstance(error, ReportInUse):
        return Problem.of(409, error.code, "The report is in use", str(error)), {}
    if isinstance(error, InvalidRecord):
        return Problem.of(422, error.code, "This cannot be stored", str(error)), {}
    logger.error("state store: %s", error, exc_info=error)
    problem = Problem.of(503, error.code, "The state store is not available", str(error))
    return problem, {"retry-after": "5"}


_BY_STATUS: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("bad-input", "The request cannot be understood", ""),
    404: (
        "not-found",
        "There is nothing at this address",
        "No page or endpoint has this address. GET /schema lists all of them.",
    ),
    405: (
        "method-not-allowed",
        "This method is not offered here",
        "The address exists, but not for this method. GET /schema lists what it offers.",
    ),
    413: (
        "body-too-large",
        "The request is too large",
        "The body is larger than this endpoint takes. Send less at once.",
    ),
    415: ("unsupported-media-type", "The content type is not supported", ""),
}


def _from_http(error: HTTPException) -> tuple[Problem, dict[str, str]]:
    """The framework's own refusals: addresses, methods, parameters."""
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _from_bug(error), {}
    code, title, detail = _BY_STATUS.get(status, ("bad-input", "The request was refused", ""))
    issues = _parameter_issues(error.extra)
    first = issues[0].to_sentence() if issues else "A value of the request cannot be used."
    headers = {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}
    return Problem.of(status, code, title, detail or first, issues), headers


def _parameter_issues(extra: Any) -> tuple[Issue, ...]:
    entries = extra if isinstance(extra, list) else []
    return tuple(
        Issue(
            code="bad-parameter",
            message=to_plain_words(str(entry.get("message", "This value cannot be used"))),
            where=str(entry.get("key", "")),
            hint="GET /schema says which values are taken.",
        )
        for entry in entries
        if isinstance(entry, dict)
    )


def to_plain_words(message: str) -> str:
    """A decoder's sentence as a person would say it.

    >>> to_plain_words("Invalid RFC3339 encoded date")
    'Give a date as YYYY-MM-DD.'
    """
    said = message.replace("Invalid RFC3339 encoded date", "Give a date as YYYY-MM-DD")
    return f"{said.replace('`', chr(39))[:200].rstrip('.')}."


def _from_bug(error: Exception) -> Problem:
    bug_id = secrets.token_hex(6)
    logger.error("unhandled error %s", bug_id, exc_info=error)
    return Problem.of(
        500,
        "internal-error",
        "Something broke on our side",
        f"The request failed for a reason that is not yours. It is logged as {bug_id}.",
    )


_encoder = msgspec.json.Encoder()


def encode_problem(problem: Problem) -> bytes:
    """The JSON text of a problem."""
    return _encoder.encode(problem)


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    problem, headers = to_problem(error)
    return Response(
        encode_problem(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )
