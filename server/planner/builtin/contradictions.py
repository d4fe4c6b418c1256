"""Conditions that leave no row, or make a rate meaningless: what must be asked back.

Called by `planner.py` on every query before it is planned. Invariant: reports only what the
definitions prove; anything else is left to the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from semantic.request import Filter, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.wording import say_filter, say_segment


def find_contradiction(query: SemanticQuery, facts: Facts) -> str | None:
    """A sentence where the parts of a query can have no row in common, or None."""
    if query.model is None:
        return None
    found = _Contradictions(query, query.model, facts)
    return next(found.all(), None)


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
        yield from self._of_bounds()

    def _of_bounds(self) -> Iterator[str]:
        """Like "over 50k and under 20k": no number is both."""
        lows: dict[str, Filter] = {}
        highs: dict[str, Filter] = {}
        for item in self.query.filters:
            if isinstance(item, Filter) and len(item.values) == 1:
                bounds = lows if item.op in (">", ">=") else highs
                if item.op in (">", ">=", "<", "<="):
                    bounds[item.dimension] = item
        for name in lows.keys() & highs.keys():
            low, high = lows[name], highs[name]
            is_open = low.op == ">" or high.op == "<"
            one, other = low.values[0], high.values[0]
            if _is_above(one, other) or (one == other and is_open):
                said = [say_filter(self.facts, self.query, item) for item in (low, high)]
                yield f"No number is both: {said[0]} and {said[1]}."

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

    def _segment(self, name: str) -> str:
        return say_segment(self.facts, self.query, name)

    def _say(self, metric: str, said: str) -> str:
        found = self.facts.catalog.metrics[metric]
        about = f" ({found.description.rstrip('.').lower()})" if found.description else ""
        return f"{found.label}{about} has no rows where {said}."


def _is_above(one: object, other: object) -> bool:
    """True where two numbers contradict each other as bounds; dates and texts are left alone."""
    numbers = (int, float, Decimal)
    return isinstance(one, numbers) and isinstance(other, numbers) and one > other
