"""The rules of `team check`: name, severity and summary of each; the checks are in `definition`, `lint` and `team`."""

from collections.abc import Mapping
from types import MappingProxyType

from langgraph_dba.findings import FROM_LEVEL, FileLocation, Finding, Level, RuleInfo

_ERRORS = {
    "missing-team": "The path does not exist.",
    "empty-team": "The folder has no agent files.",
    "undefined-entry": "The entry is not in the team, or there is no default entry.",
    "unreadable-file": "The file is not UTF-8 text, is too long, or cannot be opened.",
    "no-name": "The front matter has no agent name.",
    "coordination-type": "A coordination list has the wrong type.",
    "duplicate-name": "Two files define an agent of the same name.",
}
_WARNINGS = {
    "repaired-front-matter": "The front matter is not valid YAML and was read key by key.",
    "unknown-key": "A key, or its value, is ignored.",
    "dangling-agent": "A coordination list names an agent that no file defines.",
    "one-sided-handoff": "Only one of two agents lists the handoff between them.",
    "one-sided-parallel": "Only one of two agents lists the other under parallel_with.",
    "duplicate-entry": "A coordination list names an agent twice.",
    "unreachable-agent": "No chain of handoffs leads from the entry to the agent.",
    "name-mismatch": "The file and its agent have different names.",
    "unknown-model": "The model is not a known name or id.",
    "unknown-tool": "The tool is neither built in nor an MCP tool.",
}


def _infos(rules: Mapping[str, str], level: Level) -> dict[str, RuleInfo]:
    return {name: RuleInfo(name, FROM_LEVEL[level], summary) for name, summary in rules.items()}


TEAM_RULES: Mapping[str, RuleInfo] = MappingProxyType(_infos(_ERRORS, "error") | _infos(_WARNINGS, "warning"))


def team_finding(rule: str, location: FileLocation, message: str, help: str = "") -> Finding:  # noqa: A002
    """Return a finding of one of the rules above, with the rule's severity."""
    return Finding(rule=rule, severity=TEAM_RULES[rule].severity, location=location, message=message, help=help)
