"""Model files to one checked specification, with the file and line of every part.

Called by `revenue check`, `ingest` and `init`. Reads the files it is given and nothing else.
Invariant: either a whole specification comes back, or every mistake found with its file:line.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from semantic.issues import Issue, SemanticError
from semantic.spec import SemanticModelSpec, Spec
from semantic.spec_issues import explain_validation
from semantic.yaml_tree import Tree, parse_yaml

MAX_FILE_BYTES = 1_000_000

S = TypeVar("S", bound=Spec)

ModelPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Locations:
    """Where each part of a model stands, by its path of keys and item numbers."""

    places: Mapping[ModelPath, str]

    def place(self, path: Sequence[str | int]) -> str:
        """The "file:line" of the part, or of the nearest part around it; "" when unknown."""
        for length in range(len(path), -1, -1):
            found = self.places.get(tuple(path[:length]))
            if found is not None:
                return found
        return ""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A specification whose keys and values are right, and where each stands."""

    spec: SemanticModelSpec
    locations: Locations


def find_model_files(folder: Path) -> tuple[Path, ...]:
    """The `*.yml` and `*.yaml` files of a folder, by name; empty when there are none."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(p for p in folder.iterdir() if p.suffix in (".yml", ".yaml")))


def load_model(paths: Sequence[Path]) -> LoadedModel:
    """The specification that the files make together.

    Lists of several files are joined, mappings are merged, and a single value given in
    several files must be the same in all.

    Raises:
        SemanticError: with every mistake found, each with its file and line.
    """
    if not paths:
        raise SemanticError(
            [
                Issue(
                    code="no-model",
                    message="No model file (*.yml) was found.",
                    where="models",
                    hint="Put one in the folder 'models', or remove the folder to use the "
                    "packaged model.",
                )
            ]
        )
    tree, issues = _read_all(paths)
    places: dict[ModelPath, str] = {(): tree.where}
    data = _to_data(tree, (), places)
    locations = Locations(places)
    try:
        # Strict JSON mode: lists become tuples, but "5" is no number and "yes" no boolean.
        spec = SemanticModelSpec.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        issues.extend(locate_issues(explain_validation(error, data), locations))
        raise SemanticError(_in_file_order(issues)) from error
    if issues:
        raise SemanticError(_in_file_order(issues))
    return LoadedModel(spec, locations)


def load_document(path: Path, kind: type[S]) -> tuple[S, Locations]:
    """One YAML file of a kind of its own, such as a report definition, and where its parts stand.

    Raises:
        SemanticError: with every mistake found, each with its file and line.
    """
    tree, issues = _read_all([path])
    places: dict[ModelPath, str] = {(): tree.where}
    data = _to_data(tree, (), places)
    locations = Locations(places)
    try:
        document = kind.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        issues.extend(locate_issues(explain_validation(error, data, kind), locations))
        raise SemanticError(_in_file_order(issues)) from error
    if issues:
        raise SemanticError(_in_file_order(issues))
    return document, locations


def locate_issues(issues: Iterable[Issue], locations: Locations) -> tuple[Issue, ...]:
    """The issues, those of the model (no place in a text) completed with "file:line".

    >>> places = Locations({("models", 0): "models/revenue.yml:7"})
    >>> issue = Issue(code="x", message="y", path=("models", 0, "time"))
    >>> locate_issues([issue], places)[0].where
    'models/revenue.yml:7'
    """
    return tuple(
        issue if issue.where or issue.place else replace(issue, where=locations.place(issue.path))
        for issue in issues
    )


def _read_all(paths: Sequence[Path]) -> tuple[Tree, list[Issue]]:
    trees: list[Tree] = []
    issues: list[Issue] = []
    unreadable = False
    for path in paths:
        file = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
        try:
            tree, found = parse_yaml(_read_text(path, file), file)
        except SemanticError as error:
            unreadable = True
            issues.extend(error.issues)
        else:
            trees.append(tree)
            issues.extend(found)
    # Checking half a model would report what only the unreadable file lacks.
    if unreadable:
        raise SemanticError(_in_file_order(issues))
    whole = trees[0]
    for tree in trees[1:]:
        whole = _join(whole, tree, (), issues)
    return whole, issues


def _read_text(path: Path, file: str) -> str:
    def refusal(code: str, message: str, hint: str, where: str = file) -> SemanticError:
        return SemanticError([Issue(code=code, message=message, where=where, hint=hint)])

    try:
        # Opened only when it is a plain file: a pipe would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise refusal("model-unreadable", "This is not a plain file.", "Give a YAML file.")
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise refusal(
            "no-model", "The model file does not exist.", "Check the name and the folder."
        ) from error
    except OSError as error:
        raise refusal(
            "model-unreadable", "The model file cannot be read.", "Check its permissions."
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise refusal(
            "model-too-big",
            f"The model file is bigger than {MAX_FILE_BYTES:,} bytes.",
            "Split it over several files of the folder.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refusal(
            "model-encoding",
            "The model file is not UTF-8 text.",
            "Save it as UTF-8.",
            f"{file}:{line}",
        ) from error


def _join(first: Tree, second: Tree, path: ModelPath, issues: list[Issue]) -> Tree:
    """Both trees as one; a disagreement is reported at its second place."""
    one, two = first.value, second.value
    if isinstance(one, list) and isinstance(two, list):
        return Tree([*one, *two], first.where)
    if isinstance(one, dict) and isinstance(two, dict):
        joined = dict(one)
        for key, tree in two.items():
            joined[key] = _join(joined[key], tree, (*path, key), issues) if key in joined else tree
        return Tree(joined, first.where)
    # True == 1 in Python, but not in a model.
    if one != two or type(one) is not type(two):
        issues.append(
            Issue(
                code="merge-conflict",
                message=f"'{'.'.join(map(str, path))}' is given here and, differently, at "
                f"{first.where}.",
                where=second.where,
                hint="Keep one of them.",
                path=path,
            )
        )
    return first


def _to_data(tree: Tree, path: ModelPath, places: dict[ModelPath, str]) -> Any:
    places[path] = tree.where
    if isinstance(tree.value, dict):
        return {key: _to_data(item, (*path, key), places) for key, item in tree.value.items()}
    if isinstance(tree.value, list):
        return [_to_data(item, (*path, n), places) for n, item in enumerate(tree.value)]
    return tree.value


def _in_file_order(issues: Iterable[Issue]) -> list[Issue]:
    def key(issue: Issue) -> tuple[str, int]:
        found = re.fullmatch(r"(.*):(\d+)", issue.where)
        return (found[1], int(found[2])) if found else (issue.where, 0)

    return sorted(issues, key=key)
