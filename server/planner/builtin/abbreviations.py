"""Shortened words of the model: "rev" for revenue, "src" for source.

Called by `lexicon.py` for words that nothing else explains. Invariant: a short form stands for one
word only; where it fits several it stands for none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from server.planner.builtin.words import plain_form

_LONGEST: Final = 5
_VOWELS: Final = re.compile("[aeiou]")


def expand(word: str, names: Iterable[str], others: Iterable[str]) -> str | None:
    """The one word of `names` that `word` shortens, or None.

    Args:
        others: words of the language, one of which a word without vowels may stand for as well.

    >>> expand("rev", ["revenue", "region"], []), expand("src", ["source"], [])
    ('revenue', 'source')
    >>> expand("lst", ["lost"], ["last"]), expand("uk", ["ukraine"], [])
    (None, None)
    """
    if not 2 <= len(word) <= _LONGEST or not word.isalpha():
        return None
    near = sorted(name for name in names if _begins(word, name) or _bones(word, name))
    found = {plain_form(name): name for name in reversed(near)}
    if len(found) != 1 or any(_bones(word, other) for other in others if other not in found):
        return None
    return next(iter(found.values()))


def _begins(word: str, name: str) -> bool:
    return len(word) >= 3 and name.startswith(word) and len(name) >= len(word) + 3


def _bones(word: str, name: str) -> bool:
    """Like "src": the first letter and the consonants behind it, all of them or the first ones."""
    if _VOWELS.search(word[1:]) or len(name) <= len(word) or name[:1] != word[:1]:
        return False
    bones = name[0] + _VOWELS.sub("", name[1:])
    is_whole = bones == word or plain_form(name)[0] + _VOWELS.sub("", plain_form(name)[1:]) == word
    return is_whole and (len(word) >= 3 or len(name) <= 4)
