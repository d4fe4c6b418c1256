"""Every analysis on the sample data, against what the sample folder says it returns.

Numbers there are rounded; ours may be more precise, so a number agrees when it lies within half
a unit of the last digit written there. Skipped where the folder is absent.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from semantic.compiled import Principal
from server.analyses import Analyses
from tests.homes import AS_OF, SAMPLE

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXPECTED = SAMPLE / "eval" / "analyses.json"


def load_expected() -> list[Any]:
    if not EXPECTED.is_file():
        reason = "the expected results are not beside this repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    entries = json.loads(EXPECTED.read_text("utf-8"))
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


def agrees(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and expected.keys() == found.keys()
            and all(agrees(value, found[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(expected) == len(found)
            and all(map(agrees, expected, found))
        )
    if isinstance(expected, int | float):
        return found is not None and is_near(expected, found)
    if hasattr(found, "isoformat"):
        return bool(expected == found.isoformat())
    return bool(expected == found)


def is_near(expected: float, found: Any) -> bool:
    written = Decimal(repr(expected))
    exponent = written.as_tuple().exponent
    assert isinstance(exponent, int)
    # A double written with all its digits is compared as a double.
    slack = Decimal("0.5") * Decimal(10) ** max(exponent, -6)
    return abs(written - Decimal(str(found))) <= slack + Decimal("1e-9")


@pytest.mark.parametrize("expected", load_expected())
async def test_an_analysis_returns_what_is_expected_of_it(real: Analyses, expected: Any) -> None:
    result = await real.run(expected["name"], expected["parameters"], AS_OF, Principal())
    assert expected["as_of"] == result.as_of.isoformat()
    if "object" in expected:
        assert agrees(expected["object"], result.object)
        return
    assert len(result.rows) == expected["row_count"]
    names = [column.name for column in result.columns]
    for wanted, row in zip(expected["rows"], result.rows, strict=False):
        found = dict(zip(names, row, strict=True))
        if "summary" in found:  # the row added below the others has this column alone
            assert all(found.pop(name) is None for name in found.keys() - wanted.keys())
        assert agrees(wanted, found), f"{wanted} is expected, {found} was found"
