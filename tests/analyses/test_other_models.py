"""The packaged analyses in a home whose own model knows nothing of opportunities."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from semantic.analyses import parse_template
from semantic.catalog import build_catalog
from semantic.compiled import Principal
from semantic.spec import SemanticModelSpec
from server.analyses import Analyses, load_packaged
from server.errors import AnalysisUnavailable, InvalidParameters
from tests.homes import AS_OF, build_home, open_warehouse

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODEL = """
name: bakery
sources:
  - name: sales
    files: ["sales.csv"]
    row_id: sale_id
    columns:
      Shop: {to: shop, type: text}
      Order: {to: order, type: text}
      Price: {to: price, type: "decimal(10,2)"}
      Sold: {to: sold, type: date, formats: ["%Y-%m-%d"]}
models:
  - name: sales
    source: sales
    primary_key: sale_id
    time: sold
    dimensions:
      - {name: sale_id, type: number}
      - {name: shop}
      - {name: order}
      - {name: sold, type: time}
      - {name: price, type: number}
    metrics:
      - {name: turnover, agg: sum, expr: price, format: currency}
      - {name: sale_count, agg: count}
      - {name: cheap, agg: count, where: "price < 3"}
      - {name: cheap_share, ratio: {of: cheap, to: sale_count}, format: percent}
policies:
  - {role: north_only, model: sales, rows: "shop = 'North'"}
"""

SALES = """\
Shop,Order,Price,Sold
North,bread,4.00,2025-01-01
North,bun,1.00,2025-01-02
South,bread,5.00,2025-01-03
SOUTH,bun,2.00,2025-01-04
 West ,bun,2.50,2025-01-05
"""

BY_ANY = """\
/*
name: turnover_by_any
title: Sales by any dimension
purpose: One metric of the sales by any dimension.
parameters:
  by: {type: dimension, model: sales, default: shop}
  metric: {type: metric, model: sales, default: turnover}
columns:
  member: {description: Member.}
  amount: {description: The metric.}
result: {rows: sold}
chart: {type: bar, x: member, y: [amount]}
example_questions: ["What do we sell by shop?"]
*/
-- query: sold
SELECT "{by}" AS member, {metric_factor} * MEASURE("{metric}") AS amount
FROM sales GROUP BY "{by}" ORDER BY member
"""

OF_SHOP = """\
/*
name: sales_of_shop
title: Sales of a shop
purpose: The sales of one shop with their total.
parameters:
  shop: {type: text, required: true, members_of: sales.shop}
  since: {type: date, default: "2025-01-01"}
columns:
  shop: {description: The shop.}
  prices: {description: All prices.}
  by_order: {description: Turnover by order.}
result:
  object:
    shop: {parameter: shop}
    prices: {query: prices, as: list}
    by_order: {query: by_order, as: map}
chart: {type: bar, query: by_order, x: order, y: [turnover]}
example_questions: ["What does one shop sell?"]
*/
-- query: prices
SELECT price FROM sales WHERE shop = $shop AND sold >= $since ORDER BY price

-- query: by_order
SELECT "order", MEASURE(turnover) AS turnover FROM sales
WHERE shop = $shop AND sold >= $since GROUP BY ALL ORDER BY ALL
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bakery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Analyses]:
    spec = SemanticModelSpec.model_validate(yaml.safe_load(MODEL))
    home = build_home(tmp_path_factory.mktemp("bakery") / "home", {"sales.csv": SALES}, spec)
    own = [parse_template(BY_ANY, "by_any.sql"), parse_template(OF_SHOP, "of_shop.sql")]
    async with open_warehouse(home) as warehouse:
        yield Analyses(build_catalog(spec), [*load_packaged(), *own], warehouse)


async def test_packaged_analyses_are_listed_as_unavailable_with_the_reason(
    bakery: Analyses,
) -> None:
    listed = {info.header.name: info for info in bakery.list()}
    assert len(listed) >= 25
    available = {name for name, info in listed.items() if info.is_available}
    assert available == {"turnover_by_any", "sales_of_shop", "explain_change"}
    assert "opportunities" in listed["get_stage_metrics"].reason


async def test_running_one_says_that_the_model_lacks_it(bakery: Analyses) -> None:
    with pytest.raises(AnalysisUnavailable) as caught:
        await bakery.run("get_stage_metrics", {}, AS_OF, Principal())
    assert caught.value.status == 422
    assert "opportunities" in caught.value.detail


async def test_a_dimension_named_like_a_keyword_is_compared_like_any_other(
    bakery: Analyses,
) -> None:
    result = await bakery.run("turnover_by_any", {"by": "order"}, AS_OF, Principal())
    assert [(row[0], float(row[1])) for row in result.rows] == [("bread", 9), ("bun", 5.5)]
    shares = {"by": "order", "metric": "cheap_share"}
    result = await bakery.run("turnover_by_any", shares, AS_OF, Principal())
    assert result.rows == (("bread", 0.0), ("bun", 100.0))


async def test_lists_maps_and_dates_are_assembled(bakery: Analyses) -> None:
    given = {"shop": "north", "since": "2025-01-02"}
    result = await bakery.run("sales_of_shop", given, AS_OF, Principal())
    assert result.object == {
        "shop": "North",
        "prices": [pytest.approx(1)],
        "by_order": {"bun": pytest.approx(1)},
    }
    for wrong in ("2025-13-01", "01/02/2025", "2025-1-2", 20250102, "yesterday"):
        with pytest.raises(InvalidParameters):
            await bakery.run("sales_of_shop", given | {"since": wrong}, AS_OF, Principal())


async def test_a_member_written_in_two_ways_is_asked_back(bakery: Analyses) -> None:
    exact = await bakery.run("sales_of_shop", {"shop": "SOUTH"}, AS_OF, Principal())
    assert exact.parameters["shop"] == "SOUTH"
    with pytest.raises(InvalidParameters) as caught:
        await bakery.run("sales_of_shop", {"shop": "south"}, AS_OF, Principal())
    assert caught.value.issues[0].code == "ambiguous-member"
    assert caught.value.issues[0].suggestions == ("SOUTH", "South")


async def test_space_around_a_member_in_the_data_does_not_hide_it(bakery: Analyses) -> None:
    result = await bakery.run("sales_of_shop", {"shop": "West"}, AS_OF, Principal())
    assert result.object is not None
    assert result.object["prices"] == [pytest.approx(2.5)]


async def test_a_member_hidden_from_a_role_is_neither_found_nor_suggested(
    bakery: Analyses,
) -> None:
    north = Principal("ann", frozenset({"north_only"}))
    with pytest.raises(InvalidParameters) as caught:
        await bakery.run("sales_of_shop", {"shop": "SOUTH"}, AS_OF, north)
    assert caught.value.issues[0].code == "unknown-member"
    assert set(caught.value.issues[0].suggestions) <= {"North"}
    assert "South" not in caught.value.detail
    seen = await bakery.run("turnover_by_any", {}, AS_OF, north)
    assert [row[0] for row in seen.rows] == ["North"]


async def test_a_cut_result_says_so(tmp_path: Path) -> None:
    spec = SemanticModelSpec.model_validate(yaml.safe_load(MODEL))
    home = build_home(tmp_path / "home", {"sales.csv": SALES}, spec)
    async with open_warehouse(home) as warehouse:
        own = [parse_template(BY_ANY, "by_any.sql")]
        analyses = Analyses(build_catalog(spec), own, warehouse, limit_rows=2)
        result = await analyses.run("turnover_by_any", {"by": "sale_id"}, AS_OF, Principal())
    assert (len(result.rows), result.truncated) == (2, True)
