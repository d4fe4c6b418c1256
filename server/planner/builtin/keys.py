"""Single rows by their key: "ticket TCK-00042", "order 1005", "the status of TCK-00042".

`name_keys` is called by `planner.py` on the words, `find_keys` is a step of composing in front of
the filters. Invariant: a key is of the rows whose keys look like it, or whose singular noun stands
right in front; what is no key of theirs gives no rows, and never others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from semantic.request import Filter
from server.planner.builtin.lexicon import Lexicon, shape_of
from server.planner.builtin.reading import Reading
from server.planner.builtin.tokens import Token, words_of
from server.planner.builtin.words import is_filler, plain_form

_KEY: Final = re.compile(r"(?=.*\d)[^\W_]+(?:-[^\W_]+)*")
_NUMBER_WORDS: Final = frozenset({"number", "no", "nr", "id", "num"})
_LETTERS: Final = 6
_PARTS: Final = 6
"""Tokens that a key is cut into at most."""


def name_keys(tokens: Sequence[Token], lexicon: Lexicon) -> tuple[Token, ...]:
    """The tokens with each key as one, behind the noun of its rows: "the status of" which rows."""
    joined = _join_by_shape(join_keys(tokens, lexicon), lexicon)
    named: list[Token] = []
    for at, token in enumerate(joined):
        found = lexicon.find_key(token.text)
        owner = found[0].model if len(found) == 1 else None
        is_listed = any(lexicon.find_key(one.text) for one in joined[max(0, at - 2) : at])
        if owner is not None and not is_listed:
            if (
                len(named) > 1
                and named[-1].word in _NUMBER_WORDS
                and _ends(named[:-1], owner, lexicon)
            ):
                del named[-1]
            noun = None if _ends(named, owner, lexicon) else _noun_of(owner, lexicon)
            if noun is not None:
                named.append(replace(token, text=noun, word=noun))
                named.append(replace(token, before=""))
                continue
        named.append(token)
    return tuple(named)


def _join_by_shape(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """The tokens with what is written in one and looks like a key as one: "S" and "0012"."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        text, end, best = tokens[at].text, at + 1, at + 1
        whole = text
        while end < len(tokens) and end - at < _PARTS:
            following = tokens[end]
            if following.start - tokens[end - 1].end != len(following.before):
                break
            text = f"{text}{following.before}{following.text}"
            end += 1
            if lexicon.find_key(text):
                best, whole = end, text
        last = tokens[best - 1]
        joined.append(replace(tokens[at], text=whole, word=whole.casefold(), end=last.end)
                      if best > at + 1 else tokens[at])  # fmt: skip
        at = best
    return joined


def _ends(tokens: Sequence[Token], model: str, lexicon: Lexicon) -> bool:
    """True where the last words are a noun of the model's rows."""
    words = [token.word for token in tokens[-3:]]
    return any(
        match.end == len(words)
        and any((c.kind, c.model) == ("model", model) for c in match.candidates)
        for start in range(len(words))
        for match in lexicon.find(words, start)
    )


def _noun_of(model: str, lexicon: Lexicon) -> str | None:
    """The singular of a word that means the rows of the model."""
    found = lexicon.catalog.models[model]
    for text in (found.name, found.label, *found.synonyms):
        words = words_of(text)
        noun = plain_form(words[0]) if len(words) == 1 else ""
        if noun and any(
            c.model == model for c in lexicon.phrases.get((noun,), ()) if c.kind == "model"
        ):
            return noun
    return None


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
    for at, words in reading.introduced.items():
        is_key = any(reading.lexicon.find_key(one.text) for one in reading.items[at : at + 2])
        if is_key and "like" in words:
            reading.parts.unclear.append("It is not clear in what the rows shall be alike.")
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
            shapes = reading.lexicon.key_shapes.get(f"{reading.model}.{dimension.name}")
            looks = {shape_of(item.text).casefold()}
            if shapes is not None and not looks & {shape.casefold() for shape in shapes}:
                continue  # a key of other rows, or of none
            spellings = tuple(dict.fromkeys((item.text, item.text.upper())))
            value = Filter(dimension=dimension.name, op="in", values=spellings)
        else:
            continue
        reading.parts.filters.append((at, value))
        reading.use(at)
