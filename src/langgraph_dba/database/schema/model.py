"""The schema: tables and the rules between them, before any engine has a say.

Frozen pydantic models, because a schema travels: between agents as a contract, to `schema.json` and back.
Types are logical; an engine's traits turn them into its own. Rules are typed rather than SQL text, so that a test can
derive the value that breaks one, and an engine that stores money as minor units can scale its bounds.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TypeName = Literal[
    "identity",  # a surrogate key the engine counts up
    "reference",  # holds an identity
    "smallint", "integer", "bigint", "boolean", "string", "text", "char", "decimal", "float",
    "date", "time", "instant", "local-datetime", "duration", "choice", "json", "uuid", "binary",
]  # fmt: skip
# Statements are put together from these names: nothing but a plain identifier may stand where one is expected.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
Columns = tuple[Identifier, ...]
DeleteAction = Literal["restrict", "cascade", "set-null"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnType(_Frozen):
    """A logical type: `length` in characters; `precision` and `scale` in decimal digits; `choices` in order."""

    name: TypeName
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    choices: tuple[str, ...] = ()


class Column(_Frozen):
    """One column. `default` is `now`, or a value as it would be typed (`true`, `0`, `open`)."""

    name: Identifier
    type: ColumnType
    nullable: bool = False
    default: str | None = None
    personal: bool = False
    comment: str = ""


class Unique(_Frozen):
    """No two rows share these columns."""

    name: Identifier
    columns: Columns


class Range(_Frozen):
    """A number stays within inclusive bounds."""

    kind: Literal["range"] = "range"
    name: Identifier
    column: Identifier
    low: Decimal | None = None
    high: Decimal | None = None


class Choice(_Frozen):
    """A text is one of a list."""

    kind: Literal["choice"] = "choice"
    name: Identifier
    column: Identifier
    values: tuple[str, ...]


class Ordered(_Frozen):
    """`last` does not lie before `first`; either may be null."""

    kind: Literal["ordered"] = "ordered"
    name: Identifier
    first: Identifier
    last: Identifier


class Filled(_Frozen):
    """A required text is not empty or blank."""

    kind: Literal["filled"] = "filled"
    name: Identifier
    column: Identifier


Check = Range | Choice | Ordered | Filled


class ForeignKey(_Frozen):
    """`columns` name a row of `target` by its `target_columns`.

    With `set-null` only `null_columns` are emptied: emptying the tenant column too would orphan the row.
    """

    name: Identifier
    columns: Columns
    target: Identifier
    target_columns: Columns
    on_delete: DeleteAction = "restrict"
    null_columns: Columns = ()


class Index(_Frozen):
    """An index over `columns` in that order, carrying `include` for reads that need no table."""

    name: Identifier
    columns: Columns
    include: Columns = ()
    unique: bool = False
    reason: str = ""


class Dependency(_Frozen):
    """A functional dependency: `given` determines `determines`."""

    given: Columns
    determines: Columns


class Table(_Frozen):
    """One table; `dependencies` are those that hold beyond its keys."""

    name: Identifier
    entity: str = ""
    comment: str = ""
    columns: tuple[Column, ...]
    primary_key: Columns = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    tenant_column: Identifier | None = Field(None, description="the column that names the tenant a row belongs to")

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The primary key and every unique combination whose columns are all required."""
        unique = (u.columns for u in self.uniques if not any(self.column(c).nullable for c in u.columns))
        return ((self.primary_key, *unique)) if self.primary_key else tuple(unique)

    def with_(self, **changes: object) -> Self:
        """Return a copy with some fields replaced."""
        return self.model_copy(update=changes)


class Isolation(_Frozen):
    """How one tenant is kept from another: `setting` names the tenant for a transaction, `role` is the application."""

    model: Literal["shared-schema", "schema-per-tenant", "database-per-tenant"] = "shared-schema"
    table: Identifier
    column: Identifier = "tenant_id"
    setting: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")] = "app.tenant_id"
    role: Identifier = "app_user"


class Schema(_Frozen):
    """Tables in an order in which they can be created, and how tenants are kept apart (None: there are none)."""

    name: str = Field(description="a title for people")
    tables: tuple[Table, ...]
    isolation: Isolation | None = None

    @property
    def app_role(self) -> str:
        """The role the application logs in as."""
        return self.isolation.role if self.isolation else "app_user"

    def table(self, name: str) -> Table:
        """Return the table of that name; KeyError if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def replace(self, table: Table) -> Self:
        """Return a copy in which `table` stands for the one of its name."""
        return self.model_copy(update={"tables": tuple(table if t.name == table.name else t for t in self.tables)})

    def foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Yield every foreign key with the table that holds it."""
        for table in self.tables:
            for key in table.foreign_keys:
                yield table, key
