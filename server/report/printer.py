"""HTML to PDF by one warm browser: a bounded queue, time limits, and a restart when it dies.

Called by the reports service. Invariant: a page runs no script and sends no request; a print that
the browser's death cut short is tried once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Error, Playwright, async_playwright

from server.report.browser import BrowserOptions, launch
from server.report.content import Paper
from server.report.errors import BrowserFailed, PrintQueueFull, PrintTimeout
from server.report.sheets import CLOSE_S, Sheets

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
        self._sheets: Sheets | None = None
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
        await self._get_sheets()

    async def stop(self) -> None:
        """End the browser and its driver."""
        async with self._starting:
            sheets, self._sheets = self._sheets, None
            if sheets is not None:
                await sheets.stop()
            await self._stop_driver()

    async def _print_with_retry(self, html: str, paper: Paper) -> bytes:
        for attempt in range(1, _ATTEMPTS + 1):
            sheets = await self._get_sheets()
            try:
                async with asyncio.timeout(self._limits.timeout_s):
                    return await _print_or_notice(sheets, html, paper)
            except TimeoutError as error:
                await self._drop(sheets)
                raise PrintTimeout(
                    f"The report was not printed within {self._limits.timeout_s:g} seconds.",
                    hint="Ask for a shorter one, or raise REVENUE_REPORT_TIMEOUT_S.",
                ) from error
            except Error as error:
                _log.warning("print attempt %d failed: %s", attempt, type(error).__name__)
                if attempt == _ATTEMPTS:
                    raise BrowserFailed("The browser died over this report, twice.") from error
        raise AssertionError("the loop returns or raises")

    async def _get_sheets(self) -> Sheets:
        async with self._starting:
            if self._sheets is None or self._sheets.is_worn:
                worn, self._sheets = self._sheets, None
                if worn is not None:
                    worn.retire()
                self._sheets = await self._start()
            return self._sheets

    async def _start(self) -> Sheets:
        if self._driver is None:
            self._driver = await async_playwright().start()
        try:
            browser = await launch(self._driver, self._options)
        except BrowserFailed:
            # It may be the driver that died: the next print starts another one.
            await self._stop_driver()
            raise
        sheets = Sheets(browser, self._limits.at_once)
        sheets.prepare()
        return sheets

    async def _stop_driver(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            with contextlib.suppress(Error, TimeoutError):
                await asyncio.wait_for(driver.stop(), CLOSE_S)

    async def _drop(self, sheets: Sheets) -> None:
        """Leave a browser that hangs; the next print starts another one."""
        async with self._starting:
            if self._sheets is sheets:
                self._sheets = None
        await sheets.stop()


async def _print_or_notice(sheets: Sheets, html: str, paper: Paper) -> bytes:
    """The PDF, or `Error` as soon as the browser is gone: its own calls may never return then."""
    printing = asyncio.ensure_future(_print_once(sheets, html, paper))
    watching = asyncio.ensure_future(sheets.gone.wait())
    try:
        await asyncio.wait({printing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not printing.done():
            raise Error("the browser is gone")
        return await printing
    finally:
        printing.cancel()
        watching.cancel()
        await asyncio.gather(printing, watching, return_exceptions=True)


async def _print_once(sheets: Sheets, html: str, paper: Paper) -> bytes:
    sheet = await sheets.take()
    is_sound = False
    try:
        await sheet.page.set_content(html, wait_until="load", timeout=0)
        pdf = await sheet.page.pdf(
            format="A4" if paper == "a4" else "Letter",
            prefer_css_page_size=True,
            print_background=True,
            tagged=True,
            outline=True,
        )
        is_sound = True
        return pdf
    finally:
        sheets.give_back(sheet, is_sound=is_sound)
