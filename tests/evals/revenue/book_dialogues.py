"""Conversations: follow-ups, switches, corrections, completed clarifications, missing things.

Called by items.py. Invariant: each turn has the answer that a colleague who heard the turns
before it would give.
"""

from __future__ import annotations

from tests.evals.revenue.book import Book, Turn
from tests.evals.revenue.facts import (
    AVERAGE,
    AVERAGE_OPEN,
    CYCLE,
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
    but,
    every,
    everything,
    is_open,
    likely,
    lost,
    over,
    some,
    where,
    won,
)
from tests.evals.revenue.periods import (
    LAST_QUARTER,
    NEXT_MONTH,
    THIS_MONTH,
    in_any,
    in_month,
    in_quarter,
    in_year,
    inside,
    months_back,
)

SAAS, PAAS, OCI = (where("product", name) for name in ("SaaS", "PaaS", "OCI"))
RENEWAL, EXPANSION = where("type", "Renewal"), where("type", "Expansion")
WEB, REFERRAL, EVENT = (where("source", name) for name in ("Web", "Referral", "Event"))


def write(book: Book) -> None:
    """Add the dialogues."""
    _write_group_follow_ups(book)
    _write_period_follow_ups(book)
    _write_list_follow_ups(book)
    _write_references(book)
    _write_switch(book)
    _write_correction(book)
    _write_clarified(book)
    _write_unavailable(book)


def _one(book: Book, question: str, figure: Figure, test: Where = everything) -> Turn:
    return book.answer(question, book.world.one(figure, test=test))


def _by(
    book: Book,
    question: str,
    fields: str | tuple[str, ...],
    *figures: Figure,
    test: Where = everything,
) -> Turn:
    return book.answer(question, book.world.by(fields, *figures, test=test))


def _write_group_follow_ups(book: Book) -> None:
    kind = "dlg_followup"
    book.add(kind, _by(book, "pipeline by stage", "stage", PIPELINE),
             _by(book, "now by product", "product", PIPELINE),
             _by(book, "and only for expansions", "product", PIPELINE, test=EXPANSION),
             _by(book, "same for renewals", "product", PIPELINE, test=RENEWAL))  # fmt: skip
    book.add(kind, _one(book, "What's our win rate?", WIN_RATE),
             _by(book, "How does that look per lead source?", "source", WIN_RATE),
             _by(book, "split it further by deal type", ("source", "type"), WIN_RATE))  # fmt: skip
    book.add(kind, _by(book, "revenue by product", "product", REVENUE),
             book.charted("show this as a pie", ["pie"], book.world.by("product", REVENUE)),
             _by(book, "add the number of won deals", "product", REVENUE, WON_DEALS))  # fmt: skip
    book.add(kind, _one(book, "How many open deals do we have?", OPEN_DEALS),
             _one(book, "worth how much?", PIPELINE),
             _one(book, "and weighted?", WEIGHTED))  # fmt: skip
    book.add(kind, _by(book, "lost deals per lead source", "source", LOST_DEALS),
             _by(book, "what about the lost amount", "source", LOST_AMOUNT),
             _by(book, "without events", "source", LOST_AMOUNT, test=but(EVENT)))  # fmt: skip
    book.add(kind, _by(book, "average deal size by type", "type", AVERAGE),
             _by(book, "just open ones", "type", AVERAGE_OPEN, test=is_open),
             _by(book, "in SaaS", "type", AVERAGE_OPEN, test=every(is_open, SAAS)))  # fmt: skip
    book.add(kind, _one(book, "SaaS pipeline", PIPELINE, SAAS),
             _one(book, "and OCI?", PIPELINE, OCI),
             book.answer("and both together?", book.world.one(PIPELINE, test=some(SAAS, OCI)),
                         book.world.by("product", PIPELINE, test=every(is_open, some(SAAS, OCI))),
                         or_ask=True))  # fmt: skip
    book.add(kind, _one(book, "number of deals won with renewals", WON_DEALS, RENEWAL),
             _one(book, "how about expansions?", WON_DEALS, EXPANSION),
             _by(book, "per product category please", "product", WON_DEALS, test=EXPANSION),
             _by(book, "all deal types again", "product", WON_DEALS))  # fmt: skip


def _write_period_follow_ups(book: Book) -> None:
    kind, world = "dlg_followup", book.world
    book.add(kind, _one(book, "revenue in Q4 2024", REVENUE, in_quarter(2024, 4)),
             _one(book, "and Q3 2024?", REVENUE, in_quarter(2024, 3)),
             _by(book, "by product", "product", REVENUE, test=in_quarter(2024, 3)))  # fmt: skip
    book.add(kind, _one(book, "How many deals did we win last quarter?", WON_DEALS,
                        inside(LAST_QUARTER)),
             _one(book, "How many did we lose?", LOST_DEALS, inside(LAST_QUARTER)))  # fmt: skip
    book.add(kind, book.answer("won revenue by month", world.trend("month", REVENUE)),
             book.answer("make it quarterly", world.trend("quarter", REVENUE)),
             book.answer("only 2024",
                         world.trend("quarter", REVENUE, test=in_year(2024))))  # fmt: skip
    book.add(kind, _one(book, "pipeline closing this month", PIPELINE, inside(THIS_MONTH)),
             _one(book, "next month?", PIPELINE, inside(NEXT_MONTH)),
             _by(book, "by stage", "stage", PIPELINE, test=inside(NEXT_MONTH)))  # fmt: skip
    book.add(kind, _by(book, "win rate by source in 2024", "source", WIN_RATE,
                       test=in_year(2024)),
             _by(book, "and for 2023?", "source", WIN_RATE, test=in_year(2023)),
             _by(book, "for all time", "source", WIN_RATE))  # fmt: skip
    recent = [world.one(WON_DEALS, test=test) for test in in_any(months_back(3))]
    book.add(kind, _one(book, "Number of wins in January 2025", WON_DEALS, in_month(2025, 1)),
             book.answer("over the last 3 months", recent))  # fmt: skip


def _write_list_follow_ups(book: Book) -> None:
    kind, world = "dlg_followup", book.world
    rank = world.rank
    book.add(kind, book.answer("top 5 accounts by revenue", rank("account", REVENUE, 5, test=won)),
             book.answer("make that top 3", rank("account", REVENUE, 3, test=won)),
             book.answer("only SaaS",
                         rank("account", REVENUE, 3, test=every(won, SAAS))))  # fmt: skip
    high = book.cut(20, is_open)
    paas = every(is_open, over(high), PAAS)
    book.add(kind, book.answer(f"open deals over ${high:,}",
                               world.deals_in(every(is_open, over(high)))),
             book.answer("only the PaaS ones", world.deals_in(paas)),
             book.answer("how many are they?", world.one(OPEN_DEALS, test=paas)))  # fmt: skip
    book.add(kind, book.answer("Show our 5 largest open deals", world.deals_in(is_open, 5)),
             book.answer("and the 5 biggest we lost?", world.deals_in(lost, 5)))  # fmt: skip
    book.add(kind, book.answer("best 3 services by win rate", rank("service", WIN_RATE, 3)),
             book.answer("and the worst 3?", rank("service", WIN_RATE, 3, low=True)))  # fmt: skip


def _write_references(book: Book) -> None:
    kind, world = "dlg_followup", book.world
    rank = world.rank("product", REVENUE, test=won)
    top = str(rank[0]["columns"][0]["values"][0])
    book.add(kind, book.answer("Which product category has the most won revenue?", rank),
             _one(book, "What is the win rate of that product?", WIN_RATE,
                  where("product", top)),
             book.answer("show its revenue by quarter",
                         world.trend("quarter", REVENUE, test=where("product", top))))  # fmt: skip
    account = book.account(1, is_open)
    book.add(kind, _one(book, f"pipeline at {account}", PIPELINE, where("account", account)),
             book.answer("which deals are those?",
                         world.deals_in(every(is_open, where("account", account)))),
             _one(book, "How much have we already won with them?", REVENUE,
                  where("account", account)))  # fmt: skip


def _write_switch(book: Book) -> None:
    kind, world = "dlg_switch", book.world
    book.add(kind, _by(book, "SaaS revenue by type", "type", REVENUE, test=SAAS),
             book.answer("How many contacts do we have in total?",
                         world.people(lambda one: True)))  # fmt: skip
    book.add(kind, _one(book, "pipeline from referrals", PIPELINE, REFERRAL),
             _by(book, "New topic: lost deals by product", "product", LOST_DEALS))  # fmt: skip
    book.add(kind, _one(book, "Lost amount in 2024", LOST_AMOUNT, in_year(2024)),
             _by(book, "What's the average sales cycle by deal type?", "type", CYCLE))  # fmt: skip
    book.add(kind, book.answer("top 5 services by revenue",
                               world.rank("service", REVENUE, 5, test=won)),
             _one(book, "OK. Different question - what is our total weighted pipeline?",
                  WEIGHTED))  # fmt: skip
    book.add(kind, _one(book, "win rate of OCI deals", WIN_RATE, OCI),
             _by(book, "show the open pipeline per stage", "stage", PIPELINE))  # fmt: skip


def _write_correction(book: Book) -> None:
    kind = "dlg_correction"
    book.add(kind, _one(book, "How many deals did we win with SaaS?", WON_DEALS, SAAS),
             _one(book, "no, PaaS", WON_DEALS, PAAS))  # fmt: skip
    book.add(kind, _by(book, "revenue by product", "product", REVENUE),
             _by(book, "I meant by lead source", "source", REVENUE))  # fmt: skip
    book.add(kind, _one(book, "lost deals in Q3 2024", LOST_DEALS, in_quarter(2024, 3)),
             _one(book, "sorry, Q4", LOST_DEALS, in_quarter(2024, 4)))  # fmt: skip
    book.add(kind, _by(book, "win rate by type", "type", WIN_RATE),
             _by(book, "actually, average deal size instead", "type", AVERAGE))  # fmt: skip
    book.add(kind, _one(book, "open pipeline for events", PIPELINE, EVENT),
             _one(book, "not open, won", REVENUE, EVENT))  # fmt: skip
    book.add(kind, _by(book, "number of open deals by service for renewals", "service", OPEN_DEALS,
                       test=RENEWAL),
             _by(book, "not only renewals, all of them", "service", OPEN_DEALS))  # fmt: skip


def _write_clarified(book: Book) -> None:
    kind, world = "dlg_clarified", book.world
    book.add(kind, book.clarification("Give me some numbers"),
             _by(book, "win rate by product", "product", WIN_RATE))  # fmt: skip
    book.add(kind, book.clarification("I want a report"),
             _one(book, "the total pipeline", PIPELINE))  # fmt: skip
    month = every(likely, inside(THIS_MONTH))
    book.add(kind, book.clarification("show me the figures"),
             book.answer("I need the open deals closing this month above 70% probability",
                         world.deals_in(month)))  # fmt: skip
    book.add(kind, book.clarification("compare"),
             book.answer(
                 "web against referral on revenue",
                 world.versus("source", ("Web", "Referral"), REVENUE, test=won)))  # fmt: skip


def _write_unavailable(book: Book) -> None:
    kind = "dlg_unavailable"
    book.add(kind, _one(book, "What is our won revenue?", REVENUE),
             book.refusal("by sales rep?"),
             _by(book, "by lead source then", "source", REVENUE))  # fmt: skip
    book.add(kind, _by(book, "pipeline by stage", "stage", PIPELINE),
             book.refusal("and by region?"),
             _by(book, "ok, by deal type", "type", PIPELINE))  # fmt: skip
    book.add(kind, _by(book, "lost deals by product", "product", LOST_DEALS),
             book.refusal("Which competitors won those?"),
             _one(book, "what was their total amount?", LOST_AMOUNT))  # fmt: skip
    book.add(kind, _one(book, "web leads win rate", WIN_RATE, WEB),
             book.refusal("How much did we spend on that channel?"))  # fmt: skip
