"""One result for each rule of the charts, for the tests that look at their specifications.

Used by the tests beside it and by those of reports. Invariant: between them the results reach
every picture that can be drawn.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from semantic.compiled import Lineage, ResultColumn
from semantic.types import DATE, DOUBLE, INTEGER, TEXT, DataType
from server.answer.shape import Finding
from server.answer.wire import ChartType
from server.results import ResultTable

MONEY = DataType("decimal", 18, 2)
CITY = ResultColumn("city", "City", TEXT, "dimension", "text")
SIZE = ResultColumn("size", "Size", TEXT, "dimension", "text")
MONTH = ResultColumn("month", "Month", DATE, "time", "date", "month")
SALES = ResultColumn("sales", "Sales", MONEY, "metric", "currency")
BEFORE = ResultColumn("sales_before", "Sales, before", MONEY, "metric", "currency")
RATE = ResultColumn("rate", "Rate", DOUBLE, "metric", "percent")
COUNT = ResultColumn("count", "Deals", INTEGER, "metric", "integer")
ADDITIVE = frozenset({"sales", "count"})


def result(columns: list[ResultColumn], rows: list[tuple[Any, ...]], **changes: Any) -> Finding:
    """A finding of these columns and rows."""
    table = ResultTable(
        semantic_sql="SELECT",
        sql="SELECT",
        parameters={},
        columns=tuple(columns),
        rows=tuple(rows),
        truncated=False,
        elapsed_ms=1.0,
        warehouse_version=1,
        lineage=Lineage((), (), (), (), (), ()),
        data_sources=("sales.csv",),
    )
    return replace(Finding("q1", "Sales by city", table, additive=ADDITIVE), **changes)


def months(count: int) -> list[date]:
    """The first days of as many months, from January 2024."""
    return [date(2024 + n // 12, n % 12 + 1, 1) for n in range(count)]


_CITIES = [("Lyon", Decimal("600.50")), ("Brest", Decimal("299.50")), (None, Decimal(100))]
_LONG = [(f"Établissements n° {n} <b>&", Decimal(1_500_000 * (n + 1))) for n in range(14)]
_MATRIX = [(c, s, Decimal(n + 1)) for c in ("Lyon", "Brest") for n, s in enumerate("SML")]
_RATES = [(c, s, n / 10) for c in ("Lyon", "Brest") for n, s in enumerate("SML")]
_FLOW = [(m, Decimal(1_000 * (n + 3))) for n, m in enumerate(months(14))]
_SERIES = [(m, f"city {c}", Decimal(1 + n * c)) for n, m in enumerate(months(6)) for c in range(11)]

RESULTS: dict[str, tuple[Finding, ChartType]] = {
    "cards": (result([SALES, RATE, COUNT], [(Decimal("1234567.89"), 0.254, 12)]), "metrics"),
    "vertical": (result([CITY, SALES], _CITIES), "bar"),
    "negative": (result([CITY, SALES], [("a", Decimal(-5)), ("b", Decimal(9))]), "bar"),
    "horizontal": (result([CITY, SALES], _LONG), "bar"),
    "percent": (result([CITY, RATE], [("Lyon", 0.501), ("Brest", None)]), "bar"),
    "one row": (result([SALES, COUNT], [(Decimal(5), 2)]), "bar"),
    "stacked": (result([CITY, SIZE, SALES], _MATRIX), "bar"),
    "grouped": (result([CITY, SIZE, RATE], _RATES), "bar"),
    "pairs": (
        result([CITY, SALES, BEFORE], [("a", Decimal(5), Decimal(4)), ("b", Decimal(2), None)]),
        "bar",
    ),
    "donut": (result([CITY, SALES], _CITIES), "pie"),
    "donut of many": (result([CITY, SALES], _LONG), "pie"),
    "area": (result([MONTH, SALES], _FLOW), "line"),
    "line": (result([MONTH, RATE], [(m, n / 20) for n, m in enumerate(months(5))]), "line"),
    "gap": (result([MONTH, RATE], [(months(2)[0], 0.5), (months(2)[1], None)]), "line"),
    "several lines": (result([MONTH, CITY, SALES], _SERIES), "line"),
    "grid": (result([CITY, CITY, SALES], [("a", "b", Decimal(1))] * 40), "table"),
    "nothing": (result([CITY, SALES], []), "table"),
}
