"""Single figures and statistics: classes kpi and stats.

Called by items.py. Invariant: a figure named by the model's words has one accepted value.
"""

from __future__ import annotations

import statistics

from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AVERAGE,
    AVERAGE_LOST,
    AVERAGE_OPEN,
    AVERAGE_WON,
    CLOSED_DEALS,
    CYCLE,
    DEALS,
    LOSS_RATE,
    LOST_AMOUNT,
    LOST_DEALS,
    OPEN_DEALS,
    OPPORTUNITY_VALUE,
    PIPELINE,
    REVENUE,
    VALUE_WIN_RATE,
    WEIGHTED,
    WIN_RATE,
    WON_DEALS,
    accounts,
    closed,
    count,
    every,
    everything,
    executive,
    is_open,
    late,
    likely,
    lost,
    mean,
    median,
    past_due,
    quantile,
    quotient,
    ratio,
    stalled,
    summary,
    total,
    uncontacted,
    weighted,
    where,
    won,
)


def write(book: Book) -> None:
    """Add the questions."""
    _write_kpi(book)
    _write_states(book)
    _write_stats(book)
    _write_spreads(book)


def _write_kpi(book: Book) -> None:
    world = book.world
    for question, figure in (
        ("What's sitting in our pipe right now, in dollars?", PIPELINE),
        ("total value of everything still open", PIPELINE),
        ("Tell me our win rate.", WIN_RATE),
        ("How often do we win?", WIN_RATE),
        ("hit rate overall", WIN_RATE),
        ("What proportion of decided deals ended up lost?", LOSS_RATE),
        ("How much have we booked in total?", REVENUE),
        ("Total bookings", REVENUE),
        ("revenue", REVENUE),
        ("how much money did we lose on lost deals", LOST_AMOUNT),
        ("What is the risk-adjusted pipeline?", WEIGHTED),
        ("Could you give me the forecast?", WEIGHTED),
        ("Probability-weighted value of the open opportunities, please", WEIGHTED),
        ("How many opportunities are there altogether?", DEALS),
        ("count of deals that are still in progress", OPEN_DEALS),
        ("How many wins do we have?", WON_DEALS),
        ("Number of losses", LOST_DEALS),
        ("How many deals have been decided either way?", CLOSED_DEALS),
        ("What is the total opportunity value?", OPPORTUNITY_VALUE),
        ("What would be the combined value of all our open and won opportunities?",
         OPPORTUNITY_VALUE),
        ("What's our dollar win rate?", VALUE_WIN_RATE),
        ("Average deal size?", AVERAGE),
        ("How big is a typical open deal on average?", AVERAGE_OPEN),
        ("mean size of lost deals", AVERAGE_LOST),
        ("ASP", AVERAGE_WON),
        ("How long does it take us on average to close a deal, in days?", CYCLE),
    ):  # fmt: skip
        book.ask("kpi", question, world.one(figure))


def _write_states(book: Book) -> None:
    world = book.world
    for question, figure in (
        ("How many deals are stuck?", count(stalled)),
        ("amount tied up in stalled deals", total(stalled)),
        ("How many open deals have slipped past their close date?", count(past_due)),
        ("what's the value of our overdue deals?", total(past_due)),
        ("Late-stage pipeline value", total(late)),
        ("weighted value of the late stage deals", weighted(late)),
        ("How many highly likely deals do we have?", count(likely)),
        ("Value of high probability pipeline", total(likely)),
        ("Number of deals currently under negotiation", count(where("stage", "Negotiate"))),
        ("How many deals have no primary contact?", count(uncontacted)),
        ("On how many deals is a C-level person our contact?", count(executive)),
        ("contact coverage", ratio(lambda deal: deal.contact is not None, everything)),
        ("Number of accounts with a win", accounts(won)),
        ("How many customers have open deals with us?", accounts(is_open)),
        ("pipeline yield", quotient(WEIGHTED, PIPELINE)),
        ("Average age of the open deals in days", mean("age", is_open)),
        ("how many open deals lack a contact", count(every(is_open, uncontacted))),
    ):
        book.ask("kpi", question, world.one(figure))
    per_account = (world.value(PIPELINE) or 0) / (world.value(accounts(is_open)) or 1)
    book.ask(
        "kpi", "How much pipeline do we have per account?",
        world.single("money", per_account), world.by("account", PIPELINE), or_ask=True,
    )  # fmt: skip
    known = {deal.account_id for deal in world.deals} | {one.account_id for one in world.contacts}
    book.ask("kpi", "How many accounts are there?", world.single("count", len(known - {None})))
    book.ask("kpi", "how many people do we have on file?", world.people(lambda _: True))
    book.ask("kpi", "count of C-suite contacts", world.people(lambda one: one.level == "C-level"))


def _write_stats(book: Book) -> None:
    world = book.world
    for question, figure in (
        ("median deal size", median()),
        ("What is the middle deal value among the deals we won?", median(test=won)),
        ("Median of the lost amounts", median(test=lost)),
        ("What's the 90th percentile of deal size?", quantile(0.9)),
        ("90th percentile amount for won deals", quantile(0.9, test=won)),
        ("25th percentile of deal amount", quantile(0.25)),
        ("What's the biggest amount among our open deals?", summary(max, test=is_open)),
        ("highest deal value", summary(max)),
        ("the lowest amount of all deals", summary(min)),
        ("average probability of the open deals", mean("probability", is_open)),
        ("Median win probability of deals in Negotiate",
         median("probability", where("stage", "Negotiate"))),
        ("max probability in Propose", summary(max, "probability", where("stage", "Propose"))),
        ("median sales cycle", median("cycle", closed)),
        ("What's the longest sales cycle of a won deal, in days?", summary(max, "cycle", won)),
        ("How old is our oldest open deal?", summary(max, "age", is_open)),
        ("median age of stalled deals", median("age", stalled)),
        ("average sales cycle of deals we lost", mean("cycle", lost)),
    ):  # fmt: skip
        book.ask("stats", question, world.one(figure))


def _write_spreads(book: Book) -> None:
    world = book.world

    def spread(how: str, test: str) -> None:
        chosen = {"all": everything, "won": won, "open": is_open}[test]
        exact = summary(statistics.stdev, test=chosen, least=2)
        whole = summary(statistics.pstdev, test=chosen, least=2)
        book.ask("stats", how, world.one(exact), world.one(whole))

    smallest = world.deals_in(won, 10, low=True)
    book.ask(
        "stats", "Smallest deal we ever won, in dollars",
        world.one(summary(min, test=won)), [{**gold, "n_min": 1} for gold in smallest],
    )  # fmt: skip
    spread("standard deviation of deal size", "all")
    spread("How much do the amounts of won deals vary? Give me the standard deviation.", "won")
    spread("stddev of open deal amounts", "open")
    book.ask(
        "stats", "Minimum, median and maximum amount of won deals",
        world.one(summary(min, test=won), median(test=won), summary(max, test=won)),
    )  # fmt: skip
    book.ask(
        "stats", "Give me the average and the median deal size by opportunity type",
        world.by("type", AVERAGE, median()),
    )  # fmt: skip
    book.ask("stats", "median deal size per product", world.by("product", median()))
    book.ask(
        "stats", "largest won deal amount in each product category",
        world.by("product", summary(max, test=won)),
    )  # fmt: skip
    book.ask(
        "stats", "p90 deal size by lead source", world.by("source", quantile(0.9)),
    )  # fmt: skip
