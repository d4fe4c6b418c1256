"""One question with several readings: an option for each, settled where all give the same rows.

Called by `question.py` when nothing else is unclear. Invariant: where more than one word is open,
or a reading takes several queries, nothing is settled: the asker chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic.request import SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import polish, to_queries
from server.planner.builtin.periods import Period
from server.planner.builtin.reading import Reading, put_choice
from server.planner.builtin.wording import interpret
from server.planner.plan import Clarification, Option, Plan


def plan_readings(reading: Reading) -> Plan:
    """A word that may stand for several conditions: one option for each."""
    parts = reading.parts
    word, choices = parts.ambiguous[0]
    for _, others in parts.ambiguous[1:]:
        put_choice(parts, others[0])
    filters, segments, related = parts.filters, parts.segments, parts.related
    options = []
    for choice in choices:
        parts.filters, parts.segments = [*filters], [*segments]
        parts.related = [*related]
        put_choice(parts, choice)
        options.append(_option(reading))
    message = f"'{word}' can be read in more than one way. Which one do you mean?"
    return Plan(Clarification(message, tuple(options), settle=_is_one(reading)))


def plan_numbers(reading: Reading) -> Plan:
    """What one word may count: "how many replies" their sum or mean, "laptops" orders or pieces.

    Where all come to the same, as of a single row, it is answered.
    """
    parts = reading.parts
    measures, (said, names) = parts.measures, parts.either[0]
    options = []
    for name in names:
        parts.measures = [
            replace(one, metric=name) if one.metric == said else one for one in measures
        ]
        options.append(_option(reading))
    message = "More than one number may be meant here. Which one do you mean?"
    return Plan(Clarification(message, tuple(options), settle=_is_one(reading)))


def plan_means(readings: Sequence[SemanticQuery], facts: Facts) -> Plan:
    """A mean over groups with rows, and over all groups."""
    texts = [interpret(query, facts) for query in readings]
    options = [Option(text, text, query) for text, query in zip(texts, readings, strict=True)]
    message = "The mean may be over all of them or only over those that have any. Which one?"
    return Plan(Clarification(message, tuple(options), settle=True))


def plan_mean_of_some(query: SemanticQuery, facts: Facts) -> Plan:
    """A mean over groups that are rows of another model: only those with any are at hand."""
    text = f"{interpret(query, facts)}; only over those that have any"
    message = (
        "Those without any are not among these rows; the mean can be taken over those that have"
        " any. Is that what you mean?"
    )
    return Plan(Clarification(message, (Option(text, text, query),)))


def plan_either(kept: Sequence[SemanticQuery], fresh: SemanticQuery, facts: Facts) -> Plan:
    """A turn that may go on with what was asked before, or be about everything."""
    message = "This may go on with what was asked before, or be about all there is. Which one?"
    if not kept:
        message = "It is not clear how this goes on with the answer before."
    return offer((*kept, fresh), message, facts, settle=bool(kept))


def offer(
    queries: Sequence[SemanticQuery], message: str, facts: Facts, *, settle: bool = False
) -> Plan:
    """Asks back with each of the queries as an option."""
    texts = [interpret(query, facts) for query in queries]
    options = [
        Option(text, text, polish(query, facts)) for text, query in zip(texts, queries, strict=True)
    ]
    return Plan(Clarification(message, tuple(options), settle=settle), has_context=True)


def plan_calendars(reading: Reading) -> Plan:
    """The calendar and the fiscal reading of "last year" and the like, side by side."""
    parts = reading.parts
    queries = []
    for periods in calendars_of(parts.periods):
        parts.periods = periods
        queries.append(to_queries(parts, reading.model, reading.facts)[0])
    return offer_calendars(queries, reading.facts)


def calendars_of(periods: Sequence[Period]) -> tuple[list[Period], list[Period]]:
    """The periods as the calendar has them, and as the fiscal year does."""
    plain = [replace(p, fiscal=None) for p in periods]
    return plain, [replace(p, range=p.fiscal or p.range, fiscal=None) for p in periods]


def plan_changes(query: SemanticQuery, facts: Facts) -> Plan:
    """A ranking by how much groups changed: by the amount and in percent, unless they agree."""
    first = query.order_by[0]
    by = first.model_copy(update={"name": f"{first.name}_percent"})
    both = (query, query.model_copy(update={"order_by": (by,)}))
    message = "They may be ranked by how much they changed or by how much of it. Which one?"
    return replace(offer(both, message, facts, settle=True), has_context=False)


def offer_calendars(queries: Sequence[SemanticQuery], facts: Facts) -> Plan:
    """One option for each calendar; settled where they give the same."""
    message = "The fiscal year is not the calendar year here. Which one do you mean?"
    return replace(offer(queries, message, facts, settle=True), has_context=False)


def _option(reading: Reading) -> Option:
    """What the parts say as they stand."""
    query = to_queries(reading.parts, reading.model, reading.facts)[0]
    text = interpret(query, reading.facts)
    return Option(text, text, polish(query, reading.facts))


def _is_one(reading: Reading) -> bool:
    """True where one word is open and one query says all, so that equal rows settle it."""
    parts = reading.parts
    is_single = len(parts.ambiguous) + len(parts.either) == 1
    return is_single and (parts.detail or len(to_queries(parts, reading.model, reading.facts)) == 1)
