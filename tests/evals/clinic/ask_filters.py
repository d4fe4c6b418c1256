"""Questions with conditions, lists and statistics, with their answers counted by hand.

Read by `questions.py`. Invariant: a missing value is not equal to any value, so "not X" keeps it.
"""

from __future__ import annotations

from math import sqrt

from tests.evals.clinic.accepted import (
    Asked,
    answered,
    ask,
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
)  # fmt: skip
from tests.evals.clinic.ask_numbers import (
    BILLS_BY_CLINIC,
    BILLS_BY_PATIENT,
    BY_CLINIC,
    BY_DOCTOR,
    missed_rate,
)  # fmt: skip
from tests.evals.clinic.clinic_rows import (
    AS_OF,
    DOCTORS,
    INVOICES,
    MISSED,
    OVERDUE,
    PATIENTS,
    TREATED,
    UNPAID,
    VISITS,
    Visit,
)  # fmt: skip

PEOPLE = list(PATIENTS.values())
OPEN = [i for i in INVOICES if i.status == "Open"]


def spread(values: list[float]) -> float:
    """Standard deviation of a sample."""
    center = sum(values) / len(values)
    return sqrt(sum((value - center) ** 2 for value in values) / (len(values) - 1))


def department(name: str) -> list[Visit]:
    """The visits of a department."""
    return [v for v in VISITS if v.department == name]


VALUE_FILTER = [
    ask("value_filter", "How many A&E visits were there?", answered(one(len(department("A&E"))))),
    ask("value_filter", "visits in Family & Kids",
        answered(one(len(department("Family & Kids"))),
                 listed(v.number for v in department("Family & Kids")))),
    ask("value_filter", "Number of visits with a Type 2 diagnosis",
        answered(one(len([v for v in VISITS if v.diagnosis == "Type 2"])))),
    ask("value_filter", "How many visits were for asthma or flu?",
        answered(one(len([v for v in VISITS if v.diagnosis in ("Asthma", "Flu")])),
                 by(counts([v for v in VISITS if v.diagnosis in ("Asthma", "Flu")],
                           lambda v: v.diagnosis)))),
    ask("value_filter", "revenue of the Bridge & Mill clinic",
        answered(one(billed(BILLS_BY_CLINIC["Bridge & Mill"]), "money"))),
    ask("value_filter", "No-show rate at May Street",
        answered(one(missed_rate(BY_CLINIC["May Street"]), "rate"))),
    ask("value_filter", "How many visits in Nice?",
        answered(one(len([v for v in VISITS if v.clinic.city == "Nice"])))),
    ask("value_filter", "How many open invoices are there?", either(one(len(OPEN)))),
    ask("value_filter", "billed amount for Open Health patients",
        answered(one(billed(i for i in INVOICES if i.patient.insurer == "Open Health"), "money"))),
    ask("value_filter", "How many visits did Dr. April Stone have?",
        answered(one(len(BY_DOCTOR["Dr. April Stone"])))),
    ask("value_filter", "average wait for urgent visits",
        answered(one(mean(v.wait for v in VISITS if v.urgent), "number"))),
    ask("value_filter", "How many visits by senior practitioners?",
        either(one(len([v for v in VISITS if v.doctor.rank == "Senior"])))),
    ask("value_filter", "outstanding amount at Campus 2",
        answered(one(billed(i for i in UNPAID if i.clinic.name == "Campus 2"), "money"))),
    ask("value_filter", "How many female patients do we have?",
        answered(one(len([p for p in PEOPLE if p.sex == "F"])))),
    ask("value_filter", "Visits with status Other",
        {"status": ["answered", "clarification", "no_data", "refused"], "gold": [{"empty": True}]}),
    ask("value_filter", "how many visits were in the Other department",
        answered(one(len(department("Other"))))),
    ask("value_filter", "visits by walk-in patients in cardiology",
        answered(one(len([v for v in VISITS if v.channel == "Walk-in"
                          and v.doctor.specialty == "Cardiology"])),
                 listed(v.number for v in VISITS if v.channel == "Walk-in"
                        and v.doctor.specialty == "Cardiology"),
                 by(counts([v for v in VISITS if v.channel == "Walk-in"
                            and v.doctor.specialty == "Cardiology"],
                           lambda v: v.patient.name)))),
    ask("value_filter", "No-shows in the Old Town",
        answered(one(len([v for v in MISSED if v.clinic.quarter == "Old Town"])),
                 listed(v.number for v in MISSED if v.clinic.quarter == "Old Town"))),
    ask("value_filter", "How many invoices does Sara Silva have?",
        answered(one(len(BILLS_BY_PATIENT["Sara Silva"])))),
]  # fmt: skip

NUMERIC = [
    ask("numeric_filter", "How many visits lasted longer than 45 minutes?",
        answered(one(len([v for v in VISITS if v.length and v.length > 45])))),
    ask("numeric_filter", "count visits with a wait of at least 30 minutes",
        answered(one(len([v for v in VISITS if v.wait is not None and v.wait >= 30])))),
    ask("numeric_filter", "Number of invoices over €500",
        answered(one(len([i for i in INVOICES if i.amount > 500])))),
    ask("numeric_filter", "billed from invoices between 100 and 200 euros",
        answered(one(billed(i for i in INVOICES if 100 <= i.amount <= 200), "money"))),
    ask("numeric_filter", "How many patients are older than 60?",
        answered(one(len([p for p in PEOPLE if p.age > 60])))),
    ask("numeric_filter", "How many invoices have a share of 100?",
        answered(one(len([i for i in INVOICES if i.share == 100])))),
    ask("numeric_filter", "How many visits had a copay under 10 EUR?",
        answered(one(len([v for v in VISITS if v.copay is not None and v.copay < 10])))),
    ask("numeric_filter", "number of practitioners who work less than 40 hours",
        either(one(len([d for d in DOCTORS.values() if d.hours < 40])),
               one(len([d for d in BY_DOCTOR.values()
                        if sum(v.length or 0 for v in d) / 60 < 40])))),
    ask("numeric_filter", "How many visits were booked more than 2 weeks ahead?",
        either(one(len([v for v in VISITS if v.lead_days > 14])))),
    ask("numeric_filter", "How many visits had a long wait?",
        answered(one(len([v for v in VISITS if v.wait is not None and v.wait > 30])))),
    ask("numeric_filter", "invoices that took more than 60 days to pay",
        answered(one(len([i for i in INVOICES if (i.days_to_pay or 0) > 60])),
                 listed(i.number for i in INVOICES if (i.days_to_pay or 0) > 60))),
]  # fmt: skip

_MISSED_BY_PATIENT = counts(MISSED, lambda v: v.patient.name)
_VISITS_BY_PATIENT = counts(VISITS, lambda v: v.patient.name)
HAVING = [
    ask("having", "Which patients have more than 7 visits?",
        answered(listed(k for k, n in _VISITS_BY_PATIENT.items() if int(n or 0) > 7))),
    ask("having", "Patients with at least 3 no-shows",
        answered(listed(k for k, n in _MISSED_BY_PATIENT.items() if int(n or 0) >= 3))),
    ask("having", "clinics with a no-show rate above 15%",
        answered(listed(k for k, v in BY_CLINIC.items() if (missed_rate(v) or 0) > 15))),
    ask("having", "Which clinics billed more than 6,000 euros?",
        answered(listed(k for k, v in BILLS_BY_CLINIC.items() if billed(v) > 6000))),
    ask("having", "doctors whose average wait exceeds 28 minutes",
        answered(listed(k for k, vs in BY_DOCTOR.items()
                        if (mean(v.wait for v in vs) or 0) > 28))),
    ask("having", "How many patients have more than 5 visits?",
        answered(one(len([k for k, n in _VISITS_BY_PATIENT.items() if int(n or 0) > 5])))),
]  # fmt: skip

DETAIL = [
    ask("detail", "List the overdue invoices", answered(listed(i.number for i in OVERDUE))),
    ask("detail", "Show me all visits of Vera Rossi",
        answered(listed(v.number for v in VISITS if v.patient.name == "Vera Rossi"),
                 one(len([v for v in VISITS if v.patient.name == "Vera Rossi"])))),
    ask("detail", "Which visits are upcoming?",
        answered(listed(v.number for v in VISITS if v.status == "Booked" and v.day >= AS_OF))),
    ask("detail", "show the disputed invoices over 200 euros",
        answered(listed(i.number for i in INVOICES if i.status == "Disputed" and i.amount > 200))),
    ask("detail", "Which practitioners work at Harbour?",
        answered(listed(d.name for d in DOCTORS.values() if d.clinic.name == "Harbour"))),
    ask("detail", "list the doctors in cardiology",
        answered(listed(d.name for d in DOCTORS.values() if d.specialty == "Cardiology"))),
    ask("detail", "Who are our patients older than 80?",
        nothing(listed(p.name for p in PEOPLE if p.age > 80))
        if not [p for p in PEOPLE if p.age > 80]
        else answered(listed(p.name for p in PEOPLE if p.age > 80))),
    ask("detail", "What diagnoses do we have?",
        answered(listed({v.diagnosis for v in VISITS}),
                 by(counts(VISITS, lambda v: v.diagnosis)))),
    ask("detail", "cancelled visits at St. Anne",
        answered(listed(v.number for v in BY_CLINIC["St. Anne"] if v.status == "Cancelled"),
                 one(len([v for v in BY_CLINIC["St. Anne"] if v.status == "Cancelled"])))),
]  # fmt: skip

_AMOUNTS = [float(i.amount) for i in INVOICES]
STATS = [
    ask("stats", "Median wait", answered(one(median(v.wait for v in VISITS), "number"))),
    ask("stats", "median invoice amount", answered(one(median(_AMOUNTS), "money"))),
    ask("stats", "What is the largest invoice?", answered(one(max(_AMOUNTS), "money"),
        top({i.number: i.amount for i in INVOICES}, "money", 1, 10))),
    ask("stats", "longest wait in minutes",
        answered(one(max(v.wait or 0 for v in VISITS), "number"),
                 top({v.number: v.wait for v in VISITS}, "number"))),
    ask("stats", "standard deviation of the visit length",
        answered(one(spread([v.length for v in VISITS if v.length is not None]), "number"))),
    ask("stats", "Average age of our patients",
        answered(one(mean(p.age for p in PEOPLE), "number"))),
    ask("stats", "median days to pay",
        answered(one(median(i.days_to_pay for i in INVOICES), "number"))),
    ask("stats", "average visit length by department",
        answered(by({k: mean(v.length for v in vs)
                     for k, vs in group(VISITS, lambda v: v.department).items()}, "number"))),
    ask("stats", "shortest treated visit", answered(
        one(min(v.length for v in TREATED if v.length), "number"),
        top({v.number: v.length for v in TREATED}, "number", rising=True))),
]  # fmt: skip

_WITH_INVOICE = {i.patient.number for i in INVOICES}
_WITH_VISIT = {v.patient.number for v in VISITS}
CROSS = [
    ask("cross_table", "How many patients have never had a visit?",
        answered(one(len([p for p in PEOPLE if p.number not in _WITH_VISIT])))),
    ask("cross_table", "Which patients have no invoices?",
        answered(listed(p.name for p in PEOPLE if p.number not in _WITH_INVOICE))),
    ask("cross_table", "How many patients have an overdue invoice?",
        answered(one(len({i.patient.number for i in OVERDUE})))),
    ask("cross_table", "patients with no-shows but no unpaid invoices",
        answered(listed({v.patient.name for v in MISSED
                         if v.patient.number not in {i.patient.number for i in UNPAID}}),
                 one(len({v.patient.name for v in MISSED
                          if v.patient.number not in {i.patient.number for i in UNPAID}})))),
    ask("cross_table", "revenue from patients over 64",
        either(one(billed(i for i in INVOICES if i.patient.age > 64), "money"))),
    ask("cross_table", "billed amount by age group and city",
        answered(by({k: billed(v) for k, v in group(
            INVOICES, lambda i: (i.patient.age_group, i.clinic.city)).items()}, "money"))),
    ask("cross_table", "Revenue per visit by clinic",
        either(by({k: float(billed(v)) / len(BY_CLINIC[k]) for k, v in BILLS_BY_CLINIC.items()},
                  "money"))),
    ask("cross_table", "revenue by diagnosis",  # an invoice has no diagnosis
        {"status": ["refused", "clarification"]}),
]  # fmt: skip

NEGATION = [
    ask("negation", "How many visits excluding A&E?",
        answered(one(len([v for v in VISITS if v.department != "A&E"])))),
    ask("negation", "visits that are not urgent",
        answered(one(len([v for v in VISITS if not v.urgent])),
                 listed(v.number for v in VISITS if not v.urgent))),
    ask("negation", "How many visits were not for flu?",
        answered(one(len([v for v in VISITS if v.diagnosis != "Flu"])))),
    ask("negation", "Revenue without Harbour and May Street",
        answered(one(billed(i for i in INVOICES
                            if i.clinic.name not in ("Harbour", "May Street")), "money"))),
    ask("negation", "no-show rate by clinic except Campus 2",
        answered(by({k: missed_rate(v) for k, v in BY_CLINIC.items() if k != "Campus 2"},
                    "rate"))),
    ask("negation", "billed by insurer, other than State Fund",
        answered(by({k: billed(v) for k, v in group(
            [i for i in INVOICES if i.patient.insurer != "State Fund"],
            lambda i: i.patient.insurer).items()}, "money"))),
    ask("negation", "How many invoices are neither paid nor disputed?",
        answered(one(len([i for i in INVOICES if i.status not in ("Paid", "Disputed")])))),
    ask("negation", "visits without a diagnosis",
        answered(one(len([v for v in VISITS if v.diagnosis is None])),
                 listed(v.number for v in VISITS if v.diagnosis is None))),
]  # fmt: skip

SHARE = [
    ask("share", "Share of visits by department",
        answered(by({k: rate(n or 0, len(VISITS))
                     for k, n in counts(VISITS, lambda v: v.department).items()}, "rate"))),
    ask("share", "What percentage of visits came through the web?",
        answered(one(rate(len([v for v in VISITS if v.channel == "Web"]), len(VISITS)), "rate"))),
    ask("share", "What share of revenue does Harbour bring?",
        answered(one(rate(billed(BILLS_BY_CLINIC["Harbour"]), billed(INVOICES)), "rate"))),
    ask("share", "percent of visits that were cancelled",
        answered(one(rate(len([v for v in VISITS if v.status == "Cancelled"]), len(VISITS)),
                     "rate"))),
    ask("share", "revenue share by clinic",
        answered(by({k: rate(billed(v), billed(INVOICES)) for k, v in BILLS_BY_CLINIC.items()},
                    "rate"))),
    ask("share", "average share by clinic",
        answered(by({k: mean(i.share for i in v) for k, v in BILLS_BY_CLINIC.items()}, "number"))),
]  # fmt: skip

ASKED: list[Asked] = [
    *VALUE_FILTER, *NUMERIC, *HAVING, *DETAIL, *STATS, *CROSS, *NEGATION, *SHARE,
]  # fmt: skip
