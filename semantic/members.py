"""The catalog to the statements that note, in a new version, what its dimensions hold.

Called when a version is built, after its tables; read by planners in place of a scan. Invariant:
a dimension is noted as its model's rows have it, before any policy, and only where it does not
depend on the clock; the number of members noted is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from semantic.calendar import CalendarSql
from semantic.definitions import Catalog, Dimension, Model
from semantic.emit import Emitter
from semantic.sql_text import literal, quote

MAX_MEMBERS: Final = 20_000
"""Of a dimension with more, none is noted; nobody calls so many by name."""
MAX_SHAPES: Final = 40
"""Keys of more shapes are made by chance, and none of them can be told by its look."""
_DATABASE: Final = "revenue"
_TABLES: Final = (
    f"CREATE TABLE {_DATABASE}.meta.members (model VARCHAR, dimension VARCHAR, member VARCHAR)",
    f"COMMENT ON TABLE {_DATABASE}.meta.members IS 'One row per member of a text dimension, of"
    f" dimensions with at most {MAX_MEMBERS} members.'",
    f"CREATE TABLE {_DATABASE}.meta.coverage (model VARCHAR, dimension VARCHAR, members BIGINT,"
    " first_date DATE, last_date DATE)",
    f"COMMENT ON TABLE {_DATABASE}.meta.coverage IS 'One row per dimension looked at: how many"
    f" members a text has (up to {MAX_MEMBERS + 1}), which dates a time runs over.'",
    f"CREATE TABLE {_DATABASE}.meta.key_shapes (model VARCHAR, dimension VARCHAR, shape VARCHAR)",
    f"COMMENT ON TABLE {_DATABASE}.meta.key_shapes IS 'What the keys look like, each digit as a 9;"
    f" of keys with up to {MAX_SHAPES} shapes, and one more where there are too many.'",
)


def members_sql(catalog: Catalog) -> tuple[str, ...]:
    """The statements, in order, for a connection where the new file is attached as `revenue`."""
    return (*_TABLES, *_notes(catalog))


def key_dimension(model: Model) -> Dimension | None:
    """The visible text that a row is identified by, if there is one."""
    key = model.dimensions.get(model.primary_key)
    return key if key is not None and key.kind == "text" and not key.hidden else None


def named_dimensions(catalog: Catalog, model: Model) -> list[Dimension]:
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


def time_dimensions(model: Model) -> list[Dimension]:
    """The visible dates and times of a model."""
    return [d for d in model.dimensions.values() if d.kind == "time" and not d.hidden]


def _notes(catalog: Catalog) -> Iterator[str]:
    for model in catalog.models.values():
        table = f"{_DATABASE}.source.{quote(model.table.name)}"
        for dimension in named_dimensions(catalog, model):
            if not dimension.uses_as_of:
                yield from _note_members(catalog, dimension, table)
        for dimension in time_dimensions(model):
            if not dimension.uses_as_of:
                yield _note_dates(catalog, dimension, table)
        key = key_dimension(model)
        if key is not None and not key.uses_as_of:
            yield _note_shapes(catalog, key, table)


# S608: names and expressions of the catalog, quoted by the emitter.
def _note_members(catalog: Catalog, dimension: Dimension, table: str) -> Iterator[str]:
    names = f"{literal(dimension.model)}, {literal(dimension.name)}"
    is_it = f"(model, dimension) = ({names})"
    yield (
        f"INSERT INTO {_DATABASE}.meta.members SELECT {names}, member FROM"  # noqa: S608
        f" (SELECT DISTINCT {_expr(catalog, dimension)} AS member FROM {table})"
        f" WHERE member IS NOT NULL LIMIT {MAX_MEMBERS + 1}"
    )
    yield (
        f"INSERT INTO {_DATABASE}.meta.coverage SELECT {names}, count(*), NULL, NULL"  # noqa: S608
        f" FROM {_DATABASE}.meta.members WHERE {is_it}"
    )
    yield (
        f"DELETE FROM {_DATABASE}.meta.members WHERE {is_it} AND"  # noqa: S608
        f" (SELECT members FROM {_DATABASE}.meta.coverage WHERE {is_it}) > {MAX_MEMBERS}"
    )


def _note_shapes(catalog: Catalog, key: Dimension, table: str) -> str:
    names = f"{literal(key.model)}, {literal(key.name)}"
    return (
        f"INSERT INTO {_DATABASE}.meta.key_shapes SELECT {names}, shape FROM"  # noqa: S608
        f" (SELECT DISTINCT translate({_expr(catalog, key)}, '012345678', '999999999') AS shape"
        f" FROM {table}) WHERE shape IS NOT NULL LIMIT {MAX_SHAPES + 1}"
    )


def _note_dates(catalog: Catalog, dimension: Dimension, table: str) -> str:
    names = f"{literal(dimension.model)}, {literal(dimension.name)}"
    return (
        f"INSERT INTO {_DATABASE}.meta.coverage SELECT {names}, NULL,"  # noqa: S608
        f" CAST(min(day) AS DATE), CAST(max(day) AS DATE)"
        f" FROM (SELECT {_expr(catalog, dimension)} AS day FROM {table})"
    )


def _expr(catalog: Catalog, dimension: Dimension) -> str:
    return Emitter(CalendarSql(catalog)).expr(dimension.expr)
