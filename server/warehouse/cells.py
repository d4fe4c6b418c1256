"""Column rules of the model to SQL: null or not, typed value, allowed or rejected and why.

Called by `load`. Invariant: for every cell exactly one holds: it is empty, it has a typed value
that the rules allow, or it has a reason code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from semantic.spec import ColumnSpec, SourceSpec
from semantic.types import DataType, parse_column_type
from server.warehouse.errors import WarehouseError
from server.warehouse.numbers import NumberForm, explain_number_sql, number_sql
from server.warehouse.sql_text import escape_pattern, quote_name, quote_text
from server.warehouse.times import check_format, formats_of, time_sql

_TRUE: Final = r"(?i)\s*(?:true|t|yes|y|1)\s*"
_FALSE: Final = r"(?i)\s*(?:false|f|no|n|0)\s*"
_BEYOND_BLANKS: Final = "\u3001"  # sorts after every blank, U+3000 being the last of them


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a source with its rules; all SQL is over the raw cell `raw`, the cell that
    is NULL where it means nothing `cell`, and the typed value `value`.
    """

    at: int
    header: str
    spec: ColumnSpec
    type: DataType
    form: NumberForm

    @property
    def name(self) -> str:
        """The quoted name of the typed column."""
        return quote_name(self.spec.to)

    @property
    def is_checked(self) -> bool:
        """True where a cell of the column can be rejected."""
        return self.type.kind != "text" or self.spec.required or bool(self.spec.one_of)

    def cell_sql(self, raw: str) -> str:
        """The raw cell, or NULL where it is empty or, trimmed, one of the null values."""
        nulls = tuple(dict.fromkeys(("", *(value.strip() for value in self.spec.null_values))))
        pattern = rf"[\s\p{{Z}}]*(?:{'|'.join(map(escape_pattern, nulls))})[\s\p{{Z}}]*"
        # Comparisons pick out the few cells that may match: a pattern on every cell would double
        # the time of a load. A null value with blanks after it sorts within its range.
        may_match = " OR ".join(
            [f"{raw} < '!'", f"{raw} > '~'"]
            + [
                f"{raw} BETWEEN {quote_text(value)} AND {quote_text(value + _BEYOND_BLANKS)}"
                for value in nulls
                if value
            ]
        )
        return (
            f"CASE WHEN {may_match} THEN"
            f" CASE WHEN regexp_full_match({raw}, {quote_text(pattern)}) THEN NULL ELSE {raw} END"
            f" ELSE {raw} END"
        )

    def value_sql(self, cell: str) -> str:
        """The typed value of the cell, or NULL where it is NULL or cannot be read."""
        match self.type.kind:
            case "text":
                return cell
            case "boolean":
                return (
                    f"CASE WHEN regexp_full_match({cell}, {quote_text(_TRUE)}) THEN true"
                    f" WHEN regexp_full_match({cell}, {quote_text(_FALSE)}) THEN false END"
                )
            case "date" | "timestamp":
                return time_sql(cell, self.type, formats_of(self.type, self.spec.formats))
            case _:
                return number_sql(cell, self.type, self.form)

    def rejects_sql(self, cell: str, value: str) -> str:
        """TRUE where the cell is rejected, else FALSE or NULL."""
        tests = [f"{cell} IS NULL"] if self.spec.required else []
        if self.type.kind != "text":
            tests.append(f"({value} IS NULL AND {cell} IS NOT NULL)")
        if bounds := self._outside_sql(value):
            tests.append(bounds)
        if self.spec.one_of:
            tests.append(self._unlisted_sql(cell))
        return " OR ".join(tests) or "false"

    def reason_sql(self, cell: str, value: str) -> str:
        """The reason code of a rejected cell, or NULL for one that is fine."""
        arms = [f"WHEN {cell} IS NULL THEN 'missing-value'"] if self.spec.required else []
        arms.append(f"WHEN {cell} IS NULL THEN NULL")
        if self.type.kind in ("integer", "decimal", "double"):
            why = explain_number_sql(cell, self.type, self.form)
            arms.append(f"WHEN {value} IS NULL THEN {why}")
        elif self.type.kind != "text":
            arms.append(f"WHEN {value} IS NULL THEN 'not-a-{self.type.kind}'")
        if bounds := self._outside_sql(value):
            arms.append(f"WHEN {bounds} THEN 'outside-bounds'")
        if self.spec.one_of:
            arms.append(f"WHEN {self._unlisted_sql(cell)} THEN 'not-in-list'")
        return f"CASE {' '.join(arms)} END"

    def messages(self) -> dict[str, str]:
        """The sentence for each reason code of this column."""
        low, high = self.spec.between or (0.0, 0.0)
        formats = ", ".join(formats_of(self.type, self.spec.formats))
        kind = {"decimal": "number", "double": "number"}.get(self.type.kind, self.type.kind)
        return {
            "missing-value": "A value is required here.",
            "not-a-number": f"This is not a {kind} as the model reads it"
            f" (locale '{self.spec.locale}').",
            "not-an-integer": "This is not a whole number.",
            "too-many-decimals": f"More than {self.type.scale} decimals; nothing is rounded.",
            "out-of-range": f"The number does not fit {self.type.to_sql()}.",
            "other-currency": f"The amount is not in {self.form.currency}, the model's currency.",
            "not-a-date": f"This is not a date in a declared format: {formats}.",
            "not-a-timestamp": f"This is not a time in a declared format: {formats}.",
            "not-a-boolean": "This is none of true, false, yes, no, t, f, y, n, 1 and 0.",
            "outside-bounds": f"The number is not between {_plain(low)} and {_plain(high)}.",
            "not-in-list": f"The model allows only: {', '.join(self.spec.one_of)}."[:500],
        }

    def _outside_sql(self, value: str) -> str:
        if self.spec.between is None:
            return ""
        low, high = self.spec.between
        tests = [
            f"{value} {sign} CAST({_plain(bound)} AS DOUBLE)"
            for sign, bound in (("<", low), (">", high))
            if math.isfinite(bound)
        ]
        return f"({' OR '.join(tests)})" if tests else ""

    def _unlisted_sql(self, cell: str) -> str:
        # Not `NOT IN`: the engine turns a long list into a join, evaluated for every row.
        word = cell if self.type.kind == "text" else f"trim({cell})"
        return f"({' AND '.join(f'{word} <> {quote_text(one)}' for one in self.spec.one_of)})"


def plan_columns(source: SourceSpec, currency: str) -> tuple[Column, ...]:
    """The columns of a source in model order.

    Raises:
        WarehouseError: a rule does not fit its column's type.
    """
    columns = tuple(
        Column(
            at,
            header.strip(),
            spec,
            parse_column_type(spec.type),
            NumberForm(spec.locale, currency),
        )
        for at, (header, spec) in enumerate(source.columns.items())
    )
    for column in columns:
        _check_rules(source, column)
    return columns


def _check_rules(source: SourceSpec, column: Column) -> None:
    where = f"source '{source.name}', column '{column.header}'"
    kind = column.type.kind
    if kind == "decimal" and not (
        1 <= column.type.precision <= 38 and column.type.scale <= column.type.precision
    ):
        raise WarehouseError.of(
            "bad-decimal",
            f"The type {column.spec.type} does not exist.",
            where=where,
            hint="decimal(p,s) has 1 to 38 digits, of which s are decimals.",
        )
    if column.spec.between is not None and not column.type.is_numeric:
        raise WarehouseError.of(
            "rule-for-numbers",
            f"'between' is for numbers, and the column is of type {column.spec.type}.",
            where=where,
            hint="Remove it or change the type.",
        )
    for format_ in column.spec.formats if kind in ("date", "timestamp") else ():
        check_format(format_, where)


def _plain(number: float) -> str:
    text = format(Decimal(repr(number)), "f") if math.isfinite(number) else str(number)
    return text.removesuffix(".0")
