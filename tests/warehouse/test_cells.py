"""What one cell becomes: a typed value, nothing, or a reject with its reason; never a guess."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.warehouse.errors import WarehouseError
from tests.warehouse.shop import load_cells

MONEY = {"type": "decimal(18,2)"}


def read(root: Path, rules: dict[str, Any], cases: dict[str, Any], **model: Any) -> dict[str, Any]:
    """Each cell to its value, or to the code of its reject."""
    # A good cell of its own: a load without any row is refused.
    done = load_cells(root, rules, *cases, "", **model)
    values = {int(line): value for line, value in done.rows("SELECT id, value FROM source.cells")}
    reasons = {one.line: one.reason for one in done.rejects}
    assert values.keys() | reasons.keys() == set(range(2, len(cases) + 3))
    assert not values.keys() & reasons.keys()
    return {cell: values.get(line, reasons.get(line)) for line, cell in enumerate(cases, 2)}


def test_money_is_read_exactly_or_rejected(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "1234.5": Decimal("1234.50"),
        "$1,234.50": Decimal("1234.50"),
        "US$ 1,234.50": Decimal("1234.50"),
        "(1,234)": Decimal("-1234.00"),
        "($1,234.50)": Decimal("-1234.50"),
        "$(5)": Decimal("-5.00"),
        "-$5": Decimal("-5.00"),
        "$-5": Decimal("-5.00"),
        "+5": Decimal("5.00"),
        "\N{MINUS SIGN}5": Decimal("-5.00"),
        "USD 1,000": Decimal("1000.00"),
        "usd 7": Decimal("7.00"),
        "1,000 USD": Decimal("1000.00"),
        " 12 ": Decimal("12.00"),
        "\u00a012\u00a0$": Decimal("12.00"),
        "14%": Decimal("14.00"),
        ".5": Decimal("0.50"),
        "1.100": Decimal("1.10"),
        "007": Decimal("7.00"),
        "9999999999999999.99": Decimal("9999999999999999.99"),
        "-9,999,999,999,999,999.99": Decimal("-9999999999999999.99"),
        "10000000000000000": "out-of-range",
        "1.005": "too-many-decimals",
        "0.001": "too-many-decimals",
        "EUR 5": "other-currency",
        "€5": "other-currency",
        "5 GBP": "other-currency",
        "CA$5": "other-currency",
        "1.234,50": "not-a-number",
        "1,23": "not-a-number",
        "12,34,567": "not-a-number",
        "1 234": "not-a-number",
        "--5": "not-a-number",
        "(-5)": "not-a-number",
        "(5": "not-a-number",
        "5.": "not-a-number",
        "1e5": "not-a-number",
        "0x1F": "not-a-number",
        "1_000": "not-a-number",
        "nan": "not-a-number",
        "inf": "not-a-number",
        "Infinity": "not-a-number",
        "٣": "not-a-number",
        "five": "not-a-number",
        "$": "not-a-number",
        "-": None,
        " N/A ": None,
        "null": None,
        "": None,
    }
    assert read(tmp_path, MONEY, cases) == cases


def test_the_german_locale_swaps_point_and_comma(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "1.234,50": Decimal("1234.50"),
        "1.234": Decimal("1234.00"),
        "12,5": Decimal("12.50"),
        "-1234,5": Decimal("-1234.50"),
        "1.234.567,89 €": Decimal("1234567.89"),
        "€ 5": Decimal("5.00"),
        "(2,50)": Decimal("-2.50"),
        "1,234.50": "not-a-number",
        "1.5": "not-a-number",
        "1,005": "too-many-decimals",
        "$5": "other-currency",
    }
    rules = MONEY | {"locale": "de"}
    assert read(tmp_path, rules, cases, currency="EUR") == cases


def test_integers_are_whole_and_exact(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "5": 5,
        "-5": -5,
        "5.0": 5,
        "1,000": 1000,
        "9223372036854775807": 9223372036854775807,
        "9223372036854775808": "out-of-range",
        "5.5": "not-an-integer",
        "5.6": "not-an-integer",
        "1e3": "not-a-number",
        "inf": "not-a-number",
    }
    assert read(tmp_path, {"type": "integer"}, cases) == cases


def test_numbers_are_finite(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "0.1": 0.1,
        "-2.5e-3": -0.0025,
        "1E5": 100000.0,
        "12345678901234567890.5": 12345678901234567890.5,
        "1e999": "out-of-range",
        "nan": "not-a-number",
        "-inf": "not-a-number",
    }
    assert read(tmp_path, {"type": "number"}, cases) == cases


def test_decimals_without_a_fraction_take_none(tmp_path: Path) -> None:
    cases: dict[str, Any] = {"5": Decimal(5), "5.00": Decimal(5), "5.5": "too-many-decimals"}
    assert read(tmp_path, {"type": "decimal(4,0)"}, cases) == cases


def test_dates_are_read_in_declared_forms_only(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "1/2/2025": date(2025, 1, 2),
        "12/31/2025": date(2025, 12, 31),
        "01/02/2025": date(2025, 1, 2),
        " 1/2/2025 ": date(2025, 1, 2),
        "2025-01-02": date(2025, 1, 2),
        "2/29/2024": date(2024, 2, 29),
        "2/29/2025": "not-a-date",
        "31/12/2025": "not-a-date",
        "1/2/25": "not-a-date",
        "1/2/202": "not-a-date",
        "1/2/20255": "not-a-date",
        "1/2/2025 10:00": "not-a-date",
        "2025-01-02x": "not-a-date",
        "20250102": "not-a-date",
        "45658": "not-a-date",
        "infinity": "not-a-date",
        "epoch": "not-a-date",
        "today": "not-a-date",
    }
    rules = {"type": "date", "formats": ["%m/%d/%Y", "%Y-%m-%d"]}
    assert read(tmp_path, rules, cases) == cases


def test_day_first_dates_are_read_as_declared(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "1.2.2025": date(2025, 2, 1),
        "3. Mar 2025": date(2025, 3, 3),
        "1/2/2025": "not-a-date",
    }
    assert read(tmp_path, {"type": "date", "formats": ["%d.%m.%Y", "%d. %b %Y"]}, cases) == cases


def test_dates_without_a_format_are_iso(tmp_path: Path) -> None:
    cases: dict[str, Any] = {"2025-01-02": date(2025, 1, 2), "1/2/2025": "not-a-date"}
    assert read(tmp_path, {"type": "date"}, cases) == cases


def test_timestamps_with_an_offset_become_utc(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "2025-01-02 10:11:12": datetime(2025, 1, 2, 10, 11, 12),  # noqa: DTZ001 - UTC by contract
        "2025-01-02T10:11:12+02:00": datetime(2025, 1, 2, 8, 11, 12),  # noqa: DTZ001
        "2025-01-02T10:11:12.5Z": datetime(2025, 1, 2, 10, 11, 12, 500000),  # noqa: DTZ001
        "2025-01-02": datetime(2025, 1, 2),  # noqa: DTZ001
        "2025-01-02 25:00:00": "not-a-timestamp",
    }
    assert read(tmp_path, {"type": "timestamp"}, cases) == cases


def test_booleans_are_ten_words(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "true": True,
        "Yes": True,
        " 1 ": True,
        "FALSE": False,
        "no": False,
        "0": False,
        "y": True,
        "T": True,
        "N": False,
        " f": False,
        "yeah": "not-a-boolean",
        "2": "not-a-boolean",
    }
    assert read(tmp_path, {"type": "boolean"}, cases) == cases


def test_text_stays_as_it_is(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "  a ": "  a ",
        "NULLABLE": "NULLABLE",
        "-x": "-x",
        "Österreich": "Österreich",
        "\U0001f600": "\U0001f600",
        "a\r\nb": "a\r\nb",
        'say "hi"': 'say "hi"',
        "N/A": None,
        "\tnull\u00a0": None,
        "\u3000": None,
        "Null": "Null",
        "~": "~",
    }
    assert read(tmp_path, {}, cases) == cases


def test_declared_null_values_replace_the_usual_ones(tmp_path: Path) -> None:
    cases: dict[str, Any] = {"?": None, " (none) ": None, "N/A": "N/A", "": None, "??": "??"}
    assert read(tmp_path, {"null_values": ["?", "(none)"]}, cases) == cases


def test_bounds_are_inclusive(tmp_path: Path) -> None:
    cases: dict[str, Any] = {
        "0.10": Decimal("0.10"),
        "99.90": Decimal("99.90"),
        "0.09": "outside-bounds",
        "99.91": "outside-bounds",
    }
    assert read(tmp_path, MONEY | {"between": [0.1, 99.9]}, cases) == cases


def test_a_list_of_values_is_exact(tmp_path: Path) -> None:
    cases: dict[str, Any] = {"it's": "it's", "b": "b", "B": "not-in-list", "b ": "not-in-list"}
    assert read(tmp_path, {"one_of": ["it's", "b"]}, cases) == cases


@pytest.mark.parametrize(
    "rules, code",
    [
        ({"type": "decimal(40,2)"}, "bad-decimal"),
        ({"type": "decimal(2,4)"}, "bad-decimal"),
        ({"between": [0, 1]}, "rule-for-numbers"),
        ({"type": "date", "formats": ["%x"]}, "unknown-format"),
        ({"type": "date", "formats": ["today"]}, "unknown-format"),
        ({"to": "id"}, "repeated-column"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(
    tmp_path: Path, rules: dict[str, Any], code: str
) -> None:
    with pytest.raises(WarehouseError) as caught:
        load_cells(tmp_path, rules, "1")
    assert [issue.code for issue in caught.value.issues] == [code]
