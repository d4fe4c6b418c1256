"""How long, how fast, how old: the number that a verb or an adjective beside it measures.

Called by `rewording.py` on the words of a question. Invariant: the words are replaced only where
exactly one number of the model fits the verb; its own name then stands in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from semantic import syntax
from semantic.definitions import Dimension, Metric
from server.planner.builtin.lexicon import Lexicon, key_of
from server.planner.builtin.naming import (
    is_quality,
    is_stretch,
    measures_quality,
    plain_names,
)
from server.planner.builtin.tokens import Token, words_of
from server.planner.builtin.words import GRAMMAR_WORDS, section, verb_form

_SPANS: Final = tuple(tuple(phrase.split()) for phrase in section("how_much: span").split("|"))
_COUNTED: Final = tuple(tuple(phrase.split()) for phrase in section("counted span").split("|"))
_TAKING: Final = frozenset(section("taking").split())
_USUALLY: Final = frozenset(section("usually").split())
_AUXILIARY: Final = frozenset(section("auxiliary").split())
_SLOW: Final = {
    "slowest": ("with", "highest"), "fastest": ("with", "lowest"), "quickest": ("with", "lowest"),
    "slower": ("higher",), "faster": ("lower",), "quicker": ("lower",),
}  # fmt: skip
_MEANS: Final = ("avg", "median")
_LEAST: Final = 3
"""Letters that a verb and a noun made of it share."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A number that says how long something takes, by the name that stands for it alone."""

    model: str
    words: tuple[str, ...]
    stems: frozenset[str]


def name_duration(tokens: Sequence[Token], lexicon: Lexicon) -> list[str] | None:
    """The words of the question with the number's name for "how long ... take to ...".

    None where nothing asks for a stretch of time, or more than one could be meant.
    """
    words = [token.word for token in tokens]
    return _how_long(words, lexicon) or _how_old(words, lexicon) or _who_is_fast(words, lexicon)


def _how_long(words: list[str], lexicon: Lexicon) -> list[str] | None:
    for at in range(len(words)):
        known = (*_SPANS, *_COUNTED) if _TAKING & set(words) else _SPANS
        phrase = next((p for p in known if tuple(words[at : at + len(p)]) == p), None)
        if phrase is None:
            continue
        rest = words[at + len(phrase) :]
        while rest and rest[-1] in _USUALLY:
            rest = rest[:-1]
        rest = [word for word in rest if word not in _USUALLY or word in ("on", "average")]
        verb = _verb(rest, lexicon)
        if verb is not None:
            place, found = verb
            rest = _without_subject(_without_verb(rest, place), found, lexicon)
        elif not _TAKING & set(rest):
            return None
        else:
            only = _only_one(rest, lexicon)
            if only is None:
                return None
            found = only
        rest = rest[:-1] if rest[-1:] == ["last"] else rest
        return [*words[:at], *found.words, *rest]
    return None


def _how_old(words: list[str], lexicon: Lexicon) -> list[str] | None:
    """Like "how old are the open tickets": the mean of the one number that says how old."""
    for at in range(len(words) - 2):
        if words[at] != "how" or not is_quality(words[at + 1]) or words[at + 1] == "long":
            continue
        fitting = [
            d
            for model in lexicon.catalog.models.values()
            for d in model.dimensions.values()
            if d.kind == "number" and not d.hidden and measures_quality(d, words[at + 1])
        ]
        if len(fitting) == 1:
            name = _own_name(fitting[0], "dimension", lexicon)
            return [*words[:at], "average", *name, *words[at + 2 :]] if name else None
    return None


def _who_is_fast(words: list[str], lexicon: Lexicon) -> list[str] | None:
    """Like "which agent responds fastest", "does Ann respond faster than Ben"."""
    at = next((n for n, word in enumerate(words) if word in _SLOW), None)
    verb = _verb(words, lexicon) if at is not None else None
    if at is None or verb is None:
        return None
    place, found = verb
    is_near = abs(place - at) <= 2 or words[place - 1] == "to"
    if not is_near or any(word in _SLOW for n, word in enumerate(words) if n != at):
        return None
    end = {at, place, place - 1 if words[place - 1] == "to" else place}
    said = [*_SLOW[words[at]], *found.words]
    rest = [[] if n in end and n != place else [word] for n, word in enumerate(words)]
    rest[place] = said
    return [word for part in rest for word in part]


# ------------------------------------------------------------------ the number of a verb


def _verb(rest: Sequence[str], lexicon: Lexicon) -> tuple[int, Stretch] | None:
    """The one word that names the work, and the number of it; None for none or several."""
    known = list(stretches(lexicon))
    found = [
        (at, stretch)
        for at, word in enumerate(rest)
        if word.isalpha() and word not in _AUXILIARY
        for stretch in known
        if any(_is_made_of(word, stem) for stem in stretch.stems)
    ]
    named = {stretch.words for _, stretch in found}
    places = {at for at, _ in found}
    return found[0] if len(named) == 1 and len(places) == 1 else None


def _is_made_of(verb: str, noun: str) -> bool:
    """True for "resolve" and "resolution", "pay" and "payment", "respond" and "response"."""
    one, other = verb_form(verb), verb_form(noun)
    if one == other:
        return True
    if verb in GRAMMAR_WORDS or min(len(one), len(other)) < 2 * _LEAST - 1:
        return False
    shared = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return shared >= max(_LEAST + 1, min(len(one), len(other)) - 1)


def stretches(lexicon: Lexicon) -> Iterator[Stretch]:
    """The stretches of time of the model: their means where it has them, else the numbers."""
    for model in lexicon.catalog.models.values():
        measured = set[str]()
        for metric in model.metrics.values():
            inner = metric.expr.parts[-1] if isinstance(metric.expr, syntax.Name) else ""
            source = model.dimensions.get(inner)
            is_span = is_stretch(metric) or (source is not None and is_stretch(source))
            name = _own_name(metric, "metric", lexicon)
            if metric.agg in _MEANS and metric.where is None and is_span and name:
                measured.add(inner)
                yield Stretch(model.name, name, _stems(metric, source))
        for dimension in model.dimensions.values():
            is_open = dimension.name not in measured and not dimension.hidden
            if dimension.kind == "number" and is_open and is_stretch(dimension):
                name = _own_name(dimension, "dimension", lexicon)
                if name:
                    yield Stretch(model.name, ("average", *name), _stems(dimension, None))


def _stems(*whats: Metric | Dimension | None) -> frozenset[str]:
    """The words of the names that say what takes the time."""
    said = {
        word
        for what in whats
        if what is not None
        for text in (*plain_names(what.name, what.label, what.synonyms),)
        for word in words_of(text)
    }
    return frozenset(word for word in said if len(word) > 2 and word not in _AUXILIARY)


def _own_name(what: Metric | Dimension, kind: str, lexicon: Lexicon) -> tuple[str, ...] | None:
    """A name that stands for nothing else."""
    names = list(plain_names(what.name, what.label, what.synonyms))
    # "Median" and "highest" may stand in front of it.
    names.sort(key=lambda text: bool(_USUALLY & set(words_of(text))))
    for text in names:
        found = lexicon.phrases.get(key_of(words_of(text)), ())
        if [(c.kind, c.model, c.name) for c in found] == [(kind, what.model, what.name)]:
            return words_of(text)
    return None


def _only_one(rest: Sequence[str], lexicon: Lexicon) -> Stretch | None:
    """Like "how long do visits take": the rows named have one stretch of time only."""
    named = {
        c.model
        for at in range(len(rest))
        for match in lexicon.find(rest, at)
        for c in match.candidates
        if c.kind == "model"
    }
    found = [one for one in stretches(lexicon) if one.model in named]
    return found[0] if len(found) == 1 else None


def _without_verb(rest: Sequence[str], place: int) -> list[str]:
    first = place
    while first > 0 and rest[first - 1] in ("to", "be", "get", "until", "being"):
        first -= 1
    return [*rest[:first], *rest[place + 1 :]]


def _without_subject(rest: list[str], found: Stretch, lexicon: Lexicon) -> list[str]:
    """The words without who does it, as in "do customers take to pay": each of their rows counts.

    Only a plain noun of a model that the rows belong to.
    """
    owners = set(lexicon.catalog.models[found.model].neighbours)
    for at, word in enumerate(rest):
        named = {
            c.model for m in lexicon.find([word], 0) for c in m.candidates if c.kind == "model"
        }
        is_subject = at > 0 and _AUXILIARY & set(rest[:at])
        if named and named <= owners and is_subject and rest[at - 1] not in ("by", "per"):
            return [*rest[:at], *rest[at + 1 :]]
    return rest
