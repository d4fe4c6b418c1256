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


def engine_names() -> frozenset[str]:
    """Every function of the engine, its macros and operators included, and its keywords."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        return frozenset(name for (name,) in connection.execute(_NAMES).fetchall())
