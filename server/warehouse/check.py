"""A model's claims about its data, each proved or refuted on a DuckDB file.

Called by `revenue check`, and before a new version is published. Reads only; every claim is
tried, whatever became of the others. Invariant: no row of the data is quoted, only members
of dimensions that the model lists in an order or by synonyms.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from semantic.issues import did_you_mean, suggest
from semantic.spec import ModelSpec, RelationshipSpec, SemanticModelSpec
from server.warehouse.check_dimensions import prove_dimension
from server.warehouse.claims import (
    Data,
    NotProvableError,
    Path,
    Proof,
    Statement,
    not_proved,
    rows_text,
    with_values,
)

ROWS_LOOKED_AT = 1_000


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
    data = Data(connection, spec, dimension_sql, catalog)
    proofs: list[Proof] = []
    for number, model in enumerate(spec.models):
        path: Path = ("models", number)
        missing = list(_missing_columns(data, model, path))
        proofs += missing
        if any(proof.path == (*path, "source") for proof in missing):
            continue
        proofs.append(_primary_key(data, model, path))
        for place, dimension in enumerate(model.dimensions):
            proofs += prove_dimension(data, model, dimension, (*path, "dimensions", place))
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
    data = Data(connection, spec, dimension_sql, catalog)
    proofs = [_primary_key(data, m, ("models", n)) for n, m in enumerate(spec.models)]
    for number, relationship in enumerate(spec.relationships):
        proofs += _relationship(data, relationship, ("relationships", number))
    return proofs


# ------------------------------------------------------------------ the claims


def _missing_columns(data: Data, model: ModelSpec, path: Path) -> Iterator[Proof]:
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


def _primary_key(data: Data, model: ModelSpec, path: Path) -> Proof:
    name = f"primary key of {model.name}"
    return _unique(
        data, model, model.primary_key, name, (*path, "primary_key"), nulls_allowed=False
    )


def _unique(
    data: Data, model: ModelSpec, dimension: str, name: str, path: Path, *, nulls_allowed: bool
) -> Proof:
    try:
        values = data.values(model, dimension)
        total, nulls, distinct = data.fetch(
            f"WITH {with_values(values)} "  # noqa: S608 - built from the model's own names
            "SELECT count(*), count(*) - count(value), count(DISTINCT value) FROM v",
            values.parameters,
        )[0]
    except NotProvableError as reason:
        return not_proved(name, reason, path)
    repeated = total - nulls - distinct
    broken = repeated + (0 if nulls_allowed else nulls)
    if not broken:
        return Proof(name, True, f"{rows_text(total)}, each with its own '{dimension}'.", path=path)
    faults = [f"{rows_text(repeated)} repeat the '{dimension}' of another row"] if repeated else []
    if nulls and not nulls_allowed:
        faults.append(f"{rows_text(nulls)} without '{dimension}'")
    return Proof(
        name=name,
        ok=False,
        message=f"In {model.name} ({rows_text(total)}): {' and '.join(faults)}. "
        "Clean the export, or choose another key.",
        rows=broken,
        path=path,
    )


def _relationship(data: Data, relationship: RelationshipSpec, path: Path) -> Iterator[Proof]:
    name = relationship.name
    models = {model.name: model for model in data.spec.models}
    many_name, many_key = relationship.from_.split(".")
    one_name, one_key = relationship.to.split(".")
    if many_name not in models or one_name not in models:
        unknown = many_name if many_name not in models else one_name
        reason = NotProvableError(f"'{unknown}' is not a model.")
        yield not_proved(f"keys of {name}", reason, path)
        return
    many, one = models[many_name], models[one_name]
    yield _unique(data, one, one_key, f"one side of {name}", (*path, "to"), nulls_allowed=True)
    if relationship.type == "one_to_one":
        yield _unique(
            data, many, many_key, f"other side of {name}", (*path, "from"), nulls_allowed=True
        )
    yield _covered(data, (many, many_key), (one, one_key), f"keys of {name}", (*path, "from"))


def _covered(
    data: Data, many: tuple[ModelSpec, str], one: tuple[ModelSpec, str], name: str, path: Path
) -> Proof:
    try:
        from_values, to_values = data.values(*many), data.values(*one)
        shifted = _shift(to_values, len(from_values.parameters))
        total, nulls, orphans, keys = data.fetch(
            f"WITH {with_values(from_values, 'm')}, {with_values(shifted, 'o')}, "  # noqa: S608
            "orphan AS (SELECT value FROM m WHERE value IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM o WHERE o.value = m.value)) "
            "SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM m WHERE value IS NULL), "
            "count(*), count(DISTINCT value) FROM orphan",
            (*from_values.parameters, *shifted.parameters),
        )[0]
    except NotProvableError as reason:
        return not_proved(name, reason, path)
    without = f" {rows_text(nulls)} without one." if nulls else ""
    target = f"{one[0].name}.{one[1]}"
    if not orphans:
        message = f"{rows_text(total - nulls)} of {many[0].name} matched with '{target}'.{without}"
        return Proof(name, True, message, path=path)
    return Proof(
        name=name,
        ok=False,
        message=f"{rows_text(orphans)} of {many[0].name} (of {total:,}) with a '{many[1]}' that "
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


def _runs(data: Data, statement: Statement) -> Proof:
    try:
        rows = data.fetch(statement.sql, statement.parameters, limit=ROWS_LOOKED_AT)
    except NotProvableError as reason:
        return Proof(statement.name, False, str(reason), path=statement.path)
    endless = sum(any(isinstance(v, float) and not math.isfinite(v) for v in row) for row in rows)
    if endless:
        return Proof(
            name=statement.name,
            ok=False,
            message=f"{rows_text(endless)} with an endless number. Guard a division with nullif.",
            rows=endless,
            path=statement.path,
        )
    return Proof(statement.name, True, "Runs on the data.", path=statement.path)
