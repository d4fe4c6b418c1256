"""Questions beside SQL written by hand on the base tables: both run, the rows compared.

The cases stand in the *.yml files of this folder. Invariant: the hand-written side shares no
code with the compiler, only the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.tiny.compare import find_difference, is_same_value
from tests.tiny.world import ask, connect, tiny_tables

CASES: list[dict[str, Any]] = [
    case
    for path in sorted(Path(__file__).parent.glob("*.yml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(tiny_tables())
    yield connection
    connection.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_question_gives_what_its_check_gives(
    case: dict[str, Any], database: duckdb.DuckDBPyConnection
) -> None:
    assert set(case) <= {"name", "ask", "check", "ordered"}
    given = ask(database, case["ask"])
    expected = database.execute(case["check"]).fetchall()
    difference = find_difference(expected, given)
    assert not difference, difference
    if case.get("ordered"):
        pairs = zip(expected, given, strict=True)
        assert all(is_same_value(a, b) for row in pairs for a, b in zip(*row, strict=True))


def test_there_are_enough_cases_and_their_names_differ() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)) >= 60
