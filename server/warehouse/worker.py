"""The engine worker: frames on standard input to frames on standard output.

Started by `pool.py` as `python -m server.warehouse.worker`. Invariant: it serves only after
it has failed to break out of its own lock, and one request at a time.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from semantic.issues import SemanticError
from server.warehouse.engine import Engine
from server.warehouse.engine_errors import IncidentLog
from server.warehouse.fetch import QueryRefused
from server.warehouse.lockdown import MIB, EngineLimits, LockdownBroken, find_scratch_breaks
from server.warehouse.protocol import (
    LENGTHS,
    Done,
    Failed,
    Ready,
    Refused,
    Reply,
    RunRequest,
    encode_frame,
    parse_lengths,
    parse_request,
)
from server.warehouse.sandbox import (
    bind_to_parent,
    code_folders,
    limit_resources,
    restrict_files,
)
from server.warehouse.steps import find_steps

EXIT_LOCKDOWN_BROKEN: Final = 70

logger = logging.getLogger(__name__)


class Pipe:
    """The frames to and from the pool, on descriptors that nothing else can reach by name.

    Standard input becomes empty and standard output becomes standard error: neither a
    stray print nor `read_csv('/dev/stdin')` can get between us and the pool.
    """

    def __init__(self) -> None:
        self._input = os.fdopen(os.dup(0), "rb")
        self._output = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def read_request(self) -> RunRequest | None:
        """The next request; None when the pool has gone."""
        prefix = self._input.read(LENGTHS.size)
        if len(prefix) < LENGTHS.size:
            return None
        header_bytes, _ = parse_lengths(prefix, 0)
        header = self._input.read(header_bytes)
        return parse_request(header) if len(header) == header_bytes else None

    def write(self, reply: Reply, body: bytes = b"") -> None:
        """Send one frame."""
        rest = memoryview(encode_frame(reply, body))
        while rest:
            rest = rest[os.write(self._output, rest) :]


def serve(pipe: Pipe, engine: Engine, incidents: IncidentLog, address_space_mb: int) -> None:
    """Answer requests until the pool closes the pipe or the engine is worn out.

    Raises:
        LockdownBroken: the lock does not hold (any more).
    """
    while (request := pipe.read_request()) is not None:
        reply, body = _answer(pipe, engine, incidents, request)
        if isinstance(reply, Failed) and (reply.is_retiring or _is_worn_out(address_space_mb)):
            pipe.write(Failed(reply.code, reply.message, reply.hint, is_retiring=True))
            return
        pipe.write(reply, body)
        # After the answer is out: nobody waits for this look at the engine. A plan that left
        # the engine as it was once will do so again.
        if not (isinstance(reply, Done) and reply.is_plan_cached) and engine.lint():
            logger.warning("a query changed the engine's settings; opening it anew")
            engine.reopen()


def _answer(
    pipe: Pipe, engine: Engine, incidents: IncidentLog, request: RunRequest
) -> tuple[Reply, bytes]:
    try:
        return engine.run(request, pipe.write)
    except LockdownBroken:
        raise
    except Exception as error:  # noqa: BLE001 - the process' last resort: logged, told by number
        return incidents.report(error), b""


def _open_early(engine: Engine, version: int) -> None:
    """Open `version` before the first request; what fails here is told to whoever asks for it."""
    try:
        engine.open_version(version)
    except (QueryRefused, SemanticError, ValueError, duckdb.Error):
        logger.warning("version %d could not be opened", version, exc_info=True)


def _is_worn_out(address_space_mb: int) -> bool:
    """True when half of the address space is taken: the next query may fail for this one."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return True
    return pages * os.sysconf("SC_PAGE_SIZE") > address_space_mb * MIB // 2


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """What the pool says about this worker."""
    parser = argparse.ArgumentParser(prog="server.warehouse.worker")
    parser.add_argument("--root", type=Path, required=True, help="the folder of the versions")
    parser.add_argument("--scratch", type=Path, required=True, help="a folder for the proof")
    parser.add_argument("--steps", required=True, help="package.module:ATTRIBUTE")
    parser.add_argument("--version", type=int, default=0, help="the version to open at once")
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--address-space-mb", type=int, required=True)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Prove the lock, serve, and return the exit code."""
    options = parse_arguments(arguments)
    limits = EngineLimits(options.memory_mb, options.threads, options.address_space_mb)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    pipe = Pipe()
    layers = bind_to_parent()
    steps = find_steps(options.steps)
    engine = Engine(options.root, limits, steps)
    try:
        # First without the help of the operating system: DuckDB's lock must hold alone.
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            breaks = find_scratch_breaks(Path(folder) / "scratch.duckdb", limits, steps.open)
        if breaks:
            raise LockdownBroken(breaks)
        packages = {name.partition(".")[0] for name in (__name__, "server", options.steps)}
        layers |= restrict_files([*code_folders([*packages, "semantic"]), options.root])
        layers |= limit_resources(limits.address_space_mb)
        if options.version:
            _open_early(engine, options.version)
        gc.freeze()
        pipe.write(Ready(layers))
        serve(pipe, engine, IncidentLog(str(os.getpid())), limits.address_space_mb)
    except LockdownBroken as broken:
        pipe.write(Refused(broken.breaks))
        return EXIT_LOCKDOWN_BROKEN
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
