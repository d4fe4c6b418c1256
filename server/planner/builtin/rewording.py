"""Turns of phrase in the words that the grammar knows: "how long do they take to pay", "owned by".

Called by `planner.py` before a question is cut into items. Invariant: a phrase is reworded only
where all its words are accounted for; what stays is read word by word as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from server.planner.builtin.durations import name_duration
from server.planner.builtin.lexicon import Lexicon, key_of
from server.planner.builtin.lexicon_build import AGENTS
from server.planner.builtin.numbers import parse_condition
from server.planner.builtin.sizes import name_size
from server.planner.builtin.tokens import Token
from server.planner.builtin.words import (
    GRAMMAR_WORDS,
    is_filler,
    pairs,
    plain_form,
    section,
    verb_form,
)  # fmt: skip

_DOING: Final = frozenset(section("doing").split())
_ON_FILE: Final = frozenset(section("on file").split())
_ABSENT: Final = frozenset(section("absent").split())
_NONE: Final = frozenset({"no", "without", "any", "not"})
_RELATIVE: Final = frozenset({"that", "who", "which"})
_BEING: Final = frozenset({"is", "are", "was", "were"})
_OPENING: Final = frozenset({"where", "whose", "with", "the", "that", "have", "has"})
_OTHERWISE: Final = {
    tuple(idiom.split()): tuple(plain.split()) for idiom, plain in pairs("said otherwise").items()
}
_IDIOM_STARTS: Final = frozenset(idiom[0] for idiom in _OTHERWISE)
MOST: Final = 60
"""Tokens; a longer text is no question with one of these phrases."""


def reword(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """The tokens with every such phrase in the words of the grammar."""
    if len(tokens) > MOST:
        return tokens
    tokens = _otherwise(tokens)
    tokens = _by_agent(_as_condition(_without_value(tokens, lexicon), lexicon), lexicon)
    tokens = _as_past(tokens, lexicon)
    named = name_duration(tokens, lexicon) or name_size([t.word for t in tokens], lexicon)
    return _retold(tokens, named) if named is not None else tokens


def _otherwise(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens with the plain words for an idiom: "most common" for "used most often"."""
    words = [token.word for token in tokens]
    for at, word in enumerate(words):
        for idiom, plain in _OTHERWISE.items() if word in _IDIOM_STARTS else ():
            if tuple(words[at : at + len(idiom)]) == idiom:
                said = (_put(tokens[at], word) for word in plain)
                return (*tokens[:at], *said, *tokens[at + len(idiom) :])
    return tokens


def _retold(tokens: Sequence[Token], words: Sequence[str]) -> tuple[Token, ...]:
    """The tokens with these words; a word that was there keeps its place in the text."""
    kept = list(tokens)
    found: list[Token] = []
    for word in words:
        at = next((n for n, token in enumerate(kept) if token.word == word), None)
        if at is not None:
            found.append(kept[at])
            del kept[at]
        else:
            place = kept[0] if kept else tokens[-1]
            found.append(replace(place, text=word, word=word, before=""))
    return tuple(found)


def _put(token: Token, word: str) -> Token:
    return replace(token, text=word, word=word)


# ------------------------------------------------------------------ what is not there


def _without_value(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """Like "with no agent recorded", "where the email is missing", "missing an email"."""
    kept = list(tokens)
    for at in range(len(kept) - 1, 0, -1):
        word = kept[at].word
        before = {token.word for token in kept[max(0, at - 5) : at]}
        if word in _ON_FILE and before & _NONE and not _is_known(word, lexicon):
            del kept[at]
        elif word in _ABSENT and not _is_known(word, lexicon):
            return tuple(_lacking(kept, at, lexicon))
    return tuple(kept)


def _lacking(tokens: list[Token], at: int, lexicon: Lexicon) -> list[Token]:
    """The tokens with "without" in front of what the word at `at` says is missing."""
    words = [token.word for token in tokens]
    following = at + 1
    while following < len(words) and words[following] in ("a", "an", "the", "any", "their"):
        following += 1
    if words[at] == "missing" and _is_dimension(words, following, None, lexicon):
        return [*tokens[:at], _put(tokens[at], "without"), *tokens[at + 1 :]]
    end = at - 1 if words[at - 1] in _BEING else at
    first = next((n for n in range(max(0, end - 5), end) if _is_dimension(words, n, end, lexicon)),
                 None)  # fmt: skip
    if first is None or first == 0:
        return tokens
    opening = first
    while opening > 0 and words[opening - 1] in _OPENING:
        opening -= 1
    if opening == first or opening == 0:
        return tokens
    without = _put(tokens[opening], "without")
    return [*tokens[:opening], without, *tokens[first:end], *tokens[at + 1 :]]


def _is_dimension(words: Sequence[str], first: int, end: int | None, lexicon: Lexicon) -> bool:
    return any(
        (end is None or match.end == end) and any(c.kind == "dimension" for c in match.candidates)
        for match in lexicon.find(words[:end], first)
    )


def _is_known(word: str, lexicon: Lexicon) -> bool:
    """True for a word of the model or of a member, which keeps its own meaning."""
    return key_of((word,)) in lexicon.phrases or word in lexicon.member_words


# ------------------------------------------------------------------ who does it


def _by_agent(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """Like "owned by Ann", "who owns Acme", "which does Ann own", where there is an owner."""
    words = [token.word for token in tokens]
    for at, word in enumerate(words):
        is_last = at == len(words) - 1 and bool({"does", "do", "did"} & set(words[:at]))
        is_place = words[at + 1 : at + 2] == ["by"] or words[at - 1] == "who" or is_last
        if at == 0 or len(word) < 3 or not word.isalpha() or not is_place:
            continue
        if plain_form(word).endswith(AGENTS):
            continue  # "account managers by revenue" names those who do it
        noun = None if _is_known(word, lexicon) else lexicon.agents.get(verb_form(word))
        if noun is None:
            continue
        said = [_put(tokens[at], part) for part in noun]
        if words[at + 1 : at + 2] == ["by"]:
            return (*tokens[:at], _put(tokens[at], "with"), *said, *tokens[at + 2 :])
        if words[at - 1] == "who" and at + 1 < len(words):
            return (*tokens[: at - 1], _put(tokens[at - 1], "which"), *said, *tokens[at + 1 :])
        if is_last:
            return (*tokens[:at], *said)
    return tokens


def _as_past(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """Like "did we issue", where a date is called "issued"."""
    for at, token in enumerate(tokens):
        said = lexicon.dates.get(verb_form(token.word), token.word)
        is_done = any(before.word == "did" for before in tokens[max(0, at - 2) : at])
        is_verb = said != token.word and is_done and not is_filler(token.word)
        if is_verb and token.word not in GRAMMAR_WORDS and not _is_known(token.word, lexicon):
            return (*tokens[:at], _put(token, said), *tokens[at + 1 :])
    return tokens


# ------------------------------------------------------------------ how many of them


def _as_condition(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """Like "customers who placed at least 3 orders": a verb that only says that they have them."""
    for at in range(1, len(tokens) - 1):
        word = tokens[at].word
        if word not in _DOING or _is_known(word, lexicon) or not _is_number(tokens, at + 1):
            continue
        first = at
        while first > 1 and tokens[first - 1].word in (*_RELATIVE, "have", "has", "had"):
            first -= 1
        return (*tokens[:first], _put(tokens[at], "with"), *tokens[at + 1 :])
    return tokens


def _is_number(tokens: Sequence[Token], at: int) -> bool:
    """A number of things; "took at least 3 days" is no condition on how many there are."""
    condition = parse_condition(tokens, at)
    return condition is not None and condition.unit in ("", "currency", "percent")
