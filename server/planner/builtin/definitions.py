"""Questions about what a metric means: "how is the win rate computed?", "what does it mean?".

Called by `question.py` before anything is composed. Invariant: states the model's own words and
formulas and no number of the data; the metrics themselves are offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from semantic.definitions import Metric
from semantic.request import SemanticQuery
from server.planner.builtin.decline import ask_back, question_for
from server.planner.builtin.facts import Facts
from server.planner.builtin.tokens import Token
from server.planner.plan import Clarification, Option

_DEFINED: Final = frozenset({"computed", "calculated", "defined", "determined"})
_NAMED: Final = frozenset({"definition", "formula", "define"})
_MOST: Final = 4


def asks_definition(tokens: Sequence[Token]) -> bool:
    """True for a question about a definition instead of a number."""
    words = [token.word for token in tokens]
    if not words:
        return False
    is_how = "how" in words and bool(_DEFINED & set(words))
    is_meaning = words[0] == "what" and "does" in words and words[-1] in ("mean", "means")
    is_meant = words[:4] in (["what", "is", "meant", "by"], ["what", "do", "you", "mean"])
    return is_how or is_meaning or is_meant or bool(_NAMED & set(words))


def define(facts: Facts, metrics: Sequence[Metric]) -> Clarification:
    """The definitions in the model's words, with the metrics to ask for."""
    if not metrics:
        return ask_back(facts, ["It is not clear whose definition is meant."])
    said = [f"{m.label}: {_said(m)}It is computed as {m.formula}." for m in metrics[:_MOST]]
    options = tuple(
        Option(m.label, question_for(m), SemanticQuery(model=m.model, metrics=(m.name,)))
        for m in metrics[:_MOST]
    )
    return Clarification(" ".join(said), options)


def _said(metric: Metric) -> str:
    text = metric.description.strip()
    return f"{text.rstrip('.')}. " if text else ""
