"""The prompt files, read once per process and filled in.

Called by `talk.py`. Invariant: what is filled in stands where the file says, and is not read again.
"""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def load_prompt(name: str) -> str:
    """The text of `prompts/<name>.md`."""
    return resources.files("server.planner.prompts").joinpath(f"{name}.md").read_text("utf-8")


def fill(name: str, /, **parts: str) -> str:
    """The prompt with its `{parts}`; braces inside a part stay as they are."""
    text = load_prompt(name)
    for key, part in parts.items():
        before, _, after = text.partition(f"{{{key}}}")
        text = f"{before}{part}{after}"
    return text.strip()
