"""Conditions that leave no row, or make a rate meaningless: what must be asked back.

Called by `planner.py` on every query before it is planned. Invariant: reports only what the
definitions prove; anything else is left to the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from semantic.request import Filter, SemanticQuery, Value
from server.planner.builtin.facts import Facts
from server.planner.builtin.wording import say_filter, say_segment


def find_contradiction(query: SemanticQuery, facts: Facts) -> str | None:
    """A sentence where the parts of a query can have no row in common, or None."""
    if query.model is None:
        return None
    found = _Contradictions(query, query.model, facts)
    return next(found.all(), None)


def _exceeds(one: Sequence[Value], other: Sequence[Value]) -> bool:
    pair = [v for v in (*one, *other) if isinstance(v, int | Decimal)]
    return len(pair) == 2 and pair[0] >= pair[1]


class _Contradictions:
    """Everything that speaks against one query."""

    def __init__(self, query: SemanticQuery, model: str, facts: Facts) -> None:
        self.query = query
        self.model = model
        self.facts = facts
        part = query.part
        self.segments = (*query.segments, *(part.segments if part else ()))
        filters = (*query.filters, *(part.filters if part else ()))
        self.members = [
            item for item in filters if isinstance(item, Filter) and item.op in ("=", "in")
        ]

    def all(self) -> Iterator[str]:
        for metric in self.query.metrics:
            yield from self._of_metric(metric)
            yield from self._of_rate(metric)
        yield from self._of_segments()
        yield from self._of_opposites()
        yield from self._of_numbers()

    def _of_metric(self, metric: str) -> Iterator[str]:
        """Like "pipeline of closed deals": the metric's own condition against those asked for."""
        for own in sorted(self.facts.own_segments(metric) or ()):
            for segment in self.segments:
                if self.facts.excludes(self.model, own, segment):
                    yield self._say(metric, self._segment(segment))
            for item in self.members:
                if self.facts.leaves_out(self.model, own, item.dimension, item.values):
                    yield self._say(metric, say_filter(self.facts, self.query, item))

    def _of_rate(self, metric: str) -> Iterator[str]:
        """A condition that makes a rate 0 % or 100 % by definition."""
        found = self.facts.catalog.metrics.get(metric)
        if found is None or found.kind != "ratio":
            return
        part = self.facts.own_segments(found.of) or frozenset()
        whole = self.facts.own_segments(found.to) or frozenset()
        for segment in self.query.segments:
            is_all = segment in part and segment not in whole
            is_none = any(self.facts.excludes(self.model, own, segment) for own in part | whole)
            if is_all or is_none:
                label = found.label.lower()
                yield f"Among rows that are {self._segment(segment)} the {label} says nothing."

    def _of_segments(self) -> Iterator[str]:
        """Segments against members and against each other."""
        for number, segment in enumerate(self.segments):
            for item in self.members:
                if self.facts.leaves_out(self.model, segment, item.dimension, item.values):
                    said = say_filter(self.facts, self.query, item)
                    yield f"Nothing is {self._segment(segment)} where {said}."
            for other in self.segments[number + 1 :]:
                if self.facts.excludes(self.model, segment, other):
                    yield f"Nothing is both {self._segment(segment)} and {self._segment(other)}."

    def _of_opposites(self) -> Iterator[str]:
        """Like "resolved and unresolved": what is asked for is left out as well."""
        own = {name for m in self.query.metrics for name in self.facts.own_segments(m) or ()}
        for name in self.query.excluded_segments:
            if name in self.segments or name in own:
                said = self._segment(name)
                yield f"Nothing is both {said} and not {said}."
        for item in self.members:
            for other in self.query.filters:
                is_on_it = isinstance(other, Filter) and other.dimension == item.dimension
                if not is_on_it or not isinstance(other, Filter):
                    continue
                is_out = other.op in ("!=", "not_in") and set(item.values) <= set(other.values)
                is_other = other.op in ("=", "in") and not set(item.values) & set(other.values)
                if is_out or is_other:
                    pair = [say_filter(self.facts, self.query, one) for one in (item, other)]
                    yield f"Nothing is both: {pair[0]} and {pair[1]}."

    def _of_numbers(self) -> Iterator[str]:
        """Like "over 50k and under 20k"."""
        limits = [item for item in self.query.filters if isinstance(item, Filter)]
        for low in limits:
            for high in limits:
                is_pair = low.op in (">", ">=") and high.op in ("<", "<=")
                one, other = low.values[:1], high.values[:1]
                if is_pair and low.dimension == high.dimension and _exceeds(one, other):
                    said = [say_filter(self.facts, self.query, item) for item in (low, high)]
                    yield f"Nothing is both: {said[0]} and {said[1]}."

    def _segment(self, name: str) -> str:
        return say_segment(self.facts, self.query, name)

    def _say(self, metric: str, said: str) -> str:
        found = self.facts.catalog.metrics[metric]
        about = f" ({found.description.rstrip('.').lower()})" if found.description else ""
        return f"{found.label}{about} has no rows where {said}."
