"""Convert values to plain data, which graph state and payloads hold, and read them back."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

Model = TypeVar("Model", bound=BaseModel)


def plain(value: Any) -> Any:
    """Return a copy made of dicts, lists, strings, numbers, booleans and None: all that a checkpoint may hold.

    Models use their aliases. PydanticSerializationError for a value without a plain form.
    """
    return to_jsonable_python(value, by_alias=True)


def read_all(model: type[Model], items: Iterable[Any]) -> list[Model]:
    """Validate each item as the model; pydantic's ValidationError for the first that is none."""
    return [model.model_validate(item) for item in items]
