"""What an asker gives for the parameters of an analysis: taken, or refused with a way out."""

from __future__ import annotations

from typing import Any

import pytest

from semantic.compiled import Principal
from semantic.definitions import Catalog
from server.analyses import Analyses
from server.errors import InvalidParameters, NotFound
from tests.homes import AS_OF

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER = Principal()


async def refusal(analyses: Analyses, name: str, parameters: dict[str, Any]) -> InvalidParameters:
    with pytest.raises(InvalidParameters) as caught:
        await analyses.run(name, parameters, AS_OF, ASKER)
    assert caught.value.status == 422
    assert caught.value.issues
    return caught.value


async def test_an_unknown_analysis_is_not_found_and_the_nearest_is_named(tiny: Analyses) -> None:
    with pytest.raises(NotFound) as caught:
        await tiny.run("get_top_accounts_by_value", {}, AS_OF, ASKER)
    assert caught.value.status == 404
    assert caught.value.issues[0].suggestions[0] == "get_top_accounts_by_total_value"
    assert "get_top_accounts_by_total_value" in caught.value.detail


@pytest.mark.parametrize("value", [3, "3", 3.0, " 3 "])
async def test_a_whole_number_may_come_as_text_or_without_a_fraction(
    tiny: Analyses, value: Any
) -> None:
    result = await tiny.run("get_top_opportunities_by_value", {"limit": value}, AS_OF, ASKER)
    assert (len(result.rows), result.parameters) == (3, {"limit": 3})


async def test_null_is_the_default(tiny: Analyses) -> None:
    result = await tiny.run("get_top_opportunities_by_value", {"limit": None}, AS_OF, ASKER)
    assert result.parameters == {"limit": 10}


@pytest.mark.parametrize(
    "value",
    ["five", "5; DROP TABLE opportunities", 2.5, True, [5], {"limit": 5}, "", "0x5", 10**30, "٣"],
)
async def test_what_is_no_whole_number_is_refused(tiny: Analyses, value: Any) -> None:
    error = await refusal(tiny, "get_top_opportunities_by_value", {"limit": value})
    assert [issue.code for issue in error.issues] == ["wrong-parameter-type"]
    assert "whole number" in error.detail


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1e5", "nan", "10,5"])
async def test_what_is_no_finite_number_is_refused(tiny: Analyses, value: Any) -> None:
    error = await refusal(tiny, "identify_missing_stakeholders", {"min_amount": value})
    assert error.issues[0].code == "wrong-parameter-type"


@pytest.mark.parametrize("value", [0, -1, 1001])
async def test_a_number_outside_its_bounds_is_refused_with_the_bound(
    tiny: Analyses, value: int
) -> None:
    error = await refusal(tiny, "get_top_opportunities_by_value", {"limit": value})
    assert error.issues[0].code == "parameter-out-of-range"
    assert ("1,000" if value > 0 else "at least 1") in error.detail


async def test_an_unknown_parameter_is_refused_with_the_nearest_name(tiny: Analyses) -> None:
    error = await refusal(tiny, "analyze_stalled_opportunities", {"min_day": 10})
    assert error.issues[0].suggestions == ("min_days",)
    nothing = await refusal(tiny, "get_stage_metrics", {"limit": 10})
    assert "takes no parameters" in nothing.detail


async def test_all_mistakes_are_reported_at_once(tiny: Analyses) -> None:
    given = {"dimension": "stages", "metric": "win_rat", "limit": 3}
    error = await refusal(tiny, "compare_performance_metrics", given)
    assert {issue.code: issue.suggestions[:1] for issue in error.issues} == {
        "unknown-parameter": (),
        "unknown-dimension": ("stage",),
        "unknown-metric": ("win_rate",),
    }


async def test_a_required_parameter_is_asked_for(tiny: Analyses) -> None:
    error = await refusal(tiny, "get_account_360_view", {})
    assert error.issues[0].code == "missing-parameter"
    assert "account_name" in error.detail


@pytest.mark.parametrize(
    "given, near", [("Acmee", "Acme"), ("BOLTS", "Bolt"), ("cafe", "Café"), ("un", "Dune")]
)
async def test_an_unknown_account_is_refused_with_near_names(
    tiny: Analyses, given: str, near: str
) -> None:
    error = await refusal(tiny, "get_account_360_view", {"account_name": given})
    assert error.issues[0].code == "unknown-member"
    assert near in error.issues[0].suggestions
    assert near in error.detail


@pytest.mark.parametrize("given", ["Acme' OR '1'='1", "x' UNION SELECT 1 --", "%", "_cme", "Ac%"])
async def test_an_account_name_is_a_value_and_never_a_pattern_or_sql(
    tiny: Analyses, given: str
) -> None:
    error = await refusal(tiny, "get_account_360_view", {"account_name": given})
    assert error.issues[0].code == "unknown-member"


@pytest.mark.parametrize("given", ["", "   ", "Acme\x00", "Acme\n", 7, None, "x" * 501])
async def test_what_is_no_text_is_refused_as_an_account_name(tiny: Analyses, given: Any) -> None:
    # A trailing line break is cut off like other space around a name.
    if given == "Acme\n":
        result = await tiny.run("get_account_360_view", {"account_name": given}, AS_OF, ASKER)
        assert result.parameters == {"account_name": "Acme"}
        return
    await refusal(tiny, "get_account_360_view", {"account_name": given})


INJECTIONS = [
    "stage; DROP TABLE opportunities",
    "stage, amount",
    "stage)--",
    '"stage"',
    "stage AS category, (SELECT max(amount) FROM opportunities)",
    "accounts.account_name",
    "opportunities.stage",
    "STAGE",
    "*",
    "{metric}",
    "$limit",
    "as_of()",
    "meta.version",
    "offering",  # exists, but is hidden
    "open",  # a segment
    "won_amount",  # a metric
]


@pytest.mark.parametrize("given", INJECTIONS)
async def test_only_a_visible_dimension_of_the_model_gets_in_as_a_dimension(
    tiny: Analyses, given: str
) -> None:
    error = await refusal(tiny, "compare_performance_metrics", {"dimension": given})
    assert [issue.code for issue in error.issues] == ["unknown-dimension"]


@pytest.mark.parametrize(
    "given",
    [
        "win_rate) FROM opportunities --",
        "win_rate + 1",
        "amount",
        "contact_count",  # of another model
        "won_amount_ytd",  # needs a time axis
        "opportunities.win_rate",
        "WIN_RATE",
    ],
)
async def test_only_a_plain_metric_of_the_model_gets_in_as_a_metric(
    tiny: Analyses, given: str
) -> None:
    error = await refusal(tiny, "compare_performance_metrics", {"metric": given})
    assert [issue.code for issue in error.issues] == ["unknown-metric"]


async def test_a_synonym_leads_to_the_name_of_the_dimension(tiny: Analyses) -> None:
    error = await refusal(tiny, "compare_performance_metrics", {"dimension": "channel"})
    assert error.issues[0].suggestions[0] == "lead_source"


async def test_every_dimension_and_every_plain_metric_can_be_compared(
    tiny: Analyses, revenue_catalog: Catalog
) -> None:
    """No name that is let in leads to SQL that does not run."""
    model = revenue_catalog.models["opportunities"]
    dimensions = [name for name, found in model.dimensions.items() if not found.hidden]
    metrics = [
        name for name, found in model.metrics.items() if found.kind in ("agg", "ratio", "derived")
    ]
    assert len(dimensions) > 15
    assert len(metrics) > 30
    pairs = [{"dimension": name} for name in dimensions] + [{"metric": name} for name in metrics]
    for given in pairs:
        result = await tiny.run("compare_performance_metrics", given, AS_OF, ASKER)
        assert sum(row[3] for row in result.rows) == 13, given
