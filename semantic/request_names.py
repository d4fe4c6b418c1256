"""Names and values of a query object as semantic SQL: the only place where values become text.

Called by `request.py` and `request_conditions.py`. Invariant: identifiers are names of the
catalog, quoted where SQL keeps the word for itself; values are literals with quotes doubled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from semantic.definitions import Catalog, Dimension, Model
from semantic.query_object import INLINE, Overall, SemanticQuery, Value

# Words that SQL keeps for itself; a model may still use them as names.
_RESERVED: Final = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and any array as asc between by case cast check collate column
        constraint create cross current_date date day default desc describe distinct do else end
        except exists false fetch filter first for foreign from full grant group having in
        initially inner intersect interval into is join last lateral left like limit month natural
        not null nulls offset on only or order outer over partition pivot primary qualify quarter
        range references returning right row rows select show some summarize symmetric table then
        time timestamp to trailing true union unique unpivot using values variadic week when where
        window with year""",
    )
)


@dataclass(frozen=True, slots=True)
class ColumnHint:
    """What a computed column of `to_sql` shows, where the compiler cannot know."""

    label: str
    format: str


def column_hints(catalog: Catalog, query: SemanticQuery) -> dict[str, ColumnHint]:
    """Labels and formats of the columns that `to_sql` computes beside plain metrics."""
    hints: dict[str, ColumnHint] = {}
    if query.overall == "count":
        hints["number_of_groups"] = ColumnHint("Number", "integer")
    for item in query.metrics:
        alias, label, format_ = describe_metric(catalog, item)
        if query.part is not None or (query.overall and query.share):
            hints |= {
                "part": ColumnHint(label, format_),
                "whole": ColumnHint(f"{label}, whole", format_),
                "share": ColumnHint(f"Share of {in_sentence(label)}", "percent"),
            }
        if INLINE.fullmatch(item) or query.share or query.time:
            hints[alias] = ColumnHint(label, format_)
        if query.overall not in (None, "count"):
            overall = describe_overall(catalog, query.overall, item)
            hints[overall_alias(query.overall, alias)] = ColumnHint(*overall)
        hints[f"{alias}_share"] = ColumnHint(f"Share of {in_sentence(label)}", "percent")
        hints[f"{alias}_before"] = ColumnHint(f"{label}, before", format_)
        hints[f"{alias}_change"] = ColumnHint(f"{label}, change", format_)
        hints[f"{alias}_change_percent"] = ColumnHint(f"{label}, change in percent", "percent")
    return hints


def in_sentence(label: str) -> str:
    """The label in small letters, but for words in capitals.

    >>> in_sentence("Net MRR (EUR)"), in_sentence("Won revenue")
    ('net MRR (EUR)', 'won revenue')
    """
    return " ".join(w if sum(map(str.isupper, w)) > 1 else w.lower() for w in label.split(" "))


def describe_metric(catalog: Catalog, item: str) -> tuple[str, str, str]:
    """Alias, label and format of a metric name or an inline aggregate; safe on unknown names."""
    inline = INLINE.fullmatch(item)
    if not inline:
        metric = catalog.metrics.get(item)
        return (item, metric.label, metric.format) if metric else (item, item, "number")
    agg, name = inline[1], inline[2]
    found = next((d for d in _all_dimensions(catalog) if name in (d.name, d.qualified)), None)
    label = found.label if found else name
    format_ = "integer" if agg == "count_distinct" else (found.format if found else "number")
    return (
        f"{agg}_{name.replace('.', '_')}",
        f"{_AGG_LABELS.get(agg, agg)} {in_sentence(label)}",
        format_,
    )


def overall_alias(agg: str, alias: str) -> str:
    """The column of a metric's aggregate over groups."""
    return f"{agg}_of_{alias}"


def describe_overall(catalog: Catalog, agg: Overall | None, item: str) -> tuple[str, str]:
    """Label and format of a metric's aggregate over groups: the mean of a count is no integer."""
    _, label, format_ = describe_metric(catalog, item)
    is_mean = agg in ("avg", "median", "stddev") and format_ == "integer"
    return (
        f"{_AGG_LABELS.get(agg or '', '')} {in_sentence(label)}",
        "number" if is_mean else format_,
    )


_AGG_LABELS: Final = {
    "sum": "Total", "avg": "Average", "min": "Lowest", "max": "Highest", "median": "Median",
    "stddev": "Standard deviation of", "count_distinct": "Number of different",
}  # fmt: skip


def quote(value: Value) -> str:
    """A literal of semantic SQL; the only place where values become text.

    >>> quote("O'Neil"), quote(date(2025, 1, 31)), quote(True), quote(Decimal("1.50"))
    ("'O''Neil'", "DATE '2025-01-31'", 'TRUE', '1.50')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'"
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "'" + value.replace("'", "''") + "'"


def settle(value: Value, kind: str) -> Value:
    """Dates and decimals that JSON carries as text, as what the dimension holds."""
    if not isinstance(value, str):
        return value
    if kind == "time" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    if kind == "number" and re.fullmatch(r"-?\d{1,20}(\.\d{1,10})?", value):
        return Decimal(value)
    return value


def identifier(name: str) -> str:
    """A name of the catalog, one or two parts, quoted where SQL needs it."""
    return ".".join(f'"{part}"' if part in _RESERVED else part for part in name.split("."))


def _contains(name: str, text: str) -> str:
    return f"contains(lower({name}), {text.lower()})"


OPERATIONS: Final[Mapping[str, Callable[[str, list[str]], str]]] = {
    "=": lambda name, v: f"{name} = {v[0]}",
    "!=": lambda name, v: f"({name} <> {v[0]} OR {name} IS NULL)",
    ">": lambda name, v: f"{name} > {v[0]}",
    ">=": lambda name, v: f"{name} >= {v[0]}",
    "<": lambda name, v: f"{name} < {v[0]}",
    "<=": lambda name, v: f"{name} <= {v[0]}",
    "in": lambda name, v: f"{name} IN ({', '.join(v)})" if len(v) > 1 else f"{name} = {v[0]}",
    "not_in": lambda name, v: f"({name} NOT IN ({', '.join(v)}) OR {name} IS NULL)",
    "between": lambda name, v: f"{name} BETWEEN {v[0]} AND {v[1]}",
    "contains": lambda name, v: _contains(name, v[0]),
    "not_contains": lambda name, v: f"(NOT {_contains(name, v[0])} OR {name} IS NULL)",
    "starts_with": lambda name, v: f"starts_with(lower({name}), {v[0].lower()})",
    "is_null": lambda name, v: f"{name} IS NULL",
    "is_not_null": lambda name, v: f"{name} IS NOT NULL",
}


def _all_dimensions(catalog: Catalog) -> Iterable[Dimension]:
    return (d for model in catalog.models.values() for d in model.dimensions.values())


def reach(catalog: Catalog, model: Model | None) -> list[Model]:
    """The models whose dimensions can be named from `model`; all for the spanning relation."""
    if model is None:
        return list(catalog.models.values())
    return [model, *(catalog.models[name] for name in model.neighbours)]


def find_dimension(catalog: Catalog, model: Model | None, name: str) -> Dimension | None:
    """The dimension `name` as seen from `model`, its own first."""
    owner, _, bare = name.rpartition(".")
    for candidate in reach(catalog, model):
        if owner in ("", candidate.name) and bare in candidate.dimensions:
            return candidate.dimensions[bare]
    return None


def find_shared_key(catalog: Catalog, model: Model, other: Model) -> tuple[str, str] | None:
    """Dimensions of `model` and `other` that hold the same key, by declared relationships."""
    for relation in catalog.relationships:
        if (relation.from_model, relation.to_model) == (model.name, other.name):
            return relation.from_dimension, relation.to_dimension
        if (relation.to_model, relation.from_model) == (model.name, other.name):
            return relation.to_dimension, relation.from_dimension
    mine = {
        (r.to_model, r.to_dimension): r.from_dimension
        for r in catalog.relationships
        if r.from_model == model.name
    }
    for relation in catalog.relationships:
        key = mine.get((relation.to_model, relation.to_dimension))
        if key is not None and relation.from_model == other.name:
            return key, relation.from_dimension
    return None
