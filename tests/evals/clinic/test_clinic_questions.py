"""The built-in planner on a domain it was not written for: right, or asked back, never wrong.

Asks a real server every question of `questions.py`; `tests/evals/judge.py` decides.
Invariant: nothing here knows how the planner works, and the planner knows nothing of clinics.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.evals.asking import ask_items, tabulate
from tests.evals.clinic.clinic_rows import AS_OF, FOLDER, INVOICES, TREATED, VISITS
from tests.evals.clinic.make_data import make_files
from tests.evals.clinic.questions import ITEMS
from tests.serving import revenue, serving

HERE = Path(__file__).resolve().parent
LEAST_RIGHT = 0.9
STATUSES = ("answered", "clarification", "refused", "no_data")


@pytest.fixture(scope="module")
def clinic_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing but the clinic's CSVs and its YAML, as a newcomer makes it."""
    home = tmp_path_factory.mktemp("clinic")
    shutil.copytree(FOLDER, home / "data")
    (home / "models").mkdir()
    shutil.copyfile(HERE / "clinic.yml", home / "models" / "clinic.yml")
    done = revenue(home, "ingest")
    assert done.returncode == 0, done.stderr
    records = sum(text.count("\n") - 1 for text in make_files().values())
    assert f"{records} of {records} records" in done.stdout
    return home


@pytest.fixture(scope="module")
def client(clinic_home: Path) -> Iterator[httpx.Client]:
    """A client of a server on that home."""
    with serving(clinic_home) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        yield client


@pytest.mark.slow
def test_the_planner_is_right_on_the_clinic_and_never_confidently_wrong(
    client: httpx.Client,
) -> None:
    records = ask_items(client, ITEMS, AS_OF.isoformat())
    worst = [
        record.describe()
        for record in records
        if record.outcome == "wrong" or record.answer.get("status") not in STATUSES
    ]
    assert not worst, "\n".join([*worst, tabulate(records)])
    failed = [record.describe() for record in records if record.outcome != "right"]
    assert len(failed) <= (1 - LEAST_RIGHT) * len(records), "\n".join([*failed, tabulate(records)])


def test_a_model_without_metric_labels_is_sound_on_its_data(clinic_home: Path) -> None:
    done = revenue(clinic_home, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors" in done.stdout


def test_the_csv_files_are_what_the_generator_writes() -> None:
    for name, text in make_files().items():
        assert (FOLDER / name).read_text("utf-8") == text


def test_the_oracle_reads_the_files_and_not_our_ingest() -> None:
    assert len(VISITS) == 240
    assert sum(v.status == "Treated" for v in VISITS) == len(TREATED) == 168
    assert f"{sum(i.amount for i in INVOICES)}" == "31113.28"
    assert {i.patient.number for i in INVOICES} <= {v.patient.number for v in TREATED}


def test_every_question_is_asked_once_and_has_an_expectation() -> None:
    asked = [item["turns"][0]["question"] for item in ITEMS if len(item["turns"]) == 1]
    assert len(asked) == len(set(asked))
    for item in ITEMS:
        for turn in item["turns"]:
            expect = turn["expect"]
            assert expect["status"]
            if expect["status"] == ["answered"]:
                assert expect["gold"], turn["question"]
