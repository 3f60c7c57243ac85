"""Render findings as workflow commands, which GitHub shows as annotations of a pull request.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterable

from langgraph_dba.findings.finding import Finding
from langgraph_dba.findings.location import FileLocation
from langgraph_dba.findings.severity import GITHUB


def render_github(findings: Iterable[Finding]) -> str:
    """Return one command per finding."""
    return "\n".join(map(_command, findings))


def _command(finding: Finding) -> str:
    properties = {**_range(finding), "title": finding.rule}
    fields = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    # a finding without a file has no place in the diff: its location goes into the message
    message = finding.text if finding.file else f"{finding.location}: {finding.text}"
    return f"::{GITHUB[finding.level]} {fields}::{_data(message)}"


def _range(finding: Finding) -> dict[str, str | int]:
    at = finding.location
    if not isinstance(at, FileLocation):
        return {}
    # GitHub's last column is inclusive, and it ignores columns of a range of several lines
    end_column = at.end_column - 1 if at.end_column else 0
    return {"file": at.file, "line": at.line, "endLine": at.end_line, "col": at.column, "endColumn": end_column}


def _data(text: str) -> str:
    # a line break would end the command
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
