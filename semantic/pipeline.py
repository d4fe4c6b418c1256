"""Semantic SQL text to one compiled statement: parse, resolve, compile, in that order.

Called by the engine workers for every origin of SQL. Invariant: there is no other way
from text to the engine.
"""

from __future__ import annotations

from collections.abc import Mapping

from semantic.compile import compile_query
from semantic.compiled import CompiledQuery, Principal
from semantic.definitions import Catalog
from semantic.issues import Issue, SemanticError
from semantic.parse import parse_query
from semantic.resolve import resolve_query
from semantic.types import DataType

NO_ARGUMENTS: Mapping[str, DataType] = {}


def compile_sql(
    catalog: Catalog,
    sql: str,
    *,
    principal: Principal,
    limit_rows: int,
    arguments: Mapping[str, DataType] = NO_ARGUMENTS,
) -> CompiledQuery:
    """The engine statement for `sql`, cut to `limit_rows` rows plus one (to see truncation).

    Args:
        arguments: the `$name`s a named analysis declares, by type; ad-hoc SQL has none.

    Raises:
        SemanticError: with every issue found.
    """
    tree = parse_query(sql, frozenset(arguments))
    try:
        query, context = resolve_query(catalog, tree, principal, arguments)
        return compile_query(context, query, sql, limit_rows)
    except RecursionError as error:  # aliases of aliases, each a little deeper
        raise SemanticError([Issue("too-deep", "The statement is nested too deeply.")]) from error
