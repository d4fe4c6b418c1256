"""What goes wrong in the warehouse, told to the operator as issues.

Raised by every step of ingest, publish and versions; the CLI prints the issues, the API
turns them into a problem. Invariant: no engine text and no path outside the home folder.
"""

from __future__ import annotations

from collections.abc import Iterable

from semantic.issues import Issue


class WarehouseError(Exception):
    """The operation did not happen; what was published before is untouched."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__("; ".join(issue.to_sentence() for issue in self.issues))

    @classmethod
    def of(cls, code: str, message: str, *, where: str = "", hint: str = "") -> WarehouseError:
        """The error for one issue."""
        return cls([Issue(code=code, message=message, where=where, hint=hint)])
