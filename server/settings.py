"""Environment variables and a home folder to one frozen tree of settings.

Called once per process by `cli.py` and by tests; the only reader of the environment.
Invariant: an unknown or ill-formed `REVENUE_` variable is an error, never a silent default.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from semantic.issues import did_you_mean, suggest
from server.settings_fields import base_url as _base_url
from server.settings_fields import folder as _folder
from server.settings_fields import host_name as _host
from server.settings_fields import list_of as _list_of
from server.settings_fields import mailbox as _mailbox
from server.settings_fields import one_of as _one_of
from server.settings_fields import seconds as _seconds
from server.settings_fields import text as _text
from server.settings_fields import variable as _variable
from server.settings_fields import whole as _whole
from server.settings_planner import PlannerSettings, ProviderKeys, load_keys

PREFIX: Final = "REVENUE_"
_MIB: Final = 1024 * 1024
_PASSED_ON: Final = (
    *("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"),
    *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"),
)
_BROWSER_NAMES: Final = (
    *("PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH", "PUPPETEER_EXECUTABLE_PATH"),
    *("CHROME_BIN", "CHROME_PATH"),
)
_HOST_NAME: Final = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
)
_LOOPBACK: Final = re.compile(r"localhost|::1|127(?:\.[0-9]{1,3}){3}")
_ORIGIN: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class InvalidSettings(Exception):
    """The environment cannot be used; the sentences say which variable, why and what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server listens and whom it answers."""

    host: str = _variable("HOST", "127.0.0.1", _host)
    """Address to listen on."""
    port: int = _variable("PORT", 8083, _whole(0, 65535))
    """Port to listen on; 0 takes any free one."""
    allowed_hosts: tuple[str, ...] = _variable(
        "ALLOWED_HOSTS", (), _list_of(_HOST_NAME, "revenue.example.com,10.0.0.5")
    )
    """Host names clients may use, beside those of the loopback interface."""
    cors_origins: tuple[str, ...] = _variable(
        "CORS_ORIGINS", ("http://localhost:3002",), _list_of(_ORIGIN, "http://localhost:3002")
    )
    """Web pages of other origins that may call the API."""
    auth: str = _variable("AUTH", "auto", _one_of("auto", "off", "required"))
    """Whether a key is needed; auto: unless the server listens on the loopback interface only."""
    page_dir: str = _variable("PAGE_DIR", "", _folder)
    """Folder of a built page to serve in place of the packaged one."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What one request may cost."""

    request_bytes: int = _variable("REQUEST_BYTES", _MIB, _whole(1024, 64 * _MIB))
    """Largest body of a request, except an upload."""
    upload_bytes: int = _variable("UPLOAD_BYTES", 1024 * _MIB, _whole(1024, 1024 * 1024 * _MIB))
    """Largest body of an upload, all files together."""
    upload_files: int = _variable("UPLOAD_FILES", 20, _whole(1, 1000))
    """Files in one upload."""
    default_rows: int = _variable("DEFAULT_ROWS", 1000, _whole(1, 100_000))
    """Rows of a result when the request names no limit."""
    max_rows: int = _variable("MAX_ROWS", 10_000, _whole(1, 1_000_000))
    """Most rows a request may ask for."""
    requests_per_minute: int = _variable("REQUESTS_PER_MINUTE", 600, _whole(0, 1_000_000))
    """Costly requests that one key, or one address without a key, may make; 0: any number."""
    heartbeat_s: float = _variable("HEARTBEAT_S", 15.0, _seconds(0.05, 300))
    """Seconds of silence after which an event stream sends a comment line."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The worker processes that compile and execute."""

    workers: int = _variable("ENGINE_WORKERS", 2, _whole(1, 64))
    """Processes, and so queries at one moment."""
    memory_mb: int = _variable("ENGINE_MEMORY_MB", 1024, _whole(128, 1024 * 1024))
    """Memory in MiB that the engine of one worker may use."""
    threads: int = _variable("ENGINE_THREADS", 2, _whole(1, 256))
    """Threads of one worker."""
    timeout_s: float = _variable("ENGINE_TIMEOUT_S", 30.0, _seconds(0.1, 3600))
    """Seconds a query may run before its worker is killed."""
    queue: int = _variable("ENGINE_QUEUE", 64, _whole(1, 10_000))
    """Queries that may wait for a worker."""
    cache_mb: int = _variable("CACHE_MB", 64, _whole(0, 64 * 1024))
    """MiB of results kept for equal questions."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where conversations and audit records are kept."""

    database_url: str = _variable("DATABASE_URL", "", _text, is_secret=True)
    """Address of the state store; empty: the SQLite file state.db in the home folder."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How reports are printed."""

    chromium: str = _variable("CHROMIUM", "", _text)
    """The browser that prints; empty: the first one found."""
    sandbox: str = _variable("CHROMIUM_SANDBOX", "auto", _one_of("auto", "on", "off"))
    """The browser's own sandbox; auto: on unless this runs as root, where it cannot be."""
    paper: str = _variable("REPORT_PAPER", "a4", _one_of("a4", "letter"))
    """Paper of a report that names none."""
    timeout_s: float = _variable("REPORT_TIMEOUT_S", 60.0, _seconds(1, 3600))
    """Seconds one print may take."""
    prints: int = _variable("REPORT_PRINTS", 2, _whole(1, 32))
    """Reports printed at one moment."""
    queue: int = _variable("REPORT_QUEUE", 16, _whole(0, 1000))
    """Reports that may wait to be printed."""


@dataclass(frozen=True, slots=True)
class JobSettings:
    """How report jobs are run."""

    run: str = _variable("JOBS", "on", _one_of("on", "off"))
    """Whether this server runs schedules; another one on the same store may."""
    poll_s: float = _variable("JOBS_POLL_S", 5.0, _seconds(0.05, 300))
    """Seconds between two looks for what is due."""
    lease_s: float = _variable("JOBS_LEASE_S", 60.0, _seconds(1, 3600))
    """Seconds after which the run of a server that died is taken over."""
    tries: int = _variable("JOBS_TRIES", 5, _whole(1, 100))
    """How often a run, or a delivery, is tried."""
    retry_s: float = _variable("JOBS_RETRY_S", 60.0, _seconds(0.05, 86400))
    """Seconds before the first new try; they double with each."""
    keep_days: int = _variable("JOBS_KEEP_DAYS", 90, _whole(1, 10_000))
    """Days the files of a run are kept."""
    public_url: str = _variable("PUBLIC_URL", "", _base_url)
    """Where people reach this server, for links in messages; empty: no links."""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How reports and alerts are sent."""

    smtp_host: str = _variable("SMTP_HOST", "", _host)
    """The mail server; empty: no mail is sent."""
    smtp_port: int = _variable("SMTP_PORT", 587, _whole(1, 65535))
    """Its port."""
    smtp_security: str = _variable("SMTP_SECURITY", "starttls", _one_of("starttls", "tls", "none"))
    """How the connection is protected."""
    smtp_user: str = _variable("SMTP_USER", "", _text)
    """Name to sign in with; empty: without signing in."""
    smtp_password: str = _variable("SMTP_PASSWORD", "", _text, is_secret=True)
    """The password of that name."""
    smtp_timeout_s: float = _variable("SMTP_TIMEOUT_S", 30.0, _seconds(1, 600))
    """Seconds one message may take."""
    mail_from: str = _variable("MAIL_FROM", "", _mailbox)
    """The sender of mails; needed where SMTP_HOST is set."""
    mail_domains: tuple[str, ...] = _variable(
        "MAIL_DOMAINS", (), _list_of(_HOST_NAME, "example.com,example.org")
    )
    """Domains that mail may go to; empty: any."""
    webhook_hosts: tuple[str, ...] = _variable(
        "WEBHOOK_HOSTS", (), _list_of(_HOST_NAME, "hooks.example.com,10.0.0.5")
    )
    """Hosts that webhooks may reach without TLS, or on a private network."""
    webhook_timeout_s: float = _variable("WEBHOOK_TIMEOUT_S", 10.0, _seconds(0.5, 600))
    """Seconds one call may take."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, in groups."""

    home: Path
    """Folder of data/, models/, warehouse/ and state.db (`REVENUE_HOME`)."""
    server: ServerSettings = ServerSettings()
    """Where the server listens and whom it answers."""
    limits: LimitSettings = LimitSettings()
    """What one request may cost."""
    engine: EngineOptions = EngineOptions()
    """The worker processes that compile and execute."""
    store: StoreSettings = StoreSettings()
    """Where conversations and audit records are kept."""
    report: ReportSettings = ReportSettings()
    """How reports are printed."""
    jobs: JobSettings = JobSettings()
    """How report jobs are run."""
    delivery: DeliverySettings = DeliverySettings()
    """How reports and alerts are sent."""
    planning: PlannerSettings = field(default=PlannerSettings())
    """Who reads questions: the built-in planner, or a language model beside it."""
    keys: ProviderKeys = field(default=ProviderKeys(), repr=False)
    """Keys and addresses of the providers' own variables."""
    browsers: tuple[str, ...] = ()
    """Browsers that variables of other programs name, in the order they are tried."""
    process_environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Variables that processes of ours need to start at all; never a key of anybody."""

    @property
    def requires_keys(self) -> bool:
        """True where nobody is answered without a key."""
        auth = self.server.auth
        return auth == "required" or (auth == "auto" and not self.is_local)

    @property
    def is_local(self) -> bool:
        """True where only programs of this machine reach the server."""
        return bool(_LOOPBACK.fullmatch(self.server.host))

    @classmethod
    def load(cls, environ: Mapping[str, str], home: Path | None = None) -> Settings:
        """The settings of an environment; `home` wins over `REVENUE_HOME`.

        Raises:
            InvalidSettings: with a sentence for every variable that cannot be used.
        """
        known = {"HOME", *(name for _, _, name, _ in _variables())}
        given = {
            name.removeprefix(PREFIX): text
            for name, text in environ.items()
            if name.startswith(PREFIX)
        }
        problems = [_unknown(name, known) for name in sorted(given) if name not in known]
        values: dict[str, dict[str, Any]] = {}
        for group, attribute, name, parse in _variables():
            if name in given:
                try:
                    values.setdefault(group, {})[attribute] = parse(given[name])
                except ValueError as error:
                    # The value itself is not repeated: it may be a secret.
                    problems.append(f"{PREFIX}{name} cannot be used: {error}.")
        keys = load_keys(environ, problems)
        if problems:
            raise InvalidSettings(tuple(problems))
        root = home or Path(given.get("HOME") or ".")
        groups = {group: _GROUPS[group](**chosen) for group, chosen in values.items()}
        passed = tuple((name, environ[name]) for name in _PASSED_ON if name in environ)
        browsers = tuple(environ[name] for name in _BROWSER_NAMES if environ.get(name))
        settings = cls(
            home=root.absolute(),
            process_environment=passed,
            browsers=browsers,
            keys=keys,
            **groups,
        )
        if settings.limits.default_rows > settings.limits.max_rows:
            raise InvalidSettings(
                (f"{PREFIX}DEFAULT_ROWS is more than {PREFIX}MAX_ROWS; lower it or raise that.",)
            )
        if settings.delivery.smtp_host and not settings.delivery.mail_from:
            raise InvalidSettings(
                (f"{PREFIX}SMTP_HOST is set and {PREFIX}MAIL_FROM is not; set the sender too.",)
            )
        if unpriced := settings.planning.find_problem():
            raise InvalidSettings((unpriced,))
        return settings

    def describe(self) -> list[tuple[str, str]]:
        """Variable and effective value of every setting; secrets are only said to be set."""
        lines = [(f"{PREFIX}HOME", str(self.home))]
        for group, attribute, name, _ in _variables():
            value = getattr(getattr(self, group), attribute)
            is_secret = not _fields(group)[attribute].repr
            shown = ("(set)" if value else "(default)") if is_secret else _show(value)
            lines.append((f"{PREFIX}{name}", shown))
        return lines


_GROUPS: Final[dict[str, Any]] = {
    "server": ServerSettings,
    "limits": LimitSettings,
    "engine": EngineOptions,
    "store": StoreSettings,
    "report": ReportSettings,
    "jobs": JobSettings,
    "delivery": DeliverySettings,
    "planning": PlannerSettings,
}


def _fields(group: str) -> dict[str, dataclasses.Field[Any]]:
    return {item.name: item for item in dataclasses.fields(_GROUPS[group])}


def _variables() -> list[tuple[str, str, str, Callable[[str], Any]]]:
    """Group, attribute, variable without prefix and parser of every field."""
    return [
        (group, attribute, item.metadata["name"], item.metadata["parse"])
        for group in _GROUPS
        for attribute, item in _fields(group).items()
    ]


def _unknown(name: str, known: set[str]) -> str:
    hint = did_you_mean([PREFIX + near for near in suggest(name, known)])
    return f"{PREFIX}{name} is not a setting. {hint or 'Unset it.'}"


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else f"{value}"
