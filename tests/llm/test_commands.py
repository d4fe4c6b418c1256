"""The program as a user starts it, with a model's server: ask, eval, compare, health, logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from tests.homes import build_home, load_revenue_spec, tiny_files
from tests.llm.model_server import ModelServer, Say, model_server, query
from tests.serving import revenue, serving

KEY = "sk-canary-9876543210"
AS_OF = "2025-02-15"
PIPELINE = "SELECT MEASURE(pipeline_value) AS pipeline_value FROM opportunities"
QUESTION = "How fares our funnel, oracle? zanzibar-canary"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("llm-commands") / "home"
    build_home(root, tiny_files(), load_revenue_spec())
    return root


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server("openai") as running:
        yield running


def variables(server: ModelServer) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": server.url,
        "REVENUE_LLM_MODEL": "gpt",
        "REVENUE_LLM_INPUT_PRICE": "10",
        "REVENUE_LLM_OUTPUT_PRICE": "10",
    }


def run(home: Path, server: ModelServer, *arguments: str) -> CompletedProcess[str]:
    """The `revenue` command with that server as its language model."""
    return revenue(home, *arguments, **variables(server))


def test_ask_names_the_planner(home: Path, server: ModelServer) -> None:
    server.script = [query(PIPELINE), Say("It is $13,900.00.")]
    done = run(home, server, "ask", QUESTION, "--planner", "llm", "--json", "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["provenance"]["planner"] == "llm"
    assert answer["answer"].startswith("It is $13,900.00.")
    assert KEY not in done.stdout + done.stderr


def test_asking_for_a_model_that_is_not_there_is_an_error(home: Path) -> None:
    done = revenue(home, "ask", QUESTION, "--planner", "llm")
    assert done.returncode == 2
    assert "No language model is set up" in done.stderr


def test_eval_compares_planners_with_tokens_and_cost(
    home: Path, server: ModelServer, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    expect = {"gold": [{"columns": [{"kind": "num", "values": [13900]}]}], "chart": ["metrics"]}
    turn = {"question": QUESTION, "expect": expect}
    questions.write_text(json.dumps({"id": "a", "class": "plain", "turns": [turn]}))
    server.script = [query(PIPELINE), Say("It is $13,900.00.")] * 2
    arguments = ("eval", str(questions), "--as-of", AS_OF)
    alone = run(home, server, *arguments, "--planner", "llm")
    assert alone.returncode == 0, alone.stderr
    # Two completions of 1,000 tokens in and 50 out, at 10 dollars a million.
    assert "2 completions, 2,000 tokens in, 100 out, $0.0210" in alone.stdout
    out = tmp_path / "report.json"
    both = run(home, server, *arguments, "--compare", "builtin,llm", "--json", str(out))
    assert both.returncode == 0, both.stderr
    table = {line.split("  ")[0].strip(): line.split() for line in both.stdout.splitlines()}
    assert table["tokens in"][-2:] == ["0", "2,000"]
    assert table["right"][-2:] == ["0", "1"]
    reports = json.loads(out.read_text())["planners"]
    assert [(r["planner"], r["usage"]["cost"]) for r in reports] == [("builtin", 0), ("llm", 0.021)]


def test_a_server_reports_its_planner_and_tells_no_key_and_no_prompt(
    home: Path, server: ModelServer
) -> None:
    server.script = [query(PIPELINE), Say("It is $13,900.00."), Say("no"), Say("no")]
    with (
        serving(home, **variables(server)) as running,
        httpx.Client(base_url=running.url, timeout=120) as client,
    ):
        health = client.get("/api/health").json()
        assert (health["planner"], health["model"]) == ("auto", "gpt")
        said = [client.get(path).text for path in ("/api/health", "/schema", "/api/analyses")]
        for _ in range(2):
            response = client.post("/api/query", json={"question": QUESTION, "as_of": AS_OF})
            assert response.status_code == 200, response.text
            said.append(response.text)
        assert json.loads(said[-2])["provenance"]["planner"] == "llm"
        assert json.loads(said[-1])["provenance"]["planner"] == "builtin"
    log = "".join(running.log)
    assert [text for text in (*said, log) if KEY in text] == []
    assert "zanzibar-canary" not in log
    assert "the built-in planner answers: GaveUp" in log
