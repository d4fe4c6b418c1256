"""Figures of the facts to accepted answers in the format of the question file.

Called by the question books. Invariant: an accepted answer holds every row that belongs to it, so
that an extra or a missing row in a result is a difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tests.evals.revenue.facts import (
    Contact,
    Deal,
    Figure,
    Group,
    Kind,
    Where,
    everything,
)

Gold = dict[str, Any]
Golds = Sequence[Gold]

_TOLERANCES: Final[dict[Kind, dict[str, Any]]] = {
    "count": {"tol_rel": 0.0, "percent_ok": False},
    "money": {"tol_rel": 0.0001, "tol_abs": 0.51, "percent_ok": False},
    "rate": {"tol_rel": 0.001, "tol_abs": 0.06, "percent_ok": True},
    "number": {"tol_rel": 0.001, "tol_abs": 0.06, "percent_ok": False},
}
GRAINS: Final = ("day", "week", "month", "quarter", "year")


def start_of(grain: str, day: date, first_weekday: int = 0) -> date:
    """First day of the period that `day` is in."""
    match grain:
        case "week":
            return day - timedelta(days=(day.weekday() - first_weekday) % 7)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case "year":
            return date(day.year, 1, 1)
    return day


def next_start(grain: str, start: date) -> date:
    """First day of the period after the one that begins at `start`."""
    if grain == "day":
        return start + timedelta(days=1)
    if grain == "week":
        return start + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    ahead = start.month - 1 + months
    return date(start.year + ahead // 12, ahead % 12 + 1, 1)


def num(kind: Kind, values: Iterable[float | None]) -> Gold:
    """A column of numbers."""
    return {"kind": "num", "values": [_round(value) for value in values], **_TOLERANCES[kind]}


def dim(values: Iterable[object]) -> Gold:
    """A column of texts."""
    return {"kind": "dim", "values": list(values)}


def days(grain: str, values: Iterable[date]) -> Gold:
    """A column of periods."""
    return {"kind": "date", "grain": grain, "values": [value.isoformat() for value in values]}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def is_void(gold: Gold) -> bool:
    """Whether the answer states nothing but nulls and zeros."""
    numbers = [
        value
        for column in gold.get("columns") or ()
        for value in column["values"]
        if column["kind"] == "num"
    ]
    return bool(gold.get("empty")) or (bool(numbers) and all(not value for value in numbers))


@dataclass(frozen=True, slots=True)
class World:
    """The data set that the questions are about."""

    deals: tuple[Deal, ...]
    contacts: tuple[Contact, ...]

    def pick(self, test: Where = everything) -> list[Deal]:
        """The deals that pass."""
        return [deal for deal in self.deals if test(deal)]

    # -------------------------------------------------------------- one row

    def value(self, figure: Figure, test: Where = everything) -> float | None:
        """A figure over the deals that pass."""
        return figure.compute(self.pick(test))

    def one(self, *figures: Figure, test: Where = everything) -> Gold:
        """One row of figures."""
        rows = self.pick(test)
        return {"columns": [num(figure.kind, [figure.compute(rows)]) for figure in figures]}

    def single(self, kind: Kind, value: float | None) -> Gold:
        """One number."""
        return {"columns": [num(kind, [value])]}

    # -------------------------------------------------------------- groups

    def groups(self, fields: Sequence[str], test: Where = everything) -> dict[Group, list[Deal]]:
        """The deals that pass, by the values of the fields."""
        found: dict[Group, list[Deal]] = defaultdict(list)
        for deal in self.pick(test):
            found[tuple(getattr(deal, field) for field in fields)].append(deal)
        return dict(sorted(found.items(), key=lambda item: tuple(map(str, item[0]))))

    def by(self, fields: str | Sequence[str], *figures: Figure, test: Where = everything) -> Gold:
        """A breakdown; the row of the unknown member may be left out."""
        names = (fields,) if isinstance(fields, str) else tuple(fields)
        return self._table(self.groups(names, test), figures)

    def _table(self, groups: dict[Group, list[Deal]], figures: Sequence[Figure]) -> Gold:
        keys = list(groups)
        unknown = [at for at, key in enumerate(keys) if None in key]
        columns = [dim(key[at] for key in keys) for at in range(len(keys[0]) if keys else 0)]
        columns += [num(one.kind, [one.compute(groups[key]) for key in keys]) for one in figures]
        return {"columns": columns, "optional_rows": unknown} if keys else {"empty": True}

    def having(
        self,
        field: str,
        figure: Figure,
        keep: Callable[[float], bool],
        test: Where = everything,
    ) -> Golds:
        """The groups whose figure is kept; with the figure, or their names alone."""
        groups = {
            key: deals
            for key, deals in self.groups((field,), test).items()
            if key[0] is not None and (value := figure.compute(deals)) is not None and keep(value)
        }
        with_figure = self._table(groups, (figure,))
        if with_figure.get("empty"):
            return [with_figure]
        return [with_figure, {"columns": with_figure["columns"][:1], "only_keys": True}]

    def rank(
        self,
        field: str,
        figure: Figure,
        n: int | None = None,
        *,
        test: Where = everything,
        low: bool = False,
    ) -> Golds:
        """The members in the order of a figure: exactly `n` of them, or as many as wanted."""
        golds: list[Gold] = []
        for with_unknown in (False, True):
            found = {
                key: value
                for key, deals in self.groups((field,), test).items()
                if (with_unknown or key[0] is not None)
                and (value := figure.compute(deals)) is not None
            }
            line = sorted(found.items(), key=lambda item: item[1], reverse=not low)
            golds.append(self._ranking(line, figure, n))
        if golds[0] == golds[1]:
            golds.pop()
        if n is None and not golds[0].get("empty"):
            top = str(golds[0]["columns"][0]["values"][0])
            golds.append({**self.by(field, figure, test=test), "must_mention": [top]})
        return golds

    def _ranking(self, line: Sequence[tuple[Group, float]], figure: Figure, n: int | None) -> Gold:
        if not line:
            return {"empty": True}
        return {
            "columns": [
                dim(key[0] for key, _ in line),
                num(figure.kind, [value for _, value in line]),
            ],
            "ordered": True,
            "order_by": 1,
            "n_min": min(n or 1, len(line)),
            "n_max": min(n or len(line), len(line)),
        }

    def top_in(self, outer: str, inner: str, figure: Figure, test: Where = everything) -> Gold:
        """The leading inner member of each outer one."""
        rows: list[tuple[object, object, float]] = []
        for (group,), deals in self.groups((outer,), test).items():
            if group is None:
                continue
            members = World(tuple(deals), ()).rank(inner, figure)[0]
            if members.get("empty"):
                continue
            name, value = (column["values"][0] for column in members["columns"])
            rows.append((group, name, value))
        return {
            "columns": [
                dim(row[0] for row in rows),
                dim(row[1] for row in rows),
                num(figure.kind, [row[2] for row in rows]),
            ]
        }

    # -------------------------------------------------------------- shares

    def share(self, field: str, figure: Figure, test: Where = everything) -> Gold:
        """Each member's percent of the whole."""
        whole = self.value(figure, test) or 0
        groups = self.groups((field,), test)
        keys = list(groups)
        values = [
            100 * (figure.compute(groups[key]) or 0) / whole if whole else None for key in keys
        ]
        return {
            "columns": [dim(key[0] for key in keys), num("rate", values)],
            "optional_rows": [at for at, key in enumerate(keys) if key[0] is None],
        }

    def part(self, figure: Figure, part: Where, whole: Where = everything) -> Gold:
        """The percent of a figure over `whole` that the deals of `part` bring."""
        of = self.value(figure, whole)
        value = self.value(figure, lambda deal: part(deal) and whole(deal)) or 0
        return self.single("rate", 100 * value / of if of else None)

    # -------------------------------------------------------------- time

    def trend(
        self, grain: str, *figures: Figure, test: Where = everything, field: str = "close"
    ) -> Golds:
        """Figures per period in the order of time; weeks begin on Monday or on Sunday."""
        golds = []
        for first_weekday in (0, 6) if grain == "week" else (0,):
            found: dict[date, list[Deal]] = defaultdict(list)
            for deal in self.pick(test):
                if (day := getattr(deal, field)) is not None:
                    found[start_of(grain, day, first_weekday)].append(deal)
            starts = sorted(found)
            columns = [days(grain, starts)]
            columns += [
                num(one.kind, [one.compute(found[start]) for start in starts]) for one in figures
            ]
            golds.append(
                {"columns": columns, "ordered": True, "order_by": 0}
                if starts else {"empty": True}
            )  # fmt: skip
        return golds

    def trend_by(self, grain: str, field: str, figure: Figure, test: Where = everything) -> Gold:
        """A figure per period and member."""
        found: dict[tuple[date, object], list[Deal]] = defaultdict(list)
        for deal in self.pick(test):
            found[start_of(grain, deal.close), getattr(deal, field)].append(deal)
        keys = sorted(found, key=str)
        return {
            "columns": [
                days(grain, [key[0] for key in keys]),
                dim(key[1] for key in keys),
                num(figure.kind, [figure.compute(found[key]) for key in keys]),
            ],
            "optional_rows": [at for at, key in enumerate(keys) if key[1] is None],
        }

    def running(self, grain: str, figure: Figure, test: Where = everything) -> Golds:
        """The running total per period: to the last one of the figure, or of all the deals."""
        moves: dict[date, float] = defaultdict(float)
        for deal in self.pick(test):
            moves[start_of(grain, deal.close)] += figure.compute([deal]) or 0
        first = min(start for start, value in moves.items() if value)
        golds = []
        ends = (
            max(start for start, value in moves.items() if value),
            max(start_of(grain, deal.close) for deal in self.deals),
            start_of(grain, date(2025, 2, 15)),
        )
        for last in sorted(set(ends)):
            starts, values, so_far, at = [], [], 0.0, first
            while at <= last:
                so_far += moves.get(at, 0.0)
                starts.append(at)
                values.append(so_far)
                at = next_start(grain, at)
            columns = [days(grain, starts), num(figure.kind, values)]
            golds.append({"columns": columns, "ordered": True, "order_by": 0})
        return golds

    def periods(
        self, grain: str, starts: Sequence[date], figure: Figure, test: Where = everything
    ) -> Golds:
        """A figure for some periods: as rows by period, side by side, or as plain rows."""
        values = []
        for start in starts:
            end = next_start(grain, start)
            rows = [deal for deal in self.pick(test) if start <= deal.close < end]
            values.append(figure.compute(rows))
        return [
            {"columns": [days(grain, starts), num(figure.kind, values)]},
            {"columns": [num(figure.kind, [value]) for value in values]},
            {"columns": [num(figure.kind, values)], "keep_empty": True},
        ]

    # -------------------------------------------------------------- members against each other

    def versus(
        self, field: str, members: Sequence[str], *figures: Figure, test: Where = everything
    ) -> Golds:
        """Figures of some members: as rows, side by side, or within the whole breakdown."""
        chosen = self.by(field, *figures, test=lambda d: getattr(d, field) in members and test(d))
        whole = self.by(field, *figures, test=test)
        golds = [chosen, {**whole, "must_mention": list(members)}]
        if len(figures) == 1:
            (figure,) = figures
            values = [
                self.value(figure, lambda d, m=member: getattr(d, field) == m and test(d))  # type: ignore[misc]
                for member in members
            ]
            golds.append({"columns": [num(figure.kind, [value]) for value in values]})
        return golds

    # -------------------------------------------------------------- single deals

    def deals_in(
        self,
        test: Where = everything,
        n: int | None = None,
        order: str = "amount",
        low: bool = False,
    ) -> Golds:
        """The deals that pass, told by amount or by account and name; `n` of them in an order."""
        rows = [deal for deal in self.pick(test) if getattr(deal, order) is not None]
        rows.sort(key=lambda deal: getattr(deal, order), reverse=not low)
        if not rows:
            return [{"empty": True}]
        names: Gold = {"columns": [dim(d.account for d in rows), dim(d.name for d in rows)]}
        values = [getattr(deal, order) for deal in rows]
        if n is None:
            amounts = num("money", [deal.amount for deal in rows])
            return [{"columns": [amounts], "keep_empty": True}, names]
        if order in ("close", "created"):
            key = days("day", values)
        else:
            key = num("money" if order == "amount" else "number", values)
        window = {"ordered": True, "n_min": min(n, len(rows)), "n_max": min(n, len(rows))}
        if order == "amount":
            return [{"columns": [key], "order_by": 0, **window}]
        return [{"columns": [names["columns"][1], key], "order_by": 1, **window}]

    # -------------------------------------------------------------- contacts

    def people(self, test: Callable[[Contact], bool]) -> Gold:
        """How many contacts."""
        return self.single("count", sum(1 for one in self.contacts if test(one)))

    def people_by(self, field: str, test: Callable[[Contact], bool] = lambda _: True) -> Gold:
        """Contacts per member."""
        found: dict[object, int] = defaultdict(int)
        for one in self.contacts:
            if test(one):
                found[getattr(one, field)] += 1
        return self.tally(found)

    def tally(self, found: dict[object, int]) -> Gold:
        """A breakdown of counts."""
        keys = sorted(found, key=str)
        return {
            "columns": [dim(keys), num("count", [float(found[key]) for key in keys])],
            "optional_rows": [at for at, key in enumerate(keys) if key is None],
        }
