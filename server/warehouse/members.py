"""What a version notes of its dimensions: members of texts, shapes of keys, dates of times.

Called by `planners.py` for askers whom no policy restricts. Invariant: read from the published
file as it was built; a version without these tables, of an earlier program, gives None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from semantic.members import MAX_MEMBERS, MAX_SHAPES
from server.warehouse.paths import Home
from server.warehouse.versions import open_published


@dataclass(frozen=True, slots=True)
class NotedMembers:
    """By qualified dimension."""

    members: Mapping[str, tuple[str, ...] | None]
    """Sorted; None where there are too many to know by name."""
    dates: Mapping[str, tuple[date, date]]
    key_shapes: Mapping[str, tuple[str, ...] | None]
    """What keys look like, each digit as a 9; None where they look too different."""


def read_members(home: Home, version: int) -> NotedMembers | None:
    """What is noted in a version; None where nothing is.

    Raises:
        WarehouseError: there is no such version, or it cannot be opened.
    """
    with open_published(home.database(version)) as connection:
        try:
            covered = connection.execute(
                "SELECT model, dimension, members, first_date, last_date FROM meta.coverage"
            ).fetchall()
        except duckdb.CatalogException:
            return None
        rows = connection.execute(
            "SELECT model || '.' || dimension, list(member ORDER BY member) FROM meta.members"
            " GROUP BY ALL"
        ).fetchall()
        try:
            shapes = connection.execute(
                "SELECT model || '.' || dimension, list(shape ORDER BY shape)"
                " FROM meta.key_shapes GROUP BY ALL"
            ).fetchall()
        except duckdb.CatalogException:
            shapes = []  # of an earlier program
    key_shapes = {n: tuple(sorted(s)) if len(s) <= MAX_SHAPES else None for n, s in shapes}
    listed = {name: tuple(sorted(members)) for name, members in rows}
    members = {
        f"{model}.{dimension}": None
        if count > MAX_MEMBERS
        else listed.get(f"{model}.{dimension}", ())
        for model, dimension, count, _, _ in covered
        if count is not None
    }
    dates = {
        f"{model}.{dimension}": (first, last)
        for model, dimension, count, first, last in covered
        if count is None and first is not None
    }
    return NotedMembers(members, dates, key_shapes)
