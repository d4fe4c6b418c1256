"""The published JSON Schema says the same as the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from semantic.issues import SemanticError
from semantic.json_schema import model_json_schema
from semantic.load import load_model
from semantic.spec import SemanticModelSpec

PACKAGED = Path(__file__).parents[2] / "semantic" / "models" / "revenue.yml"

SHOP: dict[str, Any] = {
    "name": "shop",
    "sources": [
        {"name": "orders", "files": ["o.csv"], "columns": {"No": {"to": "no", "type": "integer"}}}
    ],
    "models": [
        {
            "name": "orders",
            "source": "orders",
            "primary_key": "no",
            "dimensions": [{"name": "no", "type": "number"}],
            "metrics": [{"name": "orders_count", "agg": "count"}],
        }
    ],
    "relationships": [{"name": "self", "from": "orders.no", "to": "orders.no"}],
}


def is_valid(model: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(model_json_schema()).is_valid(model))


def loads(model: Any, folder: Path) -> bool:
    path = folder / "model.yml"
    path.write_text(json.dumps(model), encoding="utf-8")
    try:
        load_model([path])
    except SemanticError:
        return False
    return True


def test_the_schema_is_a_valid_schema_of_its_dialect() -> None:
    schema = model_json_schema()
    assert schema["$schema"].endswith("/draft/2020-12/schema")
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_packaged_model_satisfies_the_schema() -> None:
    assert is_valid(yaml.safe_load(PACKAGED.read_text("utf-8")))


def test_every_key_of_the_grammar_is_in_the_schema_under_the_name_used_in_yaml() -> None:
    schema = model_json_schema()
    assert set(schema["properties"]) == set(SemanticModelSpec.model_fields)
    assert {"from", "to"} <= set(schema["$defs"]["RelationshipSpec"]["properties"])
    assert "as" in schema["$defs"]["ChangeSpec"]["properties"]


def test_editors_get_the_docstrings_as_descriptions() -> None:
    definitions = model_json_schema()["$defs"]
    assert definitions["SegmentSpec"]["description"] == "A named row filter."
    column = definitions["ColumnSpec"]["properties"]
    assert column["required"]["description"] == "An empty cell rejects its line."
    assert "'en' reads 1,234.50" in column["locale"]["description"]
    assert definitions["SegmentSpec"]["title"] == "Segment"


@pytest.mark.parametrize(
    "metric,right",
    [
        ({"agg": "count"}, True),
        ({"ratio": {"of": "a", "to": "b"}}, True),
        ({"change": {"of": "a", "offset": "1 year", "as": "percent"}}, True),
        ({"agg": "count", "ratio": None}, True),
        ({"agg": "count", "where": ["a", "b"]}, True),
        ({}, False),
        ({"agg": None}, False),
        ({"agg": "count", "derived": "a + b"}, False),
        ({"agg": "counts"}, False),
        ({"agg": "count", "where": [5]}, False),
        ({"agg": "count", "colour": "red"}, False),
        ({"change": {"of": "a", "offset": "one year"}}, False),
    ],
)
def test_the_schema_and_the_loader_agree_on_a_metric(
    metric: dict[str, Any], right: bool, tmp_path: Path
) -> None:
    model = json.loads(json.dumps(SHOP))
    model["models"][0]["metrics"][0] = {"name": "m", **metric}
    assert is_valid(model) == right
    assert loads(model, tmp_path) == right


@pytest.mark.parametrize(
    "key,value,right",
    [
        ("name", "shop", True),
        ("name", "Shop", False),
        ("name", 5, False),
        ("currency", "EUR", True),
        ("currency", "euro", False),
        ("models", [], False),
        ("strict_metrics", "yes", False),
        ("calendar", {"fiscal_year_start": "april"}, True),
        ("calendar", {"fiscal_year_start": 4}, False),
        ("custom_extensions", {"anything": [1, {"a": None}]}, True),
        ("extra", 1, False),
    ],
)
def test_the_schema_and_the_loader_agree_on_a_key(
    key: str, value: object, right: bool, tmp_path: Path
) -> None:
    model = {**SHOP, key: value}
    assert is_valid(model) == right
    assert loads(model, tmp_path) == right
