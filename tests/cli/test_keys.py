"""`revenue key` and who may be served without one: made, listed, revoked, refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.rates import Rates, TooManyRequests
from server.settings import Settings
from tests.serving import environment, revenue

ANYWHERE = "0.0.0.0"  # noqa: S104 - what is refused here
KEY = re.compile(r"rev_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(tmp_path: Path) -> None:
    done = revenue(tmp_path, "key", "add", "ann@example.com", "--role", "emea", "--role", "admin")
    assert done.returncode == 0, done.stderr
    shown = KEY.fullmatch(done.stdout.splitlines()[-1])
    assert shown is not None
    assert "no policy of the model is for the role 'emea'" in done.stdout
    assert "'admin'" not in done.stdout
    listed = revenue(tmp_path, "key", "list").stdout
    assert f"rev_{shown[1]}_" in listed
    assert shown[0] not in listed
    (body,) = json.loads(revenue(tmp_path, "key", "list", "--json").stdout)
    assert body["roles"] == ["admin", "emea"]
    assert "digest" not in body
    assert revenue(tmp_path, "key", "revoke", shown[1]).returncode == 0
    again = revenue(tmp_path, "key", "revoke", shown[1])
    assert again.returncode == 1
    assert "opens anything" in again.stderr
    assert "revoked" in revenue(tmp_path, "key", "list").stdout
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert shown[0][17:].encode() not in raw


@pytest.mark.parametrize(
    "arguments",
    [("x y", "--role", "a"), ("", "--role", "a"), ("anonymous", "--role", "a"),
     ("ann", "--role", "A B"), ("x" * 65, "--role", "a"), ("ann", "--role", "")],
)  # fmt: skip
def test_what_is_no_name_or_role_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = revenue(tmp_path, "key", "add", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_name_keeps_its_roles(tmp_path: Path) -> None:
    assert revenue(tmp_path, "key", "add", "ann", "--role", "emea").returncode == 0
    assert revenue(tmp_path, "key", "add", "ann", "--role", "emea").returncode == 0
    wider = revenue(tmp_path, "key", "add", "ann", "--role", "admin")
    assert wider.returncode == 1
    assert "used with other roles" in wider.stderr
    assert revenue(tmp_path, "key", "add", "ann").returncode == 2


def test_beyond_this_machine_nobody_is_served_without_keys(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "serve", "--host", ANYWHERE, "--port", "0"],
        env=environment(tmp_path), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "revenue key add" in done.stderr
    assert "REVENUE_AUTH=off" in done.stderr


@pytest.mark.parametrize(
    "host, auth, needed",
    [("127.0.0.1", "auto", False), ("localhost", "auto", False), ("::1", "auto", False),
     (ANYWHERE, "auto", True), ("::", "auto", True), ("10.0.0.5", "auto", True),
     (ANYWHERE, "off", False), ("127.0.0.1", "required", True), ("127.evil.example", "auto", True)],
)  # fmt: skip
def test_a_key_is_needed_unless_only_this_machine_is_served(
    host: str, auth: str, needed: bool
) -> None:
    settings = Settings.load({"REVENUE_HOST": host, "REVENUE_AUTH": auth})
    assert settings.requires_keys is needed


def test_a_client_has_as_many_requests_as_it_may_and_they_come_back_evenly() -> None:
    now = [100.0]
    rates = Rates(60, lambda: now[0])
    for _ in range(60):
        rates.take("a")
    with pytest.raises(TooManyRequests) as caught:
        rates.take("a")
    assert caught.value.retry_after_s == 1
    rates.take("b")
    now[0] += 2
    rates.take("a")
    rates.take("a")
    with pytest.raises(TooManyRequests):
        rates.take("a")
    now[0] += 3600
    for _ in range(60):
        rates.take("a")
    with pytest.raises(TooManyRequests):
        rates.take("a")
    for _ in range(1000):
        Rates(0, lambda: 0.0).take("a")


def test_the_counts_of_many_clients_stay_bounded() -> None:
    rates = Rates(10, lambda: 0.0)
    for number in range(10_050):
        rates.take(f"{number}")
    assert len(rates._buckets) == 10_000
