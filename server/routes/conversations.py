"""HTTP for stored conversations.

Called by Litestar. Invariant: a handler hands on what came and returns what it gets.
"""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, patch
from litestar.params import FromPath, JSONBody, QueryParameter

from server.routes.body import StrictBody
from server.routes.dependencies import PrincipalDependency, ServicesDependency
from server.schemas import ConversationBody, ConversationList, Deleted, Renamed, RenameRequest

ListLimit = Annotated[int, QueryParameter(ge=1, le=10_000)]


@get("/")
async def list_conversations(
    services: ServicesDependency, principal: PrincipalDependency, limit: ListLimit = 1000
) -> ConversationList:
    """The conversations, the one with the newest question first."""
    return await services.conversations.list(principal, limit)


@get("/{conversation_id:str}")
async def get_conversation(
    conversation_id: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> ConversationBody:
    """The whole conversation with every answer as it was given."""
    return await services.conversations.get(conversation_id, principal)


@patch("/{conversation_id:str}", dto=StrictBody[RenameRequest], return_dto=None, status_code=200)
async def rename_conversation(
    conversation_id: FromPath[str],
    data: JSONBody[RenameRequest],
    services: ServicesDependency,
    principal: PrincipalDependency,
) -> Renamed:
    """Give a conversation another title."""
    return await services.conversations.rename(conversation_id, data.title, principal)


@delete("/{conversation_id:str}", status_code=200)
async def delete_conversation(
    conversation_id: FromPath[str], services: ServicesDependency, principal: PrincipalDependency
) -> Deleted:
    """Delete a conversation and its answers for good."""
    return await services.conversations.delete(conversation_id, principal)


ROUTER = Router(
    "/api/conversations",
    route_handlers=[
        list_conversations,
        get_conversation,
        rename_conversation,
        delete_conversation,
    ],
    tags=["Conversations"],
)
