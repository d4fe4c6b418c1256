"""What completions cost, and whether one more may be asked for.

Used by `talk.py`; the day's ledger is kept by `server/spending.py`. Invariant: checked before every
completion with what it will send, so that a question passes its limit by one answer at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from server.providers.base import Usage
from server.settings_planner import PlannerSettings

_MILLION: Final = 1_000_000


class BudgetSpent(Exception):
    """No further completion is allowed; the text is for the asker, after "because"."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and US dollars."""

    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.cost + other.cost)


class Ledger(Protocol):
    """What the questions of the day have spent."""

    async def today(self) -> Spent:
        """The sum so far."""
        ...

    def add(self, spent: Spent) -> None:
        """One more completion."""
        ...


class MemoryLedger:
    """A ledger that begins with nothing and knows no days."""

    def __init__(self) -> None:
        self._spent = Spent()

    async def today(self) -> Spent:
        """The sum so far."""
        return self._spent

    def add(self, spent: Spent) -> None:
        """One more completion."""
        self._spent += spent


def price(usage: Usage, settings: PlannerSettings) -> float:
    """US dollars for some tokens; 0 without prices.

    >>> from server.settings_planner import PlannerSettings
    >>> price(Usage(1_500_000, 500_000, 100_000), PlannerSettings(input_price=2, output_price=10))
    4.0
    """
    cached_price = settings.cached_price or settings.input_price
    fresh = usage.input_tokens - usage.cached_tokens
    return (
        fresh * settings.input_price
        + usage.cached_tokens * cached_price
        + usage.output_tokens * settings.output_price
    ) / _MILLION


@dataclass(slots=True)
class Budget:
    """The limits of one question and of the day."""

    settings: PlannerSettings
    ledger: Ledger
    usage: Usage = field(default_factory=Usage)
    completions: int = 0
    spent: Spent = field(default_factory=Spent)

    async def check(self, prompt_tokens: int) -> None:
        """Raise BudgetSpent where a completion with this prompt may not be asked for."""
        settings = self.settings
        coming = Spent(prompt_tokens, price(Usage(prompt_tokens), settings))
        asked = self.spent + coming
        if _exceeds(asked, settings.question_tokens, settings.question_cost):
            raise BudgetSpent("the language model's budget for one question is spent")
        day = await self.ledger.today() + coming
        if _exceeds(day, settings.day_tokens, settings.day_cost):
            raise BudgetSpent("the language model's budget for today is spent")

    def add_lost(self, prompt_tokens: int) -> None:
        """Count a completion that failed: what was sent may have to be paid."""
        self.add(Usage(prompt_tokens))

    def add(self, usage: Usage) -> None:
        """Count a completion."""
        spent = Spent(usage.total, price(usage, self.settings))
        self.usage += usage
        self.completions += 1
        self.spent += spent
        self.ledger.add(spent)


def _exceeds(spent: Spent, tokens: int, cost: float) -> bool:
    return bool((tokens and spent.tokens > tokens) or (cost and spent.cost > cost))
