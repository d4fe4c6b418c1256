"""Semantic SQL, query objects and dimension members to results, each decision recorded.

Called by the routes and the CLI. Invariant: whatever the surface, the same text, clock and
principal go to the same warehouse, and the outcome is in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import Field

from semantic.compiled import Principal
from semantic.definitions import Catalog, Dimension
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.records import records_sql
from semantic.request import SemanticQuery, Value, column_hints, to_sql
from semantic.spec import Spec
from semantic.types import TEXT
from server.answer.shape import Hints, with_hints
from server.audit import AuditLog
from server.errors import BadInput
from server.http_errors import to_issue_body
from server.results import ResultTable
from server.schemas import (
    DimensionValues,
    Explanation,
    MemberCount,
    QueryResult,
    to_cell,
    to_columns,
    to_lineage,
    to_query_result,
)
from server.settings import LimitSettings
from server.snapshot import Clock, Snapshot, Snapshots
from server.warehouse.execute import Warehouse
from server.warehouse.protocol import TypedValue

SEARCH_LIMIT_CHARS: Final = 200
MemberColumn = Annotated[str, Field(max_length=130)]


class AskableQuery(SemanticQuery):
    """The body of POST /api/semantic/query: the query object and the clock of its answer."""

    as_of: date | None = None


class RecordsRequest(Spec):
    """POST /api/semantic/records: the query that was run, and the cell that is meant."""

    query: SemanticQuery
    metric: Annotated[str, Field(max_length=130)] | None = None
    """One of the query's metrics; its first where absent."""
    members: Annotated[dict[MemberColumn, Value | None], Field(max_length=50)] = Field(
        default_factory=dict
    )
    """By column of the result: the member of the cell's row; null for the empty one."""
    as_of: date | None = None
    limit: Annotated[int, Field(ge=1, le=100_000)] | None = None


@dataclass(frozen=True, slots=True)
class Queries:
    """Runs governed queries for one surface."""

    snapshots: Snapshots
    warehouse: Warehouse
    audit: AuditLog
    limits: LimitSettings
    clock: Clock

    async def run_sql(
        self, sql: str, *, as_of: date | None, limit: int | None, principal: Principal
    ) -> QueryResult:
        """The result of semantic SQL on the current version.

        Raises:
            SemanticError, AppError: the text or the engine says no.
        """
        return await self._run("sql", lambda _: (sql, {}), as_of, limit, principal)

    async def run_table(
        self, sql: str, *, as_of: date | None, limit: int | None, principal: Principal
    ) -> tuple[ResultTable, date]:
        """The table of semantic SQL and its day, as whole as results get. Raises like `run_sql`."""
        rows = limit or self.limits.max_rows
        return await self._run_table("export", lambda _: (sql, {}), as_of, rows, principal)

    async def run_query(self, query: AskableQuery, *, principal: Principal) -> QueryResult:
        """The result of a query object. Raises what `run_sql` raises."""

        def write(snapshot: Snapshot) -> tuple[str, Hints]:
            hints = column_hints(snapshot.catalog, query)
            found = {name: (hint.label, hint.format) for name, hint in hints.items()}
            return to_sql(snapshot.catalog, query), found

        return await self._run("semantic-query", write, query.as_of, query.limit, principal)

    async def list_records(self, request: RecordsRequest, *, principal: Principal) -> QueryResult:
        """The rows behind one cell of a result. Raises what `run_sql` raises."""

        def write(snapshot: Snapshot) -> tuple[str, Hints]:
            catalog = snapshot.catalog
            return records_sql(catalog, request.query, request.members, request.metric), {}

        return await self._run("records", write, request.as_of, request.limit, principal)

    async def explain_sql(
        self, sql: str, *, as_of: date | None, limit: int | None, principal: Principal
    ) -> Explanation:
        """What semantic SQL compiles to, or the issues that keep it from compiling."""
        limit_rows = self.rows(limit)
        snapshot = await self.snapshots.get()
        moment = snapshot.moment(as_of, self.clock)
        try:
            found = await self.warehouse.explain(
                sql,
                as_of=moment,
                principal=principal,
                limit_rows=limit_rows,
                version=snapshot.version,
            )
        except SemanticError as error:
            issues = tuple(map(to_issue_body, error.issues))
            return Explanation(
                valid=False,
                semantic_sql=sql,
                issues=issues,
                warehouse_version=snapshot.version,
                as_of=moment,
            )
        return Explanation(
            valid=True,
            semantic_sql=found.semantic_sql,
            sql=found.sql,
            parameters={key: to_cell(value) for key, value in found.parameters.items()},
            columns=to_columns(found.columns),
            lineage=to_lineage(found.lineage),
            warehouse_version=found.warehouse_version,
            as_of=moment,
        )

    async def list_values(
        self, name: str, *, search: str, limit: int, principal: Principal
    ) -> DimensionValues:
        """The members of a dimension that contain `search`, the most frequent first.

        Raises:
            SemanticError: there is no such dimension; with suggestions.
        """
        snapshot = await self.snapshots.get()
        dimension = find_dimension(snapshot.catalog, name)
        field = quote_name(dimension.name)
        where = "WHERE contains(lower(CAST({0} AS VARCHAR)), lower($search))" if search else ""
        # Names of the catalog and a bound value: semantic SQL that is compiled like any other.
        sql = (
            f"SELECT {field} AS member, COUNT(*) AS members FROM {quote_name(dimension.model)} "  # noqa: S608
            f"{where.format(field)} GROUP BY {field} ORDER BY members DESC, member"
        )
        limit_rows = self.rows(limit)
        table = await self.warehouse.run(
            sql,
            as_of=snapshot.today(self.clock),
            principal=principal,
            limit_rows=limit_rows,
            arguments={"search": TypedValue(TEXT, search)} if search else {},
            version=snapshot.version,
        )
        return DimensionValues(
            dimension=dimension.qualified,
            values=[MemberCount(to_cell(value), count) for value, count in table.rows],
            truncated=table.truncated,
        )

    def rows(self, limit: int | None) -> int:
        """The row limit that holds for a request. Raises BadInput above the largest one."""
        if limit is None:
            return self.limits.default_rows
        if limit > self.limits.max_rows:
            raise BadInput(
                f"A result has at most {self.limits.max_rows:,} rows here.",
                hint="Ask for fewer, or aggregate.",
                issues=[Issue("limit-too-high", "The limit is too high.", where="limit")],
            )
        return limit

    async def _run(
        self,
        action: str,
        write: Callable[[Snapshot], tuple[str, Hints]],
        as_of: date | None,
        limit: int | None,
        principal: Principal,
    ) -> QueryResult:
        return to_query_result(*await self._run_table(action, write, as_of, limit, principal))

    async def _run_table(
        self,
        action: str,
        write: Callable[[Snapshot], tuple[str, Hints]],
        as_of: date | None,
        limit: int | None,
        principal: Principal,
    ) -> tuple[ResultTable, date]:
        async with self.audit.decision(action, principal) as decision:
            limit_rows = self.rows(limit)
            snapshot = await self.snapshots.get()
            decision.version = snapshot.version
            sql, hints = write(snapshot)
            decision.semantic_sql = sql
            moment = snapshot.moment(as_of, self.clock)
            table = await self.warehouse.run(
                sql,
                as_of=moment,
                principal=principal,
                limit_rows=limit_rows,
                version=snapshot.version,
            )
        return with_hints(table, hints), moment


def find_dimension(catalog: Catalog, name: str) -> Dimension:
    """The visible dimension `name` or `model.name`; the first model that has it wins.

    Raises:
        SemanticError: there is none; with the nearest names.
    """
    owner, _, bare = name.rpartition(".")
    visible = [
        dimension
        for model in catalog.models.values()
        for dimension in model.dimensions.values()
        if not dimension.hidden
    ]
    for dimension in visible:
        if dimension.name == bare and owner in ("", dimension.model):
            return dimension
    near = suggest(name, [d.qualified if owner else d.name for d in visible])
    raise SemanticError(
        [
            Issue(
                code="unknown-dimension",
                message=f"There is no dimension '{name[:100]}'.",
                where="dimension",
                hint=did_you_mean(near) or "GET /api/semantic/catalog lists all dimensions.",
                suggestions=near,
            )
        ]
    )


def metrics_sql(catalog: Catalog, metrics: Sequence[str]) -> str:
    """Semantic SQL for one row with the metrics, in their order, over all models."""
    items = ", ".join(
        f"MEASURE({quote_name(metric)}) AS m{number}" for number, metric in enumerate(metrics, 1)
    )
    return f"SELECT {items} FROM {quote_name(catalog.name)}"  # noqa: S608 - names of the catalog


def quote_name(name: str) -> str:
    """A name of the catalog in semantic SQL, also where it is a word of SQL."""
    return f'"{name}"'
