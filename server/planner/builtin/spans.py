"""A question as the best cover of spans: what each stretch of it was taken for.

Called by `planner.py`. Every token run gets its candidates from the lexicon and the
grammar; the cover with the highest score wins. Invariant: every token is in exactly one
item; what nothing explains is an item of kind "unknown".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from semantic.spec import Grain
from server.planner.builtin.lexicon import Candidate, Lexicon
from server.planner.builtin.numbers import Condition, Quantity, parse_condition, parse_quantity
from server.planner.builtin.own_words import is_initials, is_own_date, is_own_word
from server.planner.builtin.period_parsers import parse_grain, parse_grain_noun, parse_period
from server.planner.builtin.periods import Clock, Period
from server.planner.builtin.tokens import Token
from server.planner.builtin.words import (
    GRAMMAR,
    GRAMMAR_WORDS,
    LONGEST_PHRASE,
    SKIPPED,
    Meaning,
    is_filler,
    section,
)  # fmt: skip
from server.planner.plan import ExplainedSpan, SpanKind

_SMALL = ("of", "with", "and", "or", "verb_is", "where", "pronoun", "list", "which", "follow")
"""Words that hold a sentence together; a phrase of the model that contains them wins."""
_IDIOMS = ("widen", "each_other", "year_ago", "period_ago", "hostile", "reset", "overview",
           "manner")  # fmt: skip
_HOMONYMS = ("aggregate", "share", "order")
"""Roles that a word keeps beside being a name of the model; `homonyms.py` decides."""
_GIVING: Final = frozenset(section("giving").split())
_FUNCTION_WORDS: Final = frozenset(section("function word").split())
PERSON_PRONOUNS: Final = frozenset(section("person pronoun").split())
_RANKS = ("top", "bottom", "size_top", "size_bottom", "newest", "oldest")


@dataclass(frozen=True, slots=True)
class Ranking:
    """`top 5`, `five largest`, `most`; `role` is a rank word's, `limit` None where no N stands."""

    role: str
    limit: int | None
    place: int | None = None
    """The place of "second largest"."""


@dataclass(frozen=True, slots=True)
class Item:
    """One span of the cover. Exactly the field of its kind is set."""

    kind: SpanKind
    start: int
    end: int
    text: str
    score: float
    candidates: tuple[Candidate, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    period: Period | None = None
    grain: Grain | None = None
    condition: Condition | None = None
    quantity: Quantity | None = None
    ranking: Ranking | None = None
    after_comma: bool = False

    def has_role(self, *roles: str) -> bool:
        """True where a closed-class word does one of `roles`."""
        return any(meaning.role in roles for meaning in self.meanings)

    def value(self, role: str) -> str:
        """The value of the meaning with `role`, or an empty text."""
        return next((m.value for m in self.meanings if m.role == role), "")

    def of(self, kind: str) -> tuple[Candidate, ...]:
        """The candidates of one kind."""
        return tuple(c for c in self.candidates if c.kind == kind)


def correct_spelling(
    tokens: Sequence[Token], lexicon: Lexicon
) -> tuple[tuple[Token, ...], dict[str, str]]:
    """The tokens with misspelled words replaced, and what was read as what."""
    corrected: list[Token] = []
    changes: dict[str, str] = {}
    for token in tokens:
        parts = () if token.is_number else lexicon.split_word(token.word)
        if parts:
            cut = token.start + len(parts[0])
            corrected.append(replace(token, text=parts[0], word=parts[0], end=cut))
            corrected.append(replace(token, text=parts[1], word=parts[1], start=cut, before=""))
            continue
        rest = "" if token.is_number else lexicon.split_negation(token.word)
        if rest:  # "undelivered"
            cut = token.start + len(token.word) - len(rest)
            corrected.append(replace(token, text="not", word="not", end=cut))
            corrected.append(replace(token, text=rest, word=rest, start=cut, before=""))
            continue
        rank = re.fullmatch(r"(top|bottom|last|first|next|best)(\d{1,3})", token.word)
        if rank is not None:  # "top5"
            cut = token.start + len(rank[1])
            corrected.append(replace(token, text=rank[1], word=rank[1], end=cut))
            corrected.append(replace(token, text=rank[2], word=rank[2], start=cut, before=""))
            continue
        is_acronym = token.text.isupper() and len(token.text) > 1
        better = None if token.is_number else lexicon.correct(token.word, is_acronym=is_acronym)
        if better is None:
            corrected.append(token)
            continue
        changes[token.text] = better
        # What a word of the grammar does is told by its text: "thier" is "their" there too.
        shown = better if better in GRAMMAR_WORDS else token.text
        corrected.append(replace(token, text=shown, word=better))
    return tuple(corrected), changes


def cover(tokens: Sequence[Token], lexicon: Lexicon, clock: Clock) -> tuple[Item, ...]:
    """The best-scored sequence of items over all tokens."""
    words = [token.word for token in tokens]
    best: list[tuple[float, tuple[Item, ...]]] = [(0.0, ())]
    best += [(float("-inf"), ())] * len(tokens)
    # From left to right; with at most 120 tokens copying the tuples costs nothing.
    for at in range(len(tokens)):
        score, items = best[at]
        for item in _items_at(tokens, words, at, lexicon, clock):
            if score + item.score > best[item.end][0]:
                best[item.end] = (score + item.score, (*items, item))
    return best[len(tokens)][1]


def _items_at(
    tokens: Sequence[Token], words: Sequence[str], at: int, lexicon: Lexicon, clock: Clock
) -> Iterator[Item]:
    after_comma = "," in tokens[at].before or ";" in tokens[at].before
    for item in _plain_items(tokens, words, at, lexicon, clock):
        text = " ".join(token.text for token in tokens[at : item.end])
        yield replace(item, text=text, after_comma=after_comma)


def _plain_items(
    tokens: Sequence[Token], words: Sequence[str], at: int, lexicon: Lexicon, clock: Clock
) -> Iterator[Item]:
    yield from _lexical_items(tokens, words, at, lexicon)
    is_own = is_own_word(tokens, at, lexicon)
    for item in _grammar_items(words, at):
        is_name = any(is_initials(tokens, n, lexicon) for n in range(at, item.end))
        if not (is_own and item.has_role(*_RANKS)) and not is_name:
            yield item
    yield from _number_items(tokens, at, clock, lexicon)
    word = words[at]
    noun = parse_grain_noun(tokens, at)
    if noun is not None and _is_dated(words, at, lexicon):
        yield Item("grain", at, at + 1, "", 1.1, grain=noun)
    is_small = is_filler(word) or word in lexicon.ignorable
    if is_small and not is_initials(tokens, at, lexicon):
        yield Item("filler", at, at + 1, "", 0.3)
    else:
        yield Item("unknown", at, at + 1, "", -1.5)


def _is_dated(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Like the month of "by due month", "the highest revenue month", "month with the most"."""
    if at < 2 and list(words[at + 1 : at + 3]) == ["with", "the"]:
        return True
    for start in range(max(0, at - 4), at):
        for match in lexicon.find(words, start):
            for candidate in match.candidates if match.end == at else ():
                dimensions = lexicon.catalog.models[candidate.model].dimensions
                named = dimensions.get(candidate.name) if candidate.kind == "dimension" else None
                if named is not None and named.kind == "time":
                    return True
                if candidate.kind == "metric" and start and _rank_role((words[start - 1],)):
                    return True
    return False


def _lexical_items(
    tokens: Sequence[Token], words: Sequence[str], at: int, lexicon: Lexicon
) -> Iterator[Item]:
    for match in lexicon.find(words, at):
        candidates = match.candidates
        if any(_breaks(token) for token in tokens[at + 1 : match.end]):
            candidates = tuple(c for c in candidates if c.kind == "value")
        if any("," in token.before for token in tokens[at + 1 : match.end]):
            candidates = tuple(c for c in candidates if c.kind == "value")  # a list of things
        if match.end > at + 1 and at > 0 and _is_negated_flag(words, at, lexicon):
            candidates = tuple(c for c in candidates if c.kind != "metric")
        if match.end == at + 1 and not _may_be_value(tokens, at, lexicon):
            candidates = tuple(c for c in candidates if c.kind != "value" or not lexicon.is_long(c))
        if match.end == at + 1 and _is_small_word(tokens, at):
            candidates = tuple(c for c in candidates if c.kind != "value")
        if not candidates:
            continue
        skipped = sum(word in SKIPPED for word in words[at : match.end])
        length = match.end - at - skipped
        kind: SpanKind = candidates[0].kind
        score = length * match.quality + 0.2 * max(0, length - 1) + 0.3 * skipped
        meanings = GRAMMAR.get(tuple(words[at : match.end]), ())
        kept = tuple(meaning for meaning in meanings if meaning.role in _HOMONYMS)
        yield Item(kind, at, match.end, "", score, candidates, kept)
    keys = lexicon.find_key(tokens[at].text)
    if keys:
        yield Item("value", at, at + 1, "", 0.9, keys)
    is_name = tokens[at].is_capital and (at > 0 or len(tokens) == 1)
    partial = lexicon.find_members(words, at, is_name)
    if partial is not None:
        small = sum(is_filler(word) for word in words[at : partial.end])
        length = partial.end - at - small
        score = length * partial.quality + 0.1 * max(0, length - 1) + 0.3 * small
        yield Item("value", at, partial.end, "", score, partial.candidates)


def _is_negated_flag(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Like "not escalated tickets" where "escalated tickets" is a metric: the flag is negated."""
    if not any(meaning.role == "not" for meaning in GRAMMAR.get((words[at - 1],), ())):
        return False
    found = (c for match in lexicon.find(words[: at + 1], at) for c in match.candidates)
    return any(
        c.kind in ("segment", "value")
        or (
            c.kind == "dimension"
            and lexicon.catalog.models[c.model].dimensions[c.name].kind == "boolean"
        )
        for c in found
    )


def _is_small_word(tokens: Sequence[Token], at: int) -> bool:
    """Like "or", or the "us" of "makes us"; in lower case no member written in capitals."""
    word = tokens[at].text
    is_object = at > 0 and tokens[at - 1].word in _GIVING and word in PERSON_PRONOUNS
    return is_object or word in _FUNCTION_WORDS


def _breaks(token: Token) -> bool:
    """True where a new part of the sentence begins; only names of members go on across it."""
    return any(mark in token.before for mark in ",;:?!")


def _may_be_value(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """False for a common word in lower case, which a list of names may hold by chance."""
    word = tokens[at].word
    is_common = word in lexicon.english or word in GRAMMAR_WORDS or is_filler(word)
    return not is_common or (tokens[at].is_capital and at > 0)


def _grammar_items(words: Sequence[str], at: int) -> Iterator[Item]:
    for length in range(1, min(LONGEST_PHRASE, len(words) - at) + 1):
        meanings = GRAMMAR.get(tuple(words[at : at + length]))
        if meanings is not None:
            is_small = length < 3 and all(m.role in _SMALL for m in meanings)
            first = 0.35 if is_small else 0.8
            more = 1.0 if any(m.role in _IDIOMS for m in meanings) else 0.5
            yield Item("word", at, at + length, "", first + more * (length - 1), (), meanings)


def _percentile(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """The percentile and the length of "90th percentile" or "p90"."""
    if found := re.fullmatch(r"p(\d{1,2})", words[at]):
        return int(found[1]), 1
    found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", words[at])
    if found and words[at + 1 : at + 2] in (["percentile"], ["percentiles"]):
        return int(found[1]), 2 + (words[at + 2 : at + 3] == ["of"])
    return None


def _number_items(
    tokens: Sequence[Token], at: int, clock: Clock, lexicon: Lexicon
) -> Iterator[Item]:
    percentile = _percentile([token.word for token in tokens[at : at + 3]], 0)
    if percentile is not None and 0 < percentile[0] < 100:
        meaning = Meaning("aggregate", f"percentile:{percentile[0]}")
        yield Item("word", at, at + percentile[1], "", 0.9 * percentile[1], meanings=(meaning,))
    period = None if is_own_date(tokens, at, lexicon) else parse_period(tokens, at, clock)
    if period is not None:
        yield Item("time", at, at + period.length, "", 1.15 * period.length, period=period)
    grain = parse_grain(tokens, at)
    if grain is not None and not (grain[1] == 1 and _is_member(tokens, at, lexicon)):
        yield Item("grain", at, at + grain[1], "", 1.1 * grain[1], grain=grain[0])
    condition = parse_condition(tokens, at)
    if condition is not None and not _is_band(words_at(tokens), at, condition, lexicon):
        condition = _with_unit(condition, tokens, at, lexicon)
        yield Item(
            "condition", at, at + condition.length, "", 1.15 * condition.length, condition=condition
        )
    ranking = _parse_ranking(tokens, at) if not is_own_word(tokens, at, lexicon) else None
    if ranking is not None:
        yield Item("ranking", at, at + ranking[1], "", 1.0 * ranking[1], ranking=ranking[0])
    quantity = parse_quantity(tokens, at)
    if quantity is not None:
        yield Item("number", at, at + quantity.length, "", 0.5 * quantity.length, quantity=quantity)


def words_at(tokens: Sequence[Token]) -> list[str]:
    """The words of the tokens."""
    return [token.word for token in tokens]


def _is_band(words: Sequence[str], at: int, condition: Condition, lexicon: Lexicon) -> bool:
    """True for a range that is a member of the data: the age band "18-25"."""
    if condition.op != "between" or words[at] in ("between", "from"):
        return False
    return any(
        match.end >= at + condition.length and any(c.kind == "value" for c in match.candidates)
        for match in lexicon.find(words, at)
    )


def _with_unit(
    condition: Condition, tokens: Sequence[Token], at: int, lexicon: Lexicon
) -> Condition:
    """Like "over 500 kg" where the model keeps a number in that unit."""
    end = at + condition.length
    word = tokens[end].word if end < len(tokens) else ""
    if condition.unit or word not in lexicon.units:
        return condition
    return replace(condition, unit=word, length=condition.length + 1)


def _is_member(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """True for a word like "annual" that is a member of the data."""
    found = lexicon.find([tokens[at].word], 0)
    return any(c.kind == "value" for match in found for c in match.candidates)


def _rank_role(words: tuple[str, ...]) -> str | None:
    meanings = GRAMMAR.get(words, ())
    return next((m.role for m in meanings if m.role in _RANKS), None)


def _parse_place(tokens: Sequence[Token], at: int) -> tuple[Ranking, int] | None:
    """Like "second largest", "3rd most common": only what stands there."""
    word = tokens[at].word
    found = re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)", word)
    place = int(found[1]) if found else _PLACES.get(word)
    for length in (3, 2, 1):
        role = _rank_role(tuple(token.word for token in tokens[at + 1 : at + 1 + length]))
        if place and role is not None and len(tokens) > at + length:
            return Ranking(role, None, place), 1 + length
    return None


_PLACES: Final = {word: n for n, word in enumerate(
    ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 2
)}  # fmt: skip


def _parse_ranking(tokens: Sequence[Token], at: int) -> tuple[Ranking, int] | None:
    placed = _parse_place(tokens, at)
    if placed is not None:
        return placed
    words = tuple(token.word for token in tokens[at : at + 5])
    quantity = _count(tokens, at)
    offset = quantity.length if quantity else 0
    for length in (3, 2, 1):
        role = _rank_role(words[offset : offset + length])
        if role is None or len(words) < offset + length:
            continue
        after = offset + length
        limit = quantity or _count(tokens, at + after)
        if limit is None:
            return Ranking(role, None), after
        return Ranking(role, int(limit.value)), after + (0 if quantity else limit.length)
    return None


def _count(tokens: Sequence[Token], at: int) -> Quantity | None:
    """A whole number that can be a number of rows."""
    quantity = parse_quantity(tokens, at)
    if quantity is None or quantity.unit or quantity.value != int(quantity.value):
        return None
    return quantity if 1 <= quantity.value <= 1000 else None


def explain(item: Item) -> ExplainedSpan:
    """What an item was taken for, in words."""
    meaning: str = item.kind
    if item.candidates:
        meaning = ", ".join(
            f"{c.kind} {c.model}.{c.name}" + (f" = {' | '.join(c.values[:3])}" if c.values else "")
            for c in item.candidates[:4]
        )
    elif item.meanings:
        meaning = ", ".join(m.role + (f" {m.value}" if m.value else "") for m in item.meanings)
    elif item.period:
        meaning = item.period.words
    return ExplainedSpan(item.start, item.end, item.text, item.kind, meaning)
