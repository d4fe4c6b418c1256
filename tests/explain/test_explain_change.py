"""explain_change on a small ferry company, through the real engine.

Eight trips in January and February 2025; fares are in euros:

    trip route  boat day   fare  seats taken late  tonnes
    1    North  B1   1/5   100   10    5     yes   1.5
    2    North  B1   1/9   50    10    10    no    0.25
    3    South  B2   1/20  80.50 20    10    no    2
    4           B2   1/21  10    4     1     no
    5    North  B1   2/3   120   10    8     no    1
    6    South  B2   2/4   30.25 20    4     yes   0.1
    7    South  B3   2/10  40    20    16    yes   0.2
    8    West   B3   2/11  5     5     5     no    3

B1 and B2 lie in Kiel, B3 has no harbour. January earned 240.50, February 195.25.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import pytest_asyncio
import yaml

from semantic.catalog import build_catalog
from semantic.compiled import Principal
from semantic.spec import SemanticModelSpec
from server.analyses import Analyses, AnalysisResult
from server.change_request import name_period, parse_request
from server.errors import AnalysisUnavailable, InvalidParameters
from server.warehouse.execute import Warehouse
from tests.homes import AS_OF, build_home, open_warehouse

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODEL = """
name: ferry
currency: EUR
calendar: {fiscal_year_start: april}
sources:
  - name: trips
    files: ["trips.csv"]
    columns:
      Trip: {to: trip, type: integer}
      Route: {to: route, type: text}
      Boat: {to: boat, type: text}
      Day: {to: day, type: date, formats: ["%Y-%m-%d"]}
      Fare: {to: fare, type: "decimal(10,2)"}
      Seats: {to: seats, type: integer}
      Taken: {to: taken, type: integer}
      Late: {to: late, type: text}
      Tonnes: {to: tonnes, type: number}
  - name: boats
    files: ["boats.csv"]
    columns:
      Boat: {to: boat, type: text}
      Harbour: {to: harbour, type: text}
models:
  - name: trips
    source: trips
    primary_key: trip
    time: day
    dimensions:
      - {name: trip, type: number}
      - {name: route, label: Route}
      - {name: boat}
      - {name: day, type: time}
      - {name: month, expr: "CASE WHEN month(day) = 1 THEN 'January' ELSE 'February' END"}
      - {name: before, label: Late or not, expr: "late"}
      - {name: is_late, type: boolean, expr: "late = 'yes'"}
      - {name: fare, type: number, format: currency}
      - {name: seats, type: number}
      - {name: taken, type: number}
      - {name: tonnes, type: number}
      - {name: late, hidden: true}
    segments:
      - {name: delayed, filter: "late = 'yes'"}
      - {name: punctual, filter: "late = 'no'"}
    metrics:
      - {name: income, agg: sum, expr: fare, format: currency}
      - {name: trip_count, agg: count, format: integer}
      - {name: late_trips, agg: count, where: delayed, format: integer}
      - {name: late_rate, ratio: {of: late_trips, to: trip_count}, format: percent, better: lower}
      - {name: taken_seats, agg: sum, expr: taken}
      - {name: all_seats, agg: sum, expr: seats}
      - {name: load, ratio: {of: taken_seats, to: all_seats}, format: percent}
      - {name: punctual_fare, agg: avg, expr: fare, where: punctual, format: currency}
      - {name: cargo, agg: sum, expr: tonnes}
      - {name: net_income, derived: "income - 2 * taken_seats - late_trips", format: currency}
      - {name: fare_per_seat, derived: "income / taken_seats", format: currency}
      - {name: root, derived: "sqrt(income)"}
      - {name: boats_used, agg: count_distinct, expr: boat}
      - {name: best_fare, agg: max, expr: fare}
      - {name: income_so_far, cumulative: {of: income, to_date: year}}
      - {name: income_change, change: {of: income, offset: "1 month"}}
      - {name: last_seats, agg: sum, expr: seats, last: {over: day}}
      - {name: per_boat, derived: "income / boat_count"}
  - name: boats
    source: boats
    primary_key: boat
    dimensions:
      - {name: boat}
      - {name: harbour, label: Harbour}
    metrics:
      - {name: boat_count, agg: count}
relationships:
  - {name: trip_boat, from: trips.boat, to: boats.boat}
policies:
  - {role: southerner, model: trips, rows: "route = 'South'"}
"""

TRIPS = """\
Trip,Route,Boat,Day,Fare,Seats,Taken,Late,Tonnes
1,North,B1,2025-01-05,100,10,5,yes,1.5
2,North,B1,2025-01-09,50,10,10,no,0.25
3,South,B2,2025-01-20,80.50,20,10,no,2
4,,B2,2025-01-21,10,4,1,no,
5,North,B1,2025-02-03,120,10,8,no,1
6,South,B2,2025-02-04,30.25,20,4,yes,0.1
7,South,B3,2025-02-10,40,20,16,yes,0.2
8,West,B3,2025-02-11,5,5,5,no,3
"""
BOATS = "Boat,Harbour\nB1,Kiel\nB2,Kiel\nB3,\n"
FEBRUARY = {"period": "2025-02"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ferry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Any, ...]]:
    spec = SemanticModelSpec.model_validate(yaml.safe_load(MODEL))
    files = {"trips.csv": TRIPS, "boats.csv": BOATS}
    home = build_home(tmp_path_factory.mktemp("ferry") / "home", files, spec)
    async with open_warehouse(home) as warehouse:
        catalog = build_catalog(spec)
        yield Analyses(catalog, (), warehouse), warehouse, catalog


@pytest.fixture
def analyses(ferry: tuple[Any, ...]) -> Analyses:
    found: Analyses = ferry[0]
    return found


async def explain(
    analyses: Analyses, metric: str, roles: tuple[str, ...] = (), **given: Any
) -> AnalysisResult:
    asker = Principal(roles=frozenset(roles))
    parameters = {"metric": metric, **FEBRUARY, **given}
    return await analyses.run("explain_change", parameters, AS_OF, asker)


def rows_of(result: AnalysisResult, dimension: str) -> dict[Any, tuple[Any, ...]]:
    return {row[1]: row[2:] for row in result.rows if row[0] == dimension}


async def issue_of(analyses: Analyses, **given: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidParameters) as caught:
        await analyses.run("explain_change", given, AS_OF, Principal())
    issue = caught.value.issues[0]
    return issue.code, issue.message, issue.hint


async def test_a_sum_is_explained_to_the_cent_with_the_rows_without_a_member(
    analyses: Analyses,
) -> None:
    result = await explain(analyses, "income", dimensions="route, boats.harbour")
    assert [c.name for c in result.columns] == [
        "dimension", "member", "before", "after", "change", "share_of_change", "rate_effect",
        "mix_effect",
    ]  # fmt: skip
    assert result.queries[0].rows == ((Decimal("240.50"), Decimal("195.25"), Decimal("-45.25")),)
    route = rows_of(result, "route")
    assert {member: row[:3] for member, row in route.items()} == {
        "North": (150, 120, -30),
        "South": (Decimal("80.5"), Decimal("70.25"), Decimal("-10.25")),
        None: (10, 0, -10),
        "West": (0, 5, 5),
    }
    assert {row[:3] for row in rows_of(result, "boats.harbour").values()} == {
        (Decimal("240.5"), Decimal("150.25"), Decimal("-90.25")), (0, 45, 45),
    }  # fmt: skip
    for dimension in ("route", "boats.harbour"):
        parts = rows_of(result, dimension).values()
        assert sum(row[2] for row in parts) == Decimal("-45.25")
        assert sum(row[3] for row in parts) == 1
        assert {row[4:] for row in parts} == {(None, None)}
    assert result.sentences[0] == (
        "Income fell from €240.50 in Jan 2025 to €195.25 in Feb 2025: -€45.25 (-18.8%)."
    )
    assert result.sentences[1].startswith("By route: North -€30.00 (66.3% of the change);")


async def test_a_false_premise_is_contradicted_and_a_true_one_is_not(analyses: Analyses) -> None:
    wrong = await explain(analyses, "income", premise="rise")
    assert wrong.sentences[0].startswith("Income fell from")
    assert wrong.sentences[0].endswith("It did not rise.")
    right = await explain(analyses, "income", premise="fall")
    assert "did not" not in right.sentences[0]


async def test_every_query_can_be_run_again_by_itself(ferry: tuple[Any, ...]) -> None:
    analyses, warehouse, _ = ferry
    assert isinstance(warehouse, Warehouse)
    for metric in ("income", "late_rate", "punctual_fare"):
        result = await explain(analyses, metric, dimensions="route")
        assert result.main is result.queries[1]
        for table in result.queries:
            again = await warehouse.run(
                table.semantic_sql, as_of=AS_OF, principal=Principal(), limit_rows=99
            )
            assert again.rows == table.rows
            assert [c.name for c in again.columns] == [c.name for c in table.columns]


async def test_a_ratio_is_split_into_rate_and_mix(analyses: Analyses) -> None:
    """Late trips of all: January 1/4, February 2/4.

    North 1/2 -> 0/1   South 0/1 -> 2/2   (none) 0/1 -> gone   West new -> 0/1; mean rate 3/8
    North rate (1/2 + 1/4)/2 * (0 - 1/2) = -3/16   mix (1/4 - 1/2) * (1/4 - 3/8) = 1/32
    South rate (1/4 + 1/2)/2 * (1 - 0)   =  3/8    mix (1/2 - 1/4) * (1/2 - 3/8) = 1/32
    none  rate 0                                   mix -1/4 * (0 - 3/8) = 3/32
    West  rate 0                                   mix  1/4 * (0 - 3/8) = -3/32
    """
    result = await explain(analyses, "late_rate", dimensions=["route"])
    found = {m: (row[0], row[1], row[4], row[5]) for m, row in rows_of(result, "route").items()}
    assert found == {
        "North": (Decimal("0.5"), 0, Decimal("-0.1875"), Decimal("0.03125")),
        "South": (0, 1, Decimal("0.375"), Decimal("0.03125")),
        None: (0, None, 0, Decimal("0.09375")),
        "West": (None, 0, 0, Decimal("-0.09375")),
    }
    assert sum(row[4] for row in result.rows) == Decimal("0.25")
    assert result.sentences[0] == (
        "Late rate rose from 25.0% in Jan 2025 to 50.0% in Feb 2025: +25.0 percentage points."
    )


async def test_an_average_is_the_ratio_of_its_sum_and_its_count(analyses: Analyses) -> None:
    # punctual trips: January 50 + 80.50 + 10 over 3, February 120 + 5 over 2
    result = await explain(analyses, "punctual_fare", dimensions="boat")
    change = Fraction(125, 2) - Fraction("140.5") / 3
    shown = sum(Fraction(str(row[4])) for row in result.rows)
    assert abs(shown - change) < Fraction(1, 10**9)
    assert rows_of(result, "boat")["B1"][:2] == (50, 120)
    assert result.main.rows[0][4:] is not None


@pytest.mark.parametrize(
    "metric,change",
    [
        ("net_income", Decimal("-45.25") - 2 * (33 - 26) - (2 - 1)),
        ("fare_per_seat", Fraction("195.25") / 33 - Fraction("240.5") / 26),
        ("load", Fraction(33, 55) - Fraction(26, 44)),
        ("cargo", Decimal("4.3") - Decimal("3.75")),
        ("trip_count", Decimal(0)),
    ],
)
async def test_what_is_composed_of_sums_is_explained_like_them(
    analyses: Analyses, metric: str, change: Decimal | Fraction
) -> None:
    result = await explain(analyses, metric, dimensions="route, boat, is_late")
    for dimension in ("route", "boat", "is_late"):
        parts = rows_of(result, dimension).values()
        shown = sum((Fraction(str(row[2])) for row in parts), Fraction(0))
        assert abs(shown - Fraction(change)) <= Fraction(1, 10**10)
    assert set(rows_of(result, "is_late")) == {"yes", "no"}


@pytest.mark.parametrize(
    "metric,reason",
    [
        ("boats_used", "several members"),
        ("best_fare", "no parts"),
        ("income_so_far", "ask about 'income' instead"),
        ("income_change", "ask about 'income' instead"),
        ("last_seats", "balance on the last day"),
        ("root", "does not add up"),
        ("per_boat", "several models"),
    ],
)
async def test_what_has_no_parts_is_refused_with_the_reason_and_what_can_be_explained(
    analyses: Analyses, metric: str, reason: str
) -> None:
    code, message, hint = await issue_of(analyses, metric=metric, **FEBRUARY)
    assert code == "not-additive"
    assert reason in message
    assert "income, trip_count, late_trips, late_rate" in hint
    assert "boats_used" not in hint


async def test_filters_segments_and_roles_hold_in_both_periods(analyses: Analyses) -> None:
    result = await explain(
        analyses, "income", dimensions="route", segments=["punctual"],
        filters=[{"dimension": "boat", "op": "!=", "values": ["B3"]}],
    )  # fmt: skip
    assert {m: row[:2] for m, row in rows_of(result, "route").items()} == {
        "North": (50, 120), "South": (Decimal("80.5"), 0), None: (10, 0),
    }  # fmt: skip
    own = await explain(analyses, "income", roles=("southerner",), dimensions="route")
    assert {m: row[:2] for m, row in rows_of(own, "route").items()} == {
        "South": (Decimal("80.5"), Decimal("70.25"))
    }
    assert own.queries[0].rows[0][:2] == (Decimal("80.50"), Decimal("70.25"))


async def test_dimensions_are_chosen_that_say_more_than_which_period_it_was(
    analyses: Analyses,
) -> None:
    result = await explain(analyses, "income")
    chosen = list(dict.fromkeys(row[0] for row in result.rows))
    # The month names the period; the number of the trip is a key; the day is a time.
    assert 1 <= len(chosen) <= 3
    assert not set(chosen) & {"month", "trip", "day", "late", "boats.boat"}
    assert result.shown is not None
    assert result.shown.columns[0].role == "dimension"
    assert [row[:2] for row in result.shown.rows] == [
        (row[1], row[4]) for row in result.rows if row[0] == chosen[0]
    ]


async def test_a_dimension_called_like_a_column_of_ours_is_explained_too(
    analyses: Analyses,
) -> None:
    result = await explain(analyses, "income", dimensions="before")
    assert [c.name for c in result.main.columns] == ["member", "before", "after", "change"]
    assert rows_of(result, "before")["yes"][:3] == (100, Decimal("70.25"), Decimal("-29.75"))


async def test_periods_default_to_the_one_just_before_and_never_overlap(
    analyses: Analyses,
) -> None:
    days = {"start": "2025-02-01", "end": "2025-02-05"}
    result = await explain(analyses, "income", period=days, dimensions="route")
    assert result.parameters["compare"] == "2025-01-28/2025-02-01"
    year = await explain(analyses, "income", compare="prior_year", dimensions="route")
    assert year.parameters["compare"] == "2024-02-01/2024-03-01"
    assert year.queries[0].rows[0][:2] == (0, Decimal("195.25"))
    code, *_ = await issue_of(
        analyses, metric="income", period="2025-02", compare="2025-02-10/2025-03-10"
    )
    assert code == "overlapping-periods"


async def test_the_parameters_of_a_result_ask_for_the_same_again(analyses: Analyses) -> None:
    first = await explain(
        analyses, "income", dimensions="route,boat", segments=["punctual"], compare="2025-01-05",
        filters=[{"dimension": "fare", "op": ">", "values": [5]}], members=1,
    )  # fmt: skip
    again = await analyses.run("explain_change", first.parameters, AS_OF, Principal())
    assert again.rows == first.rows
    assert again.parameters == first.parameters


async def test_nothing_on_either_side_and_no_value_on_one_are_said(analyses: Analyses) -> None:
    empty = await explain(analyses, "income", period="2030-01")
    assert empty.rows == ()
    assert "did not change" in empty.sentences[0]
    half = await explain(analyses, "late_rate", period="2025-03")
    assert half.rows == ()
    assert half.sentences[0].startswith("Late rate went from 50.0% in Feb 2025 to no value")


@pytest.mark.parametrize(
    "given,code",
    [
        ({}, "missing-parameter"),
        ({"metric": "income"}, "missing-parameter"),
        ({"metric": "incom", **FEBRUARY}, "unknown-metric"),
        ({"metric": "income", "period": "last month"}, "bad-period"),
        ({"metric": "income", "period": "2025-13"}, "bad-period"),
        ({"metric": "income", "period": {"start": "2025-02-01"}}, "bad-period"),
        ({"metric": "income", "period": "0001", "compare": "prior_period"}, "bad-period"),
        ({"metric": "income", "period": "0001", "compare": "prior_year"}, "bad-period"),
        ({"metric": "income", "period": "9999-12"}, "bad-period"),
        ({"metric": "income", "period": "0000-01"}, "bad-period"),
        ({"metric": "income", "period": "1000-01-01/9999-12-31"}, "bad-period"),
        ({"metric": "income", **FEBRUARY, "dimensions": "rout"}, "unknown-dimension"),
        ({"metric": "income", **FEBRUARY, "dimensions": "late"}, "unknown-dimension"),
        ({"metric": "income", **FEBRUARY, "dimensions": "day"}, "time-explains-nothing"),
        ({"metric": "income", **FEBRUARY, "dimension": "route"}, "unknown-parameter"),
        ({"metric": "income", **FEBRUARY, "segments": "delay"}, "unknown-segment"),
        ({"metric": "income", **FEBRUARY, "filters": "[{"}, "wrong-parameter-type"),
        ({"metric": "income", **FEBRUARY, "filters": '[{"dimension": "boot"}]'},
         "wrong-parameter-type"),
        ({"metric": "income", **FEBRUARY, "members": 0}, "wrong-parameter-type"),
        ({"metric": "income", **FEBRUARY, "time_dimension": "route"}, "not-a-time"),
        ({"metric": "boat_count", **FEBRUARY}, "no-time-dimension"),
        ({"metric": "income", "period": True}, "wrong-parameter-type"),
        ({"metric": "income", **FEBRUARY, "filters": "[" * 5000}, "wrong-parameter-type"),
    ],
)  # fmt: skip
async def test_parameters_that_do_not_fit_are_refused_by_name(
    analyses: Analyses, given: dict[str, Any], code: str
) -> None:
    assert (await issue_of(analyses, **given))[0] == code


async def test_a_model_without_sums_over_time_cannot_explain_anything(
    ferry: tuple[Any, ...],
) -> None:
    _, warehouse, catalog = ferry
    spec = catalog.spec.model_copy(update={"models": (catalog.spec.models[1],)})
    bare = spec.model_copy(update={"relationships": (), "policies": (), "name": "bare"})
    analyses = Analyses(build_catalog(bare), (), warehouse)
    (info,) = analyses.list()
    assert not info.is_available
    with pytest.raises(AnalysisUnavailable):
        await analyses.run("explain_change", {}, AS_OF, Principal())


@pytest.mark.parametrize(
    "text,start,end,name",
    [
        ("2025-02", "2025-02-01", "2025-03-01", "Feb 2025"),
        ("2024-12", "2024-12-01", "2025-01-01", "Dec 2024"),
        ("2025-Q4", "2025-10-01", "2026-01-01", "Q4 2025"),
        ("2025", "2025-01-01", "2026-01-01", "2025"),
        ("FY2025", "2024-04-01", "2025-04-01", "2024-04-01 to 2025-03-31"),
        ("FY2025-Q4", "2025-01-01", "2025-04-01", "Q1 2025"),
        ("2024-02-29", "2024-02-29", "2024-03-01", "2024-02-29"),
        ("2025-01-15/2025-02-01", "2025-01-15", "2025-02-01", "2025-01-15 to 2025-01-31"),
    ],
)
async def test_a_period_is_named_and_read_the_same_way(
    ferry: tuple[Any, ...], text: str, start: str, end: str, name: str
) -> None:
    request = parse_request(ferry[2], {"metric": "income", "period": text})
    assert (f"{request.period.start}", f"{request.period.end}") == (start, end)
    assert name_period(request.period) == name
