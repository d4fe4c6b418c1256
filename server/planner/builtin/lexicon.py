"""The words of one semantic model: phrase to what it may mean.

Built once per data version from the catalog and the members of its text dimensions; read
by `spans.py`. Invariant: frozen after building; the same phrase keeps all its meanings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from semantic.definitions import Catalog
from server.planner.builtin.abbreviations import expand
from server.planner.builtin.matching import nearest_word
from server.planner.builtin.words import (
    ABBREVIATIONS,
    GRAMMAR_WORDS,
    SKIPPED,
    is_filler,
    plain_form,
    verb_form,
)  # fmt: skip

CandidateKind = Literal["metric", "dimension", "model", "segment", "value"]
Key = tuple[str, ...]

_NEGATIVE: Final = ("un", "in", "im", "ir", "dis", "non")
MAX_MEMBERS: Final = 20_000
"""Per dimension; beyond it the members of a dimension are not known by heart."""
MAX_PARTIAL: Final = 60
"""A part of a name that fits more members than this says too little."""
MAX_PHRASE: Final = 10
MAX_CODES: Final = 40
"""A dimension with more members holds names rather than codes of a process."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing a phrase may mean. For a value, `name` is its dimension."""

    kind: CandidateKind
    model: str
    name: str
    values: tuple[str, ...] = ()
    is_part: bool = False
    """True where only a part of the member's name was written."""


@dataclass(frozen=True, slots=True)
class Match:
    """Candidates of the tokens from the start up to `end` (exclusive)."""

    end: int
    candidates: tuple[Candidate, ...]
    quality: float


def key_of(words: Iterable[str]) -> Key:
    """The form in which phrases are compared: singular, without articles."""
    listed = tuple(words)
    kept = tuple(plain_form(word) for word in listed if word not in SKIPPED)
    return kept or tuple(plain_form(word) for word in listed)


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Everything the model's words can mean."""

    catalog: Catalog
    phrases: Mapping[Key, tuple[Candidate, ...]]
    verbs: Mapping[Key, tuple[Candidate, ...]]
    prefixes: frozenset[Key]
    vocabulary: frozenset[str]
    """Words of names, labels, synonyms and of the grammar."""
    member_words: Mapping[str, tuple[tuple[str, str, int], ...]]
    """Word -> (model, dimension, number of the member)."""
    members: Mapping[str, tuple[str, ...]]
    """Qualified dimension -> its members."""
    member_keys: Mapping[str, tuple[Key, ...]]
    english: frozenset[str]
    names: frozenset[str]
    """Words of names, labels and synonyms, and of the members of codes."""
    units: frozenset[str]
    """What labels write in brackets, like the "kg" of "Weight (kg)"."""
    ignorable: frozenset[str]
    """Words of the semantic model's own name; they say nothing."""
    agents: Mapping[str, tuple[str, ...]]
    """Stem of a verb -> the words of the one dimension that says who does it: "owns", "owner"."""
    dates: Mapping[str, str]
    """Stem of a verb -> the word for a date that is made of it: "issu" of "issued"."""
    amounts: Mapping[Key, tuple[Candidate, ...]]
    """Stems of a verb -> the sums of money called by it: "bill" of "billings", "billed amount"."""
    metric_names: Mapping[str, tuple[frozenset[str], ...]]
    """Metric -> each of its own names as the words it is compared by."""
    key_shapes: Mapping[str, tuple[str, ...]]
    """Qualified primary key -> what its values look like, each digit as a 9."""
    keys_by_shape: Mapping[str, tuple[tuple[str, str, str], ...]]
    """Shape in lower case -> model, primary key and shape as written; of shapes that can be told
    from other words."""

    def find(self, words: Sequence[str], at: int) -> list[Match]:
        """All phrases that start at word `at`."""
        found: list[Match] = []
        plain: list[str] = []
        for end in range(at + 1, min(len(words), at + 2 * MAX_PHRASE) + 1):
            word = words[end - 1]
            if word in SKIPPED and end - 1 > at:
                continue
            plain.append(plain_form(word))
            key = tuple(plain)
            if key in self.phrases:
                found.append(Match(end, self.phrases[key], 1.0))
            stems = tuple(verb_form(part) for part in plain)
            if stems in self.verbs and key not in self.phrases:
                found.append(Match(end, self.verbs[stems], 0.9))
            if key not in self.prefixes and stems not in self.prefixes:
                break
        return found

    def find_members(self, words: Sequence[str], at: int, is_name: bool) -> Match | None:
        """The members whose name contains the longest run of words from `at` on.

        Args:
            is_name: the asker wrote a capital; a common word alone is then taken for a name.
        """
        first = words[at]
        if len(first) < 2 or (not _may_begin_name(first) and not is_name):
            return None
        hits = set(self.member_words.get(first, ()))
        if not hits:
            return None
        end, best = at + 1, hits
        while end < len(words) and words[end] in self.member_words:
            run = tuple(words[at : end + 1])
            narrowed = {
                hit for hit in best & set(self.member_words[words[end]]) if self._has_run(hit, run)
            }
            if not narrowed:
                break
            best, end = narrowed, end + 1
        is_common = end == at + 1 and first in self.english and not is_name
        if end == at + 1:
            best = {hit for hit in best if not self._is_shared(first, hit)}
        if is_common or not best or len(best) > MAX_PARTIAL * 4:
            return None
        return self._match(best, end, end - at)

    def _has_run(self, hit: tuple[str, str, int], run: Key) -> bool:
        """True where the words stand in the name in this order, others between them or not."""
        model, dimension, number = hit
        words = iter(self.member_keys[f"{model}.{dimension}"][number])
        return all(word in words for word in run)

    def _is_shared(self, word: str, hit: tuple[str, str, int]) -> bool:
        """True for a word that most members bear, like a title; alone it selects nobody."""
        name = f"{hit[0]}.{hit[1]}"
        bearers = sum((h[0], h[1]) == hit[:2] for h in self.member_words[word])
        return bearers > 2 and 2 * bearers > len(self.members[name])

    def _match(self, hits: Iterable[tuple[str, str, int]], end: int, length: int) -> Match | None:
        by_dimension: dict[tuple[str, str], list[str]] = {}
        for model, dimension, number in sorted(hits):
            member = self.members[f"{model}.{dimension}"][number]
            by_dimension.setdefault((model, dimension), []).append(member)
        candidates = tuple(
            Candidate("value", model, name, tuple(values), is_part=True)
            for (model, name), values in by_dimension.items()
            if len(values) <= MAX_PARTIAL
        )
        return Match(end, candidates, 0.85 if length > 1 else 0.75) if candidates else None

    def find_key(self, text: str) -> tuple[Candidate, ...]:
        """What "inv-00042" may be the key of by its look, with the key as it is written."""
        found: dict[tuple[str, str], list[str]] = {}
        for model, name, shape in self.keys_by_shape.get(shape_of(text).casefold(), ()):
            pairs = zip(shape, text, strict=True)
            value = "".join(said if one == "9" else one for one, said in pairs)
            found.setdefault((model, name), []).append(value)
        return tuple(Candidate("value", *key, tuple(values)) for key, values in found.items())

    def is_long(self, candidate: Candidate) -> bool:
        """True for a value of a dimension with so many members that it is a list of names."""
        return len(self.members.get(f"{candidate.model}.{candidate.name}", ())) > MAX_CODES

    def knows(self, word: str) -> bool:
        """True for a word that some phrase, member or the grammar contains."""
        return (
            word in self.vocabulary
            or word in self.member_words
            or plain_form(word) in self.vocabulary
        )

    def split_word(self, word: str) -> tuple[str, ...]:
        """The two words of a phrase of the model that were written as one, or nothing."""
        if len(word) < 5 or not word.isalpha() or self.knows(word) or word in self.english:
            return ()
        pairs = [(word[:cut], word[cut:]) for cut in range(2, len(word) - 1)]
        found = [pair for pair in pairs if key_of(pair) in self.prefixes and len(key_of(pair)) == 2]
        return found[0] if len(found) == 1 else ()

    def split_negation(self, word: str) -> str:
        """The flag or segment that "undelivered" says is not so, or an empty text."""
        if key_of((word,)) in self.phrases or self._is_said(word):
            return ""
        for prefix in _NEGATIVE:
            rest = word.removeprefix(prefix)
            found = self.phrases.get(key_of((rest,)), ()) if len(rest) > 3 else ()
            if rest != word and found and all(self._is_flag(c) for c in found):
                return rest
        return ""

    def _is_said(self, word: str) -> bool:
        """True for a word of the members or the grammar, which keeps its own meaning."""
        return word in self.member_words or word in GRAMMAR_WORDS

    def _is_flag(self, candidate: Candidate) -> bool:
        model = self.catalog.models[candidate.model]
        if candidate.kind == "dimension":
            return model.dimensions[candidate.name].kind == "boolean"
        return candidate.kind == "segment"

    def correct(self, word: str, *, is_acronym: bool = False) -> str | None:
        """The word of the model or the grammar that `word` is a misspelling or a short form of."""
        if word in ABBREVIATIONS and not self.knows(word):
            return ABBREVIATIONS[word]
        is_open = not (self.knows(word) or is_filler(word) or word in self.english)
        short = expand(word, self.names, GRAMMAR_WORDS) if is_open and not is_acronym else None
        if short is not None:
            return short
        if len(word) < 4 or not word.isalpha() or self.knows(word) or is_filler(word):
            return None
        if word in self.english or plain_form(word) in self.english:
            return None
        allowed = 1 if len(word) <= 7 else 2
        # A verb form is a word of its own and no part of somebody's name: "leaking", "leasing".
        ending = next((end for end in ("ing", "ed") if word.endswith(end)), "")
        words = [known for known in self.vocabulary if known.endswith(ending)]
        for known in (words, () if ending else self.member_words):
            found = nearest_word(word, known, allowed)
            if found is not None:
                return found
        return None


def shape_of(text: str) -> str:
    """A key with each digit as a 9.

    >>> shape_of("INV-00042")
    'INV-99999'
    """
    return "".join("9" if char.isdigit() else char for char in text)


def _may_begin_name(word: str) -> bool:
    return not is_filler(word) and word not in GRAMMAR_WORDS and len(word) > 1
