"""A request's question to the answer, whole or as a stream of server-sent events.

Called by the query routes and `revenue ask`. Invariant: a stream ends with exactly one
`complete` or `error` and then `[DONE]`; while it is silent, comments keep it open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from semantic.compiled import Principal
from server.answer.wire import Answer
from server.ask import AskServices, Event, Question, ask, stream
from server.errors import AppError
from server.http_errors import Problem, to_problem
from server.schemas import QuestionRequest, encode_json

DONE: Final = b"data: [DONE]\n\n"
HEARTBEAT: Final = b": still working\n\n"
MOST_QUESTION_CHARS: Final = 4000


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
        async with aclosing(ask(_to_question(request, principal), self.services)) as events:  # type: ignore[type-var]
            async for event in events:
                if event["status"] == "complete":
                    answer: Answer = event["result"]
                    return answer
        raise AppError("The question came to no answer.")

    async def open_stream(
        self, request: QuestionRequest, principal: Principal
    ) -> AsyncGenerator[bytes, None] | Problem:
        """The events of one answer; or the problem, where not even the first one came."""
        events = _safely(stream(_to_question(request, principal), self.services))
        first = await anext(events)
        if first["status"] == "error":
            await events.aclose()
            problem: Problem = first["problem"]
            return problem
        return _encode(_with_heartbeat(_chain(first, events), self.heartbeat_s))


def _to_question(request: QuestionRequest, principal: Principal) -> Question:
    return Question(request.question, request.conversation_id, request.as_of, principal)
