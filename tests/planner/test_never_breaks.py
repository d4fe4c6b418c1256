"""Sentences thrown together from every word the planner knows: it plans, asks or refuses.

The words are those of the grammar, of the model and of its members, in any order, with numbers and
signs between them. Invariant: no sentence breaks the planner, and what it plans can be written as
semantic SQL or is refused as one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import resources
from types import FrameType
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.definitions import Catalog, Dimension, Metric, Segment
from semantic.issues import SemanticError
from semantic.request import to_sql
from server.planner.builtin.planner import BuiltinPlanner
from server.planner.builtin.spans import cover
from server.planner.plan import (
    EMPTY_CONTEXT,
    Answerable,
    Clarification,
    Context,
    LastAnswer,
    Plan,
)
from tests.planner.shop_rows import AS_OF, members

_GRAMMAR: Final = resources.files("server.planner.builtin").joinpath("grammar.txt").read_text()
GRAMMAR_WORDS: Final = sorted(
    {w for w in re.findall(r"[a-z']+", _GRAMMAR.casefold()) if len(w) > 1}
)
NUMBERS: Final = (
    "10",
    "9999",
    "999999",
    "99999999999",
    "24",
    "2.5",
    "$500k",
    "70%",
    "1e9",
    "-3",
    "2025",
    "2024-02-30",
    "Q5",
    "W53",
)
ODD: Final = (*NUMBERS, *"%$,?!()-'\"&+=;", "é", "日本", "🙂")


def _model_words(catalog: Catalog, known: Mapping[str, Sequence[str]]) -> list[str]:
    words = {name for names in known.values() for name in names[:6]}
    for model in catalog.models.values():
        words |= {model.label, *model.synonyms}
        for group in (model.dimensions, model.metrics, model.segments):
            named: Iterable[Dimension | Metric | Segment] = group.values()
            words |= {word for part in named for word in (part.label, *part.synonyms)}
    return sorted(word for word in words if word)


@pytest.fixture(scope="module")
def sentences(shop_catalog: Catalog) -> st.SearchStrategy[str]:
    words = st.one_of(
        st.sampled_from(GRAMMAR_WORDS),
        st.sampled_from(_model_words(shop_catalog, members())),
        st.sampled_from(ODD),
    )
    return st.lists(words, min_size=1, max_size=12).map(" ".join)


def _check(plan: Plan, catalog: Catalog) -> None:
    if not isinstance(plan.outcome, Answerable):
        return
    for planned in plan.outcome.queries:
        if planned.query is not None:
            with suppress(SemanticError):
                assert to_sql(catalog, planned.query)


def _last(plan: Plan) -> Context:
    if isinstance(plan.outcome, Answerable):
        for planned in plan.outcome.queries:
            if planned.query is not None:
                return Context(last=LastAnswer(planned.query), turns=1)
    return EMPTY_CONTEXT


@given(data=st.data())
@settings(max_examples=400)
def test_no_sentence_breaks_the_planner(
    data: st.DataObject,
    sentences: st.SearchStrategy[str],
    shop_planner: BuiltinPlanner,
    shop_catalog: Catalog,
) -> None:
    first = shop_planner.plan(data.draw(sentences), AS_OF)
    _check(first, shop_catalog)
    _check(shop_planner.plan(data.draw(sentences), AS_OF, _last(first)), shop_catalog)


@pytest.mark.parametrize("clauses", [8, 16, 25])
def test_a_long_chain_of_questions_is_read_once_and_planned_never(
    shop_planner: BuiltinPlanner, clauses: int
) -> None:
    chain = " and ".join(["revenue by city"] * clauses)
    covers = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal covers
        covers += event == "call" and frame.f_code is cover.__code__

    sys.setprofile(count)
    try:
        plan = shop_planner.plan(chain, AS_OF)
    finally:
        sys.setprofile(None)
    assert isinstance(plan.outcome, Clarification)
    assert "more than a few questions" in plan.outcome.message
    assert covers == 1


def test_as_many_questions_as_are_allowed_are_still_answered(
    shop_planner: BuiltinPlanner,
) -> None:
    plan = shop_planner.plan(" and ".join(["revenue by city"] * 4), AS_OF)
    assert isinstance(plan.outcome, Answerable)
    assert len(plan.outcome.queries) == 4
