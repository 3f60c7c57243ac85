"""Catalogue entries as plain records, filled by the catalogue reader of each engine.

Names and texts are in the engine's own form. A field that does not apply to an engine keeps its default.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Protocol, TypeVar, get_origin

from langgraph_dba.database.engines.base import Catalogue, QueryResult

Names = tuple[str, ...]


class SelectRunner(Protocol):
    """Runs a SELECT with named parameters: a scratch connection or a connection to a user's database."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        """Run one statement."""
        ...


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A table, or a partition of `parent` with its bound; `estimate` is the engine's estimated number of rows."""

    name: str
    comment: str = ""
    options: Names = ()
    row_security: str = ""
    partitioned_by: str = ""
    parent: str = ""
    bound: str = ""
    estimate: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """A column. `generated` is `stored` or `virtual`, with the expression in `default`; empty for other columns.

    `identity` is `always`, `by default`, `serial` or (SQLite) `rowid`; `on_conflict` is SQLite's clause of NOT NULL.
    """

    table: str
    name: str
    type: str
    required: bool = False
    default: str | None = None
    collation: str = ""
    generated: str = ""
    identity: str = ""
    identity_options: str = ""
    labels: Names = ()
    comment: str = ""
    on_conflict: str = ""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A primary key or unique constraint (`on_conflict`: SQLite); other kinds have only a `definition`."""

    table: str
    name: str
    kind: str
    columns: Names = ()
    nulls_equal: bool = False
    include: Names = ()
    deferrable: str = ""
    definition: str = ""
    on_conflict: str = ""


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A CHECK constraint; `name` is empty if the engine does not name it."""

    table: str
    name: str
    condition: str
    columns: Names = ()

    def __post_init__(self) -> None:
        """Sort the columns: engines list them in the order of the table, which is no part of the check."""
        object.__setattr__(self, "columns", tuple(sorted(self.columns)))


@dataclass(frozen=True, slots=True)
class ForeignKeyRecord:
    """A foreign key; actions are in lower case with hyphens, such as `set-null`."""

    table: str
    name: str
    columns: Names
    target: str
    target_columns: Names
    on_delete: str = "no-action"
    on_update: str = "no-action"
    null_columns: Names = ()
    match_full: bool = False
    deferrable: str = ""
    validated: bool = True


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """An index; each key is a mapping with the fields of `IndexKey`; `method` is empty for the engine's default."""

    table: str
    name: str
    keys: tuple[Mapping[str, Any], ...]
    unique: bool = False
    method: str = ""
    include: Names = ()
    where: str = ""
    nulls_equal: bool = False
    options: str = ""


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """A view; `definition` is the text after its name, `indexes` are statements."""

    name: str
    definition: str
    materialised: bool = False
    options: str = ""
    comment: str = ""
    indexes: Names = ()


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A row-level security policy of a table."""

    table: str
    name: str
    command: str = "all"
    permissive: bool = True
    roles: Names = ()
    using: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """The privileges of one role on one object, or on some of its columns."""

    on: str
    role: str
    privileges: Names
    columns: Names = ()
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role that grants or policies refer to."""

    name: str
    attributes: Names = ()
    member_of: Names = ()
    owns: Names = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """An object that its text describes: a type, a routine, a trigger (`on` a table), a sequence (`on` a column)."""

    name: str
    definition: str
    kind: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class OtherRecord:
    """An object or a property that only its statements describe: `definition` creates it, `drop` undoes it.

    `position` is `first`, `before-tables`, `before-views` or `last`; `drop` is empty if dropping a table removes it.
    """

    name: str
    kind: str
    definition: str
    position: str = "last"
    drop: str = ""


@dataclass(frozen=True, slots=True)
class LossRecord:
    """An object or a property that the records do not describe, with the reason."""

    name: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Records:
    """All records of one database or schema."""

    table: tuple[TableRecord, ...] = ()
    column: tuple[ColumnRecord, ...] = ()
    key: tuple[KeyRecord, ...] = ()
    check: tuple[CheckRecord, ...] = ()
    foreign_key: tuple[ForeignKeyRecord, ...] = ()
    index: tuple[IndexRecord, ...] = ()
    view: tuple[ViewRecord, ...] = ()
    policy: tuple[PolicyRecord, ...] = ()
    role: tuple[RoleRecord, ...] = ()
    grant: tuple[GrantRecord, ...] = ()
    type: tuple[Definition, ...] = ()
    sequence: tuple[Definition, ...] = ()
    routine: tuple[Definition, ...] = ()
    called_routine: tuple[Definition, ...] = ()  # in other schemas, called by policies
    trigger: tuple[Definition, ...] = ()
    extension: tuple[Definition, ...] = ()
    other: tuple[OtherRecord, ...] = ()
    lost: tuple[LossRecord, ...] = ()


KINDS: Mapping[str, type[Any]] = {
    "table": TableRecord, "column": ColumnRecord, "key": KeyRecord, "check": CheckRecord,
    "foreign_key": ForeignKeyRecord, "index": IndexRecord, "view": ViewRecord, "policy": PolicyRecord,
    "role": RoleRecord, "grant": GrantRecord, "type": Definition, "sequence": Definition, "routine": Definition,
    "called_routine": Definition,
    "trigger": Definition, "extension": Definition, "other": OtherRecord, "lost": LossRecord,
}  # fmt: skip
_Record = TypeVar("_Record")


@cache  # read in every comparison of two catalogues
def sections(package: str, file: str) -> Mapping[str, str]:
    """Return the query for each kind of record from a `.sql` file of an engine's package."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    parts = (section.partition("\n") for section in text.split("-- kind: ")[1:])
    return {kind.strip(): re.sub(r"^\s*--.*\n?", "", query, flags=re.MULTILINE).strip() for kind, _, query in parts}


def records_from_result(kind: type[_Record], result: QueryResult) -> tuple[_Record, ...]:
    """Return one record per row; columns are named like the fields, and NULL leaves the default of a field."""
    tuple_fields = {one.name for one in fields(kind) if get_origin(one.type) is tuple}  # type: ignore[arg-type]
    records = []
    for row in result.rows:
        pairs = zip(result.columns, row, strict=True)
        values = {
            name: _as_tuple(value) if name in tuple_fields else value for name, value in pairs if value is not None
        }
        records.append(kind(**values))
    return tuple(records)


def _as_tuple(value: Any) -> tuple[Any, ...]:
    # MariaDB has no arrays: its queries return lists as JSON
    return tuple(json.loads(value) if isinstance(value, str) else value)


_LABELS = frozenset({"table", "on", "name", "role"})
_VOLATILE = frozenset({"estimate"})  # ANALYZE changes it: no difference between two schemas
_VOLATILE_KINDS = frozenset({"next number"})  # an INSERT that is rolled back changes it
# SQLite stores these as they were typed: they are normalised before a comparison.
_EXPRESSIONS = frozenset({"default", "condition", "where", "expression"})


def to_catalogue(records: Records, normalise_expression: Callable[[str], str] = str) -> Catalogue:
    """Return the records as comparable texts; `normalise_expression` returns one form for equal expressions."""
    catalogue: Catalogue = {}
    for one in fields(records):
        kind = catalogue.setdefault(one.name.replace("_", " "), {})
        for label, text in _labelled_texts(getattr(records, one.name), normalise_expression):
            # unnamed constraints of one table (SQLite) have the same label
            kind[label] = f"{kind[label]}; {text}" if label in kind else text
    return catalogue


def _labelled_texts(rows: Sequence[Any], normalise_expression: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if getattr(row, "kind", "") in _VOLATILE_KINDS:
            continue
        values = {one.name: getattr(row, one.name) for one in fields(row)}
        label = ".".join(str(values[name]) for name in ("on", "table", "name", "role") if values.get(name))
        parts = [
            f"{name} {_text(value, normalise_expression if name in _EXPRESSIONS else str, normalise_expression)}"
            for name, value in values.items()
            # defaults are omitted: a field that does not apply to an engine is no part of the definition
            if name not in _LABELS | _VOLATILE and value not in ("", (), None, False)
        ]
        yield label, ", ".join(parts)


def _text(value: Any, render: Callable[[str], str], normalise_expression: Callable[[str], str]) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_text(one, render, normalise_expression) for one in value)})"
    if isinstance(value, Mapping):
        parts = sorted((name, part) for name, part in value.items() if part not in ("", None, False))
        return " ".join(
            f"{name} {_text(part, normalise_expression if name in _EXPRESSIONS else str, normalise_expression)}"
            for name, part in parts
        )
    return render(value) if isinstance(value, str) else str(value)
