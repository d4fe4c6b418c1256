"""The planner knows no data set: its sources hold no name or value of any model.

Every metric and dimension name and every member of the packaged model and of the shop is looked
for in the string constants of the planner's Python files (docstrings aside) and, where it is
longer than one word, in their whole text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic.load import load_model
from semantic.spec import SemanticModelSpec
from tests.planner.shop_rows import FOLDER, members

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted((REPOSITORY / "server" / "planner").rglob("*.py"))
MODELS = [REPOSITORY / "semantic" / "models" / "revenue.yml", FOLDER / "shop.yml"]


def names_of(spec: SemanticModelSpec) -> Iterator[str]:
    for model in spec.models:
        yield model.name
        for dimension in model.dimensions:
            yield dimension.name
            yield from dimension.order
            yield from dimension.value_synonyms
        for metric in model.metrics:
            yield metric.name


def constants(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@pytest.fixture(scope="module")
def names() -> set[str]:
    found = {name for path in MODELS for name in names_of(load_model([path]).spec)}
    return found | {value for values in members().values() for value in values}


def test_there_are_sources_and_names_to_look_at(names: set[str]) -> None:
    assert len(SOURCES) > 15
    assert {"win_rate", "lead_source", "Closed Won", "cancellation_rate", "Elm Energy"} <= names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_source_names_no_metric_dimension_or_member(path: Path, names: set[str]) -> None:
    folded = {name.casefold() for name in names}
    text = path.read_text("utf-8").casefold()

    # Plain words of English and of programming that some model happens to use as a name.
    allowed = {"title", "level", "other", "open", "web"}
    assert {c for c in constants(path) if c.casefold() in folded} <= allowed
    assert not {name for name in folded if ("_" in name or " " in name) and name in text}
