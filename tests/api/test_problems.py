"""Every exception becomes a problem of its own status; a bug shows an id and nothing else."""

from __future__ import annotations

import logging

import msgspec
import pytest
from litestar.exceptions import MethodNotAllowedException, NotFoundException

from semantic.issues import Issue, Place, SemanticError
from server.errors import AppError, EngineFailed, NoData, Overloaded
from server.http_errors import encode_problem, find_code, to_problem
from server.storage.errors import ConversationNotFound, StoreUnavailable
from server.warehouse.errors import WarehouseError

ISSUE = Issue("unknown-metric", "No metric 'x'.", place=Place(1, 2, 1, 2), suggestions=("y",))


def all_app_errors() -> list[type[AppError]]:
    found, waiting = [], [AppError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


@pytest.mark.parametrize("kind", all_app_errors(), ids=lambda kind: kind.__name__)
def test_an_error_for_the_asker_keeps_its_code_and_sentence(kind: type[AppError]) -> None:
    error = kind("It did not work.", hint="Do this.", issues=[ISSUE])
    problem, headers = to_problem(error)
    assert (problem.status, problem.code, problem.title) == (kind.status, kind.code, kind.title)
    assert problem.detail == "It did not work. Do this."
    assert problem.issues[0].column == 2
    assert ("retry-after" in headers) == (kind.retry_after_s is not None)
    assert find_code(error) == (kind.status, kind.code)


@pytest.mark.parametrize(
    "error, status, code",
    [
        (SemanticError([ISSUE]), 422, "invalid-query"),
        (WarehouseError.of("unknown-version", "No such version."), 404, "unknown-version"),
        (WarehouseError.of("ingest-running", "Another load runs."), 409, "ingest-running"),
        (WarehouseError.of("empty-file", "The file is empty."), 422, "empty-file"),
        (WarehouseError.of("disk-error", "The disk is full."), 503, "disk-error"),
        (ConversationNotFound("x"), 404, "conversation-not-found"),
        (StoreUnavailable("The store is away."), 503, "storage-unavailable"),
        (NotFoundException(), 404, "not-found"),
        (MethodNotAllowedException(), 405, "method-not-allowed"),
    ],
)
def test_each_kind_of_error_has_its_status(error: Exception, status: int, code: str) -> None:
    problem, _ = to_problem(error)
    assert (problem.status, problem.code) == (status, code)


def test_a_bug_is_an_id_to_the_asker_and_a_trace_to_us(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        problem, _ = to_problem(RuntimeError("canary in /etc/canary"))
    body = encode_problem(problem)
    assert b"canary" not in body
    assert msgspec.json.decode(body)["status"] == 500
    record = caplog.records[-1]
    assert record.exc_info is not None
    bug_id = record.getMessage().rpartition(" ")[2]
    assert bug_id in problem.detail


def test_retry_after_says_when(caplog: pytest.LogCaptureFixture) -> None:
    assert to_problem(Overloaded("Busy."))[1] == {"retry-after": f"{Overloaded.retry_after_s}"}
    assert to_problem(NoData("None."))[1] == {}
    # What is broken on our side is in the log, what is refused is not.
    caplog.clear()
    to_problem(NoData("None."))
    assert not caplog.records
    to_problem(EngineFailed("Broken."))
    assert caplog.records
