"""Conditions on deals: classes value_filter, numeric_filter and negation.

Called by items.py. Invariant: a missing value is not equal to any value.
"""

from __future__ import annotations

from collections import Counter

from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AVERAGE,
    DEALS,
    LOST_AMOUNT,
    LOST_DEALS,
    OPEN_DEALS,
    PIPELINE,
    REVENUE,
    WEIGHTED,
    WIN_RATE,
    WON_DEALS,
    at_least,
    at_most,
    but,
    every,
    everything,
    is_open,
    likely,
    mean,
    not_lost,
    over,
    past_due,
    some,
    stalled,
    total,
    under,
    where,
    won,
)

SAAS, PAAS, OCI = (where("product", name) for name in ("SaaS", "PaaS", "OCI"))
RENEWAL, EXPANSION, NEW = (where("type", n) for n in ("Renewal", "Expansion", "New Business"))
EVENT, COLD, WEB, REFERRAL, SOCIAL = (
    where("source", name) for name in ("Event", "Cold Call", "Web", "Referral", "Social Media")
)
QUALIFY, MEET, PROPOSE, NEGOTIATE = (
    where("stage", name) for name in ("Qualify", "Meet & Present", "Propose", "Negotiate")
)


def write(book: Book) -> None:
    """Add the questions."""
    _write_value_filter(book)
    _write_accounts(book)
    _write_numeric_filter(book)
    _write_negation(book)


def _write_value_filter(book: Book) -> None:
    world = book.world
    title = Counter(d.contact_title for d in world.deals if d.contact_title).most_common(1)[0][0]
    for question, figure, test in (
        ("SaaS pipeline", PIPELINE, SAAS),
        ("What's our win rate with new logos?", WIN_RATE, NEW),
        ("how much revenue came in from trade shows?", REVENUE, EVENT),
        ("win rate for upsells", WIN_RATE, EXPANSION),
        ("number of open renewals", OPEN_DEALS, RENEWAL),
        ("Revenue from cold calling", REVENUE, COLD),
        ("How many deals are in Meet & Present?", DEALS, MEET),
        ("value of the deals in negotiation", PIPELINE, NEGOTIATE),
        ("pipeline in Propose and Negotiate", PIPELINE, some(PROPOSE, NEGOTIATE)),
        ("open pipeline from web or social media", PIPELINE, some(WEB, SOCIAL)),
        ("How much Generative AI business have we won?", REVENUE,
         where("service", "Generative AI")),
        ("average size of won Blockchain deals", mean(test=won), where("service", "Blockchain")),
        ("lost deals for Autonomous Database", LOST_DEALS,
         where("service", "Autonomous Database")),
        ("win rate of ERP upgrades", WIN_RATE,
         every(where("service", "ERP"), where("action", "Upgrade Proposal"))),
        ("weighted pipeline of SaaS renewals from referrals", WEIGHTED,
         every(SAAS, RENEWAL, REFERRAL)),
        ("number of implementation deals won", WON_DEALS, where("action", "Implementation")),
        ("How many OCI expansion deals did we lose?", LOST_DEALS, every(OCI, EXPANSION)),
        ("forecast for PaaS new business", WEIGHTED, every(PAAS, NEW)),
        ("stalled pipeline in OCI", total(stalled), OCI),
        ("Number of adoption initiatives in the pipeline", OPEN_DEALS,
         where("action", "Adoption Initiative")),
        (f"How many deals have a {title} as primary contact?", DEALS,
         where("contact_title", title)),
        ("win rate when the contact is a VP", WIN_RATE, where("contact_level", "VP")),
    ):  # fmt: skip
        book.ask("value_filter", question, world.one(figure, test=test))


def _write_accounts(book: Book) -> None:
    world = book.world
    first, second = book.account(2, is_open), book.account(0, won)
    third = book.account(3, is_open)
    for question, figure, name in (
        (f"pipeline at {first}", PIPELINE, first),
        (f"How much have we sold to {second}?", REVENUE, second),
        (f"how many deals do we have with {first.upper()}", DEALS, first),
        (f"What's the average deal size for {second}?", AVERAGE, second),
        (f"{third} - open deals count", OPEN_DEALS, third),
        (f"Weighted pipeline of {third.lower()}", WEIGHTED, third),
    ):
        book.ask("value_filter", question, world.one(figure, test=where("account", name)))
    book.ask(
        "value_filter", f"combined pipeline of {first} and {third}",
        world.one(PIPELINE, test=where("account", first, third)),
        world.by("account", PIPELINE, test=every(is_open, where("account", first, third))),
    )  # fmt: skip
    words = Counter(str(name).split()[0] for name in {deal.account for deal in world.deals})
    word, _ = max(words.items(), key=lambda item: (item[1], item[0]))
    family = {
        d.account for d in world.deals if d.account and word.casefold() in d.account.casefold()
    }
    book.ask(
        "value_filter", f"What is the open pipeline for {word}?",
        world.one(PIPELINE, test=where("account", *family)),
        world.by("account", PIPELINE, test=every(is_open, where("account", *family))),
        world.one(PIPELINE, test=where("account", word)), or_ask=True,
    )  # fmt: skip


def _write_numeric_filter(book: Book) -> None:
    world = book.world
    big, small = book.cut(60, is_open, 5000), book.low_cut(60, is_open, 5000)
    mid = book.cut(200, everything, 10_000)
    for question, figure, test in (
        (f"How many open deals are above ${big:,}?", OPEN_DEALS, over(big)),
        (f"pipeline from deals bigger than {big // 1000}k", PIPELINE, over(big)),
        (f"open deals worth less than ${small:,}: how many?", OPEN_DEALS, under(small)),
        (f"won deals over ${mid // 1000}K", WON_DEALS, over(mid)),
        (f"What is our win rate on deals of at least {mid} dollars?", WIN_RATE, at_least(mid)),
        (f"win rate for deals below ${small // 1000}k", WIN_RATE, under(small)),
        (f"Count opportunities between ${small:,} and ${mid:,}", DEALS,
         every(at_least(small), at_most(mid))),
        ("weighted pipeline of deals with probability at least 50%", WEIGHTED,
         at_least(50, "probability")),
        ("number of open deals with more than 75 percent chance", OPEN_DEALS,
         over(75, "probability")),
        ("open deals with a probability under 20%, how many?", OPEN_DEALS,
         under(20, "probability")),
        ("pipeline from deals with a probability between 40 and 60 percent", PIPELINE,
         every(at_least(40, "probability"), at_most(60, "probability"))),
        ("How many open deals are older than 90 days?", OPEN_DEALS, over(90, "age")),
        ("pipeline in deals no older than 30 days", PIPELINE, at_most(30, "age")),
        (f"SaaS deals exceeding ${mid:,} that we lost: total amount", LOST_AMOUNT,
         every(SAAS, over(mid))),
        (f"lost deals not larger than {small // 1000} thousand", LOST_DEALS, at_most(small)),
        (f"revenue from deals ≥ ${mid // 1000}k", REVENUE, at_least(mid)),
        ("number of deals worth a quarter of a million or more", DEALS, at_least(250_000)),
        ("How many deals > $0.3M did we win?", WON_DEALS, over(300_000)),
        ("won deals that took more than 100 days to close, count", WON_DEALS, over(100, "cycle")),
    ):  # fmt: skip
        book.ask("numeric_filter", question, world.one(figure, test=test))


def _write_negation(book: Book) -> None:
    world = book.world
    for question, figure, test in (
        ("pipeline without renewals", PIPELINE, but(RENEWAL)),
        ("win rate excluding cold calls", WIN_RATE, but(COLD)),
        ("Revenue from everything but SaaS", REVENUE, but(SAAS)),
        ("number of open deals not in Qualify", OPEN_DEALS, but(QUALIFY)),
        ("How many non-renewal deals did we win?", WON_DEALS, but(RENEWAL)),
        ("average deal size except OCI and PaaS", AVERAGE, but(some(OCI, PAAS))),
        ("lost amount, leaving out events", LOST_AMOUNT, but(EVENT)),
        ("open deals that aren't stalled, how many?", OPEN_DEALS, but(stalled)),
        ("Deals that we have not lost: total amount", total(), not_lost),
        ("weighted pipeline other than new business", WEIGHTED, but(NEW)),
        ("how many deals neither come from web nor from social media", DEALS,
         but(some(WEB, SOCIAL))),
        ("count of open SaaS deals that are not past due", OPEN_DEALS,
         every(SAAS, but(past_due))),
        ("pipeline that is not high probability", PIPELINE, but(likely)),
        ("bookings minus expansion deals", REVENUE, but(EXPANSION)),
    ):  # fmt: skip
        book.ask("negation", question, world.one(figure, test=test))
    book.ask(
        "negation", "win rate by product, ignoring referrals",
        world.by("product", WIN_RATE, test=but(REFERRAL)),
    )  # fmt: skip
    book.ask(
        "negation", "won deals by type excluding SaaS and excluding web leads",
        world.by("type", WON_DEALS, test=but(some(SAAS, WEB))),
    )  # fmt: skip
