"""A newly published version to planners and listings that are ready before anybody asks.

Started by the application for as long as it serves. Invariant: warming changes no answer; when
it fails, the next question does the same work and says what is wrong.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from semantic.compiled import Principal
from semantic.issues import SemanticError
from server.ask_services import AskServices
from server.errors import AppError

PAUSE_S: Final = 2.0
"""Between two looks at the current version; a look reads one link."""

_log: Final = logging.getLogger(__name__)


@asynccontextmanager
async def kept_warm(services: AskServices, pause_s: float = PAUSE_S) -> AsyncIterator[None]:
    """While open, the planner of the current version is made as soon as it is published."""
    task = asyncio.create_task(_follow(services, pause_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _follow(services: AskServices, pause_s: float) -> None:
    warmed: int | None = None
    while True:
        version = services.snapshots.find_version()
        if version is not None and version != warmed:
            await _warm(services, version)
            warmed = version
        await asyncio.sleep(pause_s)


async def _warm(services: AskServices, version: int) -> None:
    try:
        snapshot = await services.snapshots.get(version)
        as_of = snapshot.today(services.clock)
        await services.planners.get(snapshot, Principal(), as_of)
    except (AppError, SemanticError) as error:
        _log.warning("version %d could not be warmed: %s", version, type(error).__name__)
