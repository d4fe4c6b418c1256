"""Result tables to answers: charts by the roles of columns, insights and prose from cells only."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from semantic.compiled import Lineage, ResultColumn
from semantic.types import DATE, DOUBLE, INTEGER, TEXT, DataType
from server.answer.assemble import to_query_body, to_visualization
from server.answer.cards import to_key_metrics
from server.answer.charts import choose_chart
from server.answer.formats import format_value
from server.answer.insights import find_insights
from server.answer.prose import write_prose
from server.answer.shape import Finding, is_blank, with_hints
from server.answer.wire import (
    Answer,
    KeyMetric,
    OptionBody,
    Provenance,
    QueryBody,
    Visualization,
    to_json_value,
)  # fmt: skip
from server.results import ResultTable

MONEY = DataType("decimal", 18, 2)
CITY = ResultColumn("city", "City", TEXT, "dimension", "text")
MONTH = ResultColumn("month", "Month", DATE, "time", "date", "month")
SALES = ResultColumn("sales", "Sales", MONEY, "metric", "currency")
RATE = ResultColumn("rate", "Rate", DOUBLE, "metric", "percent")
COUNT = ResultColumn("count", "Count", INTEGER, "metric", "integer")
NOWHERE = Lineage((), (), (), (), (), ())


def finding(columns: list[ResultColumn], rows: list[tuple[Any, ...]], **changes: Any) -> Finding:
    table = ResultTable(
        semantic_sql=changes.pop("sql", "SELECT"),
        sql="SELECT",
        parameters={"1": Decimal("1.5")},
        columns=tuple(columns),
        rows=tuple(rows),
        truncated=changes.pop("truncated", False),
        elapsed_ms=1.23456,
        warehouse_version=1,
        lineage=NOWHERE,
        data_sources=("sales.csv",),
    )
    return replace(Finding("q1", "Sales by city", table, functions=("semantic_query",)), **changes)


CITIES = [("Lyon", Decimal("600.50")), ("Brest", Decimal("299.50")), (None, Decimal("100.00"))]
MONTHS = [
    (date(2025, 1, 1), Decimal(100)),
    (date(2025, 2, 1), None),
    (date(2025, 3, 1), Decimal(150)),
]
ADDITIVE = frozenset({"sales", "count"})


@pytest.mark.parametrize(
    "columns, rows, asked, wanted",
    [
        ([SALES, COUNT], [(Decimal(1), 2)], None, "metrics"),
        ([SALES], [(Decimal(1),)], "pie", "metrics"),
        ([CITY, SALES], CITIES, None, "bar"),
        ([CITY, SALES], CITIES, "pie", "pie"),
        ([CITY, RATE], [("a", 0.5), ("b", 0.25)], "pie", "bar"),
        ([CITY, SALES], [("a", Decimal(-1)), ("b", Decimal(2))], "pie", "bar"),
        ([CITY, SALES], CITIES, "table", "table"),
        ([MONTH, SALES], MONTHS, None, "line"),
        ([MONTH, SALES], MONTHS, "bar", "bar"),
        ([MONTH, CITY, SALES], [(date(2025, 1, 1), "a", Decimal(1))], None, "line"),
        ([CITY, SALES], [(f"c{n}", Decimal(n)) for n in range(61)], None, "table"),
        ([CITY], [("a",)], None, "table"),
        ([CITY, SALES], [], None, "table"),
    ],
)
def test_the_chart_follows_the_roles_of_the_columns(
    columns: list[ResultColumn], rows: list[tuple[Any, ...]], asked: Any, wanted: str
) -> None:
    assert choose_chart(finding(columns, rows, chart=asked, additive=ADDITIVE)) == wanted


def test_bar_data_names_every_group_and_keeps_the_number() -> None:
    found = to_visualization(finding([CITY, SALES], CITIES, additive=ADDITIVE), "EUR")

    assert found.data == [
        {"name": "Lyon", "value": Decimal("600.50"), "formatted": "€600.50"},
        {"name": "Brest", "value": Decimal("299.50"), "formatted": "€299.50"},
        {"name": "(none)", "value": Decimal("100.00"), "formatted": "€100.00"},
    ]
    assert found.spec["$schema"].startswith("https://vega.github.io/schema/vega-lite")
    assert found.data_sources == ["sales.csv"]
    assert found.source_functions == ["semantic_query"]


def test_percentages_are_0_to_100_in_charts_and_cards_and_0_to_1_in_queries() -> None:
    found = finding([CITY, RATE], [("Lyon", 0.501), ("Brest", None)])
    single = finding([RATE], [(0.501,)])

    assert [bar["value"] for bar in to_visualization(found, "USD").data] == [50.1, None]
    assert to_key_metrics([single])["rate"] == KeyMetric(50.1, "Rate", "percentage")
    assert to_query_body(found).rows == [["Lyon", 0.501], ["Brest", None]]


def test_line_data_has_one_point_a_period_and_a_gap_stays_a_gap() -> None:
    found = to_visualization(finding([MONTH, SALES], MONTHS), "USD")

    assert found.data == [
        {"period": "Jan 2025", "Sales": Decimal(100)},
        {"period": "Feb 2025", "Sales": None},
        {"period": "Mar 2025", "Sales": Decimal(150)},
    ]


def test_a_series_for_each_group_when_a_second_dimension_is_there() -> None:
    rows = [(date(2025, 1, 1), "a", Decimal(1)), (date(2025, 1, 1), "b", Decimal(2))]
    found = to_visualization(finding([MONTH, CITY, SALES], rows), "USD")

    assert found.data == [{"period": "Jan 2025", "a": Decimal(1), "b": Decimal(2)}]


def test_the_leader_and_its_share_are_computed_from_the_cells() -> None:
    found = find_insights(finding([CITY, SALES], CITIES, additive=ADDITIVE), "USD")

    assert found == [
        "Lyon leads with $600.50, 60.0% of $1,000.00 in total.",
        "(none) has the lowest: $100.00.",
    ]


def test_no_share_is_claimed_where_the_whole_is_not_there() -> None:
    cut = finding([CITY, SALES], CITIES, additive=ADDITIVE, sql="SELECT LIMIT 3")
    rate = finding([CITY, RATE], [("a", 0.5), ("b", 0.25)])
    truncated = finding([CITY, SALES], CITIES, additive=ADDITIVE, truncated=True)

    for one in (cut, rate, truncated):
        assert "in total" not in " ".join(find_insights(one, "USD"))
        assert "total" not in " ".join(c.label for c in to_key_metrics([one]).values())
    assert "25.0 percentage points" in " ".join(find_insights(rate, "USD"))
    assert "Only the first 3 rows" in " ".join(find_insights(truncated, "USD"))


def test_growth_and_gaps_of_a_series_are_told() -> None:
    found = " ".join(find_insights(finding([MONTH, SALES], MONTHS), "USD"))

    assert "Mar 2025 with $150.00" in found
    assert "+50.0%" in found
    assert "1 of 3 periods have no value" in found


def test_every_number_of_the_prose_is_a_cell_or_made_of_cells() -> None:
    found = finding([CITY, SALES], CITIES, additive=ADDITIVE)
    text = write_prose([found], "Sales by city; all dates", "2025-02-15", "USD")

    numbers = set(re.findall(r"\d[\d,]*\.?\d*", text.replace("2025-02-15", "")))
    assert numbers == {"600.50", "299.50", "100.00", "60.0", "1,000.00"}
    assert "as of 2025-02-15" in text


def test_a_cell_cannot_break_out_of_its_table() -> None:
    found = finding([CITY, SALES], [("a|b\n<script>`x`", Decimal(1)), ("c", Decimal(2))])
    text = write_prose([found], "", "2025-02-15", "USD")

    assert "<script>" not in text
    assert "| a\\|b &lt;script>'x' | $1.00 |" in text


def test_nothing_is_shown_as_nothing() -> None:
    assert format_value(None, "currency") == "-"
    assert format_value(float("nan"), "number") == "-"
    assert is_blank(finding([SALES], [(None,)]))
    assert is_blank(finding([CITY, SALES], []))
    assert not is_blank(finding([SALES], [(Decimal(1),)]))
    assert "there are no rows" in write_prose([finding([CITY], [])], "", "2025-02-15", "USD")


@pytest.mark.parametrize(
    "value, format_, wanted",
    [
        (Decimal("-1234.5"), "currency", "-$1,234.50"),
        (0, "percent", "0.0%"),
        (1, "days", "1 day"),
        (12.5, "days", "12.5 days"),
        (1234567, "integer", "1,234,567"),
        (2.0, "number", "2"),
        (True, "text", "yes"),
    ],
)
def test_numbers_are_written_by_the_format_of_the_model(
    value: Any, format_: str, wanted: str
) -> None:
    assert format_value(value, format_) == wanted


def test_the_trend_of_a_card_comes_from_the_period_before() -> None:
    before = replace(SALES, name="sales_before", label="Sales, before")
    up = to_key_metrics([finding([SALES, before], [(Decimal(2), Decimal(1))])])
    down = to_key_metrics([finding([SALES, before], [(Decimal(1), Decimal(2))])])
    none = to_key_metrics([finding([SALES, before], [(Decimal(1), None)])])

    assert [cards["sales"].trend for cards in (up, down, none)] == ["up", "down", None]


def test_hints_give_computed_columns_their_label_and_format() -> None:
    share = ResultColumn("sales_share", "sales_share", DOUBLE, "value", "number")
    table = with_hints(
        finding([CITY, share], [("a", 0.5)]).table, {"sales_share": ("Share of sales", "percent")}
    )

    assert (table.columns[1].label, table.columns[1].format) == ("Share of sales", "percent")
    assert table.columns[0] == CITY


def test_the_answer_has_exactly_the_fields_of_the_contract() -> None:
    found = finding([CITY, SALES], CITIES, additive=ADDITIVE)
    answer = Answer(
        status="answered",
        answer="text",
        conversation_id="conv_1",
        has_context=False,
        queries=[to_query_body(found)],
        visualizations=[to_visualization(found, "USD")],
        key_metrics=to_key_metrics([found]),
        functions_executed=["semantic_query"],
        execution_summary="",
        data_sources=["sales.csv"],
        streaming_complete=True,
        interpretation="",
        follow_ups=[],
        options=[OptionBody("a", "b", "c")],
        provenance=Provenance(1, "m", date(2025, 2, 15), "builtin", None, []),
    )
    body = to_json_value(answer)

    assert list(body) == [
        "status", "answer", "conversation_id", "has_context", "queries", "visualizations",
        "key_metrics", "functions_executed", "execution_summary", "data_sources",
        "streaming_complete", "interpretation", "follow_ups", "options", "provenance",
    ]  # fmt: skip
    assert list(body["queries"][0]) == list(QueryBody.__struct_fields__)
    assert list(body["queries"][0]["columns"][0]) == ["name", "label", "type", "role", "format"]
    assert list(body["visualizations"][0]) == list(Visualization.__struct_fields__)
    assert body["queries"][0]["rows"][0] == ["Lyon", 600.5]
    assert body["key_metrics"]["sales"] == {
        "value": 1000.0, "label": "Sales, total", "format": "currency",
    }  # fmt: skip
    assert body["provenance"]["as_of"] == "2025-02-15"
