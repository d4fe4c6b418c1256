"""The same figures in the words of people in a hurry: class paraphrase.

Called by items.py. Invariant: spelling, grammar and register change; the answer does not.
"""

from __future__ import annotations

from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AVERAGE,
    LOST_AMOUNT,
    LOST_DEALS,
    OPEN_DEALS,
    PIPELINE,
    REVENUE,
    WEIGHTED,
    WIN_RATE,
    WON_DEALS,
    but,
    count,
    every,
    is_open,
    mean,
    over,
    stalled,
    where,
    won,
)
from tests.evals.revenue.periods import LAST_MONTH, LAST_QUARTER, inside


def write(book: Book) -> None:
    """Add the questions."""
    _write_single(book)
    _write_tables(book)


def _write_single(book: Book) -> None:
    world = book.world
    saas, paas, oci = (where("product", name) for name in ("SaaS", "PaaS", "OCI"))
    renewal, referral = where("type", "Renewal"), where("source", "Referral")
    anything = but(lambda deal: False)
    for question, figure, test in (
        ("whats teh total pipline", PIPELINE, anything),
        ("winrate saas??", WIN_RATE, saas),
        ("hw much $$ did we win w/ renewals", REVENUE, renewal),
        ("open opps oci #", OPEN_DEALS, oci),
        ("gimme won rev last mnth", REVENUE, inside(LAST_MONTH)),
        ("avg deel size refferal", AVERAGE, referral),
        ("hey could u tell me how many deals r stuck thx", count(stalled), anything),
        ("how many deal we are winning from referral?", WON_DEALS, referral),
        ("please to show the value of the open deals for PaaS", PIPELINE, paas),
        ("I am wondering whether you might be able to tell me what the total amount of our lost "
         "deals was in the last quarter, if that is not too much trouble.", LOST_AMOUNT,
         inside(LAST_QUARTER)),
        ("WEIGHTED PIPELINE SAAS", WEIGHTED, saas),
        ("lst deals count event leads", LOST_DEALS, where("source", "Event")),
        ("So, uh, roughly what do we expect to land from the open stuff?", WEIGHTED, anything),
        ("deals in negociation - how many", OPEN_DEALS, where("stage", "Negotiate")),
        ("what r the odds of winning an expansion deal historically", WIN_RATE,
         where("type", "Expansion")),
        ("how much dough did cold calls bring in", REVENUE, where("source", "Cold Call")),
        ("sum of amount where stage is propose", PIPELINE, where("stage", "Propose")),
        ("count(deals) stage=Qualify", OPEN_DEALS, where("stage", "Qualify")),
        ("biz won via soc media, dollar amount", REVENUE, where("source", "Social Media")),
        ("opps > 100k open, how many", OPEN_DEALS, over(100_000)),
        ("avrage probabilty of open deals", mean("probability", is_open), anything),
        ("gen AI deals won", WON_DEALS, where("service", "Generative AI")),
        ("How many deals are there in the Meet and Present stage", OPEN_DEALS,
         where("stage", "Meet & Present")),
    ):  # fmt: skip
        book.ask("paraphrase", question, world.one(figure, test=test))


def _write_tables(book: Book) -> None:
    world = book.world
    for question, field, figure in (
        ("revnue by prodct", "product", REVENUE),
        ("win % per src", "source", WIN_RATE),
        ("pipeline / stage", "stage", PIPELINE),
        ("Kindly provide the breakup of open deals as per the type of deal", "type", OPEN_DEALS),
        ("which products we are selling how much (won)?", "product", REVENUE),
        ("lead sources... wins for each pls", "source", WON_DEALS),
        ("opp count by servce, open ones only", "service", OPEN_DEALS),
        ("show me how the forecast looks stage wise", "stage", WEIGHTED),
        ("avg deal sz by type of business", "type", AVERAGE),
    ):
        book.ask("paraphrase", question, world.by(field, figure))
    book.ask(
        "paraphrase", "biggest 3 wins", world.deals_in(won, 3),
        world.rank("account", REVENUE, 3, test=won), or_ask=True,
    )  # fmt: skip
    book.ask(
        "paraphrase", "top5 accts by rev", world.rank("account", REVENUE, 5, test=won),
    )  # fmt: skip
    book.ask(
        "paraphrase", "saas n paas win rates side by side",
        world.versus("product", ("SaaS", "PaaS"), WIN_RATE),
    )  # fmt: skip
    book.ask(
        "paraphrase", "show opn deals 4 oci over 150 k nothing from web: how many + value",
        world.one(OPEN_DEALS, PIPELINE, test=every(
            where("product", "OCI"), over(150_000), but(where("source", "Web")))),
    )  # fmt: skip
