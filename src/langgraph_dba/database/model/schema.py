"""The schema model: tables, constraints and other objects, independent of an engine.

The models are frozen pydantic models because a schema is sent between agents and stored in `schema.json`. Types are
logical; an engine maps them to its own. A reflected schema has the engine's SQL beside the logical value if that does
not describe it completely: `ColumnType.native` beside `name`, `Column.default_sql` beside `default`, `Condition.sql`
beside `means`. `Schema.engine` names the engine of these texts.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import repeat
from operator import attrgetter, contains
from typing import Self

from pydantic import Field

from langgraph_dba.database.model.base import Columns, Frozen, Identifier
from langgraph_dba.database.model.business_rules import BusinessRule
from langgraph_dba.database.model.catalogue_objects import (
    CopiedColumn,
    DerivedColumn,
    Generated,
    Grant,
    Identity,
    Loss,
    NamedType,
    OtherObject,
    Partition,
    Policy,
    Role,
    Routine,
    Sequence,
    Trigger,
    View,
)
from langgraph_dba.database.model.columns import Column, ColumnType, FunctionalDependency, TypeName
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
    OnConflict,
    Ordered,
    OuterKey,
    Range,
    Unique,
)
from langgraph_dba.database.model.indexes import Index, IndexKey
from langgraph_dba.database.model.isolation import Isolation, SettingMember
from langgraph_dba.database.model.table import Table

__all__ = [
    "Check",
    "Choice",
    "Column",
    "ColumnType",
    "Columns",
    "Condition",
    "Constraint",
    "CopiedColumn",
    "Deferrable",
    "DeleteAction",
    "DerivedColumn",
    "Filled",
    "ForeignKey",
    "FunctionalDependency",
    "Generated",
    "Grant",
    "Identifier",
    "Identity",
    "Index",
    "IndexKey",
    "Isolation",
    "Loss",
    "Meaning",
    "NamedType",
    "OnConflict",
    "Ordered",
    "OtherObject",
    "OuterKey",
    "Partition",
    "Policy",
    "Range",
    "Role",
    "Routine",
    "Schema",
    "Sequence",
    "SettingMember",
    "Table",
    "Trigger",
    "TypeName",
    "Unique",
    "View",
]  # fmt: skip


class Schema(Frozen):
    """Tables in an order in which they can be created, and the isolation of tenants (None: there are no tenants).

    `namespace` is the schema of PostgreSQL in which the tables are created, empty for the default one. `others` are
    created as their text says; `lost` lists what a reflected database has and this schema does not.
    """

    name: str = Field(description="a title to show")
    tables: tuple[Table, ...]
    isolation: Isolation | None = None
    engine: str = Field("", description="the engine of all SQL texts; empty if there are none")
    extensions: tuple[str, ...] = ()
    types: tuple[NamedType, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    routines: tuple[Routine, ...] = ()
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    roles: tuple[Role, ...] = ()
    grants: tuple[Grant, ...] = ()
    namespace: str = ""
    others: tuple[OtherObject, ...] = ()
    lost: tuple[Loss, ...] = ()
    rules: tuple[BusinessRule, ...] = ()

    @property
    def app_role(self) -> str:
        """Return the role as which the application logs in."""
        return self.isolation.role if self.isolation else "app_user"

    def table(self, name: str) -> Table:
        """Return the table of that name; KeyError if there is none."""
        return self.tables[self._positions[name]]

    def find_table(self, name: str) -> Table | None:
        """Return the table of that name, or None."""
        position = self._positions.get(name)
        return None if position is None else self.tables[position]

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        """Return the position of each table in `tables`; of two tables of one name, the first."""
        # cached: a scan for each foreign key made everything that follows references quadratic
        return {table.name: number for number, table in reversed(tuple(enumerate(self.tables)))}

    def is_tenant_table(self, table: Table) -> bool:
        """Return whether it is the table of tenants, or one with a row per tenant if no table holds the tenants."""
        if self.isolation is None:
            return False
        return table.name == self.isolation.table or (not self.isolation.table and table.is_keyed_by_tenant)

    def has_one_row_per_tenant(self, table: Table) -> bool:
        """Return whether a tenant has at most one row of a table, such as its settings; False if a key refers to it."""
        own = set(table.tenant_columns)
        keys = (set(columns) for columns in (table.primary_key, *(columns for _, columns in table.unique_sets)))
        is_extension = bool(own) and not self.is_tenant_table(table) and any(key == own for key in keys)
        return is_extension and all(key.target != table.name for _, key in self.foreign_keys())

    def tenant_setting(self, tenant: str) -> dict[str, str]:
        """Return the settings that select a tenant, for `Connection.transaction`; empty without isolation."""
        return self.isolation.settings(tenant) if self.isolation else {}

    def is_shared(self, table: Table) -> bool:
        """Return whether all tenants share the rows of a table; False if there are no tenants.

        A table without a tenant column that must refer to rows of a tenant, such as the lines of an order, is not.
        """
        return self.isolation is not None and table.name not in self._tables_of_tenants

    @cached_property
    def _tables_of_tenants(self) -> frozenset[str]:
        found = {table.name for table in self.tables if table.is_tenant_owned}
        while True:
            more = {
                table.name
                for table in self.tables
                if table.name not in found
                and any(key.target in found and not table.is_optional(key) for key in table.foreign_keys)
            }
            if not more:
                return frozenset(found)
            found |= more

    def replace(self, table: Table) -> Self:
        """Return a copy in which `table` replaces the table of the same name, if there is one."""
        at = self._positions.get(table.name)
        if at is None:
            return self
        changed = self.model_copy(update={"tables": (*self.tables[:at], table, *self.tables[at + 1 :])})
        # names and order stay: positions that are collected after each change make many changes quadratic
        changed.__dict__["_positions"] = self._positions
        return changed

    def has_name(self, name: str) -> bool:
        """Return whether a table, or one of its constraints or indexes, has this name."""
        return any(map(contains, map(attrgetter("_object_names"), self.tables), repeat(name)))

    def relation_count(self, name: str) -> int:
        """Return how many tables have this name, or have an index or unique constraint of this name."""
        return sum(map(contains, map(attrgetter("_relation_names"), self.tables), repeat(name)))

    def foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Yield (table, foreign key) for every foreign key."""
        for table in self.tables:
            for key in table.foreign_keys:
                yield table, key

    def is_forward(self, table: Table, key: ForeignKey) -> bool:
        """Return whether a foreign key of `table` refers to a table that is created later."""
        return self._positions[key.target] > self._positions[table.name]

    def is_circular(self, table: Table, key: ForeignKey) -> bool:
        """Return whether a foreign key of `table` refers to `table` or to a table that is created later."""
        return key.target == table.name or self.is_forward(table, key)

    def late_foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Yield (table, foreign key) for the keys that are added when all tables exist.

        These are the keys to a table that is created later, and the NOT VALID ones: a key in CREATE TABLE is always
        validated.
        """
        for table, key in self.foreign_keys():
            if self.is_forward(table, key) or not key.validated:
                yield table, key
