"""Questions in many people's words, with their accepted answers, to items of a question file.

Filled by the books beside it. Invariant: members and limits come from the data set at hand, so
that the same book asks answerable questions of any export with this model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.evals.revenue.answers import Gold, Golds, World, is_void
from tests.evals.revenue.facts import (
    AVERAGE,
    CLOSED_DEALS,
    DEALS,
    LOST_AMOUNT,
    LOST_DEALS,
    OPEN_DEALS,
    OPPORTUNITY_VALUE,
    PIPELINE,
    REVENUE,
    WEIGHTED,
    WIN_RATE,
    WON_DEALS,
    Figure,
    Where,
    everything,
)

Turn = dict[str, Any]

AVAILABLE: Final = [
    "stage", "product", "lead source", "account", "contact", "opportunit", "deal", "win rate",
    "pipeline",
]  # fmt: skip
"""A refusal names at least one thing that is there."""
ASKED_BACK: Final = ["?", "which", "what", "specify", "clarif", "mean"]


@dataclass(slots=True)
class Book:
    """The questions about one data set, in the order they were written."""

    world: World
    items: list[dict[str, Any]] = field(default_factory=list)

    # -------------------------------------------------------------- turns

    def answer(self, question: str, *golds: Gold | Golds, or_ask: bool = False) -> Turn:
        """A turn with an answer; `or_ask` where asking back is as good."""
        accepted = list(_flatten(golds))
        statuses = ["answered", "clarification"] if or_ask else ["answered"]
        if any(is_void(gold) for gold in accepted):
            statuses.append("no_data")
            accepted.append({"empty": True})
        expect = {"status": statuses, "gold": accepted, "allowed_numbers": self.known()}
        return {"question": question, "expect": expect}

    def charted(self, question: str, chart: Sequence[str], *golds: Gold | Golds) -> Turn:
        """A turn that asks for a kind of chart."""
        turn = self.answer(question, *golds)
        turn["expect"] |= {"chart": list(chart), "chart_required": True}
        return turn

    def refusal(self, question: str, *statuses: str) -> Turn:
        """A turn about what the data does not hold."""
        expect: dict[str, Any] = {
            "status": ["refused", *statuses],
            "must_mention_by_status": {"refused": [AVAILABLE]},
            "allowed_numbers": self.known(),
        }
        return {"question": question, "expect": expect}

    def clarification(self, question: str, *statuses: str) -> Turn:
        """A turn that is too vague to be answered."""
        expect: dict[str, Any] = {
            "status": ["clarification", *statuses],
            "must_mention_by_status": {"clarification": [ASKED_BACK]},
            "allowed_numbers": self.known(),
        }
        return {"question": question, "expect": expect}

    # -------------------------------------------------------------- items

    def add(self, kind: str, *turns: Turn) -> None:
        """An item: one question, or a dialogue."""
        number = 1 + sum(1 for item in self.items if item["class"] == kind)
        self.items.append({"id": f"h-{kind}-{number:02d}", "class": kind, "turns": list(turns)})

    def ask(self, kind: str, question: str, *golds: Gold | Golds, or_ask: bool = False) -> None:
        """A single question with an answer."""
        self.add(kind, self.answer(question, *golds, or_ask=or_ask))

    def refuse(self, kind: str, *questions: str) -> None:
        """Single questions about what the data does not hold."""
        for question in questions:
            self.add(kind, self.refusal(question))

    # -------------------------------------------------------------- what is true

    def known(self) -> list[float]:
        """True figures that a refusal or a question back may state."""
        figures = (
            DEALS, OPEN_DEALS, WON_DEALS, LOST_DEALS, CLOSED_DEALS, PIPELINE, WEIGHTED, REVENUE,
            LOST_AMOUNT, OPPORTUNITY_VALUE, WIN_RATE, AVERAGE,
        )  # fmt: skip
        values = [self.world.value(figure) for figure in figures]
        return [round(value, 6) for value in values if value is not None] + [
            float(len(self.world.contacts))
        ]

    # -------------------------------------------------------------- members and limits

    def account(self, at: int, test: Where = everything) -> str:
        """The account with the `at`-th most deals whose name is no part of another's name."""
        groups = self.world.groups(("account",), test)
        names = {str(deal.account).casefold() for deal in self.world.deals}
        names |= {str(one.account).casefold() for one in self.world.contacts}
        line = sorted(groups, key=lambda key: (-len(groups[key]), str(key[0])))
        fitting = [
            name
            for (name,) in line
            if isinstance(name, str)
            and not any(name.casefold() in other for other in names - {name.casefold()})
            and not any(other in name.casefold() for other in names - {name.casefold()})
        ]
        return fitting[at]

    def cut(self, keep: int, test: Where, step: int = 1000) -> int:
        """An amount that about `keep` of the deals are above, and none is near."""
        line = sorted((deal.amount or 0 for deal in self.world.pick(test)), reverse=True)
        limit = int(line[min(keep, len(line) - 1)] // step * step)
        return limit if limit < line[0] else limit - step

    def low_cut(self, keep: int, test: Where, step: int = 1000) -> int:
        """An amount that about `keep` of the deals are below."""
        line = sorted(deal.amount or 0 for deal in self.world.pick(test))
        return int(line[min(keep, len(line) - 1)] // step * step + step)

    def group_cut(self, field_name: str, figure: Figure, keep: int, step: int) -> int:
        """A limit that about `keep` of the groups are above."""
        groups = self.world.groups((field_name,))
        line = sorted((figure.compute(deals) or 0 for deals in groups.values()), reverse=True)
        return int(line[min(keep, len(line) - 1)] // step * step)


def _flatten(golds: Iterable[Gold | Golds]) -> Iterable[Gold]:
    for gold in golds:
        if isinstance(gold, dict):
            yield gold
        else:
            yield from gold
