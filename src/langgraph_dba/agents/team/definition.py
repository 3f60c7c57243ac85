"""Read one agent file: name, description, tools and settings, coordination lists, and the instructions."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from langgraph_dba.agents.team.front_matter import KNOWN_KEYS, FrontMatter, HeadTooLongError, Value, read_front_matter
from langgraph_dba.agents.team.lint_rules import team_finding
from langgraph_dba.findings import FileLocation, Finding, did_you_mean

COORDINATION_KEYS = ("hands_off_to", "receives_from", "parallel_with")
MAX_FILE_BYTES = 1_048_576
NAME_PATTERN = r"^[^\W_](?:[\w .\-]{0,62}[\w.\-])?\Z"  # no ':' and no '|': LangGraph reserves them in node names


def split_tools(value: Any) -> Any:
    """Split `Read, Bash(npm test:*, git diff)` at the commas outside parentheses; a list may have such texts too."""
    # YAML splits a flow list `[Bash(a, b)]` at every comma: join the parts and split outside the parentheses only.
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    return tuple(_outside_parentheses(value)) if isinstance(value, str) else value


def _outside_parentheses(text: str) -> Iterator[str]:
    depth = start = 0
    for index, letter in enumerate(f"{text},"):
        depth = max(0, depth + (letter == "(") - (letter == ")"))
        if letter == "," and (depth == 0 or index == len(text)):
            if tool := text[start:index].strip():
                yield tool
            start = index + 1


def _real_newlines(text: Any) -> Any:
    # One in ten of the public agent files that were examined has the two characters `\n` instead of a line break.
    return text.replace("\\n", "\n") if isinstance(text, str) else text


Tools = Annotated[tuple[str, ...], BeforeValidator(split_tools)]
Prose = Annotated[str, BeforeValidator(_real_newlines)]


class Coordination(BaseModel):
    """The coordination lists of an agent's own file; entries as written, including duplicates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hands_off_to: tuple[str, ...] = ()
    receives_from: tuple[str, ...] = ()
    parallel_with: tuple[str, ...] = ()

    def entries(self, key: str) -> tuple[str, ...]:
        """Return one of the three lists by its name."""
        return tuple(getattr(self, key))


class AgentDefinition(BaseModel):
    """One agent: the keys of its front matter (camel case in the file, snake case here) and the text after it.

    `tools` is None if the file does not limit them. `lines` maps a key (`model`), a list (`coordination.hands_off_to`)
    and an entry (`coordination.hands_off_to[0]`) to its line, and `body` to the first line of the text; `columns` maps
    the same keys to (first column, exclusive end column) if they are known.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        regex_engine="python-re",  # `\w` of the default Rust engine matches other characters than Python's
    )

    name: str = Field(pattern=NAME_PATTERN)
    description: Prose = ""
    tools: Tools | None = None
    disallowed_tools: Tools = ()
    model: str | None = None
    permission_mode: str | None = None
    max_turns: int | None = Field(None, ge=1)
    skills: Tools = ()
    mcp_servers: Any = None
    hooks: Any = None
    memory: str | None = None
    background: bool | None = None
    isolation: str | None = None
    effort: str | None = None
    initial_prompt: Prose | None = None
    color: str | None = None
    coordination: Coordination = Field(Coordination(), alias="coordination")
    body: str = Field("", repr=False)
    file: str = ""
    lines: dict[str, int] = Field(default_factory=dict, repr=False)
    columns: dict[str, tuple[int, int]] = Field(default_factory=dict, repr=False)

    def line(self, *keys: str) -> int:
        """Return the line of the first of these keys that has one, else 0."""
        return self.location(*keys).line

    def location(self, *keys: str) -> FileLocation:
        """Return the position of the first of these keys that has a line, else the whole file."""
        key = next((key for key in keys if key in self.lines), "")
        column, end_column = self.columns.get(key, (0, 0))
        return FileLocation(file=self.file, line=self.lines.get(key, 0), column=column, end_column=end_column)


def read_definition(data: bytes, file: str) -> tuple[AgentDefinition | None, tuple[Finding, ...]]:
    """Read one file; the definition is None if and only if one of the issues is an error. Raises nothing."""
    reader = _DefinitionReader(file)
    text = reader.decode(data)
    definition = None if text is None else reader.definition(text)
    failed = any(issue.level == "error" for issue in reader.issues)
    return None if failed else definition, tuple(reader.issues)


class _DefinitionReader:
    """Parse one file and collect its issues."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.issues: list[Finding] = []
        self.columns: dict[str, tuple[int, int]] = {}

    def report(self, rule: str, at: int | Value, message: str, help: str = "") -> None:  # noqa: A002
        value = Value(None, at) if isinstance(at, int) else at
        location = FileLocation(file=self.file, line=value.line, column=value.column, end_column=value.end_column)
        self.issues.append(team_finding(rule, location, message, help))

    def decode(self, data: bytes) -> str | None:
        if len(data) > MAX_FILE_BYTES:
            self.report(
                "unreadable-file", 0, f"larger than {MAX_FILE_BYTES // 1024} KiB", "shorten it, or move it away"
            )
            return None
        if b"\0" in data:
            self.report("unreadable-file", 0, "binary or UTF-16 (has NUL bytes)", "save it as UTF-8, or move it away")
            return None
        try:
            return data.decode("utf-8-sig")  # some editors write a byte order mark
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.report("unreadable-file", line, f"byte {error.start} is not UTF-8", "save the file as UTF-8")
            return None

    def definition(self, text: str) -> AgentDefinition | None:
        try:
            head = read_front_matter(text)
        except HeadTooLongError as error:
            self.report("unreadable-file", 1, str(error), "shorten it, or move the file away")
            return None
        for line, message in head.repairs:
            self.report("repaired-front-matter", line, message)
        self._unknown_keys(head)
        name = self._name(head)
        lines = {key: value.line for key, value in head.fields.items()} | {"body": head.body_line}
        coordination = self._coordination(head.fields.get("coordination"), lines)
        return None if name is None else self._validate(head, name, coordination, lines)

    def _unknown_keys(self, head: FrontMatter) -> None:
        for key, value in head.fields.items():
            if key in COORDINATION_KEYS:
                self.report("unknown-key", value, f"{key!r} is ignored here", "indent it under 'coordination:'")
            elif key not in KNOWN_KEYS:
                message = f"{key!r} is not a key of an agent file and is ignored{hint(key, KNOWN_KEYS)}"
                self.report("unknown-key", value, message)

    def _name(self, head: FrontMatter) -> str | None:
        value = head.fields.get("name")
        suggestion = f"'name: {PurePath(self.file).stem}'"
        if not head.present:
            self.report(
                "no-name", 1, "no front matter, so no name", f"begin with '---', {suggestion}, '---', or move it"
            )
        elif value is None or not value.content:
            self.report("no-name", value or 1, "front matter without a name", f"add {suggestion}")
        elif not isinstance(value.content, str) or not re.fullmatch(NAME_PATTERN, value.content):
            allowed = "letters, digits, '-', '_', '.' and inner spaces, 64 at most"
            self.report("no-name", value, f"{_repr(value)} cannot be a name", f"use {allowed}; write {suggestion}")
        else:
            return value.content
        return None

    def _coordination(self, value: Value | None, lines: dict[str, int]) -> Coordination:
        if value is None or value.content is None:
            return Coordination()
        if not isinstance(value.content, dict):
            self._wrongly_typed(value, "coordination", "a mapping of hands_off_to, receives_from and parallel_with")
            return Coordination()
        for key, member in value.content.items():
            if key not in COORDINATION_KEYS:
                self.report("unknown-key", member, f"'coordination.{key}' is ignored{hint(key, COORDINATION_KEYS)}")
        lists = {key: value.content[key] for key in COORDINATION_KEYS if key in value.content}
        return Coordination(**{key: tuple(self._entries(key, member, lines)) for key, member in lists.items()})

    def _entries(self, key: str, value: Value, lines: dict[str, int]) -> Iterator[str]:
        lines[f"coordination.{key}"] = value.line
        if value.content is None:
            return
        if not isinstance(value.content, tuple):
            self._wrongly_typed(value, key, f"a list: '{key}: [test-engineer]'")
            return
        for index, item in enumerate(value.content):
            if not isinstance(item.content, str) or not item.content.strip():
                self._wrongly_typed(item, f"an entry of {key}", "an agent's name")
                continue
            lines[f"coordination.{key}[{index}]"] = item.line
            if item.column:
                self.columns[f"coordination.{key}[{index}]"] = (item.column, item.end_column)
            yield item.content.strip()

    def _wrongly_typed(self, value: Value, what: str, expected: str) -> None:
        self.report("coordination-type", value, f"{what} is {_repr(value)}", f"it must be {expected}")

    def _validate(
        self, head: FrontMatter, name: str, coordination: Coordination, lines: dict[str, int]
    ) -> AgentDefinition:
        fields = {key: head.fields[key].plain() for key in KNOWN_KEYS if key in head.fields}
        fields = {key: value for key, value in fields.items() if value is not None}
        columns = {key: (at.column, at.end_column) for key, at in head.fields.items() if at.column} | self.columns
        fields |= {"name": name, "coordination": coordination, "body": head.body, "file": self.file}
        fields |= {"lines": lines, "columns": columns}
        try:
            return AgentDefinition.model_validate(fields)
        except ValidationError as error:
            # An invalid optional value such as `maxTurns: 0` must not lose the agent: drop the key with a warning.
            for detail in error.errors():
                key = str(detail["loc"][0])
                if fields.pop(key, None) is not None:
                    message = f"the value of {key!r} is ignored"
                    self.report("unknown-key", head.fields[key], message, detail["msg"].lower())
            return AgentDefinition.model_validate(fields)


def _repr(value: Value) -> str:
    text = repr(value.plain())
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004  a message is one line


def hint(word: str, choices: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` if one of the choices is similar, else an empty text."""
    # A higher cutoff than the default: names of agents and tools resemble each other.
    suggestion = did_you_mean(word, choices, cutoff=0.75)
    return f" ({suggestion})" if suggestion else ""
