"""A running browser to blank pages that are ready before they are needed.

Used by `printer.py`. Invariant: a page is printed on once, in a browser context of its own, with
scripts off and every request refused; the context is closed afterwards, whatever happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Error, Page, Route

CLOSE_S: Final = 5.0
_SHEETS_A_BROWSER: Final = 500
"""After so many a browser is replaced, so that what it may leak stays bounded."""
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One blank page and the context it alone lives in."""

    context: BrowserContext
    page: Page


class Sheets:
    """The blank pages of one browser, and the news of its end."""

    def __init__(self, browser: Browser, ready: int) -> None:
        """`ready` pages are kept open beforehand: opening one takes longer than printing."""
        self._browser = browser
        self._ready = ready
        self._spares: deque[asyncio.Task[Sheet]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._taken = 0
        self._in_use = 0
        self._is_retired = False
        self.gone = asyncio.Event()
        browser.on("disconnected", lambda _: self.gone.set())
        if not browser.is_connected():
            self.gone.set()

    @property
    def is_worn(self) -> bool:
        """True where the browser should make room for a new one."""
        return self.gone.is_set() or self._taken >= _SHEETS_A_BROWSER

    async def take(self) -> Sheet:
        """A blank page. Raises Error when the browser has died."""
        self._taken += 1
        self._in_use += 1
        try:
            return await (self._spares.popleft() if self._spares else _open(self._browser))
        except BaseException:
            self._in_use -= 1
            raise

    def give_back(self, sheet: Sheet) -> None:
        """Close a page that was printed on, and have the next one ready."""
        self._in_use -= 1
        if self.gone.is_set():
            return
        self._start(close(sheet.context))
        if not self._is_retired:
            self.prepare()
        elif self._in_use == 0:
            self._start(close(self._browser))

    def prepare(self) -> None:
        """Open the pages that are missing, in the background."""
        while len(self._spares) < self._ready and not self.is_worn:
            self._spares.append(self._start(_open(self._browser)))

    def retire(self) -> None:
        """Close the browser as soon as nothing is printed by it."""
        self._is_retired = True
        if self._in_use == 0 and not self.gone.is_set():
            self._start(close(self._browser))

    async def stop(self) -> None:
        """Close the browser at once."""
        self._is_retired = True
        for task in self._spares:
            task.cancel()
        await close(self._browser)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._note)
        return task

    def _note(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.info("a page could not be opened or closed: %s", type(task.exception()).__name__)


async def _open(browser: Browser) -> Sheet:
    context = await browser.new_context(
        offline=True, java_script_enabled=False, service_workers="block", accept_downloads=False
    )
    await context.route("**/*", _refuse)
    return Sheet(context, await context.new_page())


async def _refuse(route: Route) -> None:
    await route.abort()


async def close(thing: Browser | BrowserContext) -> None:
    """Close, but never wait for long: the call of a dead browser may not return."""
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(thing.close(), CLOSE_S)
