"""A report's content and its drawn charts to one self-contained HTML document.

Called by `reports.py`. Pure. Invariant: everything that came from a person, a file or a model
is escaped; the document loads nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from server.report.content import ReportContent
from server.report.view import to_view


class Pages:
    """The templates, compiled once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("server.report", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["css_string"] = to_css_string

    def render(self, content: ReportContent, svgs: Mapping[int, str]) -> str:
        """The whole document; `svgs` by the identity of each chart's specification."""
        template = self._environment.get_template("report.html")
        return template.render(report=to_view(content, svgs))


def to_css_string(text: str) -> str:
    r"""The text as a string of CSS that nothing in it can end.

    >>> to_css_string('a"</style>')
    '"a\\22 \\3c \\2f style\\3e "'
    """
    escaped = "".join(
        c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text
    )
    return f'"{escaped}"'
