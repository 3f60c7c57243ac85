r"""Parse the front matter of an agent file: as YAML if it is valid, otherwise key by key.

Agent files are written by people and models, and one in twenty is not valid YAML, nearly always because of an unquoted
`: ` in the description. Invalid YAML is split at the known top-level keys, and each part is parsed alone. Scalars stay
text as written (`name: on` is the name "on"), null is None; the caller converts a field to its type.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml

KNOWN_KEYS = (
    "name", "description", "tools", "disallowedTools", "model", "permissionMode", "maxTurns", "skills", "mcpServers",
    "hooks", "memory", "background", "isolation", "effort", "initialPrompt", "color", "coordination",
)  # fmt: skip
# Ten times the longest front matter of the public agent files that were examined; PyYAML parses about 100 kB/s.
MAX_HEAD_CHARS = 65_536

_ONE_LINE_KEYS = ("name", "model", "permissionMode", "maxTurns", "memory", "background", "isolation", "effort", "color")
_FENCE = "---"
_KEY_LINE = re.compile(rf"({'|'.join(KNOWN_KEYS)})[ \t]*:(?:\s|$)")
_BLOCK_MARK = re.compile(r"[|>][-+0-9]*")


@dataclass(frozen=True, slots=True)
class Value:
    """One YAML value and its position in the file; inside a mapping the line is that of its key.

    Columns count from 1, `end_column` is exclusive; 0 means unknown, as for a value of several lines.
    """

    content: "str | tuple[Value, ...] | dict[str, Value] | None"
    line: int
    column: int = 0
    end_column: int = 0

    def plain(self) -> Any:
        """Return the value as text, lists, dicts and None."""
        if isinstance(self.content, tuple):
            return [item.plain() for item in self.content]
        if isinstance(self.content, dict):
            return {key: item.plain() for key, item in self.content.items()}
        return self.content


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The parsed front matter (`present`: whether there is one), and the repairs as (line, message)."""

    fields: dict[str, Value]
    body: str
    body_line: int
    present: bool = True
    repairs: tuple[tuple[int, str], ...] = ()


class HeadTooLongError(ValueError):
    """Raised if the front matter is longer than `MAX_HEAD_CHARS`."""


def read_front_matter(text: str) -> FrontMatter:
    """Split a file into front matter and body; raises only HeadTooLongError."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    opening = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[opening].rstrip() != _FENCE:
        return FrontMatter({}, "\n".join(lines).strip(), 1, present=False)
    closing, body_at, repairs = _head_ends(lines, opening)
    head = lines[opening + 1 : closing]
    if sum(map(len, head)) > MAX_HEAD_CHARS:
        raise HeadTooLongError(f"front matter of more than {MAX_HEAD_CHARS} characters")
    fields, more = _fields(head, opening + 2)
    body_at = next((index for index in range(body_at, len(lines)) if lines[index].strip()), body_at)
    return FrontMatter(fields, "\n".join(lines[body_at:]).strip(), body_at + 1, repairs=(*repairs, *more))


def _head_ends(lines: list[str], opening: int) -> tuple[int, int, list[tuple[int, str]]]:
    for index in range(opening + 1, len(lines)):
        if lines[index].rstrip() == _FENCE:
            return index, index + 1, []
    first = next((i for i in range(opening + 1, len(lines)) if lines[i].strip()), len(lines))
    end = next((i for i in range(first, len(lines)) if not lines[i].strip() or lines[i].startswith("#")), len(lines))
    message = f"the closing '---' is missing: front matter assumed to end at line {end}; write '---' after it"
    return end, end, [(opening + 1, message)]


def _fields(head: list[str], first_line: int) -> tuple[dict[str, Value], list[tuple[int, str]]]:
    try:
        return _parse("\n".join(head), first_line)
    except _NotYamlError as error:
        fields, repairs = _parse_by_key(head, first_line)
        message = f"not valid YAML ({error.reason}): parsed key by key instead; {error.advice}"
        return fields, [(error.line, message), *repairs]


class _NotYamlError(Exception):
    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line
        unquoted = "mapping values are not allowed" in reason
        self.advice = (
            "a text with ': ' needs quotes, or a block such as 'description: >-'"
            if unquoted
            else "fix the line, or quote the value"
        )


class _Loader(yaml.SafeLoader):
    """A YAML loader that rejects aliases, with which a small file can expand to a value that exhausts memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed in agent files", mark)
        return super().compose_node(parent, index)


def _parse(text: str, first_line: int) -> tuple[dict[str, Value], list[tuple[int, str]]]:
    repairs: list[tuple[int, str]] = []
    try:
        root = _Loader(text).get_single_node()
        value = Value(None, first_line) if root is None else _value(root, first_line, repairs)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + mark.line if mark else first_line
        raise _NotYamlError(str(error.problem or error.context), line) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: PyYAML passes escapes such as "\UFFFFFFFF" to chr() unchecked.
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error).split("\n", 1)[0]
        raise _NotYamlError(reason, first_line) from error
    if value.content is not None and not isinstance(value.content, dict):
        raise _NotYamlError("no 'key: value' lines", first_line)
    return value.content or {}, repairs


def _value(node: yaml.Node, first_line: int, repairs: list[tuple[int, str]], key: yaml.Node | None = None) -> Value:
    position = _position(node, first_line, key)
    if isinstance(node, yaml.ScalarNode):
        return Value(None if node.tag == "tag:yaml.org,2002:null" else _printable(node.value), *position)
    if isinstance(node, yaml.SequenceNode):
        return Value(tuple(_value(item, first_line, repairs) for item in node.value), *position)
    return Value(dict(_members(node, first_line, repairs)), *position)


def _position(node: yaml.Node, first_line: int, key: yaml.Node | None) -> tuple[int, int, int]:
    """Return line, column and end column of the value if it is on its key's line, else of the key."""
    first = key or node
    line = first.start_mark.line
    for marked in (node, first):
        start, end = marked.start_mark, marked.end_mark
        if start.line == end.line == line and start.column < end.column:
            return first_line + line, start.column + 1, end.column + 1
    return first_line + line, 0, 0


def _members(node: yaml.Node, first_line: int, repairs: list[tuple[int, str]]) -> Iterator[tuple[str, Value]]:
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = first_line + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode):
            raise _NotYamlError("a key is a list or a mapping", line)
        name = _printable(key.value)
        if name in seen:
            repairs.append((line, f"key {name!r} occurs twice (first on line {seen[name]}): the last one is used"))
        seen[name] = line
        yield name, _value(value, first_line, repairs, key)


def _printable(text: str) -> str:
    # YAML escapes may write one character as two surrogates, as JSON does, or a lone surrogate, which cannot be
    # encoded for printing.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _parse_by_key(head: list[str], first_line: int) -> tuple[dict[str, Value], list[tuple[int, str]]]:
    starts = [index for index, line in enumerate(head) if _KEY_LINE.match(line)]
    fields: dict[str, Value] = {}
    repairs: list[tuple[int, str]] = []
    for start, end in pairwise([*starts, len(head)]):
        section, more = _parse_section(head[start:end], first_line + start)
        repairs += more
        for key, value in section.items():
            if key in fields:
                first = fields[key].line
                repairs.append((value.line, f"key {key!r} occurs twice (first on line {first}): the last one is used"))
            fields[key] = value
    return fields, repairs


def _parse_section(lines: list[str], line: int) -> tuple[dict[str, Value], list[tuple[int, str]]]:
    text = "\n".join(lines)
    key, _, rest = text.partition(":")
    # For a key with a one-line value, the following lines belong to an unknown key, and may be the invalid ones.
    first_line = (lines[0],) if key.strip() in _ONE_LINE_KEYS else ()
    for candidate in (text, text.expandtabs(2), *first_line):
        try:
            fields, repairs = _parse(candidate, line)
        except _NotYamlError:
            continue
        shifted = candidate not in text
        return {key: _without_columns(item) if shifted else item for key, item in fields.items()}, repairs
    return {key.strip(): Value(_as_text(rest), line)}, []


def _without_columns(value: Value) -> Value:
    """Return the value with unknown columns, because the parsed text is indented differently from the file."""
    content = value.content
    if isinstance(content, tuple):
        content = tuple(map(_without_columns, content))
    elif isinstance(content, dict):
        content = {key: _without_columns(item) for key, item in content.items()}
    return Value(content, value.line)


def _as_text(rest: str) -> str:
    first, *more = (line.strip() for line in rest.strip().split("\n"))
    text = "\n".join(more if _BLOCK_MARK.fullmatch(first) else [first, *more]).strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return _printable(text[1:-1] if quoted else text)
