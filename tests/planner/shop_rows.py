"""The shop's CSV files as plain Python rows: the independent side of every comparison.

Read by the question tests. Invariant: uses neither our ingest nor our semantic layer.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "shop"
AS_OF = date(2025, 2, 15)


@dataclass(frozen=True)
class Order:
    """One order with its customer and product beside it."""

    number: int
    customer_id: str
    customer: str
    city: str
    tier: str | None
    product: str
    family: str
    channel: str | None
    status: str
    quantity: int
    total: Decimal
    discount: Decimal
    ordered: date
    delivered: date | None

    @property
    def days(self) -> int | None:
        """Days from order to delivery."""
        return (self.delivered - self.ordered).days if self.delivered else None


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


CUSTOMERS = {row["Id"]: row for row in _read("customers.csv")}
PRODUCTS = {row["Id"]: row for row in _read("products.csv")}
VISITS = [row["Customer"] for row in _read("visits.csv")]


def _order(row: dict[str, str]) -> Order:
    customer, product = CUSTOMERS[row["Customer"]], PRODUCTS[row["Product"]]
    return Order(
        number=int(row["Order"]),
        customer_id=row["Customer"],
        customer=customer["Name"],
        city=customer["City"],
        tier=customer["Tier"] or None,
        product=product["Name"],
        family=product["Family"],
        channel=row["Channel"] or None,
        status=row["Status"],
        quantity=int(row["Quantity"]),
        total=Decimal(row["Total"]),
        discount=Decimal(row["Discount"]),
        ordered=date.fromisoformat(row["Ordered"]),
        delivered=date.fromisoformat(row["Delivered"]) if row["Delivered"] else None,
    )


ORDERS = [_order(row) for row in _read("orders.csv")]
VALID = [order for order in ORDERS if order.status != "Cancelled"]


def revenue(orders: Iterable[Order]) -> Decimal:
    """The sum over orders that are not cancelled."""
    return sum((o.total for o in orders if o.status != "Cancelled"), Decimal(0))


def by(
    orders: Iterable[Order], key: Callable[[Order], object], value: Callable[[list[Order]], object]
) -> dict[object, object]:
    """Value of each group, by key."""
    groups: dict[object, list[Order]] = defaultdict(list)
    for order in orders:
        groups[key(order)].append(order)
    return {name: value(found) for name, found in groups.items()}


def members() -> dict[str, tuple[str, ...]]:
    """What a planner knows of the shop: the distinct values of its text dimensions."""

    def distinct(values: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted({value for value in values if value}))

    orders = _read("orders.csv")
    return {
        "orders.channel": distinct(row["Channel"] for row in orders),
        "orders.status": distinct(row["Status"] for row in orders),
        "customers.customer_name": distinct(row["Name"] for row in CUSTOMERS.values()),
        "customers.city": distinct(row["City"] for row in CUSTOMERS.values()),
        "customers.tier": distinct(row["Tier"] for row in CUSTOMERS.values()),
        "products.product_name": distinct(row["Name"] for row in PRODUCTS.values()),
        "products.family": distinct(row["Family"] for row in PRODUCTS.values()),
        "visits.reason": distinct(row["Reason"] for row in _read("visits.csv")),
    }
