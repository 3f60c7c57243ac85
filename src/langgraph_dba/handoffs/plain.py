"""Convert values to plain data for graph state and payloads, and read them back."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

Model = TypeVar("Model", bound=BaseModel)


def plain(value: Any) -> Any:
    """Return a copy made of dicts, lists, strings, numbers, booleans and None, the only types for a checkpoint.

    Models use their aliases. Raises PydanticSerializationError for a value without a plain form.
    """
    # By alias, because payloads use it: the field `database_schema` of a contract is `schema` in the payload.
    return to_jsonable_python(value, by_alias=True)


def read_all(model: type[Model], items: Iterable[Any]) -> list[Model]:
    """Return each item validated as the model; pydantic's ValidationError for the first invalid item."""
    return [model.model_validate(item) for item in items]
