"""A finding: which rule spoke, where, what it says, and what to write instead."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

Severity = Literal["critical", "major", "minor", "nit"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "nit")


class Finding(BaseModel):
    """One thing a rule found; `column` and `constraint` are empty where the whole table is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    severity: Severity
    table: str = ""
    column: str = ""
    constraint: str = ""
    message: str
    help: str

    @classmethod
    def of(
        cls,
        module: str,
        severity: Severity,
        table: str,
        message: str,
        instead: str,
        *,
        column: str = "",
        constraint: str = "",
    ) -> Self:
        """Make the finding of the rule in `module`; `instead` becomes its `help`."""
        return cls(
            rule=rule_name(module),
            severity=severity,
            table=table,
            column=column,
            constraint=constraint,
            message=message,
            help=instead,
        )

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What makes it the same finding on another reading, whatever its words."""
        return self.rule, self.table, self.column, self.constraint

    @property
    def where(self) -> str:
        """The place as a person would write it."""
        return ".".join(filter(None, (self.table, self.column))) or "schema"


def rule_name(module: str) -> str:
    """Return a rule's name: its file's, in kebab-case."""
    return module.rpartition(".")[2].replace("_", "-")
