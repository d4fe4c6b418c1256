"""Rows that have rows of another model: "how many orders have a complaint".

A step of composing, after the absences and before the groups. Invariant: the rows asked for are
those of the first noun; what they have is a condition on them and never what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from semantic.request import Filter, Related
from semantic.request_names import find_shared_key
from server.planner.builtin.reading import Reading


def find_existence(reading: Reading) -> None:
    """Set model and related rows where the noun asked for cannot be counted by a name of its own.

    A noun with a name is grouped by or counted over the rows that it has: the same number.
    """
    subject = next((n for n, item in enumerate(reading.items) if item.of("model")), None)
    owner = reading.other_model(subject) if subject is not None else None
    if subject is None or owner is None or subject in reading.negated:
        return
    if reading.dimensions(subject) or reading.is_entity(subject) or reading.parts.related:
        return
    found = _object(reading, subject)
    if found is None:
        return
    child, catalog = reading.model, reading.facts.catalog
    conditions = _conditions(reading, *found)
    keys = find_shared_key(catalog, catalog.models[owner], catalog.models[child])
    if conditions is None or keys is None or any(True for _ in reading.free("time", "grain")):
        said = " ".join(item.text for item in reading.items[found[0] : found[1] + 1])
        reading.parts.unclear.append(f"It is not clear what else is said of '{said}'.")
        return
    segments, filters = conditions
    reading.model = owner
    reading.use(*range(found[0], found[1] + 1))
    reading.parts.related.append(Related(model=child, segments=segments, filters=filters))


def _object(reading: Reading, subject: int) -> tuple[int, int] | None:
    """The first and the last item behind "have" that name the rows of the model chosen."""
    having = [n for n in reading.words("with") if n > subject]
    if not having or any(not _is_own(reading, n, subject) for n in range(subject + 1, having[0])):
        return None
    first = reading.after(having[0])
    if first is None or first in reading.negated:
        return None
    last = reading.skip_modifiers(first, 1)
    if last is not None and reading.is_entity(last):
        return first, last
    is_named = any(c.model == reading.model for c in reading.items[first].of("segment"))
    return (first, first) if is_named else None


def _is_own(reading: Reading, at: int, subject: int) -> bool:
    """True for a condition on the subject itself: "delayed shipments from Rotterdam with ..."."""
    owner = reading.other_model(subject)
    return any(c.model == owner for c in reading.items[at].candidates) or reading.items[
        at
    ].has_role("verb_is", "where", "of")


def _conditions(
    reading: Reading, first: int, last: int
) -> tuple[tuple[str, ...], tuple[Filter, ...]] | None:
    """Segments and members said of the rows that are had; None where one is not theirs."""
    segments: list[str] = []
    filters: list[Filter] = []
    for at in range(first, last + 1):
        said = list(_said(reading, at))
        if reading.is_entity(at) or reading.items[at].has_role("of", "with", "verb_is"):
            continue
        if not said:
            return None
        segments += [one for one in said if isinstance(one, str)]
        filters += [one for one in said if isinstance(one, Filter)]
    return tuple(segments), tuple(filters)


def _said(reading: Reading, at: int) -> Iterator[str | Filter]:
    """The one condition that item `at` is on the rows of the model chosen."""
    segments = [c for c in reading.items[at].of("segment") if c.model == reading.model]
    values = [c for c in reading.items[at].of("value") if c.model == reading.model]
    if segments:
        yield segments[0].name
    elif len(values) == 1:
        yield Filter(dimension=values[0].name, op="in", values=values[0].values)
