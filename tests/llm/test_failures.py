"""Every way a provider can fail ends in the built-in answer and a sentence that says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import pytest

from server.ask import Question, ask
from server.planner.llm.turns import ModelTurns
from server.settings_planner import PlannerSettings
from tests.homes import AS_OF
from tests.llm.conftest import MakeAsker
from tests.llm.model_server import Fail, ModelServer, Reply, Say, call, query, tool_results

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "What is our total pipeline value?"
PIPELINE = "SELECT MEASURE(pipeline_value) AS pipeline_value FROM opportunities"
INVENTED = "SELECT MEASURE(glory) AS glory FROM opportunities"
LOOP = query(PIPELINE)


async def assert_falls_back(
    server: ModelServer,
    make_asker: MakeAsker,
    script: Sequence[Reply],
    because: str,
    **options: Any,
) -> None:
    answer = await make_asker(server, script, **options).ask(QUESTION)
    assert answer.status == "answered"
    assert answer.provenance.planner == "builtin"
    assert answer.provenance.model is None
    assert float(answer.queries[0].rows[0][0]) == 13_900.0
    assert f"The built-in planner answered this, because {because}" in answer.answer
    assert "secret-detail" not in answer.answer
    assert answer.functions_executed == ["semantic_query"]


@pytest.mark.parametrize(
    "status,because,tries",
    [
        (429, "the language model takes no more questions", 3),
        (500, "the language model could not be reached", 3),
        (503, "the language model could not be reached", 3),
        (529, "the language model could not be reached", 3),
        (401, "the language model did not accept the request", 1),
        (400, "the language model did not accept the request", 1),
        (302, "the language model did not accept the request", 1),
    ],
)
async def test_a_status_is_retried_where_that_can_help_and_then_given_up(
    server: ModelServer, make_asker: MakeAsker, status: int, because: str, tries: int
) -> None:
    where = (("location", server.url + "/elsewhere"), ("retry-after-ms", "1"))
    reply = Fail(status, headers=where)
    await assert_falls_back(server, make_asker, [reply], because, repeats=True)
    assert len(server.requests) == tries


async def test_a_passing_failure_is_survived(server: ModelServer, make_asker: MakeAsker) -> None:
    script = [Fail(429), query(PIPELINE), Fail(503), Say("It is $13,900.00.")]
    answer = await make_asker(server, script).ask(QUESTION)
    assert (answer.provenance.planner, answer.status) == ("llm", "answered")


async def test_nobody_listens(server: ModelServer, make_asker: MakeAsker) -> None:
    asker = make_asker(server, [], retries=0)
    asker.provider = None
    answer = await asker.ask(QUESTION)
    assert "because no language model is set up" in answer.answer
    assert float(answer.queries[0].rows[0][0]) == 13_900.0


@pytest.mark.parametrize("cut", [1, 3, 6])
async def test_a_stream_that_breaks_off_is_no_answer(
    server: ModelServer, make_asker: MakeAsker, cut: int
) -> None:
    broken = replace(query(PIPELINE), cut_after=cut)
    await assert_falls_back(
        server, make_asker, [broken], "the language model could not be reached", repeats=True
    )


async def test_a_stream_that_breaks_off_after_a_result_drops_the_result(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    won = query("SELECT MEASURE(won_amount) AS won_amount FROM opportunities")
    script = [won, Say("It is", cut_after=2)]
    await assert_falls_back(server, make_asker, script, "the language model could not be reached")


async def test_a_slow_drip_is_cut_off_in_time(server: ModelServer, make_asker: MakeAsker) -> None:
    drip = Say("drop " * 400, chunk=1, wait_s=0.05)
    await assert_falls_back(
        server, make_asker, [drip], "the language model took too long", timeout_s=0.5, retries=0
    )


@pytest.mark.parametrize("garbage", ["{not json", "[1, 2", '"text"', "17"])
async def test_garbage_in_the_stream_is_no_answer(
    server: ModelServer, make_asker: MakeAsker, garbage: str
) -> None:
    reply = replace(query(PIPELINE), garbage=garbage)
    answer = await make_asker(server, [reply], repeats=True).ask(QUESTION)
    assert answer.status == "answered"
    assert answer.provenance.planner == "builtin"


async def test_more_text_than_was_asked_for_is_cut_off(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm", output_tokens=64)
    flood = Say("word " * 2_000, chunk=500)
    await assert_falls_back(
        server, make_asker, [flood], "the language model sent something that cannot be read",
        settings=settings,
    )  # fmt: skip


async def test_a_model_that_never_ends_is_stopped_after_its_iterations(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm", iterations=5)
    await assert_falls_back(
        server, make_asker, [LOOP], "the language model came to no end", repeats=True,
        settings=settings,
    )  # fmt: skip
    assert len(server.requests) == 5


async def test_a_request_may_ask_for_fewer_iterations_not_for_more(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm", iterations=4)
    asker = make_asker(openai_server, [LOOP], repeats=True, settings=settings)
    await asker.ask(QUESTION, iterations=2)
    assert len(openai_server.requests) == 2
    await asker.ask(QUESTION, iterations=50)
    assert len(openai_server.requests) == 6


async def test_a_query_is_repaired_twice_and_then_given_up(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    await assert_falls_back(
        server, make_asker, [query(INVENTED)], "the language model found no valid query",
        repeats=True,
    )  # fmt: skip
    assert len(server.requests) == 3


async def test_an_issue_goes_back_with_its_hint_and_the_second_try_counts(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    wrong = query("SELECT MEASURE(pipeline_valu) FROM opportunities")
    answer = await make_asker(server, [wrong, query(PIPELINE), Say("$13,900.00 it is.")]).ask(
        QUESTION
    )
    assert (answer.provenance.planner, answer.status) == ("llm", "answered")
    assert "Did you mean 'pipeline_value'" in tool_results(server.requests[1])[0]
    assert [q.semantic_sql for q in answer.queries] == [PIPELINE]


@pytest.mark.parametrize(
    "reply",
    [
        Say(calls=(("query", '{"semantic_sql": "SELECT'),)),
        Say(calls=(("query", "not json at all"),)),
        Say(calls=(("query", {"semantic_sql": 17, "title": "x", "chart": None}),)),
        Say(calls=(("query", {"semantic_sql": PIPELINE, "title": "x", "chart": "hologram"}),)),
        Say(calls=(("query", {"semantic_sql": PIPELINE, "title": "x", "eval": "1"}),)),
        Say(calls=(("query", "[" * 5_000),)),
        Say(calls=(("drop_tables", {}),)),
        Say(calls=(("run_analysis", {"name": "make_coffee", "parameters": []}),)),
        Say(calls=(("run_analysis", {"name": "get_stage_metrics", "parameters": [
            {"name": "nonsense", "value": "1"}]}),)),
        Say(calls=(("decline", {"reason": ["a"]}),)),
    ],
    ids=range(10),
)  # fmt: skip
async def test_arguments_that_are_not_what_the_schema_says_are_sent_back(
    openai_server: ModelServer, make_asker: MakeAsker, reply: Say
) -> None:
    because = "the language model found no valid query"
    await assert_falls_back(openai_server, make_asker, [reply], because, repeats=True)
    assert len(openai_server.requests) == 3


@pytest.mark.parametrize("arguments", ["[" * 5_000, '{"semantic_sql": "SELECT', "17", ""])
async def test_arguments_that_are_no_object_can_be_sent_back_in_the_other_protocol_too(
    anthropic_server: ModelServer, make_asker: MakeAsker, arguments: str
) -> None:
    script: list[Reply] = [Say(calls=(("query", arguments),))]
    because = "the language model found no valid query"
    await assert_falls_back(anthropic_server, make_asker, script, because, repeats=True)


async def test_text_without_a_step_is_no_answer(server: ModelServer, make_asker: MakeAsker) -> None:
    chat = Say("Our pipeline is $5 million, trust me.")
    await assert_falls_back(
        server, make_asker, [chat], "the language model took no step", repeats=True
    )


async def test_too_many_steps_at_once_are_not_all_run(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    step = ("query", {"semantic_sql": PIPELINE, "title": "", "chart": None})
    asker = make_asker(openai_server, [Say(calls=(step,) * 9), Say("$13,900.00.")])
    answer = await asker.ask(QUESTION)
    assert len(answer.queries) == 4
    assert str(openai_server.requests[1]).count("At most 4 steps at once") == 5


async def test_closing_the_question_closes_the_stream_of_the_provider(
    server: ModelServer, make_asker: MakeAsker
) -> None:
    asker = make_asker(server, [Say("drop " * 4_000, chunk=1, wait_s=0.01)])
    turns = ModelTurns(asker.provider, asker.settings, asker.ledger)
    asking = replace(asker.services.questions.services, turns=turns)

    async def read() -> None:
        async with aclosing(cast(Any, ask(Question(QUESTION, None, AS_OF), asking))) as events:
            async for _ in events:
                pass

    task = asyncio.create_task(read())
    while not server.requests:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gone: threading.Event = server.hung_up
    assert await asyncio.to_thread(gone.wait, 20)


async def test_a_model_that_declines_or_asks_is_not_a_failure(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    script = [call("decline", reason="There is no weather here.", available=["win_rate"])]
    answer = await make_asker(openai_server, script).ask("Will it rain?")
    assert answer.status == "refused"
    assert answer.provenance.planner == "llm"
