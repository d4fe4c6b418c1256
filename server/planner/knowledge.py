"""What a planner must know of the data: members of text dimensions, and the dates they cover.

Called once per data version and set of roles. Asks in semantic SQL like everyone, so a member
hidden from the asker is not known to his planner. Invariant: bounded; nothing else is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from semantic.definitions import Catalog, Dimension, Model
from server.planner.plan import Coverage
from server.results import ResultTable

RunSql = Callable[[str, int], Awaitable[ResultTable]]
"""Semantic SQL and a row limit to a result."""

MAX_MEMBERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Members and coverage, by qualified dimension."""

    members: Mapping[str, tuple[str, ...]]
    coverage: Mapping[str, Coverage]


async def load_knowledge(catalog: Catalog, run: RunSql) -> Knowledge:
    """The knowledge of one version; raises what `run` raises."""
    members: dict[str, tuple[str, ...]] = {}
    coverage: dict[str, Coverage] = {}
    for model in catalog.models.values():
        for dimension in _named(catalog, model):
            found = await _load_members(model, dimension, run)
            if found is not None:
                members[dimension.qualified] = found
        for dimension in model.dimensions.values():
            if dimension.kind == "time" and not dimension.hidden:
                covered = await _load_coverage(model, dimension, run)
                if covered is not None:
                    coverage[dimension.qualified] = covered
    return Knowledge(members, coverage)


def _named(catalog: Catalog, model: Model) -> list[Dimension]:
    """The text dimensions whose members people call by name: no keys."""
    keys = {model.primary_key}
    for relation in catalog.relationships:
        keys |= {relation.from_dimension} if relation.from_model == model.name else set()
        keys |= {relation.to_dimension} if relation.to_model == model.name else set()
    return [
        d
        for d in model.dimensions.values()
        if d.kind == "text" and not d.hidden and d.name not in keys
    ]


async def _load_members(model: Model, dimension: Dimension, run: RunSql) -> tuple[str, ...] | None:
    # Names of the catalog, quoted; compiled like any other semantic SQL.
    name = f'"{dimension.name}"'
    sql = f'SELECT DISTINCT {name} FROM "{model.name}" WHERE {name} IS NOT NULL'  # noqa: S608
    table = await run(sql, MAX_MEMBERS)
    if table.truncated:
        return None
    return tuple(sorted(str(row[0]) for row in table.rows))


async def _load_coverage(model: Model, dimension: Dimension, run: RunSql) -> Coverage | None:
    name = f'"{dimension.name}"'
    sql = f'SELECT MIN({name}) AS low, MAX({name}) AS high FROM "{model.name}"'  # noqa: S608
    low, high = (await run(sql, 1)).rows[0]
    return Coverage(_day(low), _day(high)) if low is not None and high is not None else None


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
