"""Breakdowns: classes by_dim, two_dim, multi_metric and share.

Called by items.py. Invariant: a breakdown holds all its members.
"""

from __future__ import annotations

from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AVERAGE,
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
    WEIGHTED,
    WIN_RATE,
    WON_DEALS,
    count,
    every,
    everything,
    is_open,
    late,
    likely,
    lost,
    mean,
    past_due,
    ratio,
    stalled,
    total,
    uncontacted,
    where,
    won,
)


def write(book: Book) -> None:
    """Add the questions."""
    _write_by_dim(book)
    _write_two_dim(book)
    _write_multi_metric(book)
    _write_share(book)
    _write_part(book)


def _write_by_dim(book: Book) -> None:
    world = book.world
    for question, field, figure in (
        ("pipeline by stage", "stage", PIPELINE),
        ("Break the open pipeline down by where it came from", "source", PIPELINE),
        ("How is revenue split across our product lines?", "product", REVENUE),
        ("win rate for each channel", "source", WIN_RATE),
        ("Show me win rates per deal type.", "type", WIN_RATE),
        ("Which share of closed deals do we win, service by service?", "service", WIN_RATE),
        ("bookings per service", "service", REVENUE),
        ("deals per stage", "stage", DEALS),
        ("Number of opportunities for every type of business", "type", DEALS),
        ("How many deals have we lost in each product category?", "product", LOST_DEALS),
        ("lost value by project type", "action", LOST_AMOUNT),
        ("forecast by product", "product", WEIGHTED),
        ("I would like to see expected revenue for each of the stages", "stage", WEIGHTED),
        ("average deal size by lead source", "source", AVERAGE),
        ("What's the mean amount of open deals per stage?", "stage", AVERAGE_OPEN),
        ("average won deal size for each action type", "action", AVERAGE_WON),
        ("Sales cycle length by deal type", "type", CYCLE),
        ("average probability by stage", "stage", mean("probability")),
        ("stalled deals by product category", "product", count(stalled)),
        ("overdue pipeline by source", "source", total(past_due)),
        ("Open deals without a contact, by stage", "stage", count(every(is_open, uncontacted))),
        ("loss rate by lead source", "source", LOSS_RATE),
        ("number of deals by primary contact's level", "contact_level", DEALS),
        ("won deals by contact title", "contact_title", WON_DEALS),
        ("number of deals by fiscal period", "fiscal_period", DEALS),
        ("total opportunity value per type", "type", OPPORTUNITY_VALUE),
        ("high-probability pipeline by deal type", "type", total(likely)),
        ("late stage deals by service", "service", count(late)),
    ):  # fmt: skip
        book.ask("by_dim", question, world.by(field, figure))
    book.ask(
        "by_dim", "how many of our open deals have a contact named and how many don't?",
        world.one(count(every(is_open, uncontacted)),
                  count(lambda d: is_open(d) and d.contact is not None)),
        _has_contact(book), or_ask=True,
    )  # fmt: skip
    book.ask("by_dim", "contacts by seniority", world.people_by("level"))
    book.ask("by_dim", "How many people per job title?", world.people_by("title"))


def _has_contact(book: Book) -> dict[str, object]:
    deals = book.world.pick(is_open)
    without = sum(1 for deal in deals if uncontacted(deal))
    return {
        "columns": [
            {"kind": "dim", "values": ["yes", "no"]},
            {"kind": "num", "values": [len(deals) - without, without], "tol_rel": 0.0},
        ]
    }


def _write_two_dim(book: Book) -> None:
    world = book.world
    for question, fields, figure in (
        ("pipeline by stage and product category", ("stage", "product"), PIPELINE),
        ("Win rate per lead source and deal type", ("source", "type"), WIN_RATE),
        ("Split won revenue by product and by type", ("product", "type"), REVENUE),
        ("number of deals for every combination of stage and source", ("stage", "source"), DEALS),
        ("product x action type: lost deals", ("product", "action"), LOST_DEALS),
        ("average deal size broken down by type within each product", ("type", "product"),
         AVERAGE),
        ("How does the weighted pipeline distribute over stages and types?", ("stage", "type"),
         WEIGHTED),
        ("lost amount, by source and product line", ("source", "product"), LOST_AMOUNT),
        ("Show stalled deals per stage and product", ("stage", "product"), count(stalled)),
        ("count of open opps by service and stage", ("service", "stage"), OPEN_DEALS),
        ("bookings by type for each channel", ("type", "source"), REVENUE),
        ("sales cycle by product and deal type", ("product", "type"), CYCLE),
        ("open deals by product category, lead source and type", ("product", "source", "type"),
         OPEN_DEALS),
    ):  # fmt: skip
        book.ask("two_dim", question, world.by(fields, figure))


def _write_multi_metric(book: Book) -> None:
    world = book.world
    for question, field, figures in (
        ("win rate and average deal size by product", "product", (WIN_RATE, AVERAGE)),
        ("Show pipeline, weighted pipeline and number of open deals per stage", "stage",
         (PIPELINE, WEIGHTED, OPEN_DEALS)),
        ("won deals, lost deals and win rate by source", "source",
         (WON_DEALS, LOST_DEALS, WIN_RATE)),
        ("For each deal type: bookings plus average won deal size", "type",
         (REVENUE, AVERAGE_WON)),
        ("revenue and lost amount per product line", "product", (REVENUE, LOST_AMOUNT)),
        ("number of closed deals as well as win rate by service", "service",
         (CLOSED_DEALS, WIN_RATE)),
        ("pipeline & forecast by type", "type", (PIPELINE, WEIGHTED)),
        ("average age and number of open deals by stage", "stage",
         (mean("age", is_open), OPEN_DEALS)),
        ("how many deals and how much total amount per action type", "action",
         (DEALS, total())),
    ):  # fmt: skip
        golds = [world.by(field, *figures)]
        if "average age" in question:
            golds.append(world.by(field, mean("age"), OPEN_DEALS))
        book.ask("multi_metric", question, golds)
    for question, pair in (
        ("Pipeline and win rate, please", (PIPELINE, WIN_RATE)),
        ("number of wins, number of losses", (WON_DEALS, LOST_DEALS)),
        ("What are our revenue, our lost amount and our win rate?",
         (REVENUE, LOST_AMOUNT, WIN_RATE)),
        ("total pipeline, average open deal size and count of open deals",
         (PIPELINE, AVERAGE_OPEN, OPEN_DEALS)),
    ):  # fmt: skip
        book.ask("multi_metric", question, world.one(*pair))


def _write_share(book: Book) -> None:
    world = book.world
    for question, field, figure, test in (
        ("What share of revenue does each product bring?", "product", REVENUE, won),
        ("percentage of deals per stage", "stage", DEALS, everything),
        ("pipeline mix by deal type in percent", "type", PIPELINE, is_open),
        ("How much does every lead source contribute to our bookings, in %?", "source", REVENUE,
         won),
        ("distribution of lost deals over lead sources as percentages", "source", LOST_DEALS,
         lost),
        ("share of weighted pipeline by stage", "stage", WEIGHTED, is_open),
        ("what fraction of open deals is in each stage", "stage", OPEN_DEALS, is_open),
        ("proportion of won revenue by service", "service", REVENUE, won),
    ):  # fmt: skip
        book.ask("share", question, world.share(field, figure, test))


def _write_part(book: Book) -> None:
    world = book.world
    saas, renewal = where("product", "SaaS"), where("type", "Renewal")
    referral, event = where("source", "Referral"), where("source", "Event")
    propose = where("stage", "Propose")
    for question, figure, part, whole, field in (
        ("What share of the pipeline is SaaS?", PIPELINE, saas, is_open, "product"),
        ("how much of our revenue comes from renewals, as a percentage", REVENUE, renewal, won,
         "type"),
        ("Which percentage of wins came through referrals?", WON_DEALS, referral, won, "source"),
        ("% of open deals in Propose", OPEN_DEALS, propose, is_open, "stage"),
        ("what fraction of lost deals originated at events", LOST_DEALS, event, lost, "source"),
    ):  # fmt: skip
        book.ask(
            "share", question,
            world.part(figure, part, whole), world.share(field, figure, whole),
        )  # fmt: skip
    for question, part, whole in (
        ("What percentage of open deals is stalled?", stalled, is_open),
        ("share of open deals that are past due", past_due, is_open),
        ("What percent of deals have no contact?", uncontacted, everything),
        ("what portion of all deals did we win", won, everything),
    ):
        book.ask("share", question, world.one(ratio(part, whole)), or_ask="portion" in question)
    question = "how much of the pipeline value is high probability, in percent?"
    book.ask("share", question, world.part(PIPELINE, likely, is_open))
