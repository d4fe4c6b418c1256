"""The built page from the API's own process: its files, its addresses, caches and policies."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from server.app import create_app
from server.settings import Settings
from server.web.bundle import Bundle
from tests.api.problems import problem_of
from tests.serving import REPOSITORY, TODAY, Serving, serving

INDEX = '<!doctype html><title>Page</title><script type="module" src="/assets/a-1f.js"></script>'
SCRIPT = "export const n = 1;\n" * 200
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def page_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built page: a document, a hashed script, a style compressed by the build, an icon."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "a-1f.js").write_text(SCRIPT)
    (folder / "assets" / "s-2e.css").write_text("a{}" * 1000)
    (folder / "assets" / "s-2e.css.br").write_bytes(b"what the build made")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / ".hidden").write_text("x")
    return folder


@pytest.fixture(scope="module")
def paged(page_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    home = tmp_path_factory.mktemp("home")
    with serving(home, REVENUE_PAGE_DIR=str(page_dir)) as running:
        yield running


@pytest.fixture
def browser(paged: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=paged.url, timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/dashboard", "/explore/metrics/win_rate", "/?conversation=x&y=1", "/ask?q=a%20b"]
)
def test_every_address_of_the_page_begins_with_its_document(
    browser: httpx.Client, path: str
) -> None:
    response = browser.get(path, headers=BROWSER)
    assert response.status_code == 200
    assert response.text == INDEX
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


def test_the_page_may_run_its_own_scripts_alone(browser: httpx.Client) -> None:
    policy = browser.get("/", headers=BROWSER).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == rules["font-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "eval" not in policy
    assert "http" not in policy
    for path in ("/api/health", "/schema", "/api/nope"):
        assert "script-src" not in browser.get(path).headers["content-security-policy"]


def test_the_page_opened_again_keeps_its_policy(browser: httpx.Client) -> None:
    """A 304's headers replace the ones the browser kept with the document."""
    first = browser.get("/", headers=BROWSER)
    again = browser.get("/", headers={**BROWSER, "if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_a_hashed_file_is_kept_for_good_and_compressed(browser: httpx.Client) -> None:
    response = browser.get("/assets/a-1f.js")
    assert response.text == SCRIPT
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < len(SCRIPT) / 5
    plain = browser.get("/assets/a-1f.js", headers={"accept-encoding": "identity"})
    assert plain.text == SCRIPT
    assert "content-encoding" not in plain.headers


def test_what_the_build_compressed_is_sent_to_those_who_take_it(browser: httpx.Client) -> None:
    def raw(accept: str) -> tuple[str | None, bytes]:
        with browser.stream(
            "GET", "/assets/s-2e.css", headers={"accept-encoding": accept}
        ) as response:
            body = b"".join(response.iter_raw())
            return response.headers.get("content-encoding"), body

    assert raw("gzip, deflate, br") == ("br", b"what the build made")
    encoding, body = raw("gzip;q=0.5, br;q=0")
    assert encoding == "gzip"
    assert gzip.decompress(body) == b"a{}" * 1000


def test_an_unchanged_document_is_not_sent_twice(browser: httpx.Client) -> None:
    tag = browser.get("/", headers=BROWSER).headers["etag"]
    again = browser.get("/", headers=BROWSER | {"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/assets/", "/.hidden", "/assets/s-2e.css.br", "/nope",
             "/assets/../index.html/x", "/%2e%2e/%2e%2e/etc/passwd", "/assets/%00", "/index.html/"],
)  # fmt: skip
def test_what_is_no_file_of_the_page_is_a_problem(browser: httpx.Client, path: str) -> None:
    if path == "/index.html/":
        assert browser.get(path).text == INDEX
        return
    problem_of(browser.get(path, headers={"accept": "*/*"}), 404)


def test_an_unknown_address_of_the_api_is_a_problem_also_for_a_browser(
    browser: httpx.Client,
) -> None:
    for path in ("/api", "/api/", "/api/nope", "/api/conversations/x/y", "/schema/nope"):
        problem_of(browser.get(path, headers=BROWSER), 404)
    problem_of(browser.post("/dashboard", json={}, headers=BROWSER), 405)
    body = problem_of(browser.get("/dashboard", headers=BROWSER | {"host": "evil.example"}), 421)
    assert body["code"] == "host-not-allowed"


@pytest.mark.parametrize("path", ["/api/data/schema", "/api/analyses", "/schema/openapi.json"])
def test_answers_of_the_api_are_compressed_for_those_who_take_it(
    client: httpx.Client, path: str
) -> None:
    def raw(accept: str) -> tuple[httpx.Headers, bytes]:
        headers = {"accept-encoding": accept}
        with client.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200
            return response.headers, b"".join(response.iter_raw())

    headers, packed = raw("gzip, deflate, br")
    plain_headers, plain = raw("identity")
    assert headers["content-encoding"] == "gzip"
    assert "accept-encoding" in headers["vary"].lower()
    assert "content-encoding" not in plain_headers
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2


def test_a_short_answer_is_not_worth_compressing(client: httpx.Client) -> None:
    assert "content-encoding" not in client.get("/api/nope").headers


def test_events_are_sent_as_they_come_and_as_they_are(client: httpx.Client) -> None:
    """A compressor would keep them back until it has enough."""
    body = {"question": "How many deals are there?", "as_of": f"{TODAY}"}
    headers = {"accept-encoding": "gzip, deflate, br"}
    with client.stream("POST", "/api/query/stream", json=body, headers=headers) as response:
        assert response.status_code == 200
        assert "content-encoding" not in response.headers
        first, *others = response.iter_raw()
    assert b'"started"' in first
    assert b"[DONE]" not in first
    assert b"".join(others).rstrip().endswith(b"data: [DONE]")


def test_the_application_is_made_without_a_warning(tmp_path: Path) -> None:
    """The framework warns of settings that switch a part of it off, as for what to compress."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app = create_app(Settings.load({}, tmp_path), clock=lambda: datetime.now(UTC))
    assert app.compression_config is not None


def test_without_a_built_page_the_start_page_says_how_to_get_it(client: httpx.Client) -> None:
    assert "make page" in client.get("/").text
    problem_of(client.get("/dashboard", headers=BROWSER), 404)


def test_a_folder_without_a_document_is_no_page(tmp_path: Path) -> None:
    assert Bundle.load(tmp_path) is None
    assert Bundle.load(tmp_path / "absent") is None


def test_without_node_the_build_says_so_and_ends_well(tmp_path: Path) -> None:
    """A stand-in for the front end in a copy of the scripts; nothing is installed."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "frontend").mkdir()
    script = tmp_path / "scripts" / "build-page.sh"
    script.write_bytes((REPOSITORY / "scripts" / "build-page.sh").read_bytes())
    (tmp_path / "frontend" / "package-lock.json").write_text(json.dumps({}))
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "sed", "dirname", "env"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    done = subprocess.run(
        [str(tools / "bash"), str(script)],
        env={"PATH": str(tools)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Node 20" in done.stdout
    assert not (tmp_path / "server").exists()
