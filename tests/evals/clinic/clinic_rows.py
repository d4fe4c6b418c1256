"""The clinic's CSV files as plain Python rows: the independent side of every comparison.

Read by the question files. Invariant: uses neither our ingest nor our semantic layer.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "data"
AS_OF = date(2025, 3, 12)


@dataclass(frozen=True)
class Clinic:
    """One site."""

    code: str
    name: str
    city: str
    quarter: str
    opened: date


@dataclass(frozen=True)
class Practitioner:
    """One practitioner with the site they work at."""

    code: str
    name: str
    specialty: str
    rank: str
    hours: int
    clinic: Clinic


@dataclass(frozen=True)
class Patient:
    """One patient."""

    number: str
    name: str
    sex: str
    born: date
    insurer: str | None
    last_visit: date | None

    @property
    def age(self) -> int:
        """Calendar years, as the model counts them."""
        return AS_OF.year - self.born.year

    @property
    def age_group(self) -> str:
        """By age."""
        if self.age < 18:
            return "Child"
        return "Adult" if self.age < 65 else "Senior"


@dataclass(frozen=True)
class Visit:
    """One booked visit with patient, practitioner and site beside it."""

    number: str
    patient: Patient
    doctor: Practitioner
    department: str
    diagnosis: str | None
    channel: str
    status: str
    urgent: bool
    booked: date
    day: date
    wait: int | None
    length: int | None
    copay: Decimal | None

    @property
    def clinic(self) -> Clinic:
        """Where the practitioner works."""
        return self.doctor.clinic

    @property
    def lead_days(self) -> int:
        """Days from booking to visit."""
        return (self.day - self.booked).days


@dataclass(frozen=True)
class Invoice:
    """One invoice with patient and site beside it."""

    number: str
    patient: Patient
    clinic: Clinic
    status: str
    amount: Decimal
    share: int
    issued: date
    due: date
    paid: date | None

    @property
    def overdue(self) -> bool:
        """Not paid although the due date has passed."""
        return self.paid is None and self.due < AS_OF

    @property
    def days_to_pay(self) -> int | None:
        """Days from issue to payment."""
        return (self.paid - self.issued).days if self.paid else None


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _date(text: str) -> date:
    return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no time zone


def _money(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


CLINICS = {
    r["Code"]: Clinic(r["Code"], r["Name"], r["City"], r["Quarter"], _date(r["Opened"]))
    for r in _read("clinics.csv")
}
DOCTORS = {
    r["Code"]: Practitioner(
        r["Code"], r["Name"], r["Specialty"], r["Rank"], int(r["Hours"]), CLINICS[r["Clinic Code"]]
    )
    for r in _read("practitioners.csv")
}
PATIENTS = {
    r["Patient No"]: Patient(
        r["Patient No"], r["Name"], r["Sex"], _date(r["Born"]), r["Insurer"] or None,
        _date(r["Last Visit"]) if r["Last Visit"] else None,
    )
    for r in _read("patients.csv")
}  # fmt: skip
VISITS = [
    Visit(
        number=r["Visit No"],
        patient=PATIENTS[r["Patient No"]],
        doctor=DOCTORS[r["Practitioner"]],
        department=r["Department"],
        diagnosis=r["Diagnosis"] or None,
        channel=r["Channel"],
        status=r["Status"],
        urgent=r["Urgent"] == "yes",
        booked=_date(r["Booked On"]),
        day=_date(r["Visit Date"]),
        wait=int(r["Wait (min)"]) if r["Wait (min)"] else None,
        length=int(r["Duration (min)"]) if r["Duration (min)"] else None,
        copay=_money(r["Copay"]) if r["Copay"] else None,
    )
    for r in _read("visits.csv")
]
INVOICES = [
    Invoice(
        number=r["Invoice No"],
        patient=PATIENTS[r["Patient No"]],
        clinic=CLINICS[r["Clinic Code"]],
        status=r["Status"],
        amount=_money(r["Amount"]),
        share=int(r["Share"]),
        issued=_date(r["Issued"]),
        due=_date(r["Due"]),
        paid=_date(r["Paid"]) if r["Paid"] else None,
    )
    for r in _read("invoices.csv")
]
TREATED = [v for v in VISITS if v.status == "Treated"]
MISSED = [v for v in VISITS if v.status == "No-show"]
UNPAID = [i for i in INVOICES if i.paid is None]
OVERDUE = [i for i in INVOICES if i.overdue]
