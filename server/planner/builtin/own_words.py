"""Words of the grammar that are the model's own where they stand.

Called by `spans.py`. Invariant: a word is only taken from the grammar where the model knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.planner.builtin.lexicon import Lexicon, key_of
from server.planner.builtin.tokens import Token
from server.planner.builtin.words import section

_STANDING: Final = frozenset(section("standing").split())
_OPENING: Final = ("starting", "beginning", "ending")
_ASKING: Final = ("which", "what", "whose")


def is_initials(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """True for "US" of "for US customers" where it names a member; "for us" is said in small."""
    text = tokens[at].text
    if not (text.isupper() and text.isalpha() and len(text) > 1):
        return False
    found = lexicon.phrases.get((tokens[at].word,), ())
    is_shouted = all(token.text.isupper() for token in tokens if token.text.isalpha())
    return not is_shouted and any(c.kind == "value" for c in found)


def is_own_word(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """True for the "leads" of "how many leads in May", and of a model that has some: no verb."""
    word = tokens[at].word
    if word not in _STANDING:
        return False
    asked = next((n for n in range(at) if tokens[n].word in _ASKING), at)
    return asked >= at - 1 or key_of((word,)) in lexicon.phrases


def is_own_date(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """True for the "starting" of "hires starting in May" where a date of the model is called so."""
    word = tokens[at].word
    found = lexicon.phrases.get((word,), ()) if word in _OPENING else ()
    kinds = (
        lexicon.catalog.models[c.model].dimensions[c.name].kind
        for c in found
        if c.kind == "dimension"
    )
    return "time" in kinds
