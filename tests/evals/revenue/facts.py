"""Two CSV exports to plain deals and contacts, and the figures a person would compute from them.

Called by the question books. Invariant: nothing of the program under test is used here - the
files are read with the csv module and every figure is a Python loop over plain values.
"""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal

AS_OF: Final = date(2025, 2, 15)
ACTIONS: Final = (
    "Adoption Initiative", "Expansion Project", "Implementation", "Upgrade Proposal",
    "Migration", "Enhancement",
)  # fmt: skip
_CHIEFS: Final = frozenset(
    "CEO CFO CIO CTO COO CMO CRO CISO CPO CDO CHRO CCO CSO".split()  # noqa: SIM905 - a word list
)

Kind = Literal["count", "money", "rate", "number"]


@dataclass(frozen=True, slots=True)
class Deal:
    """One line of the opportunities export; None is an empty cell."""

    account: str | None
    account_id: str | None
    name: str
    stage: str
    fiscal_period: str | None
    amount: float | None
    probability: float | None
    close: date
    created: date | None
    next_step: str | None
    source: str | None
    type: str | None
    contact: str | None
    contact_title: str | None
    product: str | None
    service: str | None
    action: str | None

    @property
    def age(self) -> int:
        """Days from creation to the clock of the questions."""
        assert self.created is not None
        return (AS_OF - self.created).days

    @property
    def cycle(self) -> int:
        """Days from creation to the close date."""
        assert self.created is not None
        return (self.close - self.created).days

    @property
    def contact_level(self) -> str | None:
        """Level of the primary contact."""
        return find_level(self.contact_title)


@dataclass(frozen=True, slots=True)
class Contact:
    """One line of the contacts export."""

    first: str | None
    last: str | None
    title: str | None
    account: str | None
    email: str | None
    account_id: str | None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first or ''} {self.last or ''}".strip()

    @property
    def level(self) -> str | None:
        """Level by job title."""
        return find_level(self.title)


Row = Deal | Contact
Where = Callable[[Deal], bool]
Group = tuple[object, ...]


def find_level(title: str | None) -> str | None:
    """C-level, VP, Director or Other; None without a title."""
    if title is None:
        return None
    if title in _CHIEFS or title.startswith("Chief "):
        return "C-level"
    if title.startswith(("VP", "SVP", "EVP")) or "Vice President" in title:
        return "VP"
    return "Director" if "Director" in title else "Other"


# ------------------------------------------------------------------ reading


def read_deals(path: Path) -> tuple[Deal, ...]:
    """The deals of an opportunities export, in its order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(_read_deal(line) for line in csv.DictReader(lines))


def read_contacts(path: Path) -> tuple[Contact, ...]:
    """The contacts of a contacts export, in its order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Contact(
                *(
                    _text(line[column])
                    for column in (
                        "First Name", "Last Name", "Title", "Account Name", "Email", "Account ID",
                    )
                )
            )
            for line in csv.DictReader(lines)
        )  # fmt: skip


def _read_deal(line: dict[str, str]) -> Deal:
    name = line["Opportunity Name"].strip()
    product, colon, offering = name.partition(":")
    offering = offering.strip()
    action = next((one for one in ACTIONS if offering.endswith(one)), None) if colon else None
    service = offering.removesuffix(action).strip() if action else offering
    close = _day(line["Close Date"])
    assert close is not None
    return Deal(
        account=_text(line["Account Name"]),
        account_id=_text(line["Account ID"]),
        name=name,
        stage=line["Stage"].strip(),
        fiscal_period=_text(line["Fiscal Period"]),
        amount=_number(line["Amount"]),
        probability=_number(line["Probability (%)"]),
        close=close,
        created=_day(line["Created Date"]),
        next_step=_text(line["Next Step"]),
        source=_text(line["Lead Source"]),
        type=_text(line["Type"]),
        contact=_text(line["Primary Contact"]),
        contact_title=_text(line["Contact: Title"]),
        product=product.strip() or None,
        service=service or None,
        action=action,
    )


def _text(cell: str) -> str | None:
    return cell.strip() or None


def _number(cell: str) -> float | None:
    return float(cell) if cell.strip() else None


def _day(cell: str) -> date | None:
    if not cell.strip():
        return None
    month, day, year = (int(part) for part in cell.split("/"))
    return datetime(year, month, day).date()  # noqa: DTZ001 - a day has no zone


# ------------------------------------------------------------------ which deals


def everything(deal: Deal) -> bool:
    """Every deal."""
    return True


def won(deal: Deal) -> bool:
    """Closed and won."""
    return deal.stage == "Closed Won"


def lost(deal: Deal) -> bool:
    """Closed and lost."""
    return deal.stage == "Closed Lost"


def closed(deal: Deal) -> bool:
    """Won or lost."""
    return won(deal) or lost(deal)


def is_open(deal: Deal) -> bool:
    """Neither won nor lost."""
    return not closed(deal)


def not_lost(deal: Deal) -> bool:
    """Open or won."""
    return not lost(deal)


def late(deal: Deal) -> bool:
    """Open and in one of the last two stages."""
    return deal.stage in ("Propose", "Negotiate")


def likely(deal: Deal) -> bool:
    """Open, with a probability above 70."""
    return is_open(deal) and (deal.probability or 0) > 70


def stalled(deal: Deal) -> bool:
    """In Qualify or Propose for more than 30 days."""
    return deal.stage in ("Qualify", "Propose") and deal.age > 30


def past_due(deal: Deal) -> bool:
    """Open although the close date has passed."""
    return is_open(deal) and deal.close < AS_OF


def uncontacted(deal: Deal) -> bool:
    """No primary contact is named."""
    return deal.contact is None


def executive(deal: Deal) -> bool:
    """The primary contact is at C-level."""
    return deal.contact_level == "C-level"


def where(field: str, *values: object) -> Where:
    """Deals whose field is one of the values."""
    return lambda deal: getattr(deal, field) in values


def every(*tests: Where) -> Where:
    """Deals that pass all tests."""
    return lambda deal: all(test(deal) for test in tests)


def some(*tests: Where) -> Where:
    """Deals that pass at least one test."""
    return lambda deal: any(test(deal) for test in tests)


def but(test: Where) -> Where:
    """Deals that do not pass; a missing value is not equal to any value."""
    return lambda deal: not test(deal)


def over(limit: float, field: str = "amount") -> Where:
    """Deals above the limit."""
    return lambda deal: (value := getattr(deal, field)) is not None and value > limit


def at_least(limit: float, field: str = "amount") -> Where:
    """Deals at or above the limit."""
    return lambda deal: (value := getattr(deal, field)) is not None and value >= limit


def under(limit: float, field: str = "amount") -> Where:
    """Deals below the limit."""
    return lambda deal: (value := getattr(deal, field)) is not None and value < limit


def at_most(limit: float, field: str = "amount") -> Where:
    """Deals at or below the limit."""
    return lambda deal: (value := getattr(deal, field)) is not None and value <= limit


def within(first: date, last: date, field: str = "close") -> Where:
    """Deals with a date from `first` to `last`, both included."""
    return lambda deal: (day := getattr(deal, field)) is not None and first <= day <= last


# ------------------------------------------------------------------ figures


@dataclass(frozen=True, slots=True)
class Figure:
    """A number over a list of deals; None where there is nothing to compute it from."""

    kind: Kind
    compute: Callable[[Sequence[Deal]], float | None]


def count(test: Where = everything) -> Figure:
    """How many deals."""
    return Figure("count", lambda deals: float(sum(1 for deal in deals if test(deal))))


def total(test: Where = everything) -> Figure:
    """The amounts, added up."""
    return Figure("money", lambda deals: _sum(_amounts(deals, test)))


def weighted(test: Where = is_open) -> Figure:
    """Amount times probability, added up."""
    return Figure(
        "money",
        lambda deals: _sum(
            [
                deal.amount * deal.probability / 100
                for deal in deals
                if test(deal) and deal.amount is not None and deal.probability is not None
            ]
        ),
    )


def ratio(part: Where, whole: Where) -> Figure:
    """Percent of the deals of `whole` that are in `part`."""

    def compute(deals: Sequence[Deal]) -> float | None:
        of = sum(1 for deal in deals if whole(deal))
        return 100 * sum(1 for deal in deals if part(deal) and whole(deal)) / of if of else None

    return Figure("rate", compute)


def quotient(part: Figure, whole: Figure) -> Figure:
    """One figure as percent of another."""

    def compute(deals: Sequence[Deal]) -> float | None:
        of, value = whole.compute(deals), part.compute(deals)
        return 100 * (value or 0) / of if of else None

    return Figure("rate", compute)


def accounts(test: Where = everything) -> Figure:
    """How many different accounts."""
    return Figure(
        "count",
        lambda deals: float(len({d.account_id for d in deals if test(d) and d.account_id})),
    )


def summary(
    how: Callable[[Sequence[float]], float],
    field: str = "amount",
    test: Where = everything,
    least: int = 1,
) -> Figure:
    """A statistic of a field; None over fewer than `least` values."""

    def compute(deals: Sequence[Deal]) -> float | None:
        values = [
            float(value)
            for deal in deals
            if test(deal) and (value := getattr(deal, field)) is not None
        ]
        return how(values) if len(values) >= least else None

    return Figure("money" if field == "amount" else "number", compute)


def mean(field: str = "amount", test: Where = everything) -> Figure:
    """The mean of a field."""
    return summary(statistics.fmean, field, test)


def median(field: str = "amount", test: Where = everything) -> Figure:
    """The median of a field."""
    return summary(statistics.median, field, test)


def quantile(share: float, field: str = "amount", test: Where = everything) -> Figure:
    """The value that `share` of the deals stay below, interpolated between neighbours."""

    def compute(values: Sequence[float]) -> float:
        line = sorted(values)
        place = share * (len(line) - 1)
        low = math.floor(place)
        high = min(low + 1, len(line) - 1)
        return line[low] + (line[high] - line[low]) * (place - low)

    return summary(compute, field, test)


def _amounts(deals: Iterable[Deal], test: Where) -> list[float]:
    return [deal.amount for deal in deals if test(deal) and deal.amount is not None]


def _sum(values: Sequence[float]) -> float | None:
    return math.fsum(values) if values else None


DEALS: Final = count()
OPEN_DEALS: Final = count(is_open)
WON_DEALS: Final = count(won)
LOST_DEALS: Final = count(lost)
CLOSED_DEALS: Final = count(closed)
PIPELINE: Final = total(is_open)
WEIGHTED: Final = weighted()
REVENUE: Final = total(won)
LOST_AMOUNT: Final = total(lost)
OPPORTUNITY_VALUE: Final = total(not_lost)
WIN_RATE: Final = ratio(won, closed)
LOSS_RATE: Final = ratio(lost, closed)
VALUE_WIN_RATE: Final = quotient(REVENUE, total(closed))
AVERAGE: Final = mean()
AVERAGE_WON: Final = mean(test=won)
AVERAGE_OPEN: Final = mean(test=is_open)
AVERAGE_LOST: Final = mean(test=lost)
CYCLE: Final = mean("cycle", closed)
