"""The catalog to the card of the prompt: all that can be asked for, within a number of tokens.

Called by `talk.py`; equal for all questions of a version and set of roles, so that providers can
cache it. Invariant: every metric, dimension and segment is named; only the words about
them shrink.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from semantic.analysis_header import Header
from semantic.definitions import Catalog, Dimension, Metric, Model
from server.providers.base import CHARS_PER_TOKEN

_LISTED_MEMBERS: Final = 15
"""A text dimension with more members shows only those that a question seems to mention."""
_LONGEST_VALUE: Final = 60
_LEVELS: Final = 3


def write_card(
    catalog: Catalog,
    members: Mapping[str, Sequence[str]],
    analyses: Sequence[Header],
    limit_tokens: int,
) -> str:
    """The fullest card of at most `limit_tokens`; the shortest one where none fits."""
    text = ""
    for level in range(_LEVELS):
        text = "\n".join(_lines(catalog, members, analyses, level))
        if len(text) <= limit_tokens * CHARS_PER_TOKEN:
            break
    return text


def quote(value: str) -> str:
    """A value of the data for a prompt: one line, quoted, no longer than a name.

    >>> quote("a<b>\\n'c'")
    '"a\\\\u003cb> \\'c\\'"'
    """
    line = " ".join(value.split())[:_LONGEST_VALUE]
    return json.dumps(line, ensure_ascii=False).replace("<", "\\u003c")


def _lines(
    catalog: Catalog, members: Mapping[str, Sequence[str]], analyses: Sequence[Header], level: int
) -> Iterator[str]:
    spec = catalog.spec
    yield f"# Catalog '{catalog.name}'"
    yield (
        f"Currency {spec.currency}. Fiscal year from {spec.calendar.fiscal_year_start}, weeks from "
        f"{spec.calendar.week_start}."
    )
    for model in catalog.models.values():
        yield from _model_lines(model, members, level)
    if analyses:
        yield "## Named analyses (run_analysis)"
        yield from (_analysis_line(header, level) for header in analyses)


def _model_lines(model: Model, members: Mapping[str, Sequence[str]], level: int) -> Iterator[str]:
    about = f": {model.description}" if level < 2 and model.description else ""
    time = f" Default time: {model.time}." if model.time else ""
    near = f" Neighbours: {', '.join(model.neighbours)}." if model.neighbours else ""
    yield f"## Model {model.name}{about}{time}{near}"
    if model.metrics:
        yield "Metrics:"
        yield from (_metric_line(metric, level) for metric in model.metrics.values())
    if model.segments:
        yield "Segments:"
        for segment in model.segments.values():
            yield f"- {segment.name}" + (f": {segment.text}" if level < 2 else "")
    yield "Dimensions:"
    for dimension in model.dimensions.values():
        if not dimension.hidden:
            yield _dimension_line(dimension, members.get(dimension.qualified, ()), level)


def _metric_line(metric: Metric, level: int) -> str:
    words = [] if level else [metric.description or metric.formula]
    if not level and metric.synonyms:
        words.append(f"also: {', '.join(metric.synonyms[:6])}")
    unit = "" if metric.format in ("number", "integer") else f" ({metric.format})"
    said = "; ".join(word for word in words if word)
    return f"- {metric.name}{unit}" + (f": {said}" if said else "")


def _dimension_line(dimension: Dimension, values: Sequence[str], level: int) -> str:
    kind = "" if dimension.kind == "text" else f" ({dimension.kind})"
    words = [dimension.description] if not level and dimension.description else []
    if 0 < len(values) <= _LISTED_MEMBERS and level < 2:
        listed = dimension.order or values
        words.append("values " + ", ".join(quote(value) for value in listed))
    said = "; ".join(words)
    return f"- {dimension.name}{kind}" + (f": {said}" if said else "")


def _analysis_line(header: Header, level: int) -> str:
    takes = [name + ("" if spec.required else "?") for name, spec in header.parameters.items()]
    purpose = f": {header.purpose}" if not level else ""
    return f"- {header.name}({', '.join(takes)}){purpose}"
