"""Questions that a careless reader answers with the wrong number: class trap.

Called by items.py. Invariant: each holds a word that changes the meaning; an answer must have
understood it, and whoever has not is right to ask back or to refuse.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from datetime import date

from tests.evals.revenue.answers import Gold, Golds, days, dim, num, start_of
from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AS_OF,
    DEALS,
    LOST_DEALS,
    OPEN_DEALS,
    PIPELINE,
    REVENUE,
    WIN_RATE,
    WON_DEALS,
    Deal,
    Figure,
    Where,
    accounts,
    at_least,
    but,
    count,
    every,
    everything,
    is_open,
    lost,
    mean,
    not_lost,
    over,
    some,
    total,
    under,
    where,
    won,
)
from tests.evals.revenue.periods import in_month, in_quarter, in_year

SAAS, PAAS = where("product", "SaaS"), where("product", "PaaS")


def write(book: Book) -> None:
    """Add the questions."""
    _write_accounts(book)
    _write_ordinals(book)
    _write_averages(book)
    _write_members(book)
    _write_changes(book)
    _write_mixed(book)
    _write_more_words(book)


def _ask(book: Book, question: str, *golds: Gold | Golds) -> None:
    turn = book.answer(question, *golds, or_ask=True)
    turn["expect"]["status"].append("refused")
    book.add("trap", turn)


def _write_accounts(book: Book) -> None:
    world = book.world
    groups: dict[object, list[Deal]] = {
        key[0]: deals for key, deals in world.groups(("account",)).items() if key[0] is not None
    }

    # Accounts known by their contacts alone may count among those without deals.
    strangers: dict[object, list[Deal]] = {
        one.account: [] for one in world.contacts if one.account and one.account not in groups
    }

    def chosen(keep: Callable[[list[Deal]], bool]) -> Golds:
        golds: list[Gold] = []
        for known in (groups, groups | strangers):
            names = [name for name, deals in known.items() if keep(deals)]
            golds.append(world.single("count", len(names)))
            golds.append({"columns": [dim(names)]} if names else {"empty": True})
        return golds

    def some_deal(test: Where) -> Callable[[list[Deal]], bool]:
        return lambda deals: any(test(deal) for deal in deals)

    for question, keep in (
        ("How many accounts have both open and won deals?",
         lambda deals: some_deal(is_open)(deals) and some_deal(won)(deals)),
        ("accounts that have never won a deal with us, how many?",
         lambda deals: not some_deal(won)(deals)),
        ("How many customers have no open deals?", lambda deals: not some_deal(is_open)(deals)),
        ("number of accounts with exactly one deal", lambda deals: len(deals) == 1),
        ("accounts with only lost deals: how many",
         lambda deals: bool(deals) and all(map(lost, deals))),
        ("How many accounts bought SaaS as well as PaaS?",
         lambda deals: some_deal(every(won, SAAS))(deals) and some_deal(every(won, PAAS))(deals)),
        ("how many accounts that have won deals have no deal in 2024", lambda deals:
         some_deal(won)(deals) and not some_deal(in_year(2024))(deals)),
    ):  # fmt: skip
        _ask(book, question, chosen(keep))


def _write_ordinals(book: Book) -> None:
    world = book.world

    def nth(at: int, test: Where) -> Golds:
        line = sorted(world.pick(test), key=lambda deal: deal.amount or 0, reverse=True)
        golds: list[Gold] = [world.single("money", line[at].amount)]
        tied = [deal for deal in line if deal.amount == line[at].amount]
        if len(tied) > 1:
            # Several deals stand at that place: to pick one of them would be arbitrary, so all of
            # them are right, where the answer says that they share it.
            golds.append({"columns": [dim(d.name for d in tied),
                                      num("money", [d.amount for d in tied])],
                          "must_mention": ["share this place"]})  # fmt: skip
        return golds

    def edge_day(test: Where, first: bool) -> Golds:
        found = sorted(deal.close for deal in world.pick(test))
        day = found[0] if first else found[-1]
        shown = [deal for deal in world.pick(test) if deal.close == day]
        golds: list[Gold] = [{"columns": [days("day", [day])]}]
        golds += [{"columns": [dim([deal.name]), num("money", [deal.amount])]} for deal in shown]
        golds.append({"columns": [dim(d.name for d in shown),
                                  num("money", [d.amount for d in shown])]})  # fmt: skip
        return golds

    _ask(book, "second largest open deal", nth(1, is_open))
    _ask(book, "What is the third biggest deal we lost?", nth(2, lost))
    _ask(book, "When did we win our first deal?", edge_day(won, first=True))
    _ask(book, "our most recent win", edge_day(won, first=False))
    _ask(book, "date of the last lost deal", edge_day(lost, first=False))
    _ask(book, "Which open deal closes next?",
         edge_day(lambda d: is_open(d) and d.close >= AS_OF, first=True),
         edge_day(lambda d: is_open(d) and d.close > AS_OF, first=True))  # fmt: skip
    ranking = world.rank("account", REVENUE, test=won)[0]
    second = {"columns": [{**column, "values": column["values"][1:2]}
                          for column in ranking["columns"]]}  # fmt: skip
    _ask(book, "Who is our second biggest customer by won revenue?", second)
    by_month = Counter(start_of("month", deal.close) for deal in world.pick(won))
    top = max(by_month.values())
    best = [month for month, number in by_month.items() if number == top]
    _ask(book, "In which month did we win the most deals?",
         [{"columns": [days("month", [month]), num("count", [float(top)])]} for month in best],
         _time_ranking(book, "month", WON_DEALS, won))  # fmt: skip
    _ask(book, "worst quarter for bookings", _time_ranking(book, "quarter", REVENUE, won, low=True))


def _time_ranking(book: Book, grain: str, figure: Figure, test: Where, low: bool = False) -> Golds:
    table = book.world.trend(grain, figure, test=test)[0]
    line = sorted(zip(*(column["values"] for column in table["columns"]), strict=True),
                  key=lambda pair: pair[1] or 0, reverse=not low)  # fmt: skip
    return [{
        "columns": [days(grain, [date.fromisoformat(day) for day, _ in line]),
                    num(figure.kind, [value for _, value in line])],
        "ordered": True, "order_by": 1, "n_min": 1, "n_max": len(line),
    }]  # fmt: skip


def _write_averages(book: Book) -> None:
    world = book.world
    months: dict[date, float] = {}
    for deal in world.pick(won):
        month = start_of("month", deal.close)
        months[month] = months.get(month, 0.0) + (deal.amount or 0)
    per_account = [OPEN_DEALS.compute(deals) or 0 for deals in world.groups(("account",)).values()]
    values = [PIPELINE.compute(deals) for deals in world.groups(("account",), is_open).values()]
    _ask(book, "What is our average monthly won revenue?",
         world.single("money", statistics.fmean(months.values())))  # fmt: skip
    _ask(book, "average number of open deals per account",
         world.single("number", statistics.fmean(per_account)),
         world.single("number", sum(per_account) / sum(1 for n in per_account if n)))  # fmt: skip
    _ask(book, "median pipeline per account",
         world.single("money", statistics.median(value for value in values if value)))  # fmt: skip
    deals = world.value(DEALS) or 0
    _ask(book, "How many deals do we have per account on average?",
         world.single("number", deals / (world.value(accounts()) or 1)))  # fmt: skip
    _ask(book, "revenue per won deal", world.one(mean(test=won)))
    _ask(book, "won revenue per account that bought from us",
         world.single("money", (world.value(REVENUE) or 0) / (world.value(accounts(won)) or 1)),
         world.by("account", REVENUE, test=won))  # fmt: skip
    _ask(book, "ratio of wins to losses",
         world.single("number", (world.value(WON_DEALS) or 0) / (world.value(LOST_DEALS) or 1)),
         world.one(WON_DEALS, LOST_DEALS))  # fmt: skip


def _write_members(book: Book) -> None:
    world = book.world

    def members(field: str, test: Where = everything) -> Golds:
        names = [key[0] for key in world.groups((field,), test) if key[0] is not None]
        listed: Gold = {"columns": [dim(names)]}
        return [world.single("count", len(names)), listed, world.by(field, DEALS, test=test),
                world.by(field, count(won), test=test)]  # fmt: skip

    _ask(book, "How many different services do we offer?", members("service"))
    _ask(book, "list the product categories", members("product"))
    _ask(book, "What stages are there?", members("stage"))
    _ask(book, "number of distinct lead sources", members("source"))
    _ask(book, "Which services have we sold to more than one account?",
         [{"columns": [dim(key[0] for key, deals in world.groups(("service",), won).items()
                           if key[0] and len({deal.account_id for deal in deals}) > 1)]}],
         world.by("service", accounts(won), test=won))  # fmt: skip
    named = {deal.contact for deal in world.pick(is_open)} - {None}
    question = "how many different contacts are on our open deals"
    _ask(book, question, world.single("count", len(named)))


def _write_changes(book: Book) -> None:
    world = book.world

    def change(figure: Figure, old: Where, new: Where) -> Golds:
        before, after = world.value(figure, old) or 0, world.value(figure, new) or 0
        golds = [world.single("rate", 100 * (after - before) / before)] if before else []
        return [*golds, world.single(figure.kind, after - before),
                {"columns": [num(figure.kind, [before]), num(figure.kind, [after])]},
                {"columns": [num(figure.kind, [before, after])], "keep_empty": True}]  # fmt: skip

    _ask(book, "By how much did revenue grow from Q3 2024 to Q4 2024?",
         change(REVENUE, in_quarter(2024, 3), in_quarter(2024, 4)))  # fmt: skip
    _ask(book, "change in number of wins between 2023 and 2024",
         change(WON_DEALS, in_year(2023), in_year(2024)))  # fmt: skip
    _ask(book, "Did our win rate improve in January 2025 compared with December 2024?",
         change(WIN_RATE, in_month(2024, 12), in_month(2025, 1)))  # fmt: skip
    _ask(book, "how much more revenue did SaaS bring than PaaS?",
         change(REVENUE, PAAS, SAAS),
         world.versus("product", ("SaaS", "PaaS"), REVENUE))  # fmt: skip


def _write_mixed(book: Book) -> None:
    world = book.world
    big = book.cut(60, everything, 10_000)
    renewal = where("type", "Renewal")
    for question, figure, test in (
        (f"pipeline of SaaS deals over ${big:,} or renewals of any size", PIPELINE,
         some(every(SAAS, over(big)), renewal)),
        ("how many deals are won or still open?", count(not_lost), everything),
        ("number of deals that are both stalled and late stage",
         count(every(where("stage", "Propose"), over(30, "age"))), everything),
        (f"count of deals not above ${big:,}", DEALS, but(over(big))),
        (f"deals with an amount of exactly ${big:,}, how many", DEALS, where("amount", big)),
        ("win rate in months other than December", WIN_RATE, lambda d: d.close.month != 12),
        ("revenue from accounts whose name starts with A", REVENUE,
         lambda d: (d.account or "").casefold().startswith("a")),
        ("number of deals created before 2024 that are still open", OPEN_DEALS,
         lambda d: d.created is not None and d.created.year < 2024),
        ("open deals whose close date is before their created date, count", OPEN_DEALS,
         lambda d: d.created is not None and d.close < d.created),
        ("average probability of deals we lost", mean("probability"), lost),
        ("lost deals where the probability was above 3%", LOST_DEALS, over(3, "probability")),
        ("How many deals had neither a contact nor a lead source?", DEALS,
         lambda d: d.contact is None and d.source is None),
        ("how many deals have no lead source?", DEALS, where("source", None)),
        ("win rate of deals with a contact", WIN_RATE, lambda d: d.contact is not None),
        (f"pipeline in deals under ${big // 2:,} with at least 50% probability", PIPELINE,
         every(under(big // 2), at_least(50, "probability"))),
    ):  # fmt: skip
        _ask(book, question, world.one(figure, test=test))


def _write_more_words(book: Book) -> None:
    # A word the data does not know stands beside words that it does.
    for question in (
        "average deal size of deals sourced by partners",
        "pipeline owned by Maria",
        "revenue from existing customers in healthcare",
        "win rate for enterprise accounts",
        "deals discounted by more than 10%",
        "SaaS revenue recognized in 2024",
        "pipeline coverage against target",
        "open deals last contacted more than 30 days ago",
        "weighted pipeline in the commit category",
        "deals that moved from Propose to Negotiate last month",
        "average number of emails per won deal",
        "multi-year deals won",
        "net new ARR from SaaS",
        "How many deals did the Berlin office win?",
        "pipeline by week when it was last updated",
        "revenue per employee",
        "deals won after a free trial",
        "win rate when a demo was held",
        "average deal size for SaaS but only for deals under procurement review",
    ):
        book.add("trap", book.refusal(question, "clarification"))
    _ask(book, "total amount of the deals", book.world.one(total()))
