"""Sums over the shop's rows by hand, and results as rows: what the shop's questions share."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from server.answer.wire import Answer
from tests.planner.shop_rows import ORDERS, Order

Rows = list[tuple[Any, ...]]


def within(first: str, last: str, orders: Iterable[Order] = ORDERS) -> list[Order]:
    """Orders placed from `first` to `last`, both included."""
    low, high = date.fromisoformat(first), date.fromisoformat(last)
    return [o for o in orders if low <= o.ordered <= high]


def where(test: Callable[[Order], bool]) -> list[Order]:
    return [order for order in ORDERS if test(order)]


def mean(values: Iterable[Any]) -> float:
    return statistics.fmean(float(value) for value in values)


def total(orders: Iterable[Order]) -> Decimal:
    return sum((o.total for o in orders), Decimal(0))


def units(orders: Iterable[Order]) -> int:
    return sum(o.quantity for o in orders if o.status != "Cancelled")


def rate(orders: list[Order]) -> float:
    return sum(o.status == "Cancelled" for o in orders) / len(orders)


def pairs(groups: dict[object, object]) -> Rows:
    return list(groups.items())


def month(order: Order) -> date:
    return order.ordered.replace(day=1)


def same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, date):
        return str(found) == wanted.isoformat()
    if isinstance(wanted, int | float | Decimal) and isinstance(found, int | float | Decimal):
        return abs(float(found) - float(wanted)) <= 1e-9 * max(1.0, abs(float(wanted)))
    return bool(found == wanted)


def rows_of(answer: Answer, number: int = 0) -> Rows:
    return [tuple(row) for row in answer.queries[number].rows]


def ranked(groups: dict[object, object], limit: int, *, down: bool = True) -> list[Any]:
    values = sorted(groups.values(), reverse=down)  # type: ignore[type-var]
    return values[:limit]


def found(answer: Answer) -> list[tuple[object, ...]]:
    """The rows of an answer that was given, numbers as floats, without what is missing."""
    assert answer.status == "answered", answer.answer
    return [
        tuple(c if isinstance(c, str) else float(c) for c in row if c is not None)
        for row in rows_of(answer)
    ]
