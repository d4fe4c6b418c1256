"""Issues: what is wrong in a text or a model, where, and what to do about it.

Every step of the semantic layer reports its findings as `Issue` values and raises
one `SemanticError` with all of them; nothing here is raised one at a time.
Invariant: an issue never quotes a data row, a path of the machine or an engine message.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the asker's text: 1-based line and column, 0-based offsets."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: a stable kebab-case code, the sentence, the place and the way out."""

    code: str
    message: str
    where: str = ""
    hint: str = ""
    place: Place | None = None
    suggestions: tuple[str, ...] = ()
    path: tuple[str | int, ...] = ()
    """Keys into the model file, e.g. ("models", 0, "metrics", 3); empty for SQL."""

    def to_sentence(self) -> str:
        """The issue as one line for a terminal or a log."""
        at = self.where or (f"line {self.place.line}:{self.place.column}" if self.place else "")
        return " ".join(part for part in (f"{at}:" if at else "", self.message, self.hint) if part)


class SemanticError(Exception):
    """Raised by parse, resolve, compile and load with every issue found."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__("; ".join(issue.to_sentence() for issue in self.issues))


def suggest(name: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """The known names nearest to `name`, best first; empty when none is near.

    >>> suggest("win_rat", ["win_rate", "pipeline_value"])
    ('win_rate',)
    """
    by_fold = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), list(by_fold), n=limit, cutoff=0.6)
    return tuple(by_fold[match] for match in near)


def did_you_mean(suggestions: Sequence[str]) -> str:
    """A hint sentence from suggestions, or an empty text.

    >>> did_you_mean(["stage", "state"])
    "Did you mean 'stage' or 'state'?"
    """
    if not suggestions:
        return ""
    return "Did you mean " + " or ".join(f"'{name}'" for name in suggestions) + "?"
