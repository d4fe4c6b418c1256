"""Decisions to audit records: who asked what, and how it ended.

Called around every query by the services; a background task writes to the state store.
Invariant: one record per decision, in the order the decisions ended; never rows or answers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from semantic.compiled import Principal
from server.http_errors import find_code
from server.snapshot import Clock
from server.storage.errors import StoreError
from server.storage.records import AuditEvent
from server.storage.store import Store

_QUEUE_LIMIT: Final = 1000
_STOP_LIMIT_S: Final = 15.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Decision:
    """What is known of a decision while it is being made; the maker fills it in."""

    semantic_sql: str | None = None
    conversation_id: str | None = None
    version: int | None = None
    status: str = "answered"
    code: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class AuditLog:
    """Writes decisions of one surface (rest, cli) without keeping the asker waiting."""

    def __init__(self, store: Store, clock: Clock, surface: str) -> None:
        self._store = store
        self._clock = clock
        self._surface = surface
        # Bounded: a store that hangs costs records (each one logged as lost), never the memory.
        self._queue: asyncio.Queue[AuditEvent] = asyncio.Queue(_QUEUE_LIMIT)
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._writer = asyncio.create_task(self._write(), name="audit")

    async def stop(self) -> None:
        """Write what is still waiting, then end; a store that hangs is not waited for."""
        if self._writer is not None:
            try:
                async with asyncio.timeout(_STOP_LIMIT_S):
                    await self._queue.join()
            except TimeoutError:
                logger.error("%d audit records lost: the store hangs", self._queue.qsize())
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None

    @asynccontextmanager
    async def decision(
        self, action: str, principal: Principal, semantic_sql: str | None = None
    ) -> AsyncIterator[Decision]:
        """Record how the block ends; what it raises passes through."""
        decision = Decision(semantic_sql=semantic_sql)
        started = time.perf_counter()
        try:
            yield decision
        except (asyncio.CancelledError, GeneratorExit):
            # The second one where the block is in a generator whose reader has gone.
            decision.status, decision.code = "cancelled", "cancelled"
            raise
        except Exception as error:
            status, decision.code = find_code(error)
            decision.status = "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
            raise
        finally:
            self._put(self._to_event(action, principal, decision, time.perf_counter() - started))

    def _put(self, event: AuditEvent) -> None:
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            logger.error("audit record lost: %s %s", event.action, event.status)

    def _to_event(
        self, action: str, principal: Principal, decision: Decision, elapsed_s: float
    ) -> AuditEvent:
        return AuditEvent(
            at=self._clock(),
            principal=principal.name,
            surface=self._surface,
            action=action,
            status=decision.status,
            code=decision.code,
            semantic_sql=decision.semantic_sql,
            conversation_id=decision.conversation_id,
            warehouse_version=decision.version,
            elapsed_ms=elapsed_s * 1000,
            detail=decision.detail,
        )

    async def _write(self) -> None:
        while True:
            event = await self._queue.get()
            try:
                await self._store.record_audit(event)
            except StoreError as error:
                logger.error(
                    "audit record lost: %s %s (%s)", event.action, event.status, error.code
                )
            finally:
                self._queue.task_done()
