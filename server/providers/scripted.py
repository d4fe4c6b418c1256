"""A language model that says what it was told to say: a shipped double for tests.

Invariant: one script entry per completion, in order; every request is kept to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from server.providers.base import ProviderError, ProviderUnavailable, Request, Style, Turn


class ScriptedProvider:
    """Plays a script; after its end the model "cannot be reached"."""

    name = "scripted"
    model = "scripted-1"

    def __init__(
        self, script: Iterable[Turn | ProviderError], styles: tuple[Style, ...] = ("tools",)
    ) -> None:
        self._script = iter(script)
        self.styles: tuple[Style, ...] = styles
        self.requests: list[Request] = []
        self.is_closed = False

    async def complete(self, request: Request) -> Turn:
        """The next entry of the script; raised where it is an error."""
        self.requests.append(request)
        entry = next(self._script, None)
        if entry is None:
            raise ProviderUnavailable("the script has ended")
        if isinstance(entry, ProviderError):
            raise entry
        return entry

    async def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True
