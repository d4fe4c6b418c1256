"""What to say when a question is not answered: what is missing, what there is, what to try.

Called by `planner.py`. Invariant: states no number; everything offered can be answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from semantic.definitions import Metric, Model
from semantic.request import SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.plan import Clarification, Option, Refusal

_SHOWN = 8


def available(facts: Facts, about: str | None = None) -> str:
    """The numbers and dimensions of a model, by default the main one, and what else there is."""
    model = _subject(facts, about)
    metrics = [m.label for m in model.metrics.values()][:_SHOWN]
    dimensions = [
        d.label
        for d in model.dimensions.values()
        if not d.hidden and d.kind == "text" and d.name != model.primary_key
    ][:_SHOWN]
    others = [
        m.label.lower() for m in facts.catalog.models.values() if m.name != model.name and m.metrics
    ]
    numbers = metrics or [f"how many {model.label.lower()} there are"]
    text = f"Available numbers include {', '.join(numbers)}"
    text = f"{text}; they can be split by {', '.join(dimensions)}." if dimensions else f"{text}."
    return f"{text} There are also numbers about {_listed(others)}." if others else text


def _subject(facts: Facts, about: str | None) -> Model:
    """The model asked about, where it has numbers of its own to offer; else the main one."""
    model = facts.model(about) if about else None
    has_numbers = model is not None and (model.time is not None or len(model.metrics) > 1)
    return model if model is not None and has_numbers else facts.model(facts.main_model())


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def suggestions(facts: Facts, about: str | None = None) -> tuple[Option, ...]:
    """A few questions that are known to be answerable, one for each kind of metric."""
    model = _subject(facts, about)
    tiles = facts.catalog.spec.dashboard
    picked = tiles[0].metrics if tiles and model.name == facts.main_model() else ()
    names = [name for name in picked if name in facts.catalog.metrics] or list(model.metrics)[:4]
    options = []
    for name in names[:4]:
        metric = facts.catalog.metrics[name]
        query = SemanticQuery(model=metric.model, metrics=(name,))
        options.append(Option(metric.label, question_for(metric), query))
    if not options:
        count = SemanticQuery(model=model.name, metrics=(facts.count_metric(model.name),))
        question = f"How many {model.label.lower()} are there?"
        options.append(Option(f"Number of {model.label.lower()}", question, count))
    return tuple(options)


def question_for(metric: Metric) -> str:
    """The question that a metric answers, in the number of its label."""
    label = metric.label.lower()
    is_plural = label.endswith("s") and not label.endswith("ss")
    if is_plural and metric.agg in ("count", "count_distinct"):
        return f"How many {label} are there?"
    return f"What are the {label}?" if is_plural else f"What is the {label}?"


def refuse(facts: Facts, missing: Sequence[str], about: str | None = None) -> Refusal:
    """A refusal for words that the data knows nothing about."""
    listed = " ".join(missing) if len(missing) <= 3 else ", ".join(missing[:5])
    message = f'The data does not tell about "{listed}", so this cannot be answered.'
    message = f"{message} {available(facts, about)}"
    return Refusal(message, tuple(missing), suggestions(facts, about))


def refuse_lacking(facts: Facts, sentences: Sequence[str], about: str | None = None) -> Refusal:
    """A refusal for what the rows asked about do not hold."""
    message = f"{' '.join(dict.fromkeys(sentences))} {available(facts, about)}"
    return Refusal(message, (), suggestions(facts, about))


def refuse_instruction(facts: Facts) -> Refusal:
    """A refusal for text that tries to command instead of asking."""
    message = f"Only questions about the data are answered here. {available(facts)}"
    return Refusal(message, (), suggestions(facts))


def ask_back(facts: Facts, reasons: Sequence[str] = (), about: str | None = None) -> Clarification:
    """A clarification with concrete options."""
    said = " ".join(dict.fromkeys(reasons)) or "Which number would you like to see?"
    please = "Please say which metric, and if you like by what or for which period."
    message = f"{said} {please} {available(facts, about)}"
    return Clarification(message, suggestions(facts, about))
