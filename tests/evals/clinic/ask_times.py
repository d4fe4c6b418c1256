"""Questions about periods, trends and comparisons, with their answers counted by hand.

Read by `questions.py`. Invariant: today is Wednesday, 12 March 2025; weeks begin on Sunday and
fiscal years in July: fiscal 2025 began on 1 July 2024.
"""

from __future__ import annotations

from datetime import date, timedelta

from tests.evals.clinic.accepted import (
    Asked,
    Gold,
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
    nothing,
    one,
    rate,
    row,
    series,
)  # fmt: skip
from tests.evals.clinic.ask_numbers import BY_CLINIC, missed_rate
from tests.evals.clinic.clinic_rows import INVOICES, MISSED, UNPAID, VISITS, Visit


def visits(first: str, last: str) -> list[Visit]:
    """The visits of a period, both ends included."""
    return [v for v in VISITS if between(v.day, first, last)]


def visit_count(first: str, last: str) -> Gold:
    """How many there are."""
    return one(len(visits(first, last)))


def billed_in(first: str, last: str) -> Gold:
    """The amount of the invoices issued in a period."""
    return one(billed(i for i in INVOICES if between(i.issued, first, last)), "money")


def month(day: date) -> date:
    """Its first day."""
    return day.replace(day=1)


def quarter(day: date) -> date:
    """The first day of its quarter; quarters are the same in both calendars."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def week(day: date) -> date:
    """Its Sunday."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


TIME = [
    ask("time", "How many visits did we have last month?",
        answered(visit_count("2025-02-01", "2025-02-28"))),
    ask("time", "How many visits took place in January 2025?",
        answered(visit_count("2025-01-01", "2025-01-31"),
                 one(len([v for v in visits("2025-01-01", "2025-01-31")
                          if v.status == "Treated"])))),
    ask("time", "Visits in May 2024", answered(visit_count("2024-05-01", "2024-05-31"),
        listed(v.number for v in visits("2024-05-01", "2024-05-31")))),
    ask("time", "how many visits did we have in May?",
        either(visit_count("2024-05-01", "2024-05-31"), one(len(BY_CLINIC["May Street"])))),
    ask("time", "Revenue in December 2024", answered(billed_in("2024-12-01", "2024-12-31"))),
    ask("time", "How much did we bill between 1 May 2024 and 15 June 2024?",
        answered(billed_in("2024-05-01", "2024-06-15"))),
    ask("time", "visits since December", either(visit_count("2024-12-01", "2025-12-31"),
        visit_count("2024-12-01", "2025-03-12"))),
    ask("time", "number of visits before March 2024",
        answered(visit_count("2000-01-01", "2024-02-29"))),
    ask("time", "How many visits do we have this week?",
        answered(visit_count("2025-03-09", "2025-03-15"),
                 visit_count("2025-03-09", "2025-03-12"))),
    ask("time", "how many visits next week?", answered(visit_count("2025-03-16", "2025-03-22"))),
    ask("time", "visits in the last 30 days",
        answered(visit_count("2025-02-10", "2025-03-11"), visit_count("2025-02-11", "2025-03-12"),
                 visit_count("2025-02-10", "2025-03-12"))),
    ask("time", "How many invoices are due next week?",
        answered(one(len([i for i in INVOICES if between(i.due, "2025-03-16", "2025-03-22")])),
                 one(len([i for i in UNPAID if between(i.due, "2025-03-16", "2025-03-22")])))),
    ask("time", "How many invoices were due in January 2025?",
        answered(one(len([i for i in INVOICES if between(i.due, "2025-01-01", "2025-01-31")])))),
    ask("time", "how many visits were booked in February 2025?",
        either(one(len([v for v in VISITS if between(v.booked, "2025-02-01", "2025-02-28")])))),
    ask("time", "Number of invoices paid in January 2025",
        either(one(len([i for i in INVOICES if between(i.paid, "2025-01-01", "2025-01-31")])),
               one(len([i for i in INVOICES
                        if i.paid and between(i.issued, "2025-01-01", "2025-01-31")])))),
    ask("time", "visits this quarter", answered(visit_count("2025-01-01", "2025-03-31"),
        visit_count("2025-01-01", "2025-03-12"))),
    ask("time", "How many no-shows were there last quarter?",
        answered(one(len([v for v in MISSED if between(v.day, "2024-10-01", "2024-12-31")])))),
    ask("time", "No-show rate in the second half of 2024",
        answered(one(missed_rate(visits("2024-07-01", "2024-12-31")), "rate"))),
    ask("time", "billed in 2024", either(billed_in("2024-01-01", "2024-12-31"))),
    ask("time", "How many visits yesterday?", nothing(visit_count("2025-03-11", "2025-03-11"))),
    ask("time", "visits today", answered(visit_count("2025-03-12", "2025-03-12"),
        listed(v.number for v in visits("2025-03-12", "2025-03-12")))),
    ask("time", "How many visits did we have in 2019?", nothing()),
    ask("time", "revenue year to date",
        either(billed_in("2025-01-01", "2025-03-12"), billed_in("2024-07-01", "2025-03-12"))),
    ask("time", "How many visits were there on 2024-12-24?",
        nothing(visit_count("2024-12-24", "2024-12-24"))),
    ask("time", "How many visits in the past 12 months?",
        answered(visit_count("2024-03-12", "2025-03-11"), visit_count("2024-03-13", "2025-03-12"),
                 visit_count("2024-03-12", "2025-03-12"), visit_count("2024-03-01", "2025-02-28"),
                 visit_count("2024-04-01", "2025-03-31"))),
    ask("time", "which patients had their last visit before July 2024?",
        answered(listed({v.patient.name for v in VISITS
                         if v.patient.last_visit and v.patient.last_visit < date(2024, 7, 1)}))),
]  # fmt: skip

FISCAL = [
    ask("fiscal", "Revenue in fiscal year 2024", answered(billed_in("2023-07-01", "2024-06-30"))),
    ask("fiscal", "billed in FY25", answered(billed_in("2024-07-01", "2025-06-30"))),
    ask("fiscal", "How many visits in the last fiscal quarter?",
        answered(visit_count("2024-10-01", "2024-12-31"))),
    ask("fiscal", "revenue in fiscal Q1 2025", answered(billed_in("2024-07-01", "2024-09-30"))),
    ask("fiscal", "What did we bill last year?",
        either(billed_in("2024-01-01", "2024-12-31"), billed_in("2023-07-01", "2024-06-30"))),
    ask("fiscal", "visits in Q3",
        either(visit_count("2024-07-01", "2024-09-30"), visit_count("2025-01-01", "2025-03-31"))),
    ask("fiscal", "no-shows this fiscal year",
        answered(one(len([v for v in MISSED if between(v.day, "2024-07-01", "2025-06-30")])))),
    ask("fiscal", "Revenue by fiscal year",
        answered(series({date(y - 1, 7, 1): billed(
            i for i in INVOICES if between(i.issued, f"{y - 1}-07-01", f"{y}-06-30"))
            for y in (2024, 2025)}, "day", "money"),
            by({y: billed(i for i in INVOICES
                                 if between(i.issued, f"{y - 1}-07-01", f"{y}-06-30"))
                for y in (2024, 2025)}, "money"))),
]  # fmt: skip

_IN_2024 = [i for i in INVOICES if i.issued.year == 2024]
TREND = [
    ask("trend", "Visits per month",
        answered(series(counts(VISITS, lambda v: month(v.day)), "month"))),
    ask("trend", "monthly no-show rate",
        answered(series({k: missed_rate(v)
                         for k, v in group(VISITS, lambda v: month(v.day)).items()},
                        "month", "rate"))),
    ask("trend", "revenue trend by month in 2024",
        either(series({k: billed(v) for k, v in group(_IN_2024, lambda i: month(i.issued)).items()},
                      "month", "money"))),
    ask("trend", "billed by quarter",
        either(series({k: billed(v)
                       for k, v in group(INVOICES, lambda i: quarter(i.issued)).items()},
                      "quarter", "money"),
               by({k: billed(v) for k, v in group(INVOICES, lambda i: i.clinic.quarter).items()},
                  "money"))),
    ask("trend", "Number of visits per week since January 2025",
        answered(series(counts([v for v in VISITS if v.day >= date(2025, 1, 1)],
                               lambda v: week(v.day)), "week"),
                 series(counts(visits("2025-01-01", "2025-03-12"), lambda v: week(v.day)),
                        "week"))),
    ask("trend", "How did the average wait develop over time, by quarter?",
        either(series({k: mean(v.wait for v in vs)
                       for k, vs in group(VISITS, lambda v: quarter(v.day)).items()},
                      "quarter", "number"))),
    ask("trend", "visits by month and department in 2025",
        either(by(counts([v for v in VISITS if v.day.year == 2025],
                         lambda v: (month(v.day), v.department))))),
    ask("trend", "invoices by due month",
        answered(series(counts(INVOICES, lambda i: month(i.due)), "month"))),
]  # fmt: skip


def _departments(*names: str) -> list[Visit]:
    return [v for v in VISITS if v.department in names]


def _change(before: float, after: float) -> float | None:
    return rate(after - before, before)


COMPARE = [
    ask("compare", "Compare A&E and Outpatients on no-show rate",
        answered(by({k: missed_rate(v)
                     for k, v in group(_departments("A&E", "Outpatients"),
                                       lambda v: v.department).items()}, "rate"),
                 by({k: missed_rate(v)
                     for k, v in group(VISITS, lambda v: v.department).items()}, "rate"))),
    ask("compare", "Type 1 vs Type 2: number of visits",
        answered(by(counts([v for v in VISITS if v.diagnosis in ("Type 1", "Type 2")],
                           lambda v: v.diagnosis)),
                 row((len([v for v in VISITS if v.diagnosis == "Type 1"]), "count"),
                     (len([v for v in VISITS if v.diagnosis == "Type 2"]), "count")))),
    ask("compare", "visits in January 2025 versus January 2024",
        answered(row((len(visits("2025-01-01", "2025-01-31")), "count"),
                     (len(visits("2024-01-01", "2024-01-31")), "count")),
                 series({date(2025, 1, 1): len(visits("2025-01-01", "2025-01-31")),
                         date(2024, 1, 1): len(visits("2024-01-01", "2024-01-31"))}, "month"))),
    ask("compare", "Compare revenue of Lyon and Nice",
        answered(by({k: billed(v) for k, v in group(
            [i for i in INVOICES if i.clinic.city in ("Lyon", "Nice")],
            lambda i: i.clinic.city).items()}, "money"))),
    ask("compare", "last month compared to the month before: visits",
        either(row((len(visits("2025-02-01", "2025-02-28")), "count"),
                   (len(visits("2025-01-01", "2025-01-31")), "count")),
               series({date(2025, 2, 1): len(visits("2025-02-01", "2025-02-28")),
                       date(2025, 1, 1): len(visits("2025-01-01", "2025-01-31"))}, "month"))),
    ask("compare", "How do women and men compare in average wait?",
        answered(by({k: mean(v.wait for v in vs)
                     for k, vs in group(VISITS, lambda v: v.patient.sex).items()}, "number"))),
    ask("compare", "do junior doctors see more visits than lead doctors?",
        either(by(counts([v for v in VISITS if v.doctor.rank in ("Junior", "Lead")],
                         lambda v: v.doctor.rank)))),
    ask("compare", "by how much did revenue change from the third to the fourth quarter of 2024?",
        either(one(billed(i for i in INVOICES if between(i.issued, "2024-10-01", "2024-12-31"))
                   - billed(i for i in INVOICES if between(i.issued, "2024-07-01", "2024-09-30")),
                   "money"),
               row((billed(i for i in INVOICES if between(i.issued, "2024-07-01", "2024-09-30")),
                    "money"),
                   (billed(i for i in INVOICES if between(i.issued, "2024-10-01", "2024-12-31")),
                    "money")),
               one(_change(
                   float(billed(i for i in INVOICES
                                if between(i.issued, "2024-07-01", "2024-09-30"))),
                   float(billed(i for i in INVOICES
                                if between(i.issued, "2024-10-01", "2024-12-31")))), "rate"))),
]  # fmt: skip

ASKED: list[Asked] = [*TIME, *FISCAL, *TREND, *COMPARE]
