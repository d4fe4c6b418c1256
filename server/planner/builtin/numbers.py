"""Numbers as people write them: amounts, percentages, counts, ordinals, and what compares.

Called by `spans.py` at each token. Invariant: a text becomes a number exactly (Decimal) or
not at all; `unit` says what the asker wrote, never what the data holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from semantic.request import Comparison
from server.planner.builtin.tokens import Token

Unit = Literal["", "currency", "percent", "days", "minutes", "hours", "months", "years"]

_SMALL: Final = re.findall(
    r"\w+",
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty""",
)
_WORDS: Final = {word: n for n, word in enumerate(_SMALL)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "dozen": 12,
}  # fmt: skip
_SCALES: Final = {
    "k": 3, "thousand": 3, "grand": 3, "m": 6, "mm": 6, "mio": 6, "million": 6,
    "millions": 6, "mil": 6,
    "b": 9, "bn": 9, "billion": 9, "hundred": 2,
}  # fmt: skip
_PARTS: Final = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}
_UNIT_WORDS: Final[dict[str, Unit]] = {
    "percent": "percent", "percentage": "percent", "pct": "percent", "%": "percent",
    "dollars": "currency", "dollar": "currency", "usd": "currency", "bucks": "currency",
    "euros": "currency", "eur": "currency", "pounds": "currency", "gbp": "currency",
    "day": "days", "days": "days", "minute": "minutes", "minutes": "minutes", "mins": "minutes",
    "hour": "hours", "hours": "hours", "hrs": "hours", "month": "months", "months": "months",
    "year": "years", "years": "years",
}  # fmt: skip
_WEEKS: Final = frozenset({"week", "weeks"})
_NUMBER: Final = re.compile(r"([$€£]?)([\d,]+(?:\.\d+)?)(bn|mm|mio|[kmb])?(%?)")

_OVER: Final = ("more than", "over", "above", "greater than", "exceeding", "exceed", "exceeds",
                "bigger than", "larger than", "higher than", "beyond", "upwards of", "north of",
                "longer than", "older than", "in excess of", "better than")  # fmt: skip
_UNDER: Final = ("less than", "under", "below", "fewer than", "smaller than", "lower than",
                 "shorter than", "younger than", "worse than", "cheaper than")  # fmt: skip
_LEAST: Final = ("at least", ">=", "minimum of", "min of", "not less than", "no less than",
                 "no fewer than", "not below", "a minimum of", "from at least")  # fmt: skip
_MOST: Final = ("at most", "within", "<=", "up to", "no more than", "not more than",
         "maximum of", "max of",
                "not above", "not over", "a maximum of")  # fmt: skip
_OVER_THAN: Final = tuple(phrase for phrase in _OVER if phrase.endswith((" than", "exceeding")))
_UNDER_THAN: Final = tuple(phrase for phrase in _UNDER if phrase.endswith(" than"))
_NEGATIONS: Final = ("no", "not", "not any")
_EXACT: Final = ("exactly", "equal to", "equals", "precisely")
_PREFIXES: Final[dict[Comparison, tuple[str, ...]]] = {
    ">": _OVER, "<": _UNDER, ">=": _LEAST, "<=": _MOST, "=": _EXACT,
}  # fmt: skip
_NEGATED: Final[dict[Comparison, tuple[str, ...]]] = {"<=": _OVER_THAN, ">=": _UNDER_THAN}
"""What "not older than" and "no younger than" mean."""
_PHRASES: Final[dict[tuple[str, ...], Comparison]] = {
    tuple(f"{no} {phrase}".split()): op
    for op, phrases in _NEGATED.items()
    for phrase in phrases
    for no in _NEGATIONS
} | {tuple(phrase.split()): op for op, phrases in _PREFIXES.items() for phrase in phrases}
_LONGEST: Final = max(len(phrase) for phrase in _PHRASES)
_SUFFIXES: Final[dict[tuple[str, ...], Comparison]] = {
    ("or", "more"): ">=", ("or", "higher"): ">=", ("or", "above"): ">=", ("or", "greater"): ">=",
    ("and", "up"): ">=", ("and", "above"): ">=", ("or", "larger"): ">=", ("or", "over"): ">=",
    ("and", "over"): ">=", ("or", "longer"): ">=", ("or", "better"): ">=", ("plus",): ">=",
    ("or", "less"): "<=", ("or", "fewer"): "<=", ("or", "lower"): "<=", ("or", "below"): "<=",
    ("or", "under"): "<=", ("or", "smaller"): "<=", ("and", "below"): "<=", ("or", "shorter"): "<=",
}  # fmt: skip

NUMBER_WORDS: Final = (
    frozenset(_WORDS) | frozenset(word for word in (*_SCALES, *_UNIT_WORDS) if len(word) > 2)
    | frozenset(word for phrase in (*_PHRASES, *_SUFFIXES) for word in phrase)
    | {"between", "from", "more", "less", "percentile", "percentiles"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit written beside it; `length` in tokens."""

    value: Decimal
    unit: Unit
    length: int
    is_word: bool = False
    """True for a number in letters or a bare small integer: it may also count things."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`over $500k`, `between 10 and 20`, `3 or more`; `high` only for ranges."""

    op: Comparison | Literal["between"]
    low: Decimal
    unit: str
    """One of `Unit`, or the unit that a label of the model writes in brackets."""
    length: int
    high: Decimal | None = None
    word: str = ""
    """The adjective of "older than 60"."""


def parse_quantity(tokens: Sequence[Token], at: int) -> Quantity | None:
    """The number that starts at token `at`.

    >>> from server.planner.builtin.tokens import tokenize
    >>> parse_quantity(tokenize("$1.5 million"), 0)
    Quantity(value=Decimal('1500000.0'), unit='currency', length=2, is_word=False)
    """
    if at >= len(tokens):
        return None
    word = tokens[at].word
    part = _parse_part(tokens, at)
    if part is not None:
        value, unit, length, is_word = part[0], "", part[1], False
    elif word in ("a", "an") and at + 1 < len(tokens) and tokens[at + 1].word in _SCALES:
        value, unit, length, is_word = Decimal(1), "", 1, True
    elif word in _WORDS:
        value, unit, length, is_word = Decimal(_WORDS[word]), "", 1, True
    elif match := _NUMBER.fullmatch(word):
        scale = _SCALES.get(match[3] or "", 0)
        value = Decimal(match[2].replace(",", "")) * 10**scale
        unit = "currency" if match[1] else "percent" if match[4] else ""
        length, is_word = 1, False
    else:
        return None
    return _extend(tokens, at, value, _unit(unit), length, is_word)


def _parse_part(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """Like "half a million", "a quarter of a million"; the value and the number of tokens."""
    words = [token.word for token in tokens[at : at + 6]]
    begin = 1 if words[:1] == ["a"] else 0
    share = _PARTS.get(words[begin] if len(words) > begin else "")
    rest = [n for n in range(begin + 1, len(words)) if words[n] not in ("of", "a", "an")]
    if share is None or not rest or rest[0] == begin + 1 or len(words[rest[0]]) == 1:
        return None
    scale = _SCALES.get(words[rest[0]])
    return None if scale is None else (share * 10**scale, rest[0] + 1)


def _unit(text: str) -> Unit:
    return "currency" if text == "currency" else "percent" if text == "percent" else ""


def _extend(
    tokens: Sequence[Token], at: int, value: Decimal, unit: Unit, length: int, is_word: bool
) -> Quantity:
    def word(offset: int) -> str:
        return tokens[at + offset].word if at + offset < len(tokens) else ""

    while word(length) in _SCALES and (len(word(length)) > 1 or word(length) == "k"):
        value *= 10 ** _SCALES[word(length)]
        length += 1
    if not unit and word(length) in _UNIT_WORDS:
        unit = _UNIT_WORDS[word(length)]
        length += 1
    elif not unit and word(length) in _WEEKS:
        value, unit, length = value * 7, "days", length + 1
    elif unit == "percent" and word(length) in ("percent",):
        length += 1
    return Quantity(value, unit, length, is_word)


def parse_condition(tokens: Sequence[Token], at: int) -> Condition | None:
    """The comparison with a number that starts at token `at`.

    >>> from server.planner.builtin.tokens import tokenize
    >>> found = parse_condition(tokenize("between 50k and 100k"), 0)
    >>> (found.op, found.low, found.high, found.length)
    ('between', Decimal('50000'), Decimal('100000'), 4)
    """
    return (
        _parse_between(tokens, at)
        or _parse_prefixed(tokens, at)
        or _parse_suffixed(tokens, at)
        or _parse_range(tokens, at)
    )


def _words(tokens: Sequence[Token], at: int, length: int) -> tuple[str, ...]:
    return tuple(token.word for token in tokens[at : at + length])


def _parse_prefixed(tokens: Sequence[Token], at: int) -> Condition | None:
    for length in range(_LONGEST, 0, -1):
        op = _PHRASES.get(_words(tokens, at, length))
        if op is None or at + length >= len(tokens):
            continue
        quantity = parse_quantity(tokens, at + length)
        if quantity is not None:
            total = length + quantity.length
            is_than = tokens[at + length - 1].word == "than"
            word = tokens[at + length - 2 if is_than else at].word
            return Condition(op, quantity.value, quantity.unit, total, word=word)
    return None


def _parse_suffixed(tokens: Sequence[Token], at: int) -> Condition | None:
    quantity = parse_quantity(tokens, at)
    if quantity is None:
        return None
    for length in (2, 1):
        op = _SUFFIXES.get(_words(tokens, at + quantity.length, length))
        if op is not None:
            total, word = quantity.length + length, tokens[at + quantity.length + length - 1].word
            return Condition(op, quantity.value, quantity.unit, total, word=word)
    return None


def _parse_between(tokens: Sequence[Token], at: int) -> Condition | None:
    opening = tokens[at].word
    if opening not in ("between", "from"):
        return None
    low = parse_quantity(tokens, at + 1)
    if low is None or at + 1 + low.length >= len(tokens):
        return None
    joint = at + 1 + low.length
    if tokens[joint].word not in ("and", "to"):
        return None
    high = parse_quantity(tokens, joint + 1)
    if high is None:
        return None
    unit = low.unit or high.unit
    if opening == "from" and not unit and low.value < 10_000:
        return None  # "from 3 to 5" may be anything
    low_value = _same_scale(tokens[at + 1].word, low.value, high.value)
    return Condition("between", low_value, unit, joint + 1 + high.length - at, high.value)


def _parse_range(tokens: Sequence[Token], at: int) -> Condition | None:
    """Like "5 to 10", "5-10 days"; not what begins with "from", nor years."""
    low = parse_quantity(tokens, at)
    joint = at + low.length if low is not None else len(tokens)
    if low is None or joint >= len(tokens) or (at > 0 and tokens[at - 1].word in _NO_RANGE):
        return None
    is_hyphen = tokens[joint].before == "-" and tokens[joint].start == tokens[joint - 1].end + 1
    first = joint if is_hyphen else joint + 1
    if not is_hyphen and tokens[joint].word != "to":
        return None
    high = parse_quantity(tokens, first)
    if high is None or (low.unit and low.unit != high.unit):
        return None
    unit = low.unit or high.unit
    low_value = _same_scale(tokens[at].word, low.value, high.value)
    years = range(1900, 2101)
    if low_value >= high.value or (not unit and (low_value in years or high.value in years)):
        return None
    return Condition("between", low_value, unit, first + high.length - at, high.value)


_NO_RANGE: Final = frozenset({"from", "between", "last", "next", "past", "top", "bottom", "first"})


def _same_scale(low_word: str, low: Decimal, high: Decimal) -> Decimal:
    """`between $50 and 100k` means 50k: a bare low number takes the scale of the high one."""
    is_bare = low_word.lstrip("$€£").isdigit() and low < 1_000
    if not is_bare or high < 1_000 or low * 1_000 > high:
        return low
    scale = Decimal(1_000_000) if high >= 1_000_000 else Decimal(1_000)
    return low * scale if low * scale < high else low
