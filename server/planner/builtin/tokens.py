"""A question as tokens: words, numbers and dates, each with its place in the text.

Called by `spans.py` for questions and by `lexicon.py` for every phrase of the model, so
that both sides are cut alike. Invariant: linear time; at most `MAX_TOKENS` tokens.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

MAX_TOKENS: Final = 120

_TOKEN: Final = re.compile(
    r"""
    \d{4}-\d{1,2}-\d{1,2}                                   # 2025-01-31
    | \d{1,2}/\d{1,2}/\d{2,4}                               # 1/31/2025
    | \d+(?:st|nd|rd|th)\b                                  # 90th
    | (?:(?<![^\s(])-)?[$€£]?(?>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)          # $1,250.50 40k 70%
      (?:bn|mm|mio|[kmb])?(?![^\W\d_])%?
    | (?<=\s)/(?=\s)                                       # pipeline / stage
    | w/o(?:ut)?\b                                         # without
    | [$€£]+ | % | \# | != | <> | [<>]=? | ==? | &
    | [^\W_]+(?:&[^\W_]+)+(?:'s)?                           # AT&T
    | [^\W_]+(?:'[^\W_]+)?                                  # words, what's
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTES: Final = str.maketrans(
    {
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "`": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": " - ",
    }
)
_SYMBOLS: Final = {
    "$": "dollars", "$$": "dollars", "$$$": "dollars", "€": "euros", "%": "percent", "#": "number",
    "/": "per",
    "&": "and", ">": "above", "<": "below", "=": "equals", "==": "equals", "!=": "not", "<>": "not",
    "w/o": "without", "w/out": "without",
}  # fmt: skip
_NEGATIVE: Final = {"can't": ("can", "not"), "won't": ("will", "not"), "cannot": ("can", "not")}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or date."""

    text: str
    word: str
    """Lower case, straight quotes."""
    start: int
    end: int
    before: str = ""
    """Punctuation between the previous token and this one."""

    @property
    def is_capital(self) -> bool:
        """True where the asker wrote a capital letter."""
        return self.text[:1].isupper()

    @property
    def is_number(self) -> bool:
        """True for anything with a digit in front (after a currency sign)."""
        return self.word.lstrip("$€£")[:1].isdigit()


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of `text`, at most `MAX_TOKENS`.

    >>> [t.word for t in tokenize("What's AT&T's C-level pipeline > $40k?")]
    ['what', "'s", 'at&t', "'s", 'c', 'level', 'pipeline', 'above', '$40k']
    """
    plain = unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES)
    tokens: list[Token] = []
    last = 0
    for match in _TOKEN.finditer(plain):
        before = plain[last : match.start()].strip()
        last = match.end()
        found = _split(match.group(), match.start(), before)
        if found[0].is_number and _is_negative(plain, match.start()):
            found[0] = replace(found[0], text=f"-{found[0].text}", word=f"-{found[0].word}")
        tokens += found
        if len(tokens) >= MAX_TOKENS:
            break
    return tuple(tokens[:MAX_TOKENS])


def _is_negative(text: str, start: int) -> bool:
    """True for a number right behind a minus that nothing stands right in front of."""
    is_signed = start > 0 and text[start - 1] == "-"
    return is_signed and (start == 1 or text[start - 2].isspace())


def _split(text: str, start: int, before: str) -> list[Token]:
    word = text.casefold()
    word = _SYMBOLS.get(word, word)
    head, quote, tail = word.partition("'")
    parts: tuple[str, ...]
    if word in _NEGATIVE:
        parts = _NEGATIVE[word]
    elif word.endswith("n't"):
        parts = (word[:-3], "not")
    elif quote and tail in ("s", "re", "ve", "d", "ll", "m"):
        parts = (head, f"'{tail}")
    else:
        parts = (word,)
    end = start + len(text)
    if len(parts) == 1:
        return [Token(text, parts[0], start, end, before)]
    cut = len(head) if quote and tail != "t" else len(text)
    return [
        Token(text[:cut], parts[0], start, start + cut, before),
        Token(text[cut:] or parts[1], parts[1], min(start + cut, end), end),
    ]


def words_of(text: str) -> tuple[str, ...]:
    """The words of a phrase of the model, cut like a question."""
    return tuple(token.word for token in tokenize(text))
