"""What a text may say about results: every number a cell, or made from cells in a named way.

The results are small tables written out here; which sentences hold was worked out by reading them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from semantic.compiled import Lineage, ResultColumn
from semantic.types import DATE, DOUBLE, INTEGER, TEXT
from server.answer.checked_prose import check_prose, to_inert
from server.answer.prose_numbers import find_numbers
from server.answer.shape import Finding
from server.results import ResultTable

AS_OF = date(2025, 2, 15)
NAME = ResultColumn("product", "Product", TEXT, "dimension", "text")
MONEY = ResultColumn("won_amount", "Won amount", DOUBLE, "metric", "currency")
RATE = ResultColumn("win_rate", "Win rate", DOUBLE, "metric", "percent")
COUNT = ResultColumn("deals", "Deals", INTEGER, "metric", "integer")
MONTH = ResultColumn("month", "Month", DATE, "time", "date", "month")


def finding(columns: tuple[ResultColumn, ...], rows: Any, sql: str = "SELECT 1") -> Finding:
    lineage = Lineage((), (), (), (), (), ())
    table = ResultTable(sql, "", {}, columns, tuple(rows), False, 1.0, 1, lineage)
    return Finding("q1", "t", table, additive=frozenset({"won_amount", "deals"}))


# Total 12,000; the first is 62.5 % of it and 5 times the last.
PRODUCTS = finding(
    (NAME, MONEY, RATE, COUNT),
    [
        ("SaaS", Decimal("7500.00"), 0.488, 123),
        ("PaaS", Decimal("3000.00"), 0.441, 111),
        ("OCI", Decimal("1500.00"), 0.436, 117),
    ],
    "SELECT product FROM d WHERE amount > 400 AND closed >= DATE '2025-01-01'",
)
BIG = finding((MONEY,), [(Decimal("4478214.39"),)])
MONTHS = finding(
    (MONTH, MONEY),
    [(date(2024, 12, 1), Decimal("2000.00")), (date(2025, 1, 1), Decimal("2500.00"))],
)

TRUE = [
    (PRODUCTS, "SaaS has the best win rate, 48.8%."),
    (PRODUCTS, "SaaS wins 48.8 percent, 4.7 percentage points more than PaaS."),
    (PRODUCTS, "SaaS wins 49% of its deals."),
    (PRODUCTS, "SaaS and PaaS together bring $10,500."),
    (PRODUCTS, "In all $12,000.00 was won, 62.5% of it with SaaS."),
    (PRODUCTS, "SaaS brings five times as much as OCI: $7.5k against $1.5k."),
    (PRODUCTS, "SaaS brings 5x what OCI does."),
    (PRODUCTS, "SaaS brings 5 times what OCI does."),
    (PRODUCTS, "PaaS brings twice as much as OCI."),
    (PRODUCTS, "The top 3 products are shown, for deals over $400."),
    (PRODUCTS, "The three products have 351 deals."),
    (PRODUCTS, "Since 2025-01-01 SaaS leads with 123 deals."),
    (PRODUCTS, "1. SaaS: $7,500.00"),
    (PRODUCTS, "SaaS is 1st, PaaS 2nd."),
    (BIG, "It is worth $4.48M."),
    (BIG, "It is worth $4,478,214.39, or about $4.5 million."),
    (BIG, "It is worth 4.478 million US dollars."),
    (BIG, "It is worth $4,478k."),
    (MONTHS, "January 2025 brought $2,500, up 25% from December 2024."),
    (MONTHS, "Revenue rose by $500 in Q1 2025."),
    (MONTHS, "As of 15 February 2025, two months are known."),
]

FALSE = [
    (PRODUCTS, "SaaS has the best win rate, 58.8%.", "58.8%"),
    (PRODUCTS, "SaaS wins 48.8 deals in ten.", "48.8"),
    (PRODUCTS, "SaaS wins $48.80.", "$48.80"),
    (PRODUCTS, "PaaS has a win rate of 48.8%.", "48.8%"),
    (PRODUCTS, "SaaS and PaaS win 44.1% and 48.8%.", "44.1%"),
    (PRODUCTS, "The won amount is 123 for SaaS.", "123"),
    (PRODUCTS, "SaaS brings $7.4k.", "$7.4k"),
    (PRODUCTS, "In all $13,000.00 was won.", "$13,000.00"),
    (PRODUCTS, "SaaS grew by 14%.", "14%"),
    (PRODUCTS, "PaaS brings three times as much as OCI.", "three"),
    (PRODUCTS, "SaaS doubled.", "doubled"),
    (PRODUCTS, "Two thirds of it come from SaaS.", "thirds"),
    (PRODUCTS, "The win rate is 400%.", "400%"),
    (PRODUCTS, "We won 400 deals.", "400"),
    (PRODUCTS, "Seventeen accounts are at risk.", "Seventeen"),
    (PRODUCTS, "A hundred accounts are at risk.", "hundred"),
    (PRODUCTS, "In 2019 it was the same.", "2019"),
    (PRODUCTS, "It closed on March 3, 2025.", "March 3, 2025"),
    (PRODUCTS, "Q3 2025 will be better.", "Q3 2025"),
    (PRODUCTS, "SaaS is 7th.", "7th"),
    (PRODUCTS, "We won -$7,600.", "-$7,600"),
    (BIG, "It is worth $4.5M, or $4,500,000.", "$4,500,000"),
    (BIG, "It is worth $4.4M.", "$4.4M"),
    (BIG, "It is worth about $4,000,000.", "$4,000,000"),
    (BIG, "It is worth $4.48B.", "$4.48B"),
    (BIG, "It is 4478214.39% of plan.", "4478214.39%"),
    (MONTHS, "February 2025 brought $2,500.", "February 2025"),
    (MONTHS, "It rose by 20.5%.", "20.5%"),
    (MONTHS, "December 2024 brought $2,500.", "$2,500"),
    (MONTHS, "It doubled.", "doubled"),
]


@pytest.mark.parametrize("about,text", TRUE, ids=[text for _, text in TRUE])
def test_a_sentence_whose_numbers_are_results_stays(about: Finding, text: str) -> None:
    checked = check_prose(text, [about], (), AS_OF)
    assert checked.unverified == ()
    assert checked.text == text


@pytest.mark.parametrize("about,text,number", FALSE, ids=[text for _, text, _ in FALSE])
def test_a_sentence_with_any_other_number_goes(about: Finding, text: str, number: str) -> None:
    checked = check_prose(text, [about], (), AS_OF)
    assert number in checked.unverified
    assert checked.text == ""


def test_only_the_false_sentence_goes_and_its_line_with_it() -> None:
    text = "SaaS wins 48.8%. PaaS wins 99.9%. OCI wins 43.6%.\n\n- OCI: 117 deals\n- PaaS: 5 deals"
    checked = check_prose(text, [PRODUCTS], (), AS_OF)
    assert checked.text == "SaaS wins 48.8%. OCI wins 43.6%.\n\n- OCI: 117 deals"
    assert checked.unverified == ("99.9%", "5")
    assert (checked.kept, checked.removed, checked.is_enough) == (3, 2, True)


@pytest.mark.parametrize(
    "text",
    ["", "All is well.", "SaaS wins 48.8%. It was 19%.", "**99%**\n\n**98%**"],
)
def test_a_text_of_which_little_is_left_is_not_enough(text: str) -> None:
    assert not check_prose(text, [PRODUCTS], (), AS_OF).is_enough


def test_a_name_with_digits_is_no_number_but_an_amount_in_a_cell_is() -> None:
    rows = [("3M Company", Decimal(100)), ("$99 billion", Decimal(200)), ("Q4-2023", Decimal(300))]
    table = finding((NAME, MONEY), rows)
    fine = check_prose("3M Company brings $100.00; Q4-2023 brings $300.00.", [table], (), AS_OF)
    assert fine.unverified == ()
    assert check_prose("We won $99 billion.", [table], (), AS_OF).unverified == ("$99 billion",)


def test_of_a_long_table_only_cells_are_facts() -> None:
    rows = [(f"P{n}x", Decimal(n * n)) for n in range(100)]
    table = finding((NAME, MONEY), rows)
    assert check_prose("One has $81.00.", [table], (), AS_OF).unverified == ()
    assert check_prose("They differ by $17.00.", [table], (), AS_OF).unverified == ("$17.00",)


def test_a_threshold_of_a_segment_may_be_told() -> None:
    text = "SaaS has 123 deals with a probability over 70%."
    assert check_prose(text, [PRODUCTS], ("probability > 70",), AS_OF).unverified == ()
    assert check_prose(text, [PRODUCTS], (), AS_OF).unverified == ("70%",)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![pixel](https://evil.example/p.png)",
        "[click](javascript:alert(1))",
        "[click](https://evil.example)",
        "https://evil.example/collect?d=1",
        "www.evil.example",
        "# Heading\n> quote\n---",
        "`code` | table | cell |",
        "a\u202eb\x1b[31m\x00c",
    ],
)
def test_markup_does_nothing(text: str) -> None:
    shown = to_inert(text)
    assert "<" not in shown.replace("&lt;", "")
    assert "](" not in shown.replace("\\](", "")
    assert "evil.example" not in shown
    assert "`" not in shown
    assert not shown.startswith(("#", ">", "-"))
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_numbers_are_read_with_sign_scale_and_unit() -> None:
    found = find_numbers("-$1.2M, 3.5 bn, 12%, 4 pp, 3rd, 2x, twenty-five, 1,234.5")
    assert [(str(n.value.normalize()), n.unit) for n in found] == [
        ("-1.2E+6", "currency"), ("3.5E+9", ""), ("12", "percent"), ("4", "points"),
        ("3", "ordinal"), ("2", "factor"), ("25", ""), ("1234.5", ""),
    ]  # fmt: skip
