"""Single rows by their key: "ticket TCK-00042", "order 1005".

`join_keys` is called by `planner.py` on the words, `find_keys` is a step of composing in front of
the filters. Invariant: a key counts only right behind the singular noun of the rows it is of; what
is no key of theirs gives no rows, and never others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from semantic.request import Filter
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.reading import Reading
from server.planner.builtin.tokens import Token
from server.planner.builtin.words import is_filler, plain_form

_KEY: Final = re.compile(r"(?=.*\d)[^\W_]+(?:-[^\W_]+)*")
_NUMBER_WORDS: Final = frozenset({"number", "no", "nr", "id", "num"})
_LETTERS: Final = 6


def join_keys(tokens: Sequence[Token], lexicon: Lexicon) -> tuple[Token, ...]:
    """The tokens with "INV" and "00042" of "INV-00042" as one; members of the data stay as cut."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if len(joined) > 1 and _is_numbered(joined, token, lexicon):
            del joined[-1]  # the "number" of "invoice number 17"
            last = joined[-1]
        if last is not None and _goes_on(last, token, lexicon):
            text, word = f"{last.text}-{token.text}", f"{last.word}-{token.word}"
            joined[-1] = replace(last, text=text, word=word, end=token.end)
        else:
            joined.append(token)
    return tuple(joined)


def _is_numbered(joined: Sequence[Token], token: Token, lexicon: Lexicon) -> bool:
    """True for "invoice no" in front of a key or the first part of one."""
    noun = lexicon.find([joined[-2].word], 0)
    is_noun = any(c.kind == "model" for match in noun for c in match.candidates)
    is_key = token.is_number or (token.word.isalnum() and not lexicon.knows(token.word))
    is_word = joined[-1].word in _NUMBER_WORDS and not token.before.strip("#")
    return is_noun and is_word and is_key and not is_filler(token.word)


def _goes_on(last: Token, token: Token, lexicon: Lexicon) -> bool:
    is_hyphen = token.before == "-" and token.start == last.end + 1
    first = last.word.partition("-")[0]
    is_open = first.isalpha() and len(first) <= _LETTERS and not is_filler(first)
    is_number = token.word.isalnum() and any(char.isdigit() for char in token.word)
    return is_hyphen and is_number and is_open and not lexicon.knows(first)


def find_keys(reading: Reading) -> None:
    """Fill the filters from keys behind the noun of their rows."""
    key = reading.facts.model(reading.model).primary_key
    dimension = reading.facts.model(reading.model).dimensions.get(key or "")
    if dimension is None or dimension.hidden:
        return
    for at in range(1, len(reading.items)):
        item, noun = reading.items[at], reading.items[at - 1].text.lower().split()
        is_one = reading.is_entity(at - 1) and plain_form(noun[-1]) == noun[-1]
        if not is_one or at in reading.used or at - 1 in reading.used or item.after_comma:
            continue
        number = item.quantity
        if item.kind == "number" and number is not None and dimension.kind == "number":
            if number.unit or number.is_word or number.value != int(number.value):
                continue
            value = Filter(dimension=dimension.name, values=(int(number.value),))
        elif item.kind == "unknown" and dimension.kind == "text" and _KEY.fullmatch(item.text):
            spellings = tuple(dict.fromkeys((item.text, item.text.upper())))
            value = Filter(dimension=dimension.name, op="in", values=spellings)
        else:
            continue
        reading.parts.filters.append((at, value))
        reading.use(at)
