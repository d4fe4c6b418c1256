"""Verified queries as examples: a step asks for what the SQL asks for, or there is no example."""

from __future__ import annotations

import json
from typing import Any

import pytest

from semantic.catalog import build_catalog
from semantic.compiled import Principal
from semantic.parse import parse_query
from semantic.syntax import Select
from server.planner.llm.examples import to_arguments, write_examples
from server.planner.llm.steps import read_step
from server.planner.plan import PlannedQuery
from server.providers.base import ToolCall
from server.routes.dependencies import Services
from tests.homes import AS_OF, load_revenue_spec

CATALOG = build_catalog(load_revenue_spec())


def arguments(sql: str) -> dict[str, Any] | None:
    tree = parse_query(sql)
    assert isinstance(tree, Select)
    found = to_arguments(tree, CATALOG)
    return dict(found) if found is not None else None


def test_groups_segments_order_and_limit_are_said() -> None:
    assert arguments(
        "SELECT stage, MEASURE(won_amount) AS won_amount FROM opportunities WHERE open AND stalled "
        "GROUP BY stage ORDER BY won_amount DESC LIMIT 3"
    ) == {
        "metrics": ["won_amount"], "dimensions": ["stage"], "filters": [],
        "segments": ["open", "stalled"], "from": None, "to": None, "order": "highest_first",
        "limit": 3,
    }  # fmt: skip
    lowest = arguments("SELECT MEASURE(won_amount) FROM opportunities ORDER BY MEASURE(won_amount)")
    assert lowest is not None
    assert lowest["order"] == "lowest_first"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT stage, amount FROM opportunities",
        "SELECT MEASURE(win_rate) FROM opportunities WHERE NOT open",
        "SELECT MEASURE(win_rate) FROM opportunities WHERE stage = 'Qualify'",
        "SELECT MEASURE(win_rate) FROM opportunities WHERE open OR won",
        "SELECT stage, MEASURE(win_rate) FROM opportunities GROUP BY stage ORDER BY stage",
        "SELECT stage, MEASURE(win_rate) FROM opportunities GROUP BY 1 HAVING count(*) > 0",
        "SELECT stage, MEASURE(win_rate) FROM opportunities GROUP BY stage LIMIT 3 OFFSET 1",
        "SELECT MEASURE(win_rate) + 1 FROM opportunities",
        "SELECT MEASURE(win_rate) FROM (SELECT * FROM opportunities)",
    ],
)
def test_what_a_step_cannot_say_is_no_example(sql: str) -> None:
    assert arguments(sql) is None


def test_the_examples_are_of_different_kinds_and_few() -> None:
    lines = write_examples(CATALOG).splitlines()
    steps = [json.loads(line)["step"] for line in lines[1::2]]
    kinds = [frozenset(k for k, v in step["arguments"].items() if v) for step in steps]
    assert 2 <= len(steps) <= 4
    assert len(set(kinds)) == len(kinds)
    assert all(line.startswith("Question: ") for line in lines[::2])


@pytest.mark.asyncio(loop_scope="session")
async def test_a_step_gives_the_rows_of_the_verified_query(services: Services) -> None:
    tried = 0
    for verified in CATALOG.spec.verified_queries:
        said = arguments(verified.sql)
        if said is None:
            continue
        step = read_step(ToolCall("1", "query", json.dumps(said)), CATALOG, {})
        assert isinstance(step, PlannedQuery)
        rows = []
        for sql in (step.sql, verified.sql):
            found = await services.queries.run_sql(
                sql, as_of=AS_OF, limit=None, principal=Principal()
            )
            rows.append(sorted(map(str, found.rows)))
        assert rows[0] == rows[1], verified.question
        tried += 1
    assert tried >= 10
