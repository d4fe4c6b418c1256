"""Fifteen conversations, each turn with its answer counted by hand.

Read by `questions.py`. Invariant: what a turn does not change stays as the turn before left it.
"""

from __future__ import annotations

from tests.evals.clinic.accepted import (
    Asked,
    answered,
    asked_back,
    billed,
    by,
    counts,
    either,
    group,
    listed,
    mean,
    one,
    rate,
    refused,
    series,
    talk,
    top,
)  # fmt: skip
from tests.evals.clinic.ask_numbers import BY_CLINIC, BY_DOCTOR, missed_rate
from tests.evals.clinic.ask_times import month, visits
from tests.evals.clinic.clinic_rows import INVOICES, MISSED, OVERDUE, TREATED, UNPAID, VISITS

HARBOUR = BY_CLINIC["Harbour"]
PHONE = [v for v in VISITS if v.channel == "Phone"]
NICE = [i for i in INVOICES if i.clinic.city == "Nice"]
FEBRUARY, JANUARY = visits("2025-02-01", "2025-02-28"), visits("2025-01-01", "2025-01-31")
BUSIEST = max(BY_DOCTOR, key=lambda name: len(BY_DOCTOR[name]))
RICHEST = {k: billed(v) for k, v in group(INVOICES, lambda i: i.clinic.name).items()}

ASKED: list[Asked] = [
    talk("dlg_followup",
         ("Visits by department", answered(by(counts(VISITS, lambda v: v.department)))),
         ("and by clinic?", answered(by(counts(VISITS, lambda v: v.clinic.name)),
                                     by(counts(VISITS, lambda v: (v.department, v.clinic.name))))),
         ("only those booked by phone",  # 'Booked' is a status too, and not what is meant
          either(by(counts(PHONE, lambda v: v.clinic.name)),
                   by(counts(PHONE, lambda v: (v.department, v.clinic.name)))))),
    talk("dlg_followup",
         ("How many visits did we have last month?", answered(one(len(FEBRUARY)))),
         ("and the month before?", answered(one(len(JANUARY)))),
         ("split that by status", answered(by(counts(JANUARY, lambda v: v.status))))),
    talk("dlg_followup",
         ("No-show rate by clinic",
          answered(by({k: missed_rate(v) for k, v in BY_CLINIC.items()}, "rate"))),
         ("as a table", answered(by({k: missed_rate(v) for k, v in BY_CLINIC.items()}, "rate"))
          | {"chart": ["table"], "chart_required": True}),
         ("just A&E", answered(by({k: missed_rate([v for v in vs if v.department == "A&E"])
                                   for k, vs in BY_CLINIC.items()}, "rate")))),
    talk("dlg_followup",
         ("Top 3 clinics by revenue", answered(top(RICHEST, "money", 3, 3))),
         ("make it the top 2", answered(top(RICHEST, "money", 2, 2))),
         ("now the bottom 2", answered(top(RICHEST, "money", 2, 2, rising=True)))),
    talk("dlg_followup",
         ("billed in Nice", answered(one(billed(NICE), "money"))),
         ("by month", answered(series({k: billed(v) for k, v in group(
             NICE, lambda i: month(i.issued)).items()}, "month", "money"))),
         ("collected instead", answered(series({k: billed(i for i in v if i.paid) for k, v in group(
             NICE, lambda i: month(i.issued)).items()}, "month", "money")))),
    talk("dlg_followup",
         ("average wait by specialty",
          answered(by({k: mean(v.wait for v in vs) for k, vs in group(
              VISITS, lambda v: v.doctor.specialty).items()}, "number"))),
         ("and by rank", answered(
             by({k: mean(v.wait for v in vs) for k, vs in group(
                 VISITS, lambda v: v.doctor.rank).items()}, "number"),
             by({k: mean(v.wait for v in vs) for k, vs in group(
                 VISITS, lambda v: (v.doctor.specialty, v.doctor.rank)).items()}, "number"))),
         ("excluding Junior", answered(
             by({k: mean(v.wait for v in vs) for k, vs in group(
                 [v for v in VISITS if v.doctor.rank != "Junior"],
                 lambda v: v.doctor.rank).items()}, "number"),
             by({k: mean(v.wait for v in vs) for k, vs in group(
                 [v for v in VISITS if v.doctor.rank != "Junior"],
                 lambda v: (v.doctor.specialty, v.doctor.rank)).items()}, "number")))),
    talk("dlg_followup",
         ("How many no-shows were there in 2024?",
          either(one(len([v for v in MISSED if v.day.year == 2024])))),
         ("what about 2025?", either(one(len([v for v in MISSED if v.day.year == 2025]))))),
    talk("dlg_reference",
         ("Which doctor has the most visits?",
          answered(top({k: len(v) for k, v in BY_DOCTOR.items()}))),
         ("What is the no-show rate of that doctor?",
          answered(one(missed_rate(BY_DOCTOR[BUSIEST]), "rate"),
                   by({BUSIEST: missed_rate(BY_DOCTOR[BUSIEST])}, "rate")))),
    talk("dlg_reference",
         ("How many overdue invoices do we have?", answered(one(len(OVERDUE)))),
         ("list them", answered(listed(i.number for i in OVERDUE))),
         ("only those above 200 euros",
          answered(listed(i.number for i in OVERDUE if i.amount > 200)))),
    talk("dlg_correction",
         ("How many visits at Harbour?", answered(one(len(HARBOUR)))),
         ("no, I meant May Street", answered(one(len(BY_CLINIC["May Street"]))))),
    talk("dlg_correction",
         ("number of treated visits by channel",
          answered(by(counts(TREATED, lambda v: v.channel)))),
         ("sorry, no-shows", answered(by(counts(MISSED, lambda v: v.channel))))),
    talk("dlg_switch",
         ("Outstanding amount by clinic", answered(by({k: billed(v) for k, v in group(
             UNPAID, lambda i: i.clinic.name).items()}, "money"))),
         ("Different topic: how many visits were there in January 2025?",
          answered(one(len(JANUARY))))),
    talk("dlg_clarified",
         ("Give me some figures", asked_back()),
         ("visits by specialty", answered(by(counts(VISITS, lambda v: v.doctor.specialty))))),
    talk("dlg_unavailable",
         ("Revenue by insurer", answered(by({k: billed(v) for k, v in group(
             INVOICES, lambda i: i.patient.insurer).items()}, "money"))),
         ("and by nurse?", refused()),
         ("ok, by city", answered(
             by({k: billed(v) for k, v in group(INVOICES, lambda i: i.clinic.city).items()},
                "money")))),
    talk("dlg_followup",
         ("Share of visits by channel",
          answered(by({k: rate(n or 0, len(VISITS))
                       for k, n in counts(VISITS, lambda v: v.channel).items()}, "rate"))),
         ("in 2024", either(by({k: rate(n or 0, len(visits("2024-01-01", "2024-12-31")))
                                for k, n in counts(visits("2024-01-01", "2024-12-31"),
                                                   lambda v: v.channel).items()}, "rate")))),
]  # fmt: skip
