"""Render findings as text with carets, JSON, SARIF 2.1.0 or GitHub workflow commands."""

from langgraph_dba.findings.renderers.github import render_github
from langgraph_dba.findings.renderers.json_form import records, render_json
from langgraph_dba.findings.renderers.sarif import render_sarif
from langgraph_dba.findings.renderers.text import render_text

__all__ = ["records", "render_github", "render_json", "render_sarif", "render_text"]
