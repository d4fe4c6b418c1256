"""Conditions and alerts of a definition to what they come to on one data version.

Called by `work.py`. Invariant: what has no value is never true, never crossed and never cleared;
a number in a sentence is a cell of the result, or the change between two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from semantic.compiled import Principal, ResultColumn
from semantic.definitions import Catalog
from semantic.issues import Issue, SemanticError
from semantic.request import column_hints, to_sql
from server.answer.formats import format_value
from server.answer.shape import with_hints
from server.ask import AskServices
from server.jobs.days import last_period
from server.jobs.definition import AlertSpec, ConditionSpec
from server.jobs.statements import NO_CONDITION, alert_query, condition_sql
from server.results import ResultTable
from server.snapshot import Snapshot

_HOURS: Final = {"hour": 1, "day": 24, "week": 168}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one alert came to."""

    name: str
    title: str
    is_crossed: bool | None
    """None where the metric has no value."""
    value: float | None
    sentence: str
    semantic_sql: str


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Reads conditions and alerts for one run: one version, one clock, one principal."""

    services: AskServices
    snapshot: Snapshot
    as_of: date
    principal: Principal

    async def find_obstacle(
        self, condition: ConditionSpec, *, loaded_at: datetime, now: datetime
    ) -> str:
        """Why the report is not to be sent, as a sentence; "" where it is.

        Raises:
            SemanticError: the condition is none, or names what the model does not have.
            AppError: it could not be computed.
        """
        if condition.data_not_older_than is not None:
            age, limit = now - loaded_at, to_age(condition.data_not_older_than)
            if age > limit:
                return (
                    f"The data is {_say_age(age)} old, and may be "
                    f"{condition.data_not_older_than} old."
                )
        if condition.only_if is None:
            return ""
        table = await self._run(condition_sql(self.snapshot.catalog, condition.only_if))
        kinds = [column.type.kind for column in table.columns]
        if kinds != ["boolean"] or len(table.rows) != 1:
            raise SemanticError([Issue("type-mismatch", NO_CONDITION, where="condition.only_if")])
        holds = table.rows[0][0]
        if holds is None:
            return f"The condition has no value: {condition.only_if}"
        return "" if holds else f"The condition does not hold: {condition.only_if}"

    async def read(self, alert: AlertSpec) -> Reading:
        """What an alert comes to. Raises what `find_obstacle` raises."""
        catalog = self.snapshot.catalog
        query = alert_query(catalog, alert, self.as_of)
        sql = to_sql(catalog, query)
        hints = column_hints(catalog, query)
        found = {name: (hint.label, hint.format) for name, hint in hints.items()}
        table = with_hints(await self._run(sql), found)
        return to_reading(alert, table, catalog, self.as_of, sql)

    async def _run(self, sql: str) -> ResultTable:
        return await self.services.warehouse.run(
            sql,
            as_of=self.as_of,
            principal=self.principal,
            limit_rows=2,
            version=self.snapshot.version,
        )


def to_age(text: str) -> timedelta:
    """The length of time in words.

    >>> to_age("2 days")
    datetime.timedelta(days=2)
    """
    number, unit = text.split()
    return timedelta(hours=int(number) * _HOURS[unit.removesuffix("s")])


def to_reading(
    alert: AlertSpec, table: ResultTable, catalog: Catalog, as_of: date, sql: str
) -> Reading:
    """What the row of an alert means."""
    column, row = table.columns[0], table.rows[0]
    value = _number(row[0])
    title = alert.title or column.label
    period = ""
    if alert.period is not None:
        wanted = last_period(alert.period, as_of, catalog.calendar)
        assert wanted.start is not None
        assert wanted.end is not None
        period = f" from {wanted.start} to {wanted.end - timedelta(days=1)}"
    said = _say(row[0], column, catalog)
    if value is None:
        sentence = f"{column.label}{period} has no value."
        return Reading(alert.name, title, None, None, sentence, sql)
    if alert.is_change:
        before = _number(row[1])
        is_crossed, words = _compare_change(alert, value, before, row[1], column, catalog)
        return Reading(
            alert.name, title, is_crossed, float(value),
            f"{column.label}{period} is {said}, {words}.", sql,
        )  # fmt: skip
    is_above = alert.above is not None
    line = Decimal(str(alert.above if is_above else alert.below))
    is_crossed = value > line if is_above else value < line
    side = "above" if value > line else "below" if value < line else "equal to"
    words = f"{side} {_say(line, column, catalog)}"
    sentence = f"{column.label}{period} is {said}, {words}."
    return Reading(alert.name, title, is_crossed, float(value), sentence, sql)


def _compare_change(
    alert: AlertSpec,
    value: Decimal,
    before: Decimal | None,
    cell: Any,
    column: ResultColumn,
    catalog: Catalog,
) -> tuple[bool | None, str]:
    if before is None or before == 0:
        return None, "and the period before has no value to compare with"
    share = (value - before) / abs(before)
    rises = alert.rises_by is not None
    text = alert.rises_by if rises else alert.falls_by
    line = Decimal((text or "").rstrip("% ")) / 100
    is_crossed = share >= line if rises else -share >= line
    way = "up" if share > 0 else "down" if share < 0 else "unchanged"
    return is_crossed, f"{way} {abs(share) * 100:,.1f}% from {_say(cell, column, catalog)} before"


def _number(cell: Any) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return None
    number = Decimal(str(cell))
    return number if number.is_finite() else None


def _say(cell: Any, column: ResultColumn, catalog: Catalog) -> str:
    return format_value(cell, column.format, catalog.spec.currency)


def _say_age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
