"""A report's content and its drawn charts to one self-contained HTML document.

Called by `reports.py`. Pure. Invariant: everything that came from a person, a file or a model
is escaped; the document loads nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from server.report.content import ReportContent

Drawings = Mapping[int, str]
"""SVG of a chart by the identity of its spec."""


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

    def render(self, content: ReportContent) -> str:
        """The whole document."""
        return self._environment.get_template("report.html").render(report=content)
