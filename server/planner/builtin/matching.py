"""Lookups behind the lexicon: beginnings of phrases, words of members, the nearest spelling.

Called by `lexicon.py`. Invariant: of several words that are equally near none is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from server.planner.builtin.words import plain_form

Key = tuple[str, ...]


def nearest_word(word: str, known: Iterable[str], allowed: int) -> str | None:
    """The one word of `known` within `allowed` edits; None where several are as near."""
    near = process.extract(word, [k for k in known if k[:1] == word[:1] and len(k) > 3],
                           scorer=OSA.distance, score_cutoff=allowed, limit=5)  # fmt: skip
    if not near:
        return None
    best = near[0][1]
    tied = {plain_form(name): name for name, distance, _ in near if distance == best}
    return next(iter(tied.values())) if len(tied) == 1 else None


def prefixes_of(table: Mapping[Key, object]) -> frozenset[Key]:
    """All beginnings of the phrases of a table."""
    return frozenset(key[:length] for key in table for length in range(1, len(key) + 1))


def index_words(keys: Mapping[str, Sequence[Key]]) -> dict[str, tuple[tuple[str, str, int], ...]]:
    """Word -> (model, dimension, number of the member) of every member that holds it."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for qualified, listed in keys.items():
        model, _, dimension = qualified.partition(".")
        for number, words in enumerate(listed):
            for word in set(words):
                found.setdefault(word, []).append((model, dimension, number))
    return {word: tuple(hits) for word, hits in found.items()}
