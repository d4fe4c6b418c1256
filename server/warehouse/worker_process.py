"""One engine worker as the pool sees it: a process to start, talk to, kill and bury.

Called by `pool.py` only. Invariant: whatever happens to a worker, its process is reaped and
its pipes are closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.warehouse.lockdown import EngineLimits, LockdownBroken
from server.warehouse.protocol import (
    LENGTHS,
    BrokenFrame,
    Ready,
    Refused,
    Reply,
    RunRequest,
    encode_frame,
    parse_lengths,
    parse_reply,
)

_STREAM_BUFFER_BYTES: Final = 1024 * 1024
_LOGGED_CHARACTERS: Final = 64_000
"""What one worker may write to the log in its life; a query can make the engine chatter."""

logger = logging.getLogger(__name__)


class WorkerGone(Exception):
    """The worker ended, or does not speak the protocol, in the middle of a conversation."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker is started."""

    root: Path
    scratch: Path
    limits: EngineLimits
    steps: str
    environment: tuple[tuple[str, str], ...]
    limit_body_bytes: int


class WorkerProcess:
    """A started worker. `version` is the data version it has open, as far as we know."""

    def __init__(self, process: asyncio.subprocess.Process, limit_body_bytes: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._input = process.stdin
        self._output = process.stdout
        self._limit_body_bytes = limit_body_bytes
        self._log = asyncio.create_task(_log_lines(process.pid, process.stderr))
        self.version = 0
        self.is_proven = False
        """True once it was given a request: it got through its start."""
        self.layers: dict[str, str] = {}

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @classmethod
    async def start(cls, options: WorkerOptions, version: int) -> WorkerProcess:
        """A worker that has proved its lock.

        Raises:
            LockdownBroken: it got out of its lock.
            WorkerGone: it ended before it was ready.
            OSError: no process could be started.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # No folder but those of PYTHONPATH: the current one may hold anybody's files.
            "-P",
            "-m",
            "server.warehouse.worker",
            f"--root={options.root}",
            f"--scratch={options.scratch}",
            f"--steps={options.steps}",
            f"--version={version}",
            f"--memory-mb={options.limits.memory_mb}",
            f"--threads={options.limits.threads}",
            f"--address-space-mb={options.limits.address_space_mb}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(options.environment),
            cwd="/",
            start_new_session=True,
            limit=_STREAM_BUFFER_BYTES,
        )
        worker = cls(process, options.limit_body_bytes)
        try:
            first, _ = await worker.receive()
        except BaseException:
            await worker.bury()
            raise
        match first:
            case Ready(layers=layers):
                worker.version = version
                worker.layers = layers
                return worker
            case Refused(breaks=breaks):
                await worker.bury()
                raise LockdownBroken(breaks)
            case _:
                await worker.bury()
                raise WorkerGone("its first frame was neither ready nor refused")

    async def send(self, request: RunRequest) -> None:
        """Write the request; WorkerGone when nobody reads it."""
        try:
            self._input.write(encode_frame(request))
            await self._input.drain()
        except ConnectionError as error:
            raise WorkerGone("it closed its pipe") from error

    async def receive(self) -> tuple[Reply, bytes]:
        """The next frame; WorkerGone when none comes."""
        try:
            prefix = await self._output.readexactly(LENGTHS.size)
            header_bytes, body_bytes = parse_lengths(prefix, self._limit_body_bytes)
            header = await self._output.readexactly(header_bytes)
            body = await self._output.readexactly(body_bytes) if body_bytes else b""
            return parse_reply(header), body
        except (asyncio.IncompleteReadError, ConnectionError, BrokenFrame) as error:
            raise WorkerGone(str(error)) from error

    def is_alive(self) -> bool:
        """False as soon as the process has ended, even if nobody was told yet."""
        if self._process.returncode is not None:
            return False
        try:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return ended is None

    def kill(self) -> None:
        """End the process now; does not wait."""
        # Not by asyncio's own kill(): that one reaps a process which has just ended and loses
        # the exit code that says why.
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit code, negative for a signal, once it has ended."""
        return await self._process.wait()

    async def bury(self) -> None:
        """Kill it if need be, reap it and close its pipes.

        Ends only when that is done; a cancellation on the way is delivered afterwards.
        """
        burial = asyncio.create_task(self._bury())
        cancelled: asyncio.CancelledError | None = None
        while not burial.done():
            try:
                await asyncio.shield(burial)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _bury(self) -> None:
        self.kill()
        await self._log
        # Reads what is left in the pipe (the buffer and a pipe's worth) and closes all ends.
        await self._process.communicate()


async def _log_lines(pid: int, stream: asyncio.StreamReader) -> None:
    """Pass a worker's stderr to our log, line by line, with control characters escaped."""
    left = _LOGGED_CHARACTERS
    rest = b""
    while chunk := await stream.read(4096):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > 4096:
            lines, rest = [*lines, rest], b""
        for line in lines:
            if left > 0:
                _log_line(pid, line)
            left -= len(line)
    if rest and left > 0:
        _log_line(pid, rest)


def _log_line(pid: int, line: bytes) -> None:
    text = line.decode("utf-8", "replace").encode("unicode_escape").decode("ascii")
    logger.warning("engine worker %d: %s", pid, text[:1000])


def _environment(extra: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """All that a worker gets to know of our environment: no key, no home, no proxy."""
    return {
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # The same modules as here, in the same order, wherever they were found.
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Address space is limited: no arenas and pools that only reserve it.
        "MALLOC_ARENA_MAX": "4",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **dict(extra),
    }
