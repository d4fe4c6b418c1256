"""Steps that let tests run raw SQL in a real engine worker, and workers with a weak lock.

A text is `/*integer,decimal ? as_of,name*/ SELECT ...`: the kinds of its columns and its
parameters; without the comment it has one column of integers. Named on the command line of
a worker: `--steps tests.engine.standin:RAW`.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import duckdb

from semantic.compiled import (
    AS_OF,
    Argument,
    CompiledQuery,
    Lineage,
    Parameter,
    Principal,
    ResultColumn,
)
from semantic.issues import Issue, Place, SemanticError
from semantic.types import DataType, Kind
from server.warehouse.lockdown import EngineLimits, Opener, open_locked
from server.warehouse.steps import Steps

HEADER = re.compile(r"/\*(?P<kinds>[a-z,]*)(?: \? (?P<parameters>[a-z_,]+))?\*/\s*")


def compile_raw(
    catalog: Any,
    sql: str,
    *,
    principal: Principal,
    limit_rows: int,
    arguments: Mapping[str, DataType],
) -> CompiledQuery:
    """The text itself as a statement; a few words misbehave as a real compiler might."""
    if sql == "PARSE FOREVER":
        while True:
            pass
    if sql == "PARSE AND CRASH":
        os.kill(os.getpid(), signal.SIGSEGV)
    if sql == "PARSE AND FAIL":
        raise KeyError("secret@example.com")
    if sql == "PARSE TOO DEEP":
        raise RecursionError
    if sql == "WRONG":
        raise SemanticError([_issue(principal)])
    header = HEADER.match(sql)
    kinds = (header["kinds"] if header else "integer").split(",")
    names = (header["parameters"] or "").split(",") if header else []
    return CompiledQuery(
        semantic_sql=sql,
        sql=HEADER.sub("", sql, count=1),
        parameters=tuple(_parameter(name) for name in names if name),
        columns=tuple(_column(number, kind) for number, kind in enumerate(kinds) if kind),
        lineage=Lineage((), (), (), (), (), sources=("orders",)),
        tables=frozenset(),
        functions=frozenset(),
    )


def _issue(principal: Principal) -> Issue:
    return Issue(
        code="unknown-metric",
        message=f"No metric for {sorted(principal.roles)}.",
        where="SELECT item 1",
        hint="Did you mean 'revenue'?",
        place=Place(1, 8, 7, 12),
        suggestions=("revenue",),
        path=("models", 0),
    )


def _parameter(name: str) -> Parameter:
    return AS_OF if name == "as_of" else Argument(name)


def _column(number: int, kind: str) -> ResultColumn:
    assert kind in get_args(Kind)
    data_type = DataType(kind, 18, 2) if kind == "decimal" else DataType(kind)  # type: ignore[arg-type]
    return ResultColumn(f"c{number}", f"Column {number}", data_type, "value", "text")


def load_catalog(model: bytes, rollups: Sequence[str]) -> Any:
    """No catalog: raw SQL needs none."""
    return len(model)


def check_nothing(cursor: duckdb.DuckDBPyConnection, query: CompiledQuery) -> None:
    """Let everything through: the lock alone has to hold."""


def _open_without(*statements: str) -> Opener:
    def open_weakened(database: Path, limits: EngineLimits) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            str(database),
            read_only=True,
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "allow_unsigned_extensions": False,
                "allow_persistent_secrets": False,
                "python_enable_replacements": False,
                "python_scan_all_frames": False,
                "temp_directory": "",
                "memory_limit": f"{limits.memory_mb}MiB",
                "threads": limits.threads,
                "max_expression_depth": 250,
            },
        )
        for statement in (
            "SET enable_external_access=false",
            "SET disabled_filesystems='LocalFileSystem'",
            "SET lock_configuration=true",
        ):
            if statement not in statements:
                connection.execute(statement)
        return connection

    return open_weakened


def _open_spilling(database: Path, limits: EngineLimits) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database), read_only=True)
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def _open_unless_published(database: Path, limits: EngineLimits) -> duckdb.DuckDBPyConnection:
    """Locked on the scratch database of the proof, weak on published files."""
    if database.name == "revenue.duckdb":
        return _open_without("SET disabled_filesystems='LocalFileSystem'")(database, limits)
    return open_locked(database, limits)


def _die(database: Path, limits: EngineLimits) -> duckdb.DuckDBPyConnection:
    os._exit(3)


RAW = Steps(load_catalog, compile_raw, check_nothing)
WITH_FILES = Steps(
    load_catalog,
    compile_raw,
    check_nothing,
    _open_without("SET disabled_filesystems='LocalFileSystem'"),
)
WITH_EXTERNAL_ACCESS = Steps(
    load_catalog, compile_raw, check_nothing, _open_without("SET enable_external_access=false")
)
UNLOCKED = Steps(
    load_catalog, compile_raw, check_nothing, _open_without("SET lock_configuration=true")
)
SPILLING = Steps(load_catalog, compile_raw, check_nothing, _open_spilling)
WEAK_WHEN_PUBLISHED = Steps(load_catalog, compile_raw, check_nothing, _open_unless_published)
DEAD = Steps(load_catalog, compile_raw, check_nothing, _die)
