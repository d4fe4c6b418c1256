"""Exports: numbers stay numbers, dates dates, texts texts; nothing becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from semantic.compiled import ResultColumn
from semantic.types import BOOLEAN, DATE, DOUBLE, INTEGER, MAP, TEXT, TIMESTAMP, DataType
from server.csv_text import defuse
from server.report.export_cells import to_sheet_cell
from server.report.exports import Exportable, ExportFormat, write_export

MONEY = DataType("decimal", 18, 2)
HOSTILE = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    '=HYPERLINK("http://192.0.2.1/","x")',
)


MIDNIGHT = datetime.fromisoformat("2025-01-31T00:00:00")
LONG_AGO = datetime.fromisoformat("1850-01-01T05:00:00")
MORNING = datetime.fromisoformat("2025-01-31T08:30:00")


def column(name: str, kind: DataType, format_: str = "", role: Any = "metric") -> ResultColumn:
    return ResultColumn(name, name.capitalize(), kind, role, format_)


ACCOUNT = column("account", TEXT, "text", "dimension")
COLUMNS = (
    ACCOUNT,
    column("day", DATE, "date", "dimension"),
    column("amount", MONEY, "currency"),
    column("rate", DOUBLE, "percent"),
    column("deals", INTEGER, "integer"),
    column("open", BOOLEAN, "text", "dimension"),
    column("seen", TIMESTAMP, "date", "dimension"),
    column("titles", MAP, "text", "value"),
)
ROWS = (
    ("Café 日本 🎉", date(2025, 1, 31), Decimal("1234567.89"), 0.25, 12, True,
     MORNING, {"CEO": 2}),
    (None, None, None, None, None, None, None, None),
)  # fmt: skip


def exportable(columns: Sequence[ResultColumn], rows: Sequence[Sequence[Any]]) -> Exportable:
    return Exportable(
        title="Deals",
        columns=columns,
        rows=rows,
        is_cut=False,
        semantic_sql="SELECT 1",
        warehouse_version=3,
        as_of=date(2025, 2, 15),
        data_sources=("deals.csv",),
        currency="EUR",
    )


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes, sheet: str = "Result") -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))[sheet]


def test_a_csv_keeps_all_digits_and_writes_days_as_such() -> None:
    lines = read_csv(write_export(exportable(COLUMNS, ROWS), "csv"))
    assert lines == [
        ["account", "day", "amount", "rate", "deals", "open", "seen", "titles"],
        ["Café 日本 🎉", "2025-01-31", "1234567.89", "0.25", "12", "true",
         "2025-01-31T08:30:00", '{"CEO":2}'],
        [""] * 8,
    ]  # fmt: skip


def test_a_workbook_holds_numbers_days_and_texts_as_what_they_are() -> None:
    sheet = read_xlsx(write_export(exportable(COLUMNS, ROWS), "xlsx"))
    head, row, empty = sheet.iter_rows(values_only=True)
    assert head[:3] == ("Account", "Day", "Amount")
    assert row == (
        "Café 日本 🎉", MIDNIGHT, 1234567.89, 0.25, 12, True,
        MORNING, '{"CEO": 2}',
    )  # fmt: skip
    assert empty == (None,) * 8
    assert sheet["C2"].number_format == '"€"#,##0.00'
    assert sheet["D2"].number_format == "0.0%"


def test_a_workbook_says_where_it_comes_from() -> None:
    cut = replace(exportable(COLUMNS, ROWS), is_cut=True)
    about = read_xlsx(write_export(cut, "xlsx"), "About")
    facts = dict(about.iter_rows(values_only=True))
    assert facts["Data version"] == "3"
    assert facts["As of"] == "2025-02-15"
    assert facts["Cut"] == "yes, at 2 rows"


def test_a_parquet_file_has_the_types_of_the_result() -> None:
    table = pq.read_table(io.BytesIO(write_export(exportable(COLUMNS, ROWS), "parquet")))
    assert [str(kind) for kind in table.schema.types] == [
        "string", "date32[day]", "decimal128(38, 2)", "double", "int64", "bool",
        "timestamp[us]", "string",
    ]  # fmt: skip
    assert table.to_pylist()[0]["amount"] == Decimal("1234567.89")
    assert table.to_pylist()[1]["amount"] is None
    assert table.schema.metadata[b"data_version"] == b"3"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_in_a_csv_is_text(text: str) -> None:
    lines = read_csv(write_export(exportable([ACCOUNT], [(text,)]), "csv"))
    assert lines[1] == [f"'{text}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_in_a_workbook_is_text(text: str) -> None:
    odd = replace(ACCOUNT, name=text, label=text)
    found = replace(exportable([odd], [(text,)]), title=text, semantic_sql=text)
    content = write_export(found, "xlsx")
    for sheet in ("Result", "About"):
        for row in read_xlsx(content, sheet).iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "inlineStr"), cell.value
                assert cell.hyperlink is None


def test_a_header_in_a_csv_is_no_formula_either() -> None:
    odd = replace(ACCOUNT, name="=1+1")
    assert read_csv(write_export(exportable([odd], []), "csv")) == [["'=1+1"]]


@pytest.mark.parametrize("value", [-5, Decimal("-5.25"), 0.5])
def test_a_negative_number_is_no_formula(value: Any) -> None:
    assert defuse(value) == value
    assert to_sheet_cell(value) == float(value)


@pytest.mark.parametrize("value", [Decimal("12345678901234567.89"), 2**60 + 1, -(2**70)])
def test_a_number_that_a_workbook_would_round_is_text(value: Any) -> None:
    assert to_sheet_cell(value) == str(value)
    found = read_xlsx(write_export(exportable([column("n", INTEGER)], [(value,)]), "xlsx"))
    assert found["A2"].value == str(value)


@pytest.mark.parametrize(
    "value", [date(1899, 12, 31), datetime.fromisoformat("1850-01-01T05:00:00")]
)
def test_a_day_before_a_workbook_can_count_is_text(value: Any) -> None:
    assert to_sheet_cell(value) == value.isoformat()


def test_a_very_long_text_is_cut_to_what_a_cell_holds() -> None:
    found = read_xlsx(write_export(exportable([ACCOUNT], [("x" * 40_000,)]), "xlsx"))
    assert len(found["A2"].value) == 32_767


def test_huge_whole_numbers_and_fine_decimals_fit_into_parquet() -> None:
    columns = [column("n", INTEGER), column("d", MONEY)]
    content = write_export(exportable(columns, [(2**70, Decimal("0.123456"))]), "parquet")
    assert pq.read_table(io.BytesIO(content)).to_pylist() == [
        {"n": Decimal(2**70), "d": Decimal("0.123456")}
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_result_without_rows_and_with_equal_names_is_a_file_too(kind: ExportFormat) -> None:
    assert write_export(exportable([ACCOUNT, ACCOUNT], []), kind)
