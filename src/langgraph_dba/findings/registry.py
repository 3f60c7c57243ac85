"""The rules for one kind of subject: built-in rules in a fixed order, then rules of other packages."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from langgraph_dba.findings.finding import Finding, by_severity
from langgraph_dba.findings.location import SchemaLocation
from langgraph_dba.findings.rule import Rule, RuleInfo, rule_info, rule_name
from langgraph_dba.findings.severity import SEVERITIES
from langgraph_dba.plugins import Plugins, load_plugins, missing_parts

RuleT = TypeVar("RuleT", bound=Rule[Any])
# A nit: a broken package must be visible in a review, but must not change its verdict.
BROKEN_RULE = RuleInfo("broken-rule", "nit", "A rule of another package could not be loaded or raised an exception.")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Registry(Generic[RuleT]):
    """The built-in rules and the entry-point group of rules in other packages.

    A rule of another package that cannot be loaded or raises an exception becomes a finding; the other rules run.
    """

    builtin: tuple[RuleT, ...]
    group: str

    def rules(self) -> tuple[RuleT, ...]:
        """Return the built-in rules in their order, then those of other packages by name."""
        # mypy cannot check modules of other packages: `_fault` checks their attributes when they are loaded
        return (*self.builtin, *(cast("RuleT", module) for module in self._plugins().modules))

    def infos(self) -> tuple[RuleInfo, ...]:
        """Return name, severity and summary of each rule."""
        return (*map(rule_info, self.rules()), BROKEN_RULE)

    def get(self, name: str) -> RuleT | None:
        """Return the rule of that name."""
        return next((rule for rule in self.rules() if rule_name(rule) == name), None)

    def find(self, subject: Any) -> tuple[Finding, ...]:
        """Return every finding, the most severe first, then in the order of the rules."""
        broken = [_broken(plugin.name, str(plugin)) for plugin in self._plugins().broken]
        return by_severity([*(one for rule in self.rules() for one in self.check(rule, subject)), *broken])

    def check(self, rule: RuleT, subject: Any) -> list[Finding]:
        """Return the findings of one rule."""
        # an exception of a built-in rule is our bug: it is raised, so that tests and users see it
        if rule in self.builtin:
            return list(rule.check(subject))
        try:
            return _validated(rule.check(subject))
        except Exception as error:  # noqa: BLE001  foreign code may raise anything; it is reported below
            _LOG.exception("the rule %s raised an exception", rule.__name__)
            return [_broken(rule_name(rule), f"{rule.__name__} raised {type(error).__name__}: {error}")]

    def _plugins(self) -> Plugins:
        return load_plugins(self.group, _fault, reserved={rule_name(rule) for rule in self.builtin})


def _fault(module: ModuleType) -> str:
    missing = missing_parts(module, ("SEVERITY", "check"))
    if missing:
        return missing
    return "" if module.SEVERITY in SEVERITIES else f"has the severity {module.SEVERITY!r}: use {', '.join(SEVERITIES)}"


def _validated(findings: Iterable[object]) -> list[Finding]:
    # a rule of another package may yield dicts or invalid values: mypy has not checked it
    return [one if isinstance(one, Finding) else Finding.model_validate(one) for one in findings]


def _broken(name: str, reason: str) -> Finding:
    return Finding(
        rule=BROKEN_RULE.name,
        severity=BROKEN_RULE.severity,
        location=SchemaLocation(constraint=name),
        message=f"a rule of another package did not run: {reason}",
        help="update or uninstall the package",
    )
