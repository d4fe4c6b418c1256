"""How big, how old: the mean of a number of rows, or its highest and lowest value.

Called by `rewording.py` on the words of a question. Invariant: the words are replaced only where
exactly one number of the model is what the adjective measures; its own name then stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from semantic.definitions import Dimension
from server.planner.builtin.durations import own_name
from server.planner.builtin.facts import Facts
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.naming import degrees_of, is_quality, measures_quality
from server.planner.builtin.words import section

_BIG: Final = frozenset(section("size adjective").split())
_BIG_ENDS: Final = {
    "biggest": "maximum", "largest": "maximum", "highest": "maximum", "smallest": "minimum",
    "lowest": "minimum",
}  # fmt: skip
_BIGGER: Final = frozenset({"bigger", "larger", "smaller"})
_LOW: Final = frozenset({"young", "short", "light", "cheap", "fast", "narrow"})
_BEING: Final = frozenset({"is", "are", "was", "were"})
_DETERMINERS: Final = frozenset({"the", "our", "a", "an", "my", "your", "their"})
_MEAN: Final = frozenset({"average", "mean", "typical", "usual"})
_ON_AVERAGE: Final = (["on", "average"], ["typically"], ["usually"], ["normally"], ["generally"])


def name_size(words: Sequence[str], lexicon: Lexicon) -> list[str] | None:
    """The words of the question with the number's name for "how big is ... on average".

    None where nothing asks for a size, or more than one number could be meant.
    """
    return _how_big(words, lexicon) or _which_is_bigger(words, lexicon)


def _how_big(words: Sequence[str], lexicon: Lexicon) -> list[str] | None:
    """Like "how old are the open tickets", "how big is our biggest deal"."""
    at = next((n for n, word in enumerate(words[:-2]) if word == "how"), None)
    if at is None or words[at + 2] not in _BEING or words[at + 1] == "long":
        return None
    adjective, rest = words[at + 1], list(words[at + 3 :])
    if adjective not in _BIG and not is_quality(adjective):
        return None
    while rest and rest[0] in _DETERMINERS:
        rest = rest[1:]
    end = _end_of(adjective, rest[0]) if rest else None
    plain = _without_mean(rest)
    if end is not None:
        said, rest = end, rest[1:]
    elif len(plain) < len(rest) or adjective not in _BIG:
        said, rest = "average", plain
    else:  # "how big is the pipeline" asks for a total
        return None
    name = _measured(adjective, rest, lexicon)
    return [*words[:at], said, *name, "of", *rest] if name else None


def _end_of(adjective: str, word: str) -> str | None:
    """Like "maximum" for "oldest" after "how old"."""
    if adjective in _BIG:
        return _BIG_ENDS.get(word)
    if word not in degrees_of(adjective):
        return None
    return "minimum" if adjective in _LOW else "maximum"


def _without_mean(rest: Sequence[str]) -> list[str]:
    """The words without what says that a mean is asked for."""
    kept = list(rest)
    for phrase in _ON_AVERAGE:
        for at in range(len(kept) - len(phrase) + 1):
            if kept[at : at + len(phrase)] == phrase:
                del kept[at : at + len(phrase)]
                break
    is_told = len(kept) < len(rest)
    if kept and (kept[0] in _MEAN and (is_told or kept[0] in ("average", "mean"))):
        kept = kept[1:]
    return kept


def _which_is_bigger(words: Sequence[str], lexicon: Lexicon) -> list[str] | None:
    """Like "are web deals bigger than event deals on average"."""
    at = next((n for n, word in enumerate(words) if word in _BIGGER), None)
    plain = _without_mean(words)
    is_than = at is not None and list(words[at + 1 : at + 2]) == ["than"]
    if at is None or not is_than or words[0] not in _BEING or len(plain) == len(words):
        return None
    if at >= len(plain) or plain[at] != words[at]:
        return None
    sides = [*plain[1:at], "versus", *plain[at + 2 :]]
    name = _measured("big", sides, lexicon)
    return ["average", *name, "of", *sides] if name else None


def _measured(adjective: str, rows: Sequence[str], lexicon: Lexicon) -> tuple[str, ...] | None:
    """The name of the one number that the adjective measures of the rows named."""
    named = {
        c.model
        for at in range(len(rows))
        for match in lexicon.find(rows, at)
        for c in match.candidates
        if c.kind in ("model", "segment", "value")
    }
    if adjective in _BIG:
        facts = Facts(lexicon.catalog)
        sizes = [facts.amount_dimension(model) for model in named]
    else:
        sizes = _of_quality(adjective, named or set(lexicon.catalog.models), lexicon)
    found = [size for size in sizes if size is not None]
    return own_name(found[0], "dimension", lexicon) if len(found) == 1 else None


def _of_quality(adjective: str, models: set[str], lexicon: Lexicon) -> list[Dimension | None]:
    """Each number that the adjective measures; two names of one expression are one number."""
    found = [
        dimension
        for model in models
        for dimension in lexicon.catalog.models[model].dimensions.values()
        if dimension.kind == "number" and not dimension.hidden
        if measures_quality(dimension, adjective)
    ]
    return [d for n, d in enumerate(found) if all(d.expr != e.expr for e in found[:n])]
