"""Every stage of a question in one file: the text, the compiled SQL, its values, the result.

The files are written by `pytest tests/golden --update-golden`, which keeps title and
semantic_sql; a change of a file is read like a change of code. Invariant: what is stored is
what runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.tiny.world import AS_OF, catalog, compile_, connect, tiny_tables

FILES = sorted(Path(__file__).parent.glob("*.yml"))
STAGES = ("title", "semantic_sql", "compiled_sql", "parameters", "columns", "rows")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(tiny_tables())
    yield connection
    connection.close()


def _plain(value: object) -> Any:
    return str(value) if isinstance(value, (date, Decimal)) else value


def _stages(case: dict[str, Any], database: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    query = compile_(case["semantic_sql"], catalog(), limit_rows=1000)
    values = query.bind(AS_OF)
    rows = database.execute(query.sql, values).fetchall()
    return {
        "title": case["title"],
        "semantic_sql": case["semantic_sql"],
        "compiled_sql": query.sql + "\n",
        "parameters": {
            f"${number}": "as_of()" if repr(parameter) == "as_of()" else _plain(value)
            for number, (parameter, value) in enumerate(
                zip(query.parameters, values, strict=True), 1
            )
        },
        "columns": [
            f"{c.name}: {c.label}, {c.type.to_sql()}, {c.role}, {c.format}"
            + (f", {c.grain}" if c.grain else "")
            for c in query.columns
        ],
        "rows": [[_plain(value) for value in row] for row in rows],
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_stage_is_as_stored(
    path: Path, database: duckdb.DuckDBPyConnection, request: pytest.FixtureRequest
) -> None:
    stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = _stages(stored, database)
    if request.config.getoption("--update-golden"):
        text = yaml.dump(
            found, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000,
            default_flow_style=None,
        )  # fmt: skip
        path.write_text(text, encoding="utf-8")
        return
    for stage in STAGES:
        assert found[stage] == stored.get(stage), f"{stage} of '{stored['title']}' changed"


def test_there_are_enough_shapes() -> None:
    assert len(FILES) >= 25
