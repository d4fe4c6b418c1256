"""A seed to two CSV exports of a fictional company's CRM, with stories planted in the numbers.

Called by `revenue demo` and by tests and benchmarks. Invariant: (rows, seed, today) decide every
byte; no name, address or number of a real company is used.

The stories (years of history end near `today`; stages other than Closed ... are open):

1. Product win rate: deals of "PaaS" win about 45 % of what closes, but about 20 % of what closed
   in the two quarters before the one `today` is in. The other products stay near 45 %.
2. Lead source: "Referral" wins about 65 %, every other source about 40 %.
3. A lost customer: "Nordlicht Energie SE" buys steadily (about one deal in forty) until nine
   months before `today`, then has no deal at all.
4. Season: twice as many deals close in the last month of a quarter, most of all in December.
5. Size by type: "New Business" deals are about twice the size of a "Renewal".
6. Stalled: about one in six open deals was created over a year ago and is past its close date.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

OPPORTUNITIES: Final = "opportunities.csv"
CONTACTS: Final = "account_and_contact.csv"

OPPORTUNITY_HEADER: Final = (
    "Account Name", "Opportunity Name", "Stage", "Fiscal Period", "Amount", "Probability (%)",
    "Close Date", "Created Date", "Next Step", "Lead Source", "Type", "Primary Contact",
    "Account ID", "Contact: Email", "Contact: Title",
)  # fmt: skip
CONTACT_HEADER: Final = ("First Name", "Last Name", "Title", "Account Name", "Email", "Account ID")

LOST_CUSTOMER: Final = "Nordlicht Energie SE"
FALLING_PRODUCT: Final = "PaaS"
WINNING_SOURCE: Final = "Referral"

HISTORY_DAYS: Final = 3 * 365
_CHURN_DAYS: Final = 270
_CONTACTS_PER_ACCOUNT: Final = 10

_PRODUCTS: Final = {
    "SaaS": ("ERP", "HCM", "SCM", "CX", "EPM", "Financials"),
    "PaaS": ("Analytics Cloud", "Integration Cloud", "Blockchain", "IoT Cloud", "Generative AI"),
    "OCI": ("Compute", "Storage", "Networking", "Autonomous Database", "IaaS"),
}
_PROJECTS: Final = (
    "Implementation", "Upgrade Proposal", "Expansion Project", "Adoption Initiative",
)  # fmt: skip
_SOURCES: Final = ("Event", "Cold Call", "Web", "Referral", "Social Media")
_TYPES: Final = ("New Business", "Expansion", "Renewal")
_SIZE: Final = {"New Business": 1.4, "Expansion": 1.0, "Renewal": 0.7}
_CHIEFS: Final = ("CEO", "CFO", "CTO", "CIO", "CMO", "CRO", "CISO")
_TITLES: Final = (
    "VP of Sales", "VP of Marketing", "VP of Engineering", "VP of Operations", "VP of Product",
    "Director of Sales", "Director of Marketing", "Director of Engineering",
    "Director of Operations", "Director of Product", "Senior Director", "Executive Director",
    "Regional Director",
)  # fmt: skip
_PEOPLE: Final = ("CEO", "CFO", "CTO", "CRO", "VP of Sales", "Product Manager",
                  "Director of Operations")  # fmt: skip
_OPEN_STAGES: Final = ("Qualify", "Meet & Present", "Propose", "Negotiate")
_PROBABILITY: Final = {
    "Qualify": (5, 15), "Meet & Present": (20, 30), "Propose": (45, 55), "Negotiate": (70, 80),
    "Closed Won": (95, 100), "Closed Lost": (0, 5),
}  # fmt: skip
_STEPS: Final = {
    "Qualify": ("Schedule an initial call with the", "Gather requirements from the",
                "Send introduction email to the"),
    "Meet & Present": ("Discuss initial feedback with the", "Demonstrate product features to the",
                       "Hold a meeting to present our solution to the"),
    "Propose": ("Review the proposal with the", "Send a proposal to the",
                "Discuss pricing options with the"),
    "Negotiate": ("Finalize contract details with the", "Negotiate terms with the",
                  "Resolve open concerns with the"),
    "Closed Won": ("Set up a kickoff meeting with the", "Send a thank-you note to the",
                   "Prepare onboarding materials for the"),
    "Closed Lost": ("Analyze reasons for loss with the", "Plan re-engagement strategy with the",
                    "Document feedback from the"),
}  # fmt: skip
_FIRST_NAMES: Final = (
    "Aïcha", "Anouk", "Björn", "Chloé", "Dara", "Émile", "Farid", "Grace", "Hanna", "Inés", "Jonas",
    "Kira", "Léo", "Mateo", "Nadia", "Oskar", "Priya", "Quinn", "Renée", "Søren", "Tomás", "Uma",
    "Viktor", "Wanda", "Xenia", "Yusuf", "Zoë", "Malik", "Ravi", "Elif",
)  # fmt: skip
_LAST_NAMES: Final = (
    "Abara", "Bélanger", "Castaño", "Dvořák", "Eriksen", "Fontaine", "Gómez", "Hölzl", "Ibarra",
    "Jørgensen", "Kowalski", "Lindqvist", "Müller", "Nakata", "O'Dair", "Pereira", "Quist", "Rossi",
    "Šimek", "Thorne", "Ueda", "Varga", "Wójcik", "Ximénez", "Yilmaz", "Zeller",
)  # fmt: skip
_PLACES: Final = (
    "Alpenrand", "Baltica", "Côte d'Ambre", "Dünenhof", "Eastmere", "Fjordland", "Granada Sur",
    "Highfell", "Isla Verde", "Jurassienne", "Kestrel", "Lagoa", "Münsterwald", "Northgate",
    "Ostsee", "Pédernal", "Quillon", "Riverbend", "São Mirante", "Tannenau", "Umbra", "Valmont",
    "Westmark", "Xalapeña", "Ypern", "Zlatá",
)  # fmt: skip
_TRADES: Final = (
    "Logistics", "Énergie", "Foods", "Robotics", "Textiles", "Insurance", "Mining", "Pharma",
    "Telecom", "Shipping", "Bank", "Média", "Optics", "Rail", "Paper", "Steel",
)  # fmt: skip
_FORMS: Final = ("Inc.", "GmbH", "S.A.", "Ltd", "AB", "& Søn", "Group, LLC", "KG")
_ASCII: Final = str.maketrans("ïîáàäãâåéèêëíñóòöõôøúùüûçšřžýł", "iiaaaaaaeeeeinoooooouuuucsrzyl")


@dataclass(frozen=True, slots=True)
class Demo:
    """What was written."""

    files: tuple[Path, ...]
    opportunities: int
    contacts: int


@dataclass(frozen=True, slots=True)
class _Contact:
    first: str
    last: str
    title: str
    email: str


@dataclass(frozen=True, slots=True)
class _Account:
    name: str
    id: str
    contacts: tuple[_Contact, ...]


def generate_demo(rows: int, seed: int, out: Path, today: date) -> Demo:
    """Write `rows` opportunities, and ten contacts for each account, into the folder `out`.

    Args:
        today: the day the history ends near; open deals lie around it.

    Raises:
        ValueError: `rows` is less than 1.
    """
    if rows < 1:
        raise ValueError("a demo has at least one opportunity")
    dice = random.Random(f"{rows}/{seed}/{today.isoformat()}")  # noqa: S311 - data, not secrets
    accounts = _make_accounts(max(1, rows // 15 if rows < 30_000 else 2000 + rows // 100), dice)
    out.mkdir(parents=True, exist_ok=True)
    opportunities, contacts = out / OPPORTUNITIES, out / CONTACTS
    _write(opportunities, OPPORTUNITY_HEADER, _opportunities(rows, accounts, today, dice))
    _write(contacts, CONTACT_HEADER, _contacts(accounts))
    return Demo((opportunities, contacts), rows, len(accounts) * _CONTACTS_PER_ACCOUNT)


def _write(path: Path, header: tuple[str, ...], lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="", buffering=1 << 20) as out:
        out.write('"' + '","'.join(header) + '"\n')
        out.writelines(lines)


def _make_accounts(count: int, dice: random.Random) -> list[_Account]:
    names = [LOST_CUSTOMER]
    for at in range(count - 1):
        place, rest = _PLACES[at % len(_PLACES)], at // len(_PLACES)
        trade, rest = _TRADES[rest % len(_TRADES)], rest // len(_TRADES)
        form, rest = _FORMS[rest % len(_FORMS)], rest // len(_FORMS)
        names.append(f"{place} {trade} {form}" + (f" {rest + 1}" if rest else ""))
    return [_make_account(at, name, dice) for at, name in enumerate(names)]


def _make_account(at: int, name: str, dice: random.Random) -> _Account:
    folded = name.lower().translate(_ASCII)
    domain = "".join(mark for mark in folded if mark.isascii() and mark.isalnum())
    titles = [*dice.sample(_CHIEFS, 3), *dice.sample(_TITLES, _CONTACTS_PER_ACCOUNT - 3)]
    contacts = []
    for nth, title in enumerate(titles):
        first, last = dice.choice(_FIRST_NAMES), dice.choice(_LAST_NAMES)
        local = f"{first}.{last}".lower().translate(_ASCII)
        local = "".join(
            mark for mark in local if mark.isascii() and (mark.isalnum() or mark == ".")
        )
        # .example is reserved: mail to it reaches nobody.
        contacts.append(_Contact(first, last, title, f"{local}{nth}@{domain}.example"))
    return _Account(name, f"001DEMO{at:08d}", tuple(contacts))


def _contacts(accounts: list[_Account]) -> Iterator[str]:
    for account in accounts:
        for one in account.contacts:
            yield (
                f'"{one.first}","{one.last}","{one.title}","{account.name}",'
                f'"{one.email}","{account.id}"\n'
            )


def _opportunities(
    rows: int, accounts: list[_Account], today: date, dice: random.Random
) -> Iterator[str]:
    calendar = _Calendar(today, dice)
    products = [(group, item) for group, items in _PRODUCTS.items() for item in items]
    roll, others = dice.random, max(1, len(accounts) - 1)
    for _ in range(rows):
        age, is_open = calendar.roll_close()
        # Squared: a few accounts have many deals, most have some.
        account = accounts[min(int(roll() ** 2 * others) + 1, len(accounts) - 1)]
        if age > _CHURN_DAYS and roll() < 0.034:
            account = accounts[0]
        elif account is accounts[0] and age <= _CHURN_DAYS and len(accounts) > 1:
            account = accounts[1]
        group, item = products[int(roll() * len(products))]
        source = _SOURCES[int(roll() * len(_SOURCES))]
        kind = _TYPES[int(roll() * len(_TYPES))]
        if is_open:
            stage = _OPEN_STAGES[int(roll() ** 1.3 * len(_OPEN_STAGES))]
        else:
            stage = _close(group, source, calendar.is_recent(age), roll())
        low, high = _PROBABILITY[stage]
        amount = int(100 * min(500_000, 4_000 + _SIZE[kind] * 60_000 * _skewed(roll())))
        steps = _STEPS[stage]
        step = f"{steps[int(roll() * len(steps))]} {_PEOPLE[int(roll() * len(_PEOPLE))]}"
        person = roll()
        if person < 0.64:
            one = account.contacts[int(person / 0.64 * len(account.contacts))]
            contact = f'"{one.first} {one.last}","{account.id}","{one.email}","{one.title}"'
        else:
            contact = f'"","{account.id}","",""'
        close, created, period = calendar.spell(age, roll(), is_open)
        yield (
            f'"{account.name}","{group}: {item} {_PROJECTS[int(roll() * 4)]}","{stage}",'
            f'"{period}","{amount // 100}.{amount % 100:02d}",'
            f'"{low + int(roll() * (high - low + 1))}","{close}","{created}",'
            f'"{step}","{source}","{kind}",{contact}\n'
        )


def _close(group: str, source: str, is_recent: bool, roll: float) -> str:
    wins = 0.65 if source == WINNING_SOURCE else 0.40
    if group == FALLING_PRODUCT and is_recent:
        wins *= 0.44
    return "Closed Won" if roll < wins else "Closed Lost"


def _skewed(roll: float) -> float:
    """Many small values, few large ones; mean about 1."""
    return float((1.0 / (1.0 - 0.97 * roll) - 1.0) ** 0.7)


class _Calendar:
    """Close dates by season, and how days before `today` are spelled in the export."""

    def __init__(self, today: date, dice: random.Random) -> None:
        self._roll = dice.random
        self._today = today
        ahead = 120
        self._days = {
            age: today - timedelta(days=age) for age in range(-ahead, HISTORY_DAYS + 2 * 365)
        }
        self._text = {age: f"{d.month}/{d.day}/{d.year}" for age, d in self._days.items()}
        self._period = {age: f"Q{(d.month + 2) // 3}-{d.year}" for age, d in self._days.items()}
        past = [age for age in range(1, HISTORY_DAYS) for _ in range(_weight(self._days[age]))]
        self._past = past
        quarter_start = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        self._recent_until = (today - quarter_start).days
        start = date(
            quarter_start.year - (quarter_start.month <= 6),
            (quarter_start.month - 7) % 12 + 1,
            1,
        )
        self._recent_from = (today - start).days
        self._ahead = ahead

    def roll_close(self) -> tuple[int, bool]:
        """Days before `today` of the close date, and whether the deal is still open."""
        if self._roll() < 0.15:
            if self._roll() < 1 / 6:
                return 1 + int(self._roll() * 90), True
            return -int(self._roll() * self._ahead), True
        return self._past[int(self._roll() * len(self._past))], False

    def is_recent(self, age: int) -> bool:
        """True in the two quarters before the one `today` is in."""
        return self._recent_until < age <= self._recent_from

    def spell(self, age: int, roll: float, is_open: bool) -> tuple[str, str, str]:
        """Close date, creation date and fiscal period; nothing is created after `today`."""
        if not is_open:
            created = age + 20 + int(roll * 160)
        elif age > 0:
            created = 366 + int(roll * 200)
        else:
            created = int(roll * 180)
        return self._text[age], self._text[created], self._period[age]


def _weight(day: date) -> int:
    if day.month == 12:
        return 5
    return 4 if day.month % 3 == 0 else 2
