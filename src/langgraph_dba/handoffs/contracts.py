"""Contracts: the typed payload each receiver expects, one pydantic model per receiver.

A receiver without a contract takes any JSON object. A brief may also travel alone: a contract binds what is sent, it
does not demand that something is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from langgraph_dba.database.schema.model import Schema
from langgraph_dba.errors import HandoffError
from langgraph_dba.evidence import Evidence


class _Contract(BaseModel):
    # The payload says `schema`; as an attribute that name belongs to pydantic, so it is `database_schema` here.
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class SchemaPackage(_Contract):
    """A designed schema with what was proved about it; `ddl` maps an engine's name to its SQL text."""

    database_schema: Schema = Field(alias="schema")
    engines: list[str] = Field(min_length=1)
    ddl: dict[str, str]
    evidence: list[Evidence] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)
    requirements: dict[str, Any] = Field(default_factory=dict)


class TestRequest(_Contract):
    """What tests must show of a schema; `prove` holds one sentence for each thing to be shown."""

    __test__: ClassVar[bool] = False  # not a test case, whatever its name suggests to pytest

    database_schema: Schema = Field(alias="schema")
    engines: list[str] = Field(min_length=1)
    ddl: dict[str, str]
    prove: list[str] = Field(default_factory=list)
    requirements: dict[str, Any] = Field(default_factory=dict)


class ReviewRequest(_Contract):
    """What is to be reviewed; `artifacts` maps a path to its text, or lists paths; `round` counts from 1."""

    database_schema: Schema | None = Field(None, alias="schema")
    artifacts: dict[str, str] | list[str] = Field(default_factory=dict)
    evidence: list[Evidence] = Field(default_factory=list)
    round: int = Field(1, ge=1)


Contracts = Mapping[str, type[BaseModel]]

CONTRACTS: Contracts = MappingProxyType(
    {"backend-specialist": SchemaPackage, "test-engineer": TestRequest, "code-reviewer": ReviewRequest}
)


def contract_schemas(contracts: Contracts = CONTRACTS) -> dict[str, dict[str, Any]]:
    """Export every contract as JSON Schema, keyed by its receiver."""
    return {receiver: model.model_json_schema(by_alias=True) for receiver, model in contracts.items()}


def validate_payload(
    receiver: str, payload: object, *, sender: str, contracts: Contracts = CONTRACTS
) -> dict[str, Any]:
    """Return the payload as plain JSON data in the receiver's form.

    Raises HandoffError naming contract, field and sender if the contract refuses it.
    """
    where = f"{sender} → {receiver}"
    contract = contracts.get(receiver)
    if contract is None:
        return _plain(payload, where)
    try:
        checked = contract.model_validate(payload)
    except ValidationError as error:
        raise HandoffError(f"{where}: the payload breaks {contract.__name__}: {describe(error)}") from error
    return checked.model_dump(mode="json", by_alias=True)


def describe(error: ValidationError) -> str:
    """Say in one line which fields are wrong and why."""
    faults = ((".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False))
    return "; ".join(f"field '{field}': {message}" if field else message for field, message in faults)


def _plain(payload: object, where: str) -> dict[str, Any]:
    try:
        plain = to_jsonable_python(payload, by_alias=True)
    except PydanticSerializationError as error:
        raise HandoffError(f"{where}: the payload is not plain data: {error}") from error
    if not isinstance(plain, dict):
        raise HandoffError(f"{where}: the payload must be an object with named fields, not {type(payload).__name__}")
    return plain
