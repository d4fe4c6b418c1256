"""An exception of DuckDB or Python to the code and sentence an asker may see.

Called by the engine workers. Invariant: no text of the exception is passed on; it goes to
the worker's log, with an id that the sentence names where only we can help.
"""

from __future__ import annotations

import logging
from typing import Final

import duckdb

from server.warehouse.protocol import Failed

logger = logging.getLogger(__name__)

_TOO_BIG: Final = Failed(
    code="result-too-big",
    message="The query needs more memory than one question may use.",
    hint="Ask for fewer dimensions, a shorter time range or fewer rows.",
)
TOO_DEEP: Final = Failed(
    code="query-too-complex",
    message="The query is nested too deeply.",
    hint="Use fewer conditions, or split it into common table expressions (WITH ...).",
)
# In this order: the first class that fits wins.
_KNOWN: Final[tuple[tuple[type[BaseException], Failed], ...]] = (
    (duckdb.OutOfMemoryException, _TOO_BIG),
    (MemoryError, _TOO_BIG),
    (
        duckdb.ConversionException,
        Failed(
            code="value-not-convertible",
            message="A value in the data does not fit the type the query turns it into.",
            hint="Compare or compute with a dimension that has the wanted type already.",
        ),
    ),
    (
        duckdb.OutOfRangeException,
        Failed(
            code="number-out-of-range",
            message="A computed number or date is out of the range that can be represented.",
            hint="Ask for a smaller sum, product or shift in time.",
        ),
    ),
    (
        duckdb.InvalidInputException,
        Failed(
            code="invalid-function-input",
            message="A function of the query met a value that it cannot work with.",
            hint="Check patterns, formats and bounds in the query.",
        ),
    ),
    (RecursionError, TOO_DEEP),
    # What we write is well-formed (the second parser has read it): only its depth is left.
    (duckdb.ParserException, TOO_DEEP),
)
# After these the instance cannot be trusted to be whole, or the process is shut out of a folder
# that was made anew.
_FATAL: Final = (duckdb.FatalException, duckdb.InternalException, MemoryError, PermissionError)


class IncidentLog:
    """Numbers the failures that only we can explain, and writes them to the worker's log."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._count = 0

    def report(self, error: BaseException) -> Failed:
        """What to tell the asker about `error`; its own words go to the log only."""
        for kind, failed in _KNOWN:
            if isinstance(error, kind):
                logger.info("query refused with %s (%s)", failed.code, type(error).__name__)
                return _retiring(failed) if isinstance(error, _FATAL) else failed
        self._count += 1
        incident = f"{self._worker}-{self._count}"
        logger.error("incident %s", incident, exc_info=error)
        failed = Failed(
            # A binder error means that operands do not fit: ours to refuse earlier, but still
            # a matter of this query and not of the service.
            code="query-not-computable"
            if isinstance(error, duckdb.BinderException)
            else "engine-error",
            message=f"The engine could not compute this query (incident {incident}).",
            hint="Ask it another way; the operator finds the cause in the log by that number.",
        )
        return _retiring(failed) if isinstance(error, _FATAL) else failed


def _retiring(failed: Failed) -> Failed:
    return Failed(failed.code, failed.message, failed.hint, is_retiring=True)
