"""Several hundred bad requests to every route: a 4xx in the one shape, nothing leaked.

Every case is a request that must be refused; a 200 is as wrong as a 500.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import Serving

JSON = {"content-type": "application/json"}
BODY_ROUTES: dict[str, dict[str, Any]] = {
    "/api/sql": {"sql": "SELECT MEASURE(deal_count) AS n FROM opportunities"},
    "/api/sql/explain": {"sql": "SELECT MEASURE(deal_count) AS n FROM opportunities"},
    "/api/semantic/query": {"metrics": ["deal_count"]},
    "/api/semantic/records": {"query": {"metrics": ["deal_count"]}},
    "/api/dashboard/pins": {"title": "x", "query": {"metrics": ["deal_count"]}},
    "/api/analyses/get_stage_metrics": {"parameters": {}},
    "/api/query": {"question": "how many deals"},
    "/api/query/stream": {"question": "how many deals"},
    "/api/data/rollback": {"to": 1},
}
QUERY_ROUTES = {
    "/api/quick-insights": {"as_of"},
    "/api/semantic/values": {"dimension", "search", "limit"},
    "/api/data/rejects": {"source", "limit", "offset", "version"},
    "/api/data/rejects/csv": {"source", "version"},
    "/api/data/checks": {"version"},
    "/api/data/versions/1/compare/1": {"as_of"},
    "/api/dashboard/pins": set(),
    "/api/conversations": {"limit"},
    "/api/health": set(),
    "/api/data/schema": set(),
    "/api/data/versions": set(),
    "/api/semantic/catalog": set(),
    "/api/analyses": set(),
}


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    content: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.content[:60]!r} {dict(self.headers)}"


def broken_bodies() -> Iterator[bytes]:
    yield from (b"", b" ", b"{", b"}", b"[", b"nul", b"null", b"[]", b"1", b'"text"', b"true")
    yield from (b"{}x", b"{'sql': 1}", b"\xff\xfe{}", b"\xef\xbb\xbf", b'{"a"', b'{"a":}')
    yield from (b"\x00", b'{"\xc3\x28": 1}', b"NaN", b"Infinity", b'{"a":NaN}', b"<xml/>")
    yield from (b"[" * 33 + b"]" * 33, b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 100_000)
    yield from (b'{"a":"' + b"\\" * 99_999, b'"' * 9999, b'{"a":1,}', b'{"a":1e}', b"--", b"/**/")


BAD_DAYS: tuple[Any, ...] = (
    "2025", "15.02.2025", "2025-02-30", "2025-02-15T00:00:00", "today", "", 5, 20250215, True,
    [], {}, "0000-00-00", "99999-01-01", "2025-2-5", "'",
)  # fmt: skip
BAD_LISTS: tuple[Any, ...] = ("text", 5, None, {}, [5], [[]], [None], [{}])
BAD_LIMITS: tuple[Any, ...] = (0, -1, 1.5, "5", True, 10**9, 10**30, [], {}, -(10**30))
BAD_TEXTS: tuple[Any, ...] = ("", 5, None, [], {}, True)
BAD_QUESTIONS: dict[str, tuple[Any, ...]] = {
    "as_of": BAD_DAYS,
    "question": (*BAD_TEXTS, "x" * 4001),
    "conversation_id": ("", "a/b", "../..", "é", "x" * 65, 5, [], "a b", "a\0b", "' OR 1"),
    "max_iterations": (0, -1, 101, 1.5, "5", 10**30),
}
BAD_FIELDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "/api/sql": {"as_of": BAD_DAYS, "limit": BAD_LIMITS, "sql": (*BAD_TEXTS, "x" * 20_001)},
    "/api/sql/explain": {"as_of": BAD_DAYS, "limit": BAD_LIMITS, "sql": BAD_TEXTS},
    "/api/semantic/query": {
        "as_of": BAD_DAYS,
        "metrics": (*BAD_LISTS, ["A B"], ["x; DROP"], ["no_such_metric"]),
        "dimensions": (*BAD_LISTS, ["no_such_dimension"], ["' OR 1=1"]),
        **{key: (*BAD_LISTS, ["A B"]) for key in ("filters", "segments", "having", "order_by")},
        "limit": (0, 10**9, "5"),
        "model": ("../x", 5, "no_such_model"),
        "time": ({"grain": "eon"}, [], {"range": 5}),
    },
    "/api/semantic/records": {
        "as_of": BAD_DAYS,
        "limit": BAD_LIMITS,
        "query": ("text", 5, None, [], {"x": 1}, {"metrics": ["nope"]}, {"metrics": "x"}),
        "metric": (5, "nope", []),
        "members": ("text", 5, [], {"stage": {}}, {"nope": 1}),
    },
    "/api/dashboard/pins": {
        "title": (*BAD_TEXTS, "x" * 201),
        "chart": ("sunburst", 5, []),
        "query": ("text", 5, None, [], {"x": 1}, {"metrics": ["nope"]}),
        "semantic_sql": ("SELECT 1", 5),
    },
    "/api/analyses/get_stage_metrics": {
        "as_of": BAD_DAYS,
        "parameters": ("text", 5, None, [], {"no_such": 1}, {"no_such": []}, {"a": {}}),
    },
    "/api/query": BAD_QUESTIONS,
    "/api/query/stream": BAD_QUESTIONS,
    "/api/data/rollback": {"to": (0, -1, 1.5, "1", 10**12, True, [], {}, 99)},
}


def wrong_fields(path: str, good: dict[str, Any]) -> Iterator[bytes]:
    for extra in ({"unknown_field": 1}, {"": 1}, {"as_off": "2025-01-01"}):
        yield json.dumps({**good, **extra}).encode()
    for field, values in BAD_FIELDS[path].items():
        for value in values:
            yield json.dumps({**good, field: value}).encode()


NUMBERS = ("0", "-1", "1.5", "x", "", "99999999999999999999", "%00", "0x10")
DAYS = ("2025", "x", "", "2025-02-30", "2025-02-15T00:00:00", "1739577600", "15.2.2025")
BAD_VALUES_OF = {"limit": NUMBERS, "offset": NUMBERS[1:], "version": NUMBERS, "as_of": DAYS}

HOSTILE_SQL = (
    "DROP TABLE opportunities", "SELECT 1; SELECT 2", "SELECT * FROM duckdb_settings()",
    "SELECT * FROM read_csv('/etc/passwd')", "COPY opportunities TO '/tmp/x'", "PRAGMA version",
    "ATTACH '/tmp/x.db'", "SELECT * FROM '/etc/passwd'", "SELECT getenv('HOME')", "SET threads=1",
    "SELECT * FROM information_schema.tables", "INSTALL httpfs", "LOAD httpfs", "CALL x()",
    "SELECT * FROM source.opportunities", "SELECT $1", "SELECT ?", "SELECT {'a': 1}", "'", '"',
    "SELECT \x00", "SELECT '\u202e'", "SELECT 1 /*", "SELECT " + "(" * 500, "WITH", "()", "--",
    "SELECT " + "x." * 300 + "x", "SELECT version()", "SELECT current_setting('memory_limit')",
    "EXPLAIN SELECT 1", "DESCRIBE opportunities", "SELECT * FROM opportunities, opportunities b",
    "SELECT MEASURE(MEASURE(win_rate)) FROM opportunities", "VALUES (1)",
    "SELECT * FROM range(1000000000)", "SELECT rowid FROM opportunities", "x" * 10_001,
    "SELECT CAST(stage AS INTEGER[]) FROM opportunities", "SELECT " + "NOT " * 400 + "TRUE",
    "UPDATE opportunities SET stage = 'x'", "DELETE FROM opportunities", "BEGIN",
)  # fmt: skip


KINDS = (
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml",
    "application/json; charset=utf-16", "",
)  # fmt: skip


def bad_bodies() -> Iterator[Case]:
    for path, good in BODY_ROUTES.items():
        for content in (*broken_bodies(), *wrong_fields(path, good)):
            yield Case("POST", path, content)
        fine = json.dumps(good).encode()
        for kind in KINDS:
            yield Case("POST", path, fine, (("content-type", kind),))
        yield Case("POST", f"{path}?x=1", fine)
        yield Case("POST", path, b" " * (1024 * 1024 + 1))
        for method in ("PUT", "PATCH", "DELETE"):
            yield Case(method, path, fine)
    for body in (*broken_bodies(), b'{"filters": 5}', b'{"as_of": "x"}', b'{"period": []}'):
        yield Case("POST", "/api/dashboard", body)
    for sql in HOSTILE_SQL:
        yield Case("POST", "/api/sql", json.dumps({"sql": sql}).encode())


def bad_parameters() -> Iterator[Case]:
    for path, names in QUERY_ROUTES.items():
        yield Case("GET", f"{path}?no_such_parameter=1")
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            yield Case(method, path, b"{}")
        needed = "dimension=stage&" if "dimension" in names else ""
        for name in sorted(names):
            for value in BAD_VALUES_OF.get(name, ()):
                yield Case("GET", f"{path}?{needed}{name}={value}")
    yield Case("GET", "/api/semantic/values")
    for name in ("", "nope", "a.b.c", "'", "stage--", "x" * 131, "opportunities.nope", "%00", "é"):
        yield Case("GET", f"/api/semantic/values?dimension={name}")
    yield Case("GET", f"/api/semantic/values?dimension=stage&search={'x' * 201}")
    for path in ("rejects", "rejects/csv", "checks"):
        yield Case("GET", f"/api/data/{path}?version=99")
    for number in ("0", "99", "x", "-1", "1.5", "%00", "1/compare", "1/compare/0", "1/compare/x",
                   "99/compare/1", "1/compare/99", "9" * 30):  # fmt: skip
        yield Case("GET", f"/api/data/versions/{number}")


def bad_paths() -> Iterator[Case]:
    for name in ("nope", "..", "%2e%2e", "a%2fb", "é", "%00", "x" * 65, "a%0a", "' OR 1=1", "%ff"):
        for method in ("GET", "DELETE"):
            yield Case(method, f"/api/conversations/{name}")
        yield Case("POST", f"/api/analyses/{name}", b"{}")
    for path in ("/api", "/api/nope", "/api/sql/nope", "/nope", "/api/../etc/passwd", "//api//sql",
                 "/api/%2e%2e/x", "/schema/nope", "/%00", "/api/data", "/favicon.ico"):  # fmt: skip
        for method in ("GET", "POST", "DELETE"):
            yield Case(method, path, b"{}" if method != "GET" else b"")


def bad_uploads() -> Iterator[Case]:
    multipart = "multipart/form-data; boundary=b"
    part = b'--b\r\ncontent-disposition: form-data; name="f"%s\r\n\r\n%s\r\n--b--\r\n'
    for content, kind in (
        (b"", multipart),
        (b"--b--\r\n", multipart),
        (b"garbage", multipart),
        (b"--b\r\n", multipart),
        (b"{}", "text/plain"),
        (b"{}", "application/json"),
        (b"x" * 1000, "multipart/form-data"),
        (part % (b"", b"x"), multipart),
        (part % (b'; filename="../../x.csv"', b"x"), multipart),
        (part % (b'; filename="opportunities.csv/../x"', b"x"), multipart),
        (part % (b'; filename="opportunities.csv"', b"a,b\r\n1,2\r\n"), multipart),
    ):
        yield Case("POST", "/api/data/upload", content, (("content-type", kind),))


ALL = [*bad_bodies(), *bad_parameters(), *bad_paths(), *bad_uploads()]
CHUNKS = [ALL[at : at + 60] for at in range(0, len(ALL), 60)]


def test_there_are_several_hundred_cases() -> None:
    assert len(ALL) > 500


@pytest.mark.parametrize("chunk", range(len(CHUNKS)))
def test_a_bad_request_is_refused_in_the_one_shape(
    client: httpx.Client, server: Serving, chunk: int
) -> None:
    for case in CHUNKS[chunk]:
        response = client.request(
            case.method, case.path, content=case.content, headers=dict(case.headers)
        )
        try:
            problem_of(response)
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}") from error
        assert str(server.home) not in response.text


def test_after_all_of_them_the_server_answers_as_before(client: httpx.Client) -> None:
    assert client.get("/api/health").json()["status"] == "healthy"
    assert client.get("/api/data/versions").json()["versions"][0]["is_current"] is True
