"""A real PostgreSQL server for tests: the installed binaries become an address to connect to.

Used as the fixture `postgres` (one server per test session) by everything that tests on it.
Invariant: lives in a temporary folder, listens on loopback only, and is stopped at the end.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_USER = "revenue"
_STARTS = 3
_POLLS = 600
_POLL_S = 0.1
_STOP_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server with one superuser that may create databases."""

    port: int
    user: str
    password: str

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as a person would write it."""
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The session's server; skips only where PostgreSQL is not installed."""
    binaries = find_postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_postgres(binaries) as server:
        yield server


def find_postgres_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, of the newest version installed, or None."""
    # Debian keeps the server out of PATH, and what PATH has may be a wrapper without a server.
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()],
        reverse=True,
    )
    on_path = shutil.which("initdb")
    others = [Path(on_path).resolve().parent] if on_path else []
    for folder in [*debian, *others]:
        if all((folder / name).is_file() for name in ("initdb", "postgres")):
            return folder
    return None


@contextmanager
def running_postgres(binaries: Path) -> Iterator[PostgresServer]:
    """Make an empty cluster, run it for the length of the block, and remove it."""
    account = _unprivileged_account()
    # Not pytest's own folder: that one is closed to the account the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="revenue-postgres-"))
    try:
        password = secrets.token_hex(16)
        password_file = folder / "password"
        password_file.write_text(password, encoding="utf-8")
        if account is not None:
            for path in (folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        _make_cluster(binaries, folder, password_file, account)
        process, port = _start(binaries, folder, account)
        try:
            yield PostgresServer(port, _USER, password)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder)


def _unprivileged_account() -> pwd.struct_passwd | None:
    """The account to run as; None for our own. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {account.pw_name: account for account in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _spawn(
    command: list[str], folder: Path, account: pwd.struct_passwd | None, log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            # The settings of the caller (PGDATA, PGPORT, a locale) are not the test's.
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            # A Ctrl-C in the terminal is for the tests; they stop the server themselves.
            start_new_session=True,
        )


def _make_cluster(
    binaries: Path, folder: Path, password_file: Path, account: pwd.struct_passwd | None
) -> None:
    command = [
        str(binaries / "initdb"),
        f"--pgdata={folder / 'data'}",
        f"--username={_USER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]
    log = folder / "initdb.log"
    if _spawn(command, folder, account, log).wait() != 0:
        raise RuntimeError(f"initdb failed: {log.read_text(errors='replace')}")


def _start(
    binaries: Path, folder: Path, account: pwd.struct_passwd | None
) -> tuple[subprocess.Popen[bytes], int]:
    log = folder / "server.log"
    for _ in range(_STARTS):
        port = _free_port()
        command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            # The data need not outlive this machine, only crashes of our own processes.
            "fsync": "off",
            # Not UTC: what the program reads must not depend on the server's zone.
            "timezone": "Asia/Kathmandu",
        }
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        process = _spawn(command, folder, account, log)
        if _is_ready(process, log):
            return process, port
        _stop(process)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _is_ready(process: subprocess.Popen[bytes], log: Path) -> bool:
    for _ in range(_POLLS):
        if process.poll() is not None:
            return False
        if "ready to accept connections" in log.read_text(errors="replace"):
            return True
        time.sleep(_POLL_S)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        # "Fast": end the sessions, then the server.
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
