"""The bodies of requests and responses, as msgspec structs; and how they become JSON.

Used by the routes, the services behind them and the CLI's `--json`. Invariant: numbers leave
as JSON numbers with all their digits, and what is not a number (NaN, infinity) as null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from semantic.compiled import Lineage, ResultColumn
from server.http_errors import IssueBody
from server.results import ResultTable

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
SqlText = Annotated[str, Meta(min_length=1, max_length=20_000)]
Limit = Annotated[int, Meta(ge=1, le=1_000_000)]
Offset = Annotated[int, Meta(ge=0, le=1_000_000_000)]
ParameterValue = str | int | float | bool | None | list[Any] | dict[str, Any]


class RequestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all request bodies: an unknown field is an error."""


class SqlRequest(RequestBody, frozen=True):
    """POST /api/sql."""

    sql: SqlText
    as_of: date | None = None
    """The clock of the answer; today when absent."""
    limit: Limit | None = None
    """Rows at most; of a file, as many as a result may have when absent."""
    format: Literal["json", "csv", "xlsx", "parquet"] = "json"


class ExplainRequest(RequestBody, frozen=True):
    """POST /api/sql/explain."""

    sql: SqlText
    as_of: date | None = None
    limit: Limit | None = None


class AnalysisRequest(RequestBody, frozen=True):
    """POST /api/analyses/{name}."""

    parameters: dict[Annotated[str, Meta(max_length=100)], ParameterValue] = {}
    as_of: date | None = None


class QuestionRequest(RequestBody, frozen=True):
    """POST /api/query and /api/query/stream."""

    question: Annotated[str, Meta(min_length=1, max_length=4000)]
    conversation_id: Id | None = None
    max_iterations: Annotated[int, Meta(ge=1, le=100)] | None = None
    as_of: date | None = None


class PdfRequest(RequestBody, frozen=True):
    """POST /api/report/pdf."""

    conversation_id: Id
    title: Annotated[str, Meta(max_length=200)] | None = None
    """In place of the first question."""
    include_visualizations: bool = True
    include_insights: bool = True
    paper: Literal["a4", "letter"] | None = None
    """The setting REVENUE_REPORT_PAPER when absent."""


class RenameRequest(RequestBody, frozen=True):
    """PATCH /api/conversations/{id}."""

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class Renamed(msgspec.Struct, frozen=True):
    """The conversation under its new title."""

    conversation_id: str
    title: str


class DashboardPdfRequest(RequestBody, frozen=True):
    """POST /api/report/dashboard/pdf."""

    as_of: date | None = None
    title: Annotated[str, Meta(max_length=200)] | None = None
    paper: Literal["a4", "letter"] | None = None


class RollbackRequest(RequestBody, frozen=True):
    """POST /api/data/rollback."""

    to: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    """The version to go back to; the one before the current when absent."""


class ColumnBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """One column of a result."""

    name: str
    label: str
    type: str
    role: str
    format: str
    grain: str = ""


class LineageBody(msgspec.Struct, frozen=True):
    """Where a result comes from, by qualified names."""

    models: tuple[str, ...]
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    segments: tuple[str, ...]
    columns: tuple[str, ...]
    sources: tuple[str, ...]


class QueryResult(msgspec.Struct, frozen=True):
    """One executed query with its rows."""

    id: str
    title: str
    semantic_sql: str
    sql: str
    parameters: dict[str, Any]
    columns: tuple[ColumnBody, ...]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    elapsed_ms: float
    cached: bool
    data_sources: tuple[str, ...]
    lineage: LineageBody
    warehouse_version: int
    as_of: date


class Explanation(msgspec.Struct, frozen=True):
    """What a text compiles to; nothing was run."""

    valid: bool
    semantic_sql: str
    sql: str | None = None
    parameters: dict[str, Any] = {}
    columns: tuple[ColumnBody, ...] = ()
    lineage: LineageBody | None = None
    issues: tuple[IssueBody, ...] = ()
    warehouse_version: int | None = None
    as_of: date | None = None


class WarehouseState(msgspec.Struct, frozen=True):
    """Which data version answers."""

    version: int | None
    status: Literal["published", "empty"]


class Health(msgspec.Struct, frozen=True):
    """GET /api/health."""

    status: Literal["healthy", "degraded"]
    data_loaded: bool
    timestamp: str
    records_count: dict[str, float | None]
    """Counts by the keys of the model's `overview.records`."""
    version: str
    """Of the program."""
    warehouse: WarehouseState
    planner: str
    """`builtin`, `auto` (the built-in planner where it is certain, else the model) or `llm`."""
    model: str | None = None
    """The language model; null where none is set up."""


class Session(msgspec.Struct, frozen=True):
    """GET /api/session."""

    key_required: bool
    signed_in: bool
    name: str | None
    roles: list[str]
    may_manage_data: bool
    """True for those who may upload, roll back, and see rejects, checks and differences."""


class SourceDescription(msgspec.Struct, frozen=True):
    """One source of GET /api/data/schema; the lists of members stand beside these fields."""

    count: int | None
    columns: list[str]
    sample: list[dict[str, Any]]


class MemberCount(msgspec.Struct, frozen=True):
    """A value of a dimension and the rows that have it."""

    value: Any
    count: int


class DimensionValues(msgspec.Struct, frozen=True):
    """GET /api/semantic/values."""

    dimension: str
    values: list[MemberCount]
    truncated: bool


class ConversationLine(msgspec.Struct, frozen=True):
    """One entry of GET /api/conversations."""

    conversation_id: str
    title: str
    timestamp: str
    query: str
    functions_count: int
    visualizations_count: int
    turn_count: int


class ConversationList(msgspec.Struct, frozen=True):
    """GET /api/conversations, newest first."""

    conversations: list[ConversationLine]


class TurnBody(msgspec.Struct, frozen=True):
    """One question and the whole answer it got."""

    number: int
    question: str
    status: str
    answer: dict[str, Any]
    created_at: str
    elapsed_ms: float


class ConversationBody(msgspec.Struct, frozen=True):
    """GET /api/conversations/{id}."""

    conversation_id: str
    title: str
    created_at: str
    updated_at: str
    turns: list[TurnBody]


class Deleted(msgspec.Struct, frozen=True):
    """What was deleted for good."""

    conversation_id: str
    deleted: bool = True


def to_columns(columns: tuple[ResultColumn, ...]) -> tuple[ColumnBody, ...]:
    """The columns of a result as they go over the wire."""
    return tuple(
        ColumnBody(c.name, c.label, c.type.kind, c.role, c.format, c.grain) for c in columns
    )


def to_lineage(lineage: Lineage) -> LineageBody:
    """The lineage as it goes over the wire."""
    return LineageBody(
        models=lineage.models,
        metrics=lineage.metrics,
        dimensions=lineage.dimensions,
        segments=lineage.segments,
        columns=lineage.columns,
        sources=lineage.sources,
    )


def to_query_result(table: ResultTable, as_of: date, query_id: str = "q1") -> QueryResult:
    """The executed query as it goes over the wire."""
    return QueryResult(
        id=query_id,
        title=table.title,
        semantic_sql=table.semantic_sql,
        sql=table.sql,
        parameters={key: to_cell(value) for key, value in table.parameters.items()},
        columns=to_columns(table.columns),
        rows=[[to_cell(value) for value in row] for row in table.rows],
        row_count=table.row_count,
        truncated=table.truncated,
        elapsed_ms=round(table.elapsed_ms, 3),
        cached=table.cached,
        data_sources=table.data_sources,
        lineage=to_lineage(table.lineage),
        warehouse_version=table.warehouse_version,
        as_of=as_of,
    )


def to_cell(value: Any) -> Any:
    """A value that has a JSON form: keys of maps are texts, a number is finite or null.

    >>> to_cell({None: Decimal("1.50"), "a": float("inf")})
    {'': Decimal('1.50'), 'a': None}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    if isinstance(value, Mapping):
        return {"" if k is None else f"{k}": to_cell(item) for k, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_cell(item) for item in value]
    return value


_encoder = msgspec.json.Encoder(decimal_format="number")


def encode_json(value: Any) -> bytes:
    """The JSON text of a body: one line, decimals as numbers, NaN and infinity as null."""
    return _encoder.encode(value)
