"""API keys: made once, kept as a digest, and turned back into the principal they stand for.

Called by the access guard of the routes and by `revenue key`. Invariant: a key's text is shown
when it is made and never again; whether it is right is compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from semantic.compiled import Principal
from server.errors import AppError, BadInput, NotFound
from server.snapshot import Clock
from server.storage.key_store import KeyStore
from server.storage.records import ApiKey

ADMIN: Final = "admin"
"""The role that looks after the data: uploads, roll back, rejects, checks, differences."""
_KEY: Final = re.compile(r"rev_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_ROLE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NOTED_EVERY: Final = timedelta(minutes=1)
_NOBODY: Final = "0" * 64


class KeyRequired(AppError):
    """This server answers only those who show a key, or the key shown opens nothing."""

    code = "key-required"
    status = 401
    title = "An API key is needed"


class NotAllowed(AppError):
    """The key is right and its roles do not reach this far."""

    code = "not-allowed"
    status = 403
    title = "Not allowed with this key"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with the text that opens something."""

    key: ApiKey
    text: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one home."""

    store: KeyStore
    clock: Clock

    async def add(self, name: str, roles: Collection[str]) -> NewKey:
        """A new key for the principal `name`.

        Raises:
            BadInput: the name or a role is none, or the name stands for other roles already.
        """
        _check(name, roles)
        wanted = frozenset(roles)
        others = {key.roles for key in await self.store.list() if key.name == name}
        if others - {wanted}:
            # What a principal asked before is his to read; with other roles it may not be.
            raise BadInput(
                f"The name '{name}' has been used with other roles.",
                hint="Choose another name; 'revenue key list' shows those taken.",
            )
        key_id = secrets.token_hex(6)
        text = f"rev_{key_id}_{secrets.token_urlsafe(32)}"
        key = ApiKey(key_id, name, _digest(text), wanted, self.clock())
        await self.store.add(key)
        return NewKey(key, text)

    async def revoke(self, key_id: str) -> None:
        """From now on the key opens nothing. Raises NotFound where there is no such key."""
        if not await self.store.revoke(key_id, self.clock()):
            raise NotFound(
                f"No key '{key_id[:40]}' opens anything.",
                hint="'revenue key list' shows the keys.",
            )

    async def authenticate(self, header: str) -> Principal:
        """Whom an Authorization header stands for.

        Raises:
            KeyRequired: it is no bearer key, or one that opens nothing.
        """
        scheme, _, text = header.partition(" ")
        found = _KEY.fullmatch(text.strip())
        if scheme.lower() != "bearer" or found is None:
            raise KeyRequired(
                "The Authorization header holds no API key.",
                hint="Send 'Authorization: Bearer rev_...', the key as it was shown.",
            )
        key = await self.store.find(found[1])
        # Compared also where there is no such key, so that time tells nothing either.
        is_right = hmac.compare_digest(_digest(found[0]), key.digest if key else _NOBODY)
        if key is None or not is_right or key.revoked_at is not None:
            raise KeyRequired(
                "This API key opens nothing here.", hint="Ask the operator for a new one."
            )
        now = self.clock()
        if key.last_used_at is None or now - key.last_used_at >= _NOTED_EVERY:
            await self.store.note_use(key.id, now, now - _NOTED_EVERY)
        return Principal(key.name, key.roles)


def _digest(text: str) -> str:
    # The secret has 256 random bits: nothing slower than one hash is needed to keep it safe.
    return hashlib.sha256(text.encode()).hexdigest()


def _check(name: str, roles: Collection[str]) -> None:
    if not _NAME.fullmatch(name) or name == Principal().name:
        raise BadInput(
            f"'{name[:70]}' cannot be the name of a key.",
            hint="Use 1 to 64 letters, digits or '._@-', such as ann or ann@example.com.",
        )
    wrong = [role for role in roles if not _ROLE.fullmatch(role)]
    if wrong or not roles:
        said = f"'{wrong[0][:70]}' is no role." if wrong else "A key needs at least one role."
        raise BadInput(said, hint="A role is a word such as analyst or emea: --role analyst.")
