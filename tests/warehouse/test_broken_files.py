"""Every class of broken CSV: what loads right, what is refused, and exactly which lines go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.warehouse.errors import WarehouseError
from server.warehouse.limits import IngestLimits
from server.warehouse.meta import read_rejects
from server.warehouse.paths import Home
from server.warehouse.versions import current_version
from tests.warehouse.shop import GOOD, HEADER, load, load_orders, make_spec

TWO = "2,Ben,20.00,5,1/3/2025,no,shop,second"
BOTH = [(1, "Ann", "first"), (2, "Ben", "second")]
COLUMNS = "SELECT order_no, customer, note FROM source.orders ORDER BY row_number"


def refuse(root: Path, content: str | bytes, **source: Any) -> WarehouseError:
    with pytest.raises(WarehouseError) as caught:
        load(root, make_spec(**source), {"orders.csv": content})
    assert not list((root / "warehouse").glob(".build-*"))
    return caught.value


# ------------------------------------------------------------ the header


def test_a_missing_header_line_is_refused_and_names_what_was_expected(tmp_path: Path) -> None:
    error = refuse(tmp_path, f"{GOOD}\n{TWO}\n")
    assert "missing-column" in {issue.code for issue in error.issues}
    assert "'Order No'" in str(error)
    assert current_version_of(tmp_path) is None


def test_a_renamed_column_is_refused_with_the_name_that_was_meant(tmp_path: Path) -> None:
    error = refuse(tmp_path, HEADER.replace("Customer", "Costumer") + f"\n{GOOD}\n")
    assert {issue.code for issue in error.issues} == {"missing-column", "unknown-column"}
    assert "Did you mean 'Costumer'?" in str(error)
    assert "Found: 'Order No', 'Costumer'" in str(error)


def test_an_absent_optional_column_loads_as_unknown(tmp_path: Path) -> None:
    content = HEADER.removesuffix(",Note") + "\n" + GOOD.removesuffix(",first") + "\n"
    done = load(tmp_path, make_spec(), {"orders.csv": content})
    assert done.rows(COLUMNS) == [(1, "Ann", None)]


def test_an_unknown_column_is_refused_unless_it_may_be_ignored(tmp_path: Path) -> None:
    content = f"{HEADER},Extra\n{GOOD},x\n"
    assert refuse(tmp_path, content).issues[0].code == "unknown-column"
    done = load(tmp_path, make_spec(ignore_unknown_columns=True), {"orders.csv": content})
    assert done.rows(COLUMNS) == BOTH[:1]


def test_reordered_columns_load_by_name(tmp_path: Path) -> None:
    names, cells = HEADER.split(","), GOOD.split(",")
    content = ",".join(reversed(names)) + "\n" + ",".join(reversed(cells)) + "\n"
    done = load(tmp_path, make_spec(), {"orders.csv": content})
    assert done.rows(COLUMNS) == BOTH[:1]


def test_a_repeated_header_is_refused(tmp_path: Path) -> None:
    error = refuse(tmp_path, f"{HEADER},Total\n{GOOD},1\n")
    assert [issue.code for issue in error.issues] == ["repeated-header"]
    assert "'Total' appears 2 times" in str(error)


def test_an_unnamed_column_is_refused(tmp_path: Path) -> None:
    error = refuse(tmp_path, f",{HEADER}\n,{GOOD}\n")
    assert [issue.code for issue in error.issues] == ["unnamed-header"]


def test_another_delimiter_is_named(tmp_path: Path) -> None:
    error = refuse(tmp_path, f"{HEADER}\n{GOOD}\n".replace(",", ";"))
    assert error.issues[0].code == "other-delimiter"
    done = load_semicolons(tmp_path)
    assert done == BOTH[:1]


def load_semicolons(root: Path) -> list[tuple[object, ...]]:
    content = f"{HEADER}\n{GOOD}\n".replace(",", ";")
    return load(root, make_spec(delimiter=";"), {"orders.csv": content}).rows(COLUMNS)


# ------------------------------------------------------------ nothing in it


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert [issue.code for issue in refuse(tmp_path, content).issues] == ["empty-file"]


def test_a_header_alone_is_refused_because_it_would_replace_good_data(tmp_path: Path) -> None:
    load_orders(tmp_path, GOOD)
    assert [issue.code for issue in refuse(tmp_path, HEADER + "\n").issues] == ["no-rows"]
    assert current_version_of(tmp_path) == 1


def test_a_header_alone_loads_where_empty_sources_are_allowed(tmp_path: Path) -> None:
    limits = IngestLimits(memory_mb=256, allow_empty=True)
    done = load(tmp_path, make_spec(), {"orders.csv": HEADER}, limits=limits)
    assert done.rows("SELECT count(*) FROM source.orders") == [(0,)]


def test_a_header_alone_beside_a_full_file_is_fine(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"orders-1.csv": HEADER, "orders-2.csv": f"{HEADER}\n{GOOD}\n"}
    done = load(tmp_path, make_spec(), files)
    assert [(file.file, file.records) for file in done.report.files] == [
        ("orders-1.csv", 0),
        ("orders-2.csv", 1),
    ]


def test_a_file_of_rejects_only_is_refused_and_shows_the_first(tmp_path: Path) -> None:
    error = refuse(tmp_path, f"{HEADER}\n{GOOD.replace('1/2/2025', '2.1.2025')}\n")
    assert [issue.code for issue in error.issues] == ["no-rows"]
    assert "line 2, column 'Ordered'" in str(error)


def test_too_many_rejects_fail_the_load_where_a_share_is_set(tmp_path: Path) -> None:
    limits = IngestLimits(memory_mb=256, max_rejected_share=0.4)
    content = f"{HEADER}\n{GOOD}\n{TWO.replace('20.00', 'x')}\n"
    with pytest.raises(WarehouseError, match="1 of 2 records"):
        load(tmp_path, make_spec(), {"orders.csv": content}, limits=limits)


# ------------------------------------------------------------ encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_and_marked_utf16_load(tmp_path: Path, encoding: str) -> None:
    content = f"{HEADER}\n{GOOD.replace('Ann', 'Anaïs 😀')}\n".encode(encoding)
    done = load(tmp_path, make_spec(), {"orders.csv": content})
    assert done.rows(COLUMNS) == [(1, "Anaïs 😀", "first")]


def test_utf16_big_endian_loads(tmp_path: Path) -> None:
    content = b"\xfe\xff" + f"{HEADER}\r\n{GOOD}\r\n{TWO}\r\n".encode("utf-16-be")
    done = load(tmp_path, make_spec(), {"orders.csv": content})
    assert done.rows(COLUMNS) == BOTH


def test_a_quoted_header_after_a_byte_order_mark_loads(tmp_path: Path) -> None:
    quoted = ",".join(f'"{name}"' for name in HEADER.split(","))
    content = f"\ufeff{quoted}\n{GOOD}\n"
    assert load(tmp_path, make_spec(), {"orders.csv": content}).rows(COLUMNS) == BOTH[:1]


@pytest.mark.parametrize("before", ["", "x" * 3_000_000])
def test_windows_1252_is_refused_with_the_offset_of_the_byte(tmp_path: Path, before: str) -> None:
    start = f"{HEADER}\n{GOOD}{before}\n3,Jos".encode()
    error = refuse(tmp_path, start + b"\xe9,1,1,1/2/2025,no,web,\n")
    assert [issue.code for issue in error.issues] == ["wrong-encoding"]
    assert f"offset {len(start)}" in str(error)
    assert "Windows-1252" in str(error)


def test_a_cut_off_character_at_the_end_is_refused(tmp_path: Path) -> None:
    start = f"{HEADER}\n{GOOD}".encode()
    error = refuse(tmp_path, start + "é".encode()[:1])
    assert f"offset {len(start)}" in str(error)


def test_utf16_without_a_mark_is_refused(tmp_path: Path) -> None:
    error = refuse(tmp_path, f"{HEADER}\n{GOOD}\n".encode("utf-16-le"))
    assert [issue.code for issue in error.issues] == ["wrong-encoding"]


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x1f\x8b\x08", b"PAR1", b"\xff\xfe\x00\x00"])
def test_other_kinds_of_files_are_named(tmp_path: Path, head: bytes) -> None:
    assert [issue.code for issue in refuse(tmp_path, head + b"rest").issues] == ["not-csv"]


# ------------------------------------------------------------ lines


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_loads_with_and_without_the_last_one(
    tmp_path: Path, end: str, last: bool
) -> None:
    content = end.join((HEADER, GOOD, TWO)) + (end if last else "")
    assert load(tmp_path, make_spec(), {"orders.csv": content}).rows(COLUMNS) == BOTH


def test_mixed_line_ends_load(tmp_path: Path) -> None:
    content = f"{HEADER}\r\n{GOOD}\n{TWO}\r\n"
    assert load(tmp_path, make_spec(), {"orders.csv": content}).rows(COLUMNS) == BOTH


def test_blank_lines_are_no_records_and_lines_are_counted_past_them(tmp_path: Path) -> None:
    done = load_orders(tmp_path, "", GOOD, "", "  ", TWO.replace("20.00", "x"), "")
    assert done.report.version.records == 2
    assert done.faults == [(6, "Total", "x", "not-a-number")]


def test_a_record_without_any_cell_is_rejected_as_empty(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, ",,,,,,,", ', ,,,"",-,,N/A', TWO)
    assert done.rows(COLUMNS) == BOTH
    assert done.faults == [(3, "", "", "empty-record"), (4, "", "", "empty-record")]


def test_too_few_and_too_many_cells_cost_their_own_line(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, "7,Cut", TWO, TWO + ",more,,")
    assert done.rows(COLUMNS) == BOTH
    assert done.faults == [
        (3, "", "7,Cut", "too-few-cells"),
        (5, "", TWO + ",more,,", "too-many-cells"),
    ]


@pytest.mark.parametrize("more", ["", "\r\n"])
def test_delimiters_after_the_last_cell_are_let_go(tmp_path: Path, more: str) -> None:
    content = f"{HEADER},,\n{GOOD},\n{TWO},,,\n{more}"
    assert load(tmp_path, make_spec(), {"orders.csv": content}).rows(COLUMNS) == BOTH


def test_a_line_break_inside_quotes_is_data_and_later_lines_keep_their_number(
    tmp_path: Path,
) -> None:
    done = load_orders(
        tmp_path, GOOD.replace("first", '"one\ntwo\n\nfour"'), TWO, "3,Cy,x,,,,,", end="\r\n"
    )
    assert done.rows(COLUMNS) == [(1, "Ann", "one\ntwo\n\nfour"), BOTH[1]]
    assert done.faults == [(7, "Total", "x", "not-a-number")]


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, '3,"Cy,1,1,1/2/2025,no,web,', TWO)
    assert done.rows(COLUMNS) == BOTH
    assert done.faults == [(3, "", '3,"Cy,1,1,1/2/2025,no,web,', "unclosed-quote")]


def test_text_after_a_closing_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, '3,"Cy"x,1,1,1/2/2025,no,web,', TWO)
    assert done.rows(COLUMNS) == BOTH
    assert [fault[0::3] for fault in done.faults] == [(3, "text-after-quote")]


def test_an_open_quote_closed_by_a_later_line_does_not_swallow_it(tmp_path: Path) -> None:
    done = load_orders(tmp_path, '3,"Cy,1,1,1/2/2025,no,web,', TWO.replace("Ben", '"Ben"'), GOOD)
    assert done.rows(COLUMNS) == [BOTH[1], BOTH[0]]
    assert [fault[0::3] for fault in done.faults] == [(2, "text-after-quote")]


def test_quotes_inside_an_unquoted_cell_are_data(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD.replace("first", '5" pipe'), TWO.replace("second", 'a"b"'))
    assert done.rows(COLUMNS) == [(1, "Ann", '5" pipe'), (2, "Ben", 'a"b"')]


def test_a_nul_byte_costs_its_line_and_is_shown(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, TWO.replace("Ben", "B\0n"))
    assert done.rows(COLUMNS) == BOTH[:1]
    assert done.faults == [(3, "", TWO.replace("Ben", "B␀n"), "nul-byte")]


def test_a_huge_line_is_rejected_and_shown_cut(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, TWO.replace("Ben", "B" * 5_000_000), "3,Cy,1,,,,,")
    assert done.rows("SELECT order_no FROM source.orders") == [(1,), (3,)]
    [fault] = done.faults
    assert fault[0::3] == (3, "record-too-long")
    assert fault[2] == ("2," + "B" * 998 + "…")


def test_a_long_line_within_the_limit_loads(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD.replace("first", "x" * 1_900_000), TWO)
    assert done.rows("SELECT length(note) FROM source.orders") == [(1_900_000,), (6,)]


def test_formulas_are_plain_text(tmp_path: Path) -> None:
    formula = '"=HYPERLINK(""http://x.example"",""a"")"'
    done = load_orders(tmp_path, GOOD.replace("first", formula), TWO.replace("second", "@SUM(A1)"))
    assert [row[2] for row in done.rows(COLUMNS)] == [
        '=HYPERLINK("http://x.example","a")',
        "@SUM(A1)",
    ]


def test_text_cells_keep_their_blanks(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD.replace("first", "  two  "), TWO.replace("second", '"\t"'))
    assert [row[2] for row in done.rows(COLUMNS)] == ["  two  ", None]


# ------------------------------------------------------------ several faults, several files


def test_a_repeated_key_rejects_the_later_line_even_in_another_file(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "orders-a.csv": f"{HEADER}\n{GOOD}\n{TWO}\n{TWO.replace('Ben', 'Bob')}\n",
        "orders-b.csv": f"{HEADER}\n\n{GOOD.replace('Ann', 'Amy')}\n3,Cy,1,,,,,\n",
    }
    done = load(tmp_path, make_spec(), files)
    assert done.rows("SELECT order_no, customer, row_number FROM source.orders") == [
        (1, "Ann", 1),
        (2, "Ben", 2),
        (3, "Cy", 3),
    ]
    assert [(one.file, one.line, one.column, one.value, one.reason) for one in done.rejects] == [
        ("orders-a.csv", 4, "Order No", "2", "repeated-value"),
        ("orders-b.csv", 3, "Order No", "1", "repeated-value"),
    ]
    assert [(file.records, file.accepted, file.rejected) for file in done.report.files] == [
        (3, 2, 1),
        (2, 1, 1),
    ]


def test_a_line_left_out_for_another_reason_does_not_use_up_its_key(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD.replace("10.50", "?"), GOOD)
    assert done.rows(COLUMNS) == BOTH[:1]
    assert done.faults == [(2, "Total", "?", "not-a-number")]


def test_each_bad_cell_of_a_line_is_one_reject(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, "x,,1.005,101,13/1/2025,maybe,fax,")
    assert done.faults == [
        (3, "Order No", "x", "not-a-number"),
        (3, "Customer", "", "missing-value"),
        (3, "Total", "1.005", "too-many-decimals"),
        (3, "Discount", "101", "outside-bounds"),
        (3, "Ordered", "13/1/2025", "not-a-date"),
        (3, "Paid", "maybe", "not-a-boolean"),
        (3, "Channel", "fax", "not-in-list"),
    ]
    assert "%m/%d/%Y" in done.rejects[4].message
    assert (done.report.version.records, done.report.version.accepted) == (2, 1)


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"orders-a.csv": "", "orders-b.csv": f"{HEADER},Total\n"}
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_spec(), files)
    assert {issue.code for issue in caught.value.issues} == {"empty-file", "repeated-header"}


def test_rejects_can_be_paged(tmp_path: Path) -> None:
    done = load_orders(tmp_path, GOOD, *(f"{n},A,x,,,,," for n in range(2, 30)))
    page = read_rejects(done.home, 1, "orders", limit=3, offset=25)
    assert [one.line for one in page] == [28, 29, 30]
    assert read_rejects(done.home, 1, "other") == []


def test_ten_thousand_lines_with_faults_between_keep_their_lines_and_order(tmp_path: Path) -> None:
    lines = [
        f'{n},C{n},{"x" if n % 97 == 0 else n},,,,,"{"a" + chr(10) + "b" if n % 50 == 0 else n}"'
        for n in range(1, 10_001)
    ]
    done = load_orders(tmp_path, *lines)
    starts, at = {}, 2
    for n in range(1, 10_001):
        starts[n] = at
        at += 2 if n % 50 == 0 else 1
    bad = [n for n in range(1, 10_001) if n % 97 == 0]
    assert done.faults == [(starts[n], "Total", "x", "not-a-number") for n in bad]
    numbers = done.rows("SELECT order_no, row_number FROM source.orders ORDER BY rowid")
    good = [n for n in range(1, 10_001) if n % 97]
    assert numbers == [(n, row) for row, n in enumerate(good, 1)]


def current_version_of(root: Path) -> int | None:
    return current_version(Home(root))
