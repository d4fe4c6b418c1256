"""How long, how fast, how old: the number that a verb or an adjective beside it measures.

Called by `rewording.py` on the words of a question. Invariant: the words are replaced only where
exactly one number of the model fits the verb; its own name then stands in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from semantic import syntax
from semantic.definitions import Dimension, Metric, Model, Segment
from server.planner.builtin.lexicon import Lexicon, key_of
from server.planner.builtin.naming import is_stretch, plain_names
from server.planner.builtin.numbers import parse_condition, parse_quantity
from server.planner.builtin.segments import segment_names
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
_TAKEN: Final = {
    ("longest",): "slowest", ("shortest",): "fastest", ("longer",): "slower",
    ("shorter",): "faster", ("most", "time"): "slowest", ("least", "time"): "fastest",
    ("more", "time"): "slower", ("less", "time"): "faster", ("longest", "time"): "slowest",
    ("shortest", "time"): "fastest",
}  # fmt: skip
_TAKERS: Final = frozenset({"the", "us", "them", "you"})
_RELATIVE: Final = frozenset({"that", "which", "who"})
_SPAN_UNITS: Final = frozenset({"days", "hours", "minutes", "months"})
_MEANS: Final = ("avg", "median")
_MEAN_WORDS: Final = frozenset({"average", "avg", "mean"})
_LEAST: Final = 3
"""Letters that a verb and a noun made of it share."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A number that says how long something takes, by the name that stands for it alone."""

    model: str
    words: tuple[str, ...]
    stems: frozenset[str]
    of_rows: tuple[str, ...]
    """The name of the number of a single row; empty where only its mean has one."""
    ended: tuple[str, ...] = ()
    """What the means of it call the rows that are over: the others took no time yet."""


def name_duration(tokens: Sequence[Token], lexicon: Lexicon) -> list[str] | None:
    """The words of the question with the number's name for "how long ... take to ...".

    None where nothing asks for a stretch of time, or more than one could be meant.
    """
    took = _took_more(tokens, lexicon)
    if took is not None:
        return took
    words, is_taken = _as_speed(tokens)
    if is_taken:
        return _who_is_fast(words, lexicon, is_taken=True)
    return _how_long(words, lexicon) or _who_is_fast(words, lexicon)


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
        return [*words[:at], *found.words, *_without_mean(rest, found)]
    return None


def _who_is_fast(words: list[str], lexicon: Lexicon, *, is_taken: bool = False) -> list[str] | None:
    """Like "which agent responds fastest", "does Ann take longer to respond than Ben"."""
    at = next((n for n, word in enumerate(words) if word in _SLOW), None)
    if at is None or any(word in _SLOW for word in words[at + 1 :]):
        return None
    verb = _verb(words, lexicon)
    if verb is None:
        found, place = _only_one(words, lexicon) if is_taken else None, at
        if found is None:
            return None
    else:
        place, found = verb
        if abs(place - at) > 2 and words[place - 1] != "to":
            return None
    gone = {at, place, place - 1 if words[place - 1] == "to" else place}
    of_one = _of_one(words, at, found, lexicon)
    said = (
        [*found.ended, *_SLOW[words[at]], *of_one] if of_one else [*_SLOW[words[at]], *found.words]
    )
    before = [word for n, word in enumerate(words[:place]) if n not in gone]
    after = [word for n, word in enumerate(words) if n > place and n not in gone]
    return [*before, *said, *_without_mean(after, found)]


def _as_speed(tokens: Sequence[Token]) -> tuple[list[str], bool]:
    """The words with "slowest" for "takes the longest", and whether they said so.

    "Took longer than 10 days" is a condition, which compares with nobody.
    """
    words = [token.word for token in tokens]
    for at, word in enumerate(words):
        if word not in _TAKING:
            continue
        first = at + 1
        while words[first : first + 1] and words[first] in _TAKERS:
            first += 1
        for phrase, speed in _TAKEN.items():
            end = first + len(phrase)
            is_than = words[end : end + 1] == ["than"]
            is_limit = is_than and parse_quantity(tokens, end + 1) is not None
            if tuple(words[first:end]) == phrase and not is_limit:
                return [*words[:at], speed, *words[end:]], True
    return words, False


def _without_mean(rest: list[str], found: Stretch) -> list[str]:
    """The rest without "on average", which the number says already."""
    at = next((n for n in range(len(rest)) if rest[n : n + 2] == ["on", "average"]), None)
    if at is None or not _MEAN_WORDS & set(found.words):
        return rest
    return [*rest[:at], *rest[at + 2 :]]


def _of_one(
    words: Sequence[str], at: int, found: Stretch, lexicon: Lexicon
) -> tuple[str, ...] | None:
    """The number of a single row where the rows themselves are asked for: "which deals took"."""
    before = [word for word in words[:at] if word not in _AUXILIARY]
    is_rows = bool(before) and any(
        match.end == 1
        and any(c.kind == "model" and c.model == found.model for c in match.candidates)
        for match in lexicon.find(before[-1:], 0)
    )
    return found.of_rows if is_rows and before[-2:-1] not in (["of"], ["per"], ["by"]) else None


def _took_more(tokens: Sequence[Token], lexicon: Lexicon) -> list[str] | None:
    """Like "deals that took more than 30 days to close": a condition on the number of each row."""
    words = [token.word for token in tokens]
    for at, word in enumerate(words[:-1]):
        condition = parse_condition(tokens, at + 1) if word in _TAKING else None
        if condition is None or condition.unit not in _SPAN_UNITS:
            continue
        end = at + 1 + condition.length
        verb = _verb(words[end:], lexicon) if words[end : end + 1] == ["to"] else None
        if verb is None or not verb[1].of_rows:
            return None
        place = end + verb[0]
        start = at - 1 if words[at - 1 : at] and words[at - 1] in _RELATIVE else at
        rest = _without_verb(words[end:], place - end)
        number = [*verb[1].ended, "with", *verb[1].of_rows]
        return [*words[:start], *number, *words[at + 1 : end], *rest]
    return None


# ------------------------------------------------------------------ the number of a verb


def _verb(rest: Sequence[str], lexicon: Lexicon) -> tuple[int, Stretch] | None:
    """The one word that names the work, and the number of it; None for none or several."""
    known = list(stretches(lexicon))
    every = [
        (at, stretch)
        for at, word in enumerate(rest)
        if word.isalpha() and word not in _AUXILIARY
        for stretch in known
        if any(is_made_of(word, stem) for stem in stretch.stems)
    ]
    # "To close a deal": the noun of the rows may stand in a name too.
    found = [(at, one) for at, one in every if not _names_model(rest[at], lexicon)] or every
    named = {stretch.words for _, stretch in found}
    places = {at for at, _ in found}
    return found[0] if len(named) == 1 and len(places) == 1 else None


def _names_model(word: str, lexicon: Lexicon) -> bool:
    return any(c.kind == "model" for m in lexicon.find([word], 0) for c in m.candidates)


def is_made_of(verb: str, noun: str) -> bool:
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
            name = own_name(metric, "metric", lexicon)
            if metric.agg in _MEANS and metric.where is None and is_span and name:
                measured.add(inner)
                own = own_name(source, "dimension", lexicon) if source is not None else None
                yield Stretch(model.name, name, _stems(metric, source), own or ())
        for dimension in model.dimensions.values():
            is_open = dimension.name not in measured and not dimension.hidden
            if dimension.kind == "number" and is_open and is_stretch(dimension):
                name = own_name(dimension, "dimension", lexicon)
                ended = _ended(dimension, model, lexicon)
                if name:
                    said, of_rows = ("average", *name), name if ended is not None else ()
                    stems = _stems(dimension, None)
                    yield Stretch(model.name, said, stems, of_rows, ended or ())


def _ended(dimension: Dimension, model: Model, lexicon: Lexicon) -> tuple[str, ...] | None:
    """The words for the rows that every mean of the number is taken over; None for no such."""
    means = [
        metric
        for metric in model.metrics.values()
        if metric.agg in _MEANS and isinstance(metric.expr, syntax.Name)
        if metric.expr.parts[-1] == dimension.name
    ]
    conditions = {segment_names(metric.where, model) for metric in means} - {frozenset()}
    if not conditions:
        return ()
    only = conditions.pop()
    if conditions or only is None or len(only) != 1:
        return None
    return own_name(model.segments[next(iter(only))], "segment", lexicon)


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


def own_name(
    what: Metric | Dimension | Segment, kind: str, lexicon: Lexicon
) -> tuple[str, ...] | None:
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
