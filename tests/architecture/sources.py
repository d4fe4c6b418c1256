"""The checkout to what the architecture tests look at: its text files and their imports.

Used by the tests beside it. Invariant: only files of the project, never an environment or data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("semantic", "server", "sql_templates", "migrations")

_SKIPPED_NAMES = frozenset({"__pycache__", "node_modules", "build", "dist"})
_SKIPPED_AT_TOP = frozenset({"data", "warehouse", "reports"})
_HIDDEN_BUT_OURS = frozenset({".ci", ".github", ".env.example", ".gitignore", ".dockerignore"})


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module: who imports it, in which line, under which full name."""

    path: Path
    line: int
    module: str

    @property
    def library(self) -> str:
        """The first part of the name."""
        return self.module.partition(".")[0]


def find_files(*suffixes: str, under: tuple[str, ...] = ("",)) -> list[Path]:
    """The project's files with one of the suffixes (all when none is given), in order."""
    found = {path for folder in under for path in _walk(ROOT / folder) if _is_one(path, suffixes)}
    return sorted(found)


def _is_one(path: Path, suffixes: tuple[str, ...]) -> bool:
    return not suffixes or path.suffix in suffixes


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        name = path.name
        if name in _SKIPPED_NAMES or (folder == ROOT and name in _SKIPPED_AT_TOP):
            continue
        if name.startswith(".") and name not in _HIDDEN_BUT_OURS:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def relative(path: Path) -> str:
    """The path below the checkout, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def find_imports(path: Path) -> list[Import]:
    """Every import of a Python file, those inside functions and TYPE_CHECKING included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [Import(path, node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(Import(path, node.lineno, node.module or ""))
    return found
