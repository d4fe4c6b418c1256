"""A sentence to the numbers, dates and factors that it states.

Called by `checked_prose.py`. Pure. Invariant: whatever looks like a number is found or explained
away by name (a list's own number, a name with digits in it); nothing is skipped for being odd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Unit = Literal["", "currency", "percent", "points", "year", "ordinal", "factor", "growth"]

_SCALES: Final = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mm": 6, "million": 6,
    "b": 9, "bn": 9, "billion": 9, "tn": 12, "trillion": 12,
}  # fmt: skip
_WORDS: Final = {
    "zero": 0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "dozen": 12,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_FACTORS: Final = {
    "twice": Decimal(2), "double": Decimal(2), "triple": Decimal(3), "half": Decimal("0.5"),
    "third": Decimal(1) / 3, "thirds": Decimal(2) / 3,
}  # fmt: skip
_GROWTH: Final = {
    "doubled": Decimal(2), "doubles": Decimal(2), "tripled": Decimal(3), "triples": Decimal(3),
    "halved": Decimal("0.5"), "halves": Decimal("0.5"), "quadrupled": Decimal(4),
}  # fmt: skip
_TIMES: Final = re.compile(r"\s+times\b", re.IGNORECASE)
_FRACTION_AFTER: Final = re.compile(r"\s+(of|as|the|that|what)\b")
_ABOUT: Final = re.compile(
    r"(?:about|around|roughly|approximately|approx\.?|nearly|almost|over|under|some|circa|~|≈|"
    r"more than|less than|just over|just under)\s*$",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"(?<![\w.,])"
    r"(?P<sign>[-\u2212](?=[$€£¥\d.]))?(?P<money>US\$|[$€£¥]|(?:USD|EUR|GBP|JPY)\s?)?"
    r"(?P<inner>[-\u2212](?=\d))?"
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:(?P<ordinal>st|nd|rd|th)\b"
    r"|\s?(?P<points>percentage points?|pp\b|ppts?\b|%-points?)"
    r"|\s?(?P<percent>%|percent\b|per cent\b)"
    r"|\s?(?P<scale>thousand|million|billion|trillion|mn|mm|bn|tn|[kKmMbB])\b"
    r"|(?P<times>x|\u00d7|-fold|\stimes)\b)?",
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_BIG: Final = frozenset({"hundred", "hundreds", "thousand", "thousands", "million", "millions",
                         "billion", "billions"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """One number of a text; `step` is the value of its last digit."""

    start: int
    end: int
    text: str
    value: Decimal
    step: Decimal
    unit: Unit
    is_about: bool = False
    """True after "about" and the like: trailing zeros may be rounding."""
    is_readable: bool = True
    """False for number words that are not understood; they match nothing."""


def find_numbers(text: str) -> list[Stated]:
    """The numbers of a text, in its order.

    >>> [(n.text, str(n.value), n.unit) for n in find_numbers("$1.2M or 48.8% of 12 deals")]
    [('$1.2M', '1200000.0', 'currency'), ('48.8%', '48.8', 'percent'), ('12', '12', '')]
    """
    found = [_read(match, text) for match in _NUMBER.finditer(text)]
    found += _words(text, found)
    return sorted(found, key=lambda stated: stated.start)


def _read(match: re.Match[str], text: str) -> Stated:
    digits = re.sub(r"[,\u00a0\u202f']", "", match["digits"])
    scale = Decimal(10) ** _SCALES.get((match["scale"] or "").lower(), 0)
    decimals = len(digits.partition(".")[2])
    is_negative = bool(match["sign"] or match["inner"])
    value = Decimal(digits) * scale * (-1 if is_negative else 1)
    return Stated(
        match.start(),
        match.end(),
        match[0].strip(),
        value,
        scale / Decimal(10) ** decimals,
        _unit(match),
        bool(_ABOUT.search(text[: match.start()])),
    )


def _unit(match: re.Match[str]) -> Unit:
    if match["money"]:
        return "currency"
    for name, unit in _UNITS:
        if match[name]:
            return unit
    is_year = re.fullmatch(r"(19|20)\d\d", match["digits"]) and not match["scale"]
    return "year" if is_year else ""


_UNITS: Final[tuple[tuple[str, Unit], ...]] = (
    ("points", "points"), ("percent", "percent"), ("ordinal", "ordinal"), ("times", "factor"),
)  # fmt: skip


def _words(text: str, known: list[Stated]) -> Iterator[Stated]:
    """Numbers written as words."""
    taken = [(stated.start, stated.end) for stated in known]
    for match in _WORD.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        word = match[0].lower()
        value = _value_of(word)
        if value is not None or word in _BIG:
            unit: Unit = "factor" if _TIMES.match(text, match.end()) else ""
            yield _stated(match, value, unit, is_readable=word not in _BIG)
        elif word in _GROWTH:
            yield _stated(match, _GROWTH[word], "growth")
        elif word in _FACTORS and _is_factor(word, text[match.end() :]):
            yield _stated(match, _FACTORS[word], "factor")


def _value_of(word: str) -> Decimal | None:
    tens, _, ones = word.partition("-")
    if tens in _TENS and (not ones or ones in _WORDS or ones == "one"):
        return Decimal(_TENS[tens] + (1 if ones == "one" else _WORDS.get(ones, 0)))
    return Decimal(_WORDS[word]) if word in _WORDS else None


def _is_factor(word: str, after: str) -> bool:
    """A "third" is a fraction in "a third of" and a rank in "the third largest"."""
    return word not in ("third", "half") or bool(_FRACTION_AFTER.match(after))


def _stated(
    match: re.Match[str], value: Decimal | None, unit: Unit, *, is_readable: bool = True
) -> Stated:
    return Stated(
        match.start(), match.end(), match[0], value or Decimal(0), Decimal(1), unit,
        is_readable=is_readable,
    )  # fmt: skip


_UNIT_WORD: Final = re.compile(r"(?i)(?:USD|EUR|GBP|JPY|percent|per|cent|points?|pp|x|fold)\Z")


def is_name(text: str) -> bool:
    """Whether a text with digits is a name rather than an amount.

    >>> is_name("Q1-2025"), is_name("3M Company"), is_name("$99 billion"), is_name("87%")
    (True, True, False, False)
    """
    rest = _NUMBER.sub(" ", text)
    words = [word for word in re.findall(r"[^\W\d_]+", rest) if not _UNIT_WORD.match(word)]
    return any(word.lower() not in _BIG | _SCALES.keys() for word in words)
