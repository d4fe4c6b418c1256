"""Requests to replies, by a fixed number of engine workers that can be killed at any time.

Called by `execute.py`. Invariant: at most `workers` processes live at once; a query that is
stopped, cancelled or crashes costs its own caller one clean error and nobody else anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from server.errors import (
    AppError,
    EngineUnavailable,
    Overloaded,
    QueryTimeout,
    QueryTooComplex,
)
from server.warehouse.lockdown import MIB, EngineLimits, LockdownBroken
from server.warehouse.protocol import (
    Done,
    Failed,
    Opened,
    Prepared,
    Refused,
    Rejected,
    RunRequest,
)
from server.warehouse.replies import (
    EndedEarly,
    RunReply,
    to_death,
    to_result,
    to_timeout,
    to_unavailable,
)
from server.warehouse.worker_process import WorkerGone, WorkerOptions, WorkerProcess

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 10.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How many workers there are and what a query may take."""

    workers: int = 2
    limits: EngineLimits = field(default_factory=EngineLimits)
    start_limit_s: float = 60.0
    open_limit_s: float = 30.0
    """For a worker to switch to another data version."""
    parse_limit_s: float = 1.0
    """For a query to be read and compiled."""
    query_limit_s: float = 20.0
    """For a compiled query to run."""
    queue_limit: int = 64
    """Queries that may wait for a worker; one more is turned away."""
    queue_limit_s: float = 20.0
    limit_bytes: int = 8 * MIB
    """Arrow bytes of one result; it is cut there."""
    limit_columns: int = 200
    cache_bytes: int = 64 * MIB
    """Memory for kept results."""
    steps: str = "server.warehouse.production:STEPS"
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that Python itself needs here to start, such as LD_LIBRARY_PATH."""


class EnginePool:
    """The workers over the versions below `root`. Lives on one event loop."""

    def __init__(self, root: Path, settings: EngineSettings) -> None:
        self._root = root
        self._settings = settings
        self._idle: deque[WorkerProcess] = deque()
        self._waiting: deque[asyncio.Future[WorkerProcess]] = deque()
        self._keepers: list[asyncio.Task[None]] = []
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._version = 0
        self._broken: LockdownBroken | None = None
        self._layers: dict[str, str] = {}

    @property
    def layers(self) -> dict[str, str]:
        """What holds a worker, by layer, as the last one started reported it."""
        return dict(self._layers)

    async def start(self, version: int = 0) -> None:
        """Return once every worker has proved its lock; `version` is opened at once.

        Raises:
            LockdownBroken: a worker got out of its lock; nothing is left running.
            EngineUnavailable: a worker could not be started; nothing is left running.
        """
        self._version = version
        # Workers may read below this folder only, which is bound by what it is, not by its name.
        self._root.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(prefix="revenue-engine-")
        options = WorkerOptions(
            root=self._root.absolute(),
            scratch=Path(self._scratch.name),
            limits=self._settings.limits,
            steps=self._settings.steps,
            environment=self._settings.environment,
            # An Arrow stream is its buffers, padded, plus a schema and a line per batch.
            limit_body_bytes=2 * self._settings.limit_bytes + 4 * MIB,
        )
        workers = await self._start_all(options)
        self._keepers = [
            asyncio.create_task(self._keep(options, worker), name=f"engine-{number}")
            for number, worker in enumerate(workers)
        ]
        # Let every keeper put its worker on offer.
        await asyncio.sleep(0)

    async def _start_all(self, options: WorkerOptions) -> list[WorkerProcess]:
        """All workers, started side by side; none is left running when one fails."""
        starts = [
            asyncio.create_task(WorkerProcess.start(options, self._version))
            for _ in range(self._settings.workers)
        ]
        try:
            async with asyncio.timeout(self._settings.start_limit_s):
                return await asyncio.gather(*starts)
        except BaseException as error:
            await _abandon(starts)
            self._remove_scratch()
            if isinstance(error, WorkerGone | OSError):  # TimeoutError is an OSError
                raise EngineUnavailable("The engine workers do not start.") from error
            raise

    async def stop(self) -> None:
        """End all workers; whoever still waits gets EngineUnavailable."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers.clear()
        self._idle.clear()
        self._turn_away()
        self._remove_scratch()

    async def run(self, request: RunRequest) -> RunReply:
        """The computed query.

        Raises:
            SemanticError: the text does not compile.
            AppError: one of the classes that `server.errors` has for the engine.
        """
        try:
            return await self._run_once(request)
        except EndedEarly:
            # Ended from outside before it gave a sign: it may have been dead already when we
            # chose it. Reading twice harms nobody.
            return await self._run_once(request)

    async def _run_once(self, request: RunRequest) -> RunReply:
        worker = await self._acquire(request.version)
        worker.is_proven = True
        try:
            reply = await self._converse(worker, request)
        except BaseException:
            # Cancelled, too slow or broken: the worker's state is of no use to anybody. Its
            # keeper sees it end and starts another one.
            worker.kill()
            raise
        self._version = request.version
        if isinstance(reply, Failed) and reply.is_retiring:
            worker.kill()
        else:
            self._offer(worker)
        return to_result(reply)

    async def _converse(
        self, worker: WorkerProcess, request: RunRequest
    ) -> RunReply | Rejected | Failed:
        """Send the request and read to its last frame, each phase within its own limit."""
        clock = asyncio.get_running_loop().time
        settings = self._settings
        phase: type[AppError] = QueryTooComplex
        limit_s = settings.parse_limit_s
        if worker.version != request.version:
            phase, limit_s = EngineUnavailable, settings.open_limit_s
        is_early = True
        try:
            async with asyncio.timeout(limit_s) as limit:
                await worker.send(request)
                while True:
                    reply, body = await worker.receive()
                    is_early = False
                    match reply:
                        case Opened(version=version):
                            worker.version = version
                            phase, limit_s = QueryTooComplex, settings.parse_limit_s
                            limit.reschedule(clock() + limit_s)
                        case Prepared():
                            phase, limit_s = QueryTimeout, settings.query_limit_s
                            limit.reschedule(clock() + limit_s)
                        case Done():
                            return RunReply(reply, body)
                        case Rejected() | Failed():
                            return reply
                        case Refused(breaks=breaks):
                            raise self._refuse_from_now_on(LockdownBroken(breaks))
                        case _:
                            raise WorkerGone("a frame out of turn")
        except TimeoutError as error:
            raise to_timeout(phase, limit_s) from error
        except WorkerGone as error:
            worker.kill()
            raise to_death(await worker.wait(), is_early=is_early) from error

    async def _acquire(self, version: int) -> WorkerProcess:
        """An idle worker, preferably one that has `version` open; waits for one in turn."""
        if self._broken is not None or not self._keepers:
            raise to_unavailable()
        while self._idle:
            worker = self._take_idle(version)
            if worker.is_alive():
                return worker
        if len(self._waiting) >= self._settings.queue_limit:
            raise Overloaded("Too many queries are waiting already.", hint="Try again shortly.")
        turn: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._settings.queue_limit_s):
                return await turn
        except TimeoutError as error:
            self._give_up(turn)
            raise Overloaded(
                "No engine worker became free in time.", hint="Try again shortly."
            ) from error
        except asyncio.CancelledError:
            self._give_up(turn)
            raise

    def _take_idle(self, version: int) -> WorkerProcess:
        for worker in self._idle:
            if worker.version == version:
                self._idle.remove(worker)
                return worker
        return self._idle.popleft()

    def _give_up(self, turn: asyncio.Future[WorkerProcess]) -> None:
        """Leave the queue; a worker that was handed over in the same moment goes on."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(turn)
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self._offer(turn.result())

    def _offer(self, worker: WorkerProcess) -> None:
        """Give a free worker to whoever waits longest, or let it wait."""
        if not worker.is_alive():
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    async def _keep(self, options: WorkerOptions, first: WorkerProcess) -> None:
        """Keep one worker alive: offer it, wait for its end, bury it, start another one."""
        worker: WorkerProcess | None = first
        failures = 0
        try:
            while self._broken is None:
                if worker is None:
                    worker = await self._restart(options, failures)
                if worker is None:
                    failures += 1
                    continue
                self._layers = worker.layers
                self._offer(worker)
                code = await worker.wait()
                with contextlib.suppress(ValueError):
                    self._idle.remove(worker)
                await worker.bury()
                # An end while serving is paced by the askers; any other one might be a loop.
                failures = 0 if worker.is_proven else failures + 1
                logger.info("engine worker %d ended with %d", worker.pid, code)
                worker = None
        finally:
            if worker is not None:
                await worker.bury()

    async def _restart(self, options: WorkerOptions, failures: int) -> WorkerProcess | None:
        """Another worker, or None (and a reason in the log) when it does not start.

        Repeated failures are spaced out, so that a machine in trouble is not made busier.
        """
        if failures:
            await asyncio.sleep(min(_FIRST_PAUSE_S * 2 ** (failures - 1), _LONGEST_PAUSE_S))
        try:
            async with asyncio.timeout(self._settings.start_limit_s):
                return await WorkerProcess.start(options, self._version)
        except LockdownBroken as broken:
            self._refuse_from_now_on(broken)
        except (WorkerGone, OSError, TimeoutError):
            logger.exception("an engine worker did not start")
        return None

    def _refuse_from_now_on(self, broken: LockdownBroken) -> AppError:
        """No query runs on this pool any more; what to tell the asker."""
        logger.critical("%s", broken)
        self._broken = broken
        for worker in self._idle:
            worker.kill()
        self._turn_away()
        return to_unavailable()

    def _turn_away(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(to_unavailable())

    def _remove_scratch(self) -> None:
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None


async def _abandon(starts: list[asyncio.Task[WorkerProcess]]) -> None:
    """Cancel what is still starting and end what has started."""
    for start in starts:
        start.cancel()
    for result in await asyncio.gather(*starts, return_exceptions=True):
        if isinstance(result, WorkerProcess):
            await result.bury()
