"""Servers that enforce a JSON Schema and no tool call: steps as objects of catalog names.

By hand on the tiny home: 13 deals; open 13,900, won 6,000; SaaS closed six deals with three won.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tests.homes import AS_OF
from tests.llm.conftest import MakeAsker
from tests.llm.model_server import ModelServer, Say, schema_step

pytestmark = pytest.mark.asyncio(loop_scope="session")


def step(**arguments: Any) -> Say:
    """A query with everything that is not named left empty."""
    empty: dict[str, Any] = {
        "metrics": [], "dimensions": [], "filters": [], "segments": [], "from": None, "to": None,
        "order": None, "limit": None,
    }  # fmt: skip
    return schema_step("query", **{**empty, **arguments})


BY_PRODUCT = step(metrics=["won_amount"], dimensions=["product_category"], order="highest_first")
TELL = schema_step("answer", text="SaaS brought $6,000.00.")


async def test_a_step_of_names_becomes_a_query_and_its_text_is_checked(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    asker = make_asker(openai_server, [BY_PRODUCT, TELL], styles=("schema",))
    answer = await asker.ask("What did the products bring, oracle?")
    assert answer.answer.startswith("SaaS brought $6,000.00.")
    assert answer.interpretation.startswith("Won revenue by product category")
    rows = {row[0]: float(row[1]) for row in answer.queries[0].rows if row[1] is not None}
    assert rows == {"SaaS": 6_000.0}


async def test_what_is_sent_names_the_catalog_as_the_only_choices(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    await make_asker(openai_server, [BY_PRODUCT, TELL], styles=("schema",)).ask("Products, oracle")
    request = openai_server.requests[0]
    assert "tools" not in request
    form = request["response_format"]["json_schema"]
    assert (request["response_format"]["type"], form["strict"]) == ("json_schema", True)
    jsonschema.Draft202012Validator.check_schema(form["schema"])
    jsonschema.validate(json.loads(BY_PRODUCT.text), form["schema"])
    jsonschema.validate(json.loads(TELL.text), form["schema"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(step(metrics=["glory"]).text), form["schema"])
    assert_closed(form["schema"])


def assert_closed(schema: Any) -> None:
    """Every object is closed and every key required, as strict modes want it."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
        for part in schema.values():
            assert_closed(part)
    elif isinstance(schema, list):
        for part in schema:
            assert_closed(part)


async def test_tools_are_closed_and_strict_too(server: ModelServer, make_asker: MakeAsker) -> None:
    await make_asker(server, [Say("x"), Say("y")]).ask("Products, oracle")
    for tool in server.requests[0]["tools"]:
        inner = tool["function"] if server.protocol == "openai" else tool
        assert inner["strict"] is True
        assert_closed(inner.get("parameters") or inner["input_schema"])


@pytest.mark.parametrize("fence", ["{}", "```json\n{}\n```", "```\n{}\n```", "  {}  "])
async def test_a_server_that_calls_no_tools_is_asked_in_the_other_style_from_then_on(
    openai_server: ModelServer, make_asker: MakeAsker, fence: str
) -> None:
    fenced = Say(fence.replace("{}", BY_PRODUCT.text))
    script = [Say("Sure! Here is some text."), fenced, TELL, BY_PRODUCT, TELL]
    asker = make_asker(openai_server, script, styles=("tools", "schema"))
    for _ in range(2):
        answer = await asker.ask("What did the products bring, oracle?")
        assert answer.provenance.planner == "llm"
    asked = ["tools" in request for request in openai_server.requests]
    assert asked == [True, False, False, False, False]


async def test_a_value_is_spelled_as_in_the_data_or_sent_back(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    def by_name(name: str) -> Say:
        where = {"dimension": "account_name", "op": "=", "values": [name]}
        return step(metrics=["deal_count"], filters=[where])

    script = [by_name("Acmee"), by_name("aCMe"), schema_step("answer", text="Acme has 3 deals.")]
    answer = await make_asker(openai_server, script, styles=("schema",)).ask("Acme, oracle?")
    assert "Did you mean 'Acme'?" in json.dumps(openai_server.requests[1]["messages"][-1])
    assert [row[0] for row in answer.queries[0].rows] == [3]
    assert answer.answer.startswith("Acme has 3 deals.")


@pytest.mark.parametrize(
    "wrong,hint",
    [
        ({"dimension": "amount", "op": ">", "values": ["plenty"]}, "'plenty' is no number"),
        ({"dimension": "close_date", "op": ">", "values": ["soon"]}, "'soon' is no day"),
        ({"dimension": "stage", "op": "between", "values": ["Propose"]}, "between"),
        ({"dimension": "stage", "op": "resembles", "values": ["Propose"]}, "op"),
        ({"dimension": "height", "op": "=", "values": ["1"]}, "no dimension 'height'"),
    ],
)
async def test_a_condition_that_makes_no_sense_is_sent_back(
    openai_server: ModelServer, make_asker: MakeAsker, wrong: dict[str, Any], hint: str
) -> None:
    script = [step(metrics=["deal_count"], filters=[wrong]), BY_PRODUCT, TELL]
    await make_asker(openai_server, script, styles=("schema",)).ask("Products, oracle")
    assert hint in openai_server.requests[1]["messages"][-1]["content"]


async def test_a_period_runs_to_the_day_before_its_end(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    # Won in January: Acme's 1,000 alone; February's first deal is won on the 1st.
    script = [
        step(metrics=["won_amount"], **{"from": "2025-01-01", "to": "2025-02-01"}),
        schema_step("answer", text="It was $1,000.00 in January 2025."),
    ]
    answer = await make_asker(openai_server, script, styles=("schema",)).ask("January, oracle?")
    assert answer.answer.startswith("It was $1,000.00 in January 2025.")


async def test_a_follow_up_of_the_built_in_planner_goes_on_from_a_query_object(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    asker = make_asker(openai_server, [BY_PRODUCT, TELL], styles=("schema",))
    first = await asker.ask("What did the products bring, oracle?")
    openai_server.script = []  # nobody answers any more
    second = await asker.ask("by opportunity type", first.conversation_id)
    assert second.provenance.planner == "builtin"
    assert "Won revenue by opportunity type" in second.interpretation
    assert second.provenance.as_of == AS_OF


async def test_a_period_that_nobody_named_is_left_out(
    openai_server: ModelServer, make_asker: MakeAsker
) -> None:
    ranked = {"dimensions": ["product_category"], "order": "highest_first"}
    invented = step(metrics=["won_amount"], **{"from": "2025-02-15", "to": "2025-02-16"}, **ranked)
    asker = make_asker(openai_server, [invented, TELL], styles=("schema",))
    answer = await asker.ask("Won revenue by product category, best first")
    assert answer.interpretation.startswith("Won revenue by product category")
    rows = {row[0]: float(row[1]) for row in answer.queries[0].rows if row[1] is not None}
    assert rows == {"SaaS": 6_000.0}


@pytest.mark.parametrize(
    "question",
    [
        "Won revenue in January 2025",
        "Won revenue of fiscal period Q1-2025",  # a member of the data that is a period
        "Won revenue lately, oracle",  # who knows what that means?
    ],
)
async def test_a_period_that_may_have_been_named_is_kept(
    openai_server: ModelServer, make_asker: MakeAsker, question: str
) -> None:
    named = step(metrics=["won_amount"], **{"from": "2025-01-01", "to": "2025-02-01"})
    asker = make_asker(openai_server, [named, TELL], styles=("schema",))
    answer = await asker.ask(question)
    assert len(openai_server.requests) == 2
    assert "2025-01-01" in answer.queries[0].semantic_sql
