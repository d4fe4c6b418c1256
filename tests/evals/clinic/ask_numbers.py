"""Questions for single numbers, breakdowns and rankings, with their answers counted by hand.

Read by `questions.py`. Invariant: an answer is a plain loop over the rows of the CSV files.
"""

from __future__ import annotations

from tests.evals.clinic.accepted import (
    Asked,
    answered,
    ask,
    billed,
    by,
    by_many,
    counts,
    either,
    group,
    mean,
    one,
    rate,
    row,
    top,
    total,
)  # fmt: skip
from tests.evals.clinic.clinic_rows import (
    CLINICS,
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

DOCTORS_ALL, PATIENTS_ALL = list(DOCTORS.values()), list(PATIENTS.values())
PAID = [i for i in INVOICES if i.paid]
URGENT = [v for v in VISITS if v.urgent]
SEEN = {v.patient.number for v in TREATED}
HOURS = sum(v.length or 0 for v in VISITS) / 60


def hours(visits: list[Visit]) -> float:
    """Treatment time in hours."""
    return sum(v.length or 0 for v in visits) / 60


def missed_rate(visits: list[Visit]) -> float | None:
    """No-shows among the visits, in percent."""
    return rate(len([v for v in visits if v.status == "No-show"]), len(visits))


BY_CLINIC = group(VISITS, lambda v: v.clinic.name)
BY_DOCTOR = group(VISITS, lambda v: v.doctor.name)
BY_DEPARTMENT = group(VISITS, lambda v: v.department)
BILLS_BY_CLINIC = group(INVOICES, lambda i: i.clinic.name)
BILLS_BY_PATIENT = group(INVOICES, lambda i: i.patient.name)

KPI = [
    ask("kpi", "How many visits do we have?", answered(one(len(VISITS)))),
    ask("kpi", "number of appointments", answered(one(len(VISITS)))),
    ask("kpi", "What is our no-show rate?", answered(one(missed_rate(VISITS), "rate"))),
    ask("kpi", "Total amount billed", answered(one(billed(INVOICES), "money"))),
    ask("kpi", "how much have we collected so far", answered(one(billed(PAID), "money"))),
    ask("kpi", "How much money is outstanding?", answered(one(billed(UNPAID), "money"))),
    ask("kpi", "Collection rate?",
        answered(one(rate(billed(PAID), billed(INVOICES)), "rate"))),
    ask("kpi", "What's the average wait?", answered(one(mean(v.wait for v in VISITS), "number"))),
    ask("kpi", "average invoice", answered(one(mean(i.amount for i in INVOICES), "money"))),
    ask("kpi", "How many patients have we seen?", either(one(len(SEEN)))),
    ask("kpi", "How many patients are in our records?", answered(one(len(PATIENTS)))),
    ask("kpi", "how many hours of treatment did we deliver in total",
        either(one(HOURS, "number"))),
    ask("kpi", "Average copay per visit",
        either(one(mean(v.copay for v in VISITS), "money"),
               one(total(v.copay for v in VISITS if v.copay) / len(VISITS), "money"))),
    ask("kpi", "What's the average booking lead time in days?",
        answered(one(mean(v.lead_days for v in VISITS), "number"))),
    ask("kpi", "How many doctors work for us?", answered(one(len(DOCTORS)))),
    ask("kpi", "How many clinics are there?", answered(one(len(CLINICS)))),
    ask("kpi", "how many bills are overdue?", answered(one(len(OVERDUE)))),
]  # fmt: skip

BY_DIM = [
    ask("by_dim", "Visits by department", answered(by(counts(VISITS, lambda v: v.department)))),
    ask("by_dim", "How many visits per diagnosis?",
        answered(by(counts(VISITS, lambda v: v.diagnosis)))),
    ask("by_dim", "break the visits down by diagnoses",
        answered(by(counts(VISITS, lambda v: v.diagnosis)))),
    ask("by_dim", "No-show rate by clinic",
        answered(by({k: missed_rate(v) for k, v in BY_CLINIC.items()}, "rate"))),
    ask("by_dim", "No-show rate by city",
        answered(by({k: missed_rate(v)
                     for k, v in group(VISITS, lambda v: v.clinic.city).items()}, "rate"))),
    ask("by_dim", "Average wait for each specialty",
        answered(by({k: mean(v.wait for v in vs)
                     for k, vs in group(VISITS, lambda v: v.doctor.specialty).items()},
                    "number"))),
    ask("by_dim", "visits by rank", answered(by(counts(VISITS, lambda v: v.doctor.rank)))),
    ask("by_dim", "How do visits split by status?",
        answered(by(counts(VISITS, lambda v: v.status)))),
    ask("by_dim", "Billed amount per insurer",
        answered(by({k: billed(i) for k, i in group(INVOICES, lambda i: i.patient.insurer).items()},
                    "money"))),
    ask("by_dim", "revenue per clinic",
        answered(by({k: billed(i) for k, i in BILLS_BY_CLINIC.items()}, "money"))),
    ask("by_dim", "patients by age group",
        answered(by(counts(PATIENTS_ALL, lambda p: p.age_group)))),
    ask("by_dim", "How many invoices are there in each invoice status?",
        answered(by(counts(INVOICES, lambda i: i.status)))),
    ask("by_dim", "number of practitioners by specialty",
        answered(by(counts(DOCTORS_ALL, lambda d: d.specialty)))),
    ask("by_dim", "Visits by booking channel",
        answered(by(counts(VISITS, lambda v: v.channel)))),
    ask("by_dim", "urgent versus non-urgent visits",
        answered(by(counts(VISITS, lambda v: v.urgent)),
                 row((len(URGENT), "count"), (len(VISITS) - len(URGENT), "count")))),
    ask("by_dim", "treatment hours by doctor",
        answered(by({k: hours(v) for k, v in BY_DOCTOR.items()}, "number"))),
    ask("by_dim", "visits per quarter of the clinic",
        either(by(counts(VISITS, lambda v: v.clinic.quarter)))),
    ask("by_dim", "Collection rate per sex",
        answered(by({k: rate(billed(i for i in v if i.paid), billed(v))
                     for k, v in group(INVOICES, lambda i: i.patient.sex).items()}, "rate"))),
]  # fmt: skip

TWO_DIM = [
    ask("two_dim", "Visits by department and status",
        answered(by(counts(VISITS, lambda v: (v.department, v.status))))),
    ask("two_dim", "no-show rate by clinic and channel",
        answered(by({k: missed_rate(v)
                     for k, v in group(VISITS, lambda v: (v.clinic.name, v.channel)).items()},
                    "rate"))),
    ask("two_dim", "Number of patients per sex and insurer",
        answered(by(counts(PATIENTS_ALL, lambda p: (p.sex, p.insurer))))),
    ask("two_dim", "billed by city and invoice status",
        answered(by({k: billed(v)
                     for k, v in group(INVOICES, lambda i: (i.clinic.city, i.status)).items()},
                    "money"))),
    ask("two_dim", "average visit length by specialty and rank",
        answered(by({k: mean(v.length for v in vs)
                     for k, vs in group(VISITS,
                                        lambda v: (v.doctor.specialty, v.doctor.rank)).items()},
                    "number"))),
]  # fmt: skip

MULTI = [
    ask("multi_metric", "Billed and collected by clinic",
        answered(by_many({k: (billed(v), billed(i for i in v if i.paid))
                          for k, v in BILLS_BY_CLINIC.items()}, "money", "money"))),
    ask("multi_metric", "visits, no-shows and no-show rate per department",
        answered(by_many({k: (len(v), len([x for x in v if x.status == "No-show"]), missed_rate(v))
                          for k, v in BY_DEPARTMENT.items()}, "count", "count", "rate"))),
    ask("multi_metric", "Show me visits and revenue by clinic",
        answered(by_many({k: (len(v), billed(BILLS_BY_CLINIC[k])) for k, v in BY_CLINIC.items()},
                         "count", "money"))),
    ask("multi_metric", "number of invoices plus average invoice",
        answered(row((len(INVOICES), "count"), (mean(i.amount for i in INVOICES), "money")))),
    ask("multi_metric", "average wait and average visit length by doctor",
        answered(by_many({k: (mean(v.wait for v in vs), mean(v.length for v in vs))
                          for k, vs in BY_DOCTOR.items()}, "number", "number"))),
]  # fmt: skip

_BILLED_BY_PATIENT = {k: billed(v) for k, v in BILLS_BY_PATIENT.items()}
_VISITS_BY_DOCTOR = {k: len(v) for k, v in BY_DOCTOR.items()}
_WAIT_BY_DOCTOR = {k: mean(v.wait for v in vs) for k, vs in BY_DOCTOR.items()}

TOP_N = [
    ask("top_n", "Top 5 patients by billed amount",
        answered(top(_BILLED_BY_PATIENT, "money", 5, 5))),
    ask("top_n", "Which doctor has the most visits?", answered(top(_VISITS_BY_DOCTOR))),
    ask("top_n", "three clinics with the highest no-show rate",
        answered(top({k: missed_rate(v) for k, v in BY_CLINIC.items()}, "rate", 3, 3))),
    ask("top_n", "Which department has the shortest average wait?",
        answered(top({k: mean(v.wait for v in vs) for k, vs in BY_DEPARTMENT.items()}, "number",
                     rising=True))),
    ask("top_n", "bottom 3 practitioners by number of visits",
        answered(top(_VISITS_BY_DOCTOR, "count", 3, 3, rising=True))),
    ask("top_n", "rank the clinics by revenue",
        answered(top({k: billed(v) for k, v in BILLS_BY_CLINIC.items()}, "money", 5))),
    ask("top_n", "What's the most common diagnosis?",
        answered(top({k: n for k, n in counts(VISITS, lambda v: v.diagnosis).items() if k}),
                 top({k: n for k, n in counts(TREATED, lambda v: v.diagnosis).items() if k}),
                 top({k or "": n for k, n in counts(VISITS, lambda v: v.diagnosis).items()},
                     least=2))),
    ask("top_n", "best 3 cities by collection rate",
        answered(top({k: rate(billed(i for i in v if i.paid), billed(v))
                      for k, v in group(INVOICES, lambda i: i.clinic.city).items()},
                     "rate", 3, 3))),
    ask("top_n", "Show the 10 largest invoices",
        answered(top({i.number: i.amount for i in INVOICES}, "money", 10, 10))),
    ask("top_n", "Who is the patient with the most no-shows?",
        answered(top(counts(MISSED, lambda v: v.patient.name)))),
    ask("top_n", "doctors with the longest waiting times",
        answered(top(_WAIT_BY_DOCTOR, "number", 3),
                 top({v.number: v.wait for v in VISITS if v.wait}, "number", 3))),
    ask("top_n", "Which patient had the longest visit?",
        answered(top({v.patient.name: v.length for v in VISITS
                      if v.length == max(x.length or 0 for x in VISITS)}, "number"),
                 top({v.patient.name + v.number: v.length for v in VISITS}, "number"))),
]  # fmt: skip

ASKED: list[Asked] = [*KPI, *BY_DIM, *TWO_DIM, *MULTI, *TOP_N]
