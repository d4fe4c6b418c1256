"""The names that mean something to the engine where a function is called.

Called before a version is built, so that no metric becomes a macro of such a name. Invariant:
asked of the engine that builds, never of a list that could be older than it.
"""

from __future__ import annotations

import duckdb

_NAMES = """
    SELECT lower(function_name) FROM duckdb_functions()
    UNION SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'
"""
# Calls that the engine's parser rewrites by itself, before it looks for a function.
_REWRITTEN = frozenset({"construct_array", "date", "if", "ifnull", "operator", "try"})


def engine_names() -> frozenset[str]:
    """Every function of the engine, its macros and operators included, and its keywords."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        rows = connection.execute(_NAMES).fetchall()
    return _REWRITTEN | {name for (name,) in rows}
