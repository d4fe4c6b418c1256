"""Chart specifications to SVG and PNG, offline, in a thread; drawn once and kept for a while.

Called by `reports.py` and report jobs. Invariant: a specification that names an address is
refused before the converter sees it, and the converter may load nothing anyway.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import vl_convert

from server.errors import AppError

_ADDRESS_KEYS: Final = frozenset({"url", "href", "usermeta", "src"})
_ADDRESS: Final = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:file|data|javascript):", re.I)
# Text is escaped in an SVG, so that a tag is a tag.
_ACTIVE: Final = re.compile(r"<\s*(?:script|foreignobject|image|iframe|use|a)\b", re.I)
_KEPT_BYTES: Final = 16 * 1024 * 1024
_MOST_BYTES: Final = 2 * 1024 * 1024
"""Of one specification: 500 marks need a tenth of this."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")


class ChartRefused(AppError):
    """A specification that would load something, or that is none."""

    code = "chart-refused"
    status = 422
    title = "The chart cannot be drawn"


class Drawings:
    """Draws charts; keeps the newest SVGs by the content of their specification."""

    def __init__(self, kept_bytes: int = _KEPT_BYTES) -> None:
        self._limit = kept_bytes
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._size = 0

    async def to_svg(self, spec: Mapping[str, Any]) -> str:
        """The chart as an SVG element with its fonts by name. Raises ChartRefused."""
        text = _encode(spec)
        key = hashlib.sha256(text).digest()
        found = self._kept.get(key)
        if found is None:
            found = await asyncio.to_thread(_draw_svg, text)
            self._keep(key, found)
        else:
            self._kept.move_to_end(key)
        return found

    async def to_svgs(self, specs: Sequence[Mapping[str, Any]]) -> list[str]:
        """The charts as SVG elements, in order."""
        return list(await asyncio.gather(*map(self.to_svg, specs)))

    async def to_png(self, spec: Mapping[str, Any], scale: float = 2.0) -> bytes:
        """The chart as a PNG of `scale` pixels for each unit. Raises ChartRefused."""
        return await asyncio.to_thread(_draw_png, _encode(spec), scale)

    def _keep(self, key: bytes, svg: str) -> None:
        if key in self._kept:
            return
        self._kept[key] = svg
        self._size += len(svg)
        while self._size > self._limit:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)


def _encode(spec: Mapping[str, Any]) -> bytes:
    refuse_addresses(spec)
    text = _encoder.encode(spec)
    if len(text) > _MOST_BYTES:
        raise ChartRefused("The chart has more data than is drawn.")
    return text


def refuse_addresses(value: Any, key: str = "") -> None:
    """ChartRefused where a part of a specification names something to be loaded or opened.

    >>> refuse_addresses({"mark": "bar", "data": {"values": [{"name": "http://a"}]}})
    """
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == "values" and key == "data":
                continue  # rows are data: text that is drawn as text
            if name in _ADDRESS_KEYS:
                raise ChartRefused(f"A chart may not have '{name}': it loads nothing.")
            refuse_addresses(item, name)
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_addresses(item, key)
    elif isinstance(value, str) and key not in _TEXT_KEYS and _ADDRESS.match(value):
        raise ChartRefused("A chart may not name an address: it loads nothing.")


_TEXT_KEYS: Final = frozenset({"$schema", "title", "description", "sort", "domain", "text"})


def with_own_names(svg: str, prefix: str) -> str:
    """The SVG with its names set apart, so that several can stand in one document.

    >>> with_own_names('<clipPath id="a"/><g clip-path="url(#a)"/>', "c1-")
    '<clipPath id="c1-a"/><g clip-path="url(#c1-a)"/>'
    """
    renamed = re.sub(r'(<[^<>]*\sid=")', rf"\g<1>{prefix}", svg)
    return re.sub(r'(<[^<>]*="url\(#)', rf"\g<1>{prefix}", renamed)


def _draw_svg(text: bytes) -> str:
    try:
        svg = vl_convert.vegalite_to_svg(text.decode(), allowed_base_urls=[])
    except ValueError as error:
        raise ChartRefused("This is not a chart that can be drawn.") from error
    if _ACTIVE.search(svg):
        raise ChartRefused("The chart would load or run something.")
    return str(svg)


def _draw_png(text: bytes, scale: float) -> bytes:
    try:
        png = vl_convert.vegalite_to_png(text.decode(), scale=scale, allowed_base_urls=[])
    except ValueError as error:
        raise ChartRefused("This is not a chart that can be drawn.") from error
    return bytes(png)
