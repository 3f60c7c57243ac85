"""How an engine stores each logical type: the form in which an engine's `types.py` says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.types import TypeEngine

from langgraph_dba.database.model.schema import ColumnType, TypeName

DEFAULT_PRECISION, DEFAULT_SCALE = 12, 2


@dataclass(frozen=True, slots=True)
class StorageType:
    """The engine's own type for a logical one.

    `check` is a condition over `{c}`, and over `{length}` or `{largest}`, that refuses what the logical type does not
    allow; empty if the engine refuses it by itself.
    """

    type: Callable[[ColumnType], TypeEngine[Any]]
    check: str = ""


@dataclass(frozen=True, slots=True)
class TypeTable:
    """The types of one engine, in the order in which reflection tries them.

    `now` is the current moment in SQL for each type that has one; `instant` serves every other type.
    """

    storage: Mapping[TypeName, StorageType]
    now: Mapping[str, str]


def precision_of(type_: ColumnType) -> tuple[int, int]:
    """Return the digits of a decimal, and how many of them are behind the point."""
    scale = DEFAULT_SCALE if type_.scale is None else type_.scale
    return type_.precision or max(DEFAULT_PRECISION, scale), scale
