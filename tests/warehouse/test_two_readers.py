"""The fast way and the exact way read the same records, or the fast way is not taken.

A CSV file goes through the engine's reader when a scan and the engine agree on it, else through
our own record reader. If they could differ, one file would load differently by accident.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from server.warehouse.csv_engine import csv_reader_sql, take_csv_errors
from server.warehouse.records import Record, RecordReader, split_lines
from server.warehouse.scan import NotPlainError, Scan, scan_plain_file

LIMIT = 100_000
WIDTH = 3


def read_exactly(text: str) -> tuple[list[Record], RecordReader]:
    reader = RecordReader(
        split_lines(iter([text]), limit_chars=LIMIT), delimiter=",", limit_chars=LIMIT
    )
    reader.read_header()
    return list(reader.read_records(WIDTH)), reader


def scan(path: Path) -> Scan | None:
    with path.open("rb", buffering=0) as stream:
        try:
            return scan_plain_file(
                stream,
                width=WIDTH,
                delimiter=",",
                limit_record_bytes=LIMIT,
                on_bytes=lambda _: None,
            )
        except NotPlainError:
            return None


def read_fast(
    connection: duckdb.DuckDBPyConnection, path: Path, found: Scan
) -> list[tuple[str | None, ...]] | None:
    """The engine's rows, or None where the fast way is not taken."""
    reader = csv_reader_sql(
        path,
        width=WIDTH,
        delimiter=",",
        has_header=True,
        newline="\\r\\n" if found.ends_with_crlf else "\\n",
        parallel=not found.has_long_records,
        limit_record_bytes=LIMIT,
    )
    try:
        rows = connection.execute(f"SELECT * FROM {reader}").fetchall()
    except duckdb.InvalidInputException:
        return None
    errors = take_csv_errors(connection)
    return None if errors or len(rows) != found.records else rows


def to_lines(found: Scan) -> list[int]:
    """The line of each record, as the scan tells it."""
    lines = []
    for record in range(found.records):
        pairs = range(0, len(found.starts), 2)
        at = max(i for i in pairs if found.starts[i] <= record)
        lines.append(found.starts[at + 1] + record - found.starts[at])
    return lines


def make_texts(seed: int, count: int) -> Iterator[str]:
    dice = random.Random(seed)
    cells = ["a", "b c", "", '"x"', '"y,z"', '"p""q"', '"m\nn"', '""', " ", ' "s"', '"t" ', "é"]
    odd = ['5"', 'a"b"', '"', '"u"v', 'a"b,"c', "\r", '"r\r\ns"', '"\n\n"', "\t", "'"]
    for _ in range(count):
        end = dice.choice(["\n", "\n", "\n", "\r\n"])
        strange = dice.random() < 0.6
        lines = []
        for _ in range(dice.randint(1, 6)):
            width = WIDTH if dice.random() < 0.93 else dice.randint(0, 5)
            pool = cells + odd if strange and dice.random() < 0.4 else cells
            lines.append(",".join(dice.choice(pool) for _ in range(width)))
        body = end.join(lines)
        yield f"h1,h2,h3{end}{body}{dice.choice([end, '', end + end])}"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_the_fast_way_is_taken_it_reads_what_the_exact_way_reads(
    tmp_path: Path, seed: int
) -> None:
    taken = with_long_records = 0
    path = tmp_path / "t.csv"
    with duckdb.connect(config={"threads": 2}) as connection:
        for text in make_texts(seed, 700):
            path.write_text(text, "utf-8", newline="")
            found = scan(path)
            rows = read_fast(connection, path, found) if found is not None else None
            if found is None or rows is None:
                continue
            taken += 1
            with_long_records += found.has_long_records
            records, _ = read_exactly(text)
            assert [record.broken for record in records] == [None] * len(rows), text
            exact = [tuple(cell or None for cell in record.cells) for record in records]
            assert exact == rows, text
            assert [record.line for record in records] == to_lines(found), text
    assert taken > 200
    assert with_long_records > 20


@pytest.mark.parametrize("seed", [7, 8])
def test_the_fast_way_takes_no_byte_that_is_not_utf8(tmp_path: Path, seed: int) -> None:
    bad = [
        b"\xff",
        b"\xe9",
        b"\x80",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
    ]
    dice = random.Random(seed)
    path = tmp_path / "t.csv"
    scanned = 0
    with duckdb.connect(config={"threads": 2}) as connection:
        for text in make_texts(seed, 500):
            # Long cells too: the engine keeps those of up to twelve bytes in another way.
            data = text.replace("b c", "b c" * dice.choice([1, 9, 900])).encode()
            at = dice.randrange(data.index(b"\n"), len(data)) + 1
            path.write_bytes(data[:at] + dice.choice(bad) + data[at:])
            found = scan(path)
            if found is not None:
                scanned += 1
                assert read_fast(connection, path, found) is None, path.read_bytes()
    assert scanned > 100


@pytest.mark.parametrize("seed", [4, 5])
def test_the_exact_way_accounts_for_every_line(seed: int) -> None:
    for text in make_texts(seed, 3000):
        records, reader = read_exactly(text)
        assert reader.record_lines + reader.blank_lines == reader.line, text
        # A lone CR is data here, as the files end their lines with LF.
        assert reader.line == text.count("\n") + (not text.endswith("\n")), text
        lines = [record.line for record in records]
        assert lines == sorted(set(lines)), text


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_blocks_of_any_size_give_the_same_lines(size: int) -> None:
    for text in make_texts(6, 500):
        for kind in (text, text.replace("\r\n", "\n").replace("\n", "\r")):
            blocks = (kind[at : at + size] for at in range(0, len(kind), size))
            whole = list(split_lines(iter([kind]), limit_chars=LIMIT))
            assert list(split_lines(blocks, limit_chars=LIMIT)) == whole


def test_a_file_of_open_quotes_is_read_in_linear_time() -> None:
    # Each line opens a quote that the next one closes the wrong way: the worst case to resume.
    records, _ = read_exactly("a,b,c\n" + '1,"x,2\n' * 3000)
    assert len(records) == 3000
    assert {record.broken for record in records} == {"text-after-quote", "unclosed-quote"}
