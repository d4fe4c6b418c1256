"""Members that something never happened to: "customers without orders in 2024".

A step of composing, before groups and measures. Invariant: an absence is said of the members, so
a member without any row counts too; it is never a condition on the rows that there are.
"""

from __future__ import annotations

from semantic.request import Filter, Related
from semantic.request_names import find_shared_key
from server.planner.builtin.reading import Reading


def find_absence(reading: Reading) -> None:
    """Set model and related rows for a noun that lacks rows of another model.

    Only where the sentence measures nothing: "revenue excluding cancelled orders" is about rows.
    """
    subject = _subject(reading)
    missing = sorted(reading.negated)
    if subject is None or not missing or reading.parts.related or _measures(reading, missing):
        return
    owner = reading.items[subject].of("model")[0].model
    names = [_model_of(reading, at, owner) for at in missing]
    if any(name is None for name in names) or len(set(names)) != 1:
        return
    other, catalog = str(names[0]), reading.facts.catalog
    reading.model = owner
    times = list(reading.free("time"))
    reading.use(*missing, *times)
    keys = find_shared_key(catalog, catalog.models[owner], catalog.models[other]) if other else None
    members = _members(reading, other, missing)
    dates = _dates(reading, other, times) if other else None
    if keys is None or members is None or dates is None or _others(reading):
        said = " ".join(reading.items[at].text for at in missing)
        reading.parts.unclear.append(
            f"It is not clear whether '{said}' is missing altogether or only in some rows."
        )
        return
    segments = tuple(
        c.name for at in missing for c in reading.items[at].of("segment") if c.model == other
    )
    reading.parts.related.append(
        Related(model=other, exists=False, segments=segments, filters=(*members, *dates))
    )


def _subject(reading: Reading) -> int | None:
    """The first noun that names rows, where it stands in front of what is missing."""
    nouns = [n for n, item in enumerate(reading.items) if item.of("model")]
    first = nouns[0] if nouns else None
    if first is None or first in reading.negated or not reading.negated:
        return None
    return first if first < min(reading.negated) else None


def _measures(reading: Reading, missing: list[int]) -> bool:
    """True where a number is asked for that is not a count of the members."""
    for at, item in enumerate(reading.items):
        is_number = item.of("metric") and not item.of("model")
        if at not in missing and (is_number or item.has_role("by", "share", "aggregate", "trend")):
            return True
        if item.kind in ("ranking", "grain", "condition"):
            return True
    return False


def _model_of(reading: Reading, at: int, owner: str) -> str | None:
    """The model that the missing rows are of; None where they are no rows of another model.

    An empty text where a member is missing that several models have a place for.
    """
    item, facts = reading.items[at], reading.facts
    own = {owner, *facts.model(owner).neighbours}
    if any(c.model in own for c in (*item.of("segment"), *item.of("dimension"), *item.of("value"))):
        return None
    found = {c.model for c in (*item.of("model"), *item.of("segment"))}
    members = {c.model for c in item.of("value")} if not found else set()
    near = [
        name
        for name, model in facts.catalog.models.items()
        if owner in model.neighbours and (name in found or members & {name, *model.neighbours})
    ]
    if len(near) == 1:
        return near[0]
    return "" if members else None


def _members(reading: Reading, model: str, missing: list[int]) -> tuple[Filter, ...] | None:
    """The members named as conditions on the other model; None where that is not clear."""
    found: list[Filter] = []
    for at in missing:
        item = reading.items[at]
        if item.of("model") or item.of("segment"):
            continue
        placed = reading.facts.place(model, item.of("value")) if model else []
        if len(placed) != 1:
            return None
        name = reading.facts.reference(model, placed[0])
        values = placed[0].values
        found.append(Filter(dimension=name, op="in" if len(values) > 1 else "=", values=values))
    return tuple(found)


def _dates(reading: Reading, model: str, times: list[int]) -> tuple[Filter, ...] | None:
    """The periods named as conditions on the other model's date; None where that is not clear."""
    time = reading.facts.model(model).time
    found: list[Filter] = []
    for at in times:
        period = reading.items[at].period
        if period is None or time is None or period.fiscal is not None or len(times) > 1:
            return None
        wanted = period.range
        if wanted.start is not None:
            found.append(Filter(dimension=time, op=">=", values=(wanted.start,)))
        if wanted.end is not None:
            found.append(Filter(dimension=time, op="<", values=(wanted.end,)))
    return tuple(found)


def _others(reading: Reading) -> bool:
    """True where a member or segment is named that is not one of the subject's own."""
    reach = set(reading.facts.reach(reading.model))
    return any(
        not any(c.model in reach for c in (*item.of("value"), *item.of("segment")))
        for item in (reading.items[at] for at in reading.free("value", "segment"))
    )
