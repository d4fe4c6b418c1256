"""The answer of `POST /api/query` as msgspec structs: the contract of DESIGN section 9.

Built by `assemble.py`, sent by the routes, stored with the turn. Invariant: the fields are
exactly those of the contract; ratios are 0 to 1 in `queries`, 0 to 100 everywhere else.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

Status = Literal["answered", "clarification", "refused", "no_data"]
ChartType = Literal["bar", "pie", "line", "table", "metrics"]
CardFormat = Literal["currency", "percentage", "number"]


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """One column of a query's result; `grain` only where it is a period."""

    name: str
    label: str
    type: str
    role: str
    format: str
    grain: str = ""


class QueryBody(msgspec.Struct, frozen=True):
    """One executed query with its rows."""

    id: str
    title: str
    semantic_sql: str
    sql: str
    parameters: dict[str, Any]
    columns: list[Column]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    elapsed_ms: float
    cached: bool


class Visualization(msgspec.Struct, frozen=True):
    """One chart with its data and what can be read off it."""

    title: str
    description: str
    chart_type: ChartType
    data: list[dict[str, Any]]
    key_insights: list[str]
    source_functions: list[str]
    data_sources: list[str]
    query_id: str
    spec: dict[str, Any]


class KeyMetric(msgspec.Struct, frozen=True, omit_defaults=True):
    """One number on a card; `trend` only where an earlier period was computed too."""

    value: Any
    label: str
    format: CardFormat
    trend: Literal["up", "down", "stable"] | None = None


class OptionBody(msgspec.Struct, frozen=True):
    """One reading to choose from, with its number."""

    label: str
    question: str
    preview: str


class UsageBody(msgspec.Struct, frozen=True):
    """What a language model was asked for one answer."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: float
    """US dollars; 0 where no prices are set."""
    completions: int


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True):
    """On what and by whom the answer was computed."""

    warehouse_version: int | None
    model_version: str
    as_of: date
    planner: str
    model: str | None
    unverified_numbers: list[str]
    usage: UsageBody | None = None
    """Absent where no language model was asked."""


class Answer(msgspec.Struct, frozen=True):
    """The whole answer."""

    status: Status
    answer: str
    conversation_id: str
    has_context: bool
    queries: list[QueryBody]
    visualizations: list[Visualization]
    key_metrics: dict[str, KeyMetric]
    functions_executed: list[str]
    execution_summary: str
    data_sources: list[str]
    streaming_complete: bool
    interpretation: str
    follow_ups: list[str]
    options: list[OptionBody]
    provenance: Provenance


def to_cell(value: Any) -> Any:
    """A cell as JSON carries it: dates as ISO text, what is no number as null.

    >>> to_cell(date(2025, 1, 31)), to_cell(float("nan")), to_cell(Decimal("1.50"))
    ('2025-01-31', None, Decimal('1.50'))
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): to_cell(one) for key, one in value.items()}
    return value


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_json_value(answer: msgspec.Struct | dict[str, Any]) -> Any:
    """The same as plain JSON values (no decimals, no structs), as it is stored."""
    return msgspec.json.decode(_ENCODER.encode(answer))
