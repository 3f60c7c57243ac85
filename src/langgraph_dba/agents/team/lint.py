"""Lint checks for a team that loads: each reads the definitions and yields findings with their location.

Cycles, and an edge between agents that may also work in parallel, are normal and never reported.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from langgraph_dba.agents.team.definition import COORDINATION_KEYS, AgentDefinition, hint
from langgraph_dba.agents.team.edges import handoff_edges, reachable, usual_entry
from langgraph_dba.agents.team.lint_rules import team_finding
from langgraph_dba.findings import FROM_LEVEL, FileLocation, Finding

# The built-in tools of Claude Code, whose agent files this format comes from.
KNOWN_TOOLS = (
    "Agent", "AskUserQuestion", "Bash", "BashOutput", "CronCreate", "CronDelete", "CronList", "Edit", "EnterPlanMode",
    "EnterWorktree", "ExitPlanMode", "ExitWorktree", "Glob", "Grep", "KillBash", "KillShell", "LS", "LSP",
    "ListMcpResourcesTool", "Monitor", "MultiEdit", "NotebookEdit", "NotebookRead", "PowerShell", "Read",
    "ReadMcpResourceTool", "SendMessage", "Skill", "SlashCommand", "Task", "TaskCreate", "TaskGet", "TaskList",
    "TaskOutput", "TaskStop", "TaskUpdate", "TeamCreate", "TeamDelete", "TodoRead", "TodoWrite", "ToolSearch",
    "WebFetch", "WebSearch", "Write", "*",
)  # fmt: skip

_MCP_TOOL = re.compile(r"mcp__[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*(?:__(?:[A-Za-z0-9_-]+|\*))?")
_MODEL = re.compile(
    r"(?:sonnet|opus|haiku|opusplan|best|default)(?:\[1m\])?|inherit"
    r"|(?:[\w.]+\.)?(?:claude|gemini|gpt|codex)-[\w.:@\[\]-]+|o\d[\w.-]*"
    r"|[a-z][\w-]*[:/]\S+"  # with a provider prefix any name is accepted
)


@dataclass(frozen=True, slots=True)
class Roster:
    """The definitions of a team, and the names of agents outside it; with `strict` a dangling name is an error."""

    definitions: Sequence[AgentDefinition]
    external: Collection[str] = ()
    strict: bool = False

    @property
    def by_name(self) -> dict[str, AgentDefinition]:
        """Return the definitions by name."""
        return {definition.name: definition for definition in self.definitions}


def lint(roster: Roster) -> Iterator[Finding]:
    """Yield the findings of all checks for a team whose files could all be read."""
    for check in CHECKS:
        yield from check(roster)


def apply_strict(finding: Finding, *, strict: bool) -> Finding:
    """Return the finding; with `strict` a dangling name has the severity of an error."""
    is_error = strict and finding.rule == "dangling-agent"
    return finding.model_copy(update={"severity": FROM_LEVEL["error"]}) if is_error else finding


def _location(definition: AgentDefinition, key: str, index: int) -> FileLocation:
    return definition.location(f"coordination.{key}[{index}]", f"coordination.{key}", "name")


def _entries(definition: AgentDefinition, key: str) -> Iterator[tuple[str, FileLocation]]:
    """Yield each name of a list once, with its first location."""
    # Reversed, so that the first of several equal entries remains in the dict.
    first = {name: index for index, name in reversed(list(enumerate(definition.coordination.entries(key))))}
    for name, index in sorted(first.items(), key=lambda item: item[1]):
        yield name, _location(definition, key, index)


def _dangling_agents(roster: Roster) -> Iterator[Finding]:
    names = roster.by_name
    for definition in roster.definitions:
        for key in COORDINATION_KEYS:
            for name, location in _entries(definition, key):
                if name not in names and name not in roster.external:
                    message = f"{key} names {name!r}, which no file of this team defines{hint(name, names)}"
                    advice = "correct the name, add the file, or declare it external"
                    yield apply_strict(team_finding("dangling-agent", location, message, advice), strict=roster.strict)


def _one_sided_handoffs(roster: Roster) -> Iterator[Finding]:
    mirrored = (("hands_off_to", "receives_from", "hands off to"), ("receives_from", "hands_off_to", "receives from"))
    others = roster.by_name
    for definition in roster.definitions:
        for keys in mirrored:
            yield from _unanswered("one-sided-handoff", others, definition, keys)


def _one_sided_parallels(roster: Roster) -> Iterator[Finding]:
    keys, others = ("parallel_with", "parallel_with", "may be parallel with"), roster.by_name
    for definition in roster.definitions:
        yield from _unanswered("one-sided-parallel", others, definition, keys)


def _unanswered(
    rule: str, others: Mapping[str, AgentDefinition], definition: AgentDefinition, keys: tuple[str, str, str]
) -> Iterator[Finding]:
    key, other_key, verb = keys
    for name, location in _entries(definition, key):
        other = others.get(name)
        if other is not None and definition.name not in other.coordination.entries(other_key):
            file = PurePath(other.file).name or name
            message = f"{definition.name} {verb} {name}, but {file} does not list {definition.name}"
            advice = f"add {definition.name} to its {other_key}, or remove {name} here"
            yield team_finding(rule, location, message, advice)


def _duplicate_entries(roster: Roster) -> Iterator[Finding]:
    for definition in roster.definitions:
        for key in COORDINATION_KEYS:
            names = definition.coordination.entries(key)
            for index, name in enumerate(names):
                if name in names[:index]:
                    location = _location(definition, key, index)
                    yield team_finding("duplicate-entry", location, f"{key} lists {name!r} again", "remove one")


def _unreachable_agents(roster: Roster) -> Iterator[Finding]:
    edges = handoff_edges(roster.definitions)
    entry = usual_entry([definition.name for definition in roster.definitions], edges)
    if entry is None:
        return  # the entry is a parameter of the graph, so nothing can be said about reachability
    reached = frozenset(reachable(entry, edges))
    for definition in roster.definitions:
        if definition.name not in reached:
            message = f"no chain of handoffs leads from {entry} to {definition.name}"
            advice = "add it to a sender's hands_off_to"
            yield team_finding("unreachable-agent", definition.location("name"), message, advice)


def _name_mismatches(roster: Roster) -> Iterator[Finding]:
    for definition in roster.definitions:
        stem = PurePath(definition.file).stem
        if stem and stem != definition.name:
            message = f"the file is called {stem!r} and its agent {definition.name!r}"
            advice = "rename one; the agent's name is used"
            yield team_finding("name-mismatch", definition.location("name"), message, advice)


def _unknown_models(roster: Roster) -> Iterator[Finding]:
    for definition in roster.definitions:
        if definition.model and not _MODEL.fullmatch(definition.model):
            allowed = "sonnet, opus, haiku, inherit, a full id such as claude-sonnet-4-5, or provider:model"
            message = f"model {definition.model!r} is not known"
            yield team_finding("unknown-model", definition.location("model"), message, f"use {allowed}")


def _unknown_tools(roster: Roster) -> Iterator[Finding]:
    for definition in roster.definitions:
        for key, tools in (("tools", definition.tools or ()), ("disallowedTools", definition.disallowed_tools)):
            for tool in dict.fromkeys(tools):
                name = tool.partition("(")[0].rstrip() if tool.endswith(")") else tool
                if name not in KNOWN_TOOLS and not _MCP_TOOL.fullmatch(name):
                    suggestion = hint(name, KNOWN_TOOLS)
                    message = f"{name!r} is neither a tool of Claude Code nor mcp__server__tool{suggestion}"
                    yield team_finding("unknown-tool", definition.location(key), message)


def _misspelt_tools(roster: Roster) -> Iterator[Finding]:
    """Find MCP tools whose name in the text differs in case, `-` or `_` from the one in `tools`."""
    # The model would call the name in its instructions, which is not one of its tools.
    for definition in roster.definitions:
        tools = {_normalised(tool): tool for tool in definition.tools or () if tool.startswith("mcp__")}
        reported: set[str] = set()
        for match in _MCP_TOOL.finditer(definition.body):
            tool = tools.get(_normalised(match[0]))
            if tool and match[0] != tool and match[0] not in (definition.tools or ()) and match[0] not in reported:
                reported.add(match[0])
                message = f"the text has {match[0]!r}, but `tools` has {tool!r}"
                yield team_finding("unknown-tool", _in_body(definition, match), message, "use one spelling")


def _in_body(definition: AgentDefinition, match: re.Match[str]) -> FileLocation:
    before = definition.body[: match.start()]
    line = definition.line("body") + before.count("\n")
    column = len(before) - (before.rfind("\n") + 1) + 1
    return FileLocation(file=definition.file, line=line, column=column, end_column=column + len(match[0]))


def _normalised(tool: str) -> str:
    return tool.replace("-", "_").lower()


CHECKS = (
    _dangling_agents, _one_sided_handoffs, _one_sided_parallels, _duplicate_entries, _unreachable_agents,
    _name_mismatches, _unknown_models, _unknown_tools, _misspelt_tools,
)  # fmt: skip
