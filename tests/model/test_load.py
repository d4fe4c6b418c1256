"""Every mistake in a model file is reported at its file and line, with the way out.

The model is a small shop; each test changes one or two lines of it and counts the lines by hand.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.issues import Issue, SemanticError
from semantic.load import LoadedModel, find_model_files, load_model, locate_issues

SHOP = """\
name: shop
sources:
  - name: orders
    files: ["orders*.csv"]
    columns:
      Order No: {to: order_no, type: integer, required: true}
      Total: {to: total, type: "decimal(18,2)"}
models:
  - name: orders
    source: orders
    primary_key: order_no
    dimensions:
      - {name: order_no, type: number}
      - name: total
        type: number
    metrics:
      - {name: revenue, agg: sum, expr: total}
"""


def load(folder: Path, *texts: str) -> LoadedModel:
    models = folder / "models"
    models.mkdir(exist_ok=True)
    for number, text in enumerate(texts, 1):
        (models / f"{number}.yml").write_text(text, encoding="utf-8")
    return load_model(find_model_files(models))


def issues_of(folder: Path, *texts: str) -> tuple[Issue, ...]:
    with pytest.raises(SemanticError) as caught:
        load(folder, *texts)
    return caught.value.issues


def changed(old: str, new: str) -> str:
    assert SHOP.count(old) == 1
    return SHOP.replace(old, new)


def test_a_right_file_loads_with_the_place_of_every_part(tmp_path: Path) -> None:
    loaded = load(tmp_path, SHOP)
    assert loaded.spec.models[0].metrics[0].agg == "sum"
    place = loaded.locations.place
    assert place(("models", 0, "metrics", 0)) == "models/1.yml:17"
    assert place(("models", 0, "dimensions", 1, "type")) == "models/1.yml:15"
    assert place(("sources", 0, "columns", "Total", "to")) == "models/1.yml:7"
    assert place(("name",)) == "models/1.yml:1"


def test_a_part_that_is_not_written_is_placed_at_what_holds_it(tmp_path: Path) -> None:
    place = load(tmp_path, SHOP).locations.place
    assert place(("models", 0, "metrics", 0, "format")) == "models/1.yml:17"
    assert place(("models", 0, "metrics", 7)) == "models/1.yml:16"
    assert place(("policies", 0, "rows")) == "models/1.yml:1"


def test_later_findings_are_completed_with_their_file_and_line(tmp_path: Path) -> None:
    locations = load(tmp_path, SHOP).locations
    found = locate_issues(
        [
            Issue(code="a", message="m", path=("models", 0, "time")),
            Issue(code="b", message="m", where="kept", path=("models", 0)),
            Issue(code="c", message="m"),
        ],
        locations,
    )
    assert [issue.where for issue in found] == ["models/1.yml:9", "kept", "models/1.yml:1"]


# old text, new text, line, code, part of the message, suggestions
MISTAKES = [
    ("    metrics:", "    metricss:", 16, "unknown-key",
     "Unknown key 'metricss' in model 'orders'", ("metrics",)),
    ("agg: sum", "agg: summ", 17, "unknown-value",
     "'agg' of metric 'revenue' of model 'orders' cannot be 'summ'", ("sum",)),
    ("agg: sum, ", "", 17, "bad-value",
     "Metric 'revenue' of model 'orders': give exactly one of agg", ()),
    ("agg: sum", "agg: sum, ratio: {of: a, to: b}", 17, "bad-value",
     "found ['agg', 'ratio']", ()),
    ("agg: sum", "agg: percentile", 17, "bad-value", "'percentile: 0.9' belongs to", ()),
    ("agg: sum, expr: total", "agg: percentile, percentile: 9, expr: total", 17,
     "out-of-bounds", "must be less than 1", ()),
    ("agg: sum, expr: total", "cumulative: {of: a, window: 3 moons}", 17, "bad-value",
     "'window' of 'cumulative' of metric 'revenue' of model 'orders' cannot be '3 moons'", ()),
    ("type: integer", "type: int", 6, "unknown-value",
     "'type' of column 'Order No' of source 'orders' cannot be 'int'", ("integer",)),
    ("type: integer", "type: dat", 6, "unknown-value", "cannot be 'dat'", ("date",)),
    ("to: total,", "to: Order Total,", 7, "bad-name", "cannot be 'Order Total'",
     ("order_total",)),
    ("to: total,", "typ: text, to: total,", 7, "unknown-key",
     "Unknown key 'typ' in column 'Total' of source 'orders'", ("type",)),
    ("to: total, ", "", 7, "missing-key", "Column 'Total' of source 'orders' lacks 'to'", ()),
    ("to: total,", "to: total, between: [1],", 7, "missing-key",
     "'between' of column 'Total' of source 'orders' lacks item 2", ()),
    ("to: total,", "to: total, between: [1, 2, 3],", 7, "out-of-bounds", "at most 2 items", ()),
    ("to: total,", "to: total, between: [.nan, 2],", 7, "wrong-type",
     "must be a number; it is the text '.nan'", ()),
    ("    primary_key: order_no\n", "", 9, "missing-key",
     "Model 'orders' lacks 'primary_key'", ()),
    ("name: shop\n", "", 1, "missing-key", "The file lacks 'name'", ()),
    ("required: true", "required: yes", 6, "wrong-type",
     "must be true or false; it is the text 'yes'", ()),
    ("required: true", "required: 1", 6, "wrong-type", "must be true or false", ()),
    ('files: ["orders*.csv"]', "files: orders.csv", 4, "wrong-type",
     "'files' of source 'orders' must be a list; it is the text 'orders.csv'", ()),
    ('files: ["orders*.csv"]', "files: []", 4, "out-of-bounds", "at least 1 items", ()),
    ('files: ["orders*.csv"]', "files: [2025]", 4, "wrong-type", "it is the number '2025'", ()),
    ("agg: sum", "agg: sum, synonyms: [a, true]", 17, "wrong-type",
     "Item 2 of 'synonyms' of metric 'revenue' of model 'orders' must be a text; it is true", ()),
    ("agg: sum", "agg: sum, where: {a: b}", 17, "wrong-type",
     "must be a text or a list of texts; it is a mapping", ()),
    ("agg: sum", "agg: sum, where: [a, 5]", 17, "wrong-type", "Item 2 of 'where' of metric", ()),
    ("        type: number\n", "        type:\n", 15, "unknown-value",
     "'type' of dimension 'total' of model 'orders' cannot be", ()),
    ("      - name: total\n        type: number\n", "      - total\n", 14, "wrong-type",
     "Item 2 of 'dimensions' of model 'orders' must be a mapping; it is the text 'total'", ()),
    ("name: shop", "name: shop\ncalendar: {week_start: munday}", 2, "unknown-value",
     "'week_start' of 'calendar' cannot be 'munday'", ("sunday", "monday")),
    ("name: shop", "name: shop\ncurrency: dollars", 2, "bad-value", "'currency' cannot be", ()),
    ("models:\n", "relationships:\n- {name: r, from: orders, to: a.b}\nmodels:\n", 9,
     "bad-value", "'from' of relationship 'r' cannot be 'orders'", ()),
    ("    source: orders\n", "    source: orders\n    source: again\n", 11, "duplicate-key",
     "The key 'source' is given twice; first at models/1.yml:10", ()),
    ("expr: total", "expr: 1e999", 17, "yaml-number", "too big", ()),
    ("expr: total", "expr: !!python/name:os.system x", 17, "yaml-tag", "Tags", ()),
    ("expr: total", r'expr: "\ud800"', 17, "yaml-character", "half a character", ()),
]  # fmt: skip


@pytest.mark.parametrize("old,new,line,code,message,suggestions", MISTAKES)
def test_a_mistake_is_found_at_its_line(
    tmp_path: Path,
    old: str,
    new: str,
    line: int,
    code: str,
    message: str,
    suggestions: tuple[str, ...],
) -> None:
    first = issues_of(tmp_path, changed(old, new))[0]
    assert (first.where, first.code) == (f"models/1.yml:{line}", code)
    assert message in first.message
    assert first.suggestions == suggestions
    assert not suggestions or f"'{suggestions[0]}'" in first.hint


@pytest.mark.parametrize(
    "old,new,hint",
    [
        ("agg: sum", "agg: sum, synonyms: sales", "Write [sales]."),
        ("agg: sum", "agg: sum, synonyms: [12]", "Put it in quotes."),
        ("agg: sum", "agg: summ", "Known: sum, count, count_distinct, avg,"),
        ("name: shop", "name: shop\nzzz: 1", "Known keys: name, label, description,"),
        ("type: integer", "type: blob", "Known: text, integer, number, boolean, date, timestamp"),
        ("expr: total", "cumulative: {of: a, window: soon}", "such as '3 months'"),
        ("required: true", "required: yes", "Write true or false"),
    ],
)
def test_the_hint_says_what_to_write(tmp_path: Path, old: str, new: str, hint: str) -> None:
    assert hint in issues_of(tmp_path, changed(old, new))[0].hint


def test_one_mistake_is_reported_once(tmp_path: Path) -> None:
    """Pydantic adds "models is too short" where a model in it is wrong, and one per union."""
    for old, new, *_ in MISTAKES:
        if "!!" not in new and "ud800" not in new and "1e999" not in new:
            assert len(issues_of(tmp_path, changed(old, new))) == 1, new


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        changed("agg: sum", "agg: summ")
        .replace("primary_key:", "primary_kee:")
        .replace("type: integer", "type: int")
        .replace("name: shop", "name: shop\nname: shop")
    )
    found = [(issue.where, issue.code) for issue in issues_of(tmp_path, text)]
    assert found == [
        ("models/1.yml:2", "duplicate-key"),
        ("models/1.yml:7", "unknown-value"),
        ("models/1.yml:10", "missing-key"),
        ("models/1.yml:12", "unknown-key"),
        ("models/1.yml:18", "unknown-value"),
    ]


@pytest.mark.parametrize(
    "text,line,code",
    [
        ("", 1, "model-empty"),
        ("# only a comment\n", 1, "model-empty"),
        ("\n- a\n- b\n", 2, "model-not-mapping"),
        ("just a text", 1, "model-not-mapping"),
        ("name: a\n\tlabel: b\n", 2, "yaml-tab"),
        ("name: a\nlist:\n\t- b\n", 3, "yaml-tab"),
        ("name: a: b\n", 1, "yaml-syntax"),
        ("name: x\nlist: [a, b\nmore: c\n", 3, "yaml-syntax"),
        ("name: x\nlabel: 'never closed\nmore: c\n", 2, "yaml-syntax"),
        ("name: 'x'\n  - y\n", 2, "yaml-syntax"),
        ("name: *nowhere\n", 1, "yaml-syntax"),
        ("name: a\n---\nname: b\n", 2, "yaml-syntax"),
        ("name: a\nlabel: \x07\n", 2, "yaml-character"),
        ("a: " + "[" * 2000, 1, "yaml-too-deep"),
        ("a: " + "{b: " * 2000, 1, "yaml-too-deep"),
        ("".join(" " * n + "a:\n" for n in range(60)), 40, "yaml-too-deep"),
        ("name: x\nlabel: &a [*a]\n", 2, "yaml-too-deep"),
        ("? [a, b]\n: c\n", 1, "yaml-key"),
    ],
)
def test_what_is_not_a_yaml_mapping_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int, code: str
) -> None:
    first = issues_of(tmp_path, text)[0]
    assert (first.where, first.code) == (f"models/1.yml:{line}", code)


def test_an_anchor_bomb_is_refused_before_it_expands(tmp_path: Path) -> None:
    names = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in itertools.pairwise(names)
    ]
    (issue,) = issues_of(tmp_path, "\n".join(lines))
    assert issue.code == "yaml-too-big"


def test_an_anchor_is_a_value_to_repeat_and_a_mapping_to_start_from(tmp_path: Path) -> None:
    text = changed("to: total,", "<<: &cell {type: text, required: true}, to: total,").replace(
        "Order No: {to: order_no, type: integer, required: true}", "Order No: {to: order_no}"
    )
    columns = load(tmp_path, text).spec.sources[0].columns
    assert columns["Total"].required
    assert columns["Total"].type == "decimal(18,2)"  # its own key wins


@pytest.mark.parametrize("word", ["no", "on", "off", "1:30", "2025-01-01", "010", "1_000"])
def test_words_that_old_yaml_turned_into_other_values_stay_texts(tmp_path: Path, word: str) -> None:
    text = changed("agg: sum", f"agg: sum, synonyms: [{word}]")
    assert load(tmp_path, text).spec.models[0].metrics[0].synonyms == (word,)


# ------------------------------------------------------------------ several files

FIRST, SECOND = SHOP.split("models:\n")
SECOND = "models:\n" + SECOND


def test_files_of_one_folder_make_one_model(tmp_path: Path) -> None:
    extra = "name: shop\ncalendar: {week_start: sunday}\nsources:\n" + (
        "  - {name: more, files: [m.csv], columns: {A: {to: a}}}\n"
    )
    loaded = load(tmp_path, FIRST + "calendar: {timezone: UTC}\n", extra, SECOND)
    assert [source.name for source in loaded.spec.sources] == ["orders", "more"]
    assert loaded.spec.calendar.week_start == "sunday"
    assert loaded.locations.place(("sources", 1, "columns", "A")) == "models/2.yml:4"
    assert loaded.locations.place(("models", 0, "metrics", 0)) == "models/3.yml:10"


def test_a_mistake_in_the_second_file_names_the_second_file(tmp_path: Path) -> None:
    (issue,) = issues_of(tmp_path, FIRST, SECOND.replace("agg: sum", "agg: sun"))
    assert issue.where == "models/2.yml:10"


@pytest.mark.parametrize(
    "again", ["name: store\n", "sources: none\n", "calendar: monday\n", "strict_metrics: 1\n"]
)
def test_a_value_given_differently_in_two_files_is_a_conflict(tmp_path: Path, again: str) -> None:
    first = SHOP + "calendar: {week_start: monday}\nstrict_metrics: true\n"
    found = [i for i in issues_of(tmp_path, first, again) if i.code == "merge-conflict"]
    key = again.split(":")[0]
    assert [(i.where, i.path) for i in found] == [("models/2.yml:1", (key,))]
    assert "models/1.yml:" in found[0].message


def test_an_unreadable_file_does_not_make_the_others_look_wrong(tmp_path: Path) -> None:
    found = issues_of(tmp_path, FIRST, "models: [")
    assert [(issue.where, issue.code) for issue in found] == [("models/2.yml:1", "yaml-syntax")]


# ------------------------------------------------------------------ files


def refused(path: Path) -> Issue:
    with pytest.raises(SemanticError) as caught:
        load_model([path])
    (issue,) = caught.value.issues
    assert str(path.parent) not in issue.to_sentence()  # no path of the machine
    return issue


def test_no_file_is_a_clear_error(tmp_path: Path) -> None:
    assert find_model_files(tmp_path / "models") == ()
    with pytest.raises(SemanticError) as caught:
        load_model([])
    assert caught.value.issues[0].code == "no-model"
    missing = refused(tmp_path / "models" / "sales.yml")
    assert (missing.code, missing.where) == ("no-model", "models/sales.yml")


def test_a_folder_a_pipe_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    folder, pipe, huge = tmp_path / "a.yml", tmp_path / "b.yml", tmp_path / "c.yml"
    folder.mkdir()
    os.mkfifo(pipe)
    huge.write_text("# " + "x" * 1_000_000, encoding="utf-8")
    codes = [refused(path).code for path in (folder, pipe, huge)]
    assert codes == ["model-unreadable", "model-unreadable", "model-too-big"]


def test_a_file_that_is_not_utf_8_is_refused_at_the_line(tmp_path: Path) -> None:
    path = tmp_path / "models.yml"
    path.write_bytes(b"name: shop\nlabel: caf\xe9\n")
    issue = refused(path)
    assert issue.code == "model-encoding"
    assert issue.where.endswith("/models.yml:2")


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "models.yml"
    path.write_bytes(b"\xef\xbb\xbf" + SHOP.encode())
    assert load_model([path]).spec.name == "shop"


PIECES = (
    *"[]{}:,&*#|>%@`'\"\\-?!\t\n \x00\x85\ufeff",
    "<<: ",
    "*a",
    "&a ",
    "- ",
    "!!set ",
    "1e9",
    "~",
)


@given(
    st.lists(st.tuples(st.integers(0, len(SHOP)), st.sampled_from(PIECES)), min_size=1, max_size=6)
)
@settings(max_examples=150)
def test_a_damaged_file_loads_or_is_refused_with_a_place(damage: list[tuple[int, str]]) -> None:
    """Nothing but a SemanticError comes out, and each of its issues names a line of the file."""
    text = SHOP
    for at, piece in damage:
        text = text[:at] + piece + text[at:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "models.yml"
        path.write_text(text, encoding="utf-8")
        try:
            load_model([path])
        except SemanticError as error:
            lines = [issue.where.rpartition(":")[2] for issue in error.issues]
            assert all(1 <= int(line) <= len(text.splitlines()) + 1 for line in lines)
