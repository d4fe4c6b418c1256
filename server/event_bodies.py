"""The events of `POST /api/query/stream` as structs: what a reader of the stream may count on.

Named by the stream's route, so that they stand in the OpenAPI document; a test holds real
streams against them. Invariant: `status` tells the kinds of event apart.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from server.answer.wire import Answer, Status
from server.http_errors import Problem


class StartedEvent(msgspec.Struct, frozen=True):
    """The first event: the conversation the answer will belong to."""

    status: Literal["started"]
    conversation_id: str


class ProcessingEvent(msgspec.Struct, frozen=True):
    """How the question was understood."""

    status: Literal["processing"]
    message: str


class FunctionCallEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A query or a named analysis begins."""

    status: Literal["function_call"]
    current_function: str
    semantic_sql: str = ""


class FunctionCompleteEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is done."""

    status: Literal["function_complete"]
    current_function: str
    row_count: int
    failed: bool = False
    """True where a language model asked for something that cannot be run."""


class CreatingVisualizationsEvent(msgspec.Struct, frozen=True):
    """All results are there."""

    status: Literal["creating_visualizations"]
    count: int


class GeneratingResponseEvent(msgspec.Struct, frozen=True):
    """The answer is being worded."""

    status: Literal["generating_response"]


class AnswerDeltaEvent(msgspec.Struct, frozen=True):
    """The next piece of the answer's text."""

    status: Literal["answer_delta"]
    text: str


class CompleteEvent(Answer, frozen=True, kw_only=True):
    """The whole answer; its own status stands in `outcome`."""

    status: Literal["complete"]  # type: ignore[assignment]  # the event's own, see `outcome`
    outcome: Status


class ErrorEvent(msgspec.Struct, frozen=True):
    """Nothing was answered."""

    status: Literal["error"]
    error: str
    problem: Problem


StreamEvent = (
    StartedEvent
    | ProcessingEvent
    | FunctionCallEvent
    | FunctionCompleteEvent
    | CreatingVisualizationsEvent
    | GeneratingResponseEvent
    | AnswerDeltaEvent
    | CompleteEvent
    | ErrorEvent
)
