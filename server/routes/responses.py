"""Return values of handlers to JSON responses.

Installed by `app.py` as the response class of every route. Invariant: decimals keep all their
digits; no NaN; nothing of the API is kept by a cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from litestar import MediaType, Response

from server.schemas import encode_json

T = TypeVar("T")

SENT_AS_IS: Final = "is_sent_as_is"
"""Option of a handler whose response is not compressed: events, and files that are already."""


class JsonResponse(Response[T]):
    """A response whose structs are encoded by our own encoder."""

    def render(
        self,
        content: Any,
        media_type: MediaType | str,
        enc_hook: Callable[[Any], Any] | None = None,
    ) -> bytes:
        """The bytes of the body."""
        if media_type == MediaType.JSON and not isinstance(content, (bytes, str)):
            return encode_json(content)
        return super().render(content, media_type, enc_hook)  # type: ignore[arg-type]
