"""What is said of members by all their rows: "customers with both ...", "never ...", "only ...".

A step of composing, before the groups. Invariant: such a sentence counts or lists the members
themselves; where its rows cannot be told from the words it is asked back, never read row by row.
"""

from __future__ import annotations

from semantic import syntax
from semantic.request import Filter, Related
from server.planner.builtin.facts import members_of
from server.planner.builtin.reading import GLUE, Measure, Reading

_PASSED = (*GLUE, "which", "list", "count", "with", "and", "only", "not", "verb_is", "distinct")
_Row = tuple[tuple[str, ...], tuple[Filter, ...]]
"""Segments and filters of one row that a member must or must not have."""


def find_quantified(reading: Reading) -> None:
    """Fill `parts.related` and what is counted or listed, where a member is said to have rows."""
    for at, item in enumerate(reading.items):
        is_never = item.text.lower() == "never" and item.has_role("not")
        is_only = item.has_role("only") and not reading.items[max(0, at - 1)].has_role("not")
        if not (is_never or is_only or at in reading.both):
            continue
        first = at if at in reading.both else reading.after(at)
        subject = _subject(reading, at)
        if first is None or subject is None:
            continue
        child, rows, end = _rows_said(reading, first, subject[1], joined=at in reading.both)
        if not rows:
            continue
        related = _related(reading, child, rows, is_never=is_never, is_only=is_only)
        if related is None or not _is_whole(reading, subject[0], at, end):
            text = " ".join(one.text for one in reading.items[at:end])
            reading.parts.unclear.append(
                f"It is not clear whether '{text}' is said of each of the "
                f"{reading.facts.model(subject[1]).label.lower()} or of single "
                f"{reading.facts.model(child).label.lower()}."
            )
            reading.use(*range(at, end))
            return
        _ask_members(reading, subject, related)
        reading.use(*range(end))
        return


def _subject(reading: Reading, before: int) -> tuple[int, str] | None:
    """The noun that names the rows of a model others belong to, and that model."""
    for at in range(before):
        previous = reading.before(at)
        if previous is not None and reading.items[previous].has_role("by"):
            continue
        names = {c.model for c in reading.items[at].of("model")} | {
            c.model
            for c in reading.items[at].of("dimension")
            if c.name == reading.facts.label_dimension(c.model)
        }
        for name in sorted(names):
            if any(r.to_model == name for r in reading.facts.catalog.relationships):
                return at, name
    return None


def _rows_said(
    reading: Reading, first: int, parent: str, *, joined: bool
) -> tuple[str, list[_Row], int]:
    """The model of the rows, what is said of each, and the item behind the sentence."""
    rows: list[_Row] = []
    child, at = "", first
    while at < len(reading.items):
        row = _row(reading, at, parent, child)
        if row is not None and (not rows or joined):
            child = child or row[0]
            rows.append(row[1])
        elif not reading.items[at].has_role("and", *GLUE):
            break
        at += 1
    if child and at < len(reading.items):
        at += any(c.model == child for c in reading.items[at].of("model"))
    return child, rows if len(rows) > 1 or not joined else [], at


def _row(reading: Reading, at: int, parent: str, child: str) -> tuple[str, _Row] | None:
    item = reading.items[at]
    for candidate in (*item.of("segment"), *item.of("value")):
        owner = child or _child_of(reading, parent, candidate.model)
        if owner is None or not reading.facts.place(owner, [candidate]):
            continue
        if candidate.kind == "segment":
            return owner, ((reading.facts.reference(owner, candidate),), ())
        name = reading.facts.reference(owner, candidate)
        found = Filter(dimension=name, op="in", values=candidate.values)
        return owner, ((), (found,))
    return None


def _child_of(reading: Reading, parent: str, model: str) -> str | None:
    """The model whose rows belong to the parent and can be told apart by something of `model`."""
    children = [r.from_model for r in reading.facts.catalog.relationships if r.to_model == parent]
    fitting = [name for name in children if model in reading.facts.reach(name)]
    return model if model in fitting else (fitting[0] if len(fitting) == 1 else None)


def _related(
    reading: Reading, child: str, rows: list[_Row], *, is_never: bool, is_only: bool
) -> list[Related] | None:
    segments, filters = rows[0]
    if is_never:
        return [Related(model=child, exists=False, segments=segments, filters=filters)]
    if not is_only:
        return [Related(model=child, segments=one, filters=other) for one, other in rows]
    others = [_all_but(item) for item in filters] + [
        found for name in segments for found in [_outside(reading, child, name)]
    ]
    known = [item for item in others if item is not None]
    if len(known) != 1 or len(others) != 1:
        return None
    return [
        Related(model=child, segments=segments, filters=filters),
        Related(model=child, exists=False, filters=(known[0],)),
    ]


def _all_but(item: Filter) -> Filter:
    return Filter(dimension=item.dimension, op="not_in", values=item.values)


def _outside(reading: Reading, child: str, segment: str) -> Filter | None:
    """The rows that are not in a segment, where its condition names members of one dimension."""
    found = reading.facts.model(child).segments.get(segment)
    if found is None or isinstance(found.filter, syntax.Logic):
        return None
    allowed = members_of(found.filter)
    if len(allowed) != 1:
        return None
    dimension, one = next(iter(allowed.items()))
    values = tuple(sorted(str(value) for value in one.members))
    if any(not isinstance(value, str) for value in one.members):
        return None
    return Filter(dimension=dimension, op="in" if one.is_complement else "not_in", values=values)


def _is_whole(reading: Reading, subject: int, at: int, end: int) -> bool:
    """True where nothing else is said: no metric, period or further condition."""
    rest = [*range(at), *range(end, len(reading.items))]
    return all(
        n == subject or (reading.items[n].kind == "word" and reading.items[n].has_role(*_PASSED))
        for n in rest
    )


def _ask_members(reading: Reading, subject: tuple[int, str], related: list[Related]) -> None:
    at, model = subject
    reading.model = model
    reading.parts.related += related
    counts = reading.words("count")
    if counts:
        metric = reading.facts.count_metric(model)
        reading.parts.measures.append(Measure(metric, frozenset(), counts[0]))
        reading.use(*counts)
    else:
        reading.parts.group.append(reading.facts.label_dimension(model))
    reading.use(at)
