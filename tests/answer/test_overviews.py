"""Questions that name no number: figures, splits and analyses chosen by how the model is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from semantic.catalog import build_catalog
from semantic.definitions import Catalog
from semantic.load import load_model
from semantic.spec import TileSpec
from server.planner.builtin.examples import AnalysisExample, Stored
from server.planner.builtin.facts import Facts
from server.planner.builtin.overview import choose_analyses
from tests.answer.conftest import MODEL, Asking, opened, order_files
from tests.homes import build_home, load_revenue_spec, tiny_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXECUTIVE = (
    "How are we doing?",
    "state of the business",
    "Prepare me for the board meeting",
    "What should I worry about?",
    "I need to understand our revenue performance and identify areas for improvement. "
    "What's our current situation?",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tiny(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asking]:
    root: Path = tmp_path_factory.mktemp("tiny-overview") / "home"
    async with opened(build_home(root, tiny_files(), load_revenue_spec())) as ask:
        yield ask


@pytest.mark.parametrize("question", EXECUTIVE)
async def test_an_executive_question_runs_tiles_and_analyses(tiny: Asking, question: str) -> None:
    answer = await tiny(question)

    assert answer.status == "answered", answer.answer
    ran = [name for name in answer.functions_executed if name != "semantic_query"]
    assert ran[0] == "get_comprehensive_pipeline_health"
    assert len(ran) == 2
    assert {"metrics", "bar", "line"} <= {chart.chart_type for chart in answer.visualizations}
    # Open: deals 3, 4, 5, 7, 9, 10, 12, of which 10 has no amount; three deals of 13 were won.
    assert answer.key_metrics["pipeline_value"].value == Decimal("13900.00")
    assert answer.key_metrics["won_amount"].value == Decimal("6000.00")
    assert answer.key_metrics["win_rate"].value == 50.0
    assert answer.key_metrics["open_deals"].value == 7
    assert answer.answer.startswith("Pipeline $13,900.00, ")
    # Deals 5, 7, 9 and 11 name no contact.
    assert "deals without a contact 4" in answer.answer.split("\n")[0]
    assert answer.follow_ups


async def test_an_overview_of_a_period_holds_every_figure_to_it(tiny: Asking) -> None:
    answer = await tiny("How are we doing this month?")

    # February: deals 6 and 11 were won, 13 was lost, 7 and 9 are open.
    assert answer.key_metrics["won_amount"].value == Decimal("5000.00")
    assert answer.key_metrics["pipeline_value"].value == Decimal("6700.00")
    assert set(answer.functions_executed) == {"semantic_query"}
    assert all("2025-02-01" in query.semantic_sql for query in answer.queries[:3])


async def test_the_next_question_goes_on_from_the_figures(tiny: Asking) -> None:
    first = await tiny(EXECUTIVE[-1])
    answer = await tiny(
        "Based on what you just showed me, which specific accounts should we focus on this "
        "quarter?",
        first.conversation_id,
    )

    assert answer.status == "answered"
    assert answer.has_context
    # Closing by the end of March: Café 700 + 6000, Acme 4000, Bolt 2000; Dune's amount is missing.
    pipeline = [c.name for c in answer.queries[0].columns].index("pipeline_value")
    found = [(row[0], row[pipeline]) for row in answer.queries[0].rows]
    assert found[:3] == [("Café", Decimal(6700)), ("Acme", Decimal(4000)), ("Bolt", Decimal(2000))]


async def test_a_model_without_a_dashboard_shows_its_main_metrics(tmp_path: Path) -> None:
    spec = load_model([MODEL]).spec.model_copy(update={"dashboard": ()})
    async with opened(build_home(tmp_path / "home", order_files(), spec)) as ask:
        answer = await ask("How are we doing?")

    assert answer.status == "answered"
    # All but the cancelled order of 80.
    assert answer.key_metrics["revenue"].value == Decimal("960.00")
    assert 3 <= len(answer.key_metrics) <= 6
    assert [chart.chart_type for chart in answer.visualizations] == ["metrics", "bar", "line"]


def example(name: str, by: str, *metrics: str, plain: bool = True) -> Stored:
    made = AnalysisExample(name, name, (), {}, metrics=metrics, by=by, is_plain=plain)
    return Stored(frozenset(), analysis=made)


async def test_analyses_are_chosen_by_what_they_show_not_by_their_name() -> None:
    catalog: Catalog = build_catalog(load_model([MODEL]).spec)
    tiles = [TileSpec(title="Key", metrics=("revenue", "order_count", "units", "gross_value"))]
    stored = [
        example("a", "channel", "revenue", "order_count", "units"),
        example("b", "status", "gross_value"),
        example("c", "status", "revenue", "gross_value", plain=False),
        example("d", "channel", "gross_value", "units"),
        example("e", "family", "buyers"),
        example("f", "family", "revenue", "units"),
    ]
    chosen = choose_analyses(Facts(catalog), stored, tiles)

    # Status is the one with an order; then what shows the most of the rest.
    assert [one.name for one in chosen] == ["b", "a"]
    assert choose_analyses(Facts(catalog), stored[4:5], tiles) == []
