"""The grammar of model files as a JSON Schema, for editors.

Called by `revenue check --schema` and the docs. Titles and descriptions are the docstrings
of `spec.py`. Invariant: made from the loader's own types, so it cannot fall behind them.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from semantic import spec
from semantic.spec import SemanticModelSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
METRIC_KINDS = ("agg", "ratio", "derived", "cumulative", "change")


def model_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a model file that stands alone."""
    schema = SemanticModelSpec.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    definitions["MetricSpec"]["oneOf"] = [_given(kind) for kind in METRIC_KINDS]
    documented = _attribute_docstrings()
    for name, part in {**definitions, "SemanticModelSpec": schema}.items():
        part["title"] = name.removesuffix("Spec")
        for key, property_ in part.get("properties", {}).items():
            _annotate(property_, key, documented.get(f"{name}.{key.removesuffix('_')}", ""))
    return {
        "$schema": DIALECT,
        **schema,
        "title": "Semantic model",
        "description": "A semantic model file: sources, models, metrics and what is said of them.",
    }


def _given(kind: str) -> dict[str, Any]:
    return {"required": [kind], "properties": {kind: {"not": {"enum": [None, ""]}}}}


def _annotate(property_: dict[str, Any], key: str, description: str) -> None:
    # A title made from the key says nothing that the key does not.
    property_.pop("title", None)
    if description and "description" not in property_:
        property_["description"] = description


def _attribute_docstrings() -> dict[str, str]:
    """By "Class.attribute": the text that stands below an attribute in `spec.py`."""
    found: dict[str, str] = {}
    for part in ast.parse(inspect.getsource(spec)).body:
        if isinstance(part, ast.ClassDef):
            for line, below in zip(part.body, part.body[1:], strict=False):
                name = _attribute_name(line)
                text = _text(below)
                if name and text:
                    found[f"{part.name}.{name}"] = inspect.cleandoc(text)
    return found


def _attribute_name(line: ast.stmt) -> str:
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
        return line.target.id.removesuffix("_")
    return ""


def _text(line: ast.stmt) -> str:
    is_text = isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    return str(line.value.value) if is_text else ""  # type: ignore[attr-defined]
