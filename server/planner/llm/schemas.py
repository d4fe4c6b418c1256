"""The catalog to the JSON Schemas of the steps a language model may take, in both styles.

Called by `talk.py`, once per version, roles and style. Invariant: every object is closed and every
key required, as strict modes want it; names of the catalog are enums where the model has to choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, get_args

from semantic.analysis_header import Header
from semantic.definitions import Catalog
from semantic.query_object import Operator
from server.planner.plan import ChartKind
from server.providers.base import Tool

QUERY, ANALYSIS, ASK_BACK, DECLINE = "query", "run_analysis", "ask_back", "decline"
_GRAINS: Final = ("month", "quarter", "year")
_CHARTS: Final = get_args(ChartKind)
_DIRECTIONS: Final = ("highest_first", "lowest_first")
Schema = dict[str, Any]


def write_tools(catalog: Catalog, analyses: Sequence[Header]) -> tuple[Tool, ...]:
    """The steps as tools; `query` takes semantic SQL."""
    query = _object(
        semantic_sql=_text("One SELECT of semantic SQL."),
        title=_text("A short heading without numbers."),
        chart=_maybe({"type": "string", "enum": list(_CHARTS)}),
    )
    option = _object(
        label=_text("The reading in words."),
        semantic_sql=_maybe(_text("The query of this reading, for a preview.")),
    )
    return (
        Tool(QUERY, "Run one query and see its rows.", query),
        *_shared(catalog, analyses, {"type": "array", "items": option}),
    )


def write_steps(catalog: Catalog, analyses: Sequence[Header]) -> tuple[Tool, ...]:
    """The steps as objects for servers that enforce a schema; `query` takes names alone."""
    query = _object(
        metrics=_list(catalog.metrics),
        dimensions=_list(_groups(catalog)),
        filters={
            "type": "array",
            "items": _object(
                dimension=_enum(_dimensions(catalog)),
                op=_enum(get_args(Operator)),
                values={"type": "array", "items": {"type": "string"}},
            ),
        },
        segments=_list(dict.fromkeys(s for m in catalog.models.values() for s in m.segments)),
        **{"from": _maybe({"type": "string"}), "to": _maybe({"type": "string"})},
        order=_maybe(_enum(_DIRECTIONS)),
        limit=_maybe({"type": "integer"}),
    )
    return (
        Tool(QUERY, "Metrics by dimensions, under conditions.", query),
        *_shared(catalog, analyses, {"type": "array", "items": {"type": "string"}}),
    )


def _shared(catalog: Catalog, analyses: Sequence[Header], options: Schema) -> list[Tool]:
    tools = []
    if analyses:
        pair = _object(name={"type": "string"}, value={"type": "string"})
        arguments = _object(
            name=_enum(header.name for header in analyses),
            parameters={"type": "array", "items": pair},
        )
        tools.append(Tool(ANALYSIS, "Run a named analysis.", arguments))
    asks = _object(question=_text("What to ask the person."), options=options)
    declines = _object(
        reason=_text("What the data lacks, in one sentence."), available=_list(catalog.metrics)
    )
    return [
        *tools,
        Tool(ASK_BACK, "Ask which of several readings is meant.", asks),
        Tool(DECLINE, "Say that the data has nothing for this, and what there is.", declines),
    ]


def _groups(catalog: Catalog) -> list[str]:
    """What can be grouped by: dimensions, and times with a grain."""
    times = [
        f"{d.name}.{grain}"
        for model in catalog.models.values()
        for d in model.dimensions.values()
        if d.kind == "time" and not d.hidden
        for grain in _GRAINS
    ]
    return list(dict.fromkeys([*_dimensions(catalog), *times]))


def _dimensions(catalog: Catalog) -> list[str]:
    names = [
        d.name for model in catalog.models.values() for d in model.dimensions.values()
        if not d.hidden
    ]  # fmt: skip
    return list(dict.fromkeys(names))


def _object(**properties: Mapping[str, Any]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _enum(names: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(names)}


def _list(names: Iterable[str]) -> Schema:
    listed = list(names)
    return {"type": "array", "items": _enum(listed) if listed else {"type": "string"}}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
