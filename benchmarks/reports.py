"""How long a report takes, from the request to the last byte of its PDF.

Run by `make bench`. The server, the store and the browser are the real ones. Beside each wall time
stand the CPU seconds of the server and all its children: on a busy machine, waiting says little.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pypdf

from server.demo import generate_demo
from server.loading import load_home_model
from server.report.drawing import Drawings
from server.warehouse.ingest import ingest
from server.warehouse.paths import Home

TODAY = date(2025, 2, 15)
QUESTIONS = (
    "pipeline value by stage",
    "won revenue by month",
    "win rate by product category",
    "top 10 accounts by total opportunity value",
)
ROUNDS = 15
AT_ONCE = 8
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        generate_demo(20_000, 7, home.data, TODAY)
        ingest(home, load_home_model(home)[0].spec, now=datetime(2025, 2, 15, 12, tzinfo=UTC))
        with serving(home) as (url, pid):
            measure(url, pid)


def measure(url: str, pid: int) -> None:
    with httpx.Client(base_url=url, timeout=300) as client:
        body = {"conversation_id": hold_conversation(client)}
        first_s, pdf = printed(client, body)
        if pdf is None:
            print("no browser: nothing to measure")
            return
        pages = len(pypdf.PdfReader(io.BytesIO(pdf)).pages)
        print(f"report: {len(QUESTIONS)} charts, {pages} pages, {len(pdf) / 1024:.0f} KiB")
        print(f"first print, browser started and charts drawn: {first_s:.2f} s")
        charts = client.get(f"/api/conversations/{body['conversation_id']}").json()
    print(f"drawing the charts anew: {asyncio.run(draw(charts)) * 1000:.0f} ms")
    with httpx.Client(base_url=url, timeout=300) as client:
        before, walls = cpu_s(pid), [printed(client, body)[0] for _ in range(ROUNDS)]
        each = (cpu_s(pid) - before) / ROUNDS
        print(
            f"warm, one after another: median {statistics.median(walls) * 1000:.0f} ms, "
            f"best {min(walls) * 1000:.0f} ms, CPU {each:.2f} s a report"
        )
        before, began = cpu_s(pid), time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda _: printed(client, body)[1], range(AT_ONCE)))
        wall, each = time.perf_counter() - began, (cpu_s(pid) - before) / AT_ONCE
        failed = sum(pdf is None for pdf in found)
        print(
            f"{AT_ONCE} at once: all after {wall:.2f} s, {failed} failed, CPU {each:.2f} s a report"
        )
        print(f"memory of the browser, PSS: {browser_mib(pid):.0f} MiB")
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def hold_conversation(client: httpx.Client) -> str:
    found = ""
    for question in QUESTIONS:
        asked = {"question": question, "as_of": TODAY.isoformat()}
        if found:
            asked["conversation_id"] = found
        found = client.post("/api/query", json=asked).json()["conversation_id"]
    return found


def printed(client: httpx.Client, body: dict[str, str]) -> tuple[float, bytes | None]:
    """Seconds until the last byte, and the PDF."""
    began = time.perf_counter()
    response = client.post("/api/report/pdf", json=body)
    wall = time.perf_counter() - began
    return wall, response.content if response.status_code == 200 else None


async def draw(conversation: dict[str, Any]) -> float:
    """Seconds to draw all charts of a conversation, with the converter warm."""
    specs = [v["spec"] for t in conversation["turns"] for v in t["answer"]["visualizations"]]
    drawings = Drawings(kept_bytes=0)
    await drawings.to_svgs(specs)
    began = time.perf_counter()
    await drawings.to_svgs(specs)
    return time.perf_counter() - began


# ------------------------------------------------------------------ the server


@contextmanager
def serving(home: Home) -> Iterator[tuple[str, int]]:
    """Address and process of a server on the home."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "--home", str(home.root), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://localhost:\d+", process.stdout.readline())
        assert found is not None
        wait_until_up(found[0])
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


def wait_until_up(url: str) -> None:
    for _ in range(600):
        try:
            httpx.get(f"{url}/api/health", timeout=10)
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its descendants so far, of ended ones included."""
    total = 0
    for one in family(pid):
        try:
            fields = (Path("/proc") / str(one) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def browser_mib(pid: int) -> float:
    """Proportional memory of the browser's processes."""
    total = 0
    for one in family(pid):
        folder = Path("/proc") / str(one)
        try:
            name = (folder / "comm").read_text()
            rollup = (folder / "smaps_rollup").read_text()
        except OSError:
            continue
        if "chrom" in name:
            total += int(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0])
    return total / 1024


if __name__ == "__main__":
    main()
