"""The schema: tables and the rules between them, before any engine has a say.

Frozen pydantic models, because a schema travels: between agents as a contract, to `schema.json` and back. Types are
logical; an engine's traits turn them into its own. A schema that was read from an engine says its things twice where
the logical word is not the whole of it: `ColumnType.native` beside `name`, `Column.default_sql` beside `default`,
`Condition.sql` beside what it means. These words are those of the engine that `Schema.engine` names.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from langgraph_dba.database.model.base import Columns, Frozen, Identifier
from langgraph_dba.database.model.catalogue_objects import (
    DerivedColumn,
    Generated,
    Grant,
    Identity,
    NamedType,
    Partition,
    Policy,
    Role,
    Routine,
    Sequence,
    Trigger,
    View,
)
from langgraph_dba.database.model.constraints import (
    Check,
    Choice,
    Condition,
    Constraint,
    Deferrable,
    DeleteAction,
    Filled,
    ForeignKey,
    Meaning,
    Ordered,
    Range,
    Unique,
)
from langgraph_dba.database.model.indexes import Index, IndexKey, serves_order, supports_lookup

__all__ = [
    "Check",
    "Choice",
    "Column",
    "ColumnType",
    "Columns",
    "Condition",
    "Constraint",
    "Deferrable",
    "DeleteAction",
    "Dependency",
    "DerivedColumn",
    "Filled",
    "ForeignKey",
    "Generated",
    "Grant",
    "Identifier",
    "Identity",
    "Index",
    "IndexKey",
    "Isolation",
    "Meaning",
    "NamedType",
    "Ordered",
    "Partition",
    "Policy",
    "Range",
    "Role",
    "Routine",
    "Schema",
    "Sequence",
    "Table",
    "Trigger",
    "TypeName",
    "Unique",
    "View",
]  # fmt: skip

TypeName = Literal[
    "identity",  # a surrogate key the engine counts up
    "reference",  # holds an identity
    "smallint", "integer", "bigint", "boolean", "string", "text", "char", "decimal", "float",
    "date", "time", "instant", "local-datetime", "duration", "choice", "json", "uuid", "binary",
    "native",  # a type of one engine without a logical name
]  # fmt: skip


class ColumnType(Frozen):
    """A logical type: `length` in characters; `precision` and `scale` in decimal digits; `choices` in order.

    `native` is the engine's own type where it is another than the one the logical name stands for there.
    """

    name: TypeName
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    choices: tuple[str, ...] = ()
    native: str = ""


class Column(Frozen):
    """One column. `default` is `now`, or a value as it would be typed (`true`, `0`, `open`).

    `engine_name` is the name in the database where that one needs quotes.
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

    @property
    def sql_name(self) -> str:
        """The name as the engine knows it, without quotes."""
        return self.engine_name or self.name


class Dependency(Frozen):
    """A functional dependency: `given` determines `determines`."""

    given: Columns
    determines: Columns


class Table(Frozen):
    """One table; `dependencies` are those that hold beyond its keys.

    `options` are the engine's (`WITHOUT ROWID`); `partitioned_by` such as `RANGE (placed_on)`, without partitions of
    its own if there are none yet. `estimated_rows` is what the engine believes, None where nobody counted.
    """

    name: Identifier
    entity: str = ""
    comment: str = ""
    columns: tuple[Column, ...]
    primary_key: Columns = ()
    key_name: str = ""  # empty: `<table>_pkey`
    key_deferrable: Deferrable = ""
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    derived_columns: tuple[DerivedColumn, ...] = ()
    tenant_column: Identifier | None = Field(None, description="the column that names the tenant a row belongs to")
    row_security: Literal["", "enabled", "forced"] = ""
    policies: tuple[Policy, ...] = ()
    options: tuple[str, ...] | None = None  # None: what the engine's traits say
    partitioned_by: str = ""
    partitions: tuple[Partition, ...] = ()
    estimated_rows: int | None = None
    engine_name: str = ""

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if there is none."""
        try:
            return self._columns_by_name[name]
        except KeyError:
            raise KeyError(f"{self.name}.{name}") from None

    @cached_property
    def _columns_by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in reversed(self.columns)}

    @property
    def sql_name(self) -> str:
        """The name as the engine knows it, without quotes."""
        return self.engine_name or self.name

    @property
    def primary_key_name(self) -> str:
        """What the primary key's constraint is called."""
        return self.key_name or f"{self.name}_pkey"

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        """What all checks say, as far as it is understood."""
        return tuple(one for c in self.checks for one in (c.means if isinstance(c, Condition) else (c,)))

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The primary key and every unique combination whose columns are all required."""
        unique = (u.columns for u in self.uniques if not any(self.column(c).nullable for c in u.columns))
        return ((self.primary_key, *unique)) if self.primary_key else tuple(unique)

    @property
    def is_tenant_owned(self) -> bool:
        """Whether each row belongs to one tenant; in the table of tenants, to the tenant that it is."""
        return self.tenant_column is not None

    @property
    def tenant_columns(self) -> Columns:
        """The tenant column as the columns of a key or list; empty where there is none."""
        return (self.tenant_column,) if self.tenant_column else ()

    @property
    def is_keyed_by_tenant(self) -> bool:
        """Whether the tenant column is the whole primary key, as in the table of tenants."""
        return self.primary_key == (self.tenant_column,)

    def without_tenant(self, columns: Iterable[str]) -> Columns:
        """Return the columns but for the tenant column."""
        return tuple(column for column in columns if column != self.tenant_column)

    def own_key_columns(self, key: ForeignKey) -> Columns:
        """Return the columns of a foreign key that choose a row: all but the tenant column, if there is another."""
        return self.without_tenant(key.columns) or key.columns

    def is_tenant_key(self, key: ForeignKey) -> bool:
        """Whether a foreign key consists of the tenant column alone."""
        return key.columns == (self.tenant_column,)

    @property
    def row_references(self) -> tuple[ForeignKey, ...]:
        """The foreign keys that choose a row; one of the tenant column alone has its value from the tenant."""
        return tuple(key for key in self.foreign_keys if not self.is_tenant_key(key))

    def is_optional(self, key: ForeignKey) -> bool:
        """Whether a row may leave a foreign key empty: all columns that choose the row are nullable."""
        return all(self.column(name).nullable for name in self.own_key_columns(key))

    def is_one_to_one(self, key: ForeignKey) -> bool:
        """Whether a unique constraint over a key's own columns lets each row of the target be referred to once."""
        own = set(self.own_key_columns(key))
        return any(set(self.without_tenant(unique.columns)) == own for unique in self.uniques)

    @property
    def access_paths(self) -> tuple[Columns, ...]:
        """The leading columns of the primary key, of each unique constraint and of each index, in this order."""
        return self.primary_key, *(u.columns for u in self.uniques), *(i.lookup_columns for i in self.indexes)

    def supports_lookup(self, columns: Columns) -> bool:
        """Whether an access path finds rows with given values in `columns`: it leads with them, in any order."""
        return any(supports_lookup(path, columns) for path in self.access_paths)

    def serves_order(self, columns: Columns) -> bool:
        """Whether an access path serves every read of an index over `columns`: it leads with them, in this order."""
        return any(serves_order(path, columns) for path in self.access_paths)

    def with_(self, **changes: object) -> Self:
        """Return a copy with some fields replaced."""
        return self.model_copy(update=changes)


class Isolation(Frozen):
    """How one tenant is kept from another: `setting` names the tenant for a transaction, `role` is the application.

    `derives`: role, policies and grants follow from this. Without, they are those that the schema lists, if any.
    """

    model: Literal["shared-schema", "schema-per-tenant", "database-per-tenant"] = "shared-schema"
    table: Identifier
    column: Identifier = "tenant_id"
    setting: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")] = "app.tenant_id"
    role: Identifier = "app_user"
    derives: bool = True


class Schema(Frozen):
    """Tables in an order in which they can be created, and how tenants are kept apart (None: there are none)."""

    name: str = Field(description="a title for people")
    tables: tuple[Table, ...]
    isolation: Isolation | None = None
    engine: str = Field("", description="whose words the texts in SQL are; empty where there are none")
    extensions: tuple[str, ...] = ()
    types: tuple[NamedType, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    routines: tuple[Routine, ...] = ()
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    roles: tuple[Role, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def app_role(self) -> str:
        """The role the application logs in as."""
        return self.isolation.role if self.isolation else "app_user"

    def table(self, name: str) -> Table:
        """Return the table of that name; KeyError if there is none."""
        return self.tables[self._positions[name]]

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        """Where each table stands in `tables`, by name."""
        return {table.name: number for number, table in reversed(tuple(enumerate(self.tables)))}

    def is_tenant_table(self, table: Table) -> bool:
        """Whether it is the table whose rows are the tenants."""
        return self.isolation is not None and table.name == self.isolation.table

    def is_shared(self, table: Table) -> bool:
        """Whether all tenants share the rows of a table; False where there are no tenants."""
        return self.isolation is not None and not table.is_tenant_owned

    def replace(self, table: Table) -> Self:
        """Return a copy in which `table` stands for the one of its name."""
        return self.model_copy(update={"tables": tuple(table if t.name == table.name else t for t in self.tables)})

    def foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Yield every foreign key with the table that holds it."""
        for table in self.tables:
            for key in table.foreign_keys:
                yield table, key

    def is_forward(self, table: Table, key: ForeignKey) -> bool:
        """Whether a foreign key of `table` refers to a table that is created later."""
        return self._positions[key.target] > self._positions[table.name]

    def is_circular(self, table: Table, key: ForeignKey) -> bool:
        """Whether a foreign key of `table` refers to `table` or to a table that is created later."""
        return key.target == table.name or self.is_forward(table, key)

    def late_foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Yield the foreign keys that are added when all tables exist, each with its table.

        These are the keys to a table that is created later, and the NOT VALID ones: CREATE TABLE validates every key.
        """
        for table, key in self.foreign_keys():
            if self.is_forward(table, key) or not key.validated:
                yield table, key
