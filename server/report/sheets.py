"""A running browser to pages that are ready to be printed on.

Used by `printer.py`. A page is used again: opening one takes three times the work of printing,
and a document that runs no script and stores nothing leaves nothing behind for the next one.
Invariant: scripts are off and every request is refused; one document at a time; a page on which
a print failed is closed.
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
_PRINTS_A_PAGE: Final = 50
_PRINTS_A_BROWSER: Final = 500
"""After so many it is replaced, so that what it may leak stays bounded."""
_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class Sheet:
    """One page, the context it alone lives in, and the documents it has seen."""

    context: BrowserContext
    page: Page
    prints: int = 0


class Sheets:
    """The pages of one browser, and the news of its end."""

    def __init__(self, browser: Browser, ready: int) -> None:
        """`ready` pages are opened beforehand."""
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
        return self.gone.is_set() or self._taken >= _PRINTS_A_BROWSER

    async def take(self) -> Sheet:
        """A page to print on. Raises Error when the browser has died."""
        self._taken += 1
        self._in_use += 1
        try:
            return await (self._spares.popleft() if self._spares else _open(self._browser))
        except BaseException:
            self._in_use -= 1
            raise

    def give_back(self, sheet: Sheet, *, is_sound: bool) -> None:
        """Keep a page for the next print; close one that is worn or on which a print failed."""
        self._in_use -= 1
        sheet.prints += 1
        if self.gone.is_set():
            return
        if self._is_retired and self._in_use == 0:
            self._start(close(self._browser))
        elif is_sound and not self._is_retired and sheet.prints < _PRINTS_A_PAGE:
            self._spares.appendleft(self._start(_at_once(sheet)))
        else:
            self._start(close(sheet.context))
            self.prepare()

    def prepare(self) -> None:
        """Open the pages that are missing, in the background."""
        missing = self._ready - len(self._spares) - self._in_use
        for _ in range(0 if self.is_worn or self._is_retired else missing):
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


async def _at_once(sheet: Sheet) -> Sheet:
    return sheet


async def _refuse(route: Route) -> None:
    await route.abort()


async def close(thing: Browser | BrowserContext) -> None:
    """Close, but never wait for long: the call of a dead browser may not return."""
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(thing.close(), CLOSE_S)
