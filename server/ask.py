"""The way of one question: load, plan, execute, assemble, store, and say so at every step.

Called by `POST /api/query`, its stream and the CLI. Invariant: the last event is the whole
answer, it is stored before it is handed out, and nothing in it was computed elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from semantic.compiled import Principal
from server.answer.wire import Answer, to_json_value
from server.ask_desk import Desk
from server.ask_finish import finish, to_context
from server.ask_run import Run
from server.ask_services import AskServices, Event, Turn
from server.audit import Decision
from server.conversations import owner_of
from server.planner.moves import Asked
from server.planner.plan import Context, ModelUse
from server.snapshot import Snapshot
from server.spending import USAGE
from server.turn_context import KEY, REMEMBERED_TURNS, load_context

__all__ = ["AskServices", "Event", "Question", "ask"]

_DELTA_CHARS: Final = 400


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked."""

    text: str
    conversation_id: str | None = None
    as_of: date | None = None
    """The clock of the answer; today when absent."""
    principal: Principal = field(default_factory=Principal)
    iterations: int | None = None
    """The most completions of a language model; None leaves it to the settings."""
    version: int | None = None
    """The data version to answer on; the current one when absent."""
    is_kept: bool = True
    """Whether the turn is stored; a part of a report is not a conversation."""


async def ask(question: Question, services: AskServices) -> AsyncIterator[Event]:
    """The events of one answer; the last has status `complete` and the key `result`, an `Answer`.

    Raises:
        AppError, SemanticError, StoreError: nothing was answered; nothing of the turn is stored.
    """
    started = time.perf_counter()
    async with services.audit.decision("ask", question.principal) as decision:
        snapshot = await services.snapshots.get(question.version)
        context = await _load_context(question, services)
        conversation_id = question.conversation_id or services.new_id(services.clock())
        decision.conversation_id, decision.version = conversation_id, snapshot.version
        # Said before the planner of a new version is made, which takes some tenths of a second.
        yield {"status": "started", "conversation_id": conversation_id}
        turn = await _open(question, services, snapshot, conversation_id, context)
        asked = _asked(question, turn, lambda use: _note_use(decision, use))
        desk = Desk(turn, services)
        async with aclosing(desk.settle(services.turns.plan(asked))) as events:
            async for event in events:
                yield event
        yield {
            "status": "processing",
            "message": desk.plan.interpretation or "Understanding the question",
        }
        run = Run(turn, services, desk.plan, question.text, desk.executed)
        async with aclosing(run.carry_out()) as events:
            async for event in events:
                yield event
        yield {"status": "generating_response"}
        answer = finish(run, started)
        _note(decision, answer)
        if desk.plan.use is not None:
            _note_use(decision, desk.plan.use)
        if question.is_kept:
            await _store(turn, services, question, answer, to_context(run), started)
    for start in range(0, len(answer.answer), _DELTA_CHARS):
        yield {"status": "answer_delta", "text": answer.answer[start : start + _DELTA_CHARS]}
    yield {"status": "complete", "result": answer}


def _asked(question: Question, turn: Turn, meter: Callable[[ModelUse], None]) -> Asked:
    return Asked(
        question=question.text,
        as_of=turn.as_of,
        context=turn.context,
        builtin=turn.kit.planner,
        analyses=turn.kit.analyses,
        iterations=question.iterations,
        meter=meter,
    )


def _note_use(decision: Decision, use: ModelUse) -> None:
    decision.detail[USAGE] = {
        "model": use.model,
        "input_tokens": use.input_tokens,
        "cached_tokens": use.cached_tokens,
        "output_tokens": use.output_tokens,
        "cost": use.cost,
        "completions": use.completions,
        "failure": use.failure,
    }


def _note(decision: Decision, answer: Answer) -> None:
    decision.status = answer.status
    decision.semantic_sql = answer.queries[0].semantic_sql if answer.queries else None


# ------------------------------------------------------------------ opening and storing


async def _load_context(question: Question, services: AskServices) -> Context:
    if question.conversation_id is None:
        return Context()
    owner = owner_of(question.principal)
    turns = await services.store.last_turns(question.conversation_id, REMEMBERED_TURNS, owner=owner)
    return load_context(turns)


async def _open(
    question: Question,
    services: AskServices,
    snapshot: Snapshot,
    conversation_id: str,
    context: Context,
) -> Turn:
    as_of = snapshot.moment(question.as_of, services.clock)
    kit = await services.planners.get(snapshot, question.principal, as_of)
    is_new = question.conversation_id is None
    return Turn(conversation_id, snapshot, kit, context, as_of, question.principal, is_new)


async def _store(
    turn: Turn,
    services: AskServices,
    question: Question,
    answer: Answer,
    stored: Event,
    started: float,
) -> None:
    owner = owner_of(question.principal)
    await services.store.append_turn(
        turn.conversation_id,
        owner=owner,
        question=question.text,
        status=answer.status,
        answer=to_json_value(answer) | {KEY: to_json_value(stored)},
        at=services.clock(),
        elapsed_ms=(time.perf_counter() - started) * 1000,
        begins=question.text[:100] if turn.is_new else None,
    )
