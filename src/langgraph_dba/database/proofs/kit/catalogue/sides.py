"""The two catalogues that a comparison reads, and which of their records belong to a difference already reported."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import ColumnRecord, IndexRecord, KeyRecord, Records
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.reflection.expression_form import type_form

_Record = TypeVar("_Record")
Column = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """Two texts of one condition that the engine must evaluate, because their words differ.

    `kind`: a `check` accepts a row if it is not false, a `filter` selects one if it is true, a `value` is compared as
    it is. All conditions of a side are required. `context` holds conditions that every row of the trial satisfies.
    """

    label: str
    table: str
    kind: str
    declared: tuple[str, ...]
    created: tuple[str, ...]
    columns: tuple[str, ...]
    context: tuple[str, ...] = ()
    # what a row means that only one side accepts
    if_wider: str = ""
    if_narrower: str = ""
    suffix: str = ""  # of the statement that creates the table of the trial: STRICT if the table is


@dataclass(slots=True)
class Findings:
    """The result of a comparison: lines of differences, conditions to be tried, and additions that only serve reads."""

    lines: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    additions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sides:
    """The declared and the created catalogue, with the tables and columns that only one of them has."""

    declared: Records
    created: Records
    traits: Traits

    @cached_property
    def _tables(self) -> tuple[frozenset[str], frozenset[str]]:
        names = (frozenset(one.name for one in side.table) for side in (self.declared, self.created))
        return next(names), next(names)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that both sides have."""
        return self._tables[0] & self._tables[1]

    @cached_property
    def odd_tables(self) -> frozenset[str]:
        """The tables that one side has."""
        return self._tables[0] ^ self._tables[1]

    def columns(self, side: Records) -> dict[Column, ColumnRecord]:
        """Return the columns of the tables that both sides have."""
        return {(one.table, one.name): one for one in side.column if one.table in self.tables}

    @cached_property
    def odd_columns(self) -> frozenset[Column]:
        """The columns of common tables that one side has."""
        return frozenset(self.columns(self.declared).keys() ^ self.columns(self.created).keys())

    def type_form(self, column: ColumnRecord) -> str:
        """Return the normal form of a column's type, without the number of fractional digits that is the default.

        Also without the display width of a TINYINT: a reader may take TINYINT(1) for a boolean, but it stores the same.
        """
        default = rf"\b(time|timestamp|interval|second)\({self.traits.default_time_digits}\)"
        text = re.sub(default, r"\1", column.type, flags=re.IGNORECASE)
        return type_form(re.sub(r"\btinyint\(\d+\)", "tinyint", text, flags=re.IGNORECASE))

    def form(self, text: str | None) -> str:
        """Return a text as its words, without parentheses around the whole."""
        parts = words(text or "", self.traits)
        while len(parts) > 1 and parts[0] == "(" and _closing(parts) == len(parts) - 1:
            parts = parts[1:-1]
        return " ".join(parts)

    def names_odd_column(self, table: str, text: str) -> bool:
        """Return whether a text of a table names a column that only one side has."""
        found = set(words(text, self.traits)) | {word.strip('"`') for word in words(text, self.traits)}
        return any(of == table and name in found for of, name in self.odd_columns)

    def is_reported(self, record: Any) -> bool:
        """Return whether a record belongs to a table or column that is reported as missing or undeclared."""
        table = getattr(record, "table", "") or getattr(record, "on", "")
        columns = {(table, name) for name in getattr(record, "columns", ())}
        columns |= {(table, part.get("column") or "") for part in getattr(record, "keys", ())}
        target = getattr(record, "target", "")
        columns |= {(target, name) for name in getattr(record, "target_columns", ())}
        return bool({table, target} & self.odd_tables or columns & self.odd_columns)

    def unreported(self, records: Iterable[_Record]) -> list[_Record]:
        """Return the records that belong to no missing or undeclared table or column."""
        return [one for one in records if not self.is_reported(one)]


def _closing(parts: Sequence[str]) -> int:
    depth = 0
    for number, part in enumerate(parts):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if not depth:
            return number
    return -1


def without_equals(
    old: Iterable[_Record], new: Iterable[_Record], content: Callable[[_Record], Hashable]
) -> tuple[list[_Record], list[_Record]]:
    """Return the records of each side whose content the other side does not have, counted."""
    first, second = list(old), list(new)
    common = Counter(map(content, first)) & Counter(map(content, second))
    return _rest(first, common, content), _rest(second, common, content)


def _rest(records: list[_Record], common: Counter[Hashable], content: Callable[[_Record], Hashable]) -> list[_Record]:
    left, rest = Counter(common), []
    for record in records:
        if left[content(record)]:
            left[content(record)] -= 1
        else:
            rest.append(record)
    return rest


def paired(
    old: list[_Record], new: list[_Record], *identities: Callable[[_Record], Hashable]
) -> tuple[list[tuple[_Record, _Record]], list[_Record], list[_Record]]:
    """Pair the records of two sides by the first identity that both have; return pairs, and the rest of each side."""
    pairs: list[tuple[_Record, _Record]] = []
    for identity in identities:
        for one in list(old):
            other = next((two for two in new if identity(two) == identity(one)), None)
            if other is not None:
                pairs.append((one, other))
                old, new = [r for r in old if r is not one], [r for r in new if r is not other]
    return pairs, old, new


_EXACT_METHODS = frozenset({"", "hash", "gin", "gist", "spgist", "brin"})


def keys_and_indexes(side: Records, sides: Sides) -> tuple[list[KeyRecord], list[IndexRecord]]:
    """Return keys and indexes; a plain unique index is returned as the unique key that it is.

    NULLS NOT DISTINCT is left out where no column may be NULL, and options that decide how entries are stored.
    """
    required = {(one.table, one.name) for one in side.column if one.required}

    def nulls_count(table: str, names: Iterable[Any]) -> bool:
        return not all((table, name) in required for name in names)

    keys = [replace(one, nulls_equal=bool(one.nulls_equal) and nulls_count(one.table, one.columns)) for one in side.key]
    indexes = []
    for index in side.index:
        names = [part.get("column") for part in index.keys]
        # an index of an extension can have options that decide which rows it finds
        options = "" if index.method in _EXACT_METHODS else index.options
        nulls_equal = bool(index.nulls_equal) and nulls_count(index.table, names)
        one = replace(index, nulls_equal=nulls_equal, options=options)
        plain = not (one.where or one.method or one.options) and all(_is_plain(part) for part in one.keys)
        if one.unique and plain:
            columns = tuple(str(part["column"]) for part in one.keys)
            keys.append(KeyRecord(one.table, one.name, "unique", columns, bool(one.nulls_equal), one.include))
        else:
            indexes.append(one)
    return sides.unreported(keys), sides.unreported(indexes)


def _is_plain(part: Any) -> bool:
    return not any(value for name, value in part.items() if name != "column") and bool(part.get("column"))


def sequence_of(column: ColumnRecord) -> str:
    """Return the name of the sequence of a serial column."""
    return f"{column.table}_{column.name}_seq"


_CONFLICTS = {
    "": "refused, and only its statement is undone",
    "ignore": "ignored: the row is not stored, and the statement succeeds",
    "replace": "resolved: the other row is deleted, and a NULL becomes the default",
    "fail": "refused, and what its statement changed before stays",
    "rollback": "refused, and the whole transaction is rolled back",
}


def conflict_effect(on_conflict: str) -> str:
    """Return what it means that a constraint now has this ON CONFLICT clause."""
    return f"ON CONFLICT is {on_conflict.upper() or 'ABORT'}: a violation is {_CONFLICTS[on_conflict]}"


def deferral_effect(deferrable: str) -> str:
    """Return what it means that a constraint now has this deferral."""
    if not deferrable:
        return "it is not deferrable: a transaction can no longer break it for a moment"
    return "it is deferrable: a transaction can break it until it commits" + (
        "" if deferrable == "deferred" else ", if it asks for it"
    )
