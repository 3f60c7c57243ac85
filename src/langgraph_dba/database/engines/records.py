"""What an engine's catalogue tells, as plain records: each engine's reader fills them, nobody above asks a catalogue.

Names and texts are the engine's own. A field an engine has no notion of keeps its default.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Protocol, TypeVar, get_origin

from langgraph_dba.database.engines.base import Catalogue, Result

Names = tuple[str, ...]


class Reads(Protocol):
    """Whatever runs a SELECT with named parameters: a scratch connection, or one to somebody's own database."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run one statement."""
        ...


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A table, or a partition (`parent`) with its bound; `estimate` is what the engine believes it holds."""

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
    """`generated` is stored or virtual and then `default` its expression; `identity` always, by default or serial."""

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


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A primary key, or a unique constraint; any other kind is told by its definition alone."""

    table: str
    name: str
    kind: str
    columns: Names = ()
    nulls_equal: bool = False
    include: Names = ()
    deferrable: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A condition over some columns; the engine may not name it."""

    table: str
    name: str
    condition: str
    columns: Names = ()


@dataclass(frozen=True, slots=True)
class ForeignKeyRecord:
    """Actions as in SQL, in lower case with hyphens: `set-null`."""

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
    """Each key is a mapping with the fields of `IndexKey`; `method` is empty where it is the engine's usual one."""

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
    """`definition` is what follows the name; `indexes` are statements."""

    name: str
    definition: str
    materialised: bool = False
    options: str = ""
    comment: str = ""
    indexes: Names = ()


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A row-level rule of a table."""

    table: str
    name: str
    command: str = "all"
    permissive: bool = True
    roles: Names = ()
    using: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """What one role may do with one object, or with some of its columns."""

    on: str
    role: str
    privileges: Names
    columns: Names = ()
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role that the grants or policies name."""

    name: str
    attributes: Names = ()
    member_of: Names = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """Anything that its own text tells: a type, a routine, a trigger (`on` a table), a sequence (`on` a column)."""

    name: str
    definition: str
    kind: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that was found."""

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
    trigger: tuple[Definition, ...] = ()
    extension: tuple[Definition, ...] = ()


KINDS: Mapping[str, type[Any]] = {
    "table": TableRecord, "column": ColumnRecord, "key": KeyRecord, "check": CheckRecord,
    "foreign_key": ForeignKeyRecord, "index": IndexRecord, "view": ViewRecord, "policy": PolicyRecord,
    "role": RoleRecord, "grant": GrantRecord, "type": Definition, "sequence": Definition, "routine": Definition,
    "trigger": Definition, "extension": Definition,
}  # fmt: skip
_Record = TypeVar("_Record")


@cache
def sections(package: str, file: str) -> Mapping[str, str]:
    """Return the query of each kind of record from a file of an engine's package."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    parts = (section.partition("\n") for section in text.split("-- kind: ")[1:])
    return {kind.strip(): re.sub(r"^\s*--.*\n?", "", query, flags=re.MULTILINE).strip() for kind, _, query in parts}


def of_result(kind: type[_Record], result: Result) -> tuple[_Record, ...]:
    """Return a record for each row, whose columns are called like its fields; what is null keeps its default."""
    listed = {one.name for one in fields(kind) if get_origin(one.type) is tuple}  # type: ignore[arg-type]
    made = []
    for row in result.rows:
        told = zip(result.columns, row, strict=True)
        values = {name: _listed(value) if name in listed else value for name, value in told if value is not None}
        made.append(kind(**values))
    return tuple(made)


def _listed(value: Any) -> tuple[Any, ...]:
    """Engines without arrays give lists as JSON."""
    return tuple(json.loads(value) if isinstance(value, str) else value)


_LABELS = frozenset({"table", "on", "name", "role"})
_PASSING = frozenset({"estimate"})  # true today
_EXPRESSIONS = frozenset({"default", "condition", "where", "expression"})


def flat(records: Records, spelled: Callable[[str], str] = str) -> Catalogue:
    """Return the records as texts that can be compared; `spelled` gives expressions their one spelling."""
    found: Catalogue = {}
    for one in fields(records):
        kind = found.setdefault(one.name.replace("_", " "), {})
        for label, text in _flat(getattr(records, one.name), spelled):
            kind[label] = f"{kind[label]}; {text}" if label in kind else text
    return found


def _flat(rows: Sequence[Any], spelled: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        told = {one.name: getattr(row, one.name) for one in fields(row)}
        label = ".".join(str(told[name]) for name in ("on", "table", "name", "role") if told.get(name))
        parts = [
            f"{name} {_text(value, spelled if name in _EXPRESSIONS else str, spelled)}"
            for name, value in told.items()
            if name not in _LABELS | _PASSING and value not in ("", (), None, False)
        ]
        yield label, ", ".join(parts)


def _text(value: Any, shown: Callable[[str], str], spelled: Callable[[str], str]) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_text(one, shown, spelled) for one in value)})"
    if isinstance(value, Mapping):
        told = sorted((name, part) for name, part in value.items() if part not in ("", None, False))
        return " ".join(
            f"{name} {_text(part, spelled if name in _EXPRESSIONS else str, spelled)}" for name, part in told
        )
    return shown(value) if isinstance(value, str) else str(value)
