"""Keys over HTTP: who is let in, what a role sees on every surface, how often, whose is what.

The home has a few deals whose every text is a CANARY, hidden from the role `partner`.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.every_operation import REQUESTS
from tests.api.problems import problem_of
from tests.homes import MODEL, tiny_files
from tests.serving import TODAY, Serving, revenue, serving

POLICIES = """
policies:
  - {role: partner, model: opportunities, rows: "account_id <> 'A9' OR account_id IS NULL"}
  - {role: partner, model: accounts, rows: "account_id <> 'A9'"}
  - {role: partner, model: contacts, rows: "account_id <> 'A9' OR account_id IS NULL"}
  - {role: partner, model: contacts, mask: {email: "'***'"}}
  - {role: partner, model: opportunities, mask: {contact_email: "'***'"}}
"""
AMOUNT = "987654321.00"
CANARY = re.compile(r"canary|98,?765,?43,?21|9\.8765432e|ann@acme|hidden\.example", re.IGNORECASE)
PUBLIC = {"showHealth", "showSession"}
CARETAKER = {
    "upload", "rollBack", "listRejects", "downloadRejects", "listChecks", "getVersion",
    "compareVersions",
}  # fmt: skip


def with_canaries() -> dict[str, str]:
    """The tiny files and two deals and a contact that a partner must not see."""
    files = tiny_files()
    deals = list(csv.DictReader(io.StringIO(files["opportunities.csv"])))
    extra = [
        dict.fromkeys(deals[0], "CANARY")
        | {"Account Name": "CANARY Inc", "Account ID": "A9", "Amount": AMOUNT, "Stage": stage,
           "Probability (%)": "75", "Close Date": "2/20/2025", "Created Date": "1/1/2025",
           "Opportunity Name": "SaaS: CANARY", "Contact: Email": "canary@hidden.example"}
        for stage in ("Closed Won", "Negotiate")
    ]  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, list(deals[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([*deals, *extra])
    people = files["account_and_contact.csv"]
    people += "CANARY,CANARY,CANARY,CANARY Inc,canary@hidden.example,A9\n"
    return {"opportunities.csv": text.getvalue(), "account_and_contact.csv": people}


@dataclass(frozen=True)
class Locked:
    """A server that answers nobody without a key, and the keys of three people."""

    server: Serving
    keys: dict[str, str]

    def client(self, who: str | None) -> httpx.Client:
        headers = {} if who is None else {"authorization": f"Bearer {self.keys[who]}"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=120)


def make_key(home: Path, name: str, *roles: str) -> str:
    options = [option for role in roles for option in ("--role", role)]
    done = revenue(home, "key", "add", name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    home = tmp_path_factory.mktemp("locked") / "home"
    (home / "data").mkdir(parents=True)
    (home / "models").mkdir()
    (home / "models" / "revenue.yml").write_bytes(MODEL.read_bytes())
    (home / "models" / "policies.yml").write_text(POLICIES)
    for name, text in with_canaries().items():
        (home / "data" / name).write_text(text)
    assert revenue(home, "ingest").returncode == 0
    keys = {
        "partner": make_key(home, "partner", "partner"),
        "boss": make_key(home, "boss", "admin"),
        "gone": make_key(home, "gone", "partner"),
    }
    assert revenue(home, "key", "revoke", keys["gone"][:16]).returncode == 0
    with serving(home, REVENUE_AUTH="required", REVENUE_HEARTBEAT_S="0.2") as server:
        yield Locked(server, keys)


def ask(client: httpx.Client, question: str) -> dict[str, Any]:
    response = client.post("/api/query", json={"question": question, "as_of": f"{TODAY}"})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


# ------------------------------------------------------------------ who is let in


def test_nobody_is_answered_without_a_key_that_opens(locked: Locked) -> None:
    document = httpx.get(f"{locked.server.url}/schema/openapi.json").json()
    for path, item in document["paths"].items():
        address = re.sub(r"{\w+}", "1", path)
        for method, operation in item.items():
            if operation["operationId"] in PUBLIC:
                continue
            for header in ({}, {"authorization": "Bearer x"}):
                with locked.client(None) as client:
                    response = client.request(method, address, headers=header, json={})
                body = problem_of(response, 401)
                assert body["code"] == "key-required", f"{method} {path}"
                assert response.headers["www-authenticate"].startswith("Bearer")


def test_only_the_very_key_opens(locked: Locked) -> None:
    good = locked.keys["boss"]
    other = locked.keys["partner"]
    swapped = good[:17] + other[17:]
    flipped = good[:-1] + ("A" if good[-1] != "A" else "B")
    for header in (
        "Bearer", f"Basic {good}", good, f"Bearer {good}x", f"Bearer x{good}", "Bearer -", "x",
        f"Bearer {good[:-1]}", f"Bearer {flipped}", f"Bearer {swapped}", f"Bearer {good.upper()}",
        f"Bearer {locked.keys['gone']}", "Bearer rev_000000000000_" + "A" * 43, "Bearer ' OR 1=1",
    ):  # fmt: skip
        with locked.client(None) as client:
            response = client.get("/api/conversations", headers={"authorization": header})
        body = problem_of(response, 401)
        assert good[4:16] not in response.text
        assert body["code"] == "key-required"
    with locked.client("boss") as client:
        assert client.get("/api/conversations").status_code == 200


def test_health_and_the_session_answer_everybody_and_tell_little(locked: Locked) -> None:
    with locked.client(None) as client:
        health = client.get("/api/health").json()
        assert (health["status"], health["records_count"]) == ("healthy", {})
        assert client.get("/api/session").json() == {
            "key_required": True, "signed_in": False, "name": None, "roles": [],
            "may_manage_data": False,
        }  # fmt: skip
        problem_of(client.get("/api/session", headers={"authorization": "Bearer x"}), 401)
    with locked.client("partner") as client:
        assert client.get("/api/health").json()["records_count"]["opportunities"] == 13
        session = client.get("/api/session").json()
        assert (session["name"], session["roles"]) == ("partner", ["partner"])
        assert session["may_manage_data"] is False
    with locked.client("boss") as client:
        assert client.get("/api/health").json()["records_count"]["opportunities"] == 15
        assert client.get("/api/session").json()["may_manage_data"] is True


def test_a_role_without_admin_does_not_get_at_the_data_itself(locked: Locked) -> None:
    with locked.client("partner") as client:
        for name in sorted(CARETAKER):
            for send in REQUESTS[name]:
                assert problem_of(send(client), 403)["code"] == "not-allowed"
    with locked.client("boss") as client:
        assert client.get("/api/data/rejects").status_code == 200


# ------------------------------------------------------------------ what a role may see

STATEMENTS = (
    "SELECT * FROM opportunities", "SELECT * FROM accounts", "SELECT * FROM contacts",
    "SELECT account_name, MEASURE(total_amount) AS a FROM opportunities GROUP BY account_name",
    "SELECT MAX(amount) AS m FROM opportunities", "SELECT MEASURE(pipeline_value) FROM revenue",
    "SELECT account_name, MEASURE(contact_count) FROM revenue GROUP BY account_name",
)  # fmt: skip
QUESTIONS = (
    "top 5 accounts by total opportunity value", "list all deals", "pipeline by stage",
    "what is our total pipeline value", "largest deal", "won amount by account",
    "how many contacts do we have by title", "who are our contacts", "deals closing this month",
    "why did won revenue change this quarter",
)  # fmt: skip


def everything(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """What every operation and every way to look for a row gives, with its name."""
    for name, sends in REQUESTS.items():
        for send in () if name in CARETAKER else sends:
            yield name, send(client).text
    yield from statements_and_questions(client)
    yield from all_that_the_catalog_names(client)
    for line in client.get("/api/conversations").json()["conversations"]:
        address = line["conversation_id"]
        yield "stored", client.get(f"/api/conversations/{address}").text
        yield "report", client.get(f"/api/report/{address}/html").text


def statements_and_questions(client: httpx.Client) -> Iterator[tuple[str, str]]:
    for sql in STATEMENTS:
        for path in ("/api/sql", "/api/sql/explain"):
            yield sql, client.post(path, json={"sql": sql, "as_of": f"{TODAY}"}).text
        client.post("/api/dashboard/pins", json={"title": "x", "semantic_sql": sql})
    yield "pins", client.get("/api/dashboard", params={"as_of": f"{TODAY}"}).text
    for question in QUESTIONS:
        body = {"question": question, "as_of": f"{TODAY}"}
        yield question, client.post("/api/query/stream", json=body).text


def all_that_the_catalog_names(client: httpx.Client) -> Iterator[tuple[str, str]]:
    catalog = client.get("/api/semantic/catalog").json()
    body: dict[str, Any] = {"as_of": f"{TODAY}"}
    for model in catalog["models"]:
        for dimension in model["dimensions"]:
            name = dimension["qualified_name"]
            yield name, client.get("/api/semantic/values", params={"dimension": name}).text
        for metric in model["metrics"]:
            query = {"query": {"metrics": [metric["name"]]}}
            yield metric["name"], client.post("/api/semantic/records", json=body | query).text
    for analysis in client.get("/api/analyses").json()["analyses"]:
        yield analysis["name"], client.post(f"/api/analyses/{analysis['name']}", json=body).text


def test_a_hidden_row_comes_out_nowhere(locked: Locked) -> None:
    with locked.client("boss") as client:  # so that there is something in every cache
        found = {name for name, text in everything(client) if CANARY.search(text)}
    # The same search does find them for somebody who may see them.
    assert {
        *STATEMENTS[:4],
        "pins",
        "stored",
        "report",
        "list all deals",
        "showDataSchema",
    } <= found
    assert len(found) > 50
    with locked.client("partner") as client:
        leaks = [
            f"{name}: ...{text[max(0, hit.start() - 60) : hit.end() + 20]}..."
            for name, text in everything(client)
            if (hit := CANARY.search(text))
        ]
    assert leaks == []


def test_totals_of_a_role_are_those_of_its_rows(locked: Locked) -> None:
    sql = {"sql": "SELECT MEASURE(total_amount) AS a, MEASURE(deal_count) AS n FROM opportunities"}
    with locked.client("partner") as client:
        # 22,700.00 is what the thirteen deals of tests/homes.py add up to.
        assert client.post("/api/sql", json=sql).json()["rows"] == [[22700.0, 13]]
    with locked.client("boss") as client:
        (row,) = client.post("/api/sql", json=sql).json()["rows"]
        assert row == [22700 + 2 * 987654321, 15]


# ------------------------------------------------------------------ whose is what


def test_nobody_sees_what_somebody_else_asked_or_pinned(locked: Locked) -> None:
    with locked.client("boss") as boss, locked.client("partner") as partner:
        mine = ask(boss, "pipeline by stage")["conversation_id"]
        pin = boss.post(
            "/api/dashboard/pins", json={"title": "mine", "query": {"metrics": ["deal_count"]}}
        ).json()["id"]
        theirs = [
            c["conversation_id"] for c in partner.get("/api/conversations").json()["conversations"]
        ]
        assert mine not in theirs
        pins = partner.get("/api/dashboard/pins").json()["pins"]
        assert pin not in [one["id"] for one in pins]
        for response in (
            partner.get(f"/api/conversations/{mine}"),
            partner.delete(f"/api/conversations/{mine}"),
            partner.patch(f"/api/conversations/{mine}", json={"title": "x"}),
            partner.get(f"/api/report/{mine}/html"),
            partner.post("/api/report/pdf", json={"conversation_id": mine}),
            partner.post("/api/query", json={"question": "and by type", "conversation_id": mine}),
            partner.delete(f"/api/dashboard/pins/{pin}"),
        ):
            problem_of(response, 404)
        assert boss.get(f"/api/conversations/{mine}").status_code == 200
        assert pin in [one["id"] for one in boss.get("/api/dashboard/pins").json()["pins"]]


def test_the_audit_trail_names_who_asked_and_holds_no_key(locked: Locked) -> None:
    with locked.client("partner") as client:
        ask(client, "how many deals")
    state = locked.server.home / "state.db"
    with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as store:
        names = {row[0] for row in store.execute("SELECT DISTINCT principal FROM audit")}
        kept = " ".join(map(str, store.execute("SELECT * FROM api_key")))
        used = dict(store.execute("SELECT name, last_used_at FROM api_key"))
    assert {"partner", "boss"} <= names
    assert used["boss"]
    assert used["gone"] is None
    for key in locked.keys.values():
        assert key[17:] not in kept
        assert key not in "".join(locked.server.log)


# ------------------------------------------------------------------ how often


def test_who_asks_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    key = make_key(tmp_path, "ann", "reader")
    sql = {"sql": "SELECT 1"}
    with (
        serving(tmp_path, REVENUE_REQUESTS_PER_MINUTE="3") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        for _ in range(3):
            problem_of(client.post("/api/sql", json=sql), 409)
        response = client.post("/api/sql", json=sql)
        assert problem_of(response, 429)["code"] == "too-many-requests"
        assert 1 <= int(response.headers["retry-after"]) <= 20
        assert client.get("/api/data/versions").status_code == 200
        # Another client has a count of its own.
        mine = {"authorization": f"Bearer {key}"}
        problem_of(client.post("/api/sql", json=sql, headers=mine), 409)
        wrong = {"authorization": "Bearer rev_000000000000_" + "A" * 43}
        problem_of(client.get("/api/conversations", headers=wrong), 401)
