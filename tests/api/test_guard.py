"""Who may ask and what a request may look like: host, origin, size, nesting, cross-origin."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import Serving

SQL = {"sql": "SELECT MEASURE(deal_count) AS n FROM opportunities"}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost."])
def test_the_loopback_names_are_answered(client: httpx.Client, server: Serving, host: str) -> None:
    headers = {"host": f"{host}:{server.port}"}
    assert client.get("/api/data/versions", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "127.0.0.1.nip.io",
             "[::2]", "localhost@evil", "a b", "192.168.1.1", "localhost,evil"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/health", "/api/nope", "/schema"])
def test_a_name_that_is_not_ours_gets_nothing(client: httpx.Client, host: str, path: str) -> None:
    body = problem_of(client.get(path, headers={"host": host}), 421)
    assert body["code"] == "host-not-allowed"


def raw(server: Serving, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_no_host_and_two_hosts_are_refused(server: Serving) -> None:
    two = raw(server, b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
    assert two.startswith(b"HTTP/1.1 4")
    none = raw(server, b"GET /api/health HTTP/1.0\r\n\r\n")
    assert none.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3003", "file://", "http://127.1"]
)
def test_a_page_of_a_foreign_origin_can_change_and_query_nothing(
    client: httpx.Client, origin: str
) -> None:
    for path in ("/api/sql", "/api/data/rollback", "/api/data/upload", "/api/query"):
        body = problem_of(client.post(path, json=SQL, headers={"origin": origin}), 403)
        assert body["code"] == "origin-not-allowed"
    problem_of(client.delete("/api/conversations/x", headers={"origin": origin}), 403)


def test_our_own_page_and_the_development_server_may_ask(
    client: httpx.Client, server: Serving
) -> None:
    own = {"origin": f"http://localhost:{server.port}"}
    assert client.post("/api/sql", json=SQL, headers=own).status_code == 200
    response = client.post("/api/sql", json=SQL, headers={"origin": "http://localhost:3002"})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "http://localhost:3002"
    assert "access-control-allow-credentials" not in response.headers


def test_a_preflight_is_granted_to_known_origins_alone(client: httpx.Client) -> None:
    def preflight(origin: str) -> httpx.Response:
        return client.options(
            "/api/sql",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            },
        )

    granted = preflight("http://localhost:3002")
    assert granted.status_code == 204
    assert granted.headers["access-control-allow-origin"] == "http://localhost:3002"
    refused = preflight("https://evil.example")
    assert "access-control-allow-origin" not in refused.headers


def test_a_chunked_body_is_cut_at_the_limit(client: httpx.Client) -> None:
    def chunks() -> object:
        for _ in range(40):
            yield b" " * 65536

    response = client.post(
        "/api/sql",
        content=chunks(),  # type: ignore[arg-type]
        headers={"content-type": "application/json"},
    )
    assert problem_of(response, 413)["code"] == "body-too-large"


def test_an_announced_body_that_is_too_large_is_not_waited_for(server: Serving) -> None:
    answer = raw(
        server,
        b"POST /api/sql HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\n"
        b"content-length: 99999999999\r\n\r\n{",
    )
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert b"body-too-large" in answer


def test_nesting_is_counted_outside_of_texts(client: httpx.Client) -> None:
    deep = problem_of(
        client.post(
            "/api/sql",
            content=b"[" * 33 + b"]" * 33,
            headers={"content-type": "application/json"},
        ),
        400,
    )
    assert deep["code"] == "json-too-deep"
    brackets = {"sql": SQL["sql"] + " WHERE stage = '" + "[" * 200 + "'"}
    assert client.post("/api/sql", json=brackets).status_code == 200


def test_malformed_requests_do_not_break_the_server(server: Serving, client: httpx.Client) -> None:
    for request in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /api/sql HTTP/1.1\r\nHost: localhost\r\ncontent-length: x\r\n\r\n",
        b"POST /api/sql HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/sql HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\n"
        b"content-length: 100\r\n\r\n{",
        b"GET /api/health?x=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ):
        assert b" 500 " not in raw(server, request)
    assert client.get("/api/health").status_code == 200


def test_the_whole_answer_is_one_json_value_without_nan(client: httpx.Client) -> None:
    sql = "SELECT MEASURE(deal_count) / 0 AS nothing FROM opportunities"
    response = client.post("/api/sql", json={"sql": sql})
    assert response.status_code == 200, response.text
    assert json.loads(response.text, parse_constant=pytest.fail)["rows"] == [[None]]
