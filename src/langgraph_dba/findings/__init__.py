"""Findings that rules report about files and schemas: severity scale, rule registry, settings, renderers, score."""

from langgraph_dba.findings.finding import Finding, by_severity, findings_of, problem, severity_counts
from langgraph_dba.findings.location import FileLocation, Location, SchemaLocation
from langgraph_dba.findings.registry import BROKEN_RULE, Registry
from langgraph_dba.findings.rule import Rule, RuleInfo, rule_info, rule_name
from langgraph_dba.findings.scoring import BANDS, FORMULA, WEIGHTS, Band, band, score
from langgraph_dba.findings.severity import FROM_LEVEL, LEVELS, SEVERITIES, Level, Severity
from langgraph_dba.findings.spelling import did_you_mean, nearest, suggestion

__all__ = [
    "BANDS",
    "BROKEN_RULE",
    "FORMULA",
    "FROM_LEVEL",
    "LEVELS",
    "SEVERITIES",
    "WEIGHTS",
    "Band",
    "FileLocation",
    "Finding",
    "Level",
    "Location",
    "Registry",
    "Rule",
    "RuleInfo",
    "SchemaLocation",
    "Severity",
    "band",
    "by_severity",
    "did_you_mean",
    "findings_of",
    "nearest",
    "problem",
    "rule_info",
    "rule_name",
    "score",
    "severity_counts",
    "suggestion",
]
