"""A question to whoever plans it: the built-in planner, or a language model beside it.

Wired by `app.py`. Invariant: without a model, without a budget and with a certain plan of the
built-in planner nothing is sent anywhere.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from server.planner.builtin.planner import BuiltinPlanner
from server.planner.llm.budget import Budget, Ledger
from server.planner.llm.card import write_card
from server.planner.llm.endings import fall_back
from server.planner.llm.examples import write_examples
from server.planner.llm.hints import find_examples, find_values, write_history
from server.planner.llm.prompts import fill
from server.planner.llm.schemas import write_steps, write_tools
from server.planner.llm.talk import Setting, Talk
from server.planner.moves import Asked, Moves, settled
from server.planner.plan import Answerable, ModelUse, Plan, PlannedQuery
from server.providers.base import Provider, Style
from server.settings_planner import PlannerSettings

_NO_MODEL: Final = "no language model is set up"
_KEPT: Final = 8


@dataclass(slots=True)
class ModelTurns:
    """Plans with a language model where the settings and the question call for it."""

    provider: Provider | None
    settings: PlannerSettings
    ledger: Ledger
    _style: Style | None = None
    """The style that the server is known to speak."""
    _prepared: OrderedDict[tuple[int, Style], tuple[BuiltinPlanner, Setting]] = field(
        default_factory=OrderedDict
    )

    def plan(self, asked: Asked) -> Moves:
        """See `TurnPlanner`."""
        chosen = _chosen(asked)
        if chosen is not None:
            return settled(chosen)
        plan = asked.builtin_plan()
        mode = self.settings.planner
        if mode == "builtin" or (mode == "auto" and is_certain(plan, asked)):
            return settled(plan)
        if self.provider is None:
            is_asked_for = mode == "llm"
            return settled(fall_back(asked, plan, _NO_MODEL, ModelUse()) if is_asked_for else plan)
        return self._ask(asked, plan, self.provider)

    def _ask(self, asked: Asked, plan: Plan, provider: Provider) -> Moves:
        styles = provider.styles if self._style is None else (self._style,)
        most = self.settings.iterations
        talk = Talk(
            asked=asked,
            plan=plan,
            provider=provider,
            settings=[
                replace(self._prepare(asked, style), opening=write_opening(asked, style))
                for style in styles
            ],
            learn=self._learn,
            budget=Budget(self.settings, self.ledger),
            iterations=min(most, asked.iterations or most),
            prose=self.settings.prose,
        )
        return talk.moves()

    def _learn(self, style: Style) -> None:
        self._style = style

    def _prepare(self, asked: Asked, style: Style) -> Setting:
        """Prompt and tools of one style; made once per version and roles."""
        key = (id(asked.builtin), style)
        found = self._prepared.get(key)
        if found is None:
            # Kept with the planner it was made for: as long as it is here, its id is taken.
            found = self._prepared[key] = (
                asked.builtin,
                _write_setting(asked, style, self.settings),
            )
            while len(self._prepared) > _KEPT:
                self._prepared.popitem(last=False)
        return found[1]


def _write_setting(asked: Asked, style: Style, settings: PlannerSettings) -> Setting:
    catalog, members = asked.catalog, asked.builtin.lexicon.members
    card = write_card(catalog, members, asked.analyses, settings.card_tokens)
    if style == "tools":
        text = fill("tools", name=catalog.name, card=card)
        return Setting(style, text, write_tools(catalog, asked.analyses))
    text = fill("schema", card=card, examples=write_examples(catalog))
    return Setting(style, text, write_steps(catalog, asked.analyses))


def is_certain(plan: Plan, asked: Asked) -> bool:
    """Whether the built-in planner's plan needs no second opinion."""
    return (
        isinstance(plan.outcome, Answerable)
        and plan.confidence >= 1.0
        and not asked.context.is_free
    )


def _chosen(asked: Asked) -> Plan | None:
    """The plan for the label of an option that came with SQL."""
    said = asked.question.strip().casefold().rstrip(".!?")
    for option in asked.context.options:
        if option.sql and said in (option.label.casefold(), option.label.casefold().rstrip(".!?")):
            query = PlannedQuery(option.label, sql=option.sql)
            text = option.said or option.label
            return Plan(Answerable((query,)), text, 1.0, has_context=True, use=ModelUse())
    return None


def write_opening(asked: Asked, style: Style) -> str:
    """The first message: the clock, the conversation, what the question mentions, the question."""
    lines = [f"as_of(): {asked.as_of:%Y-%m-%d}, a {asked.as_of:%A}."]
    history = write_history(asked.context.history)
    if history:
        lines += ['<data note="the conversation so far">', *history, "</data>"]
    values = find_values(asked.question, asked.builtin.lexicon)
    if values:
        lines += ['<data note="values that the question may mention">', *values, "</data>"]
    # SQL helps nobody who is to name metrics and dimensions; their examples are steps.
    examples = find_examples(asked.question, asked.catalog) if style == "tools" else []
    for example in examples:
        lines += [f"Verified: {example.question}", f"  {' '.join(example.sql.split())}"]
    lines.append(f"Question: {asked.question.strip()}")
    return "\n".join(lines)
