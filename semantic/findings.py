"""What is wrong in a model file, gathered while it is bound.

Called by `catalog` and its parts. Invariant: every issue carries the path into the file, so
that `load` can say file and line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from semantic import syntax as s
from semantic.issues import Issue, SemanticError, did_you_mean
from semantic.parse import parse_expression

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Findings:
    """The issues of one model file, in the order they were found."""

    issues: list[Issue] = field(default_factory=list)

    def refuse(self, code: str, message: str, path: Path, near: tuple[str, ...] = ()) -> None:
        """Add an issue; `near` are names that may have been meant."""
        self.issues.append(
            Issue(code, message, hint=did_you_mean(near), suggestions=near, path=path)
        )

    def add(self, issues: list[Issue], path: Path) -> None:
        """Add the issues of an expression that stands at `path`."""
        self.issues += [replace(issue, path=path, place=None) for issue in issues]

    def parse(self, text: str, path: Path) -> s.Expression:
        """The parsed expression; a NULL stands in after an issue."""
        try:
            return parse_expression(text)
        except SemanticError as error:
            self.issues += [replace(issue, path=path) for issue in error.issues]
            return s.Constant(None)
