"""The protocol of a rule. Each rule is a module; mypy checks it where it is listed in a registry."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from langgraph_dba.findings.finding import Finding
from langgraph_dba.findings.severity import Severity
from langgraph_dba.plugins import kebab_name

SubjectT_contra = TypeVar("SubjectT_contra", contravariant=True)


class Rule(Protocol[SubjectT_contra]):
    """A check of one kind of subject. Its name is derived from `__name__`, its docstring gives the reason."""

    @property
    def __name__(self) -> str:
        """The name of the rule's module."""

    @property
    def SEVERITY(self) -> Severity:  # noqa: N802  a constant of the module
        """The severity of its findings."""

    def check(self, subject: SubjectT_contra, /) -> Iterator[Finding]:
        """Yield the findings about a subject."""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule for settings and reports: name, severity, first line of its documentation."""

    name: str
    severity: Severity
    summary: str


def rule_name(rule: Rule[Any]) -> str:
    """Return the name of a rule: its module's name in kebab-case."""
    return kebab_name(rule.__name__)


def rule_info(rule: Rule[Any]) -> RuleInfo:
    """Return name, severity and summary of a rule."""
    return RuleInfo(rule_name(rule), rule.SEVERITY, (inspect.getdoc(rule) or "").partition("\n")[0])
