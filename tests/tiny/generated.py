"""Strategies for rows of the tiny shop and for questions about them.

Used by the generated oracle cases and the properties. Invariant: small and dense, so that ties,
missing values, orphans and empty periods come up all the time; keys stay unique.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import duckdb
from hypothesis import strategies as st

from tests.tiny.asking import (
    GRAINS,
    OWN_FILTERS,
    SHARED_FILTERS,
    TIME_FILTERS,
    Asked,
    is_over_time,
)
from tests.tiny.metrics import METRICS, models_of
from tests.tiny.world import APRIL, COLUMNS, JANUARY_SUNDAY, Calendar, Row, insert

CUSTOMERS = ("C1", "C2", "C3", "C4")
REGIONS = ("R1", "R2", "R3")
CALENDARS = (APRIL, JANUARY_SUNDAY, Calendar(2, "sunday"), Calendar(11))
SPAN_METRICS = sorted(m for m in METRICS if models_of(m) <= {"orders", "visits", "balances"})
OWN_KEYS = {
    "orders": ("status", "channel", "size"),
    "visits": ("outcome",),
    "balances": ("account",),
}
SHARED_KEYS = ("customer", "tier", "region")

_start = date(2023, 12, 28)
days = st.one_of(
    st.none(),
    st.sampled_from([date(2023, 3, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 1)]),
    st.integers(0, 110).map(lambda n: _start + timedelta(days=n)),
)
money = st.one_of(
    st.none(), st.sampled_from([Decimal("0.00"), Decimal("100.00")]),
    st.integers(-5000, 20000).map(lambda cents: Decimal(cents) / 100),
)  # fmt: skip
links = st.one_of(st.none(), st.sampled_from([*CUSTOMERS, "C9"]))


def _words(*words: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(words))


def _numbered(
    key: str, columns: dict[str, st.SearchStrategy[object]], most: int
) -> st.SearchStrategy[list[Row]]:
    rows = st.lists(st.fixed_dictionaries(columns), max_size=most)
    return rows.map(lambda found: [{key: n, **row} for n, row in enumerate(found, 1)])


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Rows for every table."""
    some = st.integers(-5, 60)
    return {
        "regions": [
            {"region_id": region, "region_name": draw(_words("North", "South"))}
            for region in draw(st.sets(st.sampled_from(REGIONS)).map(sorted))
        ],
        "customers": [
            {
                "customer_id": customer,
                "customer_name": draw(_words("Ann", "Bob", "Cid")),
                "tier": draw(_words("gold", "silver")),
                "region_id": draw(_words(*REGIONS)),
                "credit": draw(money),
                "signup_date": draw(days),
            }
            for customer in draw(st.sets(st.sampled_from(CUSTOMERS)).map(sorted))
        ],
        "orders": draw(
            _numbered(
                "order_id",
                {
                    "customer_id": links, "order_date": days, "amount": money,
                    "quantity": st.one_of(st.none(), st.integers(0, 4)),
                    "status": _words("paid", "open", "lost"), "channel": _words("web", "shop"),
                },
                10,
            )
        ),
        "visits": draw(
            _numbered(
                "visit_id",
                {
                    "customer_id": links, "visit_date": days,
                    "minutes": st.one_of(st.none(), some), "outcome": _words("bought", "nothing"),
                },
                6,
            )
        ),
        "balances": draw(
            _numbered(
                "balance_id",
                {
                    "customer_id": links, "account": _words("main", "side"), "day": days,
                    "balance": money,
                },
                7,
            )
        ),
    }  # fmt: skip


@st.composite
def asked(draw: st.DrawFn, additive_only: bool = False) -> Asked:
    """A question over one model or over all of them."""
    model = draw(st.sampled_from(["orders", "orders", "shop", "visits", "balances"]))
    possible = [
        m for m in SPAN_METRICS if model == "shop" or models_of(m) == {model}
    ]  # fmt: skip
    if additive_only:
        possible = [m for m in possible if not is_over_time(m)]
    metrics = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=3, unique=True))
    keys = draw(
        st.lists(st.sampled_from([*OWN_KEYS.get(model, ()), *SHARED_KEYS]), max_size=2, unique=True)
    )
    if draw(st.booleans()):
        keys.insert(draw(st.integers(0, len(keys))), draw(st.sampled_from(GRAINS)))
    filters = [*SHARED_FILTERS, *TIME_FILTERS, *(OWN_FILTERS if model == "orders" else ())]
    chosen = draw(st.lists(st.sampled_from(filters), max_size=2, unique=True))
    having = None
    if draw(st.integers(0, 3)) == 0:
        having = (draw(st.sampled_from(metrics)), draw(st.integers(-1, 100)))
    calendar = draw(st.sampled_from(CALENDARS))
    return Asked(tuple(metrics), tuple(keys), tuple(chosen), having, model, calendar)


def refill(connection: duckdb.DuckDBPyConnection, rows: dict[str, list[Row]]) -> None:
    """Replace the rows of every table."""
    for table in COLUMNS:
        connection.execute(f"DELETE FROM source.{table}")
        insert(connection, table, rows.get(table, []))
