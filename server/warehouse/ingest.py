"""The CSV files of a home to a new published version of its warehouse.

Called by the CLI and by uploads. Invariant: either a whole, checked version becomes current, or
nothing changes: every failure leaves the published version as it was and cleans up after itself.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from semantic.issues import Issue
from semantic.spec import SemanticModelSpec, SourceSpec
from server.warehouse.cells import Column, plan_columns
from server.warehouse.csv_files import InputFile, find_input_files
from server.warehouse.derive import check_derived, create_derived
from server.warehouse.errors import WarehouseError
from server.warehouse.header import Header, read_header
from server.warehouse.limits import IngestLimits
from server.warehouse.load import SourceFile, SourceLoader
from server.warehouse.locks import hold_lock
from server.warehouse.manifest import VersionInfo
from server.warehouse.meta import write_meta
from server.warehouse.paths import CATALOG, STORAGE_VERSION, Home
from server.warehouse.progress import ProgressEvent, Report, ignore_progress
from server.warehouse.publish import build_folder, clean_builds, next_number, publish
from server.warehouse.rejects import create_work_tables
from server.warehouse.sql_text import quote_name, quote_text
from server.warehouse.versions import open_published

_DEFAULTS = IngestLimits()


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one load did."""

    version: VersionInfo
    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """One source with its files and columns, all checked before any is loaded."""

    source: SourceSpec
    columns: tuple[Column, ...]
    files: tuple[tuple[InputFile, Header], ...]


Check = Callable[[duckdb.DuckDBPyConnection], Sequence[Issue]]


def ingest(
    home: Home,
    spec: SemanticModelSpec,
    *,
    now: datetime,
    finishing_sql: Sequence[str] = (),
    check: Check | None = None,
    progress: Report | None = None,
    limits: IngestLimits = _DEFAULTS,
) -> IngestReport:
    """The report of the version that is now current.

    Args:
        now: the time the version is stamped with; aware.
        finishing_sql: statements that add views, macros and comments once all tables exist.
        check: what the finished tables must prove; an issue it returns fails the load.

    Raises:
        WarehouseError: nothing was published; every issue that could be found at once.
    """
    report = progress or ignore_progress
    if "?" in str(home.warehouse.absolute()):
        # The engine takes what follows for an option and looks for its log elsewhere.
        raise WarehouseError.of(
            "bad-home", "The path of the home folder holds a '?'.", hint="Rename the folder."
        )
    with hold_lock(
        home.warehouse / ".ingest.lock",
        wait=limits.wait,
        on_wait=lambda: report(ProgressEvent("", "wait")),
    ):
        clean_builds(home)
        number = next_number(home)
        build = build_folder(home, number)
        try:
            plans = _plan(home, spec, limits)
            build.mkdir(mode=0o755)
            model = spec.model_dump_json(by_alias=True).encode()
            version = VersionInfo(
                number=number,
                created_at=now.astimezone(UTC),
                model_version=hashlib.sha256(model).hexdigest()[:12],
                duckdb_version=duckdb.__version__,
                storage_version=STORAGE_VERSION,
                records=0,
                accepted=0,
                rejected=0,
            )
            (build / home.model(number).name).write_bytes(model)
            try:
                files = _Build(build, spec, limits, report).run(
                    plans, version, finishing_sql, check
                )
            except (duckdb.Error, OSError) as error:
                raise _translate(error) from error
            version = replace(
                version,
                records=sum(file.records for file in files),
                accepted=sum(file.accepted for file in files),
                rejected=sum(file.rejected for file in files),
            )
            report(ProgressEvent("", "publish"))
            publish(home, build, version)
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(build)
    return IngestReport(version=replace(version, is_current=True), files=tuple(files))


def _plan(home: Home, spec: SemanticModelSpec, limits: IngestLimits) -> list[_Plan]:
    """Files and columns of every source; all issues at once."""
    issues: list[Issue] = []
    plans = []
    for source in spec.sources:
        files: list[tuple[InputFile, Header]] = []
        columns: tuple[Column, ...] = ()
        try:
            _check_source(source)
            columns = plan_columns(source, spec.currency)
            found = find_input_files(home.data, source, limit_bytes=limits.file_bytes)
        except WarehouseError as error:
            issues += error.issues
            continue
        for file in found:
            try:
                header = read_header(file, source, limit_record_bytes=limits.record_bytes)
            except WarehouseError as error:
                issues += error.issues
            else:
                files.append((file, header))
        plans.append(_Plan(source, columns, tuple(files)))
    try:
        check_derived(spec)
    except WarehouseError as error:
        issues += error.issues
    if issues:
        raise WarehouseError(issues)
    return plans


def _check_source(source: SourceSpec) -> None:
    names = [column.to for column in source.columns.values()]
    names += [source.row_id] if source.row_id else []
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise WarehouseError.of(
            "repeated-column",
            f"Two columns become '{repeated[0]}'.",
            where=f"source '{source.name}'",
            hint="Give each column, and 'row_id', a name of its own.",
        )
    if source.delimiter in '" \r\n' or not source.delimiter.isascii():
        raise WarehouseError.of(
            "bad-delimiter",
            f"{source.delimiter!r} cannot separate cells.",
            where=f"source '{source.name}'",
            hint="Use ',', ';', '|' or a tab.",
        )


class _Build:
    """The database of one version in the making."""

    def __init__(
        self, build: Path, spec: SemanticModelSpec, limits: IngestLimits, report: Report
    ) -> None:
        self._build = build
        self._spec = spec
        self._limits = limits
        self._report = report
        self._path = build / f"{CATALOG}.duckdb"

    def run(
        self,
        plans: Sequence[_Plan],
        version: VersionInfo,
        finishing_sql: Sequence[str],
        check: Check | None,
    ) -> list[SourceFile]:
        """The loaded files; the database is complete, checked and closed."""
        spill = self._build / "spill"
        connection = duckdb.connect(":memory:", config=self._config(spill))
        try:
            self._open(connection)
            create_work_tables(connection)
            files = self._load(connection, plans)
            for table in self._spec.tables:
                create_derived(connection, table)
            write_meta(connection, version, files, [plan.source.name for plan in plans])
            self._report(ProgressEvent("", "finish"))
            _finish(connection, finishing_sql)
            issues = check(connection) if check else ()
            if issues:
                raise WarehouseError(issues)
            connection.execute(f"CHECKPOINT {CATALOG}")
            connection.execute("USE memory")
            connection.execute(f"DETACH {CATALOG}")
        finally:
            connection.close()
        with suppress(FileNotFoundError):
            shutil.rmtree(spill)
        self._verify(version, files)
        return files

    def _config(self, spill: Path) -> dict[str, Any]:
        config: dict[str, Any] = {
            "memory_limit": f"{self._limits.memory_mb}MB",
            "temp_directory": str(spill),
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
        if self._limits.threads:
            config["threads"] = self._limits.threads
        return config

    def _open(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"ATTACH {quote_text(str(self._path))} AS {CATALOG}"
            f" (STORAGE_VERSION '{STORAGE_VERSION}')"
        )
        connection.execute(f"USE {CATALOG}")
        connection.execute(f"CREATE SCHEMA {CATALOG}.source")

    def _load(
        self, connection: duckdb.DuckDBPyConnection, plans: Sequence[_Plan]
    ) -> list[SourceFile]:
        files: list[SourceFile] = []
        for plan in plans:
            loader = SourceLoader(
                connection,
                self._build,
                plan.source,
                plan.columns,
                limits=self._limits,
                report=self._report,
            )
            files += loader.load(plan.files)
        return files

    def _verify(self, version: VersionInfo, files: Sequence[SourceFile]) -> None:
        """Open the finished file as a reader would and count once more."""
        with open_published(self._path) as connection:
            for source in self._spec.sources:
                expected = sum(file.accepted for file in files if file.source == source.name)
                row = connection.execute(
                    f"SELECT count(*) FROM source.{quote_name(source.name)}"  # noqa: S608 - quoted
                ).fetchone()
                if row != (expected,):
                    raise _damaged()
            row = connection.execute("SELECT number FROM meta.version").fetchone()
        if row != (version.number,):
            raise _damaged()


def _finish(connection: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    for at, statement in enumerate(statements, start=1):
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            raise WarehouseError.of(
                "finishing-failed",
                f"Statement {at} of {len(statements)} that completes the version failed.",
                hint="Run 'revenue check' on the model; if it finds nothing, report this.",
            ) from error


def _damaged() -> WarehouseError:
    return WarehouseError.of(
        "build-damaged",
        "The finished file does not hold what was loaded.",
        hint="Check the disk, then ingest again. Nothing was published.",
    )


def _translate(error: duckdb.Error | OSError) -> WarehouseError:
    if isinstance(error, duckdb.OutOfMemoryException):
        return WarehouseError.of(
            "out-of-memory",
            "The load needs more memory or disk than it may use.",
            hint="Raise the memory limit of ingest or free disk space. Nothing was published.",
        )
    if isinstance(error, (duckdb.IOException, OSError)):
        return WarehouseError.of(
            "disk-error",
            "The warehouse folder cannot be written.",
            hint="Check free space and permissions. Nothing was published.",
        )
    return WarehouseError.of(
        "build-failed",
        "The engine could not build the version.",
        hint="This is a fault of the program; please report it. Nothing was published.",
    )
