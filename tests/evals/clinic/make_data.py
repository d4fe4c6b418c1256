"""Write the clinic's five CSV files: the same bytes on every run.

Run by hand (`python -m tests.evals.clinic.make_data`) and by the test that compares them with the
files beside it. Invariant: random numbers come from one seeded generator, used in one order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

FOLDER = Path(__file__).resolve().parent / "data"
TODAY = date(2025, 3, 12)
"""A Wednesday; visits after it are only booked."""
FIRST, LAST = date(2023, 9, 4), date(2025, 4, 25)

CLINICS = (
    ("C1", "Harbour", "Lyon", "Docks", date(1998, 5, 4)),
    ("C2", "May Street", "Lille", "Old Town", date(2006, 9, 1)),
    ("C3", "Bridge & Mill", "Lyon", "Old Town", date(2011, 2, 14)),
    ("C4", "St. Anne", "Nice", "North", date(2015, 7, 1)),
    ("C5", "Campus 2", "Nice", "Docks", date(2021, 10, 11)),
)
PRACTITIONERS = (
    ("D01", "Dr. April Stone", "General Medicine", "Lead", 38, "C1"),
    ("D02", "Dr. Mark Long", "General Medicine", "Senior", 40, "C1"),
    ("D03", "Dr. Ines Ott", "Cardiology", "Senior", 32, "C1"),
    ("D04", "Dr. Paul Weber", "Cardiology", "Lead", 40, "C2"),
    ("D05", "Dr. Rosa Lind", "Paediatrics", "Junior", 40, "C2"),
    ("D06", "Dr. Igor Ban", "General Medicine", "Junior", 36, "C3"),
    ("D07", "Dr. Ana Cruz", "Orthopaedics", "Senior", 40, "C3"),
    ("D08", "Dr. Tim Fell", "Paediatrics", "Senior", 24, "C3"),
    ("D09", "Dr. Eva Noor", "Orthopaedics", "Lead", 40, "C4"),
    ("D10", "Dr. Jan Pohl", "General Medicine", "Junior", 20, "C4"),
    ("D11", "Dr. Liv Dahl", "Cardiology", "Junior", 40, "C5"),
    ("D12", "Dr. Omar Haddad", "General Medicine", "Senior", 38, "C5"),
)
FIRST_NAMES = {
    "F": ("May", "Grace", "Lena", "Nora", "Ida", "Olga", "Joy", "Mia", "Sara", "Vera"),
    "M": ("Will", "Mark", "Rich", "Adam", "Hugo", "Noah", "Ivan", "Otto", "Bill", "Leon"),
}
LAST_NAMES = (
    "Turner", "Page", "Long", "Meyer", "Silva", "Novak", "Berg", "Rossi", "Kaya", "Dubois", "Ford",
    "Price", "Mercier",
)  # fmt: skip
INSURERS = ("Open Health", "State Fund", "Blue Shield", "Self-pay", "Other", "")
DEPARTMENTS = ("A&E", "Outpatients", "Family & Kids", "Other")
DIAGNOSES = ("Flu", "Back pain", "Asthma", "Type 1", "Type 2", "Sprain", "Other", "")
CHANNELS = ("Phone", "Web", "Walk-in")

Row = Sequence[object]


def make_files() -> dict[str, str]:
    """The text of the CSV files, by name."""
    random = Random(20250312)
    visits = list(_visits(random))
    patients = list(_patients(random, visits))
    invoices = list(_invoices(random, visits))
    return {
        "clinics.csv": _text(("Code", "Name", "City", "Quarter", "Opened"), CLINICS),
        "practitioners.csv": _text(
            ("Code", "Name", "Specialty", "Rank", "Hours", "Clinic Code"), PRACTITIONERS
        ),
        "patients.csv": _text(
            ("Patient No", "Name", "Sex", "Born", "Insurer", "Last Visit"), patients
        ),
        "visits.csv": _text(
            ("Visit No", "Patient No", "Practitioner", "Department", "Diagnosis", "Channel",
             "Status", "Urgent", "Booked On", "Visit Date", "Wait (min)", "Duration (min)",
             "Copay"),
            visits,
        ),
        "invoices.csv": _text(
            ("Invoice No", "Patient No", "Clinic Code", "Status", "Amount", "Share", "Issued",
             "Due", "Paid"),
            invoices,
        ),
    }  # fmt: skip


def _visits(random: Random) -> Iterable[Row]:
    for number in range(1, 241):
        day = FIRST + timedelta(days=random.randint(0, (LAST - FIRST).days))
        day = TODAY if number > 238 else day
        urgent = random.random() < 0.2
        booked = day - timedelta(days=random.randint(0, 3) if urgent else random.randint(1, 40))
        booked = min(booked, TODAY - timedelta(days=random.randint(0, 20)))
        status = _status(random, day)
        seen = status in ("Arrived", "Treated")
        diagnosis = random.choices(DIAGNOSES, (9, 8, 5, 4, 7, 4, 3, 1))[0]
        yield (
            f"V{number:04}",
            f"P{random.randint(1, 50):03}",
            random.choices(PRACTITIONERS, (5, 3, 3, 4, 3, 2, 4, 2, 3, 2, 1, 3))[0][0],
            "A&E" if urgent else random.choices(DEPARTMENTS, (2, 6, 4, 1))[0],
            diagnosis if status == "Treated" else "",
            random.choices(CHANNELS, (5, 4, 2))[0],
            status,
            "yes" if urgent else "no",
            booked,
            day,
            random.randint(2, 55) if seen else "",
            random.choice((10, 15, 20, 25, 30, 45, 60, 90)) if status == "Treated" else "",
            _money(random.choice((0, 5, 7.5, 10, 12.5, 20))) if status == "Treated" else "",
        )


def _status(random: Random, day: date) -> str:
    if day > TODAY:
        return random.choices(("Booked", "Cancelled"), (9, 1))[0]
    if day == TODAY:
        return "Arrived"
    return random.choices(("Treated", "No-show", "Cancelled"), (15, 3, 2))[0]


def _patients(random: Random, visits: Sequence[Row]) -> Iterable[Row]:
    names: set[str] = set()
    for number in range(1, 55):  # the last four have never booked a visit
        code = f"P{number:03}"
        sex = random.choice("FM")
        name = ""
        while not name or name in names:
            name = f"{random.choice(FIRST_NAMES[sex])} {random.choice(LAST_NAMES)}"
        names.add(name)
        seen = [day for v in visits if v[1] == code and v[6] == "Treated" and (day := v[9])]
        born = date(2025 - random.choice((4, 9, 14, 22, 31, 38, 45, 52, 60, 67, 74, 81)), 1, 1)
        yield (
            code,
            name,
            sex,
            born + timedelta(days=random.randint(0, 364)),
            random.choices(INSURERS, (6, 5, 4, 3, 2, 1))[0],
            max(seen, default="", key=str),
        )


def _invoices(random: Random, visits: Sequence[Row]) -> Iterable[Row]:
    sites = {p[0]: p[5] for p in PRACTITIONERS}
    number = 0
    for visit in visits:
        day = visit[9]
        if visit[6] != "Treated" or not isinstance(day, date) or random.random() < 0.12:
            continue
        number += 1
        issued = min(day + timedelta(days=random.randint(0, 6)), TODAY)
        paid = issued + timedelta(days=random.randint(3, 70))
        is_paid = random.random() < 0.75 and paid <= TODAY
        status = "Paid" if is_paid else random.choices(("Open", "Disputed", "Other"), (6, 2, 1))[0]
        yield (
            f"I{number:04}",
            visit[1],
            sites[str(visit[2])],
            status,
            _money(round(random.lognormvariate(4.9, 0.9), 2)),
            random.choice((0, 10, 20, 50, 100)),
            issued,
            issued + timedelta(days=30),
            paid if is_paid else "",
        )


def _money(value: float) -> str:
    """1234.5 as '1.234,50', the way a French export would not but a German one does."""
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _text(header: Sequence[str], rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(f"{c:%d.%m.%Y}" if isinstance(c, date) else c for c in row)
    return out.getvalue()


def main() -> None:
    """Write the files beside this module."""
    for name, text in make_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
