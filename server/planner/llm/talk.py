"""One question put to a language model: prompt, steps, results, repair, and the plan at the end.

Made by `turns.py` for a question the built-in planner leaves. Invariant: bounded in completions,
tokens, cost and failures; whatever goes wrong, the last move is the plan of the built-in planner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from semantic.issues import Issue, SemanticError
from semantic.request import SemanticQuery, to_sql
from server.planner.builtin.wording import interpret, title_of
from server.planner.llm.budget import Budget, BudgetSpent
from server.planner.llm.endings import (
    fall_back,
    to_clarification,
    to_refusal,
    to_steps,
)
from server.planner.llm.prompts import load_prompt
from server.planner.llm.results import write_issues, write_result
from server.planner.llm.rules import find_inventions
from server.planner.llm.say import say_query
from server.planner.llm.steps import AskBack, Decline, Step, read_step
from server.planner.moves import Asked, Moves, StepResult, Thinking, Wanted
from server.planner.plan import (
    Answerable,
    Clarification,
    ModelUse,
    Plan,
    PlannedAnalysis,
    PlannedQuery,
    Refusal,
)  # fmt: skip
from server.providers.base import (
    Message,
    Provider,
    ProviderError,
    Request,
    Style,
    Tool,
    ToolCall,
    Turn,
)  # fmt: skip
from server.results import ResultTable

MAX_CALLS: Final = 4
"""Steps of one completion that are run; more are sent back."""
MAX_REPAIRS: Final = 2
_MIN_TOKENS: Final = 64

logger = logging.getLogger(__name__)


class GaveUp(Exception):
    """The model came to no usable plan; the text is for the asker, after "because"."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One style: what it puts before every question of a version, and before this one."""

    style: Style
    system: str
    tools: tuple[Tool, ...]
    opening: str = ""
    """The first message: clock, conversation, hints, question."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A result that may be shown."""

    id: str
    said: str


@dataclass(slots=True)
class Talk:
    """The exchange about one question."""

    asked: Asked
    plan: Plan
    """What the built-in planner makes of the question."""
    provider: Provider
    settings: list[Setting]
    """The styles to try; the first one holds."""
    learn: Callable[[Style], None]
    """Told the style in which the first step came."""
    budget: Budget
    iterations: int
    prose: bool
    messages: list[Message] = field(default_factory=list)
    kept: list[_Kept] = field(default_factory=list)
    pending: list[tuple[ToolCall, PlannedQuery | PlannedAnalysis]] = field(default_factory=list)
    failures: int = 0
    nudges: int = 0

    @property
    def members(self) -> Mapping[str, Sequence[str]]:
        """Members of the dimensions, as far as the asker may see them."""
        return self.asked.builtin.lexicon.members

    async def moves(self) -> Moves:
        """The moves that lead to the plan."""
        self.messages.append(Message("user", self.settings[0].opening))
        try:
            yield Thinking(f"Asking {self.provider.model}")
            while True:
                found = self._read(await self._complete())
                if isinstance(found, AskBack):
                    results = yield Wanted(to_steps(found))
                    yield await self._ask_back(found, results or ())
                    return
                if isinstance(found, Plan):
                    yield found
                    return
                if found is not None:
                    results = yield found
                    assert results is not None, "the desk answers every step that is wanted"
                    await self._take(results)
                    if not self.prose and self.kept and not self.failures:
                        yield self._answer("")
                        return
                    yield Thinking("Reading the results")
        except (ProviderError, GaveUp, BudgetSpent) as error:
            yield self._fall_back(error)

    # ------------------------------------------------------------ completions

    async def _complete(self) -> Turn:
        if self.budget.completions >= self.iterations:
            raise GaveUp("the language model came to no end")
        settings, setting = self.budget.settings, self.settings[0]
        request = Request(
            setting.system,
            tuple(self.messages),
            setting.tools,
            setting.style,
            settings.output_tokens,
        )
        prompt_tokens = request.estimate_tokens()
        await self.budget.check(prompt_tokens)
        if settings.question_tokens:
            left = settings.question_tokens - self.budget.spent.tokens - prompt_tokens
            request = replace(request, max_tokens=max(_MIN_TOKENS, min(left, request.max_tokens)))
        try:
            turn = await self.provider.complete(request)
        except ProviderError:
            self.budget.add_lost(prompt_tokens)
            raise
        else:
            self.budget.add(turn.usage)
        finally:
            self.asked.meter(self._use())
        return turn

    def _read(self, turn: Turn) -> Plan | AskBack | Wanted | None:
        """What follows from a completion; None where the model has to be asked again."""
        if not turn.calls:
            return self._read_text(turn)
        self.learn(self.settings[0].style)
        del self.settings[1:]
        self.messages.append(Message("assistant", turn.text, turn.calls))
        steps = [
            (call, read_step(call, self.asked.catalog, self.members))
            for call in turn.calls[:MAX_CALLS]
        ]
        first = steps[0][1]
        if len(turn.calls) == 1 and isinstance(first, AskBack):
            return first
        if len(turn.calls) == 1 and isinstance(first, Decline):
            return self._end(to_refusal(first, self.asked.catalog))
        self.pending = []
        for call, step in steps:
            self._sort(call, step)
        for call in turn.calls[MAX_CALLS:]:
            self._reply(call, f"At most {MAX_CALLS} steps at once; this one was not run.")
        if self.pending:
            return Wanted(tuple(step for _, step in self.pending))
        self._count_failure(failed=True)
        return None

    def _sort(self, call: ToolCall, step: Step | tuple[Issue, ...]) -> None:
        """A step to those that are run; anything else is answered at once."""
        if isinstance(step, tuple):
            self._reply(call, write_issues(step), is_error=True)
        elif isinstance(step, AskBack | Decline):
            self._reply(call, "This cannot stand beside other steps.", is_error=True)
        else:
            if isinstance(step, PlannedQuery) and step.query is not None:
                query = self._without_invented_period(step.query)
                title = title_of(query, self.asked.builtin.facts)
                sql = to_sql(self.asked.catalog, query)
                step = replace(step, title=title, query=query, sql=sql, asked=query)
            self.pending.append((call, step))

    def _without_invented_period(self, query: SemanticQuery) -> SemanticQuery:
        """The query over all of the data where nothing that was said can mean a period."""
        asked = self.asked
        if asked.context.turns or asked.builtin.may_name_period(asked.question, asked.as_of):
            return query
        return query.model_copy(update={"time": None})

    def _read_text(self, turn: Turn) -> Plan | None:
        if self.kept:
            return self._answer(turn.text if turn.stop != "length" else "")
        if len(self.settings) > 1:
            # A server that takes tools and calls none: begin again in the other style.
            del self.settings[0]
            self.messages = [Message("user", self.settings[0].opening)]
            return None
        if self.nudges:
            raise GaveUp("the language model took no step")
        self.nudges += 1
        self.messages.append(Message("assistant", turn.text[:2000] or "(nothing)"))
        self.messages.append(Message("user", load_prompt("nudge").strip()))
        return None

    def _reply(self, call: ToolCall, text: str, *, is_error: bool = False) -> None:
        self.messages.append(Message("tool", text, call_id=call.id, is_error=is_error))

    # ------------------------------------------------------------ results

    async def _take(self, results: Sequence[StepResult]) -> None:
        """Hand the results to the model; keep those that may be shown."""
        failed = False
        currency = self.asked.catalog.spec.currency
        for (call, _), result in zip(self.pending, results, strict=True):
            checked = await asyncio.to_thread(self._check, result)
            failed = failed or bool(checked.issues)
            text = write_result(checked, currency)
            if not checked.issues and not self.prose:
                text = "It was run."
            self._reply(call, text, is_error=bool(checked.issues))
        self._count_failure(failed=failed)

    def _check(self, result: StepResult) -> StepResult:
        """The result, or the reasons not to show it; parsed outside the event loop."""
        checked, said = self._find_reasons(result)
        if not checked.issues:
            self.kept.append(_Kept(result.id, said))
        return checked

    def _find_reasons(self, result: StepResult) -> tuple[StepResult, str]:
        """The result with the reasons not to show it, and what it shows."""
        if result.issues:
            return result, ""
        step = result.step
        if isinstance(step, PlannedAnalysis):
            return result, step.title
        try:
            issues = find_inventions(step.sql, self.asked.catalog, self.members)
            said = self._say(step, result.tables[0])
        except SemanticError as error:
            issues, said = error.issues, ""
        return (replace(result, tables=(), issues=issues) if issues else result), said

    def _say(self, step: PlannedQuery, table: ResultTable) -> str:
        if step.query is not None:
            return interpret(step.query, self.asked.builtin.facts)
        return say_query(step.sql, table)

    def _count_failure(self, *, failed: bool) -> None:
        self.failures = self.failures + 1 if failed else 0
        if self.failures > MAX_REPAIRS:
            raise GaveUp("the language model found no valid query")

    # ------------------------------------------------------------ endings

    def _use(self, prose: str = "") -> ModelUse:
        usage = self.budget.usage
        return ModelUse(
            model=self.provider.model,
            prose=prose,
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
            cost=round(self.budget.spent.cost, 6),
            completions=self.budget.completions,
        )

    def _answer(self, prose: str) -> Plan:
        return Plan(
            Answerable(done=tuple(kept.id for kept in self.kept)),
            "; and ".join(dict.fromkeys(kept.said for kept in self.kept)),
            has_context=bool(self.asked.context.turns),
            use=self._use(prose),
        )

    def _end(self, outcome: Refusal | Clarification) -> Plan:
        return Plan(outcome, has_context=bool(self.asked.context.turns), use=self._use())

    async def _ask_back(self, step: AskBack, results: Sequence[StepResult]) -> Plan:
        """The question back, with those options whose queries may be shown."""
        said: dict[str, str] = {}
        for result in results:
            checked, text = await asyncio.to_thread(self._find_reasons, result)
            if not checked.issues and isinstance(result.step, PlannedQuery):
                said[result.step.sql] = text
        return self._end(to_clarification(step, said))

    def _fall_back(self, error: Exception) -> Plan:
        kind = type(error).__name__
        detail = error.detail if isinstance(error, ProviderError) else str(error)
        logger.warning("the built-in planner answers: %s (%s)", kind, detail)
        because = error.sentence if isinstance(error, ProviderError) else str(error)
        use = replace(self._use(), model=None, failure=kind)
        return fall_back(self.asked, self.plan, because, use)
