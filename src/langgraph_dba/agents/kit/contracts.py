"""The payloads that the built-in agents exchange."""

from typing import Any, ClassVar

from pydantic import Field

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.evidence import Evidence
from langgraph_dba.findings import Finding
from langgraph_dba.handoffs.contracts import Contract


class SchemaPackage(Contract):
    """A schema with its evidence; `ddl` maps an engine's name to its SQL text.

    `findings` are those about a database that exists already.
    """

    database_schema: Schema = Field(alias="schema")
    engines: list[str] = Field(min_length=1)
    ddl: dict[str, str]
    evidence: list[Evidence] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)
    requirements: dict[str, Any] = Field(default_factory=dict)


class TestRequest(Contract):
    """A request for tests of a schema; `prove` has one sentence for each property that the tests must show."""

    __test__: ClassVar[bool] = False  # pytest would collect a class whose name begins with `Test`

    database_schema: Schema = Field(alias="schema")
    engines: list[str] = Field(min_length=1)
    ddl: dict[str, str]
    prove: list[str] = Field(default_factory=list)
    requirements: dict[str, Any] = Field(default_factory=dict)


class ReviewRequest(Contract):
    """A request for a review; `artifacts` maps a path to its text, or lists paths; `round` counts from 1.

    `findings` are those that the schema alone does not show, such as those about a live database.
    """

    database_schema: Schema | None = Field(None, alias="schema")
    artifacts: dict[str, str] | list[str] = Field(default_factory=dict)
    evidence: list[Evidence] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    round: int = Field(1, ge=1)
