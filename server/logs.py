"""Log records to single JSON lines on stderr.

Set up once by `cli.py serve`; everything else uses the standard `logging`. Invariant: a record
is one line of printable ASCII, whatever a client sent; no body and no key is ever logged.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "taskName"),
    "color_message",  # uvicorn's message once more, with ANSI colours
}


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message", ...}`; what `extra=` holds becomes keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        # ASCII: line separators, ANSI escapes and bidirectional marks leave as \\u escapes.
        return json.dumps(line, ensure_ascii=True, default=str).replace("\x7f", "\\u007f")


def set_up_logging(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send all log records to `stream` (stderr) as JSON lines, replacing other handlers."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Our own guard logs each request once, without its query string.
    logging.getLogger("uvicorn.access").disabled = True
