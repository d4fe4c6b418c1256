"""Settings to a running Chromium that reaches no network: where it is, how it is started.

Called by `printer.py`. Invariant: the browser resolves no host name, runs in its own sandbox
unless this process is root or the operator says otherwise, and inherits no key of ours.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Error, Playwright

from server.report.errors import BrowserFailed, BrowserMissing
from server.settings import Settings

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--font-render-hinting=none",
    "--no-first-run",
    "--no-pings",
)
LAUNCH_TIMEOUT_S: Final = 60.0
FIX: Final = (
    "Install one with scripts/install-chromium.sh (Debian: apt-get install chromium; elsewhere: "
    "playwright install chromium), or name it with REVENUE_CHROMIUM."
)


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """Which browser, and with what it is started."""

    wanted: str = ""
    """A program the operator named; nothing else is tried then."""
    named: tuple[str, ...] = ()
    """Programs that the environment names."""
    path: str = ""
    """Where programs are looked for, like PATH."""
    sandbox: bool = True
    environment: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> BrowserOptions:
        """The options that the settings give."""
        environment = dict(settings.process_environment)
        sandbox = settings.report.sandbox
        return cls(
            wanted=settings.report.chromium,
            named=settings.browsers,
            path=environment.get("PATH", os.defpath),
            sandbox=sandbox == "on" or (sandbox == "auto" and os.geteuid() != 0),
            environment=tuple((k, v) for k, v in environment.items() if k in _INHERITED),
        )


_INHERITED: Final = frozenset({"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"})


def find_browser(options: BrowserOptions, own: str) -> str:
    """The program to start; `own` is where Playwright keeps the one it installs.

    Raises:
        BrowserMissing: there is none, or the one the operator named is not there.
    """
    if options.wanted:
        found = shutil.which(options.wanted, path=options.path)
        if found is None:
            raise BrowserMissing("The program that REVENUE_CHROMIUM names is not there.", hint=FIX)
        return found
    for candidate in _candidates(options, own):
        return candidate
    raise BrowserMissing("No Chromium was found on this machine.", hint=FIX)


def _candidates(options: BrowserOptions, own: str) -> Iterable[str]:
    for name in (*options.named, *_NAMES):
        found = shutil.which(name, path=options.path)
        if found is not None:
            yield found
    if own and Path(own).is_file():
        yield own


async def launch(driver: Playwright, options: BrowserOptions) -> Browser:
    """A started browser.

    Raises:
        BrowserMissing: there is none.
        BrowserFailed: it does not start.
    """
    path = find_browser(options, driver.chromium.executable_path)
    environment: Mapping[str, str] = dict(options.environment)
    try:
        return await driver.chromium.launch(
            executable_path=path,
            args=list(_ARGUMENTS),
            chromium_sandbox=options.sandbox,
            env=dict(environment),
            timeout=LAUNCH_TIMEOUT_S * 1000,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except Error as error:
        raise BrowserFailed(
            "The browser does not start.",
            hint="Its own message is in the server's log. In a container without user namespaces "
            "its sandbox cannot work: allow them, or set REVENUE_CHROMIUM_SANDBOX=off.",
        ) from error
