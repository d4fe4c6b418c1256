"""Numbers to accepted answers, in the format of the evaluation's question files.

Called by the question files. Invariant: a count is exact, money within 0.01 %, a rate within
0.1 % or 0.06 points; an answer with two readings may always be asked back instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from tests.evals.clinic.clinic_rows import AS_OF, Invoice

Kind = Literal["count", "money", "rate", "number"]
Number = int | float | Decimal | None
Gold = dict[str, Any]
Expect = dict[str, Any]
Item = TypeVar("Item")
Key = TypeVar("Key")
_TOLERANCES: dict[Kind, dict[str, Any]] = {
    "count": {"tol_rel": 0.0},
    "money": {"tol_rel": 0.0001, "tol_abs": 0.01},
    "number": {"tol_rel": 0.001, "tol_abs": 0.006},
    "rate": {"tol_rel": 0.001, "tol_abs": 0.06, "percent_ok": True},
}
AVAILABLE = ["visit", "patient", "invoice", "clinic", "practitioner", "billed", "department"]


@dataclass(frozen=True)
class Asked:
    """A question or a dialogue of several, each with what is expected."""

    kind: str
    turns: tuple[tuple[str, Expect], ...]


def ask(kind: str, question: str, expect: Expect) -> Asked:
    """One question on its own."""
    return Asked(kind, ((question, expect),))


def talk(kind: str, *turns: tuple[str, Expect]) -> Asked:
    """Questions that follow each other in one conversation."""
    return Asked(kind, turns)


# ------------------------------------------------------------------ counting


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, by hand."""
    result = Decimal(0)
    for amount in amounts:
        result += amount
    return result


def billed(invoices: Iterable[Invoice]) -> Decimal:
    """The amount of all invoices."""
    return total(i.amount for i in invoices)


def mean(values: Iterable[Number]) -> float | None:
    """Of the values that are there; None of nothing."""
    there = [float(value) for value in values if value is not None]
    return sum(there) / len(there) if there else None


def median(values: Iterable[Number]) -> float:
    """The middle one, or halfway between the middle two."""
    there = sorted(float(value) for value in values if value is not None)
    middle = len(there) // 2
    return there[middle] if len(there) % 2 else (there[middle - 1] + there[middle]) / 2


def rate(part: float | Decimal, whole: float | Decimal) -> float | None:
    """In percent; None of nothing."""
    return 100 * float(part) / float(whole) if whole else None


def group(rows: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """The rows by key, in the order keys are met."""
    groups: dict[Key, list[Item]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def counts(rows: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, Number]:
    """How many rows each key has."""
    return {name: len(members) for name, members in group(rows, key).items()}


def between(day: date | None, first: str, last: str) -> bool:
    """Whether the day lies in the range, both ends included."""
    return day is not None and date.fromisoformat(first) <= day <= date.fromisoformat(last)


# ------------------------------------------------------------------ accepted answers


def one(value: Number, kind: Kind = "count") -> Gold:
    """A single number."""
    return {"columns": [_number([value], kind)]}


def row(*values: tuple[Number, Kind]) -> Gold:
    """Several numbers side by side."""
    return {"columns": [_number([value], kind) for value, kind in values]}


def by(groups: Mapping[Any, Number], kind: Kind = "count") -> Gold:
    """A number per member, in any order."""
    return by_many({key: (value,) for key, value in groups.items()}, kind)


def by_many(groups: Mapping[Any, Sequence[Number]], *kinds: Kind) -> Gold:
    """Several numbers per member, or per combination of members when the keys are tuples."""
    keys = list(groups)
    columns = _keys(keys)
    columns += [_number([groups[key][n] for key in keys], kind) for n, kind in enumerate(kinds)]
    unknown = [
        n for n, key in enumerate(keys) if key is None or (isinstance(key, tuple) and None in key)
    ]
    return {"columns": columns, "optional_rows": unknown}


def series(groups: Mapping[date, Number], grain: str, kind: Kind = "count") -> Gold:
    """A number per period, in the order of time; periods without rows may be there or not."""
    keys = sorted(groups)
    days = {"kind": "date", "grain": grain, "values": [key.isoformat() for key in keys]}
    return {
        "columns": [days, _number([groups[key] for key in keys], kind)],
        "ordered": True,
        "order_by": 0,
    }


def top(
    groups: Mapping[Any, Number], kind: Kind = "count", least: int = 1, most: int = 0,
    *, rising: bool = False,
) -> Gold:  # fmt: skip
    """The first rows of a ranking: at least `least`, at most `most` (0: all)."""
    known = [(key, value) for key, value in groups.items() if value is not None]
    known.sort(key=lambda pair: pair[1] if rising else -pair[1])
    keys, values = [key for key, _ in known], [value for _, value in known]
    columns = _keys(keys)
    return {
        "columns": [*columns, _number(values, kind)],
        "ordered": True,
        "order_by": len(columns),
        "n_min": min(least, len(keys)),
        "n_max": most or len(keys),
    }


def listed(keys: Iterable[Any]) -> Gold:
    """The members, whatever else stands beside them."""
    values = list(keys)
    unknown = [n for n, key in enumerate(values) if key is None]
    return {"columns": _keys(values), "optional_rows": unknown}


def _keys(keys: Sequence[Any]) -> list[dict[str, Any]]:
    wide = [key if isinstance(key, tuple) else (key,) for key in keys]
    return [_key([key[n] for key in wide]) for n in range(len(wide[0]))]


def _key(values: Sequence[Any]) -> dict[str, Any]:
    days = [value for value in values if isinstance(value, date)]
    grain = {"kind": "date", "grain": "month"} if days else {"kind": "dim"}
    return {**grain, "values": [_plain(value) for value in values]}


def _number(values: Sequence[Number], kind: Kind) -> dict[str, Any]:
    return {"kind": "num", "values": [_plain(v) for v in values], **_TOLERANCES[kind]}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


# ------------------------------------------------------------------ what is expected


def answered(*gold: Gold) -> Expect:
    """One meaning: it has to be answered."""
    return {"status": ["answered"], "gold": list(gold)}


def either(*gold: Gold) -> Expect:
    """Several readings: any of them, or asked back with their numbers."""
    return {"status": ["answered", "clarification"], "gold": list(gold), **_allowed(gold)}


def nothing(*gold: Gold) -> Expect:
    """Nothing is there: said so, or an answer of no rows, nulls and zeros."""
    return {"status": ["answered", "no_data"], "gold": [{"empty": True}, *gold]}


def refused() -> Expect:
    """The data has no such thing: refused, naming what there is."""
    return {"status": ["refused"], "must_mention": [AVAILABLE]}


def declined() -> Expect:
    """Refused or asked back, as the service sees fit."""
    return {"status": ["refused", "clarification"], "must_mention": [AVAILABLE]}


def asked_back() -> Expect:
    """Too vague to answer."""
    return {"status": ["clarification"], "must_mention": [["?", "which", "what", "for example"]]}


def hostile(*never: str) -> Expect:
    """Instructions are only words; none is followed."""
    return {"status": ["refused", "clarification"], "must_not": list(never)}


def _allowed(gold: Sequence[Gold]) -> dict[str, list[float]]:
    numbers = [
        value
        for answer in gold
        for column in answer.get("columns", ())
        if column["kind"] == "num"
        for value in column["values"]
        if value is not None
    ]
    return {"allowed_numbers": numbers}


def to_items(asked: Iterable[Asked]) -> list[dict[str, Any]]:
    """The lines of a question file."""
    items = []
    seen: dict[str, int] = {}
    for one_ in asked:
        seen[one_.kind] = seen.get(one_.kind, 0) + 1
        items.append(
            {
                "id": f"clinic-{one_.kind}-{seen[one_.kind]:02}",
                "class": one_.kind,
                "as_of": AS_OF.isoformat(),
                "turns": [{"question": q, "expect": expect} for q, expect in one_.turns],
            }
        )
    return items
