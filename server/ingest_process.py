"""A load in a process of its own: its memory and its crashes are not the server's.

Called by uploads; the process is `revenue ingest --json`. Invariant: the outcome is the load's
report, or an error; a process that ends without a word has published nothing new or all of it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from server.load_bodies import FailedLoad, LoadReport
from server.warehouse.errors import WarehouseError
from server.warehouse.paths import Home

_OUTPUT_LIMIT_BYTES: Final = 8 * 1024 * 1024

logger = logging.getLogger(__name__)


async def run_ingest(home: Home, folder: Path, environment: Mapping[str, str]) -> LoadReport:
    """The report of a load of the CSVs in `folder` into `home`.

    The process is killed when the caller is cancelled: what was published stays whole.

    Raises:
        WarehouseError: nothing was published.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "server.cli", "ingest", "--json", "--data", str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_OUTPUT_LIMIT_BYTES,
        env={**environment, "REVENUE_HOME": str(home.root)},
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        if process.returncode == 0:
            return msgspec.json.decode(output, type=LoadReport)
        raise WarehouseError(msgspec.json.decode(output, type=FailedLoad).issues)
    except msgspec.DecodeError as error:
        logger.error("the load process ended with %d and no report", process.returncode)
        raise WarehouseError.of(
            "load-crashed",
            "The load was interrupted.",
            hint="Try again; the operator finds the reason in the server's log.",
        ) from error
