"""What a question seems to mention, for the prompt: values of the data, and questions like it.

Called by `talk.py`. Invariant: bounded; values are quoted, and come from the members that the asker
may see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz import fuzz

from semantic.definitions import Catalog
from semantic.spec import VerifiedQuerySpec
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.spans import correct_spelling
from server.planner.builtin.tokens import MAX_TOKENS, tokenize
from server.planner.llm.card import quote
from server.planner.plan import PastTurn

_VALUES: Final = 20
_VALUES_PER_PHRASE: Final = 6
_EXAMPLES: Final = 3
_ALIKE: Final = 55.0
_TURNS: Final = 5
_LONGEST_ANSWER: Final = 600


def find_values(question: str, lexicon: Lexicon) -> list[str]:
    """Lines like `orders.status = "shipped"` for values that the question mentions."""
    tokens = tokenize(question)[:MAX_TOKENS]
    if not tokens:
        return []
    corrected, _ = correct_spelling(tokens, lexicon)
    words = [token.word for token in corrected]
    found = dict.fromkeys(_mentions(words, lexicon))
    return list(found)[:_VALUES]


def _mentions(words: Sequence[str], lexicon: Lexicon) -> Iterator[str]:
    for at in range(len(words)):
        for match in lexicon.find(words, at):
            for candidate in match.candidates:
                if candidate.kind != "value":
                    continue
                for value in candidate.values[:_VALUES_PER_PHRASE]:
                    yield f"{candidate.model}.{candidate.name} = {quote(value)}"


def find_examples(question: str, catalog: Catalog) -> list[VerifiedQuerySpec]:
    """The verified queries whose questions are most like this one, best first."""
    scored = [
        (fuzz.token_set_ratio(question.casefold(), one.question.casefold()), -place, one)
        for place, one in enumerate(catalog.spec.verified_queries)
    ]
    scored.sort(reverse=True, key=lambda entry: entry[:2])
    return [one for score, _, one in scored[:_EXAMPLES] if score >= _ALIKE]


def write_history(turns: Sequence[PastTurn]) -> list[str]:
    """The last turns as lines: what was asked, how it ended, what was run, what was said."""
    lines = []
    for turn in turns[-_TURNS:]:
        lines.append(f"asked: {_line(turn.question)}")
        lines += [f"ran: {_line(sql)}" for sql in turn.queries[:3]]
        lines.append(f"{turn.status}: {_line(turn.answer)}")
    return lines


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_ANSWER].replace("<", "\\u003c")
