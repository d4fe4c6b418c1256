"""What the right answer is, computed from the rows by loops: no SQL, no engine, no catalog.

Used by the oracle matrix and by the generated cases. Every metric of shop.yml is written down
here a second time, as Python over rows. Invariant: exact fractions, three-valued conditions; a
sum over no rows is nothing, a count over no rows is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.tiny.days import first_day, is_whole, move, next_period, periods
from tests.tiny.world import APRIL, AS_OF, Calendar, Row, Tables

Value = Any
KeyRow = tuple[Value, ...]
Condition = Callable[[Row], bool | None]

TIMES = {
    "orders": "order_date",
    "visits": "visit_date",
    "balances": "day",
    "customers": "signup_date",
}


class Refused(Exception):
    """The question has no right answer; the compiler must refuse it too."""


# ------------------------------------------------------------------ definitions


@dataclass(frozen=True, slots=True)
class Agg:
    """One aggregation over the rows of a model."""

    model: str
    how: str
    value: Callable[[Row], Value] = lambda row: 1
    where: Condition = lambda row: True
    last: tuple[str, ...] | None = None
    """Semi-additive: the columns of `per`; the rows of the last day count."""


@dataclass(frozen=True, slots=True)
class Ratio:
    of: str
    to: str


@dataclass(frozen=True, slots=True)
class Derived:
    op: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Cumulative:
    of: str
    to_date: str = ""
    window: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    of: str
    amount: int
    unit: str
    shown: str = "percent"


Definition = Agg | Ratio | Derived | Cumulative | Change


def _get(name: str) -> Callable[[Row], Value]:
    return lambda row: row[name]


def _is(name: str, wanted: str) -> Condition:
    return lambda row: None if row[name] is None else row[name] == wanted


def _tier(row: Row) -> Value:
    return row["customers"]["tier"] if row["customers"] else None


def _is_gold(row: Row) -> bool | None:
    tier = _tier(row)
    return None if tier is None else tier == "gold"


def _many_paid(row: Row) -> bool:
    return row["status"] == "paid" and row["quantity"] is not None and row["quantity"] > 1


def _product(row: Row) -> Value:
    pair = row["amount"], row["quantity"]
    return None if None in pair else pair[0] * pair[1]


_AMOUNT, _PAID = _get("amount"), _is("status", "paid")
_ALL_BALANCES = ("customer_id", "account")

METRICS: dict[str, Definition] = {
    "customer_count": Agg("customers", "count"),
    "total_credit": Agg("customers", "sum", _get("credit")),
    "revenue": Agg("orders", "sum", _AMOUNT),
    "order_count": Agg("orders", "count"),
    "amounts": Agg("orders", "count", _AMOUNT),
    "buyers": Agg("orders", "count_distinct", _get("customer_id")),
    "average_amount": Agg("orders", "avg", _AMOUNT),
    "smallest": Agg("orders", "min", _AMOUNT),
    "largest": Agg("orders", "max", _AMOUNT),
    "median_amount": Agg("orders", "p50", _AMOUNT),
    "amount_p90": Agg("orders", "p90", _AMOUNT),
    "spread": Agg("orders", "stddev", _AMOUNT),
    "paid_revenue": Agg("orders", "sum", _AMOUNT, _PAID),
    "paid_orders": Agg("orders", "count", where=_PAID),
    "gold_revenue": Agg("orders", "sum", _AMOUNT, _is_gold),
    "line_total": Agg("orders", "sum", _product, _many_paid),
    "tiers": Agg("orders", "count_distinct", _tier),
    "paid_share": Ratio("paid_revenue", "revenue"),
    "revenue_per_buyer": Ratio("revenue", "buyers"),
    "unpaid": Derived("-", "revenue", "paid_revenue"),
    "revenue_per_visit": Ratio("revenue", "visit_count"),
    "touches": Derived("+", "order_count", "visit_count"),
    "revenue_ytd": Cumulative("revenue", "year"),
    "revenue_fytd": Cumulative("revenue", "fiscal_year"),
    "revenue_qtd": Cumulative("revenue", "quarter"),
    "revenue_wtd": Cumulative("revenue", "week"),
    "revenue_30d": Cumulative("revenue", window=(30, "day")),
    "revenue_3m": Cumulative("revenue", window=(3, "month")),
    "revenue_ever": Cumulative("revenue"),
    "orders_ever": Cumulative("order_count"),
    "largest_ever": Cumulative("largest"),
    "buyers_ever": Cumulative("buyers"),
    "average_ever": Cumulative("average_amount"),
    "median_3m": Cumulative("median_amount", window=(3, "month")),
    "paid_share_ytd": Cumulative("paid_share", "year"),
    "per_buyer_ever": Cumulative("revenue_per_buyer"),
    "unpaid_ever": Cumulative("unpaid"),
    "revenue_and_buyers": Derived("+", "revenue", "buyers"),
    "mixed_3m": Cumulative("revenue_and_buyers", window=(3, "month")),
    "gold_ever": Cumulative("gold_revenue"),
    "ytd_share": Ratio("revenue_ytd", "revenue_ever"),
    "revenue_before": Change("revenue", 1, "month", "value"),
    "revenue_delta": Change("revenue", 1, "month", "difference"),
    "revenue_growth": Change("revenue", 1, "month"),
    "revenue_yoy": Change("revenue", 1, "year"),
    "buyers_delta": Change("buyers", 1, "year", "difference"),
    "average_delta": Change("average_amount", 1, "month", "difference"),
    "paid_share_delta": Change("paid_share", 1, "month", "difference"),
    "ytd_delta": Change("revenue_ytd", 1, "year", "difference"),
    "revenue_plus_delta": Derived("+", "revenue", "revenue_delta"),
    "visit_count": Agg("visits", "count"),
    "minutes_spent": Agg("visits", "sum", _get("minutes")),
    "average_minutes": Agg("visits", "avg", _get("minutes")),
    "bought": Agg("visits", "count", where=_is("outcome", "bought")),
    "bought_rate": Ratio("bought", "visit_count"),
    "minutes_ytd": Cumulative("minutes_spent", "year"),
    "visitors_ever": Cumulative("visitors"),
    "visitors": Agg("visits", "count_distinct", _get("customer_id")),
    "minutes_delta": Change("minutes_spent", 1, "month", "difference"),
    "balance_rows": Agg("balances", "count"),
    "closing_balance": Agg("balances", "sum", _get("balance"), last=()),
    "account_balance": Agg("balances", "sum", _get("balance"), last=_ALL_BALANCES),
    "main_balance": Agg(
        "balances", "sum", _get("balance"), _is("account", "main"), last=("customer_id",)
    ),
    "open_accounts": Agg("balances", "count", last=_ALL_BALANCES),
    "revenue_to_balance": Ratio("revenue", "closing_balance"),
    "balance_delta": Change("closing_balance", 1, "month", "difference"),
}

# ------------------------------------------------------------------ arithmetic


def aggregate(how: str, values: Iterable[Value]) -> Value:
    """One aggregation over values of rows; None is a value that is not there."""
    known = [Fraction(v) if isinstance(v, (int, Decimal)) else v for v in values if v is not None]
    if how == "count":
        return Fraction(len(known))
    if how == "count_distinct":
        return Fraction(len(set(known)))
    if not known:
        return None
    if how in ("min", "max"):
        return min(known) if how == "min" else max(known)
    return _number(how, known)


def _number(how: str, known: list[Fraction]) -> Value:
    if how == "sum":
        return sum(known, Fraction())
    if how == "avg":
        return sum(known, Fraction()) / len(known)
    if how.startswith("p"):
        place = Fraction(int(how[1:]), 100) * (len(known) - 1)
        low = math.floor(place)
        ordered = sorted(known)
        high = ordered[min(low + 1, len(known) - 1)]
        return ordered[low] + (high - ordered[low]) * (place - low)
    if len(known) < 2:
        return None
    mean = sum(known, Fraction()) / len(known)
    return math.sqrt(sum((v - mean) ** 2 for v in known) / (len(known) - 1))


def combine(op: str, left: Value, right: Value) -> Value:
    """An operation of two values; nothing with anything is nothing, x / 0 too."""
    if left is None or right is None or (op == "/" and right == 0):
        return None
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "/": lambda: left / right,
    }[op]()


# ------------------------------------------------------------------ questions


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
            leaf: self._of_rows(leaf, []) if leaf in sum(plain.values(), []) else _nothing(leaf)
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
            return _aggregated(definition, rows)
        assert isinstance(definition, Cumulative)
        time = TIMES[model_of(leaf)]
        end = self.as_of + timedelta(days=1)
        seen = [r for r in rows if r[time] is not None and self._counts(definition, r[time], end)]
        return self._composed(definition.of, seen)

    def _composed(self, metric: str, rows: list[Row]) -> Value:
        def leaf(name: str) -> Value:
            definition = METRICS[name]
            assert isinstance(definition, Agg)
            return _aggregated(definition, rows)

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
                found[key] = compose(definition.of, lambda m, s=seen: _or_zero(m, s))  # type: ignore[misc]
        return found

    def _change(self, definition: Change, question: Question) -> dict[KeyRow, Value]:
        model = model_of(definition.of)
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
        filled: dict[KeyRow, Value] = {}
        for start in periods([key[place] for key in keys], grain, self.calendar):
            for member in members:
                key = (*member[:place], start, *member[place:])
                known = {leaf: _filled(leaf, part.get(key)) for leaf, part in parts.items()}
                filled[key] = compose(definition.of, known.__getitem__)
        return {
            key: _changed(
                definition.shown,
                new,
                filled.get(
                    (
                        *key[:place],
                        move(key[place], -definition.amount, definition.unit),
                        *key[place + 1 :],
                    )
                ),
            )
            for key, new in filled.items()
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
            key: _aggregated(
                definition, [r for r in rows if r[time] is not None and r[time] == newest[part(r)]]
            )
            for key, rows in self._groups(model, question.keys, question.filters).items()
        }


# ------------------------------------------------------------------ metrics


def compose(metric: str, leaf: Callable[[str], Value]) -> Value:
    """The value of a metric from the values of its leaves."""
    definition = METRICS[metric]
    if isinstance(definition, Ratio):
        return combine("/", compose(definition.of, leaf), compose(definition.to, leaf))
    if isinstance(definition, Derived):
        return combine(
            definition.op, compose(definition.left, leaf), compose(definition.right, leaf)
        )
    return leaf(metric)


def leaves_of(metric: str) -> list[str]:
    """The metrics that `metric` is composed of."""
    definition = METRICS[metric]
    if isinstance(definition, Ratio):
        return leaves_of(definition.of) + leaves_of(definition.to)
    if isinstance(definition, Derived):
        return leaves_of(definition.left) + leaves_of(definition.right)
    return [metric]


def model_of(metric: str) -> str:
    """The one model whose rows a leaf metric reads."""
    definition = METRICS[metric]
    if isinstance(definition, Agg):
        return definition.model
    inner = definition.left if isinstance(definition, Derived) else definition.of
    return model_of(inner)


def models_of(metric: str) -> set[str]:
    """All models whose rows a metric reads."""
    return {model_of(leaf) for leaf in leaves_of(metric)}


def _period_place(keys: tuple[Key, ...]) -> tuple[int, str]:
    return next((number, key.grain) for number, key in enumerate(keys) if key.grain)


def _aggregated(definition: Agg, rows: Iterable[Row]) -> Value:
    return aggregate(
        definition.how, (definition.value(r) for r in rows if definition.where(r) is True)
    )


def _or_zero(leaf: str, rows: list[Row]) -> Value:
    """The value of an aggregation; 0 where a sum has nothing to add."""
    definition = METRICS[leaf]
    assert isinstance(definition, Agg)
    found = _aggregated(definition, rows)
    return Fraction() if found is None and definition.how == "sum" else found


def _nothing(leaf: str) -> Value:
    """What a leaf is in a group that its model has no rows for."""
    definition = METRICS[leaf]
    counts = isinstance(definition, Agg) and definition.how.startswith("count")
    return Fraction() if counts else None


def _filled(leaf: str, found: Value) -> Value:
    """What a leaf is in a period between the first and the last: additive values are never
    unknown there, 0 stands for nothing."""
    definition = METRICS[leaf]
    if found is not None or not isinstance(definition, Agg) or definition.last is not None:
        return found
    return Fraction() if definition.how in ("sum", "count", "count_distinct") else None


def _changed(shown: str, new: Value, old: Value) -> Value:
    if shown == "value":
        return old
    difference = combine("-", new, old)
    if shown == "difference":
        return difference
    return combine("/", difference, None if old is None else abs(old))


# ------------------------------------------------------------------ comparison


def _sortable(row: KeyRow) -> tuple[tuple[bool, str], ...]:
    return tuple(
        (v is not None, f"{float(v):+.9e}" if isinstance(v, (int, float, Decimal, Fraction)) else str(v))
        for v in row
    )


def is_same_value(ours: Value, theirs: Value) -> bool:
    """Equal; where one side is a floating-point number, equal to nine digits."""
    if isinstance(ours, Decimal):
        ours = Fraction(ours)
    if isinstance(theirs, Decimal):
        theirs = Fraction(theirs)
    if isinstance(ours, float) or isinstance(theirs, float):
        if ours is None or theirs is None or isinstance(ours, str) or isinstance(theirs, str):
            return False
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return bool(ours == theirs)


def find_difference(expected: Iterable[KeyRow], given: Iterable[KeyRow]) -> str:
    """Where two results differ as bags of rows; empty when they do not."""
    left, right = sorted(expected, key=_sortable), sorted(given, key=_sortable)
    if len(left) != len(right):
        return f"{len(left)} rows expected, {len(right)} given:\n{left}\n{right}"
    for ours, theirs in zip(left, right, strict=True):
        same = len(ours) == len(theirs) and all(map(is_same_value, ours, theirs))
        if not same:
            return f"expected {ours}, given {theirs}"
    return ""
