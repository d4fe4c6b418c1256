"""The working table of one question: its items, what each still has to give, and the model.

Filled by the composing steps in order (`rows.py`, `groups.py`, `measures.py`, `filters.py`,
`times.py`). Invariant: an item is used at most once; what is left at the end was not understood.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from semantic.definitions import Metric
from semantic.request import AnyOf, Filter, Having, Level, Overall, Part, Related
from semantic.spec import Grain
from server.planner.builtin.facts import Facts
from server.planner.builtin.lexicon import Candidate, Lexicon
from server.planner.builtin.periods import Clock, Period
from server.planner.builtin.spans import Item
from server.planner.plan import ChartKind

GLUE = ("of", "with", "verb_is", "where", "pronoun", "also")
JOINERS = ("and", "or")
CONTENT = (
    "metric",
    "dimension",
    "model",
    "segment",
    "value",
    "time",
    "grain",
    "number",
    "condition",
    "ranking",
)


Choice = Filter | AnyOf | Related | str
"""One condition that a word may mean; a text is a segment."""


@dataclass(slots=True)
class Measure:
    """One thing to compute: a metric or an inline aggregate, with conditions of its own."""

    metric: str
    segments: frozenset[str] = frozenset()
    at: int = -1


@dataclass(slots=True)
class Parts:
    """What the steps have found so far; `finish.py` makes query objects of it."""

    measures: list[Measure] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    filters: list[tuple[int, Filter | AnyOf]] = field(default_factory=list)
    """With the item each comes from; so are the segments."""
    segments: list[tuple[int, str]] = field(default_factory=list)
    excluded: list[tuple[int, str]] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    time_dimension: str | None = None
    grain: Grain | None = None
    order: str | None = None
    """Metric or dimension to rank by."""
    direction: str = ""
    limit: int | None = None
    place: int | None = None
    """Only what stands there: 2 for "second largest"."""
    limit_per: list[str] = field(default_factory=list)
    """Groups of which each gets `limit` rows: "top 2 products per city"."""
    share: bool = False
    part: Part | None = None
    compare: bool = False
    level: Level | None = None
    """How far back a comparison reaches, where no second period is named."""
    moved: Literal["", "rise", "fall"] = ""
    """The way that what was compared went, where groups are chosen or ranked by that."""
    is_ranked_by_change: bool = False
    step: Level | None = None
    """What each of the months (or the like) of the grain is held against."""
    overall: Overall | None = None
    """How the groups are put together: counted, averaged, or the top ones added up."""
    is_mean_of_some: bool = False
    """The groups are rows of another model, of which some may have none of what is averaged."""
    unit: Grain | None = None
    """The grain of joined periods, which are also shown one by one."""
    chart: ChartKind | None = None
    detail: bool = False
    shown: list[str] = field(default_factory=list)
    """Dimensions that a list of rows shall show."""
    is_rows_only: bool = False
    """The question names rows and nothing to do with them: list and count both fit."""
    notes: list[str] = field(default_factory=list)
    ambiguous: list[tuple[str, tuple[Choice, ...]]] = field(default_factory=list)
    """A word and the conditions it may stand for."""
    either: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """A metric among the measures and those that may be meant by it."""
    dangling: bool = False
    """The sentence begins with "by" and what follows makes no groups: "by win rate"."""
    is_settled: bool = False
    """True where nothing said what to compute and the rows are counted."""
    lacking: list[str] = field(default_factory=list)
    """Sentences about what the model does not hold."""
    unclear: list[str] = field(default_factory=list)
    """Sentences that say what has to be asked back."""
    missing: list[str] = field(default_factory=list)
    """Words that the model does not know."""


@dataclass(slots=True)
class Reading:
    """One question in the making."""

    items: Sequence[Item]
    facts: Facts
    lexicon: Lexicon
    clock: Clock
    model: str
    parts: Parts = field(default_factory=Parts)
    used: set[int] = field(default_factory=set)
    negated: set[int] = field(default_factory=set)
    grouped: set[int] = field(default_factory=set)
    both: frozenset[int] = frozenset()
    """Items in front of which the word "both" stands."""
    reached: frozenset[int] = frozenset()
    """Items in front of which "to" or "into" stands."""
    than: frozenset[int] = frozenset()
    """Items in front of which "than" stands."""
    placed: frozenset[int] = frozenset()
    """Items in front of which "the", "in" or "within" stands."""
    introduced: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The small words in front of an item, in order, where there are any."""
    will: frozenset[int] = frozenset()
    """Items in front of which "will" stands."""

    # ------------------------------------------------------------ walking

    def free(self, *kinds: str) -> Iterator[int]:
        """Items of these kinds that nothing has used yet, in order."""
        for number, item in enumerate(self.items):
            if number not in self.used and (
                item.kind in kinds or any(item.of(kind) for kind in kinds)
            ):
                yield number

    def has_word(self, *roles: str) -> bool:
        """True where a closed-class word with one of `roles` stands anywhere."""
        return any(item.has_role(*roles) for item in self.items)

    def words(self, *roles: str) -> list[int]:
        """Numbers of the closed-class words with one of `roles`."""
        return [number for number, item in enumerate(self.items) if item.has_role(*roles)]

    def before(self, at: int, skip: Sequence[str] = GLUE) -> int | None:
        """The nearest item before `at` that is not glue."""
        for number in range(at - 1, -1, -1):
            if not self.items[number].has_role(*skip):
                return number
        return None

    def after(self, at: int, skip: Sequence[str] = GLUE) -> int | None:
        """The nearest item after `at` that is not glue."""
        for number in range(at + 1, len(self.items)):
            if not self.items[number].has_role(*skip):
                return number
        return None

    def skip_modifiers(self, at: int | None, step: int) -> int | None:
        """`at`, or the first item beyond segments and values in the direction of `step`."""
        while (
            at is not None
            and at < len(self.items)
            and self.items[at].kind in ("segment", "value")
            and not self.items[at].of("metric")
        ):
            at = self.after(at) if step > 0 else self.before(at)
        return at if at is not None and at < len(self.items) else None

    def use(self, *numbers: int) -> None:
        """Mark items as understood."""
        self.used.update(numbers)

    # ------------------------------------------------------------ meanings seen from the model

    def dimensions(self, at: int) -> list[Candidate]:
        """Dimensions that item `at` may mean here; a related model stands for its label."""
        item = self.items[at]
        found = self.facts.place(self.model, item.of("dimension"))
        others = [c for c in item.of("model") if c.model != self.model]
        if found or not others:
            return found
        reachable = self.facts.place(self.model, others)
        return [
            Candidate("dimension", c.model, self.facts.label_dimension(c.model))
            for c in reachable
            if self.facts.has_name(c.model)
        ]

    def kind_of(self, candidate: Candidate) -> str:
        """text, number, time or boolean."""
        return self.facts.model(candidate.model).dimensions[candidate.name].kind

    def dimension_of_kind(self, at: int, *kinds: str) -> Candidate | None:
        """The first dimension of one of these kinds that item `at` may mean."""
        return next((c for c in self.dimensions(at) if self.kind_of(c) in kinds), None)

    def is_entity(self, at: int) -> bool:
        """True where the item names the rows of the model themselves."""
        return any(c.model == self.model for c in self.items[at].of("model"))

    def other_model(self, at: int) -> str | None:
        """A model that item `at` names, other than the one asked."""
        return next((c.model for c in self.items[at].of("model") if c.model != self.model), None)

    def metrics(self, at: int) -> list[Candidate]:
        """Metrics that item `at` may mean; those of the model come first."""
        listed = list(self.items[at].of("metric"))
        mine = [c for c in listed if c.model == self.model]
        return mine or listed

    def segment(self, at: int) -> str | None:
        """The segment that item `at` means here."""
        found = self.facts.place(self.model, self.items[at].of("segment"))
        return self.facts.reference(self.model, found[0]) if found else None

    def values(self, at: int) -> list[Candidate]:
        """Members that item `at` may mean here."""
        return self.facts.place(self.model, self.items[at].of("value"))

    def all_values(self, at: int) -> list[Candidate]:
        """Members that item `at` may mean in any model that can be reached."""
        reach = self.facts.reach(self.model)
        return [c for c in self.items[at].of("value") if c.model in reach]

    def counted_by_name(self, rows: int) -> tuple[int, Metric] | None:
        """The first item of "open orders" with `rows` as its last, and the metric of that name."""
        first, said = rows, set[str]()
        while first > 0 and (one := self._condition(first - 1)) and first - 1 not in self.negated:
            first -= 1
            said.add(one)
            found = self.facts.named_count(self.model, frozenset(said))
            if found is not None:
                return first, found
        return None

    def _condition(self, at: int) -> str | None:
        """What item `at` says of the rows of the model, in the form of `conditions_of`."""
        name = self.segment(at)
        values = self.values(at)
        if name is not None or len(values) != 1 or values[0].model != self.model:
            return name
        return f"{values[0].name}={'|'.join(values[0].values)}"

    def reference(self, candidate: Candidate) -> str:
        """A candidate's name as written from the model."""
        return self.facts.reference(self.model, candidate)


def add_measure(
    reading: Reading, metric: str, at: int, segments: frozenset[str] = frozenset()
) -> None:
    """Add what item `at` asks to compute, once."""
    if not any(m.metric == metric and m.segments == segments for m in reading.parts.measures):
        reading.parts.measures.append(Measure(metric, segments, at))


def put_choice(parts: Parts, choice: Choice) -> None:
    """Add a condition to the parts."""
    if isinstance(choice, str):
        parts.segments.append((0, choice))
    elif isinstance(choice, Filter | AnyOf):
        parts.filters.append((0, choice))
    else:
        parts.related.append(choice)


def choose_model(
    items: Sequence[Item], facts: Facts, preferred: str | None = None, absent: Container[int] = ()
) -> str:
    """The model that explains most of the items; the main one where all explain as much.

    Args:
        absent: items that are said to be missing ("without orders"); they choose nothing.
    """
    names = list(facts.catalog.models)
    main = facts.main_model()
    is_timed = any(item.kind in ("time", "grain") or item.has_role("trend") for item in items)

    def score(name: str) -> tuple[float, bool, bool, int]:
        reach = facts.reach(name)
        found = sum(_fit(item, name, reach) for n, item in enumerate(items) if n not in absent)
        if is_timed and (facts.model(name).time or _names_own_time(items, facts, name)):
            found += 1.2
        if name == preferred:
            found += 0.5
        return found, name == preferred, name == main, -names.index(name)

    return max(names, key=score)


def _names_own_time(items: Sequence[Item], facts: Facts, model: str) -> bool:
    """True where the question names a date of the model: "customers born before 1990"."""
    dimensions = facts.model(model).dimensions
    named = {c.name for item in items for c in item.of("dimension") if c.model == model}
    return any(dimensions[name].kind == "time" for name in named)


def _fit(item: Item, model: str, reach: Sequence[str]) -> float:
    weights = {"metric": 2.5, "model": 2.0, "segment": 2.0, "dimension": 1.2, "value": 1.2}
    best = 0.0
    for candidate in item.candidates:
        if candidate.model == model:
            best = max(best, weights[candidate.kind])
        elif candidate.model in reach and candidate.kind != "metric":
            best = max(best, 1.0)
    return best
