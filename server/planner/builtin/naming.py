"""How people say the names of a model: abbreviations spelled out, units left out, "amount" added.

Called by `lexicon.py` while it is built and by `filters.py` for units. Invariant: what is derived
here never replaces a phrase that the model itself declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, get_args

from semantic.definitions import Dimension, Metric
from server.planner.builtin.numbers import Unit
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import pairs, section

_SPELLED: Final[dict[str, tuple[str, ...]]] = {
    short: tuple(word.strip() for word in long.split(","))
    for short, long in pairs("spelled out").items()
}
_UNITS: Final[dict[str, Unit]] = {unit: unit for unit in get_args(Unit)}
_UNIT_ENDINGS: Final = {word: _UNITS[unit] for word, unit in pairs("unit ending").items()}
_UNSPOKEN: Final = frozenset(section("unspoken unit").split())
"""Units that only a column's name writes: the wait of `wait_min` is "the wait"."""
_MONEY_NOUNS: Final = tuple(section("money noun").split())
TOTALS: Final = frozenset({*_MONEY_NOUNS, "total", "average", "avg"})
"""What a name of a sum says beside what is summed."""
_QUALITIES: Final = {
    adjective: frozenset(nouns.split()) for adjective, nouns in pairs("quality").items()
}
"""The nouns that an adjective of English measures."""
_FORMS: Final[dict[str, str]] = {
    form: adjective
    for adjective in _QUALITIES
    for form in (
        adjective,
        f"{adjective.removesuffix('e').removesuffix('y')}{'i' if adjective[-1] == 'y' else ''}er",
        f"{adjective.removesuffix('e').removesuffix('y')}{'i' if adjective[-1] == 'y' else ''}est",
    )
}


def plain_names(name: str, label: str, synonyms: Iterable[str]) -> Iterator[str]:
    """What the model itself calls something."""
    yield name.replace("_", " ")
    yield label
    yield re.sub(r"\s*\(.*?\)", "", label)
    yield from synonyms


def spoken_names(name: str, label: str, synonyms: Iterable[str]) -> Iterator[str]:
    """Other ways to say the same names.

    >>> list(spoken_names("avg_wait", "Avg wait", ()))
    ['average wait', 'mean wait']
    >>> list(spoken_names("wait_min", "Wait min", ()))
    ['wait minutes', 'wait']
    """
    seen = {text.casefold() for text in plain_names(name, label, synonyms)}
    for text in plain_names(name, label, synonyms):
        words = list(words_of(text))
        for said in _variants(words):
            if said and said not in seen:
                seen.add(said)
                yield said


def _variants(words: list[str]) -> Iterator[str]:
    if len(words) < 2:
        return
    last, rest = words[-1], words[:-1]
    if last in _UNSPOKEN:
        if last in _UNIT_ENDINGS:
            yield " ".join([*rest, _UNIT_ENDINGS[last]])
        yield " ".join(rest)
    elif last in _UNIT_ENDINGS and last.endswith("s") and "time" not in words:
        yield " ".join([*rest, "time"])
    ways = [_SPELLED.get(word, (word,)) for word in words]
    if last == "min":
        ways[-1] = ("min",)
    if any(len(way) > 1 or way[0] != word for way, word in zip(ways, words, strict=True)):
        for chosen in product(*ways):
            yield " ".join(chosen)


def money_names(metric: Metric) -> Iterator[str]:
    """Like "billed amount" for an amount of money called "billed"."""
    if metric.format != "currency":
        return
    for text in plain_names(metric.name, metric.label, metric.synonyms):
        words = words_of(text)
        if not TOTALS & set(words):
            for noun in _MONEY_NOUNS:
                yield f"{text} {noun}"
                yield f"{noun} {text}"


def unit_of(what: Dimension | Metric) -> Unit:
    """The unit that a number is kept in, as far as its format, names or description tell."""
    if what.format in ("days", "currency", "percent"):
        return _UNITS[what.format]
    told = [what.label, what.name.replace("_", " "), *what.synonyms, what.description]
    for text in told:
        found = {_UNIT_ENDINGS[word] for word in words_of(text) if word in _UNIT_ENDINGS}
        if len(found) == 1:
            return found.pop()
    return ""


def own_unit(what: Dimension | Metric) -> str:
    """The unit in brackets behind a label, in lower case: "kg" of "Weight (kg)"; else empty."""
    found = re.search(r"\(([^\W\d_]{1,12})\)\s*$", what.label)
    return found[1].lower() if found is not None else ""


def measures_quality(what: Dimension | Metric, adjective: str) -> bool:
    """True where a number says how old, long or heavy something is: `age` for "older"."""
    nouns = _QUALITIES.get(_FORMS.get(adjective, ""), frozenset[str]())
    told = [what.label, what.name.replace("_", " "), *what.synonyms]
    return any(nouns & set(words_of(text)) for text in told)


def is_quality(adjective: str) -> bool:
    """True for an adjective that one noun measures, in any of its forms."""
    return adjective in _FORMS


def degrees_of(adjective: str) -> frozenset[str]:
    """The forms of an adjective that compare: "older" and "oldest" of "old"."""
    same = (form for form, plain in _FORMS.items() if plain == _FORMS.get(adjective))
    return frozenset(same) - {adjective}


_STRETCH_WORDS: Final = frozenset(section("stretch of time").split())
_STRETCH_UNITS: Final = ("days", "hours", "minutes")


def is_stretch(what: Dimension | Metric) -> bool:
    """True where a number says how long something takes, as far as its format and names tell."""
    names = (what.label, what.name.replace("_", " "), *what.synonyms)
    told = {word for text in names for word in words_of(text)}
    if "per" in told or what.format in ("currency", "percent"):
        return False
    is_named = bool(told & _STRETCH_WORDS)
    return is_named or unit_of(what) in _STRETCH_UNITS or own_unit(what) in _UNIT_ENDINGS
