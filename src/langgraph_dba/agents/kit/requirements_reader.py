"""Read the requirements in an agent's input: plain data, or a sentence."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from langgraph_dba.database.request import read_request
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import RequirementsError
from langgraph_dba.handoffs.contracts import describe


def requirements_of(request: str, requirements: Mapping[str, Any] | None) -> Requirements:
    """Validate the requirements, or parse the sentence if there are none; RequirementsError if neither can be used."""
    if requirements:
        return _checked(requirements)
    if not request.strip():
        raise RequirementsError("the task is empty: pass `requirements`, or a `request` in a sentence")
    return read_request(request)


def _checked(requirements: Mapping[str, Any]) -> Requirements:
    try:
        return Requirements.model_validate(requirements)
    except ValidationError as error:
        raise RequirementsError(f"the requirements cannot be used: {describe(error)}") from error
