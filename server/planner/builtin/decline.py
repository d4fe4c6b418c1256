"""What to say when a question is not answered: what is missing, what there is, what to try.

Called by `planner.py`. Invariant: states no number; everything offered can be answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from semantic.request import SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.plan import Clarification, Option, Refusal

_SHOWN = 8


def available(facts: Facts) -> str:
    """The numbers and dimensions of the main model, and the other models, in one paragraph."""
    model = facts.model(facts.main_model())
    metrics = [m.label for m in model.metrics.values()][:_SHOWN]
    dimensions = [
        d.label
        for d in model.dimensions.values()
        if not d.hidden and d.kind == "text" and d.name != model.primary_key
    ][:_SHOWN]
    others = [
        m.label.lower() for m in facts.catalog.models.values() if m.name != model.name and m.metrics
    ]
    text = f"Available numbers include {', '.join(metrics)}"
    text = f"{text}; they can be split by {', '.join(dimensions)}."
    return f"{text} There are also numbers about {' and '.join(others)}." if others else text


def suggestions(facts: Facts) -> tuple[Option, ...]:
    """A few questions that are known to be answerable, one for each kind of metric."""
    model = facts.model(facts.main_model())
    picked = facts.catalog.spec.dashboard[0].metrics if facts.catalog.spec.dashboard else ()
    names = [name for name in picked if name in facts.catalog.metrics] or list(model.metrics)[:4]
    options = []
    for name in names[:4]:
        metric = facts.catalog.metrics[name]
        query = SemanticQuery(model=metric.model, metrics=(name,))
        options.append(Option(metric.label, f"What is the {metric.label.lower()}?", query))
    return tuple(options)


def refuse(facts: Facts, missing: Sequence[str]) -> Refusal:
    """A refusal for words that the data knows nothing about."""
    listed = " ".join(missing) if len(missing) <= 3 else ", ".join(missing[:5])
    message = (
        f'The data does not tell about "{listed}", so this cannot be answered. {available(facts)}'
    )
    return Refusal(message, tuple(missing), suggestions(facts))


def refuse_lacking(facts: Facts, sentences: Sequence[str]) -> Refusal:
    """A refusal for what the rows asked about do not hold."""
    return Refusal(
        f"{' '.join(dict.fromkeys(sentences))} {available(facts)}", (), suggestions(facts)
    )


def refuse_instruction(facts: Facts) -> Refusal:
    """A refusal for text that tries to command instead of asking."""
    message = f"Only questions about the data are answered here. {available(facts)}"
    return Refusal(message, (), suggestions(facts))


def ask_back(facts: Facts, reasons: Sequence[str] = ()) -> Clarification:
    """A clarification with concrete options."""
    said = " ".join(dict.fromkeys(reasons)) or "Which number would you like to see?"
    please = "Please say which metric, and if you like by what or for which period."
    message = f"{said} {please} {available(facts)}"
    return Clarification(message, suggestions(facts))
