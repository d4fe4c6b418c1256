"""Files below `reports/` and stored definitions to the definitions that can be run.

Called by runs, the routes and `revenue check`. Invariant: a file wins over a stored definition of
its name; a definition that has mistakes is never run, and each mistake has its file and line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from semantic.compiled import Principal
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.load import Locations, find_model_files, load_document
from server.errors import BadInput, NotFound
from server.jobs.definition import NamedReportSpec, ReportSpec
from server.snapshot import Clock
from server.storage.job_records import JOB_NAME, StoredDefinition
from server.storage.schedule_store import ScheduleStore
from server.warehouse.paths import Home


@dataclass(frozen=True, slots=True)
class Definition:
    """A report that can be run."""

    name: str
    spec: ReportSpec
    origin: Literal["file", "store"]
    roles: tuple[str, ...]
    """Those it declares and those of whoever defined it: a report never shows more than he may see.
    """
    locations: Locations | None = None


@dataclass(frozen=True, slots=True)
class BrokenDefinition:
    """A file that cannot be run, with every mistake found in it."""

    name: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Definitions:
    """The report definitions of one home and its store."""

    home: Home
    store: ScheduleStore
    clock: Clock

    async def list(self, principal: Principal) -> tuple[Definition | BrokenDefinition, ...]:
        """All that this principal may see, by name."""
        files = await asyncio.to_thread(load_files, self.home)
        found = {one.name: one for one in files}
        for stored in await self.store.list_definitions():
            found.setdefault(stored.name, _from_store(stored))
        return tuple(found[name] for name in sorted(found) if may_see(principal, found[name]))

    async def get(self, name: str, principal: Principal) -> Definition:
        """The definition of that name.

        Raises:
            NotFound: there is none that this principal may see; with the nearest names.
            SemanticError: its file has mistakes.
        """
        path = find_file(self.home, name)
        if path is not None:
            definition = await asyncio.to_thread(load_file, path)
        else:
            stored = await self.store.find_definition(name)
            if stored is None:
                raise await self._not_found(name, principal)
            definition = _from_store(stored)
        if isinstance(definition, BrokenDefinition):
            raise SemanticError(definition.issues)
        if not may_see(principal, definition):
            raise await self._not_found(name, principal)
        return definition

    async def put(self, new: NamedReportSpec, principal: Principal) -> tuple[Definition, bool]:
        """The stored definition, and whether it is new.

        Raises:
            BadInput: a file has this name; a definition of somebody who may see less has it.
        """
        if find_file(self.home, new.name) is not None:
            raise BadInput(
                f"The report '{new.name}' is defined by a file in reports/.",
                hint="Change the file, or choose another name.",
            )
        before = await self.store.find_definition(new.name)
        if before is not None and not may_see(principal, _from_store(before)):
            raise BadInput(f"The name '{new.name}' is taken.", hint="Choose another name.")
        spec = new.to_definition()
        is_new = await self.store.put_definition(
            new.name,
            spec.model_dump(mode="json", exclude_defaults=True),
            owner=principal.name,
            roles=tuple(sorted(principal.roles)),
            at=self.clock(),
        )
        return await self.get(new.name, principal), is_new

    async def delete(self, name: str, principal: Principal) -> None:
        """Delete a stored definition.

        Raises:
            NotFound: there is none. BadInput: it is a file. ReportInUse: it has schedules.
        """
        definition = await self.get(name, principal)
        if definition.origin == "file":
            raise BadInput(
                f"The report '{name}' is a file in reports/.", hint="Delete the file instead."
            )
        await self.store.delete_definition(name)

    async def _not_found(self, name: str, principal: Principal) -> NotFound:
        near = suggest(name, [one.name for one in await self.list(principal)])
        hint = did_you_mean(near) or "GET /api/reports lists all of them."
        return NotFound(f"There is no report '{name[:64]}'.", hint=hint)


def may_see(principal: Principal, owned: Definition | BrokenDefinition | Iterable[str]) -> bool:
    """Whether what was made under some roles shows no more than the principal may see.

    Each role only takes away, so whoever has roles sees what was made under all of his.
    """
    if isinstance(owned, BrokenDefinition):
        return not principal.roles
    roles = owned.roles if isinstance(owned, Definition) else owned
    return principal.roles <= frozenset(roles)


def load_files(home: Home) -> list[Definition | BrokenDefinition]:
    """The definitions below `reports/`, by name; the broken ones with their mistakes."""
    return [load_file(path) for path in find_model_files(home.reports)]


def find_file(home: Home, name: str) -> Path | None:
    """The file of that definition, or None."""
    if not JOB_NAME.fullmatch(name):
        return None
    paths = [home.reports / f"{name}{suffix}" for suffix in (".yml", ".yaml")]
    return next((path for path in paths if path.is_file()), None)


def load_file(path: Path) -> Definition | BrokenDefinition:
    """The definition in one file."""
    name = path.stem
    if not JOB_NAME.fullmatch(name):
        where = f"{path.parent.name}/{path.name}"
        hint = "Use lower-case letters, digits and '_', starting with a letter."
        issue = Issue("bad-name", "This is no name for a report.", where=where, hint=hint)
        return BrokenDefinition(name, (issue,))
    try:
        spec, locations = load_document(path, ReportSpec)
    except SemanticError as error:
        return BrokenDefinition(name, error.issues)
    return Definition(name, spec, "file", spec.roles, locations)


def _from_store(stored: StoredDefinition) -> Definition | BrokenDefinition:
    try:
        spec = ReportSpec.model_validate(stored.definition)
    except ValidationError:
        message = "The stored definition cannot be read by this version of the program."
        issue = Issue("bad-value", message, where=stored.name, hint="Define it again.")
        return BrokenDefinition(stored.name, (issue,))
    roles = tuple(sorted({*spec.roles, *stored.roles}))
    return Definition(stored.name, spec, "store", roles)
