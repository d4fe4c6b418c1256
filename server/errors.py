"""The errors an asker may see: a stable code, an HTTP status and a sentence with a way out.

Raised by every part of the server, turned into `application/problem+json` by the routes.
Invariant: no text of the engine, no row value, no path and no stack trace gets in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from semantic.issues import Issue


class AppError(Exception):
    """Base of all: what went wrong for the asker, and what to do about it."""

    code: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something broke on our side"
    retry_after_s: int | None = None
    """Seconds after which the same request may well succeed; None where it will not."""

    def __init__(self, message: str, *, hint: str = "", issues: Iterable[Issue] = ()) -> None:
        self.message = message
        self.hint = hint
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__(message)

    @property
    def detail(self) -> str:
        """The sentence and the hint as one text, for `detail` of a problem."""
        return f"{self.message} {self.hint}".strip()


class BadInput(AppError):
    """A value of the request is not one that can be worked with."""

    code = "bad-input"
    status = 400
    title = "The request cannot be understood"


class NotFound(AppError):
    """What was named does not exist, or not for this asker."""

    code = "not-found"
    status = 404
    title = "Not found"


class InvalidParameters(AppError):
    """A named analysis was given parameters it does not take; `issues` says which and why."""

    code = "invalid-parameters"
    status = 422
    title = "The parameters of the analysis are not valid"


class AnalysisUnavailable(AppError):
    """A named analysis asks for names that the model of this data does not have."""

    code = "analysis-unavailable"
    status = 422
    title = "The analysis is not available with this model"


class NoData(AppError):
    """Nothing has been loaded yet."""

    code = "no-data"
    status = 409
    title = "No data is loaded"


class VersionGone(NotFound):
    """The data version asked for is not kept."""

    code = "version-gone"
    title = "This data version is not kept"


class QueryTooComplex(AppError):
    """The text could not be read and compiled within its limit."""

    code = "query-too-complex"
    status = 422
    title = "The query is too complex"


class QueryTimeout(AppError):
    """The query ran into its time limit and was stopped."""

    code = "query-timeout"
    status = 422
    title = "The query took too long"


class ResultTooWide(AppError):
    """The result has more columns than are handed out."""

    code = "result-too-wide"
    status = 422
    title = "The result has too many columns"


class ResultTooBig(AppError):
    """The query needs more memory than one question may use."""

    code = "result-too-big"
    status = 422
    title = "The query needs too much memory"


class ValueNotConvertible(AppError):
    """A value of the data does not fit the type the query turns it into."""

    code = "value-not-convertible"
    status = 422
    title = "A value cannot be converted"


class NumberOutOfRange(AppError):
    """A computed value is not a number or a date that can be written down."""

    code = "number-out-of-range"
    status = 422
    title = "A value is out of range"


class InvalidFunctionInput(AppError):
    """A function met a value that it cannot work with."""

    code = "invalid-function-input"
    status = 422
    title = "A function cannot work with a value"


class QueryCrashed(AppError):
    """The query brought its engine process down; nobody else was touched."""

    code = "query-crashed"
    status = 422
    title = "The query brought the engine down"


class QueryNotComputable(AppError):
    """The parts of the query do not fit together in the engine; logged under an id."""

    code = "query-not-computable"
    status = 422
    title = "The query cannot be computed"


class EngineFailed(AppError):
    """A statement of our own making failed: a bug, logged under the id in the message."""

    code = "engine-error"
    status = 500
    title = "The engine could not compute the query"


class WorkerDied(AppError):
    """The engine process was ended from outside while it computed this query."""

    code = "worker-died"
    status = 503
    title = "The computation was interrupted"
    retry_after_s = 1


class Overloaded(AppError):
    """More queries are waiting than can be served in time."""

    code = "overloaded"
    status = 503
    title = "Too many queries at once"
    retry_after_s = 2


class EngineUnavailable(AppError):
    """No engine process can be started; the operator's log says why."""

    code = "engine-unavailable"
    status = 503
    title = "The engine is not available"
    retry_after_s = 10
