"""R18: an issue is a code, a sentence, a place and a way out, and tells nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic.issues import Issue, SemanticError
from tests.security.world import CATALOG, PARTNER, ROOT, by_class, compile_for

KEBAB = re.compile(r"[a-z]+(-[a-z]+)+")
# What none of our sentences says: the engine, the parser, the machine, a hidden row, a policy.
TELLING = re.compile(
    r"duckdb|sqlglot|python|traceback|exception|canary|source\.\w|/work|/tmp|/home|/usr|\.py\b"
    r"|binder|catalog error|lead_source <>|account_id <>|'\*\*\*'|0x[0-9a-f]{4}|<class|object at",
    re.IGNORECASE,
)
PATH = re.compile(r"(?<![\w.])/\w+/")


def issues_of(sql: str) -> tuple[Issue, ...]:
    """What a refused statement is told; nothing for one that is not refused."""
    try:
        compile_for(sql, PARTNER)
    except SemanticError as error:
        return error.issues
    return ()


EVERYTHING = [
    (sql, issue)
    for name in ("hostile", "beyond", "contained")
    for _, sql in by_class(name)
    for issue in issues_of(sql)
]


def test_an_issue_tells_nothing_of_the_engine_the_machine_or_the_policies() -> None:
    assert len(EVERYTHING) > 900
    for sql, issue in EVERYTHING:
        told = f"{issue.message} {issue.hint} {issue.where} {' '.join(issue.suggestions)}"
        own = {word.lower() for word in re.findall(r"[\w.]+", sql)}
        found = [m[0] for m in TELLING.finditer(told) if m[0].lower() not in own]
        # A name that the asker wrote may be said back; anything else of that kind may not.
        assert not [word for word in found if word.lower().strip("'") not in sql.lower()], told
        assert not PATH.search(told), told


def test_an_issue_is_a_short_sentence_without_the_text_of_the_asker() -> None:
    for _, issue in EVERYTHING:
        assert 10 < len(issue.message) < 300, issue
        assert issue.message.rstrip().endswith((".", "?")), issue
        assert "\n" not in issue.message + issue.hint
        assert all(char.isprintable() for char in issue.message + issue.hint)


def test_a_long_name_is_not_said_back_at_length() -> None:
    name = "x" * 5_000
    for sql in (
        f"SELECT {name} FROM opportunities", f'SELECT "{name}" FROM opportunities',
        f"SELECT stage FROM {name}", f"SELECT {name}(stage) FROM opportunities",
        f"SELECT MEASURE({name}) FROM opportunities", f"SELECT {name}.stage FROM opportunities",
        f"WITH {name} AS (SELECT 1 AS a), {name} AS (SELECT 2 AS a) SELECT a FROM {name}",
        f"SELECT o.stage FROM opportunities o JOIN accounts a USING ({name})",
    ):  # fmt: skip
        (issue, *_) = issues_of(sql)
        assert len(issue.to_sentence()) < 600, sql[:60]


# The marked token is the place; several marks are several issues, all told at once.
MARKED = (
    "SELECT «zz» FROM opportunities",
    "SELECT stage FROM «nowhere»",
    "SELECT stage,\n  «no_such_function»(stage)\nFROM opportunities",
    "SELECT MEASURE(«pipelin_value») FROM opportunities",
    "SELECT stage FROM opportunities WHERE «amont» > 5",
    "SELECT «zz», «yy», lower(«ww») FROM opportunities",
    "SELECT stage FROM opportunities\nWHERE close_date > «'no date'»",
    "SELECT stage FROM opportunities ORDER BY «'stage'»",
    "SELECT count(*) FROM opportunities GROUP BY «'stage'»",
    "SELECT date_trunc(«'decade'», close_date) FROM opportunities",
    "SELECT o.«zz» FROM opportunities o",
    "SELECT stage FROM opportunities«;» SELECT 1",
    "SELECT stage AS «$$»x$$ FROM opportunities",
    "SELECT stage«\u200b» FROM opportunities",
    "SELECT stage,«,» amount FROM opportunities",
    "«DROP» TABLE opportunities",
    "SELECT lower(«amount»), upper(«probability») FROM opportunities",
    "SELECT stage FROM opportunities WHERE «sum»(amount) > 1",
    "SELECT «rank»() FROM opportunities",
    'SELECT CAST(amount AS «"varchar"») FROM opportunities',
    "SELECT close_date + INTERVAL «'1 day, x'» FROM opportunities",
    "SELECT stage FROM opportunities LIMIT -«1»",
)


@pytest.mark.parametrize("marked", MARKED)
def test_the_place_of_an_issue_is_the_token_it_is_about(marked: str) -> None:
    sql = marked.replace("«", "").replace("»", "")
    wanted = list(_marks(marked))
    issues = issues_of(sql)
    places = [issue.place for issue in issues]
    starts = [place.start for place in places if place is not None]
    assert any(start == first for start in starts for first, _ in wanted), (starts, wanted)
    for place in places:
        assert place is not None
        before = sql[: place.start]
        assert place.line == before.count("\n") + 1
        assert place.column == len(before) - (before.rfind("\n") + 1) + 1
        assert 0 <= place.start < place.end <= len(sql)
    if len(wanted) > 1 and len({issue.code for issue in issues}) == 1:
        assert starts == [start for start, _ in wanted], "all of them, in the order of the text"


def _marks(marked: str) -> Iterator[tuple[int, str]]:
    for number, found in enumerate(re.finditer("«([^»]*)»", marked)):
        yield found.start() - 2 * number, found[1]


@pytest.mark.parametrize(
    "sql, suggestion",
    [
        ("SELECT stge FROM opportunities", "stage"),
        ("SELECT MEASURE(winrate) FROM opportunities", "win_rate"),
        ("SELECT stage FROM oportunities", "opportunities"),
        ("SELECT lowr(stage) FROM opportunities", "lower"),
        ("SELECT o.amont FROM opportunities o", "amount"),
        ("WITH won AS (SELECT stage AS state FROM opportunities) SELECT stat FROM won", "state"),
    ],
)
def test_a_near_name_is_suggested(sql: str, suggestion: str) -> None:
    (issue, *_) = issues_of(sql)
    assert suggestion in issue.suggestions
    assert f"'{suggestion}'" in issue.hint


def test_an_unknown_metric_is_answered_with_the_known_ones() -> None:
    (issue,) = issues_of("SELECT MEASURE(qqqqqqqq) FROM opportunities")
    assert issue.code == "unknown-metric"
    assert sum(name in issue.hint for name in CATALOG.metrics) >= 5


def codes_of(folder: str) -> set[str]:
    """Every code that the sources of a package give to an issue or an error."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found |= set(_codes_at(node, everything=folder == "semantic"))
    return found


def _codes_at(node: ast.AST, *, everything: bool) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="Issue") | ast.Attribute(attr="refuse")):
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "code")]
        case ast.Assign(targets=[ast.Name(id="code")], value=value):
            given = [value]
        case ast.AnnAssign(target=ast.Name(id="code"), value=ast.expr() as value):
            given = [value]
        case ast.Constant(value=str(text)) if everything and KEBAB.fullmatch(text):
            given = [node]  # the semantic layer writes nothing else like this
        case _:
            return
    for value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def test_every_code_is_listed_and_every_listed_code_exists() -> None:
    text = (ROOT / "docs" / "reference-codes.md").read_text("utf-8")
    listed = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", text))
    semantic, server = codes_of("semantic"), codes_of("server")
    assert semantic - listed == set()
    assert {code for code in server if KEBAB.fullmatch(code)} - listed == set()
    sources = "".join(
        path.read_text("utf-8")
        for name in ("semantic", "server")
        for path in (ROOT / name).rglob("*.py")
    )
    assert {
        code for code in listed if KEBAB.fullmatch(code) and f'"{code}"' not in sources
    } == set()
    assert Path(ROOT / "docs" / "README.md").read_text("utf-8").count("reference-codes.md") == 1
