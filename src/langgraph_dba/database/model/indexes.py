"""Indexes: plain ones name their columns; `keys` say what else an index can be sorted by, and how."""

from typing import Literal, Self

from pydantic import model_validator

from langgraph_dba.database.model.base import Columns, Frozen, Identifier

TREES = ("", "btree")  # the methods that find equal values, ranges and an order alike


class IndexKey(Frozen):
    """One part of an index: a column or an expression, never both."""

    column: Identifier | None = None
    expression: str = ""
    descending: bool = False
    nulls: Literal["", "first", "last"] = ""  # empty: where the engine puts them by itself
    collation: str = ""
    operator_class: str = ""
    length: int | None = None  # only so many first characters

    @property
    def plain(self) -> bool:
        """Whether there is no more to say than the column's name."""
        return self == IndexKey(column=self.column)


class Index(Frozen):
    """An index over `columns` in that order, carrying `include` for reads that need no table.

    An index of which there is more to say than its columns has `keys` in their stead. `where` leaves rows out.
    """

    name: Identifier
    columns: Columns = ()
    keys: tuple[IndexKey, ...] = ()
    include: Columns = ()
    unique: bool = False
    nulls_equal: bool = False
    method: str = ""  # empty: the engine's usual one
    where: str = ""
    options: str = ""
    reason: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.columns) == bool(self.keys):
            raise ValueError(f"index {self.name}: give either `columns` or `keys`")
        if self.keys and all(key.plain for key in self.keys):
            raise ValueError(f"index {self.name}: keys that are only columns belong into `columns`")
        return self

    @property
    def parts(self) -> tuple[IndexKey, ...]:
        """The keys, however they were given."""
        return self.keys or tuple(IndexKey(column=name) for name in self.columns)

    @property
    def mentions(self) -> Columns:
        """Every column that is named, not counting those within expressions."""
        return (*(key.column for key in self.parts if key.column), *self.include)

    @property
    def is_plain(self) -> bool:
        """Whether it is a tree over whole columns of every row: no expression, order, predicate or other method."""
        return bool(self.columns) and self.method in TREES and not self.where

    @property
    def lookup_columns(self) -> Columns:
        """The leading columns by which every row of the table can be found: none of an index that leaves rows out."""
        leading: list[str] = []
        for key in self.parts if self.method in TREES and not self.where else ():
            if key.column is None or key.collation or key.operator_class or key.length:
                break
            leading.append(key.column)
        return tuple(leading)

    def supports_lookup(self, columns: Columns) -> bool:
        """Whether rows with given values in `columns` are found by it: it leads with them, in any order."""
        return supports_lookup(self.lookup_columns, columns)

    def serves_order(self, columns: Columns) -> bool:
        """Whether it serves every read that an index over `columns` would: it leads with them, in this order."""
        return serves_order(self.lookup_columns, columns)

    @classmethod
    def of(cls, name: str, keys: tuple[IndexKey, ...], **more: object) -> Self:
        """Return an index over keys, plain ones said as columns."""
        names = tuple(key.column for key in keys if key.column and key.plain)
        over: dict[str, object] = {"columns": names} if len(names) == len(keys) else {"keys": keys}
        return cls.model_validate({"name": name, **over, **more})


def supports_lookup(path: Columns, columns: Columns) -> bool:
    """Whether an index over `path` finds rows with given values in `columns`: it leads with them, in any order."""
    return set(path[: len(columns)]) == set(columns)


def serves_order(path: Columns, columns: Columns) -> bool:
    """Whether an index over `path` serves every read of one over `columns`: it leads with them, in this order."""
    return path[: len(columns)] == columns
