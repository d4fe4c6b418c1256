"""The files of the analyses: their headers are whole, and every mistake in one is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semantic.analyses import load_templates, parse_template
from semantic.analysis_names import find_reason
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from server.analyses import load_packaged

FOLDER = Path(__file__).resolve().parents[2] / "sql_templates"

NAMES = (
    "get_top_opportunities_by_value",
    "get_high_probability_revenue_forecast",
    "analyze_product_win_rates",
    "analyze_win_rates_by_type",
    "analyze_fiscal_period_distribution",
    "get_top_accounts_by_total_value",
    "get_expansion_opportunities",
    "analyze_stalled_high_stage_deals",
    "analyze_overdue_next_steps",
    "analyze_recent_losses",
    "analyze_winning_contact_titles",
    "analyze_c_level_engagement",
    "analyze_successful_actions",
    "identify_missing_stakeholders",
    "analyze_stalled_opportunities",
    "get_stage_metrics",
    "analyze_action_type_conversion",
    "analyze_next_steps_by_outcome",
    "get_comprehensive_pipeline_health",
    "get_account_360_view",
    "calculate_pipeline_trends",
    "compare_performance_metrics",
    "analyze_deal_velocity",
)

GOOD = """\
/*
name: count_deals
title: Number of deals
purpose: How many deals there are per stage.
parameters:
  min_amount: {type: number, default: 0, description: Smallest amount.}
columns:
  stage: {description: Stage.}
  deals: {description: Number of deals.}
result: {rows: counted}
chart: {type: bar, x: stage, y: [deals]}
example_questions: ["How many deals are there per stage?"]
*/
-- query: counted
SELECT stage, COUNT(*) AS deals FROM opportunities WHERE amount >= $min_amount GROUP BY stage;
"""


def issues_of(text: str) -> list[str]:
    with pytest.raises(SemanticError) as caught:
        parse_template(text, "count_deals.sql")
    return [f"{issue.where} {issue.message} {issue.hint}" for issue in caught.value.issues]


def test_the_23_analyses_are_there_one_per_file() -> None:
    packaged = {template.name: template for template in load_packaged()}
    assert set(NAMES) <= set(packaged)
    assert len(NAMES) == 23
    for name, template in packaged.items():
        assert template.file == f"{name}.sql"


def test_every_file_in_the_folder_is_packaged() -> None:
    assert {t.file for t in load_packaged()} == {file.name for file in FOLDER.glob("*.sql")}


def test_every_analysis_compiles_on_the_packaged_model(revenue_catalog: Catalog) -> None:
    reasons = {t.name: find_reason(revenue_catalog, t) for t in load_packaged()}
    assert reasons == dict.fromkeys(reasons, "")


def test_every_parameter_and_column_is_described() -> None:
    for template in load_packaged():
        header = template.header
        for name, spec in header.parameters.items():
            assert spec.description.endswith("."), (template.name, name)
        for name, column in header.columns.items():
            assert column.description, (template.name, name)
        assert header.purpose.endswith(".")


def test_no_two_analyses_claim_the_same_words() -> None:
    claimed: dict[str, str] = {}
    for template in load_packaged():
        for words in (*template.header.example_questions, *template.header.synonyms):
            plain = re.sub(r"\W+", " ", words).strip().casefold()
            assert plain not in claimed, (words, template.name, claimed.get(plain))
            claimed[plain] = template.name


def test_nothing_is_rounded_in_sql() -> None:
    for template in load_packaged():
        for sql in template.statements.values():
            assert "round(" not in sql.lower(), template.name


def test_a_whole_file_is_read() -> None:
    template = parse_template(GOOD, "count_deals.sql")
    assert template.name == "count_deals"
    assert template.arguments_of("counted") == ("min_amount",)
    assert template.to_sql("counted", {}).endswith("GROUP BY stage")


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("/*", "", "count_deals.sql:1 The file does not begin with a header."),
        ("title: Number of deals\n", "", "'title': Field required"),
        ("title:", "titel:", "count_deals.sql:3 'titel' is not a key"),
        ("type: number", "type: money", "count_deals.sql:6 'parameters.min_amount.type'"),
        ("default: 0", "defalt: 0", "Did you mean 'default'?"),
        ("default: 0", "default: many", "The default of 'min_amount' does not fit"),
        ("default: 0", "default: 0, min: 5", "The default of 'min_amount' does not fit"),
        ("type: number, default: 0", "type: text, min: 1", "'min' and 'max' belong to"),
        ("default: 0", "default: 0, required: true", "a required parameter has no default"),
        ("type: number, default: 0", "type: dimension", "'model' is required for a dimension"),
        ("type: number, default: 0", "type: metric, model: opportunities", "needs a default or"),
        ("$min_amount", "$min_amnt", "uses $min_amnt, which is not declared"),
        ("$min_amount", "10", "The parameter 'min_amount' is not used."),
        ("$min_amount", "$min_amount AND {stage} = 1", "{stage}, which is no dimension"),
        ("rows: counted", "rows: count", "The header names the query 'count'"),
        ("rows: counted", "rows: counted, object: {a: {query: counted}}", "either 'rows' or"),
        ("y: [deals]", "y: [deal]", "The chart names 'deal', which is no column."),
        ("-- query: counted", "", "stands below a line '-- query: <name>'"),
        ("-- query: counted", "-- query: counted\n-- query: other", "'counted' is empty"),
        ("GROUP BY stage;", "GROUP BY stage;\n-- query: more\nSELECT 1", "'more' is not part"),
        ("name: count_deals", "name: Count Deals", "count_deals.sql:2 'name'"),
        ('["How many deals are there per stage?"]', "[]", "'example_questions'"),
        ("title: Number", "title: [Number", "count_deals.sql"),
    ],
)
def test_a_mistake_is_reported_with_its_place(old: str, new: str, said: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    assert any(said in issue for issue in issues_of(text)), issues_of(text)


def test_a_name_of_the_model_cannot_be_bound_as_a_value() -> None:
    text = GOOD.replace(
        "type: number, default: 0", "type: dimension, model: opportunities, default: stage"
    )
    assert any("a name of the model is written {min_amount}" in issue for issue in issues_of(text))


def test_a_placeholder_takes_nothing_but_an_identifier() -> None:
    template = next(t for t in load_packaged() if t.name == "compare_performance_metrics")
    good = {"dimension": "stage", "metric": "win_rate", "metric_factor": "100"}
    assert "{" not in template.to_sql("members", good)
    for bad in ("stage; SELECT", 'a"b', "Stage", "", "a b", "stâge", "1e5", "٣", "-1", "stage\n"):
        with pytest.raises(ValueError, match="no registry identifier"):
            template.to_sql("members", good | {"dimension": bad})


def test_all_files_report_their_mistakes_at_once() -> None:
    broken = GOOD.replace("title:", "titel:")
    with pytest.raises(SemanticError) as caught:
        load_templates([("a.sql", broken), ("b.sql", GOOD), ("c.sql", GOOD), ("d.sql", "")])
    said = " ".join(issue.to_sentence() for issue in caught.value.issues)
    assert "a.sql:3" in said
    assert "Two files define the analysis 'count_deals'. The other one is b.sql." in said
    assert "d.sql:1" in said


def test_an_analysis_whose_header_and_columns_disagree_is_not_available(
    revenue_catalog: Catalog,
) -> None:
    text = GOOD.replace("COUNT(*) AS deals", "COUNT(*) AS number_of_deals")
    reason = find_reason(revenue_catalog, parse_template(text, "count_deals.sql"))
    assert "number_of_deals" in reason


def test_an_analysis_over_names_that_do_not_exist_says_which(revenue_catalog: Catalog) -> None:
    text = GOOD.replace("SELECT stage", "SELECT stage_of_life AS stage")
    assert "stage_of_life" in find_reason(revenue_catalog, parse_template(text, "x.sql"))
