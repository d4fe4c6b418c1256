"""No join can multiply a sum: generated attempts are refused or give the true total.

Each attempt joins two to four sources in some way and aggregates a value of one of them in some
spelling. The truth comes from the same FROM run on the base tables: the rows of the target that
take part, each once. Invariant: never a third outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from semantic.issues import SemanticError
from tests.tiny.compare import find_difference
from tests.tiny.world import ask, connect, tiny_tables


@dataclass(frozen=True, slots=True)
class Joinable:
    """A source of FROM: its text, its key, a value to add up and the columns it joins by."""

    text: str
    key: str
    value: str
    links: tuple[str, ...]
    measures: tuple[tuple[str, str], ...] = ()
    """(metric, the same over rows k, x)."""


SOURCES = {
    "orders": Joinable(
        "orders", "order_id", "amount", ("customer_id",),
        (("revenue", "SUM(x)"), ("order_count", "COUNT(k)"), ("average_amount", "AVG(x)")),
    ),
    "customers": Joinable(
        "customers", "customer_id", "credit", ("customer_id", "region_id"),
        (("total_credit", "SUM(x)"), ("customer_count", "COUNT(k)")),
    ),
    "regions": Joinable("regions", "region_id", "region_id", ("region_id",)),
    "visits": Joinable(
        "visits", "visit_id", "minutes", ("customer_id",),
        (("minutes_spent", "SUM(x)"), ("visit_count", "COUNT(k)")),
    ),
    "balances": Joinable("balances", "balance_id", "balance", ("customer_id",)),
    "listed_orders": Joinable(
        "(SELECT order_id, customer_id, amount FROM orders)", "order_id", "amount",
        ("customer_id",),
    ),
    "listed_visits": Joinable(
        "(SELECT visit_id, customer_id, minutes FROM visits WHERE minutes > 5)", "visit_id",
        "minutes", ("customer_id",),
    ),
    "grouped_visits": Joinable(
        "(SELECT customer_id, SUM(minutes) AS minutes FROM visits WHERE customer_id IS NOT NULL "
        "GROUP BY customer_id)", "customer_id", "minutes", ("customer_id",),
    ),
    "distinct_visits": Joinable(
        "(SELECT DISTINCT customer_id, outcome FROM visits)", "", "", ("customer_id",)
    ),
    "twice_grouped": Joinable(
        "(SELECT customer_id, outcome, COUNT(*) AS n FROM visits GROUP BY ALL)", "", "",
        ("customer_id",),
    ),
    "one_visit": Joinable(
        "(SELECT visit_id, customer_id, minutes FROM visits ORDER BY visit_id LIMIT 1)",
        "visit_id", "minutes", ("customer_id",),
    ),
    "united": Joinable(
        "(SELECT customer_id, amount AS worth FROM orders UNION "
        "SELECT customer_id, balance FROM balances)", "", "", ("customer_id",),
    ),
    "all_united": Joinable(
        "(SELECT customer_id FROM orders UNION ALL SELECT customer_id FROM visits)", "", "",
        ("customer_id",),
    ),
}  # fmt: skip
TARGETS = [name for name, source in SOURCES.items() if source.key and name != "regions"]

SPELLINGS = [
    "SUM({x})", "AVG({x})", "COUNT({x})", "COUNT({k})", "MEDIAN({x})", "STDDEV({x})",
    "SUM({x} * 2)", "SUM(coalesce({x}, 0))", "SUM(CASE WHEN {x} > 50 THEN {x} END)",
    "COUNT_IF({x} > 50)", "SUM({x}) FILTER (WHERE {x} > 50)", "SUM({x}) + 0",
    "SUM({x}) / COUNT({k})", "quantile_cont({x}, 0.25)", "VARIANCE({x})", "COUNT(DISTINCT {k})",
    "MAX({x})", "SUM(-{x})", "SUM(abs({x}))", "SUM(IF({x} IS NULL, 1, 2))", "MEAN({x})",
]  # fmt: skip
WRAPPERS = {
    "direct": "{with}SELECT {agg:t} FROM {from}",
    "by a neighbour's key": "{with}SELECT u.{link} AS g, {agg:t} FROM {from} GROUP BY u.{link}",
    "in a subquery": "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, t.{x} AS x FROM {from}) s",
    "in WITH": "{with+}s AS (SELECT t.{k} AS k, t.{x} AS x FROM {from}) SELECT {agg:s} FROM s",
    "in WITH twice": (
        "{with+}a AS (SELECT t.{k} AS k, t.{x} AS y, u.{link} AS z FROM {from}), "
        "s AS (SELECT k, y + 0 AS x FROM a) SELECT {agg:s} FROM s"
    ),
    "under DISTINCT": (
        "{with}SELECT {agg:s} FROM (SELECT DISTINCT t.{k} AS k, t.{x} AS x, u.* FROM {from}) s"
    ),
    "under DISTINCT of two": (
        "{with}SELECT {agg:s} FROM "
        "(SELECT DISTINCT t.{k} AS k, t.{x} AS x, u.{link} AS z FROM {from}) s"
    ),
    "as a group key": (
        "{with}SELECT {agg:s} FROM "
        "(SELECT t.{k} AS k, t.{x} AS x, u.{link} AS z, COUNT(*) AS n FROM {from} GROUP BY ALL) s"
    ),
    "as a bare group key": (
        "{with}SELECT {agg:s} FROM "
        "(SELECT t.{k} AS k, t.{x} AS x, u.{ukey} AS z FROM {from} GROUP BY ALL) s"
    ),
    "through MAX": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, u.{ukey} AS z, MAX(t.{x}) AS x FROM {from} "
        "GROUP BY t.{k}, u.{ukey}) s"
    ),
    "through MIN and WITH": (
        "{with+}s AS (SELECT t.{k} AS k, u.{ukey} AS z, MIN(t.{x}) AS x FROM {from} "
        "GROUP BY ALL) SELECT {agg:s} FROM s"
    ),
    "through a window": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, "
        "first_value(t.{x}) OVER (PARTITION BY t.{k} ORDER BY t.{k}) AS x FROM {from}) s"
    ),
    "through lag": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, coalesce(t.{x}, lag(t.{x}) "
        "OVER (PARTITION BY t.{k} ORDER BY t.{k})) AS x FROM {from}) s"
    ),
    "in a union": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, t.{x} AS x FROM {from} UNION ALL "
        "SELECT t.{k} AS k, t.{x} AS x FROM {from} WHERE FALSE) s"
    ),
    "in an empty union": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, t.{x} AS x FROM {from} WHERE FALSE "
        "UNION ALL SELECT t.{k} AS k, t.{x} AS x FROM {from}) s"
    ),
    "as a scalar": "{with}SELECT (SELECT {agg:t} FROM {from}) AS n",
    "over a window": "{with}SELECT {agg:t} OVER () AS n FROM {from} LIMIT 1",
    "deduplicated by a window": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, t.{x} AS x FROM {from} "
        "QUALIFY row_number() OVER (PARTITION BY t.{k} ORDER BY t.{k}) = 1) s"
    ),
    "deduplicated by groups": (
        "{with}SELECT {agg:s} FROM (SELECT t.{k} AS k, t.{x} AS x FROM {from} GROUP BY ALL) s"
    ),
    "sum of sums": (
        "{with}SELECT SUM(x) FROM (SELECT u.{link} AS z, SUM(t.{x}) AS x FROM {from} GROUP BY ALL)"
    ),
    "sum of sums again": (
        "{with}SELECT SUM(SUM(t.{x})) OVER () AS n FROM {from} GROUP BY t.{k} LIMIT 1"
    ),
}  # fmt: skip
JOINS = ("JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One generated query with the statement that tells the truth about it."""

    sql: str
    truth: str
    wrapper: str


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    target = draw(st.sampled_from(TARGETS))
    others = draw(st.lists(st.sampled_from(sorted(SOURCES)), min_size=0, max_size=2))
    # Customers stand in the middle of the shop: most joins of two models need them.
    others.insert(0, draw(st.sampled_from(["customers", "customers", *sorted(SOURCES)])))
    names = ["t", "u", "v", "w"][: 1 + len(others)]
    chain = list(zip(names, [target, *others], strict=True))
    # The target may stand anywhere in the chain.
    place: int = draw(st.integers(0, min(2, len(others))))
    chain.insert(place, chain.pop(0))
    as_cte = draw(st.booleans())
    text, ctes = "", []
    for number, (alias, name) in enumerate(chain):
        source = SOURCES[name]
        if as_cte and source.text.startswith("("):
            ctes.append(f"cte_{alias} AS {source.text}")
            relation = f"cte_{alias} AS {alias}"
        else:
            relation = f"{source.text} AS {alias}"
        text += relation if number == 0 else _joined(draw, chain, number, relation)
    return _attempt(draw, target, dict(chain), text, ctes)


def _joined(draw: st.DrawFn, chain: list[tuple[str, str]], number: int, relation: str) -> str:
    alias, name = chain[number]
    known = [
        (other, link)
        for other, source in chain[:number]
        for link in SOURCES[source].links
        if link in SOURCES[name].links
    ]
    kind = draw(st.sampled_from(JOINS))
    if not known:
        return f" CROSS JOIN {relation}"
    # Two models meet over a declared relationship or not at all; most attempts should get there.
    declared = [(o, k) for o, k in known if _is_declared(chain[:number], o, name, k)]
    stray: bool = draw(st.integers(0, 7).map(lambda n: n == 0))
    other, link = draw(st.sampled_from(known if stray or not declared else declared))
    if draw(st.integers(0, 24)) == 0:
        return f" CROSS JOIN {relation}"
    if draw(st.integers(0, 3)) == 0:
        return f" {kind} {relation} USING ({link})"
    sides = draw(st.permutations([f"{other}.{link}", f"{alias}.{link}"]))
    more = draw(st.sampled_from(["", f" AND {alias}.{link} <> 'C2'", " AND 1 = 1"]))
    return f" {kind} {relation} ON {sides[0]} = {sides[1]}{more}"


def _is_declared(before: list[tuple[str, str]], other: str, name: str, link: str) -> bool:
    pair = {dict(before)[other], name}
    both_models = not any(SOURCES[source].text.startswith("(") for source in pair)
    owner = "customers" if link == "customer_id" else "regions"
    return not both_models or (owner in pair and len(pair) == 2)


def _attempt(
    draw: st.DrawFn, target: str, chain: dict[str, str], text: str, ctes: list[str]
) -> Attempt:
    source, beside = SOURCES[target], SOURCES[chain["u"]]
    wrapper = draw(st.sampled_from(sorted(WRAPPERS)))
    measured = draw(st.booleans()) and wrapper in ("direct", "by a neighbour's key")
    if measured and source.measures:
        metric, spelled = draw(st.sampled_from(source.measures))
        inside = outside = f"MEASURE({metric})"
    else:
        template = draw(st.sampled_from(SPELLINGS))
        if wrapper.startswith("sum of sums"):
            template = "SUM({x})"
        if wrapper == "over a window" and not template.endswith("})"):
            template = "SUM({x})"
        inside = template.format(x=f"t.{source.value}", k=f"t.{source.key}")
        outside = spelled = template.format(x="x", k="k")
    opened = "WITH " + ", ".join(ctes) if ctes else ""
    replacements = {
        "{with}": f"{opened} " if ctes else "", "{with+}": f"{opened}, " if ctes else "WITH ",
        "{from}": text, "{agg:t}": inside, "{agg:s}": outside, "{k}": source.key,
        "{x}": source.value, "{link}": beside.links[0], "{ukey}": beside.key or beside.links[0],
    }  # fmt: skip
    sql = WRAPPERS[wrapper]
    for mark, value in replacements.items():
        sql = sql.replace(mark, value)
    key = f"u.{beside.links[0]} AS g, " if wrapper == "by a neighbour's key" else ""
    rows = f"(SELECT DISTINCT {key}t.{source.key} AS k, t.{source.value} AS x FROM {text})"
    head, tail = ("g, ", " GROUP BY g") if key else ("", "")
    truth = f"{opened} SELECT {head}{spelled} FROM {rows}{tail}"
    return Attempt(sql, truth, wrapper)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(tiny_tables())
    connection.execute("SET schema = 'source'")
    yield connection
    connection.close()


@settings(max_examples=1500)
@given(attempt=attempts())
def test_a_join_never_multiplies_what_is_added_up(
    attempt: Attempt, database: duckdb.DuckDBPyConnection
) -> None:
    try:
        given_rows = ask(database, attempt.sql)
    except SemanticError as error:
        event(f"refused: {error.issues[0].code}")
        return
    event(f"answered {attempt.wrapper}")
    expected = database.execute(attempt.truth).fetchall()
    if attempt.wrapper in ("over a window", "sum of sums again") and not given_rows:
        return  # a window over no rows has no row to show the total in
    difference = find_difference(expected, given_rows)
    assert not difference, f"{attempt.sql}\n{attempt.truth}\n{difference}"
