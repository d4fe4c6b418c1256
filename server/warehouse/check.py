"""A model's claims about its data, each proved or refuted on a DuckDB file.

Called by `revenue check`, and before a new version is published. Reads only; every claim is
tried, whatever became of the others. Invariant: no row of the data is quoted, only members
of dimensions that the model lists in an order or by synonyms.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from semantic.compiled import Value
from semantic.issues import did_you_mean, suggest
from semantic.spec import DimensionSpec, ModelSpec, RelationshipSpec, SemanticModelSpec

Path = tuple[str | int, ...]

EARLIEST, LATEST = "1970-01-01", "2100-12-31"
"""Dates outside are taken for typing errors (0025, 20205)."""
MEMBERS_COMPARED = 10_000
MEMBERS_NAMED = 5
ROWS_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled SELECT: `parameters[i]` is bound to `$(i+1)`."""

    name: str
    sql: str
    parameters: tuple[Value, ...] = ()
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one claim."""

    name: str
    """The claim, as "primary key of opportunities"."""
    ok: bool
    message: str
    rows: int = 0
    """Rows (for members: members) that break the claim."""
    severity: Literal["error", "warning"] = "error"
    """Of a refuted claim: an error can make a number wrong, a warning cannot."""
    path: Path = ()
    """Keys into the model file, for its file and line."""


def prove(
    connection: duckdb.DuckDBPyConnection,
    spec: SemanticModelSpec,
    *,
    dimension_sql: Mapping[str, Statement],
    statements: Sequence[Statement] = (),
    catalog: str = "revenue",
) -> list[Proof]:
    """One proof per claim of the model, in the order of the model file; never raises for data.

    Args:
        connection: holds the tables in the schema `source` of `catalog`.
        dimension_sql: by "model.dimension", for every dimension with an `expr`: a SELECT
            with one row per row of the model and the value in its only column.
        statements: compiled segments and metrics, proved to run and to yield finite numbers.
    """
    data = _Data(connection, spec, dimension_sql, catalog)
    proofs: list[Proof] = []
    for number, model in enumerate(spec.models):
        path: Path = ("models", number)
        missing = list(_missing_columns(data, model, path))
        proofs += missing
        if any(proof.path == (*path, "source") for proof in missing):
            continue
        proofs.append(_primary_key(data, model, path))
        for place, dimension in enumerate(model.dimensions):
            proofs += _dimension(data, model, dimension, (*path, "dimensions", place))
    for number, relationship in enumerate(spec.relationships):
        proofs += _relationship(data, relationship, ("relationships", number))
    proofs += [_runs(data, statement) for statement in statements]
    return proofs


def prove_keys(
    connection: duckdb.DuckDBPyConnection,
    spec: SemanticModelSpec,
    *,
    dimension_sql: Mapping[str, Statement],
    catalog: str = "revenue",
) -> list[Proof]:
    """One proof per primary key and relationship: what every join of the version relies on."""
    data = _Data(connection, spec, dimension_sql, catalog)
    proofs = [_primary_key(data, m, ("models", n)) for n, m in enumerate(spec.models)]
    for number, relationship in enumerate(spec.relationships):
        proofs += _relationship(data, relationship, ("relationships", number))
    return proofs


# ------------------------------------------------------------------ access to the data


class _NotProvableError(Exception):
    """The claim cannot be tried; the text says why."""


@dataclass(frozen=True, slots=True)
class _Data:
    connection: duckdb.DuckDBPyConnection
    spec: SemanticModelSpec
    dimension_sql: Mapping[str, Statement]
    catalog: str

    def columns(self, table: str) -> frozenset[str]:
        """The column names of a table; empty when there is no such table."""
        rows = self.fetch(
            "SELECT column_name FROM duckdb_columns() "
            "WHERE database_name = $1 AND schema_name = 'source' AND table_name = $2",
            [self.catalog, table],
        )
        return frozenset(str(row[0]) for row in rows)

    def values(self, model: ModelSpec, dimension_name: str) -> Statement:
        """A SELECT of one dimension's values, one row per row of the model."""
        name = f"{model.name}.{dimension_name}"
        given = self.dimension_sql.get(name)
        if given:
            return given
        found = next((d for d in model.dimensions if d.name == dimension_name), None)
        if found is None:
            raise _NotProvableError(f"'{name}' is not a dimension.")
        if found.expr:
            raise _NotProvableError(f"'{name}' is computed, and its SQL was not given.")
        table = f"{_quoted(self.catalog)}.source.{_quoted(model.source)}"
        # The names come from the model, which admits [a-z0-9_] only.
        return Statement(name, f"SELECT {_quoted(dimension_name)} FROM {table}")  # noqa: S608

    def fetch(
        self, sql: str, parameters: Sequence[Value], limit: int = -1
    ) -> list[tuple[Any, ...]]:
        """The rows, at most `limit` of them unless it is negative."""
        try:
            cursor = self.connection.execute(sql, list(parameters))
            return cursor.fetchall() if limit < 0 else cursor.fetchmany(limit)
        except duckdb.Error as error:
            raise _NotProvableError(_in_words(error)) from error


def _in_words(error: duckdb.Error) -> str:
    for kind, words in _ENGINE_ERRORS:
        if isinstance(error, kind):
            return words
    return "The engine could not compute it."


_ENGINE_ERRORS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.ConversionException, "A value does not fit the type it is converted to."),
    (duckdb.OutOfRangeException, "A number is too big for its type."),
    (duckdb.BinderException, "The types of an expression do not fit together."),
    (duckdb.CatalogException, "A table, column or function does not exist."),
    (duckdb.OutOfMemoryException, "It needs more memory than allowed."),
    (duckdb.InterruptException, "It was interrupted."),
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _with_values(statement: Statement, name: str = "v") -> str:
    return f"{name}(value) AS ({statement.sql})"


# ------------------------------------------------------------------ the claims


def _missing_columns(data: _Data, model: ModelSpec, path: Path) -> Iterator[Proof]:
    columns = data.columns(model.source)
    if not columns:
        yield Proof(
            name=f"table of {model.name}",
            ok=False,
            message=f"The table '{model.source}' is not in the data. Run 'revenue ingest'.",
            path=(*path, "source"),
        )
        return
    for place, dimension in enumerate(model.dimensions):
        if not dimension.expr and dimension.name not in columns:
            near = suggest(dimension.name, columns)
            yield Proof(
                name=f"column of {model.name}.{dimension.name}",
                ok=False,
                message=f"The table '{model.source}' has no column '{dimension.name}'. "
                f"{did_you_mean(near) or 'Give the dimension an expr.'}",
                path=(*path, "dimensions", place),
            )


def _primary_key(data: _Data, model: ModelSpec, path: Path) -> Proof:
    name = f"primary key of {model.name}"
    return _unique(
        data, model, model.primary_key, name, (*path, "primary_key"), nulls_allowed=False
    )


def _unique(
    data: _Data, model: ModelSpec, dimension: str, name: str, path: Path, *, nulls_allowed: bool
) -> Proof:
    try:
        values = data.values(model, dimension)
        total, nulls, distinct = data.fetch(
            f"WITH {_with_values(values)} "  # noqa: S608 - built from the model's own names
            "SELECT count(*), count(*) - count(value), count(DISTINCT value) FROM v",
            values.parameters,
        )[0]
    except _NotProvableError as reason:
        return _not_proved(name, reason, path)
    repeated = total - nulls - distinct
    broken = repeated + (0 if nulls_allowed else nulls)
    if not broken:
        return Proof(name, True, f"{_rows(total)}, each with its own '{dimension}'.", path=path)
    faults = [f"{_rows(repeated)} repeat the '{dimension}' of another row"] if repeated else []
    if nulls and not nulls_allowed:
        faults.append(f"{_rows(nulls)} without '{dimension}'")
    return Proof(
        name=name,
        ok=False,
        message=f"In {model.name} ({_rows(total)}): {' and '.join(faults)}. "
        "Clean the export, or choose another key.",
        rows=broken,
        path=path,
    )


def _relationship(data: _Data, relationship: RelationshipSpec, path: Path) -> Iterator[Proof]:
    name = relationship.name
    models = {model.name: model for model in data.spec.models}
    many_name, many_key = relationship.from_.split(".")
    one_name, one_key = relationship.to.split(".")
    if many_name not in models or one_name not in models:
        unknown = many_name if many_name not in models else one_name
        reason = _NotProvableError(f"'{unknown}' is not a model.")
        yield _not_proved(f"keys of {name}", reason, path)
        return
    many, one = models[many_name], models[one_name]
    yield _unique(data, one, one_key, f"one side of {name}", (*path, "to"), nulls_allowed=True)
    if relationship.type == "one_to_one":
        yield _unique(
            data, many, many_key, f"other side of {name}", (*path, "from"), nulls_allowed=True
        )
    yield _covered(data, (many, many_key), (one, one_key), f"keys of {name}", (*path, "from"))


def _covered(
    data: _Data, many: tuple[ModelSpec, str], one: tuple[ModelSpec, str], name: str, path: Path
) -> Proof:
    try:
        from_values, to_values = data.values(*many), data.values(*one)
        shifted = _shift(to_values, len(from_values.parameters))
        total, nulls, orphans, keys = data.fetch(
            f"WITH {_with_values(from_values, 'm')}, {_with_values(shifted, 'o')}, "  # noqa: S608
            "orphan AS (SELECT value FROM m WHERE value IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM o WHERE o.value = m.value)) "
            "SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM m WHERE value IS NULL), "
            "count(*), count(DISTINCT value) FROM orphan",
            (*from_values.parameters, *shifted.parameters),
        )[0]
    except _NotProvableError as reason:
        return _not_proved(name, reason, path)
    without = f" {_rows(nulls)} without one." if nulls else ""
    target = f"{one[0].name}.{one[1]}"
    if not orphans:
        message = f"{_rows(total - nulls)} of {many[0].name} matched with '{target}'.{without}"
        return Proof(name, True, message, path=path)
    return Proof(
        name=name,
        ok=False,
        message=f"{_rows(orphans)} of {many[0].name} (of {total:,}) with a '{many[1]}' that "
        f"'{target}' lacks ({keys:,} different); grouped by {one[0].name} they count as "
        f"unknown.{without}",
        rows=orphans,
        severity="warning",
        path=path,
    )


def _shift(statement: Statement, by: int) -> Statement:
    """The statement with its parameters numbered on; its text holds no constants with a `$`."""
    sql = re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + by}", statement.sql)
    return Statement(statement.name, sql, statement.parameters, statement.path)


def _dimension(
    data: _Data, model: ModelSpec, dimension: DimensionSpec, path: Path
) -> Iterator[Proof]:
    name = f"{model.name}.{dimension.name}"
    if dimension.type == "time":
        yield _dates(data, model, dimension, f"dates of {name}", path)
    if not (dimension.order or dimension.value_synonyms):
        return
    try:
        counts = _members(data, model, dimension)
    except _NotProvableError as reason:
        yield _not_proved(f"members of {name}", reason, path)
        return
    if dimension.order:
        place = (*path, "order")
        yield _listed(f"order of {name}", dimension.order, counts, place)
        yield _unlisted(f"members of {name}", dimension.order, counts, place)
    if dimension.value_synonyms:
        place = (*path, "value_synonyms")
        yield _listed(f"value synonyms of {name}", tuple(dimension.value_synonyms), counts, place)


def _members(data: _Data, model: ModelSpec, dimension: DimensionSpec) -> dict[str, int]:
    """Rows by member."""
    values = data.values(model, dimension.name)
    rows = data.fetch(
        f"WITH {_with_values(values)} SELECT value::VARCHAR, count(*) FROM v "  # noqa: S608
        "WHERE value IS NOT NULL GROUP BY ALL ORDER BY ALL",
        values.parameters,
        limit=MEMBERS_COMPARED + 1,
    )
    if len(rows) > MEMBERS_COMPARED:
        raise _NotProvableError(f"It has more than {MEMBERS_COMPARED:,} members.")
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
    message = f"The order lacks {_enumerate(extra)} ({_rows(rows)}); they are sorted last."
    return Proof(name, False, message, len(extra), "warning", path)


def _enumerate(members: Sequence[str]) -> str:
    named = ", ".join(f"'{member[:60]}'" for member in members[:MEMBERS_NAMED])
    more = len(members) - MEMBERS_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _dates(data: _Data, model: ModelSpec, dimension: DimensionSpec, name: str, path: Path) -> Proof:
    try:
        values = data.values(model, dimension.name)
        known, outside, first, last = data.fetch(
            f"WITH {_with_values(values)} SELECT count(value), count(*) FILTER "  # noqa: S608
            f"(value::TIMESTAMP < TIMESTAMP '{EARLIEST}' "
            f"OR value::TIMESTAMP >= TIMESTAMP '{LATEST}' + INTERVAL 1 DAY), "
            "min(value)::DATE::VARCHAR, max(value)::DATE::VARCHAR FROM v",
            values.parameters,
        )[0]
    except _NotProvableError as reason:
        return _not_proved(name, reason, path)
    if not known:
        return Proof(name, False, "No row has a date.", severity="warning", path=path)
    span = f"from {first} to {last}"
    if not outside:
        return Proof(name, True, f"{known:,} dates {span}.", path=path)
    return Proof(
        name=name,
        ok=False,
        message=f"{outside:,} of {known:,} dates lie before {EARLIEST} or after {LATEST} "
        f"({span}). Check the source's date formats.",
        rows=outside,
        severity="warning",
        path=path,
    )


def _runs(data: _Data, statement: Statement) -> Proof:
    try:
        rows = data.fetch(statement.sql, statement.parameters, limit=ROWS_LOOKED_AT)
    except _NotProvableError as reason:
        return Proof(statement.name, False, str(reason), path=statement.path)
    endless = sum(any(isinstance(v, float) and not math.isfinite(v) for v in row) for row in rows)
    if endless:
        return Proof(
            name=statement.name,
            ok=False,
            message=f"{_rows(endless)} with a number without end. Guard a division with nullif.",
            rows=endless,
            path=statement.path,
        )
    return Proof(statement.name, True, "Runs on the data.", path=statement.path)


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _not_proved(name: str, reason: _NotProvableError, path: Path) -> Proof:
    return Proof(name, False, f"Could not be proved: {reason}", path=path)
