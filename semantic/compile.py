"""Our typed query to one engine statement with its parameters, columns and lineage.

Called by `pipeline`. Invariant: the statement is cut to one row more than asked for, so
that the reader of the result can tell a cut from an end.
"""

from __future__ import annotations

import re
from dataclasses import replace

from semantic import typed as t
from semantic.calendar import CalendarSql
from semantic.compiled import CompiledQuery, Lineage
from semantic.emit import Emitter
from semantic.functions import ENGINE_FUNCTIONS, FUNCTIONS
from semantic.issues import Issue, SemanticError
from semantic.reroute import reroute
from semantic.scope import Context
from semantic.types import INTEGER

MAX_CHARACTERS = 400_000
MAX_PARTS = 10_000
_BRACKETS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|nullif\(|\(|\)""")


def compile_query(
    context: Context, query: t.Query, semantic_sql: str, limit_rows: int
) -> CompiledQuery:
    """The statement for `query`, cut to `limit_rows` + 1 rows."""
    rerouted = reroute(query, context.catalog.rollups)
    limited = replace(rerouted, limit=_limit(query.limit, limit_rows))
    emitter = Emitter(CalendarSql(context.catalog))
    sql = emitter.query(limited)
    _check_size(sql)
    return CompiledQuery(
        semantic_sql=semantic_sql, sql=sql, parameters=tuple(emitter.parameters),
        columns=tuple(output.column for output in query.outputs), lineage=_lineage(context),
        tables=frozenset(emitter.tables), functions=ENGINE_FUNCTIONS,
    )  # fmt: skip


def _check_size(sql: str) -> None:
    """Refuse what would keep the engine's binder busy: it reads nullif(x, 0) as x twice."""
    parts, factors = 0, [1]
    for found in _BRACKETS.finditer(sql):
        if found[0].endswith("("):
            factors.append(factors[-1] * (2 if found[0].startswith("nullif") else 1))
            parts += factors[-1]
        elif found[0] == ")":
            factors.pop()
    if len(sql) > MAX_CHARACTERS or parts > MAX_PARTS:
        message = "The compiled statement is too large for the engine."
        hint = "Compute parts of it in WITH items."
        raise SemanticError([Issue("too-long", message, hint=hint)])


def _limit(limit: t.Expr | None, limit_rows: int) -> t.Expr:
    most = t.Bound(INTEGER, limit_rows + 1)
    if limit is None:
        return most
    if isinstance(limit, t.Bound) and isinstance(limit.value, int):
        return limit if limit.value <= limit_rows else most
    return t.Apply(INTEGER, FUNCTIONS["least"], (limit, most))


def _lineage(context: Context) -> Lineage:
    models = context.models
    columns = {
        f"{models[d.model].table.name}.{name}"
        for d in context.dimensions.values()
        for name in d.fields
    }
    sources = dict.fromkeys(name for m in models.values() for name in m.table.sources)
    return Lineage(
        models=tuple(models), metrics=tuple(context.metrics),
        dimensions=tuple(context.dimensions), segments=tuple(context.segments),
        columns=tuple(sorted(columns)), sources=tuple(sources),
    )  # fmt: skip
