"""What the prose says of a result holds for the rows that are there, and for no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from semantic.compiled import Lineage, ResultColumn
from semantic.types import DATE, DOUBLE, INTEGER, TEXT, DataType
from server.answer.cards import to_key_metrics
from server.answer.charts import choose_chart
from server.answer.formats import show
from server.answer.insights import find_insights
from server.answer.shape import Finding
from server.results import ResultTable

CITY = ResultColumn("city", "City", TEXT, "dimension", "text")
SALES = ResultColumn("sales", "Sales", DataType("decimal", 18, 2), "metric", "currency")
HIGHEST = ResultColumn("max_fee", "Highest fee", DataType("decimal", 18, 2), "metric", "currency")
YEAR = ResultColumn("year", "Year", INTEGER, "dimension", "integer")
FISCAL = ResultColumn("fy", "Fiscal year", INTEGER, "dimension", "text", "fiscal_year")
NOWHERE = Lineage((), (), (), (), (), ())
ROWS = [("Lyon", Decimal(60)), ("Brest", Decimal(30)), ("Nice", Decimal(10))]


def _finding(rows: list[tuple[Any, ...]], sql: str = "SELECT", *columns: ResultColumn) -> Finding:
    table = ResultTable(
        semantic_sql=sql,
        sql="SELECT",
        parameters={},
        columns=columns or (CITY, SALES),
        rows=tuple(rows),
        truncated=False,
        elapsed_ms=1.0,
        warehouse_version=1,
        lineage=NOWHERE,
        data_sources=(),
    )
    return Finding("q1", "Sales by city", table, additive=frozenset({"sales"}))


def test_the_last_of_the_first_rows_is_not_called_the_lowest_of_all() -> None:
    found = find_insights(_finding(ROWS, "SELECT ... ORDER BY sales DESC\nLIMIT 3"), "EUR")

    assert found == [
        "Lyon has the highest sales: €60.00.",
        "Of the 3 shown, Nice has the lowest: €10.00.",
    ]


def test_the_first_of_the_lowest_is_the_lowest_of_all() -> None:
    found = find_insights(_finding(ROWS[::-1], "SELECT ... ORDER BY sales\nLIMIT 3"), "EUR")

    assert found == [
        "Nice has the lowest sales: €10.00.",
        "Of the 3 shown, Lyon has the highest sales: €60.00.",
    ]


def test_periods_that_are_not_over_are_not_held_against_those_that_are() -> None:
    month = ResultColumn("month", "Month", DATE, "time", "date", "month")
    rows = [(date(2025, n, 1), Decimal(value)) for n, value in ((1, 40), (2, 50), (3, 5))]
    series = replace(_finding(rows, "SELECT", month, SALES), as_of=date(2025, 3, 10))

    assert find_insights(series, "EUR") == [
        "From Jan 2025 (€40.00) to Feb 2025 (€50.00), sales rose: +25.0%.",
        "Highest sales: Feb 2025 with €50.00; lowest: Jan 2025 with €40.00.",
        "Mar 2025 is not over: €5.00 so far.",
    ]
    early = replace(series, as_of=date(2025, 1, 20))
    assert "rose" not in " ".join(find_insights(early, "EUR"))


def test_few_rows_behind_a_rate_are_told() -> None:
    rate = ResultColumn("rate", "Rate", DOUBLE, "metric", "percent")
    finding = replace(
        _finding([("Lyon", 1.0), ("Brest", 0.5), ("Nice", 0.25)], "SELECT", CITY, rate),
        behind={("Lyon",): 1, ("Brest",): 40, ("Nice",): 9},
        behind_label="Orders",
        overall={"rate": 0.5},
    )

    assert find_insights(finding, "EUR") == [
        "Lyon has the highest rate: 100.0% (only one), 50.0 percentage points above the overall "
        "50.0%.",
        "Nice has the lowest: 25.0% (only 9 orders), 25.0 percentage points below the overall "
        "50.0%.",
        "Small samples, fewer than 10 orders: Lyon (1); Nice (9).",
    ]


def test_a_limit_that_cut_nothing_leaves_the_whole() -> None:
    finding = _finding(ROWS, "SELECT ... ORDER BY sales DESC\nLIMIT 10")

    assert find_insights(finding, "EUR")[0] == (
        "Lyon leads with €60.00, 60.0% of €100.00 in total."
    )
    assert to_key_metrics([finding])["sales"].value == 100


def test_groups_chosen_by_their_number_have_no_total() -> None:
    found = find_insights(_finding(ROWS, "SELECT ... HAVING MEASURE(sales) > 5"), "EUR")

    assert found[0] == "Lyon has the highest sales: €60.00."
    assert "total" not in " ".join(found)


def test_equal_leaders_and_equal_last_ones_are_named_together() -> None:
    rows = [("A", Decimal(5)), ("B", Decimal(5)), ("C", Decimal(1)), ("D", Decimal(1)),
            ("E", Decimal(1))]  # fmt: skip

    assert find_insights(_finding(rows), "EUR")[:2] == [
        "A and B lead with €5.00 each, 38.5% of €13.00 in total.",
        "E and 2 others have the lowest: €1.00.",
    ]


def test_a_highest_value_is_not_the_highest_highest() -> None:
    found = find_insights(_finding(ROWS, "SELECT", CITY, HIGHEST), "EUR")

    assert found[0] == "Lyon has the highest value: €60.00."


def test_a_year_is_written_as_a_name_and_an_amount_as_an_amount() -> None:
    count = ResultColumn("n", "Orders", INTEGER, "metric", "integer")

    assert show(YEAR, 2024, "EUR") == "2024"
    assert show(FISCAL, 2024, "EUR") == "FY2024"
    assert show(count, 2024, "EUR") == "2,024"


MONTH = ResultColumn("month", "Month", DATE, "time", "date", "month")


def _months(*values: int, sql: str) -> Finding:
    rows = [(date(2025, n, 1), Decimal(value)) for n, value in enumerate(values, 1)]
    return replace(_finding(rows, sql, MONTH, SALES), as_of=date(2025, 6, 10))


def test_a_period_cut_by_the_days_asked_for_is_not_held_against_whole_ones() -> None:
    asked = "SELECT date_trunc('month', sold) AS month, MEASURE(sales) AS sales FROM orders WHERE"
    bounds = "sold >= DATE '2025-01-16' AND sold < DATE '2025-04-11' GROUP BY ALL ORDER BY month"
    found = find_insights(_months(5, 40, 50, 2, sql=f"{asked} {bounds}"), "EUR")

    assert found == [
        "From Feb 2025 (€40.00) to Mar 2025 (€50.00), sales rose: +25.0%.",
        "Highest sales: Mar 2025 with €50.00; lowest: Feb 2025 with €40.00.",
        "Jan 2025 counts from 2025-01-16 on.",
        "Apr 2025 counts up to 2025-04-10.",
    ]
    whole = bounds.replace("01-16", "01-01").replace("04-11", "05-01")
    said = find_insights(_months(5, 40, 50, 2, sql=f"{asked} {whole}"), "EUR")
    assert said[0] == "From Jan 2025 (€5.00) to Apr 2025 (€2.00), sales fell: -60.0%."
    inclusive = bounds.replace("< DATE '2025-04-11'", "<= DATE '2025-04-30'")
    said = find_insights(_months(5, 40, 50, 2, sql=f"{asked} {inclusive}"), "EUR")
    assert said[0] == "From Feb 2025 (€40.00) to Apr 2025 (€2.00), sales fell: -95.0%."


def test_conditions_on_another_date_cut_no_period() -> None:
    sql = (
        "SELECT date_trunc('month', sold) AS month, MEASURE(sales) AS sales FROM orders "
        "WHERE made_and_sold >= DATE '2025-01-16' GROUP BY ALL ORDER BY month"
    )
    found = find_insights(_months(5, 40, sql=sql), "EUR")
    assert found[0] == "From Jan 2025 (€5.00) to Feb 2025 (€40.00), sales rose: +700.0%."


def test_the_best_periods_are_a_ranking_and_no_course() -> None:
    rows = [(date(2025, n, 1), Decimal(value)) for n, value in ((2, 50), (1, 40), (6, 30))]
    sql = "SELECT ... ORDER BY sales DESC\nLIMIT 3"
    best = replace(_finding(rows, sql, MONTH, SALES), as_of=date(2025, 6, 10))

    assert find_insights(best, "EUR") == [
        "Feb 2025 has the highest sales: €50.00.",
        "Of the 3 shown, Jun 2025 has the lowest: €30.00.",
        "Jun 2025 is not over: €30.00 so far.",
    ]
    assert choose_chart(best) == "bar"


def test_a_fiscal_quarter_is_over_after_its_three_months() -> None:
    quarter = replace(MONTH, grain="fiscal_quarter")
    rows = [(date(2024, 11, 1), Decimal(40)), (date(2025, 2, 1), Decimal(50))]
    rows += [(date(2025, 5, 1), Decimal(5))]
    series = replace(_finding(rows, "SELECT", quarter, SALES), as_of=date(2025, 6, 10))

    assert "sales rose: +25.0%." in find_insights(series, "EUR")[0]
