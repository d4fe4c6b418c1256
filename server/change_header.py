"""What `explain_change` says about itself: parameters, columns, chart.

Read by `explain_change.py` for the list of analyses. Invariant: the parameters are those that
`change_request.py` takes.
"""

from __future__ import annotations

from typing import Final

from semantic.analysis_header import ChartSpec, ColumnHeader, Header, ParameterSpec, ResultSpec

NAME: Final = "explain_change"


def _text(description: str, *, required: bool = False) -> ParameterSpec:
    return ParameterSpec(type="text", description=description, required=required)


HEADER: Final = Header(
    name=NAME,
    title="Why a metric changed",
    purpose=(
        "Which members moved a metric between two periods: exact parts that add up to the change; "
        "for a ratio or an average split into the members' own rates and their weights."
    ),
    parameters={
        "metric": _text("Name of the metric; it must add up over members.", required=True),
        "period": _text(
            "The period: 2025-02, 2025-Q1, 2025, FY2025-Q1, 2025-01-01/2025-03-15 (the second day "
            "is the first one after it), or {start, end}.",
            required=True,
        ),
        "compare": ParameterSpec(
            type="text",
            default="prior_period",
            description="A period as above, prior_period (of the same length) or prior_year.",
        ),
        "dimensions": _text("Names, comma-separated; the best are chosen when absent."),
        "time_dimension": _text("The date that counts; the model's own when absent."),
        "filters": _text("Conditions as in POST /api/semantic/query, as a list or its JSON."),
        "segments": _text("Segments that must hold, as a list or its JSON."),
        "excluded_segments": _text("Segments that must not hold, as a list or its JSON."),
        "related": _text("Conditions on related models, as a list or its JSON."),
        "premise": _text("'rise' or 'fall' where the question takes one for granted."),
        "members": ParameterSpec(
            type="integer", default=10, min=1, max=100, description="Members per dimension."
        ),
    },
    columns={
        "dimension": ColumnHeader(description="The dimension the row belongs to."),
        "member": ColumnHeader(
            description="The member; null for rows without one; 'Other (n members)' for the rest."
        ),
        "before": ColumnHeader(description="The metric of the member in the compared period."),
        "after": ColumnHeader(description="The metric of the member in the period."),
        "change": ColumnHeader(
            description="The part of the total change: after minus before for what adds up, rate "
            "effect plus mix effect for a ratio. The parts of a dimension add up to the change."
        ),
        "share_of_change": ColumnHeader(description="The part as a share of the total change."),
        "rate_effect": ColumnHeader(
            description="For a ratio: the change of the member's own rate, at its mean weight."
        ),
        "mix_effect": ColumnHeader(
            description="For a ratio: the change of the member's weight, at its mean distance "
            "from the total rate (Kitagawa 1955)."
        ),
    },
    result=ResultSpec(rows="contributions"),
    chart=ChartSpec(type="bar", x="member", y=("change",)),
    example_questions=("Why did it change?",),
    synonyms=("explain the change", "what drove the change"),
)
