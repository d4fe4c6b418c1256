"""Two CSV exports to all the items of the held-out question set.

Called by the test and by measure.py. Invariant: the same files give the same items.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.evals.revenue import (
    book_dialogues,
    book_figures,
    book_filters,
    book_groups,
    book_people,
    book_ranks,
    book_slang,
    book_talk,
    book_time,
    book_traps,
)
from tests.evals.revenue.answers import World
from tests.evals.revenue.book import Book
from tests.evals.revenue.facts import read_contacts, read_deals

BOOKS = (
    book_figures, book_groups, book_ranks, book_filters, book_people, book_time, book_slang,
    book_talk, book_traps, book_dialogues,
)  # fmt: skip


def read_world(folder: Path) -> World:
    """The exports in a folder."""
    return World(
        read_deals(folder / "opportunities.csv"), read_contacts(folder / "account_and_contact.csv")
    )


def write_items(folder: Path) -> list[dict[str, Any]]:
    """All questions about the exports in a folder."""
    book = Book(read_world(folder))
    for one in BOOKS:
        one.write(book)
    return book.items
