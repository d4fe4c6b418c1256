"""A question through the real SDKs to an answer: the steps, the results, the text, the usage."""

from __future__ import annotations

import json

import pytest

from server.settings_planner import PlannerSettings
from tests.llm.conftest import INJECTION, KEY, MakeAsker
from tests.llm.model_server import USAGE, ModelServer, Say, query, texts_of, tool_results

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIPELINE = "SELECT MEASURE(pipeline_value) AS pipeline_value FROM opportunities"
WON = "SELECT MEASURE(won_amount) AS won_amount FROM opportunities"
BY_STAGE = "SELECT stage, MEASURE(total_amount) AS total_amount FROM opportunities GROUP BY stage"
NEXT_STEPS = "SELECT account_name, next_step FROM opportunities WHERE stage = 'Propose'"


@pytest.mark.parametrize("packet,chunk", [(0, 7), (1, 1000), (3, 1), (50, 2)])
async def test_a_question_is_answered_however_the_stream_is_split(
    server: ModelServer, make_asker: MakeAsker, packet: int, chunk: int
) -> None:
    ask = Say(calls=(("query", {"semantic_sql": PIPELINE, "title": "Pipeline", "chart": None}),))
    tell = Say("The open pipeline is worth $13,900.00.")
    script = [Say(one.text, one.calls, packet=packet, chunk=chunk) for one in (ask, tell)]
    asker = make_asker(server, script)
    answer = await asker.ask("What do the gods say of our funnel?")
    assert answer.status == "answered"
    assert answer.answer.startswith("The open pipeline is worth $13,900.00.")
    assert [float(answer.queries[0].rows[0][0])] == [13_900.0]
    assert answer.queries[0].semantic_sql == PIPELINE
    assert (answer.provenance.planner, answer.provenance.unverified_numbers) == ("llm", [])
    assert answer.provenance.model == ("gpt" if server.protocol == "openai" else "claude")


async def test_the_usage_of_all_completions_is_added_up_and_priced(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm", input_price=3, cached_price=0.3, output_price=15)
    asker = make_asker(server, [query(PIPELINE), Say("It is $13,900.00.")], settings=settings)
    used = (await asker.ask("What do the gods say?")).provenance.usage
    assert used is not None
    tokens, cached, out = USAGE
    assert (used.input_tokens, used.cached_tokens) == (2 * tokens, 2 * cached)
    assert (used.output_tokens, used.completions) == (2 * out, 2)
    # 800 fresh tokens at 3, 200 cached at 0.3 and 50 out at 15 a million, twice.
    assert used.cost == pytest.approx(2 * (800 * 3 + 200 * 0.3 + 50 * 15) / 1e6)


async def test_parallel_steps_run_and_each_result_goes_to_its_call(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    calls = tuple(
        ("query", {"semantic_sql": sql, "title": title, "chart": None})
        for sql, title in ((PIPELINE, "Pipeline"), (WON, "Won"))
    )
    asker = make_asker(server, [Say(calls=calls), Say("Open: $13,900.00. Won: $6,000.00.")])
    answer = await asker.ask("How do open and won compare, oracle?")
    assert [query.title for query in answer.queries] == ["Pipeline", "Won"]
    assert "Won: $6,000.00." in answer.answer
    results = tool_results(server.requests[1])
    assert "$13,900.00" in results[0]
    assert "$6,000.00" in results[1]
    steps = [e["status"] for e in asker.events if e["status"].startswith("function")]
    assert steps == ["function_call", "function_call", "function_complete", "function_complete"]


async def test_a_named_analysis_can_be_run(server: ModelServer, make_asker: MakeAsker) -> None:
    arguments = {"name": "get_stage_metrics", "parameters": []}
    script = [Say(calls=(("run_analysis", arguments),)), Say("The funnel is shown below.")]
    answer = await make_asker(server, script).ask("Tell me of the funnel, oracle")
    assert answer.status == "answered"
    assert answer.functions_executed == ["get_stage_metrics"]
    # The text states no number, so the built prose stands in its place.
    assert "The funnel is shown below" not in answer.answer


async def test_the_events_keep_their_order_and_the_text_is_sent_once_checked(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    script = [query(PIPELINE), Say("It is $13,900.00. Next year it will be $77,777.00.")]
    asker = make_asker(openai_server, script)
    answer = await asker.ask("What do the gods say?")
    found = list(dict.fromkeys(event["status"] for event in asker.events))
    assert found == [
        "started", "processing", "function_call", "function_complete", "creating_visualizations",
        "generating_response", "answer_delta", "complete",
    ]  # fmt: skip
    call = next(event for event in asker.events if event["status"] == "function_call")
    assert call["semantic_sql"] == PIPELINE
    text = "".join(e["text"] for e in asker.events if e["status"] == "answer_delta")
    assert text == answer.answer
    assert "77,777" not in text


async def test_data_comes_back_marked_capped_and_unable_to_end_its_mark(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    asker = make_asker(server, [query(NEXT_STEPS), Say("Bolt and Dune are next.")])
    answer = await asker.ask("What would the oracle do next?")
    assert answer.status == "answered"
    (result,) = tool_results(server.requests[1])
    assert "IGNORE ALL PREVIOUS INSTRUCTIONS" in result
    assert result.count("</data>") == 1
    assert result.startswith("<data ")
    assert INJECTION not in result  # cut to the length of a cell


async def test_the_prompt_holds_catalog_clock_values_and_conversation_in_cachable_order(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    script = [query(PIPELINE), Say("$13,900.00."), query(WON), Say("$6,000.00.")]
    asker = make_asker(server, script)
    first = await asker.ask("Oracle, what of our funnel?")
    await asker.ask("And of the deals of Café, oracle?", first.conversation_id)
    one, two = server.requests[0], server.requests[2]
    prefix = "system" if server.protocol == "anthropic" else "messages"
    stable = [one[prefix], two[prefix]] if prefix == "system" else [one[prefix][0], two[prefix][0]]
    assert stable[0] == stable[1]
    assert one["tools"] == two["tools"]
    assert "pipeline_value" in json.dumps(stable[0])
    if server.protocol == "anthropic":
        assert one["system"][0]["cache_control"] == {"type": "ephemeral"}
    opening = texts_of({"messages": [two["messages"][-1 if prefix == "system" else 1]]})
    assert "2025-02-15" in opening
    assert 'account_name = \\"Café\\"' in opening
    assert "asked: Oracle, what of our funnel?" in opening
    assert PIPELINE in opening
    assert KEY not in texts_of(two)


async def test_without_prose_no_row_leaves_the_house(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm", prose=False)
    asker = make_asker(server, [query(BY_STAGE), Say("never asked for")], settings=settings)
    answer = await asker.ask("What do the gods say of the stages?")
    assert answer.status == "answered"
    assert answer.provenance.planner == "llm"
    assert len(server.requests) == 1
    assert "Closed Won" in answer.answer  # the built prose, with its table
