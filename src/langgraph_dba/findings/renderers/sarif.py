"""Render findings as SARIF 2.1.0, the format of code scanning services.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from langgraph_dba.findings.finding import Finding
from langgraph_dba.findings.location import FileLocation, SchemaLocation
from langgraph_dba.findings.rule import RuleInfo
from langgraph_dba.findings.severity import LEVELS

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DISTRIBUTION = "langgraph-dba"


def render_sarif(findings: Iterable[Finding], rules: Iterable[RuleInfo]) -> str:
    """Return a SARIF log of one run; `rules` are the rules that ran, but findings may have other rules too."""
    descriptions = {rule.name: rule for rule in rules}
    results = [_result(finding) for finding in findings]
    driver = {
        "name": _DISTRIBUTION,
        "version": version(_DISTRIBUTION),
        "rules": [_rule(rule) for rule in descriptions.values()],
    }
    # Python strings, and so our columns, count code points and not UTF-16 units
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _result(finding: Finding) -> dict[str, Any]:
    at = finding.location
    location = _physical(at) if isinstance(at, FileLocation) else _logical(at)
    return {
        "ruleId": finding.rule or "input",  # a problem of an input may have no rule
        "level": finding.level,
        "message": {"text": finding.text},
        "locations": [location] if location else [],
    }


def _physical(at: FileLocation) -> dict[str, Any]:
    if not at.file:
        return {}
    region = {"startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column}
    # SARIF counts from 1: our 0 for unknown is invalid there
    present = {key: value for key, value in region.items() if value} if at.line else {}
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(at.file)}, **({"region": present} if present else {})}
    }


def _logical(at: SchemaLocation) -> dict[str, Any]:
    names = [at.table, at.column or at.constraint]
    full_name = ".".join(filter(None, names))
    return {"logicalLocations": [{"fullyQualifiedName": full_name}]} if full_name else {}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
