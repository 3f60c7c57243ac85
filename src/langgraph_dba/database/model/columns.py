"""The columns of a table: logical types, defaults, and which columns determine others."""

from typing import Literal

from langgraph_dba.database.model.base import Columns, Frozen, Identifier
from langgraph_dba.database.model.catalogue_objects import Generated, Identity
from langgraph_dba.database.model.constraints import OnConflict

TypeName = Literal[
    "identity",  # a surrogate key that the engine numbers
    "reference",  # a foreign key to an identity
    "smallint", "integer", "bigint", "boolean", "string", "text", "char", "decimal", "float",
    "date", "time", "instant", "local-datetime", "duration", "choice", "json", "uuid", "binary",
    "native",  # a type of one engine without a logical name
]  # fmt: skip


class ColumnType(Frozen):
    """A logical type: `precision` and `scale` in decimal digits; `choices` in order.

    `length` is in characters; that of a `binary` is in bytes, if each of its values has this length.
    `native` is the engine's type if it differs from the one that the logical name maps to.
    """

    name: TypeName
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    choices: tuple[str, ...] = ()
    native: str = ""


class Column(Frozen):
    """One column. `default` is `now`, or a value as text (`true`, `0`, `open`).

    `engine_name` is the name in the database if it needs quotes; `on_conflict` belongs to NOT NULL.
    """

    name: Identifier
    type: ColumnType
    nullable: bool = False
    default: str | None = None
    default_sql: str = ""
    personal: bool = False
    comment: str = ""
    collation: str = ""
    generated: Generated | None = None
    identity: Identity | None = None
    engine_name: str = ""
    on_conflict: OnConflict = ""

    @property
    def sql_name(self) -> str:
        """Return the name in the database, without quotes."""
        return self.engine_name or self.name


class FunctionalDependency(Frozen):
    """A functional dependency: the columns `given` determine the columns `determines`."""

    given: Columns
    determines: Columns
