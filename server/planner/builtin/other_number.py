"""Another number named by what sets it apart: "and weighted?", "and the median?".

Called by `planner.py` for a turn after an answer. Invariant: exactly one metric of the model fits
the word and the name of the metric before, or nothing is answered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from semantic import syntax
from semantic.request import OrderBy, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import LIST_LIMIT
from server.planner.builtin.lexicon import Key, Lexicon, key_of
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR, is_filler, section

_OPENERS: Final = frozenset(section("turn opener").split())
_CLOSERS: Final = frozenset(section("turn closer").split())
_ARTICLES: Final = frozenset(section("turn article").split())
_SINGLE: Final = frozenset({"avg", "median", "min", "max"})


def other_number(
    question: str, last: SemanticQuery, lexicon: Lexicon, facts: Facts
) -> SemanticQuery | None:
    """The last query with the metric that the turn names; None where it names none so."""
    words = list(words_of(question))
    while words and not _statistic(words) and _says_nothing(words[0]):
        words = words[1:]
    while words and words[-1] in _CLOSERS:
        words = words[:-1]
    if last.detail:
        return _of_listed(words, last, facts)
    is_plain = len(last.metrics) == 1 and not (last.having or last.part)
    if not 1 <= len(words) <= 3 or not is_plain:
        return None
    name = _by_statistic(words, last, facts)
    if name is None and not any(match.end == len(words) for match in lexicon.find(words, 0)):
        name = _by_word(key_of(words), last.metrics[0], lexicon)
    if name is None or name == last.metrics[0]:
        return None
    order = tuple(
        OrderBy(name=name, direction=item.direction) if item.name in last.metrics else item
        for item in last.order_by
    )
    return last.model_copy(update={"metrics": (name,), "order_by": order})


def _says_nothing(word: str) -> bool:
    return word in _OPENERS | _ARTICLES or is_filler(word)


def _statistic(words: Sequence[str]) -> str:
    """The aggregate that the words are, all of them; an empty text where they are none."""
    return next((m.value for m in GRAMMAR.get(tuple(words), ()) if m.role == "aggregate"), "")


def _of_listed(words: Sequence[str], last: SemanticQuery, facts: Facts) -> SemanticQuery | None:
    """Like "average" after a list of rows: of the amount that the rows are about.

    Not after the first ones of a ranking, whose number would be that of all.
    """
    agg = _statistic(words)
    amount = facts.amount_dimension(last.model) if last.model is not None else None
    is_cut = last.place is not None or last.limit not in (None, LIST_LIMIT)
    if agg not in (*_SINGLE, "sum") or amount is None or last.model is None or is_cut:
        return None
    update: dict[str, object] = {
        "metrics": (facts.aggregate(last.model, agg, amount.name),), "dimensions": (),
        "detail": False, "order_by": (), "limit": None,
    }  # fmt: skip
    return last.model_copy(update=update)


def _by_statistic(words: Sequence[str], last: SemanticQuery, facts: Facts) -> str | None:
    """Like "and the median?" after an average: of the same number over the same rows."""
    agg = _statistic(words)
    metric = facts.catalog.metrics.get(last.metrics[0])
    if agg not in _SINGLE or last.share:
        return None
    if metric is None:
        inner, own = last.metrics[0].partition("(")[2].rstrip(")"), frozenset[str]()
        model = last.model or ""
        if not inner or not model or last.metrics[0].startswith("count"):
            return None
    else:
        known = facts.own_segments(metric.name)
        is_number = isinstance(metric.expr, syntax.Name) and metric.agg in (*_SINGLE, "sum")
        if not is_number or known is None or metric.last is not None:
            return None
        assert isinstance(metric.expr, syntax.Name)
        inner, own, model = metric.expr.parts[-1], known, metric.model
        if metric.kind != "agg":
            return None
    base = facts.aggregate(model, agg, inner)
    return facts.with_segments(base, own) if own else base


def _by_word(key: Key, metric: str, lexicon: Lexicon) -> str | None:
    """Like "weighted" after a metric whose name it makes another one's."""
    before = lexicon.catalog.metrics.get(metric)
    if before is None or not key:
        return None
    mine = lexicon.metric_names[metric]
    found = {
        other
        for other in lexicon.catalog.models[before.model].metrics
        if other != metric and _is_told_apart(frozenset(key), mine, lexicon.metric_names[other])
    }
    return found.pop() if len(found) == 1 else None


def _is_told_apart(
    key: frozenset[str], mine: Sequence[frozenset[str]], others: Sequence[frozenset[str]]
) -> bool:
    """True where the words make one of the other metric's names out of one of this one's."""
    return any(
        named - own == key and len(own - named) <= 1 and own & named
        for named in others
        for own in mine
    )
