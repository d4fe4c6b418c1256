"""The held-out set asked of a server on demo data, or on exports in a folder, to a report.

Run as `python -m tests.evals.revenue.measure [--data FOLDER] [--only TEXT] [--file FILE]
[--questions FILE]`. Invariant: the home is new, and the program is started as a user starts it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import httpx

from tests.evals.asking import ask_items, tabulate
from tests.evals.revenue.items import write_items
from tests.serving import TODAY, make_demo_home, revenue, serving

ROWS = 3000
SEED = 11
WORST_FIRST = ("wrong", "misordered", "refused", "other")


def make_home(home: Path, data: Path | None) -> Path:
    """A home with demo data, or with the exports in the folder `data`, ingested."""
    if data is None:
        return make_demo_home(home, rows=ROWS, seed=SEED)
    (home / "data").mkdir(parents=True)
    for file in sorted(data.glob("*.csv")):
        shutil.copyfile(file, home / "data" / file.name)
    done = revenue(home, "ingest")
    assert done.returncode == 0, done.stderr
    return home


def main() -> None:
    """Ask, and write the score and the failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--questions", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home", options.data)
        items = [
            item
            for item in write_items(home / "data")
            if options.only in item["id"]
            or any(options.only in turn["question"] for turn in item["turns"])
        ]
        if options.questions:
            lines = (json.dumps(item, ensure_ascii=False) for item in items)
            options.questions.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with serving(home) as server, httpx.Client(base_url=server.url, timeout=60) as client:
            records = ask_items(client, items, TODAY.isoformat())
    report = tabulate(records)
    failures = [record for record in records if record.outcome != "right"]
    failures.sort(
        key=lambda record: ("wrong", "misordered", "refused", "other").index(record.outcome)
    )
    report += "\n\n" + "\n\n".join(record.describe() for record in failures) + "\n"
    if options.file:
        options.file.write_text(report, encoding="utf-8")
    sys.stdout.write(tabulate(records) + "\n")


if __name__ == "__main__":
    main()
