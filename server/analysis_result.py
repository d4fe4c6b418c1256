"""The tables of an analysis to its result: rows as they are, or one nested object of them.

Called by `analyses.py`. Pure. Invariant: every value of the result is a cell of one of the
tables or a parameter of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from semantic.analyses import Template
from semantic.analysis_header import ChartSpec, ColumnHeader, Header, Part
from semantic.compiled import ResultColumn, Value
from semantic.types import MAP, TEXT
from server.results import ResultTable

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """What one run gave: `rows` under `columns`, and for a nested result the `object` too."""

    name: str
    title: str
    parameters: Mapping[str, Value]
    """As used: defaults filled in, members as the data spells them."""
    as_of: date
    queries: tuple[ResultTable, ...]
    main: ResultTable
    """The query whose rows are the result, or that the chart draws."""
    columns: tuple[ResultColumn, ...]
    rows: tuple[Row, ...]
    object: Mapping[str, Any] | None
    chart: ChartSpec
    truncated: bool
    """True where a query gave more rows than are handed out."""
    sentences: tuple[str, ...] = ()
    """What the rows say, where the analysis words it itself."""
    shown: ResultTable | None = None
    """What is drawn in place of `main`, where it was computed from the queries."""


def assemble(
    template: Template,
    parameters: Mapping[str, Value],
    as_of: date,
    tables: Mapping[str, ResultTable],
) -> AnalysisResult:
    """The result of a run from its tables by query name."""
    header = template.header
    tables = {query: _labelled(header, query, table) for query, table in tables.items()}
    main = tables[header.result.rows or header.chart.query or next(iter(tables))]
    nested = _to_object(header, tables, parameters)
    columns, rows = _to_rows(header, main, tables, parameters)
    if nested is not None:
        columns, rows = _object_columns(header, tables), (tuple(nested.values()),)
    return AnalysisResult(
        name=header.name,
        title=header.title,
        parameters=parameters,
        as_of=as_of,
        queries=tuple(tables.values()),
        main=main,
        columns=columns,
        rows=rows,
        object=nested,
        chart=header.chart,
        truncated=any(table.truncated for table in tables.values()),
    )


def _labelled(header: Header, query: str, table: ResultTable) -> ResultTable:
    """The table with the labels and formats of the header, where it is the one described."""
    title = header.title
    if len(header.result.object) > 1 or query != header.result.rows:
        title = f"{header.title}: {query.replace('_', ' ')}"
    if query == header.result.rows:
        columns = tuple(_described(c, header.columns.get(c.name)) for c in table.columns)
        return replace(table, columns=columns, title=title)
    return replace(table, title=title)


def _described(column: ResultColumn, header: ColumnHeader | None) -> ResultColumn:
    if header is None:
        return column
    return replace(
        column, label=header.label or column.label, format=header.format or column.format
    )


def _to_rows(
    header: Header,
    main: ResultTable,
    tables: Mapping[str, ResultTable],
    parameters: Mapping[str, Value],
) -> tuple[tuple[ResultColumn, ...], tuple[Row, ...]]:
    """The rows of the main table, and one more for every appended column."""
    appended = header.result.append
    columns = (*main.columns, *(_new_column(header, name) for name in appended))
    width, extra = len(main.columns), len(appended)
    rows = [(*row, *(None,) * extra) for row in main.rows]
    for position, part in enumerate(appended.values()):
        cells: list[Any] = [None] * (width + extra)
        cells[width + position] = _to_value(part, tables, parameters)
        rows.append(tuple(cells))
    return columns, tuple(rows)


def _to_object(
    header: Header, tables: Mapping[str, ResultTable], parameters: Mapping[str, Value]
) -> dict[str, Any] | None:
    parts = header.result.object
    if not parts:
        return None
    return {key: _to_value(part, tables, parameters) for key, part in parts.items()}


def _object_columns(header: Header, tables: Mapping[str, ResultTable]) -> tuple[ResultColumn, ...]:
    return tuple(
        _described(_column_of(header, key, part, tables), header.columns[key])
        for key, part in header.result.object.items()
    )


def _column_of(
    header: Header, key: str, part: Part, tables: Mapping[str, ResultTable]
) -> ResultColumn:
    if part.parameter is not None:
        return replace(_new_column(header, key), type=TEXT)
    if part.as_ == "value" and part.query is not None:
        return replace(_source_column(part, tables[part.query])[1], name=key)
    return _new_column(header, key)


def _new_column(header: Header, name: str) -> ResultColumn:
    label = header.columns[name].label or name.replace("_", " ").capitalize()
    return ResultColumn(name, label, MAP, "value", "text")


def _source_column(part: Part, table: ResultTable) -> tuple[int, ResultColumn]:
    for position, column in enumerate(table.columns):
        if part.column in (None, column.name):
            return position, column
    raise AssertionError("find_reason lets no such template run")


# ------------------------------------------------------------------ shapes


def _to_value(
    part: Part, tables: Mapping[str, ResultTable], parameters: Mapping[str, Value]
) -> Any:
    if part.parameter is not None:
        return parameters[part.parameter]
    table = tables[part.query or ""]
    objects = to_objects(table)
    match part.as_:
        case "value":
            position = _source_column(part, table)[0]
            return table.rows[0][position] if table.rows else None
        case "object":
            return objects[0] if objects else {}
        case "map":
            return {_key(row[0]): row[1] for row in table.rows}
        case "keyed":
            first = table.columns[0].name
            return {
                _key(row[first]): {name: cell for name, cell in row.items() if name != first}
                for row in objects
            }
        case "list":
            return [row[0] for row in table.rows]
        case "rows":
            return objects


def _key(value: Any) -> str:
    """The key of a JSON object; rows without a member are "(none)"."""
    return "(none)" if value is None else str(value)


def to_objects(table: ResultTable) -> list[dict[str, Any]]:
    """The rows as objects by column name, in order."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]
