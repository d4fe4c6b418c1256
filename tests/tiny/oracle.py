"""What the right answer is, computed from the rows by loops: no SQL, no engine, no catalog.

Used by the oracle matrix and by the generated cases. Invariant: a group, a period, a running
total and a comparison are each spelled out as a loop that can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.tiny.compare import KeyRow
from tests.tiny.days import first_day, is_whole, move, next_period, periods
from tests.tiny.metrics import (
    METRICS,
    Agg,
    Change,
    Cumulative,
    Refused,
    Value,
    aggregated,
    changed,
    compose,
    filled,
    leaves_of,
    model_of,
    nothing,
    or_zero,
)
from tests.tiny.world import APRIL, AS_OF, Calendar, Row, Tables

TIMES = {
    "orders": "order_date",
    "visits": "visit_date",
    "balances": "day",
    "customers": "signup_date",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A group key: its value for a row of a model; `grain` where it is the model's period."""

    name: str
    value: Callable[[str, Row], Value]
    grain: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on rows of a model (or, with `on_time`, on a day)."""

    name: str
    holds: Callable[[str, Row], bool | None] = lambda model, row: True
    on_time: Callable[[date], bool] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Metrics by keys, with filters on rows and on the resulting values."""

    metrics: tuple[str, ...]
    keys: tuple[Key, ...] = ()
    filters: tuple[Filter, ...] = ()
    having: Callable[[Mapping[str, Value]], bool | None] | None = None


def period_key(grain: str, calendar: Calendar, name: str = "period") -> Key:
    """The period of a row in its model's own time."""

    def value(model: str, row: Row) -> Value:
        day = row[TIMES[model]]
        return None if day is None else first_day(day, grain, calendar)

    return Key(name, value, grain)


@dataclass(slots=True)
class Oracle:
    """Answers questions over tables."""

    tables: Tables
    calendar: Calendar = APRIL
    as_of: date = AS_OF
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    def answer(self, question: Question) -> list[KeyRow]:
        """One row per group: the keys, then the metrics.

        Raises:
            Refused: the question has no right answer.
        """
        leaves = list(dict.fromkeys(leaf for m in question.metrics for leaf in leaves_of(m)))
        plain: dict[str, list[str]] = {}
        parts: dict[str, dict[KeyRow, Value]] = {}
        for leaf in leaves:
            if self._is_plain(leaf, question):
                plain.setdefault(model_of(leaf), []).append(leaf)
            else:
                parts[leaf] = self._over_time(leaf, question)
        for model, names in plain.items():
            groups = self._groups(model, question.keys, question.filters)
            for name in names:
                parts[name] = {key: self._of_rows(name, rows) for key, rows in groups.items()}
        empty = {
            leaf: self._of_rows(leaf, []) if self._is_plain(leaf, question) else nothing(leaf)
            for leaf in parts
        }
        found = []
        for key in dict.fromkeys(key for part in parts.values() for key in part):
            known = {leaf: part.get(key, empty[leaf]) for leaf, part in parts.items()}
            if question.having is None or question.having(
                {m: compose(m, known.__getitem__) for m in question.metrics}
            ):
                values = (compose(m, known.__getitem__) for m in question.metrics)
                found.append((*key, *values))
        return found

    # ------------------------------------------------------------ rows

    def rows(self, model: str) -> list[Row]:
        """The rows of a model, each with its customer and its customer's region."""
        if model not in self._rows:
            regions = {r["region_id"]: r for r in self.tables["regions"]}
            customers = {
                c["customer_id"]: {**c, "customers": c, "regions": regions.get(c["region_id"])}
                for c in self.tables["customers"]
            }
            if model == "customers":
                self._rows[model] = list(customers.values())
            else:
                self._rows[model] = [
                    {
                        **row,
                        "customers": (found := customers.get(row["customer_id"])),
                        "regions": found["regions"] if found else None,
                    }
                    for row in self.tables[model]
                ]
        return self._rows[model]

    def _filtered(self, model: str, filters: Iterable[Filter], with_time: bool) -> list[Row]:
        def holds(each: Filter, row: Row) -> bool:
            if each.on_time is None:
                return each.holds(model, row) is True
            day = row[TIMES[model]]
            return not with_time or (day is not None and each.on_time(day))

        filters = list(filters)
        return [row for row in self.rows(model) if all(holds(f, row) for f in filters)]

    def _groups(
        self, model: str, keys: tuple[Key, ...], filters: Iterable[Filter], with_time: bool = True
    ) -> dict[KeyRow, list[Row]]:
        groups: dict[KeyRow, list[Row]] = {} if keys else {(): []}
        for row in self._filtered(model, filters, with_time):
            groups.setdefault(tuple(key.value(model, row) for key in keys), []).append(row)
        return groups

    # ------------------------------------------------------------ values

    def _is_plain(self, leaf: str, question: Question) -> bool:
        definition = METRICS[leaf]
        if isinstance(definition, Agg):
            return definition.last is None
        if not isinstance(definition, Cumulative) or any(key.grain for key in question.keys):
            return False
        if any(each.on_time is not None for each in question.filters):
            raise Refused(f"{leaf} is measured at as_of and takes no filter on time")
        return True

    def _of_rows(self, leaf: str, rows: list[Row]) -> Value:
        definition = METRICS[leaf]
        if isinstance(definition, Agg):
            return aggregated(definition, rows)
        assert isinstance(definition, Cumulative)
        time = TIMES[model_of(leaf)]
        end = self.as_of + timedelta(days=1)
        seen = [r for r in rows if r[time] is not None and self._counts(definition, r[time], end)]
        return self._composed(definition.of, seen)

    def _composed(self, metric: str, rows: list[Row]) -> Value:
        def leaf(name: str) -> Value:
            definition = METRICS[name]
            assert isinstance(definition, Agg)
            return aggregated(definition, rows)

        return compose(metric, leaf)

    def _counts(self, definition: Cumulative, day: date, end: date) -> bool:
        """True where a row of `day` counts for a total up to (not including) `end`."""
        if day >= end:
            return False
        if definition.to_date:
            yesterday = end - timedelta(days=1)
            return day >= first_day(yesterday, definition.to_date, self.calendar)
        if definition.window:
            amount, unit = definition.window
            return day >= move(end, -amount, unit)
        return True

    def _over_time(self, leaf: str, question: Question) -> dict[KeyRow, Value]:
        """A leaf whose value in one group depends on rows of other groups."""
        definition = METRICS[leaf]
        if isinstance(definition, Agg):
            return self._last(definition, question)
        if not any(key.grain for key in question.keys):
            raise Refused(f"{leaf} needs a period")
        if isinstance(definition, Cumulative):
            values = self._cumulative(definition, question)
        else:
            assert isinstance(definition, Change)
            values = self._change(definition, question)
        return {key: value for key, value in values.items() if self._is_shown(key, question)}

    def _is_shown(self, key: KeyRow, question: Question) -> bool:
        place, grain = _period_place(question.keys)
        start = key[place]
        days = (next_period(start, grain) - start).days
        tests = [f.on_time for f in question.filters if f.on_time is not None]
        return all(t(start + timedelta(days=n)) for t in tests for n in range(days))

    def _cumulative(self, definition: Cumulative, question: Question) -> dict[KeyRow, Value]:
        model = model_of(definition.of)
        place, grain = _period_place(question.keys)
        rows = self._filtered(model, question.filters, with_time=False)
        dated = [row for row in rows if row[TIMES[model]] is not None]
        others = [key for number, key in enumerate(question.keys) if number != place]
        members: dict[KeyRow, list[Row]] = {}
        for row in dated:
            members.setdefault(tuple(key.value(model, row) for key in others), []).append(row)
        found: dict[KeyRow, Value] = {}
        for start in periods([row[TIMES[model]] for row in dated], grain, self.calendar):
            end = next_period(start, grain)
            for member, own in members.items():
                seen = [r for r in own if self._counts(definition, r[TIMES[model]], end)]
                key = (*member[:place], start, *member[place:])
                found[key] = compose(definition.of, lambda m, s=seen: or_zero(m, s))  # type: ignore[misc]
        return found

    def _change(self, definition: Change, question: Question) -> dict[KeyRow, Value]:
        place, grain = _period_place(question.keys)
        if not is_whole(grain, definition.amount, definition.unit):
            raise Refused(f"{definition.amount} {definition.unit} is no whole number of {grain}s")
        on_rows = tuple(f for f in question.filters if f.on_time is None)
        parts = {
            leaf: self._leaf_by_key(leaf, Question((leaf,), question.keys, on_rows))
            for leaf in leaves_of(definition.of)
        }
        keys = [key for part in parts.values() for key in part if key[place] is not None]
        members = dict.fromkeys((*key[:place], *key[place + 1 :]) for key in keys)
        by_key: dict[KeyRow, Value] = {}
        for start in periods([key[place] for key in keys], grain, self.calendar):
            for member in members:
                key = (*member[:place], start, *member[place:])
                known = {leaf: filled(leaf, part.get(key)) for leaf, part in parts.items()}
                by_key[key] = compose(definition.of, known.__getitem__)
        return {
            key: changed(
                definition.shown,
                new,
                by_key.get(
                    (
                        *key[:place],
                        move(key[place], -definition.amount, definition.unit),
                        *key[place + 1 :],
                    )
                ),
            )
            for key, new in by_key.items()
        }

    def _leaf_by_key(self, leaf: str, question: Question) -> dict[KeyRow, Value]:
        if not self._is_plain(leaf, question):
            return self._over_time(leaf, question)
        groups = self._groups(model_of(leaf), question.keys, question.filters)
        return {key: self._of_rows(leaf, rows) for key, rows in groups.items()}

    def _last(self, definition: Agg, question: Question) -> dict[KeyRow, Value]:
        model, time = definition.model, TIMES[definition.model]
        period = next((key for key in question.keys if key.grain), None)

        def part(row: Row) -> KeyRow:
            own = tuple(row[name] for name in definition.last or ())
            return own if period is None else (period.value(model, row), *own)

        newest: dict[KeyRow, date] = {}
        for row in self._filtered(model, question.filters, with_time=True):
            if row[time] is not None:
                newest[part(row)] = max(newest.get(part(row), row[time]), row[time])
        return {
            key: aggregated(
                definition, [r for r in rows if r[time] is not None and r[time] == newest[part(r)]]
            )
            for key, rows in self._groups(model, question.keys, question.filters).items()
        }


def _period_place(keys: tuple[Key, ...]) -> tuple[int, str]:
    return next((number, key.grain) for number, key in enumerate(keys) if key.grain)
