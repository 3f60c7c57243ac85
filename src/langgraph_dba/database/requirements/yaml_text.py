"""YAML text as plain data, with the line every part stands on.

Reads what a person writes by hand: no anchors, no tags, no second document, and none of the surprises of old YAML
(`no` is a word, `12:30` is a text, `2026-01-05` is a text). Built from the parser's events, so depth is bounded.
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
    """`value` is what was read (None where nothing could be), `lines` counts from 1, `problems` holds all found."""

    file: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of the nearest part that contains `path`; 1 for the whole document."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def complain(self, message: str, line: int, code: str) -> None:
        """Add one problem."""
        self.problems.append(problem(message, self.file, line, code))


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read."""

    path: Path
    items: list[Any] | dict[str, Any]
    key: str = ""
    has_key: bool = False


class _Stop(Exception):
    pass


def read_yaml(text: str, file: str) -> Document:
    """Read one document; everything that is wrong with it lands in its `problems`."""
    document = Document(file)
    try:
        _Builder(document).run(yaml.parse(text, Loader=_LOADER))
    except _Stop:
        document.value = None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        document.complain(_explained(error, text, line), line, "not-yaml")
        document.value = None
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        said = " ".join(str(getattr(error, "reason", error)).split())
        line = text.count("\n", 0, position) + 1
        document.complain(f"this is not YAML text: {said}; remove that character", line, "not-yaml")
        document.value = None
    return document


def _explained(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    said = " ".join(part for part in (error.context, error.problem) if part)
    wrong = "".join(text.splitlines()[line - 1 : line])
    hint = "indent with spaces, never tabs" if "\t" in wrong else "put texts that hold ': ' or '#' in quotes"
    return f"this is not YAML: {said}; {hint}"


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[_Open] = []
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
            self._stop("anchors (&) and aliases (*) are not read: write the part out in full", line, "anchor")
        if getattr(event, "tag", None) and event.tag != "!":
            self._stop(f"the tag {event.tag} is not read: remove it", line, "tag")
        if isinstance(event, yaml.DocumentStartEvent):
            if self.started:
                self._stop("a second document begins here: keep one document in the file", line, "documents")
            self.started = True

    def _stop(self, message: str, line: int, code: str) -> None:
        self.document.complain(message, line, code)
        raise _Stop

    def _open(self, items: list[Any] | dict[str, Any], line: int) -> None:
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.items, dict) and not top.has_key:
            self._stop("a list or mapping cannot be a key", line, "key")
        if len(self.stack) >= _DEEPEST:
            self._stop(f"nested deeper than {_DEEPEST} levels", line, "depth")
        path = self._add(items, line)
        self.stack.append(_Open(path, items))

    def _add(self, value: Any, line: int, text: str = "") -> Path:
        """Put a value where it belongs and return its path; the text of a scalar in key position becomes the key."""
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
            self.document.complain(
                f"{path[-1]!r} stands here a second time (first: line {first})", line, "duplicate-key"
            )
        else:
            self.document.lines[path] = line


def _scalar(event: yaml.ScalarEvent) -> Any:
    if not event.implicit[0]:
        return event.value
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) <= 4000:  # noqa: PLR2004  Python reads no longer ones
        return int(text.replace("_", ""))
    return float(text.replace("_", "")) if _FLOAT.fullmatch(text) else text
