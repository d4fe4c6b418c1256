"""Conversations over HTTP: renamed, listed under their title, refused where the title is none."""

from __future__ import annotations

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import TODAY


def start(client: httpx.Client) -> str:
    body = {"question": "how many deals", "as_of": f"{TODAY}"}
    return str(client.post("/api/query", json=body).json()["conversation_id"])


def listed(client: httpx.Client, conversation: str) -> dict[str, str]:
    lines = client.get("/api/conversations").json()["conversations"]
    return next(line for line in lines if line["conversation_id"] == conversation)


def test_a_renamed_conversation_has_its_title_everywhere(client: httpx.Client) -> None:
    conversation = start(client)
    assert listed(client, conversation)["title"] == "how many deals"
    response = client.patch(
        f"/api/conversations/{conversation}", json={"title": "  Deals,\n<b>counted</b> "}
    )
    assert response.json() == {"conversation_id": conversation, "title": "Deals, <b>counted</b>"}
    assert listed(client, conversation)["title"] == "Deals, <b>counted</b>"
    assert listed(client, conversation)["query"] == "how many deals"
    whole = client.get(f"/api/conversations/{conversation}").json()
    assert whole["title"] == "Deals, <b>counted</b>"
    assert len(whole["turns"]) == 1


@pytest.mark.parametrize("title", ["", "   ", "\n", 5, None, [], "x" * 201])
def test_what_is_no_title_is_refused(client: httpx.Client, title: object) -> None:
    problem_of(client.patch("/api/conversations/x", json={"title": title}), 400)


@pytest.mark.parametrize("name", ["nope", "a b", "%00", "x" * 65, "' OR 1=1"])
def test_a_conversation_that_is_not_there_cannot_be_renamed(
    client: httpx.Client, name: str
) -> None:
    problem_of(client.patch(f"/api/conversations/{name}", json={"title": "x"}), 404)
    foreign = {"origin": "https://evil.example"}
    problem_of(
        client.patch(f"/api/conversations/{name}", json={"title": "x"}, headers=foreign), 403
    )
