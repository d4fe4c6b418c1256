"""A value given for a member of a dimension to the member as the data spells it, or an issue.

Called by `analyses.py` for parameters with `members_of`. Asks in semantic SQL like everyone, so
that a member hidden from the asker's roles is neither found nor suggested.
Invariant: what comes back is a member of the data; two candidates are never settled by a guess.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
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
        found = await self._first_column(
            f"SELECT DISTINCT {column} AS member FROM {model} "  # noqa: S608
            "WHERE lower({0}) = lower($value) ORDER BY member".format(column),
            {"value": TypedValue(TEXT, value)},
        )
        if value in found:
            return value
        if len(found) == 1:
            return found[0]
        if found:
            message = f"'{value}' is written in several ways in the data."
            near = found[:_SUGGESTED]
            hint = did_you_mean(near)
            return Issue("ambiguous-member", message, name, hint, suggestions=near)
        label = self.catalog.get_dimension(model, column).label or column
        near = await self._near(model, column, value)
        hint = did_you_mean(near) or f"GET /api/semantic/values?dimension={dimension} lists them."
        message = f"There is no {label.lower()} '{value}'."
        return Issue("unknown-member", message, name, hint, suggestions=near)
