"""One question in both languages: as semantic SQL for the compiler, as loops for the oracle.

Used by the oracle matrix, the generated cases and the properties. Invariant: both sides are
made from the same names, so a difference is a difference of meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import pytest

from semantic.issues import SemanticError
from tests.tiny.compare import find_difference
from tests.tiny.metrics import METRICS, Agg, Refused, Value, leaves_of, models_of
from tests.tiny.oracle import Filter, Key, Oracle, Question, period_key
from tests.tiny.world import APRIL, AS_OF, Calendar, Row, ask, catalog

GRAINS = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
OWN_TIMES = {"orders": "order_date", "visits": "visit_date", "balances": "day"}


def _own(name: str) -> Callable[[str, Row], Value]:
    return lambda model, row: row[name]


def _far(owner: str, name: str) -> Callable[[str, Row], Value]:
    return lambda model, row: row[owner][name] if row[owner] else None


def _size(model: str, row: Row) -> Value:
    amount = row["amount"]
    if amount is None or amount < 0:
        return None
    return "big" if amount >= 100 else "small"


KEYS: Mapping[str, tuple[str, Callable[[str, Row], Value]]] = {
    "status": ("status", _own("status")),
    "channel": ("channel", _own("channel")),
    "size": ("size", _size),
    "outcome": ("outcome", _own("outcome")),
    "account": ("account", _own("account")),
    "customer": ("customers.customer_name", _far("customers", "customer_name")),
    "tier": ("customers.tier", _far("customers", "tier")),
    "region": ("regions.region_name", _far("regions", "region_name")),
}


def _equal(value: Callable[[str, Row], Value], wanted: str) -> Callable[[str, Row], bool | None]:
    def holds(model: str, row: Row) -> bool | None:
        found = value(model, row)
        return None if found is None else bool(found == wanted)

    return holds


def _not(inner: Callable[[str, Row], bool | None]) -> Callable[[str, Row], bool | None]:
    def holds(model: str, row: Row) -> bool | None:
        found = inner(model, row)
        return None if found is None else not found

    return holds


_PAID = _equal(_own("status"), "paid")
_GOLD = _equal(_far("customers", "tier"), "gold")
_NORTH = _equal(_far("regions", "region_name"), "North")

FILTERS: Mapping[str, tuple[str, Filter]] = {
    "paid": ("status = 'paid'", Filter("paid", _PAID)),
    "paid_segment": ("paid", Filter("paid_segment", _PAID)),
    "not_paid": ("NOT paid", Filter("not_paid", _not(_PAID))),
    "shop": ("channel IN ('shop')", Filter("shop", _equal(_own("channel"), "shop"))),
    "no_channel": (
        "channel IS NULL",
        Filter("no_channel", lambda model, row: row["channel"] is None),
    ),
    "gold": ("customers.tier = 'gold'", Filter("gold", _GOLD)),
    "not_gold": ("NOT customers.tier = 'gold'", Filter("not_gold", _not(_GOLD))),
    "north": ("regions.region_name = 'North'", Filter("north", _NORTH)),
    "known_customer": (
        "customers.customer_id IS NOT NULL",
        Filter("known_customer", lambda model, row: row["customers"] is not None),
    ),
    "since": (
        "{time} >= DATE '2024-01-01'",
        Filter("since", on_time=lambda day: day >= date(2024, 1, 1)),
    ),
    "until": (
        "{time} < DATE '2024-03-15'",
        Filter("until", on_time=lambda day: day < date(2024, 3, 15)),
    ),
    "spring": (
        "{time} BETWEEN DATE '2024-02-29' AND DATE '2024-06-15'",
        Filter("spring", on_time=lambda day: date(2024, 2, 29) <= day <= date(2024, 6, 15)),
    ),
}
OWN_FILTERS = ("paid", "paid_segment", "not_paid", "shop", "no_channel")
SHARED_FILTERS = ("gold", "not_gold", "north", "known_customer")
TIME_FILTERS = ("since", "until", "spring")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question by names; `span` asks the whole semantic model instead of one."""

    metrics: tuple[str, ...]
    keys: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    having: tuple[str, int] | None = None
    """(metric, least value)."""
    model: str = "orders"
    calendar: Calendar = APRIL

    @property
    def title(self) -> str:
        """A short name for a test report."""
        parts = [
            "+".join(self.metrics),
            "by-" + "-".join(self.keys or ("nothing",)),
            *self.filters,
            *([f"having-{self.having[0]}"] if self.having else []),
        ]
        return " ".join(parts)

    @property
    def sql(self) -> str:
        """The semantic SQL."""
        time = OWN_TIMES.get(self.model, "metric_time")
        keys = [
            f"date_trunc('{key}', {time})" if key in GRAINS else KEYS[key][0] for key in self.keys
        ]
        items = [f"{text} AS {key}_key" for key, text in zip(self.keys, keys, strict=True)]
        items += [f"MEASURE({metric}) AS {metric}" for metric in self.metrics]
        sql = f"SELECT {', '.join(items)} FROM {self.model}"
        if self.filters:
            sql += " WHERE " + " AND ".join(
                FILTERS[name][0].format(time=time) for name in self.filters
            )
        if keys:
            sql += " GROUP BY " + ", ".join(keys)
        if self.having:
            sql += f" HAVING MEASURE({self.having[0]}) >= {self.having[1]}"
        return sql

    @property
    def question(self) -> Question:
        """The same for the oracle."""
        keys = tuple(
            period_key(key, self.calendar) if key in GRAINS else Key(key, KEYS[key][1])
            for key in self.keys
        )
        return Question(
            self.metrics, keys, tuple(FILTERS[name][1] for name in self.filters), self._having()
        )

    def _having(self) -> Callable[[Mapping[str, Value]], bool | None] | None:
        if self.having is None:
            return None
        metric, least = self.having
        return lambda values: None if values[metric] is None else bool(values[metric] >= least)

    @property
    def is_joined_by_inner(self) -> bool:
        """True where one model serves every metric."""
        return len({model for metric in self.metrics for model in models_of(metric)}) == 1


def check(asked: Asked, oracle: Oracle, connection: duckdb.DuckDBPyConnection) -> None:
    """Fails unless the compiler gives what the oracle gives, or both refuse."""
    try:
        expected = oracle.answer(asked.question)
    except Refused:
        with pytest.raises(SemanticError):
            ask(connection, asked.sql, catalog(asked.calendar))
        return
    given = ask(connection, asked.sql, catalog(asked.calendar))
    difference = find_difference(expected, given)
    assert not difference, f"{asked.sql}\n{difference}"


def is_over_time(metric: str) -> bool:
    """True where a value depends on rows outside of its group."""
    return any(
        not isinstance(definition := METRICS[leaf], Agg) or definition.last is not None
        for leaf in leaves_of(metric)
    )


__all__ = ["AS_OF", "Asked", "check"]
