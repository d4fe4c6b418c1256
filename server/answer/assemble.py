"""A finding to what goes over the wire: its query with the rows, and its chart.

Called by `server/ask_finish.py`. Pure: no clock, no engine, no store. Invariant: a body holds the
cells of its finding and what `charts.py` and `insights.py` read off them.
"""

from __future__ import annotations

from server.answer.chart_specs import to_spec
from server.answer.charts import chart_data, choose_chart
from server.answer.insights import find_insights
from server.answer.shape import Finding
from server.answer.wire import Column, QueryBody, Visualization, to_cell


def to_query_body(finding: Finding) -> QueryBody:
    """A finding's query as it goes over the wire."""
    table = finding.table
    return QueryBody(
        id=finding.id,
        title=finding.title,
        semantic_sql=table.semantic_sql,
        sql=table.sql,
        parameters={key: to_cell(value) for key, value in table.parameters.items()},
        columns=[
            Column(c.name, c.label, c.type.kind, c.role, c.format, c.grain) for c in table.columns
        ],
        rows=[[to_cell(value) for value in row] for row in table.rows],
        row_count=table.row_count,
        truncated=table.truncated,
        elapsed_ms=round(table.elapsed_ms, 3),
        cached=table.cached,
    )


def to_visualization(finding: Finding, currency: str) -> Visualization:
    """A finding's chart."""
    chart = choose_chart(finding)
    data = chart_data(finding, chart, currency) if finding.table.rows else []
    description = _describe(finding)
    return Visualization(
        title=finding.title,
        description=description,
        chart_type=chart,
        data=data,
        key_insights=find_insights(finding, currency),
        source_functions=list(finding.functions),
        data_sources=list(finding.table.data_sources),
        query_id=finding.id,
        spec=to_spec(finding, chart, description, currency),
    )


def _describe(finding: Finding) -> str:
    count = finding.table.row_count
    return f"{finding.title}, {count:,} row{'' if count == 1 else 's'}."
