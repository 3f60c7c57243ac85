"""One table of the schema model, and the questions that the rest of the package asks about it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field

from langgraph_dba.database.model.base import Columns, Frozen, Identifier
from langgraph_dba.database.model.catalogue_objects import (
    CopiedColumn,
    DerivedColumn,
    Partition,
    Policy,
)
from langgraph_dba.database.model.columns import Column, FunctionalDependency
from langgraph_dba.database.model.constraints import (
    Check,
    Choice,
    Condition,
    Constraint,
    Deferrable,
    ForeignKey,
    Meaning,
    OnConflict,
    OuterKey,
    Unique,
)
from langgraph_dba.database.model.indexes import Index, serves_order, supports_lookup


class Table(Frozen):
    """One table; `dependencies` are those that its keys do not imply.

    `options` are SQL of the engine (`WITHOUT ROWID`), as is `partitioned_by` (`RANGE (placed_on)`). `estimated_rows` is
    the engine's estimate, None if it has no statistics.
    """

    name: Identifier
    entity: str = ""
    comment: str = ""
    columns: tuple[Column, ...]
    primary_key: Columns = ()
    key_name: str = ""  # empty: `<table>_pkey`
    key_deferrable: Deferrable = ""
    key_on_conflict: OnConflict = ""
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    outer_keys: tuple[OuterKey, ...] = ()  # of a reflected table: they are not created in a copy
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    dependencies: tuple[FunctionalDependency, ...] = ()
    derived_columns: tuple[DerivedColumn, ...] = ()
    copied_columns: tuple[CopiedColumn, ...] = ()
    tenant_column: Identifier | None = Field(None, description="the column with the tenant that a row belongs to")
    row_security: Literal["", "enabled", "forced"] = ""
    policies: tuple[Policy, ...] = ()
    options: tuple[str, ...] | None = None  # None: the default of the engine's traits
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
        """Return the name in the database, without quotes."""
        return self.engine_name or self.name

    @property
    def relation_names(self) -> frozenset[str]:
        """Return the names of the table, its indexes and unique constraints: one namespace of PostgreSQL's schemas."""
        return self._relation_names

    @cached_property
    def _relation_names(self) -> frozenset[str]:
        return frozenset((self.name, *(unique.name for unique in self.uniques), *(i.name for i in self.indexes)))

    @cached_property
    def _object_names(self) -> frozenset[str]:
        # PostgreSQL names the index of a primary key so
        parts = (*self.uniques, *self.checks, *self.foreign_keys, *self.constraints, *self.indexes)
        return frozenset((self.name, f"{self.name}_pkey", *(part.name for part in parts)))

    @property
    def primary_key_name(self) -> str:
        """Return the name of the primary key constraint."""
        return self.key_name or f"{self.name}_pkey"

    @property
    def writable_columns(self) -> tuple[Column, ...]:
        """Return the columns that an INSERT may set: all except generated ones."""
        return tuple(column for column in self.columns if not column.generated)

    @property
    def numbers_always(self) -> bool:
        """Return whether an INSERT sets an identity only with OVERRIDING SYSTEM VALUE."""
        return any(column.identity and column.identity.always for column in self.columns)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def copies(self) -> Mapping[str, CopiedColumn]:
        """Return the columns that repeat one of a row to which a row refers, by their names."""
        return {one.column: one for one in self.copied_columns}

    def foreign_key(self, name: str) -> ForeignKey:
        """Return the foreign key of that name; KeyError if there is none."""
        try:
            return next(key for key in self.foreign_keys if key.name == name)
        except StopIteration:
            raise KeyError(f"{self.name}: {name}") from None

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        """Return all checks of the table that were parsed, those within `Condition` included."""
        return tuple(part for c in self.checks for part in (c.means if isinstance(c, Condition) else (c,)))

    def listed_values(self, column: str) -> tuple[str, ...]:
        """Return the values that the type of a column or a check lists; empty if none does."""
        checks = (check for check in self.meanings if isinstance(check, Choice) and check.column == column)
        return self.column(column).type.choices or next((check.values for check in checks), ())

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Return the primary key, and every unique constraint or index over whole columns that are all NOT NULL."""
        prefixes = {index.name for index in self.indexes if any(key.length for key in index.parts)}
        unique = tuple(columns for name, columns in self._required_sets if name not in prefixes)
        return (self.primary_key, *unique) if self.primary_key else unique

    @property
    def _required_sets(self) -> Iterator[tuple[str, Columns]]:
        return ((name, sets) for name, sets in self.unique_sets if not any(self.column(c).nullable for c in sets))

    @property
    def unique_sets(self) -> tuple[tuple[str, Columns], ...]:
        """Return (name, columns) of each unique constraint and of each unique index that is one too."""
        # an index with the name of a constraint stands for an exclusion
        others = {constraint.name for constraint in self.constraints}
        indexes = ((i.name, i.unique_columns) for i in self.indexes if i.unique_columns and i.name not in others)
        return (*((unique.name, unique.columns) for unique in self.uniques), *indexes)

    @property
    def row_key(self) -> Columns:
        """Return the columns that identify a row: those of a key, or of unique prefixes of them; empty without any."""
        return next(iter((*self.keys, *(columns for _, columns in self._required_sets))), ())

    @property
    def is_tenant_owned(self) -> bool:
        """Return whether each row belongs to one tenant. A row of the table of tenants belongs to itself."""
        return self.tenant_column is not None

    @property
    def tenant_columns(self) -> Columns:
        """Return the tenant column as a tuple, empty if there is none."""
        return (self.tenant_column,) if self.tenant_column else ()

    @property
    def is_keyed_by_tenant(self) -> bool:
        """Return whether the tenant column is the whole primary key, as in the table of tenants."""
        return self.primary_key == (self.tenant_column,)

    def without_tenant(self, columns: Iterable[str]) -> Columns:
        """Return the columns without the tenant column."""
        return tuple(column for column in columns if column != self.tenant_column)

    def own_key_columns(self, key: ForeignKey) -> Columns:
        """Return the columns of a foreign key that choose a row: all except the tenant column, if there are others."""
        return self.without_tenant(key.columns) or key.columns

    @property
    def referring_columns(self) -> frozenset[str]:
        """Return the columns of all foreign keys, those to other schemas and those of copies included."""
        return frozenset((*self.copies, *(name for key in self.all_foreign_keys for name in key.columns)))

    @property
    def all_foreign_keys(self) -> tuple[ForeignKey | OuterKey, ...]:
        """Return the foreign keys, with those to other schemas at the end."""
        return (*self.foreign_keys, *self.outer_keys)

    def is_tenant_key(self, key: ForeignKey) -> bool:
        """Return whether a foreign key consists of the tenant column alone."""
        return key.columns == (self.tenant_column,)

    @property
    def row_references(self) -> tuple[ForeignKey, ...]:
        """Return the foreign keys that choose a row, without the one that only holds the tenant."""
        return tuple(key for key in self.foreign_keys if not self.is_tenant_key(key))

    def is_optional(self, key: ForeignKey) -> bool:
        """Return whether a foreign key may be NULL: all columns that choose the row are nullable."""
        return all(self.column(name).nullable for name in self.own_key_columns(key))

    def is_one_to_one(self, key: ForeignKey) -> bool:
        """Return whether at most one row refers to each row of the target: the key's own columns are unique."""
        own = set(self.own_key_columns(key))
        return any(set(self.without_tenant(unique.columns)) == own for unique in self.uniques)

    @property
    def access_paths(self) -> tuple[Columns, ...]:
        """Return the leading columns of the primary key, of each unique constraint and of each index, in this order."""
        return self.primary_key, *(u.columns for u in self.uniques), *(i.lookup_columns for i in self.indexes)

    def supports_lookup(self, columns: Columns) -> bool:
        """Return whether an access path finds rows by values of `columns`: its first columns, in any order.

        An index that only lacks rows with a NULL in one of the columns is one too: no value is equal to NULL.
        """
        paths = (index.leading_columns for index in self.indexes if self.has_every_value(index, columns))
        return any(supports_lookup(path, columns) for path in (*self.access_paths, *paths))

    def has_every_value(self, index: Index, columns: Columns) -> bool:
        """Return whether an index is partial and holds each row that has a value in all of `columns`."""
        names = {self.column(name).sql_name for name in columns}
        return bool(index.excluded_nulls) and names.issuperset(index.excluded_nulls)

    def serves_order(self, columns: Columns) -> bool:
        """Return whether an access path serves every read of an index over `columns`: its first ones, in this order."""
        return any(serves_order(path, columns) for path in self.access_paths)

    def with_(self, **changes: object) -> Self:
        """Return a copy with some fields replaced, without validation of their values; TypeError for an unknown field.

        pydantic's `model_copy` would accept any name, and a planted defect then changes nothing.
        """
        if unknown := changes.keys() - type(self).model_fields.keys():
            raise TypeError(f"a table has no field {', '.join(sorted(unknown))}")
        return self.model_copy(update=changes)
