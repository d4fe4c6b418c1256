"""How long an ingest takes beside a bare typed read of the same CSV by the engine.

Run by hand: `python -m benchmarks.ingest --rows 1000000`. Each run is a process of its own, so
that peak memory is its own; the best of `--repeat` runs counts. Both write the same columns with
the same types into a file in the same format and checkpoint it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import yaml

from semantic.spec import SemanticModelSpec
from server.demo import OPPORTUNITIES, OPPORTUNITY_HEADER, generate_demo
from server.warehouse.ingest import ingest
from server.warehouse.limits import IngestLimits
from server.warehouse.paths import STORAGE_VERSION, Home

_TYPED = {
    "Amount": "decimal(18,2)",
    "Probability (%)": "decimal(5,2)",
    "Close Date": "date",
    "Created Date": "date",
}
_MEMORY_MB = 1024


def make_spec() -> SemanticModelSpec:
    """A model of the demo's opportunities with a row id and the usual checks."""
    columns: dict[str, object] = {}
    for at, header in enumerate(OPPORTUNITY_HEADER):
        column: dict[str, object] = {"to": f"c{at}", "type": _TYPED.get(header, "text")}
        if column["type"] == "date":
            column["formats"] = ["%m/%d/%Y", "%Y-%m-%d"]
        columns[header] = column
    model = {
        "name": "opportunities",
        "source": "opportunities",
        "primary_key": "row_id",
        "dimensions": [{"name": "c0"}],
    }
    source = {
        "name": "opportunities",
        "files": [OPPORTUNITIES],
        "row_id": "row_id",
        "columns": columns,
    }
    text = yaml.safe_dump({"name": "bench", "sources": [source], "models": [model]})
    return SemanticModelSpec.model_validate(yaml.safe_load(text))


def run_ingest(home: Path) -> None:
    """One load of the home."""
    limits = IngestLimits(memory_mb=_MEMORY_MB)
    ingest(Home(home), make_spec(), now=datetime(2026, 1, 1, tzinfo=UTC), limits=limits)


def run_bare(home: Path) -> None:
    """CREATE TABLE AS over read_csv with the same types, checkpointed."""
    types = {name: _TYPED.get(name, "varchar") for name in OPPORTUNITY_HEADER}
    path = home / "bare.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(":memory:", config={"memory_limit": f"{_MEMORY_MB}MB"}) as connection:
        connection.execute(f"ATTACH '{path}' AS bare (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute(
            f"CREATE TABLE bare.main.t AS FROM read_csv('{home / 'data' / OPPORTUNITIES}',"
            f" columns={types}, header=true, auto_detect=false, delim=',', quote='\"',"
            " escape='\"', dateformat='%m/%d/%Y')"
        )
        connection.execute("CHECKPOINT bare")


_RUNS: dict[str, Callable[[Path], None]] = {"bare": run_bare, "ingest": run_ingest}


def measure(name: str, home: Path) -> dict[str, float]:
    """Wall and CPU seconds and peak memory of this process after one run."""
    wall, cpu = time.perf_counter(), time.process_time()
    _RUNS[name](home)
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", choices=sorted(_RUNS))
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.home)))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        generate_demo(arguments.rows, 1, home / "data", date(2026, 1, 1))
        size_mb = (home / "data" / OPPORTUNITIES).stat().st_size / 1e6
        print(f"{arguments.rows:,} rows, {size_mb:.0f} MB")
        best: dict[str, dict[str, float]] = {}
        for _ in range(arguments.repeat):
            for name in _RUNS:
                command = [sys.executable, "-m", "benchmarks.ingest", "--only", name]
                done = subprocess.run(
                    [*command, "--home", str(home)], check=True, capture_output=True, text=True
                )
                one = json.loads(done.stdout)
                now = best.setdefault(name, one)
                best[name] = {key: min(now[key], one[key]) for key in one}
        for name, one in best.items():
            print(
                f"{name:8} wall {one['wall_s']:6.2f} s   cpu {one['cpu_s']:6.2f} s"
                f"   peak {one['peak_mb']:5.0f} MB"
            )
        for key in ("wall_s", "cpu_s"):
            print(f"ratio {key[:-2]:5} {best['ingest'][key] / best['bare'][key]:.2f}")


if __name__ == "__main__":
    main()
