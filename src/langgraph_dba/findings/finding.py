"""A finding: rule, severity, location, message, and the suggested fix."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_serializer, model_validator

from langgraph_dba.errors import InputError
from langgraph_dba.findings.location import FileLocation, Location, SchemaLocation
from langgraph_dba.findings.severity import LEVELS, SEVERITIES, Level, Severity
from langgraph_dba.plugins import kebab_name
from langgraph_dba.redaction import redact

# Messages quote the input, which may contain a password.
_Redacted = Annotated[str, AfterValidator(redact)]
_OWN_FIELDS = ("rule", "severity", "location", "message", "help", "fix")


class Finding(BaseModel):
    """One finding of a rule. `help` is empty if the message includes the fix; `fix` is the replacement text.

    In JSON the fields of the location (`file`, `line`, … or `table`, `column`, `constraint`) are beside the others;
    `model_validate` accepts this flat form and the nested one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    severity: Severity
    location: Location
    message: _Redacted
    help: _Redacted = ""
    fix: str | None = None

    @classmethod
    def in_schema(
        cls,
        module: str,
        severity: Severity,
        table: str,
        message: str,
        help: str,  # noqa: A002  the field's name
        *,
        column: str = "",
        constraint: str = "",
    ) -> Self:
        """Return a finding about a part of a schema; `module` is the `__name__` of the rule's module."""
        location = SchemaLocation(table=table, column=column, constraint=constraint)
        return cls(rule=kebab_name(module), severity=severity, location=location, message=message, help=help)

    @property
    def code(self) -> str:
        """The name of the rule: its key in `team check --json`."""
        return self.rule

    @property
    def level(self) -> Level:
        """The severity on the scale of `team check` and SARIF."""
        return LEVELS[self.severity]

    @property
    def file(self) -> str:
        """The file; empty for a finding about a schema."""
        return self.location.file if isinstance(self.location, FileLocation) else ""

    @property
    def line(self) -> int:
        """The line, counted from 1; 0 if there is none."""
        return self.location.line if isinstance(self.location, FileLocation) else 0

    @property
    def text(self) -> str:
        """The message, followed by the help."""
        return f"{self.message}: {self.help}" if self.help else self.message

    def identity(self) -> tuple[str, ...]:
        """Return the rule and the location: two findings with equal identity are the same, even if messages differ."""
        return self.rule, *self.location.identity()

    def __str__(self) -> str:
        """Render as `file:line: rule message`, without unknown parts."""
        location = str(self.location)
        return f"{location + ': ' if location else ''}{self.rule + ' ' if self.rule else ''}{self.text}"

    # Records of reviews and payloads of returned work have the flat form, and agents read both back.
    @model_validator(mode="before")
    @classmethod
    def _nest_location(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "location" in data:
            return data
        rest = {key: value for key, value in data.items() if key not in _OWN_FIELDS}
        own = {key: value for key, value in data.items() if key in _OWN_FIELDS}
        return own | {"location": {"kind": "file" if "file" in rest else "schema", **rest}}

    @model_serializer(mode="plain")
    def _flat(self) -> dict[str, Any]:
        head: dict[str, Any] = {"rule": self.rule, "severity": self.severity}
        return head | self.location.fields() | {"message": self.message, "help": self.help, "fix": self.fix}


def problem(message: str, file: str = "", line: int = 0, rule: str = "", help: str = "") -> Finding:  # noqa: A002
    """Return a finding that makes an input unusable; `line` counts from 1, 0 means the whole file."""
    location = FileLocation(file=file, line=line)
    return Finding(rule=rule, severity="critical", location=location, message=message, help=help)


def findings_of(error: InputError) -> tuple[Finding, ...]:
    """Return the findings of an error; for an error with a plain message, one finding without location."""
    return tuple(one for one in error.problems if isinstance(one, Finding)) or (problem(str(error)),)


def severity_counts(findings: Iterable[Finding]) -> str:
    """Return how many findings each severity has, as `2 critical, 1 nit`; empty without findings."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings sorted by severity, most severe first, and otherwise in their order."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))
