"""What is asked of the groups just shown: "which office is he in?", "who manages it?", "its plan".

Called by `question.py` for a turn after an answer. Invariant: the property is that of the groups
shown or named before, and they stand beside it; it is never a split of everything.
"""

from __future__ import annotations

from typing import Final

from semantic.request import Filter, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.reading import Reading
from server.planner.builtin.words import section

WHICH_ONE: Final = "It is not clear which one of the answer before is meant; please name it."
NO_VERDICT: Final = "Whether it is so cannot be told; its numbers and properties can be asked for."
_ONE: Final = frozenset(section("one before").split()) | {"it"}
_SEVERAL: Final = frozenset({"they", "them", "their", "theirs"})
_SMALL: Final = ("which", "verb_is", "where", "pronoun", "of", "list", "follow", "and", "with")
_SHOWN: Final = ("text", "boolean", "time")


def asks_property(reading: Reading) -> bool:
    """True where a pronoun and one dimension are all that the turn names."""
    items = reading.items
    named = [n for n, item in enumerate(items) if item.kind != "word"]
    is_small = all(item.has_role(*_SMALL) for item in items if item.kind == "word")
    if len(named) != 1 or not is_small or items[named[0]].kind != "dimension":
        return False
    said = items[named[0]]
    return bool(_pronouns(reading)) and not said.of("metric") and not said.of("model")


def asks_whether(reading: Reading) -> bool:
    """True for "is it active?", which no list and no number answers."""
    items = reading.items
    is_yes_no = len(items) > 2 and items[0].has_role("verb_is") and items[1].has_role("pronoun")
    return is_yes_no and not reading.parts.measures and not reading.parts.group


def points_at_one(reading: Reading) -> bool:
    """True for a pronoun that stands for a single one: "he", "its"."""
    return bool(_pronouns(reading) & _ONE)


def property_of(reading: Reading, last: SemanticQuery, facts: Facts) -> SemanticQuery | None:
    """The groups of the last answer with their property; None where it is not clear of which.

    What the rows of another model say of a group is said under the conditions of that answer.
    """
    subject = subject_of(last, facts)
    if subject is None or last.model is None:
        return None
    owner = facts.dimension(last.model, subject.dimension)
    at = next(n for n, item in enumerate(reading.items) if item.kind != "word")
    fitting = [
        c
        for c in reading.items[at].of("dimension")
        if facts.model(c.model).dimensions[c.name].kind in _SHOWN
    ]
    if owner is None or not fitting:
        return None
    own = [c for c in fitting if c.model == owner.model and owner.model != last.model]
    if own:
        filters = (subject.model_copy(update={"dimension": owner.name}),)
        names = (owner.name, own[0].name)
        return SemanticQuery(model=owner.model, dimensions=names, filters=filters)
    return _over_rows(last, subject, facts.place(last.model, fitting), facts)


def _over_rows(
    last: SemanticQuery, subject: Filter, found: list[Candidate], facts: Facts
) -> SemanticQuery | None:
    if not found or last.model is None or last.part or last.overall:
        return None
    own = {name for metric in last.metrics for name in facts.own_segments(metric) or ()}
    names = (subject.dimension, facts.reference(last.model, found[0]))
    update: dict[str, object] = {
        "metrics": (), "dimensions": tuple(dict.fromkeys(names)), "detail": False, "share": False,
        "segments": tuple(dict.fromkeys((*last.segments, *sorted(own)))), "order_by": (),
        "limit": None, "limit_per": (), "place": None, "having": (),
    }  # fmt: skip
    if last.time is not None:
        update["time"] = last.time.model_copy(update={"grain": None, "compare": None})
    return last.model_copy(update=update)


def subject_of(last: SemanticQuery, facts: Facts) -> Filter | None:
    """The condition that says which members an answer is about; None where it names none, or two.

    Those of its own groups come first: "revenue of Acme by city" is about Acme.
    """
    named = [
        item
        for item in last.filters
        if isinstance(item, Filter) and item.op in ("=", "in") and _is_text(last, item, facts)
    ]
    grouped = [item for item in named if item.dimension in last.dimensions and not last.detail]
    single = [item for item in named if len(item.values) == 1 and _is_called(last, item, facts)]
    found = grouped or single
    return found[0] if len(found) == 1 else None


def _is_text(last: SemanticQuery, item: Filter, facts: Facts) -> bool:
    found = facts.dimension(last.model, item.dimension) if last.model else None
    return found is not None and found.kind == "text"


def _is_called(last: SemanticQuery, item: Filter, facts: Facts) -> bool:
    """True for the name of something, such as a customer's; its city is no name."""
    found = facts.dimension(last.model, item.dimension) if last.model else None
    return found is not None and facts.label_dimension(found.model) == found.name


def _pronouns(reading: Reading) -> set[str]:
    words = {item.text.lower() for item in reading.items if item.has_role("pronoun")}
    return words & (_ONE | _SEVERAL)
