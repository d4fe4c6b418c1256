"""Contacts, and deals and contacts together: class cross_table.

Called by items.py. Invariant: deals and contacts meet at the account's key, never row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.evals.revenue.answers import Gold, Golds, dim, num
from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import (
    OPEN_DEALS,
    PIPELINE,
    REVENUE,
    Deal,
    Figure,
    accounts,
    every,
    is_open,
    lost,
    uncontacted,
    where,
    won,
)


def write(book: Book) -> None:
    """Add the questions."""
    _write_missing(book)
    _write_side_by_side(book)
    _write_people(book)
    _write_people_lists(book)


def _write_missing(book: Book) -> None:
    world = book.world
    known = {one.account_id for one in world.contacts}
    chiefs = {one.account_id for one in world.contacts if one.level == "C-level"}
    heads = {one.account_id for one in world.contacts if one.title == "CEO"}

    def strange(deal: Deal) -> bool:
        return deal.account_id not in known

    book.ask(
        "cross_table", "How many accounts have open deals but no contacts on file?",
        world.one(accounts(every(is_open, strange))),
    )  # fmt: skip
    book.ask(
        "cross_table", "number of accounts with a lost deal that have no contact",
        world.one(accounts(every(lost, strange))),
        world.one(accounts(every(lost, uncontacted))), or_ask=True,
    )  # fmt: skip
    book.ask(
        "cross_table", "pipeline at accounts where we have no contact at all",
        world.one(PIPELINE, test=strange),
    )  # fmt: skip
    book.ask(
        "cross_table", "At how many accounts with open deals do we know a CEO?",
        world.one(accounts(lambda deal: is_open(deal) and deal.account_id in heads)),
        world.one(accounts(every(is_open, where("contact_title", "CEO")))), or_ask=True,
    )  # fmt: skip
    book.ask(
        "cross_table", "How many accounts with won deals have C-level contacts?",
        world.one(accounts(lambda deal: won(deal) and deal.account_id in chiefs)),
        world.one(accounts(every(won, where("contact_level", "C-level")))), or_ask=True,
    )  # fmt: skip
    dealing = {deal.account_id for deal in world.deals}
    idle = len(known - dealing - {None})
    book.ask(
        "cross_table", "How many accounts do we have contacts at but not a single deal?",
        world.single("count", idle),
    )  # fmt: skip


def _write_side_by_side(book: Book) -> None:
    sizes = Counter(one.account for one in book.world.contacts)
    book.ask(
        "cross_table", "pipeline and number of contacts by account",
        _side_by_side(book, PIPELINE, sizes),
    )  # fmt: skip
    book.ask(
        "cross_table", "Top 5 accounts by won revenue, with how many contacts each of them has",
        _ranked(book, REVENUE, sizes, 5),
    )  # fmt: skip
    book.ask(
        "cross_table", "accounts, their open deals and their contact count",
        _side_by_side(book, OPEN_DEALS, sizes),
    )  # fmt: skip


def _side_by_side(book: Book, figure: Figure, sizes: Counter[str | None]) -> Golds:
    """Over all accounts, over those with deals, and over those with open deals."""
    world = book.world
    values = {key[0]: figure.compute(rows) for key, rows in world.groups(("account",)).items()}
    opened = {deal.account for deal in world.pick(is_open)}
    return [
        _pairs(sorted(names, key=str), values, sizes, figure)
        for names in (set(values) | set(sizes), set(values), opened)
    ]


def _ranked(book: Book, figure: Figure, sizes: Counter[str | None], n: int) -> Gold:
    world = book.world
    values = {key[0]: figure.compute(rows) for key, rows in world.groups(("account",)).items()}
    line = sorted(values, key=lambda name: values[name] or 0, reverse=True)
    table = _pairs(line, values, sizes, figure)
    return {**table, "ordered": True, "order_by": 1, "n_min": n, "n_max": n}


def _pairs(
    names: Sequence[object],
    values: dict[object, float | None],
    sizes: Counter[str | None],
    figure: Figure,
) -> Gold:
    counts = [float(sizes[name]) for name in names if name is None or isinstance(name, str)]
    return {
        "columns": [
            dim(names),
            num(figure.kind, [values.get(name) or 0 for name in names]),
            num("count", counts),
        ]
    }


def _write_people(book: Book) -> None:
    world = book.world
    sizes = Counter(one.account for one in world.contacts)
    staffed = [str(name) for name, _ in sorted(sizes.items(), key=lambda item: str(item[0]))]
    names = {name.casefold() for name in staffed}
    clear = [
        name for name in staffed
        if not any(name.casefold() in other for other in names - {name.casefold()})
        and not any(other in name.casefold() for other in names - {name.casefold()})
    ]  # fmt: skip
    home, away = clear[3], clear[7]
    book.ask(
        "cross_table", f"contacts at {home}, how many?", world.people(lambda p: p.account == home)
    )
    book.ask(
        "cross_table", f"How many C-level people do we know at {away}?",
        world.people(lambda p: p.account == away and p.level == "C-level"),
    )  # fmt: skip
    book.ask("cross_table", "number of CFOs among our contacts",
             world.people(lambda p: p.title == "CFO"))  # fmt: skip
    book.ask("cross_table", "How many vice presidents are in the contact list?",
             world.people(lambda p: p.level == "VP"))  # fmt: skip
    book.ask("cross_table", "contacts who are neither C-level nor VP: how many",
             world.people(lambda p: p.level not in ("C-level", "VP")))  # fmt: skip
    first = Counter(one.first for one in world.contacts).most_common(1)[0][0]
    book.ask("cross_table", f"How many contacts have the first name {first}?",
             world.people(lambda p: p.first == first))  # fmt: skip
    per = len(world.contacts) / len({one.account_id for one in world.contacts} - {None})
    book.ask("cross_table", "average number of contacts per account",
             world.single("number", per))  # fmt: skip
    chiefs = sum(1 for one in world.contacts if one.level == "C-level")
    book.ask("cross_table", "What share of our contacts is C-level?",
             world.single("rate", 100 * chiefs / len(world.contacts)),
             _level_shares(book))  # fmt: skip


def _level_shares(book: Book) -> Gold:
    sizes = Counter(one.level for one in book.world.contacts)
    whole = len(book.world.contacts)
    keys = sorted(sizes, key=str)
    return {"columns": [dim(keys), num("rate", [100 * sizes[key] / whole for key in keys])]}


def _write_people_lists(book: Book) -> None:
    world = book.world
    names = sorted({one.account for one in world.contacts if one.account}, key=lambda n: -len(n))
    home = names[0]
    people = [one for one in world.contacts if one.account == home]
    emails: Gold = {"columns": [dim(one.email for one in people)]}
    by_name: Gold = {"columns": [dim(one.name for one in people)]}
    parts: Gold = {"columns": [dim(one.first for one in people), dim(one.last for one in people)]}
    book.ask("cross_table", f"List all contacts at {home}", by_name, parts, emails)
    book.ask("cross_table", f"Email addresses of the people at {home}", emails)
    chiefs = [one for one in people if one.level == "C-level"]
    book.ask(
        "cross_table", f"who are the C-level contacts at {home}",
        {"columns": [dim(one.name for one in chiefs)]},
        {"columns": [dim(one.first for one in chiefs), dim(one.last for one in chiefs)]},
    )  # fmt: skip
