"""Contracts: pydantic models that validate the payloads of handoffs, one per receiver.

A receiver without a contract accepts any JSON object. A handoff may also have no payload, which is not validated.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError

from langgraph_dba.errors import HandoffError
from langgraph_dba.handoffs.plain import plain


class Contract(BaseModel):
    """Base of the package's own contracts: frozen, and unknown fields are forbidden."""

    # The payload's key is `schema`; `BaseModel` has an attribute of that name, so the field is `database_schema`.
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


Contracts = Mapping[str, type[BaseModel]]

NO_CONTRACTS: Contracts = MappingProxyType({})


def contract_schemas(contracts: Contracts) -> dict[str, dict[str, Any]]:
    """Return every contract as JSON Schema, by receiver."""
    return {receiver: model.model_json_schema(by_alias=True) for receiver, model in contracts.items()}


def validate_payload(
    receiver: str, payload: object, *, sender: str, contracts: Contracts = NO_CONTRACTS
) -> dict[str, Any]:
    """Return the payload as plain JSON data, validated by the receiver's contract.

    Raises HandoffError with contract, field and sender if it is invalid.
    """
    where = f"{sender} → {receiver}"
    # By receiver, independent of the sender: an agent must be able to rely on the form of its input.
    contract = contracts.get(receiver)
    if contract is None:
        return _plain(payload, where)
    try:
        checked = contract.model_validate(payload)
    except ValidationError as error:
        raise HandoffError(f"{where}: the payload breaks {contract.__name__}: {describe(error)}") from error
    data: dict[str, Any] = plain(checked)
    return data


def describe(error: ValidationError) -> str:
    """Return the invalid fields and the reasons on one line."""
    faults = ((".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False))
    return "; ".join(f"field '{field}': {message}" if field else message for field, message in faults)


def _plain(payload: object, where: str) -> dict[str, Any]:
    try:
        data = plain(payload)
    except PydanticSerializationError as error:
        raise HandoffError(f"{where}: the payload is not plain data: {error}") from error
    if not isinstance(data, dict):
        raise HandoffError(f"{where}: the payload must be an object with named fields, not {type(payload).__name__}")
    return data
