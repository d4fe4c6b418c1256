"""A value given for a member of a dimension to the member as the data spells it, or an issue.

Called by `analyses.py` for parameters with `members_of`. Asks in semantic SQL like everyone, so
that a member hidden from the asker's roles is neither found nor suggested.
Invariant: what comes back is a member of the data; two candidates are never settled by a guess.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Final

from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.issues import Issue, did_you_mean, suggest
from semantic.types import TEXT
from server.warehouse.execute import Warehouse
from server.warehouse.protocol import TypedValue

_COMPARED: Final = 5_000
"""Members looked through for near names; one beyond them is still found by its own name."""
_SUGGESTED: Final = 5


@dataclass(frozen=True, slots=True)
class Members:
    """The members of dimensions as one asker sees them on one version."""

    warehouse: Warehouse
    catalog: Catalog
    as_of: date
    principal: Principal
    version: int

    async def settle(self, name: str, dimension: str, value: str) -> str | Issue:
        """The member that equals `value` but for upper and lower case, or what is wrong.

        Args:
            name: the parameter, for the issue.
            dimension: `model.dimension`, known to be in the catalog.
        """
        model, _, column = dimension.partition(".")
        found = await self._first_column(_EQUAL, model, column, value)
        if value in found:
            return value
        if len(found) == 1:
            return found[0]
        if found:
            near = found[:_SUGGESTED]
            message = f"'{value}' is written in several ways in the data."
            return Issue("ambiguous-member", message, name, did_you_mean(near), suggestions=near)
        label = self.catalog.get_dimension(model, column).label or column
        near = await self._near(model, column, value)
        hint = did_you_mean(near) or f"GET /api/semantic/values?dimension={dimension} lists them."
        message = f"There is no {label.lower()} '{value}'."
        return Issue("unknown-member", message, name, hint, suggestions=near)

    async def _near(self, model: str, column: str, value: str) -> tuple[str, ...]:
        """Members spelled alike, then those that contain the value, shortest first."""
        within = await self._first_column(_CONTAINING, model, column, value)
        listed = await self._first_column(_ALL, model, column)
        # Comparing thousands of names takes a while; the event loop serves others meanwhile.
        close = await asyncio.to_thread(suggest, value, listed)
        return tuple(dict.fromkeys((*close, *within)))[:_SUGGESTED]

    async def _first_column(
        self, sql: str, model: str, column: str, value: str | None = None
    ) -> tuple[str, ...]:
        table = await self.warehouse.run(
            sql.replace("MODEL", model).replace("COLUMN", f'"{column}"'),
            as_of=self.as_of,
            principal=self.principal,
            limit_rows=_COMPARED,
            arguments={} if value is None else {"value": TypedValue(TEXT, value)},
            version=self.version,
        )
        return tuple(row[0] for row in table.rows if row[0] is not None)


_EQUAL: Final = """\
SELECT DISTINCT COLUMN AS member FROM MODEL
WHERE lower(trim(COLUMN)) = lower($value) ORDER BY member"""

_CONTAINING: Final = """\
SELECT DISTINCT COLUMN AS member, length(COLUMN) AS size FROM MODEL
WHERE contains(lower(COLUMN), lower($value)) ORDER BY size, member LIMIT 5"""

_ALL: Final = """\
SELECT DISTINCT COLUMN AS member FROM MODEL WHERE COLUMN IS NOT NULL ORDER BY member"""
