"""The built-in planner on a domain it was not written for: right, or asked back, never wrong.

Asks a real server every question of `questions.py`; the evaluation's own comparison decides.
Invariant: nothing here knows how the planner works, and the planner knows nothing of clinics.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.evals.clinic.clinic_rows import AS_OF, FOLDER, INVOICES, TREATED, VISITS
from tests.evals.clinic.make_data import make_files
from tests.evals.clinic.questions import ITEMS
from tests.homes import SAMPLE
from tests.serving import revenue, serving

HERE = Path(__file__).resolve().parent
LEAST_RIGHT = 0.9
Judge = Callable[[dict[str, Any], str, dict[str, Any]], tuple[str, str]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """The comparison of the evaluation beside this repository."""
    path = SAMPLE / "eval" / "evaluate.py"
    if not path.is_file():
        pytest.skip("the evaluation is not beside this repository")
    spec = importlib.util.spec_from_file_location("evaluate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Judge = module.judge_turn
    return found


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


def _ask_all(client: httpx.Client, judge: Judge) -> list[tuple[str, str]]:
    """The outcome of every turn, with a line that says what was asked and why it failed."""
    outcomes = []
    for item in ITEMS:
        conversation = None
        for turn in item["turns"]:
            body = {"question": turn["question"], "as_of": AS_OF.isoformat()}
            if conversation:
                body["conversation_id"] = conversation
            reply = client.post("/api/query", json=body)
            answer = reply.json()
            assert reply.status_code == 200, f"{turn['question']}: {answer}"
            conversation = answer["conversation_id"]
            outcome, reason = judge(turn["expect"], turn["question"], answer)
            outcomes.append((outcome, f"{item['id']} {turn['question']!r}: {reason}"))
    return outcomes


@pytest.mark.slow
def test_the_planner_is_right_on_the_clinic_and_never_confidently_wrong(
    client: httpx.Client, judge: Judge
) -> None:
    outcomes = _ask_all(client, judge)
    wrong = [line for outcome, line in outcomes if outcome in ("confidently_wrong", "error")]
    assert not wrong, "\n".join(wrong)
    failed = [f"[{outcome}] {line}" for outcome, line in outcomes if outcome != "right"]
    assert len(failed) <= (1 - LEAST_RIGHT) * len(outcomes), "\n".join(failed)


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
