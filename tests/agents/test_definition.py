"""Read one agent file as a definition."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from langgraph_dba.agents.team.definition import (
    MAX_FILE_BYTES,
    AgentDefinition,
    Coordination,
    read_definition,
    split_tools,
)
from langgraph_dba.agents.team.front_matter import KNOWN_KEYS
from langgraph_dba.findings import Finding

FULL = """---
name: writer
description: Writes.\\nExample follows.
tools: Read, Bash(npm test:*, git diff)
disallowedTools: [Write]
model: sonnet
permissionMode: plan
maxTurns: 7
skills: [pdf]
mcpServers: {docs: {type: http}}
hooks: {Stop: [{command: make}]}
memory: project
background: true
isolation: worktree
effort: high
initialPrompt: Begin
color: red
coordination:
  hands_off_to: [a, b]
  receives_from:
    - c
---

You write.
"""


def read(text: str, file: str = "writer.md") -> tuple[AgentDefinition | None, tuple[Finding, ...]]:
    return read_definition(text.encode(), file)


def only(text: str, file: str = "writer.md") -> Finding:
    _, issues = read(text, file)
    assert len(issues) == 1, issues
    return issues[0]


def test_every_key_is_read() -> None:
    definition, issues = read(FULL)

    assert issues == ()
    assert definition is not None
    assert definition.description == "Writes.\nExample follows."
    assert definition.tools == ("Read", "Bash(npm test:*, git diff)")
    assert (definition.disallowed_tools, definition.skills) == (("Write",), ("pdf",))
    assert (definition.permission_mode, definition.max_turns, definition.background) == ("plan", 7, True)
    assert definition.mcp_servers == {"docs": {"type": "http"}}
    assert definition.hooks == {"Stop": [{"command": "make"}]}
    assert (definition.memory, definition.isolation, definition.effort) == ("project", "worktree", "high")
    assert (definition.initial_prompt, definition.color, definition.body) == ("Begin", "red", "You write.")
    assert definition.coordination == Coordination(hands_off_to=("a", "b"), receives_from=("c",))


def test_every_key_and_entry_has_its_line() -> None:
    definition, _ = read(FULL)

    assert definition is not None
    assert [definition.line(key) for key in ("name", "color", "coordination")] == [2, 17, 18]
    assert definition.line("coordination.hands_off_to[1]") == 19
    assert definition.line("coordination.receives_from") == 20
    assert definition.line("coordination.receives_from[0]") == 21
    assert definition.line("body") == 24
    assert definition.line("absent", "name") == 2


def test_values_of_one_line_have_columns() -> None:
    definition, _ = read(FULL)

    assert definition is not None
    lines = ["", *FULL.split("\n")]
    for key, text in {
        "name": "writer",
        "model": "sonnet",
        "coordination.hands_off_to[1]": "b",
        "coordination.receives_from[0]": "c",
        "coordination": "coordination",
    }.items():
        at = definition.location(key)
        assert lines[at.line][at.column - 1 : at.end_column - 1] == text
    assert definition.location("body").column == 0
    assert definition.location("absent").line == 0


def test_columns_are_unknown_where_tabs_were_replaced() -> None:
    definition, _ = read("---\nname: writer\ncoordination:\n\thands_off_to: [a]\n---\n")

    assert definition is not None
    at = definition.location("coordination.hands_off_to[0]")
    assert (at.line, at.column, at.end_column) == (4, 0, 0)


def test_the_known_keys_are_the_fields_of_a_definition() -> None:
    own = {"body", "columns", "file", "lines"}
    aliases = {field.alias or name for name, field in AgentDefinition.model_fields.items()}

    assert aliases - own == set(KNOWN_KEYS)


def test_without_coordination_it_is_still_an_agent() -> None:
    definition, issues = read("---\nname: writer\n---\n")

    assert definition is not None
    assert (definition.coordination, definition.tools, issues) == (Coordination(), None, ())


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\n\n"])
def test_a_byte_order_mark_or_blank_lines_may_come_first(mark: bytes) -> None:
    definition, issues = read_definition(mark + FULL.encode(), "writer.md")

    assert definition is not None
    assert issues == ()


@pytest.mark.parametrize(
    ("written", "tools"),
    [
        ("Read, Grep", ("Read", "Grep")),
        ("[Read, Grep]", ("Read", "Grep")),
        ("[Read, Bash(npm test:*, git diff)]", ("Read", "Bash(npm test:*, git diff)")),
        ("\n  - Read\n  - Bash(a, b), Grep", ("Read", "Bash(a, b)", "Grep")),
        ("Bash(a, Read", ("Bash(a, Read",)),
        ("'Read,, Grep,'", ("Read", "Grep")),
        ("[]", ()),
    ],
)
def test_tools_are_a_list_or_a_text(written: str, tools: tuple[str, ...]) -> None:
    definition, _ = read(f"---\nname: writer\ntools: {written}\n---\n")

    assert definition is not None
    assert definition.tools == tools


WORDS = st.from_regex(r"[A-Za-z_*][\w:* -]{0,10}", fullmatch=True).map(str.strip).filter(bool)
CALLS = st.builds(lambda name, inner: f"{name}({', '.join(inner)})", WORDS, st.lists(WORDS, max_size=3))


@settings(deadline=None)
@given(st.lists(st.one_of(WORDS, CALLS)))
def test_any_tools_come_back_from_their_text(tools: list[str]) -> None:
    assert split_tools(", ".join(tools)) == tuple(tools)
    assert split_tools(", ".join(tools).split(", ")) == tuple(tools)


@settings(deadline=None)
@given(st.text())
def test_splitting_is_idempotent(text: str) -> None:
    once = split_tools(text)

    assert split_tools(list(once)) == once


def test_unknown_keys_are_warned_about_with_their_line() -> None:
    issue = only("---\nname: writer\nmodle: opus\n---\n")

    assert (issue.rule, issue.level, issue.line) == ("unknown-key", "warning", 3)
    assert "did you mean 'model'" in issue.text


@pytest.mark.parametrize("key", ["hands_off_to", "receives_from", "parallel_with"])
def test_a_coordination_list_at_the_top_is_explained(key: str) -> None:
    issue = only(f"---\nname: writer\n{key}: [a]\n---\n")

    assert issue.rule == "unknown-key"
    assert "indent it under 'coordination:'" in issue.text


def test_an_unknown_list_inside_coordination_is_explained() -> None:
    issue = only("---\nname: writer\ncoordination:\n  hand_off_to: [a]\n---\n")

    assert (issue.rule, issue.line) == ("unknown-key", 4)
    assert "did you mean 'hands_off_to'" in issue.text


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (" reviewer", 3),
        (" [a, b]", 3),
        ("\n  hands_off_to: reviewer", 4),
        ("\n  receives_from: {a: b}", 4),
        ("\n  parallel_with:\n    - [a]", 5),
        ("\n  parallel_with:\n    - a\n    -", 6),
    ],
)
def test_wrongly_typed_coordination_is_an_error_with_its_line(written: str, line: int) -> None:
    issue = only(f"---\nname: writer\ncoordination:{written}\n---\n")

    assert (issue.rule, issue.level, issue.line) == ("coordination-type", "error", line)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# Writer\n", 1, "no front matter"),
        ("---\ndescription: x\n---\n", 1, "without a name: add 'name: writer'"),
        ("---\ndescription: x\nname:\n---\n", 3, "without a name"),
        ("---\nname: [a]\n---\n", 2, "cannot be a name"),
        ("---\nname: a:b\n---\n", 2, "cannot be a name"),
        ("---\nname: __end__\n---\n", 2, "cannot be a name"),
        ("---\n- a\n---\n", 1, "without a name"),
        ("", 1, "no front matter"),
    ],
)
def test_without_a_usable_name_there_is_no_agent(text: str, line: int, said: str) -> None:
    definition, issues = read(text)

    assert definition is None
    error = next(issue for issue in issues if issue.level == "error")
    assert (error.rule, error.line) == ("no-name", line)
    assert said in error.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"---\nname: a\n---\n\0", "binary"),
        ("---\nname: a\n---\n".encode("utf-16"), "UTF-16"),
        (b"---\nname: a\n---\n\xff\xfe", "byte 16 is not UTF-8"),
        (b"x" * (MAX_FILE_BYTES + 1), "1024 KiB"),
        (b"---\ndescription: " + b"x" * 70_000 + b"\n---\n", "65536 characters"),
    ],
)
def test_a_file_that_is_no_text_is_unreadable(data: bytes, said: str) -> None:
    definition, issues = read_definition(data, "a.md")

    assert definition is None
    assert [issue.rule for issue in issues] == ["unreadable-file"]
    assert said in issues[0].text


@pytest.mark.parametrize(
    "line", ["maxTurns: many", "maxTurns: 0", "background: perhaps", "model: [a]", "tools: {a: b}"]
)
def test_an_invalid_value_is_dropped_with_a_warning(line: str) -> None:
    definition, issues = read(f"---\nname: writer\n{line}\ncolor: red\n---\n")

    assert definition is not None
    assert definition.color == "red"
    assert [(issue.rule, issue.level, issue.line) for issue in issues] == [("unknown-key", "warning", 3)]


@settings(deadline=None)
@given(st.text(max_size=70))
def test_a_name_is_judged_alike_in_files_and_in_code(name: str) -> None:
    definition, _ = read(f"---\nname: {json.dumps(name)}\n---\n")

    if definition is None:
        with pytest.raises(ValidationError):
            AgentDefinition(name=name)
    else:
        assert AgentDefinition(name=name).name == definition.name


def test_a_definition_written_in_code_obeys_the_same_rules() -> None:
    assert AgentDefinition(name="a", tools="Read, Grep").tools == ("Read", "Grep")
    with pytest.raises(ValidationError):
        AgentDefinition(name="a|b")


def test_a_definition_is_frozen() -> None:
    with pytest.raises(ValidationError):
        AgentDefinition(name="a").name = "b"  # type: ignore[misc]
