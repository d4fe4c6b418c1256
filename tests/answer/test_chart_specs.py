"""Chart specifications: valid by the schema Altair ships, drawn by the rule that fits, exact.

Structure is compared, never pixels. What a chart says is held against the rows of its result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import altair
import msgspec
import pytest

from server.answer.assemble import to_visualization
from server.answer.chart_specs import to_spec
from server.answer.chart_style import PALETTE, format_short
from server.answer.wire import to_json_value
from tests.answer.charting import CITY, MONTH, RATE, RESULTS, SALES, months, result

EVERY = pytest.mark.parametrize("name", RESULTS)


def spec_of(name: str, currency: str = "USD") -> dict[str, Any]:
    """The specification of a result as it goes over the wire."""
    finding, chart = RESULTS[name]
    found: dict[str, Any] = to_json_value(to_spec(finding, chart, "What it shows.", currency))
    return found


def marks(spec: dict[str, Any]) -> list[str]:
    """The types of the marks of a picture and its layers."""
    parts = spec.get("layer", [spec])
    return [p["mark"] if isinstance(p["mark"], str) else p["mark"]["type"] for p in parts]


def every_key(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from every_key(item)
    elif isinstance(value, list):
        for item in value:
            yield from every_key(item)


@EVERY
def test_a_specification_is_valid_by_the_schema_of_its_version(name: str) -> None:
    spec = spec_of(name)
    assert spec["$schema"] == altair.SCHEMA_URL
    altair.Chart.from_dict(spec).to_dict(validate=True)  # raises where it is not


def test_the_schema_check_finds_a_wrong_mark() -> None:
    with pytest.raises(Exception, match="valid"):
        altair.Chart.from_dict(spec_of("vertical") | {"layer": [{"mark": "barr"}]})


@EVERY
def test_a_specification_holds_its_data_and_names_nothing_to_load(name: str) -> None:
    spec = spec_of(name)
    assert 1 <= len(spec["data"]["values"]) <= 500
    assert {"url", "href", "usermeta"}.isdisjoint(every_key(spec))
    assert spec["description"].startswith("What it shows.")
    assert spec["title"] == "Sales by city"


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("cards", ["text", "text"]),
        ("vertical", ["bar", "text"]),
        ("horizontal", ["bar", "text"]),
        ("stacked", ["bar"]),
        ("grouped", ["bar"]),
        ("donut", ["arc"]),
        ("area", ["area"]),
        ("line", ["line"]),
        ("several lines", ["line"]),
        ("grid", ["text"]),
        ("nothing", ["text"]),
    ],
)
def test_the_picture_follows_the_roles_of_the_columns(name: str, wanted: list[str]) -> None:
    assert marks(spec_of(name)) == wanted


def test_long_and_many_names_lie_and_short_ones_stand() -> None:
    assert spec_of("horizontal")["encoding"]["y"]["field"] == "name"
    assert spec_of("vertical")["encoding"]["x"]["field"] == "name"
    many = result([CITY, SALES], [(f"c{n}", Decimal(n)) for n in range(12)])
    assert to_spec(many, "bar", "", "USD")["encoding"]["y"]["field"] == "name"


def test_parts_of_a_whole_are_stacked_and_rates_stand_side_by_side() -> None:
    stacked, grouped = spec_of("stacked")["encoding"], spec_of("grouped")["encoding"]
    assert stacked["y"]["stack"] == "zero"
    assert "xOffset" not in stacked
    assert grouped["y"]["stack"] is None
    assert grouped["xOffset"]["field"] == "series"


def test_a_number_stands_beside_its_own_earlier_value() -> None:
    values = spec_of("pairs")["data"]["values"]
    assert [(v["name"], v["series"], v["value"]) for v in values] == [
        ("a", "Sales", 5), ("a", "Sales, before", 4),
        ("b", "Sales", 2), ("b", "Sales, before", None),
    ]  # fmt: skip


def test_every_bar_is_a_cell_and_a_missing_member_is_called_none() -> None:
    values = spec_of("vertical")["data"]["values"]
    assert values == [
        {"name": "Lyon", "value": 600.5, "formatted": "$600.50", "label": "$600.50"},
        {"name": "Brest", "value": 299.5, "formatted": "$299.50", "label": "$299.50"},
        {"name": "(none)", "value": 100.0, "formatted": "$100.00", "label": "$100.00"},
    ]


def test_the_rest_of_a_pie_is_the_sum_of_what_it_stands_for() -> None:
    finding, _ = RESULTS["donut of many"]
    spec = spec_of("donut of many")
    values = spec["data"]["values"]
    assert len(values) == 8
    assert values[-1]["name"] == "Other (7)"
    assert values[-1]["value"] == sum(1_500_000 * n for n in range(1, 8))
    assert sum(v["value"] for v in values) == sum(row[1] for row in finding.table.rows)
    assert "The 7 smallest are drawn as one." in spec["description"]


def test_money_is_written_short_on_the_axis_and_in_full_on_the_tip() -> None:
    spec = spec_of("horizontal")
    axis = spec["encoding"]["x"]["axis"]
    assert axis["format"] == "$~s"
    assert "'G', 'B'" in axis["labelExpr"]
    assert [t["field"] for t in spec["encoding"]["tooltip"]] == ["name", "formatted"]
    assert spec["data"]["values"][0]["formatted"] == "$1,500,000.00"


def test_another_currency_brings_its_symbol_along() -> None:
    assert "locale" not in spec_of("area")["config"]
    number = spec_of("area", "EUR")["config"]["locale"]["number"]
    assert number["currency"] == ["€", ""]
    assert spec_of("area", "SEK")["config"]["locale"]["number"]["currency"] == ["SEK ", ""]


def test_a_rate_is_drawn_from_0_to_100_with_its_sign() -> None:
    spec = spec_of("percent")
    assert [v["value"] for v in spec["data"]["values"]] == [50.1, None]
    assert spec["encoding"]["y"]["axis"]["labelExpr"] == "datum.label + '%'"


def test_periods_keep_their_order_and_a_gap_is_no_zero() -> None:
    spec = spec_of("gap")
    assert spec["encoding"]["x"]["sort"] == ["Jan 2024", "Feb 2024"]
    assert [v["value"] for v in spec["data"]["values"]] == [50.0, None]


def test_of_too_many_lines_the_largest_are_drawn_and_the_reader_is_told() -> None:
    spec = spec_of("several lines")
    drawn = spec["encoding"]["color"]["scale"]["domain"]
    assert drawn == [f"city {n}" for n in range(10, 2, -1)]
    assert spec["encoding"]["color"]["scale"]["range"] == list(PALETTE)
    assert "The 8 largest of 11 are drawn." in spec["description"]


def test_of_too_many_points_the_newest_are_drawn() -> None:
    long = result([MONTH, RATE], [(m, 0.5) for m in months(620)])
    spec = to_spec(long, "line", "", "USD")
    assert len(spec["data"]["values"]) == 500
    assert spec["data"]["values"][-1]["period"] == "Aug 2075"
    assert "Only the newest 500 points are drawn." in spec["description"]


def test_labels_of_the_asker_stay_text() -> None:
    odd = result([CITY, CITY, SALES], [("=cmd|'/c'!A1", "</script>", Decimal(1))])
    spec = to_spec(odd, "table", "", "USD")
    assert [v["text"] for v in spec["data"]["values"]] == ["=cmd|'/c'!A1", "</script>", "$1.00"]
    assert [v["column"] for v in spec["data"]["values"]] == ["City", "City (2)", "Sales"]
    assert all("cmd" not in json.dumps(spec[key]) for key in ("encoding", "mark", "config"))


@pytest.mark.parametrize(
    "value, format_, wanted",
    [
        (Decimal("24583515.22"), "currency", "$24.6M"),
        (Decimal("-1500"), "currency", "-$1,500"),
        (Decimal("999950"), "currency", "$1M"),
        (Decimal("12"), "currency", "$12.00"),
        (9_999, "integer", "9,999"),
        (12_345, "integer", "12.3K"),
        (2_500_000_000, "integer", "2.5B"),
        (0.547, "percent", "54.7%"),
        (None, "currency", "-"),
        (float("nan"), "number", "-"),
        (True, "text", "yes"),
    ],
)
def test_a_number_beside_its_mark_is_short(value: Any, format_: str, wanted: str) -> None:
    assert format_short(value, format_, "USD") == wanted


@EVERY
def test_a_visualization_carries_its_specification(name: str) -> None:
    finding, chart = RESULTS[name]
    found = to_visualization(finding, "USD")
    drawn = to_spec(finding, found.chart_type, found.description, "USD")
    assert msgspec.json.encode(found.spec) == msgspec.json.encode(drawn)
    assert chart in ("metrics", "bar", "pie", "line", "table")
