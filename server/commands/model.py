"""The commands around the model and the state store: check, schema, migrate.

Called by `server/cli.py`. Invariant: `check` reports every problem it can find in one run.
"""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from pathlib import Path

from semantic.analysis_names import find_reason
from semantic.definitions import Catalog
from semantic.issues import Issue
from semantic.json_schema import model_json_schema
from semantic.load import Locations, locate_issues
from server.analyses import load_packaged
from server.change_header import NAME as EXPLAIN
from server.commands.context import CommandContext, printable
from server.jobs.definitions import BrokenDefinition, load_files
from server.jobs.statements import find_analysis_issues, find_issues
from server.loading import load_home_model
from server.storage.migrate import migrate
from server.store_address import store_url
from server.warehouse.claims import Proof
from server.warehouse.paths import Home
from server.warehouse.proofs import prove_version
from server.warehouse.versions import current_version


def run_check(arguments: Namespace, context: CommandContext) -> int:
    """Check the model file and prove its claims on the current version's data."""
    home = Home(context.settings.home)
    loaded, catalog = load_home_model(home)
    spec = loaded.spec
    metrics = len(catalog.metrics)
    context.print(
        f"The model '{spec.name}' is sound: {len(spec.models)} models, {metrics} metrics, "
        f"{len(spec.relationships)} relationships."
    )
    _print_analyses(catalog, context)
    broken_reports = _check_reports(home, catalog, context)
    version = current_version(home)
    if version is None:
        context.print("No data is loaded, so nothing could be proved on it; run 'revenue ingest'.")
        return 1 if broken_reports else 0
    proofs = prove_version(home, version, catalog, context.clock().date())
    broken = [proof for proof in proofs if not proof.ok]
    for proof in broken:
        context.print(_to_line(proof, loaded.locations))
    errors = sum(proof.severity == "error" for proof in broken)
    context.print(
        f"{len(proofs) - len(broken)} of {len(proofs)} claims hold on version {version}; "
        f"{errors} errors, {len(broken) - errors} warnings."
    )
    return 1 if errors or broken_reports else 0


def _print_analyses(catalog: Catalog, context: CommandContext) -> None:
    """One line for all analyses that the model does not allow, with the most frequent reason."""
    templates = load_packaged()
    reasons = [reason for template in templates if (reason := find_reason(catalog, template))]
    if not reasons:
        return
    [(reason, _)] = Counter(reasons).most_common(1)
    context.print(
        f"note: {len(reasons)} of {len(templates)} named analyses are not available with this "
        f"model, mostly because: {reason} 'revenue analyses' lists each with its reason."
    )


def _check_reports(home: Home, catalog: Catalog, context: CommandContext) -> int:
    """The number of mistakes in the files of reports/, each of which was printed."""
    files = load_files(home)
    analyses = {template.name: find_reason(catalog, template) for template in load_packaged()}
    issues: list[Issue] = []
    for found in files:
        if isinstance(found, BrokenDefinition):
            issues += found.issues
            continue
        mistakes = [
            *find_issues(found.spec, frozenset(found.roles), catalog),
            *find_analysis_issues(found.spec, {EXPLAIN: "", **analyses}),
        ]
        issues += locate_issues(mistakes, found.locations) if found.locations else mistakes
    for issue in issues:
        context.print(printable(f"error: {issue.to_sentence()}"))
    if files:
        context.print(f"{len(files)} report definitions, {len(issues)} mistakes.")
    return len(issues)


def _to_line(proof: Proof, locations: Locations) -> str:
    issue = Issue(code=proof.name, message=f"{proof.name}: {proof.message}", path=proof.path)
    return printable(f"{proof.severity}: {locate_issues([issue], locations)[0].to_sentence()}")


def run_schema(arguments: Namespace, context: CommandContext) -> int:
    """Write the JSON Schema of model files, for editors."""
    if arguments.out is None:
        context.print_json(model_json_schema())
        return 0
    with Path(arguments.out).open("w", encoding="utf-8") as out:
        CommandContext(context.settings, context.clock, out, context.err).print_json(
            model_json_schema()
        )
    context.print(f"The schema is in {printable(arguments.out)}.")
    return 0


def run_migrate(arguments: Namespace, context: CommandContext) -> int:
    """Bring the state store to this program's schema."""
    done = migrate(store_url(context.settings))
    if done.before == done.after:
        context.print(f"The state store is up to date (revision {done.after}).")
    else:
        context.print(f"The state store went from {done.before or 'nothing'} to {done.after}.")
    return 0
