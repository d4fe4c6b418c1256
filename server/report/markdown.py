"""Markdown of answers to HTML that shows it and does nothing else.

Called by `view.py`. Pure. Invariant: no raw HTML passes, no image is loaded, and a link leads to
http or https or is text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from markdown_it import MarkdownIt

_LINK: Final = re.compile(r"https?://[^\s/]+", re.I)
_MORE: Final = re.compile(r"… and [\d,]+ more\.")


def to_html(text: str) -> str:
    """The HTML of a markdown text.

    >>> to_html("**a** <b>")
    '<p><strong>a</strong> &lt;b&gt;</p>\\n'
    >>> to_html("[x](javascript:alert(1)) ![y](http://a/b.png)")
    '<p>[x](javascript:alert(1)) !<a href="http://a/b.png">y</a></p>\\n'
    """
    return str(_renderer().render(text))


def _renderer() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    parser.disable(["image", "html_block", "html_inline"])
    renderer: Any = parser
    renderer.validateLink = lambda url: _LINK.match(url) is not None
    return parser


def without_repeats(text: str, insights: Collection[str], titles: Collection[str]) -> str:
    """The markdown without what the report shows in a better form beside it.

    Left out are tables, the insights, the titles of charts and the closing line on how the
    question was understood.

    >>> without_repeats("**Sales**\\n- A leads.\\n\\n|a|\\n|---|\\n|1|\\n\\nRead *this*.",
    ...     ["A leads."], ["Sales"])
    'Read *this*.'
    """
    dropped = {f"- {insight}" for insight in insights} | {*insights}
    dropped |= {f"**{title}**" for title in titles}
    lines = [line for line in text.split("\n") if not _is_repeat(line.strip(), dropped)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_repeat(line: str, dropped: Collection[str]) -> bool:
    is_reading = re.fullmatch(r"\*[^*].*as of \d{4}-\d{2}-\d{2}\.\*", line, re.I) is not None
    is_table = line.startswith("|") or _MORE.fullmatch(line) is not None
    return is_reading or is_table or line in dropped
