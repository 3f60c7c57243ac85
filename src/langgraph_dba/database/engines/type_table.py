"""Types of the table in which an engine's `types.py` maps logical types to its own types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.types import TypeEngine

from langgraph_dba.database.model.schema import ColumnType, TypeName

DEFAULT_PRECISION, DEFAULT_SCALE = 12, 2


@dataclass(frozen=True, slots=True)
class StorageType:
    """The engine's type for a logical one.

    `check` is a condition over `{c}`, and over `{length}` or `{largest}`, that rejects values which the logical type
    does not allow; empty if the engine's type rejects them.
    """

    type: Callable[[ColumnType], TypeEngine[Any]]
    check: str = ""


@dataclass(frozen=True, slots=True)
class TypeTable:
    """The types of one engine, in the order in which reflection tries them.

    `now` is the SQL of the current time by type; types without an entry use that of `instant`.
    """

    storage: Mapping[TypeName, StorageType]
    now: Mapping[str, str]


def precision_of(type_: ColumnType) -> tuple[int, int]:
    """Return (precision, scale) of a decimal: all digits, and those after the decimal point."""
    scale = DEFAULT_SCALE if type_.scale is None else type_.scale
    return type_.precision or max(DEFAULT_PRECISION, scale), scale
