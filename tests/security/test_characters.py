"""R6: characters that two lexers may read differently are refused, wherever they stand."""

# ruff: noqa: E501, RUF001 - statements on one line; ambiguous characters are the point

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.issues import SemanticError
from tests.security.world import compile_for

ODD = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if chr(code) not in " \t\n\r" and unicodedata.category(chr(code))[0] in "CZ"
]
PLACES = (
    "SELECT stage{}FROM opportunities", "SELECT sta{}ge FROM opportunities", "{}SELECT 1", "SELECT 1{}",
    "SELECT '{}' AS x", 'SELECT 1 AS "{}"', "SELECT 1 -- {}", "SELECT 1 /* {} */",
    "SELECT stage FROM opportunities WHERE stage = 'a{}b'", "SELECT MEASURE({}win_rate) FROM opportunities",
)  # fmt: skip


def codes(sql: str) -> list[str]:
    with pytest.raises(SemanticError) as caught:
        compile_for(sql)
    return [issue.code for issue in caught.value.issues]


@settings(max_examples=600)
@given(st.sampled_from(ODD), st.sampled_from(PLACES))
def test_a_character_that_is_not_printable_is_refused(char: str, place: str) -> None:
    assert set(codes(place.format(char))) == {"forbidden-character"}


@pytest.mark.parametrize(
    "code",
    [*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x85, 0xA0, 0xAD, 0x61C, 0x1680, 0x180E,
     *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x205F, *range(0x2060, 0x2070), 0x3000, 0xD800,
     0xDFFF, 0xE000, 0xFDD0, 0xFEFF, 0xFFF9, 0xFFFE, 0xFFFF, 0x1D173, 0xE0001, 0xE007F, 0x10FFFF],
)  # fmt: skip
def test_the_known_troublemakers_are_refused(code: int) -> None:
    for place in PLACES:
        assert set(codes(place.format(chr(code)))) == {"forbidden-character"}


@pytest.mark.parametrize("text", ["Zürich", "東京", "العربية", "🚀", "½", "–", "№ 5", "a\u0301"])
def test_what_people_write_is_read(text: str) -> None:
    query = compile_for(f"SELECT '{text}' AS \"{text}\" FROM opportunities")
    assert text in query.parameters
    assert query.columns[0].name == text
    assert text not in query.sql


@pytest.mark.parametrize("name", ["ѕtage", "ｓｔａｇｅ", "stagе", "stage\u0301", "STAGÉ"])
def test_a_name_that_looks_like_another_is_not_it(name: str) -> None:
    for sql in (f"SELECT {name} FROM opportunities", f'SELECT "{name}" FROM opportunities'):
        assert codes(sql)


@pytest.mark.parametrize("text", ["x" * 10_001, " " * 10_001, "SELECT 1 --" + "x" * 10_000])
def test_a_long_text_is_refused_unread(text: str) -> None:
    assert codes(text) == ["text-too-long"]


def test_every_odd_character_is_named_with_its_place() -> None:
    with pytest.raises(SemanticError) as caught:
        compile_for("SELECT stage\u200b,\n amount\u00a0 FROM opportunities")
    first, second = caught.value.issues
    assert "U+200B" in first.message
    assert first.place is not None
    assert (first.place.line, first.place.column, first.place.start) == (1, 13, 12)
    assert "U+00A0" in second.message
    assert second.place is not None
    assert (second.place.line, second.place.column) == (2, 8)
