"""What a planner must know of the data: members of texts, shapes of keys, the dates covered.

Called once per data version and set of roles. What the version has noted is taken from there;
the rest is asked in semantic SQL like everyone asks, so that a member hidden from the asker is not
known to his planner. Invariant: bounded; nothing else is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from semantic.definitions import Catalog, Dimension, Model
from semantic.members import (
    MAX_MEMBERS,
    MAX_SHAPES,
    key_dimension,
    named_dimensions,
    time_dimensions,
)
from server.planner.plan import Coverage
from server.results import ResultTable

RunSql = Callable[[str, int], Awaitable[ResultTable]]
"""Semantic SQL and a row limit to a result."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Members, coverage and shapes of keys, by qualified dimension."""

    members: Mapping[str, tuple[str, ...]]
    coverage: Mapping[str, Coverage]
    key_shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the keys look like, each digit as a 9: "INV-99999"; none where they differ too much."""


NOTHING: Final = Knowledge({}, {})


async def load_knowledge(
    catalog: Catalog,
    run: RunSql,
    noted: Knowledge = NOTHING,
    too_many: frozenset[str] = frozenset(),
) -> Knowledge:
    """The knowledge of one version; raises what `run` raises.

    Args:
        noted: what the version itself tells, of dimensions that are not hidden from the asker in
            part; those are not asked for again.
        too_many: dimensions noted to have more members than anybody knows by name, and keys of
            too many shapes.
    """
    members, coverage = dict(noted.members), dict(noted.coverage)
    key_shapes = dict(noted.key_shapes)
    for model in catalog.models.values():
        for dimension in named_dimensions(catalog, model):
            if dimension.qualified in members or dimension.qualified in too_many:
                continue
            found = await _load_members(model, dimension, run)
            if found is not None:
                members[dimension.qualified] = found
        for dimension in time_dimensions(model):
            if dimension.qualified in coverage:
                continue
            covered = await _load_coverage(model, dimension, run)
            if covered is not None:
                coverage[dimension.qualified] = covered
        key = key_dimension(model)
        if key is None or key.qualified in key_shapes or key.qualified in too_many:
            continue
        shapes = await _load_shapes(model, key, run)
        if shapes is not None:
            key_shapes[key.qualified] = shapes
    return Knowledge(members, coverage, key_shapes)


async def _load_members(model: Model, dimension: Dimension, run: RunSql) -> tuple[str, ...] | None:
    # Names of the catalog, quoted; compiled like any other semantic SQL.
    name = f'"{dimension.name}"'
    sql = f'SELECT DISTINCT {name} FROM "{model.name}" WHERE {name} IS NOT NULL'  # noqa: S608
    table = await run(sql, MAX_MEMBERS)
    if table.truncated:
        return None
    return tuple(sorted(str(row[0]) for row in table.rows))


async def _load_shapes(model: Model, key: Dimension, run: RunSql) -> tuple[str, ...] | None:
    name = shape = f'"{key.name}"'
    for digit in range(9):
        shape = f"replace({shape}, '{digit}', '9')"
    # Names of the catalog, quoted; compiled like any other semantic SQL.
    sql = f'SELECT DISTINCT {shape} AS shape FROM "{model.name}" WHERE {name} IS NOT NULL'  # noqa: S608
    table = await run(sql, MAX_SHAPES)
    return None if table.truncated else tuple(sorted(str(row[0]) for row in table.rows))


async def _load_coverage(model: Model, dimension: Dimension, run: RunSql) -> Coverage | None:
    name = f'"{dimension.name}"'
    sql = f'SELECT MIN({name}) AS low, MAX({name}) AS high FROM "{model.name}"'  # noqa: S608
    low, high = (await run(sql, 1)).rows[0]
    return Coverage(_day(low), _day(high)) if low is not None and high is not None else None


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
