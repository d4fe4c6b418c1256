"""Derived tables: one row per key of all parts, the first known value wins, always the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic.spec import SemanticModelSpec
from server.warehouse.errors import WarehouseError
from tests.warehouse.shop import load

FILES: dict[str, str | bytes] = {
    "visits.csv": "Patient,Name,Age\nP2,,41\nP1,Ann,\n,Nobody,1\nP2,Ben,40\n",
    "bills.csv": "Who,Called,City\nP3,Cy,Rome\nP1,Anna,Oslo\nP3,Cid,Paris\nP2,N/A,Bonn\n",
}


def make_model(**table: Any) -> SemanticModelSpec:
    patients = {
        "name": "patients",
        "key": "patient",
        "union": [
            {"source": "visits", "columns": {"patient": "patient", "name": "name", "age": "age"}},
            {"source": "bills", "columns": {"patient": "who", "name": "called", "city": "city"}},
        ],
    } | table
    return SemanticModelSpec.model_validate(
        {
            "name": "clinic",
            "sources": [
                {
                    "name": "visits",
                    "files": ["visits.csv"],
                    "columns": {
                        "Patient": {"to": "patient"},
                        "Name": {"to": "name"},
                        "Age": {"to": "age", "type": "integer"},
                    },
                },
                {
                    "name": "bills",
                    "files": ["bills.csv"],
                    "columns": {
                        "Who": {"to": "who"},
                        "Called": {"to": "called"},
                        "City": {"to": "city"},
                    },
                },
            ],
            "tables": [patients],
            "models": [
                {
                    "name": "patients",
                    "source": "patients",
                    "primary_key": "patient",
                    "dimensions": [{"name": "patient"}],
                }
            ],
        }
    )


def test_each_key_is_one_row_with_the_first_known_value_of_each_column(tmp_path: Path) -> None:
    done = load(tmp_path, make_model(), FILES)
    # P2: no name on its first visit, Ben on its second, N/A on its bill. P1: no age anywhere.
    assert done.rows("SELECT patient, name, age, city FROM source.patients ORDER BY rowid") == [
        ("P2", "Ben", 41, "Bonn"),
        ("P1", "Ann", None, "Oslo"),
        ("P3", "Cy", None, "Rome"),
    ]


def test_a_table_of_keys_alone_is_their_distinct_list(tmp_path: Path) -> None:
    union = [{"source": "bills", "columns": {"patient": "who"}}]
    done = load(tmp_path, make_model(union=union), FILES)
    assert done.rows("SELECT * FROM source.patients ORDER BY rowid") == [("P3",), ("P1",), ("P2",)]


def test_many_rows_give_the_same_table_every_time(tmp_path: Path) -> None:
    lines = [f"P{n * 7919 % 5000},{'' if n % 3 else n},{n}" for n in range(30_000)]
    files = FILES | {"visits.csv": "Patient,Name,Age\n" + "\n".join(lines) + "\n"}
    one, two = (
        load(tmp_path / name, make_model(), files).rows("SELECT * FROM source.patients")
        for name in ("one", "two")
    )
    assert one == two
    first: dict[str, tuple[str | None, int]] = {}
    for line in lines:
        key, name, age = line.split(",")
        known = first.get(key)
        if known is None or (known[0] is None and name):
            first[key] = (name or None, known[1] if known else int(age))
    assert [row[0] for row in one[:5000]] == [f"P{n * 7919 % 5000}" for n in range(5000)]
    found = {row[0]: (row[1], row[2]) for row in one if row[0] in first and row[0] not in _BILLED}
    assert found == {key: value for key, value in first.items() if key not in _BILLED}


_BILLED = {"P1", "P2", "P3"}


@pytest.mark.parametrize(
    "part, code",
    [
        ({"source": "nope", "columns": {"patient": "who"}}, "unknown-source"),
        ({"source": "bills", "columns": {"name": "called"}}, "key-missing"),
        ({"source": "bills", "columns": {"patient": "whom"}}, "unknown-column"),
        ({"source": "bills", "columns": {"patient": "who", "age": "city"}}, "types-differ"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(
    tmp_path: Path, part: dict[str, Any], code: str
) -> None:
    first = {"source": "visits", "columns": {"patient": "patient", "age": "age"}}
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, make_model(union=[first, part]), FILES)
    assert [issue.code for issue in caught.value.issues] == [code]
