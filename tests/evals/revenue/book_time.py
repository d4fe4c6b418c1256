"""Periods and series: classes time and trend.

Called by items.py. Invariant: a period goes by the close date unless creation is named; where a
phrase has several customary readings each of them is accepted.
"""

from __future__ import annotations

from datetime import date

from tests.evals.revenue.answers import Golds
from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AS_OF,
    AVERAGE,
    AVERAGE_WON,
    CLOSED_DEALS,
    DEALS,
    LOST_AMOUNT,
    LOST_DEALS,
    OPEN_DEALS,
    PIPELINE,
    REVENUE,
    WEIGHTED,
    WIN_RATE,
    WON_DEALS,
    Figure,
    Where,
    every,
    everything,
    is_open,
    where,
    within,
    won,
)
from tests.evals.revenue.periods import (
    LAST_MONTH,
    LAST_QUARTER,
    LAST_WEEK,
    LAST_YEAR,
    MONTH_TO_DATE,
    NEXT_MONTH,
    NEXT_QUARTER,
    NEXT_WEEK,
    THIS_MONTH,
    THIS_QUARTER,
    THIS_WEEK,
    THIS_YEAR,
    YEAR_TO_DATE,
    ahead,
    back,
    in_any,
    in_month,
    in_quarter,
    in_year,
    inside,
    months_back,
)


def write(book: Book) -> None:
    """Add the questions."""
    _write_relative(book)
    _write_absolute(book)
    _write_created(book)
    _write_lists(book)
    _write_trend(book)
    _write_between_periods(book)


def _readings(book: Book, figure: Figure, tests: list[Where]) -> Golds:
    return [book.world.one(figure, test=test) for test in tests]


def _write_relative(book: Book) -> None:
    sofar = inside(YEAR_TO_DATE)
    rest = [within(AS_OF, THIS_QUARTER[1]), within(date(2025, 2, 16), THIS_QUARTER[1])]
    for question, figure, tests in (
        ("How much did we win last month?", REVENUE, [inside(LAST_MONTH)]),
        ("revenue this month", REVENUE, [inside(THIS_MONTH), inside(MONTH_TO_DATE)]),
        ("bookings last quarter", REVENUE, [inside(LAST_QUARTER)]),
        ("What's our win rate this quarter?", WIN_RATE,
         [inside(THIS_QUARTER), inside((THIS_QUARTER[0], AS_OF))]),
        ("number of deals lost last year", LOST_DEALS, [inside(LAST_YEAR)]),
        ("pipeline closing this quarter", PIPELINE, [inside(THIS_QUARTER)]),
        ("weighted pipeline for next quarter", WEIGHTED, [inside(NEXT_QUARTER)]),
        ("How many open deals are due to close next week?", OPEN_DEALS, in_any(NEXT_WEEK)),
        ("deals we closed last week - how many?", CLOSED_DEALS, in_any(LAST_WEEK)),
        ("wins this week", WON_DEALS, in_any(THIS_WEEK)),
        ("Revenue year to date", REVENUE, [sofar, inside(THIS_YEAR)]),
        ("YTD lost amount", LOST_AMOUNT, [sofar]),
        ("won deals MTD", WON_DEALS, [inside(MONTH_TO_DATE)]),
        ("QTD win rate", WIN_RATE, [inside((THIS_QUARTER[0], AS_OF))]),
        ("pipeline closing in the next 60 days", PIPELINE, in_any(ahead(60))),
        ("won revenue in the last 30 days", REVENUE, in_any(back(30))),
        ("How many deals have we lost over the past two weeks?", LOST_DEALS,
         [*in_any(back(14)), within(date(2025, 1, 27), date(2025, 2, 9)),
          within(date(2025, 2, 3), AS_OF)]),
        ("revenue over the last 6 months", REVENUE, in_any(months_back(6))),
        ("win rate for the trailing 12 months", WIN_RATE, in_any(months_back(12))),
        ("expected revenue for the remainder of this quarter", WEIGHTED, rest),
        ("how much pipeline should close by the end of march 2025", PIPELINE,
         [within(date(2000, 1, 1), date(2025, 3, 31)), *rest]),
        ("lost revenue 2 months ago", LOST_AMOUNT, [in_month(2024, 12)]),
        ("wins yesterday", WON_DEALS, [within(date(2025, 2, 14), date(2025, 2, 14))]),
    ):  # fmt: skip
        book.ask("time", question, _readings(book, figure, tests))


def _write_absolute(book: Book) -> None:
    for question, figure, tests in (
        ("Revenue in January 2025", REVENUE, [in_month(2025, 1)]),
        ("won deals in Nov 2024", WON_DEALS, [in_month(2024, 11)]),
        ("What was our win rate in Q4 2024?", WIN_RATE, [in_quarter(2024, 4)]),
        ("Lost deals in 2024", LOST_DEALS, [in_year(2024)]),
        ("bookings during the third quarter of 2024", REVENUE, [in_quarter(2024, 3)]),
        ("revenue H1 2024", REVENUE, [within(date(2024, 1, 1), date(2024, 6, 30))]),
        ("won revenue between January 10 and January 25, 2025", REVENUE,
         [within(date(2025, 1, 10), date(2025, 1, 25))]),
        ("How many deals closed from 2024-10-01 to 2025-01-31?", CLOSED_DEALS,
         [within(date(2024, 10, 1), date(2025, 1, 31))]),
        ("lost deals since December 1st 2024", LOST_DEALS,
         [within(date(2024, 12, 1), date(2099, 1, 1)), within(date(2024, 12, 1), AS_OF)]),
        ("win rate before 2024", WIN_RATE, [within(date(2000, 1, 1), date(2023, 12, 31))]),
        ("revenue after June 2024", REVENUE,
         [within(date(2024, 7, 1), date(2099, 1, 1)), within(date(2024, 7, 1), AS_OF)]),
        ("open pipeline with a close date on or before March 15, 2025", PIPELINE,
         [within(date(2000, 1, 1), date(2025, 3, 15))]),
        ("deals won on 1/20/2025, count", WON_DEALS,
         [within(date(2025, 1, 20), date(2025, 1, 20))]),
        ("average won deal size in fiscal Q1 2025", AVERAGE_WON, [in_quarter(2025, 1)]),
        ("number of deals in fiscal period Q1-2025", DEALS, [where("fiscal_period", "Q1-2025")]),
        ("revenue from January through March 2025", REVENUE, [in_quarter(2025, 1)]),
        ("SaaS wins in the first quarter of 2025", WON_DEALS,
         [every(where("product", "SaaS"), in_quarter(2025, 1))]),
    ):  # fmt: skip
        book.ask("time", question, _readings(book, figure, tests))
    golds = _readings(book, WON_DEALS, [in_month(2025, 1), in_month(2024, 1)])
    book.ask("time", "how many deals did we win in january?", golds, or_ask=True)
    golds = _readings(book, REVENUE, [in_quarter(2024, 4), in_quarter(2025, 4)])
    book.ask("time", "Q4 revenue", golds, or_ask=True)


def _write_created(book: Book) -> None:
    for question, figure, tests in (
        ("How many deals were created in January 2025?", DEALS, [in_month(2025, 1, "created")]),
        ("opportunities opened last month", DEALS, [inside(LAST_MONTH, "created")]),
        ("pipeline created in Q4 2024", PIPELINE, [in_quarter(2024, 4, "created")]),
        ("Win rate of deals created in 2024", WIN_RATE, [in_year(2024, "created")]),
        ("number of deals created in the last 90 days", DEALS, in_any(back(90), "created")),
        ("deals created this year that we already won: how many?", WON_DEALS,
         [inside(THIS_YEAR, "created")]),
    ):  # fmt: skip
        book.ask("time", question, _readings(book, figure, tests), or_ask="opened" in question)


def _write_lists(book: Book) -> None:
    world = book.world
    for question, tests in (
        ("Which open deals close in the next 5 days?",
         [every(is_open, test) for test in in_any(ahead(5))]),
        ("list the deals we won last week", [every(won, test) for test in in_any(LAST_WEEK)]),
        ("open Negotiate deals with a close date in the next two weeks",
         [every(where("stage", "Negotiate"), test)
          for test in (*in_any(ahead(14)), within(date(2025, 2, 17), date(2025, 3, 2)))]),
    ):  # fmt: skip
        book.ask("time", question, [gold for test in tests for gold in world.deals_in(test)])
    month = inside(NEXT_MONTH)
    book.ask(
        "time", "Top 5 open deals closing next month",
        world.deals_in(every(is_open, month), 5),
    )  # fmt: skip
    for question, field, figure, span in (
        ("pipeline by stage closing this month", "stage", PIPELINE, THIS_MONTH),
        ("won revenue by product last quarter", "product", REVENUE, LAST_QUARTER),
        ("win rate by source in 2024", "source", WIN_RATE, LAST_YEAR),
    ):
        book.ask("time", question, world.by(field, figure, test=inside(span)))


def _write_trend(book: Book) -> None:
    world = book.world
    for question, grain, figure, test, field in (
        ("won revenue by month", "month", REVENUE, everything, "close"),
        ("How has our win rate developed quarter by quarter?", "quarter", WIN_RATE, everything,
         "close"),
        ("number of lost deals per quarter", "quarter", LOST_DEALS, everything, "close"),
        ("Pipeline by close month", "month", PIPELINE, everything, "close"),
        ("weekly won deals", "week", WON_DEALS, everything, "close"),
        ("How many deals are created each month?", "month", DEALS, everything, "created"),
        ("annual bookings", "year", REVENUE, everything, "close"),
        ("monthly SaaS revenue in 2024", "month", REVENUE,
         every(where("product", "SaaS"), in_year(2024)), "close"),
        ("trend of the average won deal size by quarter", "quarter", AVERAGE_WON, everything,
         "close"),
        ("Show the quarterly evolution of lost amount", "quarter", LOST_AMOUNT, everything,
         "close"),
        ("deals won per month from referrals", "month", WON_DEALS, where("source", "Referral"),
         "close"),
        ("weekly weighted pipeline for the current quarter", "week", WEIGHTED,
         inside(THIS_QUARTER), "close"),
        ("daily wins in January 2025", "day", WON_DEALS, in_month(2025, 1), "close"),
        ("new opportunities by creation quarter", "quarter", DEALS, everything, "created"),
        ("plot revenue over time by month for renewals", "month", REVENUE,
         where("type", "Renewal"), "close"),
        ("month-by-month win rate since January 2024", "month", WIN_RATE,
         within(date(2024, 1, 1), date(2099, 1, 1)), "close"),
    ):  # fmt: skip
        book.ask("trend", question, world.trend(grain, figure, test=test, field=field))
    book.ask("trend", "revenue and won deals per quarter",
             world.trend("quarter", REVENUE, WON_DEALS))  # fmt: skip
    book.ask("trend", "quarterly revenue by product line",
             world.trend_by("quarter", "product", REVENUE, won),
             world.trend_by("quarter", "product", REVENUE))  # fmt: skip
    book.ask("trend", "won deals per month and lead source",
             world.trend_by("month", "source", WON_DEALS, won))  # fmt: skip
    book.ask("trend", "cumulative won revenue by month", world.running("month", REVENUE, won))
    book.ask("trend", "running total of revenue per quarter",
             world.running("quarter", REVENUE, won))  # fmt: skip
    book.ask(
        "trend", "Revenue trend",
        [one for grain in ("week", "month", "quarter") for one in world.trend(grain, REVENUE)],
        or_ask=True,
    )  # fmt: skip


def _write_between_periods(book: Book) -> None:
    world = book.world
    for question, grain, starts, figure in (
        ("Compare revenue in Q3 2024 and Q4 2024", "quarter",
         (date(2024, 7, 1), date(2024, 10, 1)), REVENUE),
        ("win rate this quarter versus last quarter", "quarter",
         (date(2024, 10, 1), date(2025, 1, 1)), WIN_RATE),
        ("won deals January 2025 vs December 2024", "month",
         (date(2024, 12, 1), date(2025, 1, 1)), WON_DEALS),
        ("How do 2023 and 2024 compare in bookings?", "year",
         (date(2023, 1, 1), date(2024, 1, 1)), REVENUE),
        ("average deal size: last month against the month before", "month",
         (date(2024, 12, 1), date(2025, 1, 1)), AVERAGE),
    ):  # fmt: skip
        book.ask("trend", question, world.periods(grain, starts, figure))
