"""The metrics of shop.yml written down a second time, as Python over rows.

Read by the oracle and by the tests that choose metrics. Invariant: exact fractions and
three-valued conditions; a sum over no rows is nothing, a count over no rows is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.tiny.world import Row

Value = Any
Condition = Callable[[Row], bool | None]


class Refused(Exception):
    """The question has no right answer; the compiler must refuse it too."""


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


# ------------------------------------------------------------------ composition


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


def aggregated(definition: Agg, rows: Iterable[Row]) -> Value:
    return aggregate(
        definition.how, (definition.value(r) for r in rows if definition.where(r) is True)
    )


def or_zero(leaf: str, rows: list[Row]) -> Value:
    """The value of an aggregation; 0 where a sum has nothing to add."""
    definition = METRICS[leaf]
    assert isinstance(definition, Agg)
    found = aggregated(definition, rows)
    return Fraction() if found is None and definition.how == "sum" else found


def nothing(leaf: str) -> Value:
    """What a leaf is in a group that its model has no rows for."""
    definition = METRICS[leaf]
    counts = isinstance(definition, Agg) and definition.how.startswith("count")
    return Fraction() if counts else None


def filled(leaf: str, found: Value) -> Value:
    """What a leaf is in a period between the first and the last: additive values are never
    unknown there, 0 stands for nothing."""
    definition = METRICS[leaf]
    if found is not None or not isinstance(definition, Agg) or definition.last is not None:
        return found
    return Fraction() if definition.how in ("sum", "count", "count_distinct") else None


def changed(shown: str, new: Value, old: Value) -> Value:
    if shown == "value":
        return old
    difference = combine("-", new, old)
    if shown == "difference":
        return difference
    return combine("/", difference, None if old is None else abs(old))
