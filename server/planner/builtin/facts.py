"""What the planner concludes from a catalog: how rows are counted, summed, named and related.

Called by the composing steps. Invariant: everything comes from the definitions themselves
(aggregation, expression, condition), never from what something happens to be called.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from semantic import syntax
from semantic.definitions import Catalog, Dimension, Metric, Model
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.naming import is_stretch
from server.planner.builtin.segments import conditions_of, segment_names
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import plain_form
from server.planner.plan import Coverage


@dataclass(frozen=True, slots=True)
class Facts:
    """Lookups over one catalog."""

    catalog: Catalog
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    """Qualified time dimension -> the dates it holds."""

    def model(self, name: str) -> Model:
        """The model of that name."""
        return self.catalog.models[name]

    # ------------------------------------------------------------ metrics

    def count_metric(self, model: str) -> str:
        """The metric that counts the rows of a model, or an inline count of its key."""
        for metric in self.model(model).metrics.values():
            if metric.agg == "count" and metric.where is None:
                return metric.name
        return f"count_distinct({self.model(model).primary_key})"

    def amount_dimension(self, model: str) -> Dimension | None:
        """The number that says how big a row is: the one most sums are made of."""
        found = self.model(model)
        names = [
            metric.expr.parts[-1]
            for metric in found.metrics.values()
            if metric.agg == "sum" and isinstance(metric.expr, syntax.Name)
        ]
        known = [name for name in names if name in found.dimensions]
        if known:
            return found.dimensions[Counter(known).most_common(1)[0][0]]
        amounts = [
            d for d in found.dimensions.values() if d.kind == "number" and d.format == "currency"
        ]
        return amounts[0] if len(amounts) == 1 else None

    def long_dimensions(self, model: str) -> list[Dimension]:
        """Numbers that say how long a row lasts; those called so win over other stretches of time.

        Told by the format, or by a unit of time or a word for duration in the name or label.
        """
        numbers = [
            d for d in self.model(model).dimensions.values() if d.kind == "number" and not d.hidden
        ]
        spans = [d for d in numbers if d.format == "days" or _words_of(d) & _DURATIONS]
        called = [d for d in spans if _words_of(d) & _LENGTHS]
        return called or spans

    def aggregate(self, model: str, agg: str, dimension: str) -> str:
        """The metric that aggregates a dimension without a condition, or the inline form."""
        wanted, _, percentile = agg.partition(":")
        for metric in self.model(model).metrics.values():
            is_same = metric.agg == wanted and metric.where is None and metric.last is None
            is_level = not percentile or metric.percentile == int(percentile) / 100
            if is_same and is_level and _is_name(metric.expr, dimension):
                return metric.name
        return f"p{percentile}({dimension})" if percentile else f"{wanted}({dimension})"

    def only_mean(self, model: str, dimension: str) -> str | None:
        """The mean of a number that is never summed, where the model has exactly one."""
        made = [m for m in self.model(model).metrics.values() if _is_name(m.expr, dimension)]
        means = [m.name for m in made if m.agg == "avg" and m.last is None]
        return means[0] if len(means) == 1 and not any(m.agg == "sum" for m in made) else None

    def distinct_metric(self, model: str, dimension: str, other: str | None) -> str:
        """The count of different members of a dimension, or of the rows of a related model."""
        keys = {dimension}
        if other is not None:
            keys |= {
                relation.from_dimension
                for relation in self.catalog.relationships
                if relation.from_model == model and relation.to_model == other
            }
        for metric in self.model(model).metrics.values():
            is_plain = metric.agg == "count_distinct" and metric.where is None
            if is_plain and any(_is_name(metric.expr, key) for key in keys):
                return metric.name
        key = next(iter(sorted(keys - {dimension})), dimension)
        return f"count_distinct({key})"

    def with_segments(self, metric: str, segments: frozenset[str]) -> str | None:
        """The metric that is `metric` with exactly these segments as its condition."""
        base = self.catalog.metrics.get(metric)
        if base is None:
            return None
        for other in self.model(base.model).metrics.values():
            if self.own_segments(other.name) == segments and _same_value(base, other):
                return other.name
        return None

    def named_count(self, model: str, said: frozenset[str]) -> Metric | None:
        """The metric that counts the rows under exactly these conditions; see `conditions_of`."""
        owner = self.model(model)
        for metric in owner.metrics.values():
            if said and metric.agg == "count" and conditions_of(metric.where, owner) == said:
                return metric
        return None

    def own_segments(self, metric: str) -> frozenset[str] | None:
        """The segments a metric's condition consists of; None where it says something else."""
        found = self.catalog.metrics.get(metric)
        if found is None or found.kind != "agg":
            return frozenset()
        return segment_names(found.where, self.model(found.model))

    def inner_dimension(self, metric: str) -> str | None:
        """The dimension that a sum is made of."""
        found = self.catalog.metrics.get(metric)
        if found is None or found.agg != "sum" or not isinstance(found.expr, syntax.Name):
            return None
        return found.expr.parts[-1]

    def is_additive(self, metric: str) -> bool:
        """True where parts of the metric add up to the whole."""
        found = self.catalog.metrics.get(metric)
        return metric.startswith("sum(") if found is None else found.agg in ("sum", "count")

    def is_duration(self, model: str, metric: str) -> bool:
        """True for a number that says how long something takes."""
        found = self.catalog.metrics.get(metric)
        inner = metric.partition("(")[2].rstrip(")")
        if found is not None and isinstance(found.expr, syntax.Name):
            inner = found.expr.parts[-1]
        source = self.dimension(model, inner) if inner else None
        return any(one is not None and is_stretch(one) for one in (found, source))

    def rates_of(self, metric: str) -> list[str]:
        """Ratio metrics whose numerator is `metric`."""
        return [
            m.name for m in self.catalog.metrics.values() if m.kind == "ratio" and m.of == metric
        ]

    def excludes(self, model: str, one: str, other: str) -> bool:
        """True where two segments can have no row in common, as far as their text shows."""
        segments = self.model(model).segments
        if one not in segments or other not in segments:
            return False
        mine, theirs = members_of(segments[one].filter), members_of(segments[other].filter)
        return any(mine[name].is_apart(theirs[name]) for name in mine.keys() & theirs.keys())

    def leaves_out(
        self, model: str, segment: str, dimension: str, values: Iterable[object]
    ) -> bool:
        """True where no row of a segment has one of these members."""
        if segment not in self.model(model).segments:
            return False
        allowed = members_of(self.model(model).segments[segment].filter).get(dimension)
        return allowed is not None and allowed.is_apart(Allowed(frozenset(values)))

    # ------------------------------------------------------------ dimensions

    def label_dimension(self, model: str) -> str:
        """The dimension by which people call a row of the model."""
        found = self.model(model)
        texts = [d for d in found.dimensions.values() if d.kind == "text" and not d.hidden]
        named = [d for d in texts if self.is_name(model, d.name)]
        keyless = [d for d in texts if d.name != found.primary_key]
        return (named or keyless or texts or list(found.dimensions.values()))[0].name

    def has_name(self, model: str) -> bool:
        """True where rows of the model are called by a dimension: a name, or one like the model."""
        label = self.label_dimension(model)
        found = self.model(model).dimensions[label]
        own = {plain_form(word) for word in words_of(f"{model} {self.model(model).label}")}
        said = {plain_form(word) for word in words_of(f"{label} {found.label}".replace("_", " "))}
        return self.is_name(model, label) or said <= own

    def is_name(self, model: str, dimension: str) -> bool:
        """True where a dimension is by its name what rows are called by."""
        return dimension in ("name", "title", f"{model}_name") or dimension.endswith("_name")

    def reach(self, model: str) -> list[str]:
        """The model and those it can borrow dimensions from, nearest first."""
        return [model, *self.model(model).neighbours]

    def place(self, model: str, candidates: Iterable[Candidate]) -> list[Candidate]:
        """The candidates that can be used from a model; its own ones win over borrowed ones."""
        listed = list(candidates)
        for name in self.reach(model):
            mine = [c for c in listed if c.model == name]
            if mine:
                return mine
        return []

    def reference(self, model: str, candidate: Candidate) -> str:
        """The name by which a candidate is written from a model."""
        if candidate.model == model:
            return candidate.name
        if candidate.kind == "segment":
            return f"{candidate.model}.{candidate.name}"
        own = {
            name
            for owner in self.reach(model)
            if owner != candidate.model
            for name in self.model(owner).dimensions
        }
        return f"{candidate.model}.{candidate.name}" if candidate.name in own else candidate.name

    def dimension(self, model: str, reference: str) -> Dimension | None:
        """The dimension behind a reference as seen from a model."""
        owner, _, name = reference.rpartition(".")
        for candidate in self.reach(model):
            if owner in ("", candidate) and name in self.model(candidate).dimensions:
                return self.model(candidate).dimensions[name]
        return None

    def main_model(self) -> str:
        """The model with a time and the most metrics: what a business looks at first."""
        ranked = sorted(
            self.catalog.models.values(), key=lambda m: (m.time is None, -len(m.metrics))
        )
        return ranked[0].name


@dataclass(frozen=True, slots=True)
class Allowed:
    """Members that a condition lets through: only `members`, or all but them."""

    members: frozenset[object]
    is_complement: bool = False

    def is_apart(self, other: Allowed) -> bool:
        """True where no member passes both."""
        if self.is_complement and other.is_complement:
            return False
        if self.is_complement:
            return other.members <= self.members
        if other.is_complement:
            return self.members <= other.members
        return not self.members & other.members


def members_of(condition: syntax.Expression) -> dict[str, Allowed]:
    """What a condition says about members of single dimensions; only the parts joined by AND."""
    if isinstance(condition, syntax.Logic) and condition.op == "and":
        found: dict[str, Allowed] = {}
        for operand in condition.operands:
            found = members_of(operand) | found
        return found
    if isinstance(condition, syntax.Unary) and condition.op == "not":
        inner = members_of(condition.operand) if isinstance(condition.operand, syntax.In) else {}
        return {name: Allowed(one.members, not one.is_complement) for name, one in inner.items()}
    if (
        isinstance(condition, syntax.In)
        and isinstance(condition.operand, syntax.Name)
        and condition.query is None
    ):
        values = [item.value for item in condition.items if isinstance(item, syntax.Constant)]
        if len(values) == len(condition.items):
            return {condition.operand.parts[-1]: Allowed(frozenset(values))}
    return _members_of_comparison(condition)


def _members_of_comparison(condition: syntax.Expression) -> dict[str, Allowed]:
    if not isinstance(condition, syntax.Binary) or condition.op not in ("=", "<>"):
        return {}
    left, right = condition.left, condition.right
    if not isinstance(left, syntax.Name) or not isinstance(right, syntax.Constant):
        return {}
    return {left.parts[-1]: Allowed(frozenset({right.value}), condition.op == "<>")}


_LENGTHS = frozenset({"length", "duration", "long"})
_DURATIONS = _LENGTHS | {"min", "mins", "minutes", "hours", "days", "weeks", "months", "seconds"}


def _words_of(dimension: Dimension) -> set[str]:
    text = " ".join((dimension.name, dimension.label, *dimension.synonyms)).lower()
    return set(re.findall(r"[a-z]+", text))


def _is_name(expression: syntax.Expression | None, name: str) -> bool:
    return isinstance(expression, syntax.Name) and expression.parts[-1] == name


def _same_value(one: Metric, other: Metric) -> bool:
    same = (one.kind, one.agg, one.expr, one.percentile, one.last)
    return one.kind == "agg" and same == (
        other.kind,
        other.agg,
        other.expr,
        other.percentile,
        other.last,
    )
