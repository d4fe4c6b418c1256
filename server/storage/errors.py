"""Errors of the state store: what the callers of `Store` and `migrate` may see raised.

Routes turn them into problems by `code`; the CLI prints the sentence.
Invariant: a message never carries a password, a path of the machine or a driver's text.
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """Base of everything the state store raises; `code` is a stable kebab-case word."""

    code: ClassVar[str] = "storage-error"


class ConversationNotFound(StoreError):
    """No conversation of this id is visible to this owner."""

    code: ClassVar[str] = "conversation-not-found"

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        super().__init__(
            f"There is no conversation {conversation_id[:64]!r}. "
            "GET /api/conversations lists the ones that exist."
        )


class ConversationExists(StoreError):
    """The id is taken; make another one and try again."""

    code: ClassVar[str] = "conversation-exists"

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        super().__init__(
            f"A conversation {conversation_id!r} exists already. Create it under a new id."
        )


class JobNotFound(StoreError):
    """No report, schedule or run of this name is visible to this asker."""

    code: ClassVar[str] = "job-not-found"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is no {kind} {name[:64]!r}.")


class ReportInUse(StoreError):
    """A definition that a schedule still runs cannot be deleted."""

    code: ClassVar[str] = "report-in-use"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The report {name[:64]!r} has schedules. Remove them first: GET /api/schedules lists "
            "them."
        )


class InvalidRecord(StoreError):
    """A value that cannot be stored and read back unchanged: refused, nothing was written."""

    code: ClassVar[str] = "invalid-record"


class StoreUnavailable(StoreError):
    """The database did not answer, or refused; the transaction was rolled back."""

    code: ClassVar[str] = "storage-unavailable"


class StoreSchemaMismatch(StoreError):
    """The database holds a schema that this version of the program must not touch."""

    code: ClassVar[str] = "storage-schema"


class InvalidStoreUrl(StoreError):
    """The address of the state store is not one that this program can use."""

    code: ClassVar[str] = "storage-url"
