"""Inline comments that suppress findings: `# noqa: rule-name` in YAML, `<!-- noqa: rule-name -->` in Markdown.

Without names a comment suppresses every rule. It applies to the line on which it is written.
"""

import re

from langgraph_dba.findings.finding import Finding
from langgraph_dba.findings.source import SourceFiles

# In YAML a # inside a word does not start a comment.
_NAMES = r"[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*"
_COMMENTS = (
    re.compile(rf"(?:^|\s)#\s*noqa(?::\s*({_NAMES}))?\s*(?:$|#)"),
    re.compile(rf"<!--\s*noqa(?::\s*({_NAMES}))?\s*-->"),
)


def is_suppressed(finding: Finding, sources: SourceFiles) -> bool:
    """Return whether a comment on the finding's line suppresses its rule."""
    line = sources.line(finding.file, finding.line)
    comments = [comment for pattern in _COMMENTS for comment in pattern.finditer(line)]
    return any(comment[1] is None or finding.rule in re.split(r"\s*,\s*", comment[1]) for comment in comments)
