"""Questions whose nearest reading is a wrong number, with their answers counted by hand.

Read by `questions.py`. Invariant: each one was once answered wrongly, or as an error, by a planner
that looked right; asking back is accepted wherever a person might ask back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.evals.clinic.accepted import (
    Asked,
    Expect,
    answered,
    ask,
    between,
    billed,
    by,
    counts,
    either,
    group,
    listed,
    mean,
    median,
    nothing,
    one,
    rate,
    top,
    total,
)
from tests.evals.clinic.ask_numbers import BILLS_BY_CLINIC, BY_CLINIC, HOURS
from tests.evals.clinic.ask_times import month, visits
from tests.evals.clinic.clinic_rows import (
    AS_OF,
    CLINICS,
    DOCTORS,
    INVOICES,
    MISSED,
    OVERDUE,
    PATIENTS,
    TREATED,
    VISITS,
    Visit,
)

PEOPLE = list(PATIENTS.values())
SARA = [v for v in VISITS if v.patient.name == "Sara Silva"]
MARCH = visits("2025-03-01", "2025-03-31")
LAST_QUARTER = visits("2024-10-01", "2024-12-31")
PAID_OF_MAY = [i for i in INVOICES if i.paid and between(i.issued, "2024-05-01", "2024-05-31")]


def _or_declined(*gold: dict[str, Any]) -> Expect:
    """Answered rightly, asked back or refused: everything but another number."""
    return either(*gold) | {"status": ["answered", "clarification", "refused"]}


def _named(rows: list[Visit], doctor: str = "", patient: str = "") -> list[Visit]:
    return [
        v
        for v in rows
        if (doctor and doctor in v.doctor.name) or (patient and patient in v.patient.name)
    ]


def _urgent(first: str, last: str) -> int:
    return len([v for v in visits(first, last)
                if v.urgent and v.clinic.city == "Lyon"
                and v.department in ("A&E", "Family & Kids")])  # fmt: skip


def _best_two() -> dict[tuple[str, str], int]:
    """The two doctors with the most visits in each clinic."""
    found = {}
    for clinic, members in BY_CLINIC.items():
        names = group(members, lambda v: v.doctor.name)
        for name in sorted(names, key=lambda n: -len(names[n]))[:2]:
            found[name, clinic] = len(names[name])
    return found


MODELS = [
    ask("trap", "average age by clinic",  # of patients or of visits
        _or_declined(
            by({k: mean(v.patient.age for v in vs) for k, vs in BY_CLINIC.items()}, "number"),
            by({k: mean({v.patient.number: v.patient.age for v in vs}.values())
                for k, vs in BY_CLINIC.items()}, "number"))),
    ask("trap", "total hours",
        _or_declined(one(HOURS, "number"), one(sum(d.hours for d in DOCTORS.values()), "number"))),
    ask("trap", "How many patients were born before 1990?",  # also those who never came
        answered(one(len([p for p in PEOPLE if p.born < date(1990, 1, 1)])))),
    ask("trap", "patients born after 2000",
        answered(one(len([p for p in PEOPLE if p.born > date(2000, 12, 31)])),
                 listed(p.name for p in PEOPLE if p.born > date(2000, 12, 31)))),
    ask("trap", "how many clinics opened after 2010",
        answered(one(len([c for c in CLINICS.values() if c.opened > date(2010, 12, 31)])))),
    ask("trap", "How many patients visited Harbour in 2024?",
        _or_declined(
            one(len({v.patient.number for v in visits("2024-01-01", "2024-12-31")
                     if v.clinic.name == "Harbour" and v.status == "Treated"})),
            one(len({v.patient.number for v in visits("2024-01-01", "2024-12-31")
                     if v.clinic.name == "Harbour"})))),
    ask("trap", "average hours of practitioners",
        either(one(mean(d.hours for d in DOCTORS.values()), "number"))),
    ask("trap", "median age of men", answered(
        one(median(p.age for p in PEOPLE if p.sex == "M"), "number"))),
    ask("trap", "age of Sara Silva",
        either(one(next(p.age for p in PEOPLE if p.name == "Sara Silva")))),
    ask("trap", "oldest patient",
        either(top({p.name: p.age for p in PEOPLE}, "number"))),
]  # fmt: skip

NAMES = [
    ask("trap", "visits by doctor Long",
        either(one(len(_named(VISITS, doctor="Long"))),
               listed(v.number for v in _named(VISITS, doctor="Long")),
               by({"Dr. Mark Long": len(_named(VISITS, doctor="Long"))}))),
    ask("trap", "How many visits of Long?",  # a doctor and five patients
        either(one(len(_named(VISITS, doctor="Long"))),
               one(len(_named(VISITS, doctor="Long", patient="Long"))))
        | {"status": ["answered", "clarification", "refused"]}),
    ask("trap", "How many patients are named Mark?",
        _or_declined(one(len([p for p in PEOPLE if p.name.startswith("Mark ")])))),
    ask("trap", "How many visits of May in May?",
        _or_declined(*(one(len([v for v in visits(f"{year}-05-01", f"{year}-05-31")
                                if v.patient.name.startswith("May ")]))
                       for year in (2024, 2025)))
        | {"status": ["answered", "clarification", "refused", "no_data"]}),
]  # fmt: skip

ABSENT = [
    ask("trap", "clinics without no-shows this month",
        _or_declined(listed(c.name for c in CLINICS.values()
                            if not [v for v in MARCH if v.clinic == c and v in MISSED]))),
    ask("trap", "Which doctors had no visits in March 2025?",
        _or_declined(listed(d.name for d in DOCTORS.values()
                            if not [v for v in MARCH if v.doctor == d]))),
    ask("trap", "Which patients were not treated in 2024?",
        _or_declined(listed(p.name for p in PEOPLE
                            if not [v for v in TREATED
                                    if v.patient == p and v.day.year == 2024]))),
]  # fmt: skip

RANKED = [
    ask("trap", "top 2 doctors per clinic by visits", _or_declined(by(_best_two()))),
    ask("trap", "highest revenue month",
        either(top({k: billed(v) for k, v in group(
            INVOICES, lambda i: month(i.issued)).items()}, "money"))),
    ask("trap", "next visit of Sara Silva",
        _or_declined({"columns": [{"kind": "date", "grain": "day", "values": sorted(
            v.day.isoformat() for v in SARA if v.day >= AS_OF)}]})
        if [v for v in SARA if v.day >= AS_OF] else
        nothing() | {"status": ["answered", "no_data", "clarification", "refused"]}),
    ask("trap", "first visit of Sara Silva",
        _or_declined({"columns": [{"kind": "date", "grain": "day", "values": [
            min(v.day for v in SARA).isoformat()]}]})),
    ask("trap", "cheapest invoice",
        either(one(min(i.amount for i in INVOICES), "money"),
               top({i.number: i.amount for i in INVOICES}, "money", rising=True))),
    ask("trap", "latest 5 invoices",
        _or_declined(listed(i.number for i in sorted(
            INVOICES, key=lambda i: i.issued, reverse=True)[:5]))),
]  # fmt: skip

VALUES = [
    ask("trap", "How many A&E and Family & Kids visits in Lyon were urgent last year?",
        either(one(_urgent("2024-01-01", "2024-12-31")), one(_urgent("2023-07-01", "2024-06-30")))),
    ask("trap", "How many visits with a copay of 20?",
        answered(one(len([v for v in VISITS if v.copay == 20])))),
    ask("trap", "How many visits were cancelled or missed?",
        answered(one(len([v for v in VISITS if v.status in ("Cancelled", "No-show")])))),
    ask("trap", "percentage of overdue invoices",
        answered(one(rate(len(OVERDUE), len(INVOICES)), "rate"))),
    ask("trap", "copay by department last quarter",
        either(by({k: total(v.copay for v in vs if v.copay is not None)
                   for k, vs in group(LAST_QUARTER, lambda v: v.department).items()}, "money"))),
    ask("trap", "How many invoices are not open?",
        answered(one(len([i for i in INVOICES if i.status != "Open"])))),
    ask("trap", "How many invoices issued in May are paid?",
        either(one(len(PAID_OF_MAY)))),
    ask("trap", "rate of urgent visits",
        _or_declined(one(rate(len([v for v in VISITS if v.urgent]), len(VISITS)), "rate"))),
    ask("trap", "share of unpaid amount by clinic",
        _or_declined(
            by({k: rate(billed(i for i in v if not i.paid),
                        billed(i for i in INVOICES if not i.paid))
                for k, v in BILLS_BY_CLINIC.items()}, "rate"),
            by({k: rate(billed(i for i in v if not i.paid), billed(v))
                for k, v in BILLS_BY_CLINIC.items()}, "rate"))),
    ask("trap", "visits per day of the week",
        _or_declined(by(counts(VISITS, lambda v: f"{v.day:%A}")))),
]  # fmt: skip

ASKED: list[Asked] = [*MODELS, *NAMES, *ABSENT, *RANKED, *VALUES]
