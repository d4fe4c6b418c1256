"""Progress of a load: events out of `ingest`, a bar on the terminal.

`ingest` emits events, the CLI draws them, the API forwards them. Invariant: drawing
never changes a load, and nothing is written where the output is not a terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Phase = Literal["wait", "scan", "load", "check", "finish", "publish"]

_LABELS: dict[Phase, str] = {
    "wait": "waiting for another ingest",
    "scan": "reading",
    "load": "loading",
    "check": "checking",
    "finish": "building views",
    "publish": "publishing",
}


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far one file is in one phase; `file` is empty for what concerns the whole load."""

    file: str
    phase: Phase
    done_bytes: int = 0
    total_bytes: int = 0


Report = Callable[[ProgressEvent], None]


def ignore_progress(event: ProgressEvent) -> None:
    """Drop the event; for callers that do not watch."""
    del event


class ProgressBar:
    """Draws events with rich; a context manager to call with each event."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def __call__(self, event: ProgressEvent) -> None:
        """Show the event as the state of its file's bar."""
        if not self._console.is_terminal:
            return
        label = f"{_LABELS[event.phase]} {event.file}".rstrip()
        task = self._tasks.get(event.file)
        if task is None:
            task = self._tasks[event.file] = self._progress.add_task(label, total=None)
        self._progress.update(
            task,
            description=label,
            completed=event.done_bytes,
            total=event.total_bytes or None,
        )
