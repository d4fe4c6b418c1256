"""The model's `overview` to health counts, the data schema and the quick insights.

Called by the routes of the fixed pages. Invariant: which numbers these are is said by the
model alone; every one comes from a governed query on one data version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Literal

from semantic.compiled import Principal
from semantic.definitions import Model
from semantic.issues import SemanticError
from semantic.spec import SourceSpec
from server.errors import AppError
from server.queries import Queries, metrics_sql, quote_name
from server.schemas import Health, WarehouseState, to_cell
from server.snapshot import Snapshot

SAMPLE_ROWS: Final = 3
MEMBERS_LIMIT: Final = 200
TOP_LIMIT: Final = 10
_WIDE: Final = Context(prec=400, rounding=ROUND_HALF_UP)
"""Wide enough for every double written out."""
_TOP: Final = "top_"
"""Keys of `overview.members` that begin so list the most frequent members."""


def program_version() -> str:
    """The version of the installed program."""
    try:
        return version("revenue-analytics")
    except PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True, slots=True)
class Overview:
    """The fixed pages of one server."""

    queries: Queries
    planner: str
    model: str | None = None
    """The language model beside the built-in planner."""

    async def health(self, principal: Principal | None) -> Health:
        """What is loaded; "degraded" where data is loaded and cannot be queried.

        Without a principal nothing is counted: what there is, is not for everybody.
        """
        queries = self.queries
        now = queries.clock()
        number = queries.snapshots.find_version()
        counts: dict[str, Any] = {}
        status: Literal["healthy", "degraded"] = "healthy"
        if number is not None:
            try:
                snapshot = await queries.snapshots.get(number)
                records = snapshot.spec.overview.records
                if principal is not None:
                    today = snapshot.today(queries.clock)
                    counts = await self.metrics(snapshot, records, today, principal)
            except (AppError, SemanticError):
                status = "degraded"
        return Health(
            status=status,
            data_loaded=number is not None,
            timestamp=now.isoformat(timespec="seconds"),
            records_count=counts,
            version=program_version(),
            warehouse=WarehouseState(number, "empty" if number is None else "published"),
            planner=self.planner,
            model=self.model,
        )

    async def quick_insights(self, as_of: date | None, principal: Principal) -> dict[str, Any]:
        """The headline numbers by key: money to the cent, percents 0-100 to one decimal.

        Raises:
            NoData: nothing has been loaded yet.
        """
        snapshot = await self.queries.snapshots.get()
        moment = snapshot.moment(as_of, self.queries.clock)
        return await self.metrics(snapshot, snapshot.spec.overview.insights, moment, principal)

    async def data_schema(self, principal: Principal) -> dict[str, dict[str, Any]]:
        """Per source: rows, the CSV's own headers, a sample under them, and the members.

        Raises:
            NoData: nothing has been loaded yet.
        """
        snapshot = await self.queries.snapshots.get()
        sources = snapshot.spec.sources
        described = await asyncio.gather(
            *(self._describe(snapshot, source, principal) for source in sources)
        )
        return {source.name: body for source, body in zip(sources, described, strict=True)}

    async def metrics(
        self,
        snapshot: Snapshot,
        keys: Mapping[str, str],
        moment: date,
        principal: Principal,
    ) -> dict[str, Any]:
        """The values of metrics, by the keys they are asked under, as the fixed pages show them."""
        if not keys:
            return {}
        sql = metrics_sql(snapshot.catalog, list(keys.values()))
        row = (await self._rows(snapshot, sql, 1, principal, moment))[0]
        metrics = snapshot.catalog.metrics
        return {
            key: to_shown(value, metrics[metric].format)
            for (key, metric), value in zip(keys.items(), row, strict=True)
        }

    async def _describe(
        self, snapshot: Snapshot, source: SourceSpec, principal: Principal
    ) -> dict[str, Any]:
        headers = list(source.columns)
        model = _model_of(snapshot, source)
        members = snapshot.spec.overview.members.get(source.name, {})
        if model is None:
            return {"count": None, "columns": headers, "sample": []}
        counted, sample, *lists = await asyncio.gather(
            self._rows(snapshot, f"SELECT COUNT(*) AS n FROM {quote_name(model.name)}", 1, principal),  # noqa: S608, E501 - a name of the catalog
            self._sample(snapshot, source, model, principal),
            *(self._members(snapshot, model, key, dimension, principal)
              for key, dimension in members.items()),
        )  # fmt: skip
        body: dict[str, Any] = {"count": counted[0][0], "columns": headers, "sample": sample}
        return body | dict(zip(members, lists, strict=True))

    async def _sample(
        self, snapshot: Snapshot, source: SourceSpec, model: Model, principal: Principal
    ) -> list[dict[str, Any]]:
        """The first rows under the CSV's headers; columns the model does not show stay out."""
        shown = {
            header: column.to
            for header, column in source.columns.items()
            if (found := model.dimensions.get(column.to)) is not None
            and not found.hidden
            and found.fields == (column.to,)
        }
        if not shown:
            return []
        names = ", ".join(map(quote_name, shown.values()))
        key = model.dimensions.get(model.primary_key)
        order = f" ORDER BY {quote_name(key.name)}" if key and not key.hidden else ""
        sql = f"SELECT {names} FROM {quote_name(model.name)}{order}"  # noqa: S608 - catalog names
        rows = await self._rows(snapshot, sql, SAMPLE_ROWS, principal)
        return [dict(zip(shown, map(to_cell, row), strict=True)) for row in rows]

    async def _members(
        self, snapshot: Snapshot, model: Model, key: str, name: str, principal: Principal
    ) -> list[Any]:
        dimension = model.dimensions[name]
        field = quote_name(name)
        is_top = key.startswith(_TOP)
        order = "n DESC, member" if is_top else "member"
        sql = (
            f"SELECT {field} AS member, COUNT(*) AS n FROM {quote_name(model.name)} "  # noqa: S608
            f"WHERE {field} IS NOT NULL GROUP BY {field} ORDER BY {order}"
        )
        limit = TOP_LIMIT if is_top else MEMBERS_LIMIT
        found = [to_cell(row[0]) for row in await self._rows(snapshot, sql, limit, principal)]
        if is_top or not dimension.order:
            return found
        places = {member: place for place, member in enumerate(dimension.order)}
        return sorted(found, key=lambda member: places.get(member, len(places)))

    async def _rows(
        self,
        snapshot: Snapshot,
        sql: str,
        limit: int,
        principal: Principal,
        moment: date | None = None,
    ) -> Sequence[tuple[Any, ...]]:
        table = await self.queries.warehouse.run(
            sql,
            as_of=snapshot.moment(moment, self.queries.clock),
            principal=principal,
            limit_rows=limit,
            version=snapshot.version,
        )
        return table.rows


def _model_of(snapshot: Snapshot, source: SourceSpec) -> Model | None:
    """The first model over the table of a source."""
    for model in snapshot.catalog.models.values():
        if model.table.name == source.name:
            return model
    return None


def to_shown(value: Any, format_: str) -> int | float | Decimal | None:
    """A metric's value as the fixed pages show it.

    >>> to_shown(0.50089, "percent"), to_shown(Decimal("10.125"), "currency")
    (Decimal('50.1'), Decimal('10.13'))
    """
    if value is None or isinstance(value, int):
        return value
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        return None
    if format_ == "percent":
        return _WIDE.quantize(_WIDE.multiply(number, Decimal(100)), Decimal("0.1"))
    return _WIDE.quantize(number, Decimal("0.01"))
