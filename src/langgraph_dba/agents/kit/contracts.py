"""The payloads that the built-in agents exchange."""

from typing import Any, ClassVar

from pydantic import Field

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.evidence import Evidence
from langgraph_dba.handoffs.contracts import Contract


class SchemaPackage(Contract):
    """A designed schema with what was proved about it; `ddl` maps an engine's name to its SQL text."""

    database_schema: Schema = Field(alias="schema")
    engines: list[str] = Field(min_length=1)
    ddl: dict[str, str]
    evidence: list[Evidence] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)
    requirements: dict[str, Any] = Field(default_factory=dict)


class TestRequest(Contract):
    """What tests must show of a schema; `prove` holds one sentence for each thing to be shown."""

    __test__: ClassVar[bool] = False  # not a test case, whatever its name suggests to pytest

    database_schema: Schema = Field(alias="schema")
    engines: list[str] = Field(min_length=1)
    ddl: dict[str, str]
    prove: list[str] = Field(default_factory=list)
    requirements: dict[str, Any] = Field(default_factory=dict)


class ReviewRequest(Contract):
    """What is to be reviewed; `artifacts` maps a path to its text, or lists paths; `round` counts from 1."""

    database_schema: Schema | None = Field(None, alias="schema")
    artifacts: dict[str, str] | list[str] = Field(default_factory=dict)
    evidence: list[Evidence] = Field(default_factory=list)
    round: int = Field(1, ge=1)
