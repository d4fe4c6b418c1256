"""A change request to the semantic SQL of its queries: the totals, and one per dimension.

Called by `explain_change.py`. Pure. Invariant: every name comes from the catalog, and the two
periods differ in nothing but their dates.
"""

from __future__ import annotations

from typing import Final

from semantic.definitions import Catalog, Dimension
from semantic.request import TimeRange, to_sql
from semantic.request_names import identifier
from server.change_request import ChangeRequest

KINDS: Final = ("numerator", "denominator")
_SIDES: Final = ("before", "after")
_OWN_COLUMNS: Final = frozenset(
    {"change", *_SIDES, *(f"{kind}_{side}" for kind in KINDS for side in _SIDES)}
)


def to_alias(dimension: Dimension) -> str:
    """The name of the column with the members."""
    return "member" if dimension.name in _OWN_COLUMNS else dimension.name


def to_change_sql(
    catalog: Catalog, request: ChangeRequest, name: str = "", dimension: Dimension | None = None
) -> str:
    """One row with the totals, or one per member; columns member, before, after, change.

    For a ratio followed by numerator and denominator before, then after. Both periods stand one
    under the other and are added up, so that a missing side counts as 0; a join would lose the
    rows without a member.
    """
    cte = "both_periods"
    while cte in catalog.models or cte == catalog.name:
        cte += "_rows"
    key = "" if dimension is None else f"{identifier(name)} AS member, "
    grouped = "" if dimension is None else "\n  GROUP BY ALL"
    periods = (("after", request.period), ("before", request.compare))
    blocks = [
        "\n".join(
            [
                f"  SELECT {key}{_items(request, side)}",
                f"  FROM {_rows_of(catalog, request, wanted)}",
            ]
        )
        for side, wanted in periods
    ]
    lines = [
        f"WITH {cte} AS (",
        f"{grouped}\n  UNION ALL\n".join(blocks) + grouped,
        ")",
        f"SELECT {_selected(request, dimension)}",
        f"FROM {cte}",
    ]
    if dimension is not None:
        lines += ["GROUP BY ALL", f"ORDER BY abs(change) DESC, {identifier(to_alias(dimension))}"]
    return "\n".join(lines)


def _items(request: ChangeRequest, own: str) -> str:
    """The sums of one period, and zeros for those of the other."""
    split = request.split
    sums = {"value": split.numerator}
    if split.denominator is not None:
        sums = {"numerator": split.numerator, "denominator": split.denominator}
    return ", ".join(
        f"{sql if side == own else '0'} AS {kind}_{side}"
        for side in _SIDES
        for kind, sql in sums.items()
    )


def _selected(request: ChangeRequest, dimension: Dimension | None) -> str:
    key = [] if dimension is None else [f"member AS {identifier(to_alias(dimension))}"]
    before, after = "SUM(value_before)", "SUM(value_after)"
    sums: list[str] = []
    if request.split.is_ratio:
        before, after = (f"SUM(numerator_{one}) / SUM(denominator_{one})" for one in _SIDES)
        sums = [f"SUM({kind}_{side}) AS {kind}_{side}" for side in _SIDES for kind in KINDS]
    shown = [f"{before} AS before", f"{after} AS after", f"{after} - {before} AS change"]
    return ", ".join([*key, *shown, *sums])


def _rows_of(catalog: Catalog, request: ChangeRequest, wanted: TimeRange) -> str:
    """What follows FROM for the rows of one period, with every condition."""
    conditions = request.conditions
    query = conditions.model_copy(
        update={
            "metrics": (request.metric.name,),
            "time": conditions.time and conditions.time.model_copy(update={"range": wanted}),
        }
    )
    # One clause a line and no GROUP BY: one metric and nothing else is selected.
    return to_sql(catalog, query).partition("\nFROM ")[2]
