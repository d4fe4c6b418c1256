"""The folder of the built page to files in memory.

Called by `create_app`; `routes/web.py` sends what is here. Invariant: a path that is not a key
of the bundle names nothing, whatever is on the disk.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PACKAGED: Final = Path(__file__).parent / "dist"
"""Where the front end's build puts the page; absent in a checkout that has not built it."""
_INDEX: Final = "index.html"
_HASHED: Final = "assets/"
"""Below it, a name holds the hash of its content: it never changes."""
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain",
    ".map": "application/json",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_COMPRESSIBLE: Final = frozenset(
    {".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt", ".map"}
)
_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
_WORTH_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page."""

    content: bytes
    kind: str
    tag: str
    """Strong entity tag, with its quotes."""
    is_immutable: bool
    encoded: Mapping[str, bytes]
    """The content by encoding, the smallest first."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The whole page."""

    assets: Mapping[str, Asset]

    @classmethod
    def load(cls, folder: Path) -> Bundle | None:
        """The page of a folder; None where it has not been built."""
        if not (folder / _INDEX).is_file():
            return None
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        shipped = [path for path in paths if path.suffix in _TYPES]
        return cls({path.relative_to(folder).as_posix(): _read(path, folder) for path in shipped})

    @property
    def index(self) -> Asset:
        """The document that every address of the page begins with."""
        return self.assets[_INDEX]

    def find(self, path: str) -> Asset | None:
        """The file of a path without its leading slash."""
        return self.assets.get(path or _INDEX)


def _read(path: Path, folder: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        content=content,
        kind=_TYPES[path.suffix],
        tag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        is_immutable=path.relative_to(folder).as_posix().startswith(_HASHED),
        encoded=_encode(path, content),
    )


def _encode(path: Path, content: bytes) -> dict[str, bytes]:
    """What the build compressed, and gzip where it did not; only forms that are smaller."""
    if path.suffix not in _COMPRESSIBLE or len(content) < _WORTH_BYTES:
        return {}
    forms: dict[str, bytes] = {}
    for encoding, suffix in _ENCODINGS.items():
        built = path.with_name(path.name + suffix)
        if built.is_file():
            forms[encoding] = built.read_bytes()
    forms.setdefault("gzip", gzip.compress(content, compresslevel=6, mtime=0))
    kept = {name: form for name, form in forms.items() if len(form) < len(content)}
    return dict(sorted(kept.items(), key=lambda item: len(item[1])))
