"""HTTP for questions in plain English, whole or as server-sent events.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from typing import Any, cast

from litestar import Request, Router, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.response import Stream

from server.answer.wire import Answer
from server.event_bodies import StreamEvent
from server.routes.access import COSTLY
from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.routes.disconnect import until_disconnect
from server.routes.responses import SENT_AS_IS
from server.schemas import QuestionRequest

_EVENT_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
_EVENTS = ResponseSpec(
    data_container=cast(Any, StreamEvent),
    media_type="text/event-stream",
    description="Server-sent events",
    generate_examples=False,
)


@post("/", dto=StrictBody[QuestionRequest], return_dto=None, status_code=200, opt=COSTLY)
async def answer_question(
    request: Request[Any, Any, Any],
    data: JSONBody[QuestionRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Answer:
    """Answer a question: rows, charts, key figures and prose; or ask back, or refuse."""
    return await until_disconnect(request, services.questions.answer(data, principal))


@post(
    "/stream",
    dto=StrictBody[QuestionRequest],
    return_dto=None,
    status_code=200,
    responses={200: _EVENTS},
    opt=COSTLY | {SENT_AS_IS: True},
)
async def stream_answer(
    data: JSONBody[QuestionRequest], services: ServicesDependency, principal: PrincipalDependency
) -> Stream:
    """The same as server-sent events, one per step; then `data: [DONE]`."""
    events = await services.questions.open_stream(data, principal)
    return Stream(events, media_type="text/event-stream", headers=_EVENT_HEADERS)


ROUTER = Router("/api/query", route_handlers=[answer_question, stream_answer], tags=["Questions"])
