"""The condition of a live database as plain records: what its catalogue and its data show beside the schema.

Each engine fills the records with the queries of its `condition.sql`. Names of tables, columns and indexes are as SQL
writes them: qualified if they are not in the search path, quoted if necessary. A record that does not apply to an
engine stays empty, and what the login may not read is listed in `LiveCondition.unreadable` with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.engines.base import QueryResult
from langgraph_dba.database.engines.records import Names, SelectRunner, records_from_result
from langgraph_dba.errors import EngineError, EngineFailed, OverBudget


@dataclass(frozen=True, slots=True)
class TableOwner:
    """A login, not a superuser, that owns tables; `current` is the login of the connection.

    `tables` are at most 20 of `total`; `exempt` are at most 20 of those whose row security does not apply to their
    owner.
    """

    role: str
    total: int
    current: bool = False
    tables: Names = ()
    exempt: Names = ()


@dataclass(frozen=True, slots=True)
class KeyPosition:
    """An integer column that identifies rows: its highest value, and the largest one of its type.

    `next_value` is what its sequence returns next, None without a sequence; the sequence ends at `sequence_maximum`.
    `narrower` are the columns of smaller types that reference it (`orders.customer_id integer`), the smallest of which
    holds values up to `narrowest_maximum`. `widen` is the statement that gives the column a larger type.
    """

    table: str
    column: str
    type: str
    maximum: int
    highest: int | None = None
    unique: bool = True
    sequence: str = ""
    next_value: int | None = None
    sequence_maximum: int | None = None
    narrower: Names = ()
    narrowest_maximum: int | None = None
    widen: str = ""

    @property
    def counted(self) -> int:
        """The highest value that the sequence has returned; 0 without a sequence."""
        return (self.next_value or 1) - 1

    @property
    def end(self) -> int:
        """The largest value that the column, its sequence and every column that references it can hold."""
        ends = (self.maximum, self.sequence_maximum, self.narrowest_maximum)
        return min(end for end in ends if end is not None)


@dataclass(frozen=True, slots=True)
class InvalidIndex:
    """An index that the engine maintains but does not use; `definition` is its CREATE statement."""

    table: str
    name: str
    definition: str
    unique: bool = False


@dataclass(frozen=True, slots=True)
class CollationVersion:
    """A collation whose library has another version than when its indexes were built; `kind`: database or collation.

    `indexes` are at most 20 that are sorted by it.
    """

    kind: str
    name: str
    recorded: str
    actual: str
    indexes: Names = ()


@dataclass(frozen=True, slots=True)
class TransactionAge:
    """The age of a database's oldest transaction or multixact id; `freeze_age` is where forced vacuums begin."""

    database: str
    kind: str
    age: int
    freeze_age: int
    oldest_table: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaIdentity:
    """A table without an identity by which a replica finds the row to change; `published` if changes are replicated.

    `identity` is `default` (the primary key, which is missing), `nothing`, or `no key`.
    """

    table: str
    identity: str
    published: bool = False


@dataclass(frozen=True, slots=True)
class OpenSchema:
    """A schema in which every login may create objects."""

    name: str


@dataclass(frozen=True, slots=True)
class ExtensionVersion:
    """An extension with another version than the installed program files."""

    name: str
    installed: str
    available: str


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """A table with rows and without statistics for the planner: its size without indexes, or its number of rows.

    `rows` counts no further than the number from which statistics matter; either is 0 if the engine does not tell it.
    `gather` is the statement that collects them.
    """

    table: str
    gather: str
    size_bytes: int = 0
    rows: int = 0
    partitioned: bool = False


@dataclass(frozen=True, slots=True)
class TableStorage:
    """A table whose storage engine has no transactions."""

    table: str
    storage: str


@dataclass(frozen=True, slots=True)
class LoginPrivileges:
    """All privileges of the connection's login `on` a database, or on all (`*.*`)."""

    login: str
    on: str


@dataclass(frozen=True, slots=True)
class IntegrityProblem:
    """A damaged part of the file (`kind`: damage) or rows that reference no row (`kind`: reference).

    `at_least` if counting stopped at a limit.
    """

    kind: str
    message: str
    table: str = ""
    count: int = 1
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of the condition that was not read: `kind` of record, `name` of the object (empty: all), the reason."""

    kind: str
    reason: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip() + f": {self.reason}"


@dataclass(frozen=True, slots=True)
class LiveCondition:
    """The condition of one database: records by kind, and what could not be read."""

    engine: str
    owner: tuple[TableOwner, ...] = ()
    key: tuple[KeyPosition, ...] = ()
    invalid_index: tuple[InvalidIndex, ...] = ()
    collation: tuple[CollationVersion, ...] = ()
    age: tuple[TransactionAge, ...] = ()
    replica_identity: tuple[ReplicaIdentity, ...] = ()
    open_schema: tuple[OpenSchema, ...] = ()
    extension: tuple[ExtensionVersion, ...] = ()
    statistics: tuple[TableStatistics, ...] = ()
    storage: tuple[TableStorage, ...] = ()
    privileges: tuple[LoginPrivileges, ...] = ()
    integrity: tuple[IntegrityProblem, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


CONDITION_KINDS: Mapping[str, type[Any]] = {
    "owner": TableOwner, "key": KeyPosition, "invalid_index": InvalidIndex, "collation": CollationVersion,
    "age": TransactionAge, "replica_identity": ReplicaIdentity, "open_schema": OpenSchema,
    "extension": ExtensionVersion, "statistics": TableStatistics, "storage": TableStorage,
    "privileges": LoginPrivileges, "integrity": IntegrityProblem,
}  # fmt: skip


class ConditionReader:
    """Collects the records of one database; a refused query becomes an `Unreadable` record instead of an error."""

    def __init__(self, connection: SelectRunner, engine: str, *, survives_failures: bool = False) -> None:
        """Use an open connection; `survives_failures` if the statement after a failed one can succeed."""
        self.connection = connection
        self._fatal = (OverBudget,) if survives_failures else (OverBudget, EngineFailed)
        self._engine = engine
        self._records: dict[str, tuple[Any, ...]] = {}
        self._unreadable: list[Unreadable] = []

    def run(self, kind: str, sql: str, name: str = "") -> QueryResult | None:
        """Return the result of one query; None if the engine refused it, or if it exceeded a limit."""
        try:
            return self.connection.run(sql)
        except self._fatal:
            raise  # no later query would succeed
        except EngineError as error:
            self.skip(kind, str(error), name)
            return None

    def read(self, kind: str, sql: str) -> None:
        """Add the records of one kind from the rows of a query."""
        result = self.run(kind, sql)
        if result:
            self.add(kind, records_from_result(CONDITION_KINDS[kind], result))

    def add(self, kind: str, records: tuple[Any, ...]) -> None:
        """Add records of one kind."""
        self._records[kind] = (*self._records.get(kind, ()), *records)

    def skip(self, kind: str, reason: str, name: str = "") -> None:
        """State that a part was not read."""
        self._unreadable.append(Unreadable(kind, reason, name))

    def condition(self) -> LiveCondition:
        """Return everything that was collected."""
        return LiveCondition(self._engine, **self._records, unreadable=tuple(self._unreadable))
