"""One environment variable to one typed value: how fields of settings are declared and read.

Used by `settings.py` and its groups. Invariant: an error says what is expected and never repeats
the value, which may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any


def variable(
    name: str, default: Any, parse: Callable[[str], Any], *, is_secret: bool = False
) -> Any:
    """A field read from `REVENUE_<name>`; a secret one never shows in a repr."""
    return field(default=default, repr=not is_secret, metadata={"name": name, "parse": parse})


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Parses a whole number within the bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", text) or not lowest <= int(text) <= highest:
            raise ValueError(f"give a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def seconds(lowest: float, highest: float) -> Callable[[str], float]:
    """Parses a number of seconds within the bounds."""

    def parse(text: str) -> float:
        if (
            not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text)
            or not lowest <= float(text) <= highest
        ):
            raise ValueError(f"give a number of seconds from {lowest:g} to {highest:g}")
        return float(text)

    return parse


def list_of(pattern: re.Pattern[str], example: str) -> Callable[[str], tuple[str, ...]]:
    """Parses a comma-separated list whose items fit the pattern."""

    def parse(text: str) -> tuple[str, ...]:
        items = tuple(item.strip() for item in text.split(",") if item.strip())
        if not all(pattern.fullmatch(item) for item in items):
            raise ValueError(f"give a comma-separated list such as {example}")
        return items

    return parse


def base_url(text: str) -> str:
    """Where people reach a server."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._~/-]*)?", text):
        raise ValueError("give an address such as https://revenue.example.com")
    return text.rstrip("/")


def mailbox(text: str) -> str:
    """An address of mail."""
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}", text):
        raise ValueError("give an address such as revenue@example.com")
    return text


def host_name(text: str) -> str:
    """An address to listen on."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", text):
        raise ValueError("give an address to listen on, such as 127.0.0.1 or 0.0.0.0")
    return text


def folder(text: str) -> str:
    """The full path of a folder."""
    if not Path(text.strip()).is_absolute():
        raise ValueError("give the full path of a folder")
    return text.strip()


def text(given: str) -> str:
    """Any text that is not blank."""
    if not given.strip():
        raise ValueError("give a value, or unset the variable")
    return given.strip()


def one_of(*words: str) -> Callable[[str], str]:
    """Parses one of the words, however it is capitalised."""

    def parse(text: str) -> str:
        if text.strip().lower() not in words:
            raise ValueError(f"give one of {', '.join(words)}")
        return text.strip().lower()

    return parse


def amount(text: str) -> float:
    """An amount of money."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        raise ValueError("give a number of US dollars, such as 2.50")
    return float(text)


def switch(text: str) -> bool:
    """True or false."""
    if text not in ("true", "false"):
        raise ValueError("give true or false")
    return text == "true"


def address(text: str) -> str:
    """The address of a server; no user name or password, for addresses get into logs."""
    host = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    if not re.fullmatch(rf"https?://{host}(?::[0-9]{{1,5}})?(?:/[\w./~-]*)?", text):
        raise ValueError("give an address such as http://localhost:11434/v1")
    return text.rstrip("/")
