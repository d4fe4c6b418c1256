"""One real ingest in a process of its own, for tests that kill it or run two at once.

`python -m tests.warehouse.ingest_once HOME`: loads the shop of `shop.py` and prints the number.
"""

from __future__ import annotations

import sys
from pathlib import Path

from server.warehouse.ingest import ingest
from server.warehouse.paths import Home
from tests.warehouse.shop import LIMITS, NOW, make_spec


def main() -> None:
    """Ingest the home named by the first argument."""
    report = ingest(Home(Path(sys.argv[1])), make_spec(), now=NOW, limits=LIMITS)
    sys.stdout.write(f"{report.version.number}\n")


if __name__ == "__main__":
    main()
