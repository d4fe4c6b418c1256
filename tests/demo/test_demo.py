"""The demo data: the same bytes for the same seed, the real headers, and the planted stories."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from server.demo import (
    CONTACT_HEADER,
    CONTACTS,
    LOST_CUSTOMER,
    OPPORTUNITIES,
    OPPORTUNITY_HEADER,
    generate_demo,
)

TODAY = date(2026, 11, 22)
SAMPLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    generate_demo(40_000, 11, out, TODAY)
    return out


def ask(demo: Path, select: str) -> list[tuple[Any, ...]]:
    """Rows over the opportunities `o`, with dates read and the product taken apart."""
    return duckdb.sql(
        f"""
        WITH o AS (
          SELECT *, strptime("Close Date", '%m/%d/%Y')::DATE AS closes,
                 strptime("Created Date", '%m/%d/%Y')::DATE AS created,
                 split_part("Opportunity Name", ':', 1) AS product,
                 "Stage" = 'Closed Won' AS won, "Stage" LIKE 'Closed %' AS closed,
                 CAST("Amount" AS DECIMAL(18,2)) AS dollars
          FROM read_csv('{demo / OPPORTUNITIES}', all_varchar = true, header = true))
        SELECT {select}
        """
    ).fetchall()


def win_rate(demo: Path, where: str) -> float:
    [(rate,)] = ask(demo, f"count(*) FILTER (won) / count(*) FROM o WHERE closed AND {where}")
    return float(rate)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate_demo(500, seed, tmp_path / name, TODAY)
    for file in (OPPORTUNITIES, CONTACTS):
        a, b, c = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert a == b
        assert a != c


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, strict=True))


def test_every_line_has_the_cells_of_the_header(demo: Path) -> None:
    for name, header in ((OPPORTUNITIES, OPPORTUNITY_HEADER), (CONTACTS, CONTACT_HEADER)):
        rows = read(demo / name)
        assert tuple(rows[0]) == header
        assert {len(row) for row in rows} == {len(header)}
    assert len(read(demo / OPPORTUNITIES)) == 40_001


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample exports are not beside the repository")
@pytest.mark.parametrize(
    "name,header", [(OPPORTUNITIES, OPPORTUNITY_HEADER), (CONTACTS, CONTACT_HEADER)]
)
def test_the_headers_are_those_of_the_real_exports(name: str, header: Sequence[str]) -> None:
    assert tuple(read(SAMPLE / name)[0]) == header


def test_contacts_and_opportunities_share_their_accounts(demo: Path) -> None:
    contacts = read(demo / CONTACTS)[1:]
    accounts = {(row[3], row[5]) for row in contacts}
    assert len(contacts) == 10 * len(accounts)
    assert len({name for name, _ in accounts}) == len({id for _, id in accounts}) == len(accounts)
    emails = [row[4] for row in contacts]
    assert len(set(emails)) == len(emails)
    deals = read(demo / OPPORTUNITIES)[1:]
    assert {(row[0], row[12]) for row in deals} <= accounts
    people = {(f"{row[0]} {row[1]}", row[5], row[4], row[2]) for row in contacts} | {("", "", "")}
    assert all((row[11], row[12], row[13], row[14]) in people for row in deals if row[11])
    assert any(not name.isascii() for name, _ in accounts)


def test_open_deals_lie_around_today_and_closed_ones_in_the_past(demo: Path) -> None:
    rows = ask(demo, "closed, min(closes), max(closes), max(created), bool_and(created<=closes OR"
                     " NOT closed) FROM o GROUP BY closed ORDER BY closed")  # fmt: skip
    assert rows[0][0] is False
    assert (rows[0][1] - TODAY).days >= -91
    assert (rows[0][2] - TODAY).days <= 120
    assert rows[1][1].year == TODAY.year - 3
    assert rows[1][2] < TODAY
    assert all(created <= TODAY and ordered for *_, created, ordered in rows)


def test_the_fiscal_period_is_the_quarter_of_the_close_date(demo: Path) -> None:
    wrong = (
        "count(*) FROM o WHERE \"Fiscal Period\" <> 'Q' || quarter(closes) || '-' || year(closes)"
    )
    assert ask(demo, wrong) == [(0,)]


def test_story_1_one_product_loses_in_the_last_two_quarters(demo: Path) -> None:
    recent = "closes BETWEEN DATE '2026-04-01' AND DATE '2026-09-30'"
    assert win_rate(demo, f"product = 'PaaS' AND {recent}") < 0.25
    assert win_rate(demo, f"product = 'PaaS' AND NOT {recent}") > 0.42
    assert win_rate(demo, f"product <> 'PaaS' AND {recent}") > 0.42


def test_story_2_one_lead_source_wins_markedly_more(demo: Path) -> None:
    assert win_rate(demo, "\"Lead Source\" = 'Referral'") > 0.58
    assert win_rate(demo, "\"Lead Source\" <> 'Referral'") < 0.43


def test_story_3_a_large_customer_stops_buying(demo: Path) -> None:
    [(deals, last)] = ask(
        demo, f"count(*), max(closes) FROM o WHERE \"Account Name\" = '{LOST_CUSTOMER}'"
    )
    assert deals > 500
    assert 250 < (TODAY - last).days < 300


def test_story_4_quarters_end_with_a_rush(demo: Path) -> None:
    months = dict(
        ask(demo, "month(closes), count(*) FROM o WHERE closed AND year(closes) = 2025 GROUP BY 1")
    )
    for end in (3, 6, 9, 12):
        assert months[end] > 1.6 * max(months[end - 1], months[end - 2])
    assert max(months, key=lambda month: months[month]) == 12


def test_story_5_new_business_is_larger_than_renewals(demo: Path) -> None:
    size = dict(ask(demo, '"Type", avg(dollars) FROM o GROUP BY 1'))
    assert 1.6 < size["New Business"] / size["Renewal"] < 2.2


def test_story_6_some_open_deals_have_stalled(demo: Path) -> None:
    [(share,)] = ask(
        demo,
        "count(*) FILTER (closes < DATE '2026-11-22' AND created < DATE '2025-11-22') / count(*)"
        " FROM o WHERE NOT closed",
    )
    assert 0.13 < share < 0.21


def test_a_demo_of_one_deal_works_and_of_none_does_not(tmp_path: Path) -> None:
    assert generate_demo(1, 1, tmp_path, date(2024, 2, 29)).opportunities == 1
    assert len(read(tmp_path / OPPORTUNITIES)) == 2
    with pytest.raises(ValueError, match="at least one"):
        generate_demo(0, 1, tmp_path, TODAY)
