"""A request's question to the answer, whole or as a stream of server-sent events.

Called by the query routes and `revenue ask`. Invariant: a stream ends with exactly one
`complete` or `error` and then `[DONE]`; while it is silent, comments keep it open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, cast

from semantic.compiled import Principal
from server.answer.wire import Answer, to_json_value
from server.ask import AskServices, Event, Question, ask
from server.errors import EngineFailed
from server.http_errors import to_problem
from server.schemas import QuestionRequest, encode_json

DONE: Final = b"data: [DONE]\n\n"
HEARTBEAT: Final = b": still working\n\n"


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers questions with the services of one home."""

    services: AskServices
    heartbeat_s: float

    async def answer(self, request: QuestionRequest, principal: Principal) -> Answer:
        """The whole answer; it is stored.

        Raises:
            AppError, SemanticError, StoreError: nothing was answered or stored.
        """
        async with aclosing(self._ask(request, principal)) as events:
            async for event in events:
                if event["status"] == "complete":
                    return cast(Answer, event["result"])
        raise EngineFailed("The question came to no answer.")

    async def open_stream(
        self, request: QuestionRequest, principal: Principal
    ) -> AsyncGenerator[bytes, None]:
        """The events of one answer as server-sent events, once the first one is there.

        Raises:
            AppError, SemanticError, StoreError: not even the first event came.
        """
        events = self._ask(request, principal)
        first = await anext(events)
        return to_lines(_with_first(first, events), self.heartbeat_s)

    def _ask(self, request: QuestionRequest, principal: Principal) -> AsyncGenerator[Event, None]:
        question = Question(
            request.question,
            request.conversation_id,
            request.as_of,
            principal,
            iterations=request.max_iterations,
        )
        return cast(AsyncGenerator[Event, None], ask(question, self.services))


async def _with_first(
    first: Event, rest: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    async with aclosing(rest):
        yield first
        async for event in rest:
            yield event


async def to_lines(
    events: AsyncGenerator[Event, None], heartbeat_s: float
) -> AsyncGenerator[bytes, None]:
    """Server-sent events: one line of JSON each, numbered; comments while nothing happens."""
    number = 0
    async with aclosing(_with_pauses(_to_wire(events), heartbeat_s)) as waited:
        async for event in waited:
            if event is None:
                yield HEARTBEAT
                continue
            number += 1
            # JSON escapes line ends, so that a value can never end the line it stands in.
            yield b"id: %d\ndata: %b\n\n" % (number, encode_json(event))
    yield DONE


async def _to_wire(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The events, the last one a whole answer or the error that ended them."""
    try:
        async with aclosing(events):
            async for event in events:
                if event["status"] != "complete":
                    yield event
                    continue
                answer = to_json_value(event["result"])
                # The event's own status stands where the answer's stood.
                yield answer | {"outcome": answer["status"], "status": "complete"}
    except Exception as error:  # noqa: BLE001 - the response has begun: only an event can say it
        problem, _ = to_problem(error)
        yield {"status": "error", "error": problem.detail, "problem": to_json_value(problem)}


async def _with_pauses(
    events: AsyncGenerator[Event, None], pause_s: float
) -> AsyncGenerator[Event | None, None]:
    """The events, and None each time `pause_s` seconds pass without one."""
    waiting: asyncio.Future[Event] | None = None
    try:
        while True:
            if waiting is None:
                waiting = asyncio.ensure_future(anext(events))
            if not (await asyncio.wait({waiting}, timeout=pause_s))[0]:
                yield None
                continue
            try:
                event = waiting.result()
            except StopAsyncIteration:
                return
            finally:
                waiting = None
            yield event
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await events.aclose()
