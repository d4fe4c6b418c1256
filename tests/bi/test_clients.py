"""BI tools read the published file in their own processes while the server serves and it changes.

Version k holds k contacts and one deal of 1000 * k, so a mix of two versions cannot add up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.loading import load_data, load_home_model
from server.warehouse.paths import Home
from server.warehouse.versions import rollback
from tests.bi.conftest import publish
from tests.bi.reader import CLIENTS
from tests.homes import NOW, tiny_files
from tests.serving import environment, serving

READER = Path(__file__).with_name("reader.py")
ASKED = "SELECT MEASURE(total_amount) AS total FROM opportunities"
MARKED = "SELECT MEASURE(contact_count) AS n FROM contacts"


def files_of(version: int) -> dict[str, str]:
    """The CSVs of one version: its number of contacts, one deal of a thousand times that."""
    files = tiny_files()
    deals = files["opportunities.csv"].splitlines()[:2]
    people = files["account_and_contact.csv"].splitlines()[:1]
    people += [f"P{n},Q,CEO,Acme,p{n}@acme.example,A1" for n in range(version)]
    return {
        "opportunities.csv": "\n".join(deals).replace("1000.00", f"{1000 * version}.00") + "\n",
        "account_and_contact.csv": "\n".join(people) + "\n",
    }


class Reader:
    """A reader process and the way to talk to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, command: str) -> None:
        """Send a command; the answer comes when it is done."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """What it says next."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the reader stopped; its error is printed above"
        return json.loads(line)


@contextmanager
def reading(client: str, home: Home) -> Iterator[Reader]:
    """A reader on the address a BI tool keeps."""
    path = home.current / "revenue.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(READER), client, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(home.root),
    )  # fmt: skip
    try:
        yield Reader(process)
        process.communicate(timeout=60)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()


def ask(url: str, sql: str) -> Any:
    response = httpx.post(f"{url}/api/sql", json={"sql": sql}, timeout=60)
    assert response.status_code == 200, response.text
    return response.json()["rows"]


def publish_next(home: Home, version: int) -> None:
    for name, text in files_of(version).items():
        (home.data / name).write_text(text, encoding="utf-8")
    assert load_data(home, now=NOW).version.number == version


@pytest.mark.parametrize("swaps", [3, pytest.param(10, marks=pytest.mark.long)])
def test_five_clients_read_on_through_swaps_while_the_server_serves(
    tmp_path: Path, swaps: int
) -> None:
    home = publish(tmp_path / "home", files_of(1))
    _, catalog = load_home_model(home)
    dimensions = list(catalog.models["opportunities"].dimensions)
    with ExitStack() as stack:
        readers = {name: stack.enter_context(reading(name, home)) for name in CLIENTS}
        hammer = stack.enter_context(reading("hammer", home))
        server = stack.enter_context(serving(home.root))
        assert hammer.answer() == "started"
        for version in range(1, swaps + 1):
            for reader in readers.values():
                reader.tell("open")
            opened = {name: reader.answer() for name, reader in readers.items()}
            assert opened == {name: {"total": 1000 * version} for name in CLIENTS}
            publish_next(home, version + 1)
            for reader in readers.values():
                reader.tell("finish")
            # The server answers on the new version while they still hold the old one.
            assert ask(server.url, ASKED) == [[1000 * (version + 1)]]
            assert ask(server.url, MARKED) == [[version + 1]]
            for name, reader in readers.items():
                assert reader.answer() == {
                    "total": 1000 * version,
                    "marker": version,
                    "number": version,
                    "columns": dimensions,
                }, name
        assert hammer.process.stdin is not None
        hammer.process.stdin.close()
        hammer.process.stdin = None
        seen = hammer.answer()
    assert [row for row in seen if row != [1000 * row[2], row[2], row[2]]] == []
    numbers = [row[2] for row in seen]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 1


def test_going_back_is_a_swap_that_new_connections_see(tmp_path: Path) -> None:
    home = publish(tmp_path / "home", files_of(1))
    publish_next(home, 2)
    with reading("duckdb", home) as reader:
        reader.tell("open")
        assert reader.answer() == {"total": 2000}
        rollback(home)
        reader.tell("finish")
        assert reader.answer()["marker"] == 2
        reader.tell("open")
        assert reader.answer() == {"total": 1000}
        reader.tell("finish")
        assert reader.answer()["number"] == 1
