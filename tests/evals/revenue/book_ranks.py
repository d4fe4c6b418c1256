"""Rankings, conditions on groups, comparisons and lists: classes top_n, having, compare, detail.

Called by items.py. Invariant: a ranking names how many members may stand in it; limits are taken
from the data, so that some groups pass and others do not.
"""

from __future__ import annotations

from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    AVERAGE,
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
    at_least,
    closed,
    count,
    every,
    everything,
    executive,
    is_open,
    likely,
    lost,
    over,
    past_due,
    stalled,
    total,
    uncontacted,
    under,
    where,
    won,
)


def write(book: Book) -> None:
    """Add the questions."""
    _write_top_members(book)
    _write_top_deals(book)
    _write_having(book)
    _write_compare(book)
    _write_detail(book)


def _write_top_members(book: Book) -> None:
    world = book.world
    for question, field, figure, n, test, low in (
        ("Top 5 accounts by won revenue", "account", REVENUE, 5, won, False),
        ("who are our ten largest customers by total opportunity value?", "account",
         OPPORTUNITY_VALUE, 10, everything, False),
        ("3 best lead sources by win rate", "source", WIN_RATE, 3, everything, False),
        ("Bottom 3 services in terms of win rate", "service", WIN_RATE, 3, everything, True),
        ("which product category brings in the most money", "product", REVENUE, None, won, False),
        ("Where do most of our lost deals come from?", "source", LOST_DEALS, None, lost, False),
        ("Which stage holds the most pipeline?", "stage", PIPELINE, None, is_open, False),
        ("top three services by number of wins", "service", WON_DEALS, 3, won, False),
        ("Which type of deal takes longest to close on average?", "type", CYCLE, None, closed,
         False),
        ("Five accounts with the highest weighted pipeline", "account", WEIGHTED, 5, is_open,
         False),
        ("which service has the lowest average deal size", "service", AVERAGE, None, everything,
         True),
        ("Which lead source has the worst win rate?", "source", WIN_RATE, None, everything, True),
        ("the 5 accounts where we lost the most money", "account", LOST_AMOUNT, 5, lost, False),
        ("Rank the product categories by win rate", "product", WIN_RATE, None, everything, False),
        ("top 10 services by bookings", "service", REVENUE, 10, won, False),
        ("most valuable lead source in terms of pipeline", "source", PIPELINE, None, is_open,
         False),
        ("Which project type do we win most often, measured by win rate?", "action", WIN_RATE,
         None, everything, False),
        ("least common deal type among won deals", "type", WON_DEALS, None, won, True),
    ):  # fmt: skip
        golds = world.rank(field, figure, n, test=test, low=low)
        if question.startswith("Rank"):
            golds = [one for one in golds if one.get("n_min") == 1]
            golds = [{**one, "n_min": one["n_max"] - 1} for one in golds]
        book.ask("top_n", question, golds)
    book.ask(
        "top_n", "What are the most common next steps for deals in Negotiate?",
        world.rank("next_step", DEALS, test=where("stage", "Negotiate")),
    )  # fmt: skip


def _write_top_deals(book: Book) -> None:
    world = book.world
    for question, test, n, order, low in (
        ("top 10 open deals by amount", is_open, 10, "amount", False),
        ("What are the 3 biggest deals we've won?", won, 3, "amount", False),
        ("five smallest open deals", is_open, 5, "amount", True),
        ("largest 5 SaaS opportunities still open", every(is_open, where("product", "SaaS")), 5,
         "amount", False),
        ("Show me the 7 most valuable stalled deals", stalled, 7, "amount", False),
        ("our top 4 renewals in Negotiate",
         every(where("type", "Renewal"), where("stage", "Negotiate")), 4, "amount", False),
    ):  # fmt: skip
        book.ask("top_n", question, world.deals_in(test, n, order, low))


def _write_having(book: Book) -> None:
    world = book.world
    wins = book.group_cut("account", WON_DEALS, 8, 1)
    opens = book.group_cut("account", OPEN_DEALS, 8, 1)
    losses = book.group_cut("account", LOST_DEALS, 8, 1)
    money = book.group_cut("account", REVENUE, 12, 10_000)
    pipe = book.group_cut("account", PIPELINE, 10, 10_000)
    steps = book.group_cut("service", PIPELINE, 6, 100_000)
    for question, field, figure, keep, test in (
        (f"Accounts with more than {wins} wins", "account", WON_DEALS, lambda v: v > wins, won),
        (f"which customers have at least {opens} open deals?", "account", OPEN_DEALS,
         lambda v: v >= opens, is_open),
        (f"accounts that lost {losses} or more deals", "account", LOST_DEALS,
         lambda v: v >= losses, lost),
        (f"List the accounts with won revenue above ${money:,}", "account", REVENUE,
         lambda v: v > money, won),
        (f"Which accounts hold over ${pipe // 1000}k of open pipeline?", "account", PIPELINE,
         lambda v: v > pipe, is_open),
        (f"services with pipeline of more than ${steps / 1e6:g}M", "service", PIPELINE,
         lambda v: v > steps, is_open),
        ("Which lead sources have a win rate over 50%?", "source", WIN_RATE, lambda v: v > 50,
         everything),
        ("services whose win rate is below 45 percent", "service", WIN_RATE, lambda v: v < 45,
         everything),
        ("product lines with a loss rate higher than 40%", "product", LOSS_RATE,
         lambda v: v > 40, everything),
    ):  # fmt: skip
        book.ask("having", question, world.having(field, figure, keep, test))
    winners = world.having("account", WON_DEALS, lambda v: v >= wins, won)
    few = len(winners[0]["columns"][0]["values"])
    book.ask(
        "having", f"How many accounts have won at least {wins} deals with us?",
        world.single("count", few), winners, or_ask=True,
    )  # fmt: skip
    rich = world.having("account", PIPELINE, lambda v: v > pipe, is_open)[0]
    both = [
        name for name in rich["columns"][0]["values"]
        if (world.value(OPEN_DEALS, where("account", name)) or 0) >= opens
    ]  # fmt: skip
    question = f"accounts with pipeline above ${pipe:,} and at least {opens} open deals"
    names = {"columns": [{"kind": "dim", "values": both}]} if both else {"empty": True}
    book.ask("having", question, names)


def _write_compare(book: Book) -> None:
    world = book.world
    for question, field, members, figure, test in (
        ("SaaS vs OCI: win rate", "product", ("SaaS", "OCI"), WIN_RATE, everything),
        ("Compare pipeline for renewals and new business", "type", ("Renewal", "New Business"),
         PIPELINE, is_open),
        ("How does Cold Call stack up against Referral in won revenue?", "source",
         ("Cold Call", "Referral"), REVENUE, won),
        ("difference in average deal size between Expansion and Renewal deals", "type",
         ("Expansion", "Renewal"), AVERAGE, everything),
        ("Do referrals convert better than events?", "source", ("Referral", "Event"), WIN_RATE,
         everything),
        ("PaaS compared to SaaS, lost deals", "product", ("PaaS", "SaaS"), LOST_DEALS, lost),
        ("ERP or HCM - which one has more open deals?", "service", ("ERP", "HCM"), OPEN_DEALS,
         is_open),
        ("Negotiate versus Propose by weighted pipeline", "stage", ("Negotiate", "Propose"),
         WEIGHTED, is_open),
        ("are web deals bigger than social media deals on average?", "source",
         ("Web", "Social Media"), AVERAGE, everything),
        ("compare SaaS, PaaS and OCI on sales cycle", "product", ("SaaS", "PaaS", "OCI"), CYCLE,
         everything),
        ("Is the win rate higher for Storage or for Compute?", "service", ("Storage", "Compute"),
         WIN_RATE, everything),
        ("won versus lost deal amounts", "stage", ("Closed Won", "Closed Lost"), total(), closed),
    ):  # fmt: skip
        golds = world.versus(field, members, figure, test=test)
        if question.startswith("won versus"):
            golds = [*golds, world.one(REVENUE, LOST_AMOUNT),
                     world.versus(field, members, AVERAGE, test=test)[0],
                     world.one(AVERAGE_WON, AVERAGE)]  # fmt: skip
        book.ask("compare", question, golds)
    book.ask(
        "compare", "Compare our product lines on win rate, revenue and average deal size",
        world.by("product", WIN_RATE, REVENUE, AVERAGE),
        world.by("product", WIN_RATE, REVENUE, AVERAGE_WON),
    )  # fmt: skip


def _write_detail(book: Book) -> None:
    world = book.world
    high = book.cut(12, is_open)
    won_high = book.cut(8, won)
    low = book.low_cut(8, is_open)
    account = book.account(0, is_open)
    other = book.account(1, lost)
    stage = where("stage", "Negotiate")
    late_high = book.cut(6, every(stage, where("product", "PaaS")))
    for question, test in (
        (f"list open deals over ${high:,}", every(is_open, over(high))),
        (f"Which won deals were worth more than {won_high // 1000}k?", every(won, over(won_high))),
        (f"show me every open deal under ${low // 1000}k", every(is_open, under(low))),
        (f"open opportunities with {account}", every(is_open, where("account", account))),
        (f"What deals did we lose at {other}?", every(lost, where("account", other))),
        (f"Give me a list of PaaS deals in Negotiate above ${late_high:,}",
         every(stage, where("product", "PaaS"), over(late_high))),
        (f"deals at {account} with their stage and next step", where("account", account)),
    ):  # fmt: skip
        book.ask("detail", question, world.deals_in(test))
    exact = int(max(deal.probability or 0 for deal in world.pick(is_open)))
    book.ask(
        "detail", f"Which open deals have a probability of at least {exact}%?",
        world.deals_in(every(is_open, at_least(exact, "probability"))),
    )  # fmt: skip
    book.ask(
        "detail", f"which high probability deals are worth over ${book.cut(9, likely):,}",
        world.deals_in(every(likely, over(book.cut(9, likely)))),
    )  # fmt: skip
    book.ask(
        "detail", "show the 5 open deals with the highest probability",
        world.deals_in(is_open, 5, "probability"),
    )  # fmt: skip
    book.ask(
        "detail", "List the six oldest open deals", world.deals_in(is_open, 6, "age"),
        world.deals_in(is_open, 6, "created", low=True),
    )  # fmt: skip
    book.ask(
        "detail", "past-due deals without a contact worth more than "
        f"${book.cut(5, every(past_due, uncontacted)):,}",
        world.deals_in(
            every(past_due, uncontacted, over(book.cut(5, every(past_due, uncontacted))))
        ),
    )  # fmt: skip
    executive_cut = book.cut(6, every(won, executive))
    book.ask(
        "detail", f"deals won with a C-level contact over ${executive_cut // 1000}k",
        world.deals_in(every(won, executive, over(executive_cut))),
    )  # fmt: skip
    person = next(deal.contact for deal in world.deals if deal.contact)
    book.ask(
        "detail", f"deals where {person} is the primary contact",
        world.deals_in(where("contact", person)),
    )  # fmt: skip
    book.ask(
        "detail", "how many closed deals did we have with C-level contacts, per product?",
        world.by("product", CLOSED_DEALS, test=executive),
        world.by("product", count(every(closed, executive))),
    )  # fmt: skip
