"""Render findings as text: one line each, then the source line with carets under the range."""

from collections.abc import Iterable, Iterator

from langgraph_dba.findings.finding import Finding
from langgraph_dba.findings.location import FileLocation
from langgraph_dba.findings.source import SourceFiles
from langgraph_dba.redaction import redact


def render_text(findings: Iterable[Finding], sources: SourceFiles) -> str:
    """Return the findings in their order, each with its source line if the file can be read."""
    return "\n".join(line for finding in findings for line in _lines(finding, sources))


def _lines(finding: Finding, sources: SourceFiles) -> Iterator[str]:
    yield str(finding)
    location = finding.location
    source = sources.line(finding.file, finding.line).rstrip()
    if not isinstance(location, FileLocation) or not source:
        return
    gutter = f"{location.line:>5} | "
    redacted_line = redact(source)
    yield gutter + redacted_line
    # replacing a password shifts the text after it: the columns no longer match
    if location.column and redacted_line == source:
        yield " " * (len(gutter) - 2) + "| " + _carets(source, location)


def _carets(source: str, location: FileLocation) -> str:
    """Return carets under the range; tabs are copied, so that both lines have the same width."""
    before = source[: location.column - 1]
    end = location.end_column if location.end_line in (0, location.line) else 0
    width = min(end or len(source) + 1, len(source) + 1) - location.column
    return "".join("\t" if letter == "\t" else " " for letter in before) + "^" * max(1, width)
