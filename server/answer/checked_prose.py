"""Prose of a language model to prose of which every number is one of the results.

Called by `ask_run.py`. Pure. Invariant: a sentence with a number, date or factor that no finding
holds is taken out and its numbers are listed; markup that could do anything is made plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from server.answer.prose_dates import find_dates
from server.answer.prose_facts import Fact, Facts, collect_facts
from server.answer.prose_numbers import Stated, find_numbers
from server.answer.prose_rows import find_named_rows
from server.answer.shape import Finding

LONGEST: Final = 4_000
_SENTENCE: Final = re.compile(r"(?<=[.!?])[\"')\]*]*\s+(?=[\"'(*]*[A-Z0-9$€£])")
_MARKER: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_LINK: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:|javascript:|data:)[^\s)]*", re.I
)
_CUE: Final = re.compile(
    r"(?:\b(?:over|above|below|under|than|least|most|exceed(?:s|ing)?|within|last|next|past|top|"
    r"bottom|first|between|and|to|up|beyond|threshold|limit(?:ed)?)|[<>≥≤=])[\s$€£]*$",
    re.IGNORECASE,
)
_RATIO_SLACK: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class CheckedProse:
    """What is left of a text, and the numbers that were taken out with their sentences."""

    text: str
    unverified: tuple[str, ...]
    kept: int
    """Sentences left."""
    removed: int
    verified: int
    """Numbers left."""

    @property
    def is_enough(self) -> bool:
        """Whether what is left still tells something of the result."""
        return bool(self.text) and self.verified > 0 and self.kept > self.removed


def check_prose(
    text: str, findings: Sequence[Finding], definitions: Iterable[str], as_of: date
) -> CheckedProse:
    """The text without the sentences whose numbers are none of the findings'."""
    facts = collect_facts(findings, definitions, as_of)
    lines: list[str] = []
    unverified: list[str] = []
    kept = removed = verified = 0
    for line in to_inert(text[:LONGEST]).splitlines():
        marker = _MARKER.match(line)
        body = line[marker.end() :] if marker else line
        sentences = []
        for sentence in _SENTENCE.split(body):
            numbers, bad = _judge(sentence, facts, findings)
            if bad:
                unverified += bad
                removed += 1
            elif sentence.strip():
                sentences.append(sentence.strip())
                kept, verified = kept + 1, verified + numbers
        if sentences or not line.strip():
            lines.append((marker[0] if marker and sentences else "") + " ".join(sentences))
    left = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return CheckedProse(left, tuple(dict.fromkeys(unverified)), kept, removed, verified)


def to_inert(text: str) -> str:
    """The text as Markdown that shows words and emphasis and does nothing else.

    >>> to_inert("# Hi ![x](http://e.example/p) <b>[y](z)</b>")
    'Hi !\\\\[x\\\\]((link removed)) &lt;b>\\\\[y\\\\](z)&lt;/b>'
    """
    lines = []
    for line in text.replace("\r", "\n").split("\n"):
        plain = "".join(c if c.isprintable() else " " for c in line)
        plain = re.sub(r"^\s*(?:#{1,6}\s+|>+\s*|={3,}|-{3,}\s*$)", "", plain)
        plain = _LINK.sub("(link removed)", plain)
        plain = plain.replace("\\", "\\\\").replace("`", "'").replace("|", "\\|")
        plain = plain.replace("<", "&lt;").replace("[", "\\[").replace("]", "\\]")
        lines.append(plain.rstrip())
    return "\n".join(lines).strip()


# ------------------------------------------------------------------ judging a sentence


def _judge(sentence: str, facts: Facts, findings: Sequence[Finding]) -> tuple[int, list[str]]:
    """How many numbers a sentence states, and those that nothing supports."""
    masked = _mask_names(sentence, facts)
    rest, unknown_days, days = find_dates(masked, facts)
    stated = find_numbers(rest)
    matches = [(one, _match(one, rest, facts)) for one in stated]
    bad = unknown_days + [one.text for one, found in matches if found is None]
    if not bad:
        cells = [(one, found) for one, found in matches if found]
        bad = _misplaced(sentence, cells, findings)
    return len(stated) + days, bad


def _mask_names(sentence: str, facts: Facts) -> str:
    """The sentence with names that contain digits blanked out."""
    masked = sentence
    for name in sorted(facts.names, key=len, reverse=True):
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        masked = pattern.sub(lambda found: " " * len(found[0]), masked)
    return masked


def _match(stated: Stated, text: str, facts: Facts) -> tuple[Fact, ...] | None:
    """The facts that a number may stand for: () where it needs none, None where there is none."""
    if not stated.is_readable:
        return None
    if stated.unit == "year" and int(stated.value) in facts.years:
        return ()
    if stated.unit == "ordinal":
        rows = max((fact.value for fact in facts.numbers if fact.unit == "count"), default=0)
        return () if stated.value <= max(rows, 1) else None
    found = tuple(fact for fact in facts.numbers if _is_same(stated, fact))
    if found:
        return found
    is_condition = abs(stated.value) in facts.literals and _is_condition(stated, text)
    return () if is_condition else None


def _is_condition(stated: Stated, text: str) -> bool:
    """Whether a number is told as a threshold: "over 70", "the last 90 days", "30-day"."""
    before, after = text[: stated.start], text[stated.end :]
    return bool(_CUE.search(before)) or re.match(r"-[a-z]", after) is not None


def _is_same(stated: Stated, fact: Fact) -> bool:
    if not _fits(stated, fact):
        return False
    if stated.unit in ("factor", "growth"):
        return fact.value > 0 and abs(stated.value / fact.value - 1) <= _RATIO_SLACK
    step = stated.step
    if stated.is_about and stated.value == int(stated.value) and stated.value:
        digits = f"{abs(int(stated.value))}"
        step = max(step, Decimal(10) ** (len(digits) - max(2, len(digits.rstrip("0")))))
    # "Down 12%" says the sign in words.
    return min(abs(fact.value - stated.value), abs(-fact.value - stated.value)) <= step / 2


def _fits(stated: Stated, fact: Fact) -> bool:
    """Whether the units go together; a bare number may stand for any but a share."""
    if stated.unit in ("factor", "growth"):
        return fact.unit == ("ratio" if stated.unit == "factor" else "growth")
    if stated.unit in ("percent", "points"):
        return fact.unit in ("percent", "points")
    if stated.unit == "currency":
        return fact.unit in ("currency", "number")
    return fact.unit in ("number", "currency", "count")


# ------------------------------------------------------------------ numbers at the wrong name


def _misplaced(
    sentence: str,
    cells: Sequence[tuple[Stated, tuple[Fact, ...]]],
    findings: Sequence[Finding],
) -> list[str]:
    """Numbers whose rows or columns are not those that the sentence names."""
    lowered = sentence.lower()
    bad: list[str] = []
    for place, finding in enumerate(findings):
        own = [(stated, found) for stated, found in cells if all(f.finding == place for f in found)]
        bad += [
            stated.text
            for stated, found in own
            if (columns := _named_columns(lowered, finding, stated))
            and not any(f.column in columns or f.unit == "count" for f in found)
        ]
        bad += _wrong_rows(own, find_named_rows(lowered, finding))
    return bad


def _wrong_rows(
    own: Sequence[tuple[Stated, tuple[Fact, ...]]], rows: Sequence[frozenset[int]]
) -> list[str]:
    """Cells of rows that are not named; where as many are named as told, also in another order."""
    if not rows:
        return []
    told = [(stated, found) for stated, found in own if all(f.row is not None for f in found)]
    named = frozenset().union(*rows)
    bad = [stated.text for stated, found in told if not any(f.row in named for f in found)]
    if not bad and len(told) == len(rows) >= 2:
        bad = [
            stated.text
            for (stated, found), row in zip(told, rows, strict=True)
            if not any(f.row in row for f in found)
        ]
    return bad


def _named_columns(sentence: str, finding: Finding, stated: Stated) -> set[int]:
    """The columns that a sentence names and that the number can be one of, by its unit."""
    if stated.unit not in ("", "percent", "currency"):
        return set()
    fits = {"percent": ("percent",), "currency": ("currency",)}.get(stated.unit)
    found = set()
    for n in finding.numbers:
        column = finding.column(n)
        is_one = column.format in fits if fits else column.format != "percent"
        if is_one and column.label.lower() in sentence:
            found.add(n)
    return found
