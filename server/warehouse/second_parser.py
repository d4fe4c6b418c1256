"""A compiled statement to a verdict by DuckDB's own parser, before it is ever executed.

Called by the engine workers once per plan. Invariant: what passes is one SELECT over the
planned tables with the planned functions, whatever our own emitter believes it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import duckdb
import msgspec

from semantic.compiled import CompiledQuery


class EmittedSqlRefused(Exception):
    """Our own emitter wrote something that was not planned: a bug, never the asker's fault."""


_QUERIES: Final = {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"}
# No table function and no VALUES: our emitter reads tables.
_RELATIONS: Final = {"BASE_TABLE", "JOIN", "SUBQUERY", "EMPTY"}
_MODIFIERS: Final = {
    "ORDER_MODIFIER",
    "LIMIT_MODIFIER",
    "DISTINCT_MODIFIER",
    "ORDER_DEFAULT",
    "ASCENDING",
    "DESCENDING",
}
_NODES: Final = _QUERIES | _RELATIONS | _MODIFIERS
# No STAR: our emitter names every column; * and COLUMNS() would read undeclared ones.
_EXPRESSIONS: Final = {
    "BETWEEN",
    "CASE",
    "CAST",
    "COLUMN_REF",
    "COMPARISON",
    "CONJUNCTION",
    "CONSTANT",
    "FUNCTION",
    "OPERATOR",
    "PARAMETER",
    "SUBQUERY",
    "WINDOW",
}
_OPERATORS: Final = {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*"}
# Functions that DuckDB's parser writes for plain syntax: INTERVAL, [..], {..} and rows.
_SYNTAX: Final = {
    "to_years",
    "to_quarters",
    "to_months",
    "to_weeks",
    "to_days",
    "to_hours",
    "to_minutes",
    "to_seconds",
    "trunc",
    "list_value",
    "struct_pack",
    "row",
    "map",
}
# The parser's name for a function, where it is not the one that was written.
_WRITTEN_AS: Final = {
    "count_star": "count",
    "date_part": "extract",
    "quantile_cont": "percentile_cont",
    "quantile_disc": "percentile_disc",
}


# How DuckDB words the one thing that a well-formed text of ours can have too much of.
_TOO_DEEP: Final = ("Max expression depth", "memory exhausted")


def check_statement(cursor: duckdb.DuckDBPyConnection, query: CompiledQuery) -> None:
    """Return quietly when DuckDB reads `query.sql` as what was planned.

    Raises:
        EmittedSqlRefused: with every difference found.
        RecursionError: it is nested too deeply to be read.
    """
    row = cursor.execute("SELECT json_serialize_sql($1)", [query.sql]).fetchone()
    tree: dict[str, Any] = msgspec.json.decode(row[0]) if row else {"error": True}
    if str(tree.get("error_message")).startswith(_TOO_DEEP):
        raise RecursionError
    if tree["error"]:
        raise EmittedSqlRefused("DuckDB does not read it as SELECT statements")
    if len(tree["statements"]) != 1:
        raise EmittedSqlRefused(f"{len(tree['statements'])} statements instead of one")
    differences = sorted(set(_lint(tree["statements"][0], query)))
    if differences:
        raise EmittedSqlRefused("; ".join(differences))


def _lint(statement: dict[str, Any], query: CompiledQuery) -> Iterator[str]:
    nodes = list(_walk(statement))
    common = {entry["key"] for node in nodes for entry in _common_tables(node)}
    functions = {name.lower() for name in query.functions}
    for node in nodes:
        yield from _lint_kind(node)
        if node.get("type") == "BASE_TABLE":
            yield from _lint_table(node, query.tables, common)
        elif "function_name" in node:
            yield from _lint_function(node, functions)
        elif node.get("class") == "PARAMETER":
            yield from _lint_parameter(node, len(query.parameters))


def _walk(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the tree; without recursion, as its depth is not ours to trust."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _common_tables(node: dict[str, Any]) -> list[dict[str, Any]]:
    cte_map = node.get("cte_map")
    return cte_map["map"] if isinstance(cte_map, dict) else []


def _lint_kind(node: dict[str, Any]) -> Iterator[str]:
    """Fail closed: an expression class or a node type that is not listed is a difference."""
    if "class" in node:
        if node["class"] not in _EXPRESSIONS:
            yield f"expression {node['class']}"
        return
    kind = node.get("type")
    if isinstance(kind, str) and kind not in _NODES and not kind.endswith("_TYPE_INFO"):
        yield f"node {kind}"


def _lint_table(node: dict[str, Any], tables: frozenset[str], common: set[str]) -> Iterator[str]:
    schema, table = node["schema_name"], node["table_name"]
    if node["catalog_name"] or node["sample"] or node["at_clause"]:
        yield f"table {table} with a catalog, a sample or a point in time"
    elif schema:
        if f"{schema}.{table}" not in tables:
            yield f"table {schema}.{table}"
    elif table not in common:
        yield f"table {table}"


def _lint_function(node: dict[str, Any], functions: set[str]) -> Iterator[str]:
    name = str(node["function_name"]).lower()
    if node.get("catalog") or node.get("schema") not in ("", "main"):
        yield f"function {name} of another schema"
    elif node.get("is_operator") is True:
        if name not in _OPERATORS:
            yield f"operator {name}"
    elif name not in functions | _SYNTAX and _WRITTEN_AS.get(name) not in functions:
        yield f"function {name}"


def _lint_parameter(node: dict[str, Any], count: int) -> Iterator[str]:
    identifier = str(node["identifier"])
    if not identifier.isdecimal() or not 1 <= int(identifier) <= count:
        yield f"parameter ${identifier}"
