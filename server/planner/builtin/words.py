"""The closed classes of English that the planner knows, and how words are inflected.

Read by `spans.py` and `lexicon.py`; the phrases stand in `grammar.txt`, common words in
`english.txt`. Invariant: nothing here names anything of a data set; a word that is neither here
nor in the model is unknown, and unknown words are never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal, get_args

Role = Literal[
    "by", "count", "how_much", "share", "top", "bottom", "size_top", "size_bottom", "aggregate",
    "compare", "trend", "not", "which", "list", "only", "follow", "pronoun", "overview",
    "vague", "why", "distinct", "frequent", "chart", "and", "or", "of", "with", "each_other",
    "verb_is", "where", "correct", "also", "reset", "split", "hostile", "to_now", "judgement",
    "cross", "comparative", "order", "change", "year_ago", "period_ago", "trade", "newest",
    "oldest",
    "first", "last", "next", "reference", "aside",
    "unit", "widen", "running", "done", "manner",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a closed-class phrase does in a question."""

    role: Role
    value: str = ""


def _read(name: str) -> Iterator[str]:
    text = resources.files("server.planner.builtin").joinpath(name).read_text("utf-8")
    return (line.strip() for line in text.splitlines() if not line.startswith("#"))


def _sections() -> dict[str, str]:
    """The text of each section of `grammar.txt` by its heading."""
    found: dict[str, str] = {}
    heading = ""
    for line in _read("grammar.txt"):
        if line.startswith("["):
            heading = line.strip("[]")
        elif line:
            found[heading] = f"{found.get(heading, '')} {line}"
    return found


def _table(sections: Mapping[str, str]) -> dict[tuple[str, ...], tuple[Meaning, ...]]:
    roles: dict[str, Role] = {role: role for role in get_args(Role)}
    found: dict[tuple[str, ...], tuple[Meaning, ...]] = {}
    for heading, text in sections.items():
        role, _, value = heading.partition(": ")
        if role in roles:
            meaning = Meaning(roles[role], value)
            for phrase in text.split("|"):
                key = tuple(phrase.split())
                found[key] = (*found.get(key, ()), meaning)
    return found


_SECTIONS: Final = _sections()
GRAMMAR: Final = _table(_SECTIONS)
LONGEST_PHRASE: Final = max(len(key) for key in GRAMMAR)
GRAMMAR_WORDS: Final = frozenset(word for key in GRAMMAR for word in key)
_FILLERS: Final = frozenset(_SECTIONS["filler"].split())
"""Words that never change what is asked; everything else unknown stops an answer."""


def section(heading: str) -> str:
    """The text of one section of `grammar.txt`."""
    return _SECTIONS[heading]


def pairs(heading: str) -> dict[str, str]:
    """The `short=long` pairs of one section."""
    found = (pair.strip().partition("=") for pair in _SECTIONS[heading].split("|"))
    return {short: long for short, _, long in found}


ABBREVIATIONS: Final[Mapping[str, str]] = pairs("abbreviation")
PAST: Final = frozenset({"did", "was", "were", "had"})
FUTURE: Final = frozenset(
    {"will", "expected", "due", "upcoming", "going", "expect", "forecast", "planned", "scheduled"}
)


def is_filler(word: str) -> bool:
    """True for a word that says nothing about what is asked."""
    return word in _FILLERS


SKIPPED: Final = frozenset({"a", "an", "the", "our", "my", "your", "their", "of"})
"""Left out on both sides when phrases of the model are compared with the question."""


_PLURALS: Final = pairs("plural")
_GREEK: Final = ("gnoses", "lyses", "theses", "crises", "mphases", "oases")


def plain_form(word: str) -> str:
    """The singular of a noun, or the word itself.

    >>> [plain_form(word) for word in ("deals", "companies", "losses", "status", "boxes", "series")]
    ['deal', 'company', 'loss', 'status', 'box', 'series']
    """
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) <= 3 or not word.isalpha() or word in ("series", "sales", "news"):
        return word
    if word.endswith(_GREEK):
        return word[:-2] + "is"
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_IRREGULAR: Final = {
    "lost": "lose", "won": "win", "sold": "sell", "bought": "buy", "paid": "pay", "sent": "send",
    "spent": "spend", "left": "leave", "made": "make", "gave": "give", "given": "give",
    "took": "take",
    "grew": "grow", "grown": "grow", "held": "hold", "kept": "keep", "met": "meet", "ran": "run",
    "began": "begin", "begun": "begin", "chose": "choose", "chosen": "choose", "brought": "bring",
}  # fmt: skip


def verb_form(word: str) -> str:
    """A rough stem shared by the forms of a verb: closing, closed, closes; cancelled, canceled.

    >>> [verb_form(w) for w in ("winning", "lost", "cancelled", "canceled", "renewal", "returns")]
    ['win', 'lose', 'cancel', 'cancel', 'renew', 'return']
    """
    word = _IRREGULAR.get(plain_form(word), plain_form(word))
    if len(word) <= 4 or not word.isalpha():
        return undoubled(word)
    stem = re.sub(r"(?:ations?|ation|ing|ed|ment|al|er)$", "", word)
    if len(stem) < 3:
        return word
    stem = undoubled(stem) if stem != word else stem
    return stem.removesuffix("e") if stem.endswith("e") and len(stem) > 4 else stem


def undoubled(stem: str) -> str:
    """The stem with one consonant at its end for two; initials stay as they are.

    >>> [undoubled(stem) for stem in ("bill", "cancell", "arr")]
    ['bil', 'cancel', 'arr']
    """
    return re.sub(r"(?<=..)([b-df-hj-np-tv-z])\1$", r"\1", stem)


def load_english() -> frozenset[str]:
    """Common words that must not be "corrected" into a word of the model."""
    return frozenset(word for line in _read("english.txt") for word in line.split())
