"""How long a question takes: planning, the whole answer, and the first event of a stream.

Run by hand: `python -m benchmarks.questions [--rows 20000,10000000] [--rounds 5]`. The planner, the
engine workers, the state store and the server are the real ones. Results are never kept between two
questions, except in the column that measures just that. No threshold: the reader judges.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from benchmarks.queries import write_version
from semantic.compiled import Principal
from server.app import open_services
from server.demo import generate_demo
from server.loading import load_home_model
from server.planner.plan import Planner
from server.routes.dependencies import Services
from server.schemas import AnalysisRequest, QuestionRequest
from server.settings import EngineOptions, Settings
from server.warehouse.ingest import ingest
from server.warehouse.paths import Home

TODAY = date(2025, 2, 15)
NOW = datetime(2025, 2, 15, 12, tzinfo=UTC)
TIME_LIMIT_S = 600
"""Far above the default: what takes too long is to be measured, not stopped."""
MADE_IN_ENGINE_FROM = 1_000_000
"""More rows than this are made inside the engine: an ingest of their CSVs would take minutes."""

QUESTIONS = (
    "What is our total pipeline?",
    "What's the average size of the deals we won?",
    "Number of open deals by product category",
    "How many deals did we lose per lead source?",
    "Open deal count by type and product category",
    "Top 10 accounts by total opportunity value",
    "Won revenue by month in 2024",
    "Win rate by quarter",
    "Compare win rates between renewals and expansions",
    "What share of the pipeline does each stage have?",
    "Show win rate, deal count and won revenue by lead source",
    "Which product categories have a win rate of at least 40%?",
    "List the deals closing next month over $300k",
    "Median deal size by stage",
    "Pipeline excluding renewals by stage",
    "How much did we win last quarter compared to the quarter before?",
    "Deals created this year to date by lead source",
    "Which deals are stalled?",
    "How healthy is our pipeline?",
    "Show me the numbers",
    "Which sales reps are most successful?",
)
EXPLAINED = (
    {"metric": "won_amount", "period": "2024-Q4"},
    {"metric": "win_rate", "period": "2024-Q4"},
    {"metric": "avg_deal_size", "period": "2024-Q4", "dimensions": "lead_source"},
)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one kind of work."""

    name: str
    values: list[float]

    def to_line(self) -> str:
        """Median, 95th percentile and worst."""
        ranked = sorted(self.values)
        high = ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]
        return (
            f"  {self.name:<34}{statistics.median(ranked):9.2f}{high:9.2f}{ranked[-1]:9.2f}"
            f"{len(ranked):7d}"
        )


def main(arguments: Sequence[str]) -> int:
    """One table for every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="20000", help="sizes, comma-separated")
    parser.add_argument("--data", type=Path, help="CSVs to ask instead, for the packaged model")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.data is not None:
            home = Home(Path(folder) / "own")
            rows = load_own(home, options.data)
            asyncio.run(report(home, rows, options.rounds))
            report_streams(home, options.rounds)
            return 0
        for text in str(options.rows).split(","):
            home = Home(Path(folder) / text)
            make_home(home, int(text))
            asyncio.run(report(home, int(text), options.rounds))
            report_streams(home, options.rounds)
    return 0


def make_home(home: Home, rows: int) -> None:
    """Publish demo data with `rows` opportunities."""
    home.data.mkdir(parents=True)
    loaded = load_home_model(home)
    if rows >= MADE_IN_ENGINE_FROM:
        write_version(home, loaded[1], rows)
        return
    generate_demo(rows, 7, home.data, TODAY)
    ingest(home, loaded[0].spec, now=NOW)


def load_own(home: Home, folder: Path) -> int:
    """Publish the CSVs of a folder; returns the records they held."""
    shutil.copytree(folder, home.data)
    return ingest(home, load_home_model(home)[0].spec, now=NOW).version.records


async def report(home: Home, rows: int, rounds: int) -> None:
    """Print the table of one home."""
    fresh = Settings(home=home.root, engine=EngineOptions(cache_mb=0, timeout_s=TIME_LIMIT_S))
    print(f"{rows:,} rows, ms {'':>25}{'median':>9}{'p95':>9}{'worst':>9}{'n':>7}")
    async with _opened(fresh) as services:
        asking = services.questions.services
        snapshot = await asking.snapshots.get()
        started = time.perf_counter()
        kit = await asking.planners.get(snapshot, Principal(), TODAY)
        print(Times("make the planner (once a version)", [_since(started)]).to_line())
        print(Times("plan", _plan(kit.planner, rounds)).to_line())
        print(Times("answer, first time asked", await _answers(services, 1)).to_line())
        print(Times("answer", await _answers(services, rounds)).to_line())
        print(Times("explain_change", await _explanations(services, rounds)).to_line())
    async with _opened(replace(fresh, engine=EngineOptions(timeout_s=TIME_LIMIT_S))) as services:
        await _answers(services, 1)
        print(Times("answer, results kept", await _answers(services, rounds)).to_line())


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings, clock=lambda: NOW, surface="benchmark") as services:
        yield services


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return _since(started)


def _plan(planner: Planner, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        for question in QUESTIONS:
            started = time.perf_counter()
            planner.plan(question, TODAY)
            times.append(_since(started))
    return times


async def _answers(services: Services, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        for question in QUESTIONS:
            request = QuestionRequest(question, as_of=TODAY)
            times.append(await _timed(lambda r=request: services.questions.answer(r, Principal())))  # type: ignore[misc]
    return times


async def _explanations(services: Services, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        for parameters in EXPLAINED:
            request = AnalysisRequest(dict(parameters), TODAY)
            times.append(
                await _timed(
                    lambda r=request: services.analyses.run("explain_change", r, Principal())  # type: ignore[misc]
                )
            )
    return times


@contextmanager
def served(home: Home) -> Iterator[str]:
    """The address of a server on the home, in a process of its own."""
    environment = {
        **os.environ,
        "REVENUE_HOME": str(home.root),
        "REVENUE_CACHE_MB": "0",
        "REVENUE_ENGINE_TIMEOUT_S": f"{TIME_LIMIT_S}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve", "--port", "0"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.search(r"http://localhost:\d+", process.stdout.readline())
        if found is None:
            raise RuntimeError("the server did not start")
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


def report_streams(home: Home, rounds: int) -> None:
    """Print the times of streams over HTTP, from the request to the first and the last event."""
    with served(home) as address, httpx.Client(base_url=address, timeout=120) as client:
        client.get("/api/data/versions").raise_for_status()
        cold, _ = _stream(client, QUESTIONS[0])
        pairs = [_stream(client, question) for _ in range(rounds) for question in QUESTIONS]
    print(Times("stream, first event, server just up", [cold]).to_line())
    print(Times("stream, first event", [first for first, _ in pairs]).to_line())
    print(Times("stream, to the end", [whole for _, whole in pairs]).to_line())


def _stream(client: httpx.Client, question: str) -> tuple[float, float]:
    body = {"question": question, "as_of": f"{TODAY}"}
    first, started = 0.0, time.perf_counter()
    with client.stream("POST", "/api/query/stream", json=body) as response:
        for line in response.iter_lines():
            if not first and line.startswith("data: "):
                first = _since(started)
    return first, _since(started)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
