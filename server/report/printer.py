"""HTML to PDF by one warm browser: a bounded queue, time limits, and a restart when it dies.

Called by the reports service. Invariant: a page runs no script and sends no request; each print
has a context of its own; a print that the browser's death cut short is tried once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Final

from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Playwright,
    Route,
    async_playwright,
)

from server.report.browser import BrowserOptions, launch
from server.report.content import Paper
from server.report.errors import BrowserFailed, PrintQueueFull, PrintTimeout

_CLOSE_S: Final = 5.0
_ATTEMPTS: Final = 2
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrintLimits:
    """What printing may cost."""

    timeout_s: float = 60.0
    at_once: int = 2
    waiting: int = 16


class Printer:
    """The one browser of this process; started by the first print, kept until `stop`."""

    def __init__(self, options: BrowserOptions, limits: PrintLimits) -> None:
        self._options = options
        self._limits = limits
        self._driver: Playwright | None = None
        self._live: _Live | None = None
        self._starting = asyncio.Lock()
        self._slots = asyncio.Semaphore(limits.at_once)
        self._inside = 0

    async def print_pdf(self, html: str, paper: Paper) -> bytes:
        """The PDF of a whole HTML document, tagged, with an outline of its headings.

        Raises:
            PrintQueueFull, PrintTimeout, BrowserMissing, BrowserFailed: see `errors.py`.
        """
        if self._inside >= self._limits.at_once + self._limits.waiting:
            raise PrintQueueFull("More reports are waiting than can be printed in time.")
        self._inside += 1
        try:
            async with self._slots:
                return await self._print_with_retry(html, paper)
        finally:
            self._inside -= 1

    async def warm_up(self) -> None:
        """Start the browser now rather than with the first print. Raises what printing raises."""
        await self._get_browser()

    async def stop(self) -> None:
        """End the browser and its driver."""
        async with self._starting:
            live, self._live = self._live, None
            driver, self._driver = self._driver, None
            if live is not None:
                await _close(live.browser)
            if driver is not None:
                await driver.stop()

    async def _print_with_retry(self, html: str, paper: Paper) -> bytes:
        for attempt in range(1, _ATTEMPTS + 1):
            live = await self._get_browser()
            try:
                async with asyncio.timeout(self._limits.timeout_s):
                    return await _print_or_notice(live, html, paper)
            except TimeoutError as error:
                await self._drop(live)
                raise PrintTimeout(
                    f"The report was not printed within {self._limits.timeout_s:g} seconds.",
                    hint="Ask for a shorter one, or raise REVENUE_REPORT_TIMEOUT_S.",
                ) from error
            except Error as error:
                _log.warning("print attempt %d failed: %s", attempt, type(error).__name__)
                if attempt == _ATTEMPTS:
                    raise BrowserFailed("The browser died over this report, twice.") from error
        raise AssertionError("the loop returns or raises")

    async def _get_browser(self) -> _Live:
        async with self._starting:
            if self._live is None or self._live.gone.is_set():
                if self._driver is None:
                    self._driver = await async_playwright().start()
                self._live = _Live(await launch(self._driver, self._options))
            return self._live

    async def _drop(self, live: _Live) -> None:
        """Leave a browser that hangs; the next print starts another one."""
        async with self._starting:
            if self._live is live:
                self._live = None
        await _close(live.browser)


class _Live:
    """A started browser and the news of its end."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.gone = asyncio.Event()
        browser.on("disconnected", lambda _: self.gone.set())
        if not browser.is_connected():
            self.gone.set()


async def _print_or_notice(live: _Live, html: str, paper: Paper) -> bytes:
    """The PDF, or `Error` as soon as the browser is gone: its own calls may never return then."""
    printing = asyncio.ensure_future(_print_once(live.browser, html, paper))
    watching = asyncio.ensure_future(live.gone.wait())
    try:
        await asyncio.wait({printing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not printing.done():
            raise Error("the browser is gone")
        return await printing
    finally:
        printing.cancel()
        watching.cancel()
        await asyncio.gather(printing, watching, return_exceptions=True)


async def _print_once(browser: Browser, html: str, paper: Paper) -> bytes:
    context = await browser.new_context(
        offline=True, java_script_enabled=False, service_workers="block", accept_downloads=False
    )
    try:
        await context.route("**/*", _refuse)
        page = await context.new_page()
        await page.set_content(html, wait_until="load")
        return await page.pdf(
            format="A4" if paper == "a4" else "Letter",
            prefer_css_page_size=True,
            print_background=True,
            tagged=True,
            outline=True,
        )
    finally:
        if browser.is_connected():
            await _close(context)


async def _refuse(route: Route) -> None:
    await route.abort()


async def _close(thing: Browser | BrowserContext) -> None:
    """Close, but never wait for long: the call of a dead browser may not return."""
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(thing.close(), _CLOSE_S)
