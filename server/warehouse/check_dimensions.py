"""What a model says of single dimensions, proved on the data: members, orders, dates.

Called by `check`. Invariant: members are named only where the model itself lists members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from semantic.issues import did_you_mean, suggest
from semantic.spec import DimensionSpec, ModelSpec
from server.warehouse.claims import (
    Data,
    NotProvableError,
    Path,
    Proof,
    not_proved,
    rows_text,
    with_values,
)

EARLIEST, EARLIEST_OF_ALL, LATEST = "1970-01-01", "1850-01-01", "2100-12-31"
"""Dates outside are taken for typing errors (0025, 20205).

Only the time a model is followed over begins with the age of exports: people were born and
houses were built long before.
"""
MEMBERS_COMPARED = 10_000
MEMBERS_NAMED = 5
ROWS_LOOKED_AT = 1_000


def prove_dimension(
    data: Data, model: ModelSpec, dimension: DimensionSpec, path: Path
) -> Iterator[Proof]:
    name = f"{model.name}.{dimension.name}"
    if dimension.type == "time":
        yield _dates(data, model, dimension, f"dates of {name}", path)
    if not (dimension.order or dimension.value_synonyms):
        return
    try:
        counts = _members(data, model, dimension)
    except NotProvableError as reason:
        yield not_proved(f"members of {name}", reason, path)
        return
    if dimension.order:
        place = (*path, "order")
        yield _listed(f"order of {name}", dimension.order, counts, place)
        yield _unlisted(f"members of {name}", dimension.order, counts, place)
    if dimension.value_synonyms:
        place = (*path, "value_synonyms")
        yield _listed(f"value synonyms of {name}", tuple(dimension.value_synonyms), counts, place)


def _members(data: Data, model: ModelSpec, dimension: DimensionSpec) -> dict[str, int]:
    """Rows by member."""
    values = data.values(model, dimension.name)
    rows = data.fetch(
        f"WITH {with_values(values)} SELECT value::VARCHAR, count(*) FROM v "  # noqa: S608
        "WHERE value IS NOT NULL GROUP BY ALL ORDER BY ALL",
        values.parameters,
        limit=MEMBERS_COMPARED + 1,
    )
    if len(rows) > MEMBERS_COMPARED:
        raise NotProvableError(f"It has more than {MEMBERS_COMPARED:,} members.")
    return {str(member): int(count) for member, count in rows}


def _listed(name: str, listed: Sequence[str], counts: Mapping[str, int], path: Path) -> Proof:
    absent = [member for member in listed if member not in counts]
    if not absent:
        return Proof(name, True, f"All {len(listed)} listed members are in the data.", path=path)
    # A stage that no deal has reached yet is no fault; a misspelt one is: point at its neighbour.
    near = suggest(absent[0], [member for member in counts if member not in listed], limit=1)
    message = f"No row has {_enumerate(absent)}. {did_you_mean(near)}".strip()
    return Proof(name, False, message, len(absent), "warning", path)


def _unlisted(name: str, listed: Sequence[str], counts: Mapping[str, int], path: Path) -> Proof:
    extra = [member for member in counts if member not in listed]
    if not extra:
        return Proof(name, True, f"All {len(counts)} members are in the order.", path=path)
    rows = sum(counts[member] for member in extra)
    message = f"The order lacks {_enumerate(extra)} ({rows_text(rows)}); they are sorted last."
    return Proof(name, False, message, len(extra), "warning", path)


def _enumerate(members: Sequence[str]) -> str:
    named = ", ".join(f"'{member[:60]}'" for member in members[:MEMBERS_NAMED])
    more = len(members) - MEMBERS_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _dates(data: Data, model: ModelSpec, dimension: DimensionSpec, name: str, path: Path) -> Proof:
    earliest = EARLIEST if dimension.name == model.time else EARLIEST_OF_ALL
    try:
        values = data.values(model, dimension.name)
        known, outside, first, last = data.fetch(
            f"WITH {with_values(values)} SELECT count(value), count(*) FILTER "  # noqa: S608
            f"(value::TIMESTAMP < TIMESTAMP '{earliest}' "
            f"OR value::TIMESTAMP >= TIMESTAMP '{LATEST}' + INTERVAL 1 DAY), "
            "min(value)::DATE::VARCHAR, max(value)::DATE::VARCHAR FROM v",
            values.parameters,
        )[0]
    except NotProvableError as reason:
        return not_proved(name, reason, path)
    if not known:
        return Proof(name, False, "No row has a date.", severity="warning", path=path)
    span = f"from {first} to {last}"
    if not outside:
        return Proof(name, True, f"{known:,} dates {span}.", path=path)
    return Proof(
        name=name,
        ok=False,
        message=f"{outside:,} of {known:,} dates lie before {earliest} or after {LATEST} "
        f"({span}). Check the source's date formats.",
        rows=outside,
        severity="warning",
        path=path,
    )
