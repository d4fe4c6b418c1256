"""The steps an engine worker takes from a model file and a text to a checked statement.

Named on the worker's command line, so that tests can put raw SQL under the same lock.
Invariant: a worker knows no other way from a text to the engine than its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import duckdb

from semantic.compiled import CompiledQuery, Principal
from semantic.types import DataType
from server.warehouse.lockdown import Opener, open_locked


class Compile(Protocol):
    """`semantic.pipeline.compile_sql`, or what a test puts in its place."""

    def __call__(
        self,
        catalog: Any,
        sql: str,
        *,
        principal: Principal,
        limit_rows: int,
        arguments: Mapping[str, DataType],
    ) -> CompiledQuery:
        """The statement for `sql`; SemanticError with every issue otherwise."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a worker does with a request, one function per step."""

    load_catalog: Callable[[bytes, Sequence[str]], Any]
    """From the bytes of a version's model.json and the names of the rollups it holds."""
    compile: Compile
    check: Callable[[duckdb.DuckDBPyConnection, CompiledQuery], None]
    """Raises EmittedSqlRefused; called once per plan."""
    open: Opener = open_locked


def find_steps(path: str) -> Steps:
    """The steps named by `package.module:ATTRIBUTE`.

    Raises:
        TypeError: there is something else under that name.
    """
    module, _, attribute = path.partition(":")
    steps = getattr(import_module(module), attribute)
    if not isinstance(steps, Steps):
        raise TypeError(f"{path} is no Steps")
    return steps
