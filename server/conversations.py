"""Stored conversations to what people list, open and delete.

Called by the conversation routes and `revenue verify`. Invariant: nobody sees, opens or
deletes a conversation of somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from semantic.compiled import Principal
from server.schemas import (
    ConversationBody,
    ConversationLine,
    ConversationList,
    Deleted,
    Renamed,
    TurnBody,
)
from server.storage.store import Store

CONTEXT_KEY: Final = "context"
"""Where a stored answer keeps what the next question may refer to; no part of the answer."""


def owner_of(principal: Principal) -> str | None:
    """Whose conversations a principal sees; None is all, while nobody signs in."""
    return None if principal == Principal() else principal.name


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations of one state store."""

    store: Store

    async def list(self, principal: Principal, limit: int) -> ConversationList:
        """The conversations, newest first."""
        lines = await self.store.list_conversations(owner=owner_of(principal), limit=limit)
        return ConversationList(
            [
                ConversationLine(
                    conversation_id=line.id,
                    title=line.title,
                    timestamp=_to_text(line.timestamp),
                    query=line.query,
                    functions_count=line.functions_count,
                    visualizations_count=line.visualizations_count,
                    turn_count=line.turn_count,
                )
                for line in lines
            ]
        )

    async def get(self, conversation_id: str, principal: Principal) -> ConversationBody:
        """The whole conversation. Raises ConversationNotFound."""
        found = await self.store.get_conversation(conversation_id, owner=owner_of(principal))
        return ConversationBody(
            conversation_id=found.id,
            title=found.title,
            created_at=_to_text(found.created_at),
            updated_at=_to_text(found.updated_at),
            turns=[
                TurnBody(
                    number=turn.number,
                    question=turn.question,
                    status=turn.status,
                    answer={k: v for k, v in turn.answer.items() if k != CONTEXT_KEY},
                    created_at=_to_text(turn.created_at),
                    elapsed_ms=turn.elapsed_ms,
                )
                for turn in found.turns
            ],
        )

    async def rename(self, conversation_id: str, title: str, principal: Principal) -> Renamed:
        """Give the conversation another title. Raises ConversationNotFound."""
        said = " ".join(title.split())
        await self.store.rename_conversation(conversation_id, owner=owner_of(principal), title=said)
        return Renamed(conversation_id, said)

    async def delete(self, conversation_id: str, principal: Principal) -> Deleted:
        """Delete the conversation for good. Raises ConversationNotFound."""
        await self.store.delete_conversation(conversation_id, owner=owner_of(principal))
        return Deleted(conversation_id)


def _to_text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
