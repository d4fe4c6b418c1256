"""A catalog and its members to the lexicon: every phrase of the model with what it may mean.

Called by `planner.py` once per data version. Invariant: what the model declares itself comes
first; a phrase that is derived from it never replaces one that is declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from semantic import syntax
from semantic.definitions import Catalog, Dimension, Metric, Model, Segment
from server.planner.builtin.lexicon import (
    MAX_CODES,
    MAX_MEMBERS,
    MAX_PHRASE,
    Candidate,
    Key,
    Lexicon,
    key_of,
)
from server.planner.builtin.matching import index_words, prefixes_of
from server.planner.builtin.naming import TOTALS, money_names, own_unit, plain_names, spoken_names
from server.planner.builtin.numbers import NUMBER_WORDS
from server.planner.builtin.period_parsers import PERIOD_WORDS
from server.planner.builtin.segments import conditions_of
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import (
    GRAMMAR,
    GRAMMAR_WORDS,
    is_filler,
    load_english,
    undoubled,
    verb_form,
)  # fmt: skip

_NEGATIONS: Final = frozenset({"not", "no", "without", "never"})
AGENTS: Final = ("er", "or")
"""Endings of a noun for who does it: owner, editor."""


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
            plain = tuple(undoubled(word.removesuffix("e")) for word in key)
            if stems != plain and not _NEGATIONS & set(key):
                _append(self.verbs, stems, candidate)

    def forget_synonyms(self, text: str, member: Candidate) -> None:
        """What a member is called itself is no other name of another one: "Pro" beside "Pro+"."""
        key = key_of(self.words_of(text))
        same = ("value", member.model, member.name)
        kept = [c for c in self.phrases.get(key, ()) if (c.kind, c.model, c.name) != same]
        if key in self.phrases:
            self.phrases[key] = kept


def _append(table: dict[Key, list[Candidate]], key: Key, candidate: Candidate) -> None:
    found = table.setdefault(key, [])
    if candidate not in found:
        found.append(candidate)


def build_lexicon(
    catalog: Catalog,
    members: Mapping[str, Sequence[str]],
    key_shapes: Mapping[str, Sequence[str]],
) -> Lexicon:
    """The lexicon of a catalog and the members of its text dimensions.

    Args:
        members: qualified dimension name -> distinct values.
        key_shapes: qualified primary key -> what its values look like, each digit as a 9.
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
    codes = {name: values for name, values in keys.items() if len(values) <= MAX_CODES}
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
        names=_names_of(catalog) | {w for values in codes.values() for key in values for w in key},
        units=_units_of(catalog),
        ignorable=frozenset(word for text in own for word in words_of(text)),
        agents=_agents_of(catalog),
        dates=_dates_of(catalog),
        amounts=_amounts_of(catalog),
        metric_names={
            metric.name: tuple(
                frozenset(key_of(words_of(text)))
                for text in plain_names(metric.name, metric.label, metric.synonyms)
            )
            for metric in catalog.metrics.values()
        },
        key_shapes={name: tuple(shapes) for name, shapes in key_shapes.items()},
        keys_by_shape=_by_shape(key_shapes),
    )


def _by_shape(
    key_shapes: Mapping[str, Sequence[str]],
) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """The shapes that begin with a letter and are long enough to be no other word: not "A9"."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for qualified, shapes in key_shapes.items():
        model, _, name = qualified.partition(".")
        for shape in shapes:
            digits, is_cut = shape.count("9"), not shape.isalnum()
            is_whole = " " not in shape and shape[:1].isalpha()
            if is_whole and digits and (digits > 2 or (is_cut and digits > 1)):
                found.setdefault(shape.casefold(), []).append((model, name, shape))
    return {shape: tuple(owners) for shape, owners in found.items()}


def _agents_of(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Like "own" to "account owner"; no verb that fits more than one dimension."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for model in catalog.models.values():
        for dimension in model.dimensions.values():
            if dimension.hidden or dimension.kind != "text":
                continue
            for text in plain_names(dimension.name, dimension.label, dimension.synonyms):
                words = words_of(text)
                if words and words[-1].endswith(AGENTS):
                    qualified = f"{model.name}.{dimension.name}"
                    found.setdefault(verb_form(words[-1]), {}).setdefault(qualified, words)
    return {verb: words for verb, by in found.items() if len(by) == 1 for words in by.values()}


def _dates_of(catalog: Catalog) -> dict[str, str]:
    found: dict[str, str] = {}
    for model in catalog.models.values():
        for dimension in model.dimensions.values():
            if dimension.kind != "time" or dimension.hidden:
                continue
            for text in plain_names(dimension.name, dimension.label, dimension.synonyms):
                words = words_of(text)
                if len(words) == 1 and verb_form(words[0]) != words[0]:
                    found.setdefault(verb_form(words[0]), words[0])
    return found


def _amounts_of(catalog: Catalog) -> dict[Key, tuple[Candidate, ...]]:
    found: dict[Key, list[Candidate]] = {}
    for metric in catalog.metrics.values():
        if metric.agg != "sum" or metric.format != "currency":
            continue
        for text in plain_names(metric.name, metric.label, metric.synonyms):
            stems = tuple(verb_form(word) for word in words_of(text) if word not in TOTALS)
            if stems:
                _append(found, stems, Candidate("metric", metric.model, metric.name))
    return {stems: tuple(candidates) for stems, candidates in found.items()}


def _units_of(catalog: Catalog) -> frozenset[str]:
    """The units of the numbers, which the planner need not know otherwise."""
    numbers: list[Dimension | Metric] = []
    for model in catalog.models.values():
        numbers += [*model.dimensions.values(), *model.metrics.values()]
    return frozenset(own_unit(one) for one in numbers) - NUMBER_WORDS - {""}


def _names_of(catalog: Catalog) -> frozenset[str]:
    """The words of everything that the model itself declares."""
    found: set[str] = set()
    for model in catalog.models.values():
        shown = [d for d in model.dimensions.values() if not d.hidden]
        named: list[Model | Dimension | Metric | Segment] = [model, *shown]
        for one in (*named, *model.metrics.values(), *model.segments.values()):
            for text in plain_names(one.name, one.label, one.synonyms):
                found.update(words_of(text))
    return frozenset(word for word in found if word.isalpha() and len(word) > 3)


def _add_model(builder: _Builder, model: Model) -> None:
    for text in (*plain_names(model.name, model.label, model.synonyms), *_called_by(model)):
        builder.add(text, Candidate("model", model.name, model.name))
    for dimension in model.dimensions.values():
        if not dimension.hidden:
            _add_dimension(builder, dimension)
    for segment in model.segments.values():
        for text in plain_names(segment.name, segment.label, segment.synonyms):
            builder.add(text, Candidate("segment", model.name, segment.name), inflects=True)


def _called_by(model: Model) -> Iterator[str]:
    """What the rows are called by the text that bears their name: "customer" beside "account"."""
    own = {key_of(words_of(text)) for text in plain_names(model.name, model.label, model.synonyms)}
    for dimension in model.dimensions.values():
        names = list(plain_names(dimension.name, dimension.label, dimension.synonyms))
        keys = [key_of(words_of(text)) for text in names]
        if dimension.kind == "text" and not dimension.hidden and own & set(keys):
            yield from (text for text, key in zip(names, keys, strict=True) if len(key) == 1)


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
        builder.forget_synonyms(spellings[0], candidate)
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
    if rest in GRAMMAR or is_filler(rest[0]):
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
