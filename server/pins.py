"""An answer's query to a tile that stays on the dashboard.

Called by the dashboard routes. Invariant: what is pinned compiled when it was pinned, and is
computed anew, under the viewer's own policies, each time it is shown.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import Field, model_validator

from semantic.compiled import Principal
from semantic.query_object import SemanticQuery
from semantic.request import to_sql
from semantic.spec import Spec
from server.answer.wire import ChartType
from server.conversations import owner_of
from server.errors import BadInput
from server.queries import Queries
from server.storage.pin_store import PinStore
from server.storage.records import Pin

MAX_PINS: Final = 50


class PinRequest(Spec):
    """POST /api/dashboard/pins: a title and either semantic SQL or a query object."""

    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    chart: Literal["bar", "pie", "line", "table", "metrics"] | None = None
    """Absent: whatever suits the result."""
    semantic_sql: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    query: SemanticQuery | None = None

    @model_validator(mode="after")
    def _one_query(self) -> PinRequest:
        if (self.semantic_sql is None) == (self.query is None):
            raise ValueError("give either 'semantic_sql' or 'query'")
        return self


class PinBody(msgspec.Struct, frozen=True):
    """One pinned tile, without its result."""

    id: str
    title: str
    chart: ChartType | None
    semantic_sql: str | None
    query: dict[str, Any] | None
    created_at: str


class PinList(msgspec.Struct, frozen=True):
    """GET /api/dashboard/pins, in the order they were made."""

    pins: list[PinBody]


class Unpinned(msgspec.Struct, frozen=True):
    """What is no longer on the dashboard."""

    id: str
    deleted: bool = True


@dataclass(frozen=True, slots=True)
class Pins:
    """The pinned tiles of one home."""

    store: PinStore
    queries: Queries

    async def list(self, principal: Principal) -> PinList:
        """The asker's pins."""
        return PinList([to_pin_body(pin) for pin in await self.kept(principal)])

    async def kept(self, principal: Principal) -> tuple[Pin, ...]:
        """The asker's pins as they are stored."""
        return await self.store.list(owner_of(principal))

    async def add(self, request: PinRequest, principal: Principal) -> PinBody:
        """Pin a query that compiles on the current version.

        Raises:
            SemanticError: it does not; nothing was pinned.
            BadInput: there are too many pins already.
        """
        queries, owner = self.queries, owner_of(principal)
        async with queries.audit.decision("pin", principal) as decision:
            if await self.store.count(owner) >= MAX_PINS:
                raise BadInput(
                    f"A dashboard has at most {MAX_PINS} pinned tiles.", hint="Remove one first."
                )
            snapshot = await queries.snapshots.get()
            sql = request.semantic_sql or ""
            if request.query is not None:
                sql = to_sql(snapshot.catalog, request.query)
            decision.semantic_sql, decision.version = sql, snapshot.version
            await queries.warehouse.explain(
                sql,
                as_of=snapshot.today(queries.clock),
                principal=principal,
                limit_rows=queries.limits.default_rows,
                version=snapshot.version,
            )
            pin = Pin(
                id=f"pin_{secrets.token_hex(8)}",
                owner=owner,
                title=" ".join(request.title.split()),
                chart=request.chart,
                semantic_sql=request.semantic_sql,
                query=None if request.query is None else to_plain(request.query),
                created_at=queries.clock(),
            )
            await self.store.add(pin)
        return to_pin_body(pin)

    async def remove(self, pin_id: str, principal: Principal) -> Unpinned:
        """Take a tile off the dashboard. Raises JobNotFound."""
        async with self.queries.audit.decision("unpin", principal):
            await self.store.remove(pin_id, owner_of(principal))
        return Unpinned(pin_id)


def to_plain(query: SemanticQuery) -> dict[str, Any]:
    """A query object as JSON values, without what is at its default."""
    return query.model_dump(mode="json", exclude_defaults=True)


def to_pin_body(pin: Pin) -> PinBody:
    """The pin as it goes over the wire."""
    return PinBody(
        id=pin.id,
        title=pin.title,
        chart=pin.chart,  # type: ignore[arg-type]  # checked when it was pinned
        semantic_sql=pin.semantic_sql,
        query=pin.query,
        created_at=pin.created_at.isoformat(timespec="seconds"),
    )
