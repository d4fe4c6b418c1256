"""The steps that the product takes: the semantic layer, then DuckDB's own parser.

Loaded by the engine workers by name. Invariant: nothing in here can be switched off.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from semantic.catalog import build_catalog
from semantic.compiled import Principal
from semantic.issues import SemanticError
from semantic.pipeline import compile_sql
from semantic.rollups import with_rollups
from semantic.spec import SemanticModelSpec
from server.warehouse.second_parser import check_statement
from server.warehouse.steps import Steps


def load_catalog(model: bytes, rollups: Sequence[str]) -> Any:
    """The catalog of a version, from its model.json, with the compiler warmed up on it.

    Args:
        rollups: names of the stored aggregates that the version holds, the smallest first.
    """
    spec = SemanticModelSpec.model_validate_json(model)
    catalog = with_rollups(build_catalog(spec), rollups)
    # The first compilation of a process pays for lazy imports; here no asker waits for it
    # under the short limit for reading a query.
    with contextlib.suppress(SemanticError):
        sql = f"SELECT * FROM {spec.models[0].name}"  # noqa: S608 - semantic SQL, never executed
        compile_sql(catalog, sql, principal=Principal(), limit_rows=1)
    return catalog


STEPS = Steps(load_catalog=load_catalog, compile=compile_sql, check=check_statement)
