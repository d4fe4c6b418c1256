"""A wheel to a verdict: every file of the four packages is in it, unchanged, and nothing else.

Called by `make build` with the wheel's path. Invariant: ends with 1 and a list on any difference.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("semantic", "server", "sql_templates", "migrations")
# Without one of each the product starts and then has nothing to say.
NEEDED = (
    "semantic/models/*.yml",
    "sql_templates/*.sql",
    "migrations/versions/*.py",
    "server/cli.py",
)


PAGE = "server/web/dist/index.html"


def read_checkout() -> dict[str, bytes]:
    """The packages' files by their path in the wheel; caches of the interpreter left out."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def read_wheel(wheel: Path) -> tuple[dict[str, bytes], str]:
    """The wheel's files outside its metadata, and its entry points."""
    files, entry_points = {}, ""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if ".dist-info/" not in name:
                files[name] = archive.read(name)
            elif name.endswith("/entry_points.txt"):
                entry_points = archive.read(name).decode()
    return files, entry_points


def find_differences(wheel: Path) -> list[str]:
    """One sentence per difference; empty when the wheel is right."""
    checkout, (shipped, entry_points) = read_checkout(), read_wheel(wheel)
    found = [f"missing in the wheel: {name}" for name in sorted(checkout.keys() - shipped.keys())]
    found += [f"in the wheel only: {name}" for name in sorted(shipped.keys() - checkout.keys())]
    found += [
        f"differs from the checkout: {name}"
        for name in sorted(checkout.keys() & shipped.keys())
        if checkout[name] != shipped[name]
    ]
    found += [
        f"no file in the wheel matches {pattern}"
        for pattern in NEEDED
        if not any(Path(name).match(pattern) for name in shipped)
    ]
    if "revenue = server.cli:main" not in entry_points:
        found.append("the console script 'revenue' is not declared")
    return found


def main() -> int:
    """0 for a right wheel, 1 for a wrong one, 2 when the call is wrong."""
    if len(sys.argv) != 2:
        print("usage: check_wheel.py dist/NAME.whl", file=sys.stderr)
        return 2
    wheel = Path(sys.argv[1])
    found = find_differences(wheel)
    page = "with the page" if PAGE in read_wheel(wheel)[0] else "without the page (not built)"
    print("\n".join(found) or f"{wheel.name}: every packaged file is in it, unchanged, {page}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
