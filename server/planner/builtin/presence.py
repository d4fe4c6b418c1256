"""What rows have or lack: flags, texts that are filled or empty, numbers that are 0, other rows.

Called by `filters.py`. Invariant: what is said to be missing is missing of the noun that the
sentence is about; a number of which 0 may be a value is asked back where that matters.
"""

from __future__ import annotations

from semantic.request import AnyOf, Filter, Related
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.naming import unit_of
from server.planner.builtin.reading import Reading
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import plain_form


def find_presence(reading: Reading) -> None:
    """Like "without a next step", "with a contact on file"."""
    for at in list(reading.free("dimension")):
        candidate = reading.dimension_of_kind(at, "boolean", "text")
        negated = at in reading.negated
        if candidate is None and negated and _lacks_number(reading, at):
            continue
        if candidate is None or at in reading.grouped:
            continue
        name = reading.reference(candidate)
        other = _lacked(reading, at) if negated else None
        if other is not None:
            reading.parts.related.append(Related(model=other, exists=False))
            reading.use(at)
        elif reading.kind_of(candidate) == "boolean":
            _set_flag(reading, at, name, is_so=not negated)
            reading.use(at)
        elif negated or follows_with(reading, at):
            op = "is_null" if negated else "is_not_null"
            reading.parts.filters.append(
                (at, Filter(dimension=name, op="is_null" if op == "is_null" else "is_not_null"))
            )
            reading.use(at)


def _set_flag(reading: Reading, at: int, name: str, *, is_so: bool) -> None:
    """Add what a flag says; "urgent versus non-urgent" is a split, and no row is both."""
    parts, wanted = reading.parts, Filter(dimension=name, values=(is_so,))
    if name in parts.group and reading.has_word("compare", "each_other"):
        return
    opposite = Filter(dimension=name, values=(not is_so,))
    if any(item == opposite for _, item in parts.filters) or name in parts.group:
        parts.unclear.append(f"It is not clear whether '{reading.items[at].text}' is a split here.")
    parts.filters.append((at, wanted))


def _lacks_number(reading: Reading, at: int) -> bool:
    """Like "tickets with no replies": the number is 0, or not known at all."""
    candidate = reading.dimension_of_kind(at, "number")
    if candidate is None:
        return False
    name = reading.reference(candidate)
    unknown = Filter(dimension=name, op="is_null")
    none = AnyOf(any=(Filter(dimension=name, values=(0,)), unknown))
    reading.use(at)
    label = reading.facts.model(candidate.model).dimensions[candidate.name].label
    counts = words_of(label)[-1:]
    total = reading.facts.aggregate(candidate.model, "sum", candidate.name)
    if "(" not in total or (counts and plain_form(counts[0]) != counts[0]):
        reading.parts.filters.append((at, none))
    else:  # nobody's rating is 0 where it may be one that was given
        reading.parts.ambiguous.append((f"no {reading.items[at].text}", (unknown, none)))
    return True


def find_stock(reading: Reading, at: int) -> bool:
    """Like "articles in stock": what adds up and is there is more than 0 of the rows in front.

    "Articles with stock" may be said of them as well, or ask for the number beside each.
    """
    candidate = reading.dimension_of_kind(at, "number")
    if candidate is None or candidate.model != reading.model:
        return False
    text = reading.items[at].text
    is_in = reading.introduced.get(at, ())[-1:] == ("in",)
    rows, is_with = reading.before(at), at > 0 and reading.items[at - 1].has_role("with")
    is_rows = rows is not None and reading.is_entity(rows) and rows not in reading.grouped
    total = reading.facts.aggregate(candidate.model, "sum", candidate.name)
    if is_in and at == 0 and len(reading.items) == 1 and _is_pile(reading, candidate, text):
        said = f"It is not clear of what 'in {text}' is said; please name it, or the number alone."
        reading.parts.unclear.append(said)
        return False
    if not (is_in or is_with) or not is_rows or "(" in total:
        return False
    if reading.has_word("how_much", "aggregate", "share", "order"):
        return False
    if is_in and not _is_pile(reading, candidate, text):
        return False
    if is_in and not (reading.parts.group or reading.parts.grain):
        there = Filter(dimension=reading.reference(candidate), op=">", values=(0,))
        reading.parts.filters.append((at, there))
    elif is_in or not reading.has_word("list", "which"):
        said = f"'{text}' may be what they have more than 0 of, or a number to be shown."
        reading.parts.unclear.append(said)
    else:
        return False
    reading.use(at)
    return True


def _is_pile(reading: Reading, number: Candidate, text: str) -> bool:
    """False for "orders in pieces", "sales in amount": what they are shown in."""
    dimension = reading.facts.model(number.model).dimensions[number.name]
    return not unit_of(dimension) and plain_form(text.lower()) == text.lower()


def _lacked(reading: Reading, at: int) -> str | None:
    """Like "customers with no visit on file": where the customers are asked for, they lack it.

    The subject decides: of an order the same words are said about the order itself.
    """
    words = reading.items[at].text.lower().split()
    parents = {
        c.model
        for n in range(at)
        for c in reading.items[n].candidates
        if c.kind == "model"
        or (c.kind == "dimension" and c.name == reading.facts.label_dimension(c.model))
    } | _counted_models(reading, at)
    parents &= set(reading.facts.model(reading.model).neighbours)
    if any(reading.is_entity(n) and not _is_object(reading, n) for n in range(at)):
        return None
    for relation in reading.facts.catalog.relationships:
        named = any(
            c.kind == "model" and c.model == relation.from_model
            for word in range(len(words))
            for match in reading.lexicon.find(words, word)
            for c in match.candidates
        )
        if named and relation.to_model in parents and relation.from_model != reading.model:
            return relation.from_model
    return None


def _counted_models(reading: Reading, before: int) -> set[str]:
    """The models whose members a metric counts by name: "accounts with open deals"."""
    found: set[str] = set()
    for item in reading.items[:before]:
        words = item.text.lower().split()
        if item.of("metric") and not item.of("model") and words:
            phrases = reading.lexicon.find(words, 0)
            found |= {c.model for one in phrases for c in one.candidates if c.kind == "model"}
    return found


def own_lack(reading: Reading, at: int) -> str | None:
    """The segment of the rows asked for that says the same: "without a visit" of an order."""
    if not any(reading.is_entity(n) and not _is_object(reading, n) for n in range(at)):
        return None
    for without in ("without", "no"):
        words = [without, *reading.items[at].text.lower().split()]
        for match in reading.lexicon.find(words, 0):
            own = [c for c in match.candidates if c.kind == "segment" and c.model == reading.model]
            if match.end == len(words) and own:
                return own[0].name
    return None


def _is_object(reading: Reading, at: int) -> bool:
    """True for rows that something else has: the orders of "customers with open orders"."""
    previous = reading.before(at, ("of",))
    while previous is not None and reading.items[previous].kind in ("segment", "value"):
        previous = reading.before(previous, ("of",))
    return previous is not None and reading.items[previous].has_role("with")


def follows_with(reading: Reading, at: int) -> bool:
    previous = reading.before(at, ("of", "distinct"))
    return previous is not None and reading.items[previous].has_role("with")
