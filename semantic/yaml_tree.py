"""YAML text to a tree of values that know their file and line.

Called by `load.py`, once per file. Plain data only: no tags, no dates, no `yes`/`no`
booleans. Invariant: the work is bounded by the size of the text, whatever its anchors do.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from semantic.issues import Issue, SemanticError

MAX_DEPTH = 40
"""Levels of nesting; a model needs about eight."""
MAX_VALUES = 100_000
"""Values after anchors are expanded."""

Scalar = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Tree:
    """A YAML value and where it stands: for an entry of a mapping, where its key stands."""

    value: Scalar | dict[str, Tree] | list[Tree]
    where: str
    """As "models/revenue.yml:42"."""


def parse_yaml(text: str, file: str) -> tuple[Tree, list[Issue]]:
    """The tree of one YAML document, and the mistakes that do not stop reading (repeated keys).

    Raises:
        SemanticError: the text is not YAML, or not one mapping, or is nested or expanded
            beyond the bounds.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        raise SemanticError([_unreadable_character(error, text, file)]) from error
    except yaml.MarkedYAMLError as error:
        raise SemanticError([_syntax_issue(error, text, file)]) from error
    except yaml.YAMLError as error:
        raise SemanticError([_issue(file, 1, "yaml-syntax", "The file is not YAML.")]) from error
    if node is None:
        raise SemanticError(
            [
                _issue(
                    file,
                    1,
                    "model-empty",
                    "The file is empty.",
                    "Start it with a key, such as 'name:' in a model or 'title:' in a report.",
                )
            ]
        )
    builder = _Builder(file)
    tree = builder.build(node, node.start_mark.line + 1, 0)
    if not isinstance(tree.value, dict):
        kind = "list" if isinstance(tree.value, list) else "single value"
        raise SemanticError(
            [
                Issue(
                    code="model-not-mapping",
                    message=f"The file holds a {kind} where a mapping is expected.",
                    where=tree.where,
                    hint="Start it with a key, such as 'name:' in a model or 'title:' in a report.",
                )
            ]
        )
    return tree, builder.issues


# ------------------------------------------------------------------ text to nodes


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the plain scalars of YAML 1.2 and a bound on nesting.

    YAML 1.1 would read `no` as false, `1:30` as 90 and `010` as 8; here each is a text.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML reads it from the class

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node; raises ComposerError beyond MAX_DEPTH levels."""
        if self._depth >= MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, _TOO_DEEP, mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})$")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?$")
for _name, _pattern, _first in (
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("null", re.compile(r"(?:~|null|Null|NULL)?$"), ("~", "n", "N", "")),
    ("int", _INTEGER, "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
    ("merge", re.compile(r"<<$"), "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, _pattern, list(_first))


def _unreadable_character(error: yaml.reader.ReaderError, text: str, file: str) -> Issue:
    line = text.count("\n", 0, error.position) + 1
    return _issue(
        file,
        line,
        "yaml-character",
        f"The character U+{int(error.character):04X} is not allowed here.",
        "Delete it; it is usually left over from copying out of another program.",
    )


def _syntax_issue(error: yaml.MarkedYAMLError, text: str, file: str) -> Issue:
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or "the text cannot be read").strip()
    # What is never closed is found at the end, and mended where it was opened.
    if error.context_mark and ("end of stream" in problem or "<stream end>" in problem):
        mark = error.context_mark
    line = mark.line + 1 if mark else 1
    if "'\\t'" in problem or _has_tab_indent(text, line):
        return _issue(
            file,
            line,
            "yaml-tab",
            "A tab character is used where YAML wants spaces.",
            "Indent with spaces.",
        )
    if problem == _TOO_DEEP:
        return _issue(file, line, "yaml-too-deep", f"The file is {problem}.", "Flatten it.")
    started = error.context_mark
    since = f" ({error.context} from line {started.line + 1})" if started and error.context else ""
    said = f"{problem} {error.context or ''}"
    hint = next((hint for part, hint in _SYNTAX_HINTS if part in said), "")
    return _issue(file, line, "yaml-syntax", f"This is not valid YAML: {problem}{since}.", hint)


_SYNTAX_HINTS = (
    ("mapping values are not allowed", "Put a text that contains ': ' in quotes."),
    ("expected <block end>", "Check the indentation: items of one list start in one column."),
    ("expected ',' or ", "Close the bracket, or put a text with commas or colons in quotes."),
    ("could not find expected ':'", "Every line of a mapping is 'key: value'."),
    ("cannot start any token", "Put the text in quotes."),
    ("undefined alias", "Define it with '&name' above, or put a text starting with '*' in quotes."),
    ("duplicate anchor", "Give each anchor its own name."),
    ("expected a single document", "Delete the '---' line; a file holds one document."),
    ("end of stream", "A quote or bracket is not closed."),
)


def _has_tab_indent(text: str, line: int) -> bool:
    lines = text.split("\n")
    return line <= len(lines) and "\t" in re.match(r"\s*", lines[line - 1])[0]  # type: ignore[index]


# ------------------------------------------------------------------ nodes to a tree


class _Builder:
    """Expands one file's nodes; the nodes may share parts through anchors."""

    def __init__(self, file: str) -> None:
        self.issues: list[Issue] = []
        self._file = file
        self._count = 0

    def build(self, node: yaml.Node, line: int, depth: int) -> Tree:
        self._count += 1
        if self._count > MAX_VALUES:
            raise self._refusal(
                line, "yaml-too-big", f"The file holds more than {MAX_VALUES:,} values.", _LESS
            )
        # A node that contains itself through an anchor ends here too.
        if depth > MAX_DEPTH:
            raise self._refusal(line, "yaml-too-deep", f"The file is {_TOO_DEEP}.", _LESS)
        where = f"{self._file}:{line}"
        if isinstance(node, yaml.MappingNode):
            self._check_tag(node, "map")
            return Tree(self._mapping(node, depth), where)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, "seq")
            items = [self.build(item, item.start_mark.line + 1, depth + 1) for item in node.value]
            return Tree(items, where)
        return Tree(self._scalar(node), where)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Tree]:
        own: dict[str, Tree] = {}
        merged: dict[str, Tree] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(line, "yaml-key", "A key must be a text, not a list or mapping.", "")
                continue
            tree = self.build(value_node, line, depth + 1)
            if key_node.tag == _TAG + "merge":
                self._merge(merged, tree, line)
                continue
            key = self._text(key_node, key_node.value)
            if key in own:
                self._report(
                    line,
                    "duplicate-key",
                    f"The key '{_short(key)}' is given twice; first at {own[key].where}.",
                    "Delete one of them.",
                )
                continue
            own[key] = tree
        return {**merged, **own}

    def _merge(self, merged: dict[str, Tree], tree: Tree, line: int) -> None:
        parts = tree.value if isinstance(tree.value, list) else [tree]
        for part in parts:
            if not isinstance(part.value, dict):
                self._report(line, "yaml-merge", "'<<' takes a mapping or a list of mappings.", "")
                continue
            for key, value in part.value.items():
                merged.setdefault(key, value)

    def _scalar(self, node: yaml.Node) -> Scalar:
        text: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return self._text(node, text)
        if kind == "null" and text in ("", "~", "null", "Null", "NULL"):
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "int" and _INTEGER.match(text):
            return int(text)
        if kind == "float" and _FLOAT.match(text) and math.isfinite(float(text)):
            return float(text)
        self._check_tag(node, "str")
        return None

    def _text(self, node: yaml.Node, text: str) -> str:
        # "\ud800" in quotes makes half a character, which no later step can encode.
        if any("\ud800" <= character <= "\udfff" for character in text):
            line = node.start_mark.line + 1
            self._report(line, "yaml-character", "This text holds half a character.", "Delete it.")
            return ""
        return text

    def _check_tag(self, node: yaml.Node, expected: str) -> None:
        if node.tag == _TAG + expected:
            return
        line = node.start_mark.line + 1
        if node.tag == _TAG + "float":
            self._report(line, "yaml-number", "This number is too big.", "Write a smaller one.")
        else:
            self._report(line, "yaml-tag", "Tags ('!...') are not allowed here.", "Delete the tag.")

    def _report(self, line: int, code: str, message: str, hint: str) -> None:
        self.issues.append(_issue(self._file, line, code, message, hint))

    def _refusal(self, line: int, code: str, message: str, hint: str) -> SemanticError:
        return SemanticError([*self.issues, _issue(self._file, line, code, message, hint)])


_LESS = "Split it over several files, and use fewer anchors ('&', '*')."


def _issue(file: str, line: int, code: str, message: str, hint: str = "") -> Issue:
    return Issue(code=code, message=message, where=f"{file}:{line}", hint=hint)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
