"""The words of one semantic model: phrase to what it may mean.

Built once per data version from the catalog and the members of its text dimensions; read
by `spans.py`. Invariant: frozen after building; the same phrase keeps all its meanings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from semantic import syntax
from semantic.definitions import Catalog, Dimension, Metric, Model
from server.planner.builtin.matching import index_words, nearest_word, prefixes_of
from server.planner.builtin.naming import money_names, plain_names, spoken_names
from server.planner.builtin.numbers import NUMBER_WORDS
from server.planner.builtin.period_parsers import PERIOD_WORDS
from server.planner.builtin.segments import conditions_of
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import (
    ABBREVIATIONS,
    GRAMMAR_WORDS,
    SKIPPED,
    is_filler,
    load_english,
    plain_form,
    verb_form,
)  # fmt: skip

CandidateKind = Literal["metric", "dimension", "model", "segment", "value"]
Key = tuple[str, ...]

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


_NEGATIONS: Final = frozenset({"not", "no", "without", "never"})


@dataclass(slots=True)
class _Builder:
    phrases: dict[Key, list[Candidate]] = field(default_factory=dict)
    verbs: dict[Key, list[Candidate]] = field(default_factory=dict)
    surfaces: set[str] = field(default_factory=set)
    _words: dict[str, Key] = field(default_factory=dict)

    def words_of(self, text: str) -> Key:
        """The words of a text; each text is cut once, for members come by the ten thousand."""
        found = self._words.get(text)
        if found is None:
            found = self._words[text] = words_of(text)
        return found

    def add(self, text: str, candidate: Candidate, *, inflects: bool = False) -> None:
        words = self.words_of(text)
        key = key_of(words)
        if not key or len(words) > MAX_PHRASE:
            return
        self.surfaces.update(words)
        _append(self.phrases, key, candidate)
        if inflects:
            stems = tuple(verb_form(word) for word in key)
            # Only what is itself a verb form is inflected: "open" must not match "opened"; nor
            # "not closed" match "not closing", which is about the date.
            if stems != tuple(w.removesuffix("e") for w in key) and not _NEGATIONS & set(key):
                _append(self.verbs, stems, candidate)


def _append(table: dict[Key, list[Candidate]], key: Key, candidate: Candidate) -> None:
    found = table.setdefault(key, [])
    if candidate not in found:
        found.append(candidate)


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
    ignorable: frozenset[str]
    """Words of the semantic model's own name; they say nothing."""

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

    def correct(self, word: str) -> str | None:
        """The word of the model or the grammar that `word` is a misspelling of."""
        if word in ABBREVIATIONS and not self.knows(word):
            return ABBREVIATIONS[word]
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


def _may_begin_name(word: str) -> bool:
    return not is_filler(word) and word not in GRAMMAR_WORDS and len(word) > 1


# ------------------------------------------------------------------ building


def build_lexicon(catalog: Catalog, members: Mapping[str, Sequence[str]]) -> Lexicon:
    """The lexicon of a catalog and the members of its text dimensions.

    Args:
        members: qualified dimension name -> distinct values.
    """
    builder = _Builder()
    for model in catalog.models.values():
        _add_model(builder, model)
    bounded = {
        name: tuple(values) for name, values in members.items() if len(values) <= MAX_MEMBERS
    }
    for name, values in bounded.items():
        _add_members(builder, name, values)
    for model in catalog.models.values():
        for metric in model.metrics.values():
            _add_metric(builder, model, metric)
    declared = frozenset(builder.phrases)
    for model in catalog.models.values():
        _add_spoken(builder, model, declared)
    keys = {
        name: tuple(builder.words_of(value) for value in values) for name, values in bounded.items()
    }
    spec = catalog.spec
    own = (catalog.name, spec.label, *spec.synonyms)
    named = {word for key in builder.phrases for word in key}
    return Lexicon(
        catalog=catalog,
        phrases={key: tuple(found) for key, found in builder.phrases.items()},
        verbs={key: tuple(found) for key, found in builder.verbs.items()},
        prefixes=prefixes_of(builder.phrases) | prefixes_of(builder.verbs),
        vocabulary=frozenset(builder.surfaces)
        | GRAMMAR_WORDS
        | NUMBER_WORDS
        | PERIOD_WORDS
        | named,
        member_words=index_words(keys),
        members=bounded,
        member_keys=keys,
        english=load_english(),
        ignorable=frozenset(word for text in own for word in words_of(text)),
    )


def _add_model(builder: _Builder, model: Model) -> None:
    for text in plain_names(model.name, model.label, model.synonyms):
        builder.add(text, Candidate("model", model.name, model.name))
    for dimension in model.dimensions.values():
        if not dimension.hidden:
            _add_dimension(builder, dimension)
    for segment in model.segments.values():
        for text in plain_names(segment.name, segment.label, segment.synonyms):
            builder.add(text, Candidate("segment", model.name, segment.name), inflects=True)


def _add_dimension(builder: _Builder, dimension: Dimension) -> None:
    for text in plain_names(dimension.name, dimension.label, dimension.synonyms):
        builder.add(text, Candidate("dimension", dimension.model, dimension.name))
    for value, synonyms in dimension.value_synonyms.items():
        for text in synonyms:
            builder.add(
                text, Candidate("value", dimension.model, dimension.name, (value,)), inflects=True
            )


def _add_members(builder: _Builder, qualified: str, values: Sequence[str]) -> None:
    model, _, dimension = qualified.partition(".")
    by_key: dict[Key, list[str]] = {}
    for value in values:
        by_key.setdefault(key_of(builder.words_of(value)), []).append(value)
    for spellings in by_key.values():
        candidate = Candidate("value", model, dimension, tuple(spellings))
        builder.add(spellings[0], candidate, inflects=len(builder.words_of(spellings[0])) == 1)


def _add_metric(builder: _Builder, model: Model, metric: Metric) -> None:
    wanted = conditions_of(metric.where, model)
    for text in plain_names(metric.name, metric.label, metric.synonyms):
        key = key_of(words_of(text))
        if wanted is None or not _says_rows(builder, model, metric, key, wanted):
            is_verbal = metric.format == "currency" and key[-1:] == key[:1] and "ing" in key[0][-4:]
            candidate = Candidate("metric", model.name, metric.name)
            builder.add(text, candidate, inflects=is_verbal)  # "bookings": "have we booked"


def _add_spoken(builder: _Builder, model: Model, declared: frozenset[Key]) -> None:
    """Add other ways to say the names, where the model itself does not use the phrase."""
    for dimension in model.dimensions.values():
        if not dimension.hidden:
            for text in spoken_names(dimension.name, dimension.label, dimension.synonyms):
                if key_of(words_of(text)) not in declared:
                    builder.add(text, Candidate("dimension", model.name, dimension.name))
            _add_short(builder, model, dimension)
    for metric in model.metrics.values():
        wanted = conditions_of(metric.where, model)
        names = (*spoken_names(metric.name, metric.label, metric.synonyms), *money_names(metric))
        for text in names:
            key = key_of(words_of(text))
            says = wanted is not None and _says_rows(builder, model, metric, key, wanted)
            if key not in declared and not says:
                builder.add(text, Candidate("metric", model.name, metric.name))


def _add_short(builder: _Builder, model: Model, dimension: Dimension) -> None:
    """Like "status" for the "Invoice status" of invoices, unless that is another one of theirs."""
    own = key_of(words_of(model.name.replace("_", " ")))
    key = key_of(words_of(dimension.label))
    if dimension.kind != "text" or len(key) <= len(own) or key[: len(own)] != own:
        return
    rest = key[len(own) :]
    taken = builder.phrases.get(rest, [])
    if any(c.model == model.name or c.kind != "dimension" for c in taken):
        return
    if rest[0] in GRAMMAR_WORDS or is_filler(rest[0]):
        return
    builder.add(" ".join(rest), Candidate("dimension", model.name, dimension.name))


_COUNT_WORDS: Final = frozenset(
    {"number", "count", "how", "many", "in", "total", "all", "with", "at"}
)


def _says_rows(
    builder: _Builder, model: Model, metric: Metric, key: Key, wanted: frozenset[str]
) -> bool:
    """True where the name of a count or a sum only describes its rows: "open deals".

    Such a phrase is read word by word, so that it can also mean the rows themselves.
    """
    if metric.agg == "count":
        return _parts(builder, model, key) == wanted
    if metric.agg == "sum" and isinstance(metric.expr, syntax.Name):
        for length in range(1, len(key)):
            head = builder.phrases.get(key[:length], ())
            is_dimension = any(
                c.kind == "dimension" and c.name == metric.expr.parts[-1] for c in head
            )
            if is_dimension and _parts(builder, model, key[length:]) == wanted:
                return True
    return False


def _parts(builder: _Builder, model: Model, key: Key) -> frozenset[str] | None:
    """The conditions that `key` names beside the model itself, or None."""
    named, at = set[str](), 0
    has_model = False
    while at < len(key):
        for end in range(len(key), at, -1):
            mine = [c for c in builder.phrases.get(key[at:end], ()) if c.model == model.name]
            found = next((c for c in mine if c.kind in ("model", "segment", "value")), None)
            if found is not None:
                break
        else:
            if key[at] not in _COUNT_WORDS:
                return None
            at += 1
            continue
        has_model = has_model or found.kind == "model"
        if found.kind != "model":
            named.add(
                found.name if found.kind == "segment" else f"{found.name}={'|'.join(found.values)}"
            )
        at = end
    return frozenset(named) if has_model else None
