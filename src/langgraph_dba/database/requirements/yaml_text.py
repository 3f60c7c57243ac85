"""Parse YAML text to plain data with the line of every part.

Only a subset is allowed: no anchors, no tags, one document. Scalars follow YAML 1.2: `no`, `12:30` and `2026-01-05` are
texts. The data is built from the parser's events, which allows a limit on depth.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from langgraph_dba.findings import Finding, problem

# the keys and list positions that lead to a part
Path = tuple[str | int, ...]
_DEEPEST = 12
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(slots=True)
class Document:
    """The result: `value` (None if nothing could be read), `lines` of all parts from 1, and all `problems`."""

    file: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of the innermost part that contains `path`; 1 for the whole document."""
        # a missing key has no line: use that of the part that lacks it
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def add_problem(self, message: str, line: int, code: str) -> None:
        """Add one problem."""
        self.problems.append(problem(message, self.file, line, code))


@dataclass(slots=True)
class _OpenNode:
    """A list or mapping whose end was not read yet."""

    path: Path
    items: list[Any] | dict[str, Any]
    key: str = ""
    has_key: bool = False


class _Stop(Exception):
    pass


def read_yaml(text: str, file: str) -> Document:
    """Parse one document; all errors are in its `problems`."""
    document = Document(file)
    try:
        _Builder(document).run(yaml.parse(text, Loader=_LOADER))
    except _Stop:
        document.value = None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        document.add_problem(_explain(error, text, line), line, "not-yaml")
        document.value = None
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        reason = " ".join(str(getattr(error, "reason", error)).split())
        line = text.count("\n", 0, position) + 1
        document.add_problem(f"this is not YAML text: {reason}; remove that character", line, "not-yaml")
        document.value = None
    return document


def _explain(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    reason = " ".join(part for part in (error.context, error.problem) if part)
    wrong = "".join(text.splitlines()[line - 1 : line])
    hint = "indent with spaces, never tabs" if "\t" in wrong else "put texts that contain ': ' or '#' in quotes"
    return f"this is not YAML: {reason}; {hint}"


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[_OpenNode] = []
        self.started = False

    def run(self, events: Iterator[Any]) -> None:
        for event in events:
            line = event.start_mark.line + 1
            self._refuse(event, line)
            match event:
                case yaml.ScalarEvent():
                    self._add(_scalar(event), line, event.value)
                case yaml.SequenceStartEvent():
                    self._open([], line)
                case yaml.MappingStartEvent():
                    self._open({}, line)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self.stack.pop()

    def _refuse(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._stop("anchors (&) and aliases (*) are not allowed: write the part in full", line, "anchor")
        if getattr(event, "tag", None) and event.tag != "!":
            self._stop(f"the tag {event.tag} is not allowed: remove it", line, "tag")
        if isinstance(event, yaml.DocumentStartEvent):
            if self.started:
                self._stop("a second document starts here: keep one document in the file", line, "documents")
            self.started = True

    def _stop(self, message: str, line: int, code: str) -> None:
        self.document.add_problem(message, line, code)
        raise _Stop

    def _open(self, items: list[Any] | dict[str, Any], line: int) -> None:
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.items, dict) and not top.has_key:
            self._stop("a list or mapping cannot be a key", line, "key")
        if len(self.stack) >= _DEEPEST:
            self._stop(f"nested deeper than {_DEEPEST} levels", line, "depth")
        path = self._add(items, line)
        # the same object is in its parent already: items that follow are added in place
        self.stack.append(_OpenNode(path, items))

    def _add(self, value: Any, line: int, text: str = "") -> Path:
        """Add a value to the open list or mapping and return its path; a scalar in key position becomes the key."""
        if not self.stack:
            self.document.value = value
            self.document.lines[()] = line
            return ()
        top = self.stack[-1]
        if isinstance(top.items, list):
            path = (*top.path, len(top.items))
            top.items.append(value)
        elif not top.has_key:
            top.key, top.has_key = text, True
            self._keep_line((*top.path, top.key), line)
            return ()
        else:
            path = (*top.path, top.key)
            top.items[top.key], top.has_key = value, False
        self.document.lines.setdefault(path, line)
        return path

    def _keep_line(self, path: Path, line: int) -> None:
        if path in self.document.lines:
            first = self.document.lines[path]
            self.document.add_problem(f"{path[-1]!r} is a duplicate key (first: line {first})", line, "duplicate-key")
        else:
            self.document.lines[path] = line


def _scalar(event: yaml.ScalarEvent) -> Any:
    if not event.implicit[0]:
        return event.value
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) <= 4000:  # noqa: PLR2004  Python refuses to convert longer ones
        return int(text.replace("_", ""))
    return float(text.replace("_", "")) if _FLOAT.fullmatch(text) else text
