"""Who answers: the built-in planner where it is certain, the model elsewhere, within the budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.audit import AuditLog
from server.planner.llm.budget import MemoryLedger, Spent
from server.planner.llm.turns import ModelTurns
from server.providers.base import ProviderMisconfigured, ToolCall, Turn, Usage
from server.providers.choose import find_provider
from server.routes.dependencies import Services
from server.settings import InvalidSettings, Settings
from server.settings_planner import PlannerSettings
from server.spending import DayLedger
from tests.homes import NOW
from tests.llm.conftest import KEY, Asker, MakeAsker, scripted
from tests.llm.model_server import USAGE, ModelServer, Reply, Say, query

pytestmark = pytest.mark.asyncio(loop_scope="session")

CERTAIN = "What is our total pipeline value?"
PIPELINE = "SELECT MEASURE(pipeline_value) AS pipeline_value FROM opportunities"
WON = "SELECT MEASURE(won_amount) AS won_amount FROM opportunities"
SCRIPT: list[Reply] = [query(PIPELINE), Say("It is $13,900.00.")]
AUTO = PlannerSettings(planner="auto")


async def test_what_the_built_in_planner_is_certain_of_is_never_sent(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    answer = await make_asker(openai_server, SCRIPT, settings=AUTO).ask(CERTAIN)
    assert (answer.provenance.planner, answer.provenance.usage) == ("builtin", None)
    assert openai_server.requests == []
    assert "built-in planner answered" not in answer.answer


async def test_what_it_is_not_certain_of_is(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    answer = await make_asker(openai_server, SCRIPT, settings=AUTO).ask("How fares our funnel?")
    assert answer.provenance.planner == "llm"


@pytest.mark.parametrize("planner", ["auto", "builtin"])
async def test_without_a_model_nothing_is_said_of_one(make_asker: MakeAsker, planner: str) -> None:
    asker = make_asker(settings=PlannerSettings(planner=planner))
    answer = await asker.ask("How fares our funnel, oracle?")
    assert answer.status in ("clarification", "refused")
    assert "language model" not in answer.answer


async def test_a_follow_up_to_the_models_answer_is_not_read_as_one_to_an_older_answer(
    make_asker: MakeAsker,
) -> None:
    provider = scripted(
        Turn(calls=query_call(WON)), Turn("It is $6,000.00."), Turn(calls=query_call(WON)),
        Turn("It is $6,000.00."),
    )  # fmt: skip
    asker = make_asker(provider=provider, settings=AUTO)
    first = await asker.ask(CERTAIN)
    second = await asker.ask("And what of glory, oracle?", first.conversation_id)
    assert (first.provenance.planner, second.provenance.planner) == ("builtin", "llm")
    third = await asker.ask("by stage", first.conversation_id)
    assert third.provenance.planner == "llm"
    last = await asker.ask("by stage", first.conversation_id)  # the script has ended
    assert (last.provenance.planner, last.status) == ("builtin", "clarification")
    assert last.visualizations == []


def query_call(sql: str) -> tuple[ToolCall, ...]:
    """The one call of a turn."""
    return (ToolCall("c1", "query", f'{{"semantic_sql": "{sql}"}}'),)


# ------------------------------------------------------------------ budgets


async def test_a_question_stops_when_its_tokens_are_spent(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    # The prompt is estimated at some 4,000 tokens; each completion tells of 1,050.
    settings = PlannerSettings(planner="llm", question_tokens=6_500, card_tokens=1_500)
    asker = make_asker(openai_server, [query(PIPELINE)], repeats=True, settings=settings)
    answer = await asker.ask(CERTAIN)
    assert "because the language model's budget for one question is spent" in answer.answer
    assert float(answer.queries[0].rows[0][0]) == 13_900.0
    assert 1 <= len(openai_server.requests) <= 3


@pytest.mark.parametrize(
    "settings",
    [
        PlannerSettings(planner="llm", day_tokens=1_000),
        PlannerSettings(planner="llm", day_cost=0.01, input_price=10.0, output_price=10.0),
    ],
)
async def test_nothing_is_sent_when_the_day_is_spent(
    openai_server: ModelServer, make_asker: MakeAsker, settings: PlannerSettings
) -> None:
    ledger = MemoryLedger()
    ledger.add(Spent(999, 0.0099))
    asker = make_asker(openai_server, SCRIPT, settings=settings, ledger=ledger)
    answer = await asker.ask(CERTAIN)
    assert "because the language model's budget for today is spent" in answer.answer
    assert openai_server.requests == []


async def test_a_failed_completion_is_counted_too(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    ledger = MemoryLedger()
    asker = make_asker(openai_server, [], ledger=ledger, retries=0)
    await asker.ask(CERTAIN)
    assert (await ledger.today()).tokens > 1_000


async def test_a_server_that_tells_no_usage_is_estimated(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    script = [Say(one.text, one.calls, usage=False) for one in SCRIPT if isinstance(one, Say)]
    used = (await make_asker(openai_server, script).ask(CERTAIN)).provenance.usage
    assert used is not None
    assert used.input_tokens > 2_000


async def test_usage_is_in_the_audit_records_and_counted_after_a_restart(
    services: Services, openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    settings = PlannerSettings(planner="llm", input_price=10, output_price=10)
    asker: Asker = make_asker(openai_server, SCRIPT, settings=settings)
    answer = await asker.ask(CERTAIN)
    asking = services.questions.services
    await settle(asking.audit)
    (record, *_) = await asking.store.list_audit(conversation_id=answer.conversation_id)
    tokens, cached, out = USAGE
    assert record.event.detail["llm"] == {
        "model": "gpt", "input_tokens": 2 * tokens, "cached_tokens": 2 * cached,
        "output_tokens": 2 * out, "cost": 0.021, "completions": 2, "failure": "",
    }  # fmt: skip
    restarted = DayLedger(asking.store, lambda: NOW)
    spent = await restarted.today()
    assert spent.tokens >= 2 * (tokens + out)
    assert spent.cost >= 0.021
    restarted.add(Spent(5, 0.5))
    assert (await restarted.today()).tokens == spent.tokens + 5
    tomorrow = DayLedger(asking.store, lambda: NOW + timedelta(days=1))
    assert await tomorrow.today() == Spent()


async def settle(audit: AuditLog) -> None:
    """Wait until the audit log has written what it was given."""
    await audit.stop()
    await audit.start()


async def test_a_new_day_begins_with_nothing(services: Services) -> None:
    moment = [datetime(2031, 5, 1, 23, 59, tzinfo=UTC)]
    ledger = DayLedger(services.questions.services.store, lambda: moment[0])
    assert await ledger.today() == Spent()
    ledger.add(Spent(7, 1.0))
    assert await ledger.today() == Spent(7, 1.0)
    moment[0] += timedelta(minutes=2)
    assert await ledger.today() == Spent()


# ------------------------------------------------------------------ which model


def load(**environ: str) -> Settings:
    return Settings.load(environ)


@pytest.mark.parametrize(
    "environ,name,model",
    [
        ({}, None, None),
        ({"OPENAI_API_KEY": KEY}, "openai", "gpt-5.5"),
        ({"ANTHROPIC_API_KEY": KEY}, "anthropic", "claude-sonnet-5"),
        ({"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}, "openai", "gpt-5.5"),
        (
            {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "REVENUE_LLM_PROVIDER": "anthropic"},
            "anthropic",
            "claude-sonnet-5",
        ),
        ({"OPENAI_API_KEY": KEY, "REVENUE_PLANNER": "builtin"}, None, None),
        (
            {"REVENUE_LLM_BASE_URL": "http://localhost:11434/v1", "REVENUE_LLM_MODEL": "qwen"},
            "openai",
            "qwen",
        ),
        ({"OPENAI_BASE_URL": "http://gateway/v1", "REVENUE_LLM_MODEL": "m"}, "openai", "m"),
    ],
)
async def test_the_key_or_the_address_that_is_set_chooses(
    environ: dict[str, str], name: str | None, model: str | None
) -> None:
    settings = load(**environ)
    provider = find_provider(settings.planning, settings.keys)
    found = (provider.name, provider.model) if provider is not None else (None, None)
    assert found == (name, model)
    if provider is not None:
        await provider.close()


@pytest.mark.parametrize(
    "environ,missing",
    [
        ({"REVENUE_LLM_PROVIDER": "openai"}, "OPENAI_API_KEY"),
        ({"REVENUE_LLM_PROVIDER": "anthropic", "OPENAI_API_KEY": KEY}, "ANTHROPIC_API_KEY"),
        ({"REVENUE_LLM_BASE_URL": "http://localhost:1/v1"}, "REVENUE_LLM_MODEL"),
    ],
)
async def test_what_is_missing_is_named(environ: dict[str, str], missing: str) -> None:
    settings = load(**environ)
    with pytest.raises(ProviderMisconfigured, match=missing):
        find_provider(settings.planning, settings.keys)


@pytest.mark.parametrize(
    "environ",
    [
        {"REVENUE_LLM_DAY_COST": "5"},
        {"REVENUE_LLM_BASE_URL": "http://user:secret-word@host/v1"},
        {"OPENAI_BASE_URL": "file:///etc/passwd"},
        {"REVENUE_PLANNER": "oracle"},
        {"REVENUE_LLM_PROSE": "maybe"},
        {"REVENUE_LLM_INPUT_PRICE": "-1"},
    ],
)
async def test_settings_that_make_no_sense_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(**environ)
    assert "secret-word" not in str(caught.value)


async def test_a_key_shows_nowhere() -> None:
    settings = load(OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY)
    provider = find_provider(settings.planning, settings.keys)
    assert provider is not None
    turns = ModelTurns(provider, settings.planning, MemoryLedger())
    shown = [repr(settings), repr(settings.keys), repr(turns), repr(vars(provider))]
    assert [text for text in (*shown, str(settings.describe())) if KEY in text] == []
    await provider.close()


async def test_usage_adds_up() -> None:
    assert Usage(1, 2, 3) + Usage(10, 20, 30) == Usage(11, 22, 33)
    assert Usage(1, 1, 3).total == 4
