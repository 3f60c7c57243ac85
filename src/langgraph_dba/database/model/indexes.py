"""Indexes over whole columns (`columns`), or over expressions, prefixes and other orders (`keys`)."""

import re
from typing import Literal, Self

from pydantic import model_validator

from langgraph_dba.database.model.base import Columns, Frozen, Identifier

_AND = re.compile(r"\band\b", re.IGNORECASE)
_NOT_NULL = re.compile(r"[\"`]?([^\"`]+?)[\"`]?\s+is\s+not\s+null", re.IGNORECASE)
TREES = ("", "btree")  # the methods that serve equality, ranges and sort order


class IndexKey(Frozen):
    """One key of an index: either a column or an expression."""

    column: Identifier | None = None
    expression: str = ""
    descending: bool = False
    nulls: Literal["", "first", "last"] = ""  # empty: the engine's default
    collation: str = ""
    operator_class: str = ""
    length: int | None = None  # characters of a prefix

    @property
    def is_plain(self) -> bool:
        """Return whether the key is a whole column in default order."""
        return self == IndexKey(column=self.column)


class Index(Frozen):
    """An index over `columns` in that order, or over `keys`; `include` columns allow index-only scans.

    `where` is the predicate of a partial index. `reason` states what the index is for.
    """

    name: Identifier
    columns: Columns = ()
    keys: tuple[IndexKey, ...] = ()
    include: Columns = ()
    unique: bool = False
    nulls_equal: bool = False
    method: str = ""  # empty: the engine's default
    where: str = ""
    options: str = ""
    reason: str = ""

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        # each index has one form: reflected and designed indexes are compared with ==
        if bool(self.columns) == bool(self.keys):
            raise ValueError(f"index {self.name}: give either `columns` or `keys`")
        if self.keys and all(key.is_plain for key in self.keys):
            raise ValueError(f"index {self.name}: list whole columns in `columns`, not in `keys`")
        return self

    @property
    def parts(self) -> tuple[IndexKey, ...]:
        """Return the keys in both forms."""
        return self.keys or tuple(IndexKey(column=name) for name in self.columns)

    @property
    def mentions(self) -> Columns:
        """Return every column of the index by name, without those within expressions."""
        return (*(key.column for key in self.parts if key.column), *self.include)

    @property
    def is_plain(self) -> bool:
        """Return whether it is a B-tree over whole columns of all rows, in default order."""
        return bool(self.columns) and self.method in TREES and not self.where

    @property
    def lookup_columns(self) -> Columns:
        """Return the leading columns by which the index finds any row; empty for a partial index."""
        return () if self.where else self.leading_columns

    @property
    def leading_columns(self) -> Columns:
        """Return the leading columns by which the index finds its rows, which are not all if it is partial."""
        leading: list[str] = []
        for key in self.parts if self.method in TREES else ():
            if key.column is None or key.collation or key.operator_class or key.length:
                break
            leading.append(key.column)
        return tuple(leading)

    @property
    def unique_columns(self) -> Columns:
        """Return the columns in which no two rows of the table are equal, except by NULLs; empty if there are none.

        Equal columns have equal prefixes, but not equal expressions, and another collation compares them otherwise.
        """
        columns = tuple(key.column for key in self.parts if key.column and not (key.collation or key.operator_class))
        return columns if self.unique and not self.where and len(columns) == len(self.parts) else ()

    @property
    def excluded_nulls(self) -> Columns:
        """Return the columns, named as in the predicate, whose NULLs are all that the predicate excludes."""
        tests = [_NOT_NULL.fullmatch(part.strip(" ()")) for part in _AND.split(self.where)]
        return tuple(match[1] for match in tests if match) if all(tests) else ()

    def supports_lookup(self, columns: Columns) -> bool:
        """Return whether it finds rows by values of `columns`: they are its first columns, in any order."""
        return supports_lookup(self.lookup_columns, columns)

    def serves_order(self, columns: Columns) -> bool:
        """Return whether it serves every read of an index over `columns`: they are its first ones, in this order."""
        return serves_order(self.lookup_columns, columns)

    @classmethod
    def of(cls, name: str, keys: tuple[IndexKey, ...], **more: object) -> Self:
        """Return an index over keys, in the form `columns` if all keys are whole columns."""
        names = tuple(key.column for key in keys if key.column and key.is_plain)
        over: dict[str, object] = {"columns": names} if len(names) == len(keys) else {"keys": keys}
        return cls.model_validate({"name": name, **over, **more})


def supports_lookup(path: Columns, columns: Columns) -> bool:
    """Return whether an index over `path` finds rows by values of `columns`: its first columns, in any order."""
    return set(path[: len(columns)]) == set(columns)


def serves_order(path: Columns, columns: Columns) -> bool:
    """Return whether an index over `path` serves every read of one over `columns`: its first ones, in this order."""
    return path[: len(columns)] == columns
