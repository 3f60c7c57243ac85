"""Render findings as JSON."""

import json
from collections.abc import Iterable
from typing import Any

from langgraph_dba.findings.finding import Finding


def records(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return the findings as plain data: `rule`, `severity`, the location's fields, `message`, `help`, `fix`."""
    return [finding.model_dump(mode="json") for finding in findings]


def render_json(findings: Iterable[Finding]) -> str:
    """Return a JSON document with the key `findings`."""
    return json.dumps({"findings": records(findings)}, indent=2, ensure_ascii=False)
