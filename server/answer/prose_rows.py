"""A sentence to the rows of a finding that it names, by their members and periods.

Called by `checked_prose.py`. Pure. Invariant: rows come in the order in which their names stand in
the sentence; a name inside a longer name of the same finding does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from server.answer.shape import Finding


def find_named_rows(sentence: str, finding: Finding) -> list[frozenset[int]]:
    """The rows that a sentence (in lower case) names, one set per name."""
    rows: dict[str, set[int]] = {}
    for position in (*finding.names, *finding.times):
        grain = finding.column(position).grain
        for row, cell in enumerate(finding.cells(position)):
            for name in _spellings(cell, grain):
                rows.setdefault(name.lower(), set()).add(row)
    found: list[tuple[int, frozenset[int]]] = []
    taken: list[range] = []
    for name in sorted(rows, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", sentence):
            if not any(match.start() in one for one in taken):
                taken.append(range(match.start(), match.end()))
                found.append((match.start(), frozenset(rows[name])))
    unique: dict[frozenset[int], int] = {}
    for at, named in sorted(found, key=lambda one: one[0]):
        unique.setdefault(named, at)
    return list(unique)


def _spellings(cell: Any, grain: str) -> Iterator[str]:
    if isinstance(cell, date):
        if grain == "quarter":
            yield f"Q{(cell.month - 1) // 3 + 1} {cell.year}"
        elif grain == "month":
            yield from (f"{cell:%B %Y}", f"{cell:%b %Y}", f"{cell:%Y-%m}")
        elif grain != "year":
            yield f"{cell:%Y-%m-%d}"
    elif isinstance(cell, str) and cell:
        yield cell
