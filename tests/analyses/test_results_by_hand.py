"""Every analysis on the tiny home, against results added up by hand from `tests/homes.py`.

The clock stands at 2025-02-15, so the days since creation of deals 1 to 13 are
105, 62, 67, 21, 5, 57, 31, 137, 87, 46, 41, 61 and 26.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from semantic.compiled import Principal
from server.analyses import Analyses, AnalysisResult
from tests.homes import AS_OF

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER = Principal()


async def run(analyses: Analyses, name: str, **parameters: Any) -> AnalysisResult:
    return await analyses.run(name, parameters, AS_OF, ASKER)


async def rows(analyses: Analyses, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows with decimals as floats, dates as texts, and doubles to nine places."""
    result = await run(analyses, name, **parameters)
    return [tuple(plain(cell) for cell in row) for row in result.rows]


def plain(value: Any) -> Any:
    if isinstance(value, Decimal | float):
        return round(float(value), 9)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


async def test_top_opportunities_are_open_deals_by_amount_and_unknown_amounts_come_last(
    tiny: Analyses,
) -> None:
    found = await rows(tiny, "get_top_opportunities_by_value")
    assert [row[1:7] for row in found] == [
        ("Café", 6000, "Negotiate", 70, 4200, "2025-02-28"),
        ("Acme", 4000, "Negotiate", 80, 3200, "2025-03-01"),
        ("Bolt", 2000, "Propose", 50, 1000, "2025-03-05"),
        ("Dune", 900, "Qualify", 20, 180, "2025-05-01"),
        ("Café", 700, "Meet & Present", 25, 175, "2025-02-10"),
        ("Bolt", 300, "Qualify", 10, 30, "2025-04-01"),
        ("Dune", None, "Propose", 40, None, "2025-03-10"),
    ]
    assert found[0][0] == "OCI: Storage Expansion Project"
    assert [row[7:] for row in found[3:6]] == [
        ("OCI", "Storage"),
        ("Data Cloud", None),
        ("PaaS", "AI"),
    ]


async def test_forecast_counts_deals_from_the_given_probability_up_with_the_total_first(
    tiny: Analyses,
) -> None:
    # From 50 %: deals 3 (4000 at 80), 9 (6000 at 70) and 4 (2000 at 50).
    assert await rows(tiny, "get_high_probability_revenue_forecast", min_probability=50) == [
        ("TOTAL FORECAST", 3, 12000, 8400, 66.666666667, "summary"),
        ("Negotiate", 2, 10000, 7400, 75, "stage"),
        ("Propose", 1, 2000, 1000, 50, "stage"),
    ]


async def test_forecast_over_no_deals_is_a_total_of_zero_without_an_average(
    tiny: Analyses,
) -> None:
    assert await rows(tiny, "get_high_probability_revenue_forecast", min_probability=81) == [
        ("TOTAL FORECAST", 0, 0, 0, None, "summary")
    ]


async def test_product_win_rates_hold_closed_deals_only_best_first(tiny: Analyses) -> None:
    assert await rows(tiny, "analyze_product_win_rates") == [
        ("SaaS", "HCM", 1, 0, 1, 100),
        ("SaaS", "ERP", 2, 2, 4, 50),
        ("OCI", "Compute", 0, 1, 1, 0),
    ]
    assert await rows(tiny, "analyze_product_win_rates", min_deals=2) == [
        ("SaaS", "ERP", 2, 2, 4, 50)
    ]


async def test_win_rates_by_type_average_the_size_of_closed_deals(tiny: Analyses) -> None:
    # New Business: 1000 and 2000 won, 1500 lost. Renewal: 3000 won, 800 lost. Expansion: 500 lost.
    assert await rows(tiny, "analyze_win_rates_by_type") == [
        ("New Business", 2, 1, 3, 66.666666667, 1500),
        ("Renewal", 1, 1, 2, 50, 1900),
        ("Expansion", 0, 1, 1, 0, 500),
    ]


async def test_fiscal_periods_leave_deals_without_an_amount_out_of_the_average_only(
    tiny: Analyses,
) -> None:
    # Q1: deals 3, 4, 7, 9 and 10; the amount of 10 is unknown. Q2: deals 5 and 12.
    assert await rows(tiny, "analyze_fiscal_period_distribution") == [
        ("Q1-2025", 5, 12700, 8575, 3175, 53),
        ("Q2-2025", 2, 1200, 210, 600, 15),
    ]


async def test_top_accounts_add_open_and_won_deals_and_count_them_per_stage(
    tiny: Analyses,
) -> None:
    assert await rows(tiny, "get_top_accounts_by_total_value", limit=3) == [
        ("Café", 6700, 4375, 2, 3350, {"Meet & Present": 1, "Negotiate": 1}),
        ("Bolt", 5300, 4030, 3, 1766.666666667, {"Closed Won": 1, "Propose": 1, "Qualify": 1}),
        ("Acme", 5000, 4200, 2, 2500, {"Closed Won": 1, "Negotiate": 1}),
    ]


async def test_expansion_opportunities_are_open_and_ordered_by_close_date(tiny: Analyses) -> None:
    found = await rows(tiny, "get_expansion_opportunities")
    assert [(row[0], row[3], row[5], row[7]) for row in found] == [
        ("Café", 6000, "Close it", 87),
        ("Acme", 4000, "Call", 67),
        ("Dune", 900, "Call", 61),
    ]


async def test_stalled_late_stage_deals_are_in_the_last_two_stages_for_more_than_the_days(
    tiny: Analyses,
) -> None:
    found = await rows(tiny, "analyze_stalled_high_stage_deals")
    assert [(row[0], row[2], row[5]) for row in found] == [
        ("Café", "Negotiate", 87),
        ("Acme", "Negotiate", 67),
    ]
    assert await rows(tiny, "analyze_stalled_high_stage_deals", min_days=87) == []


async def test_overdue_next_steps_need_a_next_step_and_more_than_thirty_days(
    tiny: Analyses,
) -> None:
    # Deal 10 is 46 days old and has no next step; deal 7 is 31 days old.
    found = await rows(tiny, "analyze_overdue_next_steps")
    assert [(row[0], row[5], row[7]) for row in found] == [
        ("Café", "Close it", 87),
        ("Acme", "Call", 67),
        ("Dune", "Call", 61),
        ("Café", "Call", 31),
    ]


async def test_recent_losses_look_back_from_the_clock(tiny: Analyses) -> None:
    # Closed 26, 12 and 76 days ago.
    found = await rows(tiny, "analyze_recent_losses")
    assert [(row[0], row[2], row[3]) for row in found] == [
        ("Acme", 500, "2025-01-20"),
        ("Dune", 800, "2025-02-03"),
    ]
    assert len(await rows(tiny, "analyze_recent_losses", days=76)) == 3
    assert len(await rows(tiny, "analyze_recent_losses", days=75)) == 2
    assert len(await rows(tiny, "analyze_recent_losses", days=11)) == 0


async def test_winning_titles_are_shares_of_all_wins(tiny: Analyses) -> None:
    # Three wins, one of them without a contact.
    assert await rows(tiny, "analyze_winning_contact_titles") == [
        ("CEO", 1, 33.333333333, 1000),
        ("VP of Sales", 1, 33.333333333, 3000),
    ]


async def test_c_level_engagement_knows_chief_officers_by_either_spelling(tiny: Analyses) -> None:
    # Late-stage: deals 3 (Chief Data Officer), 10 (CTO), 4 (VP of Sales), 9 (no contact).
    assert await rows(tiny, "analyze_c_level_engagement") == [
        ("With C-level contact", 2, 4000, 4000, 60),
        ("Without C-level contact", 2, 8000, 4000, 60),
    ]


async def test_successful_actions_are_next_steps_of_won_deals(tiny: Analyses) -> None:
    assert await rows(tiny, "analyze_successful_actions") == [
        ("Kick off", 2, 2000),
        ("Send thanks", 1, 2000),
    ]
    assert await rows(tiny, "analyze_successful_actions", limit=1) == [("Kick off", 2, 2000)]


async def test_missing_stakeholders_default_to_the_upper_quartile_of_amounts(
    tiny: Analyses,
) -> None:
    # Twelve known amounts; three quarters lie below 2250.
    assert await rows(tiny, "identify_missing_stakeholders") == [
        ("Café", "OCI: Storage Expansion Project", 6000, "Negotiate", "No contact", "No title", 87)
    ]


async def test_missing_stakeholders_lie_above_the_amount_given(tiny: Analyses) -> None:
    above = await rows(tiny, "identify_missing_stakeholders", min_amount=699.99)
    assert [row[2] for row in above] == [700, 6000]
    assert len(await rows(tiny, "identify_missing_stakeholders", min_amount=700)) == 1


async def test_stalled_opportunities_grade_their_urgency(tiny: Analyses) -> None:
    found = await rows(tiny, "analyze_stalled_opportunities", min_days=20)
    assert [(row[0], row[2], row[5], row[9]) for row in found] == [
        ("Dune", "Qualify", 61, "High"),
        ("Dune", "Propose", 46, "Medium"),
        ("Bolt", "Propose", 21, "Low"),
    ]


async def test_stage_metrics_cover_closed_stages_too(tiny: Analyses) -> None:
    assert await rows(tiny, "get_stage_metrics") == [
        ("Closed Lost", 3, 933.333333333, 800, 2800, 0, 0, 75),
        ("Closed Won", 3, 2000, 2000, 6000, 100, 100, 67.666666667),
        ("Meet & Present", 1, 700, 700, 700, 25, 25, 31),
        ("Negotiate", 2, 5000, 5000, 10000, 75, 75, 77),
        ("Propose", 2, 2000, 2000, 2000, 45, 45, 33.5),
        ("Qualify", 2, 600, 600, 1200, 15, 15, 33),
    ]


async def test_action_types_convert_by_closed_deals(tiny: Analyses) -> None:
    # Implementation: 1000, 3000 and 2000 won, 1500 lost; days 105, 57, 41 and 137.
    assert await rows(tiny, "analyze_action_type_conversion") == [
        ("Implementation", 3, 1, 4, 75, 1875, 85),
        ("Migration", 0, 1, 1, 0, 800, 26),
        ("Upgrade Proposal", 0, 1, 1, 0, 500, 62),
    ]


async def test_next_steps_by_outcome_rank_within_won_and_lost(tiny: Analyses) -> None:
    assert await rows(tiny, "analyze_next_steps_by_outcome") == [
        ("Kick off", "Won", 2, 2000),
        ("Send thanks", "Won", 1, 2000),
        ("Write report", "Lost", 2, 1000),
        ("Ask why", "Lost", 1, 800),
    ]
    found = await rows(tiny, "analyze_next_steps_by_outcome", limit=1)
    assert [row[0] for row in found] == ["Kick off", "Write report"]


async def test_pipeline_health_scores_probability_and_age(tiny: Analyses) -> None:
    # Negotiate: 75 / 2 + 50 - 0.6 * (77 - 15) = 50.3, and so on.
    assert await rows(tiny, "get_comprehensive_pipeline_health") == [
        ("Negotiate", 2, 10000, 7400, 75, 77, 50.3, "Fair"),
        ("Propose", 2, 2000, 1000, 45, 33.5, 61.4, "Good"),
        ("Qualify", 2, 1200, 210, 15, 33, 46.7, "Fair"),
        ("Meet & Present", 1, 700, 175, 25, 31, 52.9, "Fair"),
    ]


async def test_account_view_follows_the_account_and_not_the_spelling_of_a_line(
    tiny: Analyses,
) -> None:
    result = await run(tiny, "get_account_360_view", account_name="aCME")
    assert result.parameters == {"account_name": "Acme"}
    assert plain(result.object) == {
        "account_name": "Acme",
        "opportunity_summary": {
            "total_opportunities": 3,
            "total_value": 5500,
            "weighted_value": 4200,
            "won_deals": 1,
            "lost_deals": 1,
            "active_deals": 1,
        },
        "stage_distribution": {"Closed Lost": 1, "Closed Won": 1, "Negotiate": 1},
        "product_preferences": {"SaaS": 2, "OCI": 1},
        "contact_titles": {"VP of Sales": 2, "CEO": 1},
        "recent_opportunities": [
            {
                "Opportunity Name": "SaaS: ERP Upgrade Proposal",
                "Stage": "Closed Lost",
                "Amount": 500,
                "Probability (%)": 0,
                "Next Step": "Write report",
            },
            {
                "Opportunity Name": "OCI: Compute Migration",
                "Stage": "Negotiate",
                "Amount": 4000,
                "Probability (%)": 80,
                "Next Step": "Call",
            },
            {
                "Opportunity Name": "SaaS: ERP Implementation",
                "Stage": "Closed Won",
                "Amount": 1000,
                "Probability (%)": 100,
                "Next Step": "Kick off",
            },
        ],
        "total_contacts": 4,
    }


async def test_account_view_keeps_a_deal_whose_line_lacks_the_account_id(tiny: Analyses) -> None:
    result = await run(tiny, "get_account_360_view", account_name="Bolt")
    assert result.object is not None
    summary = result.object["opportunity_summary"]
    assert (summary["total_opportunities"], summary["total_value"]) == (3, 5300)


async def test_a_nested_result_is_one_row_of_the_keys_of_its_object(tiny: Analyses) -> None:
    result = await run(tiny, "get_account_360_view", account_name="Bolt")
    assert result.object is not None
    assert [column.name for column in result.columns] == list(result.object)
    assert result.rows == (tuple(result.object.values()),)
    assert [column.name for column in result.main.columns] == ["stage", "deal_count"]
    assert len(result.queries) == 6


async def test_pipeline_trends_fill_empty_months_and_end_before_the_running_one(
    tiny: Analyses,
) -> None:
    # Created in 10: deal 8; in 11: 1 and 9; in 12: 2, 3, 6, 10 and 12; in 1: 4, 7, 11 and 13.
    found = await rows(tiny, "calculate_pipeline_trends", months=6)
    assert found[:-1] == [
        ("2024-08", 0, 0, None, 0, None),
        ("2024-09", 0, 0, None, 0, None),
        ("2024-10", 0, 1, 1500, 0, None),
        ("2024-11", 6000, 2, 3500, 100, None),
        ("2024-12", 4900, 5, 2100, 50, None),
        ("2025-01", 2700, 4, 1375, 50, None),
    ]
    # Over 0, 0, 0, 6000 and 4900: mean 2180, standard deviation the root of 7249600.
    assert found[-1] == (
        *(None,) * 5,
        {
            "pipeline_trend": "increasing",
            "pipeline_change_percent": 0,
            "avg_monthly_pipeline": 2180,
            "pipeline_volatility": pytest.approx(7249600**0.5),
        },
    )


async def test_pipeline_trends_cross_the_turn_of_the_year(tiny: Analyses) -> None:
    found = await rows(tiny, "calculate_pipeline_trends", months=36)
    assert [row[0] for row in found[:-1]] == [
        f"{year}-{month:02}"
        for year in (2022, 2023, 2024, 2025)
        for month in range(1, 13)
        if (2022, 2) <= (year, month) < (2025, 2)
    ]


async def test_pipeline_change_is_in_percent_of_the_first_month(tiny: Analyses) -> None:
    # The months before the last are 2024-11 (6000) and 2024-12 (4900).
    found = await rows(tiny, "calculate_pipeline_trends", months=3)
    assert found[-1][-1]["pipeline_trend"] == "decreasing"
    assert found[-1][-1]["pipeline_change_percent"] == pytest.approx(-100 * 1100 / 6000)


async def test_a_share_is_compared_in_percent_and_an_amount_as_it_is(tiny: Analyses) -> None:
    # SaaS won 3 of 5; the mean of 60, 0, 0 and 0 is 15.
    name = "compare_performance_metrics"
    assert await rows(tiny, name) == [
        ("SaaS", "win_rate", 60, 5, "product_category", 300, "above average"),
        ("OCI", "win_rate", 0, 5, "product_category", -100, "below average"),
        ("PaaS", "win_rate", 0, 2, "product_category", -100, "below average"),
        ("Data Cloud", "win_rate", 0, 1, "product_category", -100, "below average"),
    ]
    # Won: Web 1000, Event 3000 + 2000, and nothing for the deal without a lead source.
    found = await rows(tiny, name, dimension="lead_source", metric="won_amount")
    assert [row[:5] for row in found] == [
        ("Event", "won_amount", 5000, 6, "lead_source"),
        ("Web", "won_amount", 1000, 6, "lead_source"),
        (None, "won_amount", 0, 1, "lead_source"),
    ]
    assert [row[5:] for row in found] == [
        (150, "above average"),
        (-50, "below average"),
        (-100, "below average"),
    ]


async def test_deal_velocity_nests_stages_and_bottlenecks(tiny: Analyses) -> None:
    found = plain((await run(tiny, "analyze_deal_velocity", stuck_days=32)).object)
    by_stage = found.pop("velocity_by_stage")
    assert found == {
        "avg_sales_cycle": pytest.approx(746 / 13),
        "fastest_deal_days": 5,
        "slowest_deal_days": 137,
        "deals_over_60_days": 6,
        "bottlenecks": [
            {"stage": "Negotiate", "avg_days": 77, "deals_stuck": 2},
            {"stage": "Propose", "avg_days": 33.5, "deals_stuck": 1},
            {"stage": "Qualify", "avg_days": 33, "deals_stuck": 1},
        ],
    }
    assert list(by_stage) == sorted(by_stage)
    assert by_stage["Negotiate"] == {
        "avg_days": 77,
        "median_days": 77,
        "std_dev": pytest.approx(200**0.5),
        "deal_count": 2,
    }
    assert by_stage["Meet & Present"]["std_dev"] is None


async def test_the_clock_is_the_one_given(tiny: Analyses) -> None:
    result = await tiny.run("analyze_recent_losses", {}, AS_OF.replace(year=2024), ASKER)
    assert len(result.rows) == 3
    later = await tiny.run("analyze_recent_losses", {}, AS_OF.replace(year=2026), ASKER)
    assert later.rows == ()


async def test_a_result_says_where_it_comes_from(tiny: Analyses) -> None:
    result = await run(tiny, "get_top_accounts_by_total_value")
    assert result.title == "Top accounts by total opportunity value"
    assert result.parameters == {"limit": 5}
    assert result.as_of == AS_OF
    assert not result.truncated
    assert result.main.data_sources == ("opportunities.csv",)
    formats = {column.name: column.format for column in result.columns}
    assert formats["total_opportunity_value"] == "currency"
    assert formats["expected_value"] == "currency"
    labels = {column.name: column.label for column in result.columns}
    assert labels["stage_distribution"] == "Deals per stage"
