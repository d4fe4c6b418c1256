"""Questions that are answered already: verified queries and the examples of named analyses.

Called by `planner.py` before anything is composed. Invariant: a stored question matches only a
question of the same content words; members and numbers must be named parameters of the analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from server.planner.builtin.lexicon import Lexicon, key_of
from server.planner.builtin.spans import Item
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR, is_filler
from server.planner.plan import ChartKind, PlannedAnalysis, PlannedQuery

_ENOUGH: Final = 0.99


@dataclass(frozen=True, slots=True)
class AnalysisExample:
    """A named analysis as a planner sees it."""

    name: str
    title: str
    questions: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> the dimension whose member it takes, or "number" for a limit."""
    metrics: tuple[str, ...] = ()
    """The governed metrics in its statements."""
    by: str = ""
    """The column its chart has an entry for."""
    is_plain: bool = False
    """True where it takes no parameters and gives one table of groups."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored question by its content words."""

    words: frozenset[str]
    order: tuple[str, ...] = ()
    """The same words as they stand in the question."""
    query: PlannedQuery | None = None
    analysis: AnalysisExample | None = None


def content_words(words: Sequence[str]) -> frozenset[str]:
    """The words that carry the question, in the form phrases are compared in."""
    return frozenset(word for word in key_of(words) if not is_filler(word))


def _ordered(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in key_of(words) if not is_filler(word))


def is_literal(found: Stored, words: Sequence[str]) -> bool:
    """True where the question says the stored words in their order, and the answer is not cut.

    "Wins by title" is not "title wins"; and who asks for no number of rows wants all of them.
    """
    return _ordered(words) == found.order and not is_cut(found, words)


def is_cut(found: Stored, words: Sequence[str]) -> bool:
    """True where the stored answer has a limit and the question names no number or rank."""
    has_limit = found.query is not None and " LIMIT " in found.query.sql.upper()
    names_number = any(word.isdigit() for word in words)
    ranked = any(
        meaning.role in ("top", "bottom", "size_top", "size_bottom")
        for word in words
        for meaning in GRAMMAR.get((word,), ())
    )
    return has_limit and not (names_number or ranked)


def load_stored(lexicon: Lexicon, analyses: Iterable[AnalysisExample]) -> tuple[Stored, ...]:
    """Verified queries of the model, then the examples of the analyses."""
    stored: list[Stored] = []
    for verified in lexicon.catalog.spec.verified_queries:
        chart: ChartKind | None = verified.chart
        planned = PlannedQuery(verified.title or verified.question, None, verified.sql, chart)
        said = words_of(verified.question)
        stored.append(Stored(content_words(said), _ordered(said), planned))
    for analysis in analyses:
        texts = {*analysis.questions, analysis.name.replace("_", " "), analysis.title}
        stored += [
            Stored(content_words(words_of(text)), _ordered(words_of(text)), None, analysis)
            for text in sorted(texts)
        ]
    return tuple(stored)


def find_stored(stored: Sequence[Stored], words: Sequence[str]) -> Stored | None:
    """The stored question of the same content words, verified queries first."""
    wanted = content_words(words)
    if not wanted:
        return None
    return next((one for one in stored if one.words == wanted), None)


def find_analysis(
    stored: Sequence[Stored], items: Sequence[Item], words: Sequence[str], lexicon: Lexicon
) -> PlannedAnalysis | None:
    """The analysis whose example asks the same about another member: "the 360 on Acme"."""
    for one in stored:
        if one.analysis is None or not one.analysis.parameters:
            continue
        found = _fill(one, items, words, lexicon)
        if found is not None:
            return found
    return None


def _fill(
    one: Stored, items: Sequence[Item], words: Sequence[str], lexicon: Lexicon
) -> PlannedAnalysis | None:
    analysis = one.analysis
    if analysis is None:
        return None
    values: dict[str, Any] = {}
    taken: set[int] = set()
    for name, takes in analysis.parameters.items():
        for item in items:
            fitting = [c for c in item.of("value") if c.name == takes and len(c.values) == 1]
            if fitting and name not in values:
                values[name] = fitting[0].values[0]
                taken.update(range(item.start, item.end))
    if not values:
        return None
    rest = content_words([word for n, word in enumerate(words) if n not in taken])
    example = one.words - _member_words(one, analysis, lexicon)
    overlap = len(rest & example) / max(1, len(rest | example))
    return (
        PlannedAnalysis(analysis.name, analysis.title, values)
        if rest and overlap >= _ENOUGH
        else None
    )


def _member_words(one: Stored, analysis: AnalysisExample, lexicon: Lexicon) -> frozenset[str]:
    """Words of the example that are only the member it happens to ask about."""
    dimensions = set(analysis.parameters.values())
    return frozenset(
        word
        for word in one.words
        if any(dimension in dimensions for _, dimension, _ in lexicon.member_words.get(word, ()))
    )
