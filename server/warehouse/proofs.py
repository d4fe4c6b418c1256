"""A catalog to the statements that `check.prove` tries on a published version.

Called by `revenue check`. Invariant: every dimension, segment and metric of the model is
compiled the way a question would compile it.
"""
# ruff: noqa: S608 - names of the catalog; the text is compiled, never executed as it is

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import duckdb

from semantic.compiled import Principal
from semantic.definitions import Catalog, Metric
from semantic.issues import Issue, SemanticError
from semantic.pipeline import compile_sql
from server.warehouse.check import prove, prove_keys
from server.warehouse.claims import Proof, Statement
from server.warehouse.ingest import Check
from server.warehouse.paths import Home
from server.warehouse.versions import open_published

_ALL_ROWS: Final = 2**62
_LOOKED_AT: Final = 1_000


def prove_version(home: Home, version: int, catalog: Catalog, as_of: date) -> list[Proof]:
    """One proof per claim of the model on the data of `version`.

    Raises:
        WarehouseError: the version cannot be opened.
    """
    spec = catalog.spec
    dimensions: dict[str, Statement] = {}
    statements: list[Statement] = []
    broken: list[Proof] = []
    for name, sql, path, is_dimension in _texts(catalog):
        limit_rows = _ALL_ROWS if is_dimension else _LOOKED_AT
        try:
            compiled = compile_sql(catalog, sql, principal=Principal(), limit_rows=limit_rows)
        except SemanticError as error:
            broken.append(Proof(name, False, error.issues[0].to_sentence(), path=path))
            continue
        statement = Statement(name, compiled.sql, tuple(compiled.bind(as_of)), path)
        if is_dimension:
            dimensions[name] = statement
        else:
            statements.append(statement)
    with open_published(home.database(version)) as connection:
        proofs = prove(connection, spec, dimension_sql=dimensions, statements=statements)
    return [*broken, *proofs]


def key_check(catalog: Catalog, as_of: date) -> Check:
    """A check for `ingest`: every key that a join or a count relies on holds in the new tables."""

    def check(connection: duckdb.DuckDBPyConnection) -> list[Issue]:
        dimensions = {
            name: Statement(name, compiled.sql, tuple(compiled.bind(as_of)), path)
            for name, sql, path, is_dimension in _texts(catalog)
            if is_dimension
            for compiled in [compile_sql(catalog, sql, principal=Principal(), limit_rows=_ALL_ROWS)]
        }
        proofs = prove_keys(connection, catalog.spec, dimension_sql=dimensions)
        hint = "Nothing was published; the version before stays current."
        return [
            Issue("key-not-unique", proof.message, where=proof.name, hint=hint, path=proof.path)
            for proof in proofs
            if not proof.ok and proof.severity == "error"
        ]

    return check


def _texts(catalog: Catalog) -> Iterator[tuple[str, str, tuple[str | int, ...], bool]]:
    """Name, semantic SQL, path and whether it is a dimension, for all that can be tried."""
    for number, model in enumerate(catalog.spec.models):
        source = f'"{model.name}"'
        for place, dimension in enumerate(model.dimensions):
            if dimension.expr:
                yield (
                    f"{model.name}.{dimension.name}",
                    f'SELECT "{dimension.name}" FROM {source}',
                    ("models", number, "dimensions", place),
                    True,
                )
        for place, segment in enumerate(model.segments):
            yield (
                f"segment {model.name}.{segment.name}",
                f'SELECT COUNT(*) AS n FROM {source} WHERE "{segment.name}"',
                ("models", number, "segments", place),
                False,
            )
        for place, metric in enumerate(model.metrics):
            yield (
                f"metric {metric.name}",
                _metric_sql(catalog, catalog.metrics[metric.name]),
                ("models", number, "metrics", place),
                False,
            )


def _metric_sql(catalog: Catalog, metric: Metric) -> str:
    """The metric by quarter where the model has a time: every kind of metric has values there."""
    model = catalog.models[metric.model]
    measure = f'MEASURE("{metric.name}") AS n'
    if model.time is None:
        return f'SELECT {measure} FROM "{model.name}"'
    unit = metric.change.unit if metric.change else "quarter"
    period = f"date_trunc('{unit}', \"{model.time}\")"
    return f'SELECT {period} AS period, {measure} FROM "{model.name}" GROUP BY ALL'
