"""Protocols that every engine implements; code above this package uses no type of a driver.

An engine opens *scratch* databases, which are dropped after use. A scratch database opens connections in a role. A
connection runs statements, loads rows, returns plans and reads its catalogue. A refused statement raises `Rejected`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.sql_templates import SqlTemplates
from langgraph_dba.errors import EngineError

Role = Literal["owner", "app", "superuser"]
ViolationKind = Literal[
    "unique", "foreign-key", "check", "not-null", "type", "permission", "syntax", "missing", "time-limit", "trigger",
    "other",
]  # fmt: skip

# kind of object -> qualified name -> definition in the engine's own form
Catalogue = dict[str, dict[str, str]]


_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(maxsize=512)  # proofs and the generator run the same statement many times
def with_driver_placeholders(sql: str, form: str) -> str:
    """Return a statement with each `:name` in a driver's form, such as `%({})s`, and each `%` doubled."""
    return _NAMED.sub(lambda match: form.format(match.group(1)), sql.replace("%", "%%"))


class Rejected(EngineError):
    """The engine refused a statement: the kind of violation, the constraint if the engine names it, and the message."""

    def __init__(self, kind: ViolationKind, message: str, *, constraint: str = "") -> None:
        """Store the kind and the constraint; `message` is the engine's, joined to one line.

        The constraint of a value that its type does not list is the column or the type: an ENUM is a list of values.
        """
        self.kind: ViolationKind = kind
        self.constraint = constraint
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True, slots=True)
class Traits:
    """The capabilities of an engine in one version; `fallbacks` describes what replaces a missing one."""

    name: str
    dialect: str  # its name in SQLAlchemy and sqlglot
    title: str
    roles: bool  # logins with privileges of their own; required for isolation by the engine
    row_level_security: bool
    exact_decimals: bool  # without: minor units in an integer
    native_booleans: bool  # without: 0 and 1 with a CHECK
    native_temporal: bool  # without: text in UTC with a CHECK
    null_some_columns: bool  # ON DELETE SET NULL (column)
    include_columns: bool  # INCLUDE (column) in an index
    identity_columns: bool  # GENERATED AS IDENTITY; without: the integer primary key numbers itself
    adds_constraints: bool  # ALTER TABLE … ADD CONSTRAINT
    transactional_ddl: bool  # without: a script that fails half-way leaves its first half
    bare_references: bool  # a foreign key needs no index; otherwise the engine creates one
    sessions_have_time_zones: bool
    zoned_instants: bool  # an instant and a local date and time have different types
    counts_index_scans: bool
    backslash_escapes: bool  # in string literals; otherwise a backslash is an ordinary character
    # errors name the violated key; without: columns of a unique key, nothing for a foreign key
    names_keys: bool
    counts_pages: bool  # reports how many pages a statement read
    measures_bloat: bool  # reports how full the leaf pages of an index are
    copies_databases: bool  # a scratch database is a copy of a template; without: its statements run again
    sql_templates: SqlTemplates  # the expressions from which data are generated
    security_invoker_views: bool = False  # a view that reads with its caller's privileges
    nulls_not_distinct: bool = True  # UNIQUE NULLS NOT DISTINCT
    native_uuids: bool = True  # without: text of 36 characters
    accepts_any_target: bool = False  # creates a foreign key to nothing, and refuses the rows
    enforces_sizes: bool = True  # the declared size of an integer or a text limits its values
    savepoint_begins: bool = False  # SAVEPOINT outside of a transaction begins one
    statistics_of_indexes: bool = False  # a new index has none until ANALYZE; else they are those of the columns
    returning: bool = True  # INSERT … RETURNING
    collation: str = ""  # of a new database; empty if the engine's default is used
    chooses_copying: bool = False  # CREATE DATABASE … STRATEGY
    primary_key_name: str = ""  # the fixed name of every primary key; empty: the declared name
    key_bytes: int = 0  # longest index key: of longer texts a prefix is indexed; 0: no limit
    default_time_digits: int = 0  # fractional digits of a time type that declares none
    index_row_bytes: int = 0  # a row whose index key is longer is refused; 0: no such limit
    truncates: bool = True  # TRUNCATE
    one_writer: bool = False  # one transaction writes at a time: what its triggers read stays so until it ends
    checks_cascades: bool = True  # a CHECK may name a column that ON UPDATE CASCADE changes
    replaces_unseen: bool = False  # REPLACE deletes rows without running the triggers of DELETE
    lower_case: str = ""  # an expression for an index without regard to case; empty: a collation serves
    collation_without_case: str = ""
    without_overlaps: bool = False  # PERIOD FOR p (a, b), and UNIQUE (c, p WITHOUT OVERLAPS)
    keeps: frozenset[str] = frozenset()  # features that its catalogue returns as declared
    table_options: Mapping[str, Any] = field(default_factory=dict)  # keywords for SQLAlchemy's `Table`
    fallbacks: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Return whether the engine has a trait, or its catalogue returns a feature (a name with a hyphen)."""
        return name in self.keeps or bool(getattr(self, name.replace("-", "_"), False))


# Text for a missing trait, if "has no <name>" would not be clear.
MISSING_CAPABILITIES: Mapping[str, str] = {
    "row_level_security": "has no row-level security",
    "counts_pages": "does not report how many pages a statement reads",
    "measures_bloat": "does not report how full an index is",
    "partial-indexes": "has no partial indexes",
    "without_overlaps": "has no keys WITHOUT OVERLAPS",
    "operator-classes": "has no index methods with operator classes",
}


# Not frozen: Python needs 0.4 µs to create a frozen one, a third of a trivial statement on SQLite.
@dataclass(slots=True)
class QueryResult:
    """The result of one statement: rows as tuples, column names, number of affected rows."""

    rows: tuple[tuple[Any, ...], ...]
    columns: tuple[str, ...]
    affected_rows: int

    @property
    def scalar(self) -> Any:
        """The first column of the first row, or None without rows."""
        return self.rows[0][0] if self.rows else None


class Connection(Protocol):
    """An open connection in one role. Parameters are named and written `:name`."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        """Run one statement and return its result; Rejected if the engine refuses it."""
        ...

    def script(self, sql: str) -> None:
        """Run a script of statements in one transaction."""
        ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Insert rows in bulk and return their number."""
        ...

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> QueryResult | Rejected:
        """Run statements and roll them back; return the last result, or the first refusal."""
        ...

    def transaction(self, settings: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
        """Open a transaction with transaction-local settings; commit at the end, roll back on an exception."""
        ...

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        """Return the plan of a statement; `run` executes it, rolls it back and adds actual rows and times.

        `few_rows` makes the planner prefer an index although scanning so small a table is cheaper.
        """
        ...

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement, roll it back and return its cost: pages read, or steps of SQLite's virtual machine.

        Compare costs only between statements on the same engine.
        """
        ...

    def scans(self, table: str) -> tuple[int, int]:
        """Return the number of full and of index scans of a table; EngineError if the engine does not count them."""
        ...

    def analyze(self, table: str = "") -> None:
        """Update the planner's statistics of one table, or of all; `table` is the unquoted name."""
        ...

    def set_time_zone(self, zone: str) -> None:
        """Set the time zone in which this session returns instants; EngineError if the engine has none."""
        ...

    def catalogue(self) -> Catalogue:
        """Return the definitions of all tables, columns, constraints, indexes, policies, grants, views, triggers."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Fill:
    """Rows for a scratch database; `key` identifies them: the same key means the same rows."""

    key: str
    load: Callable[[Connection], object]


class Scratch(Protocol):
    """A disposable database."""

    def connect(self, role: Role = "owner") -> AbstractContextManager[Connection]:
        """Open a connection in a role: `owner` owns the tables, `app` is the login of the application."""
        ...

    def url(self, role: Role = "owner") -> str:
        """Return a SQLAlchemy URL of this database for a subprocess; it contains a temporary password."""
        ...


class Engine(Protocol):
    """An engine, such as SQLite: opens scratch databases and describes its capabilities."""

    traits: Traits

    def version(self) -> str:
        """Return the version of the engine, such as `18.6`; starts it if necessary."""
        ...

    @property
    def origin(self) -> str:
        """The source of the engine: a package, an installed program, or a URL without its password."""
        ...

    def features(self) -> Mapping[str, str]:
        """Return optional features of this installation by purpose; starts the engine if necessary."""
        ...

    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> AbstractContextManager[Scratch]:
        """Create a scratch database in which its owner ran `ddl`; Rejected if the engine refuses it.

        An engine that copies databases runs the same `ddl` and `fill` only once.
        """
        ...

    def provide_roles(self, names: Sequence[str]) -> str:
        """Let scripts name these roles, which get no login; return the reason if that is impossible here, else ""."""
        ...

    def close(self) -> None:
        """Stop the engine if it was started."""
        ...


def difference(before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """Return one line for each object that is missing, new or defined differently in `after`."""
    return tuple(_differences(before, after))


def _differences(before: Catalogue, after: Catalogue) -> Iterator[str]:
    for kind in sorted(before.keys() | after.keys()):
        old, new = before.get(kind, {}), after.get(kind, {})
        yield from (f"{kind} {name} is missing" for name in sorted(old.keys() - new.keys()))
        yield from (f"{kind} {name} was not there before" for name in sorted(new.keys() - old.keys()))
        for name in sorted(old.keys() & new.keys()):
            if old[name] != new[name]:
                yield f"{kind} {name}: {old[name]} became {new[name]}"


def equal_catalogues(one: Catalogue, other: Catalogue) -> bool:
    """Return whether two catalogues describe equal databases: without a difference, and nothing of either is lost."""
    return not (difference(one, other) or one.get("lost") or other.get("lost"))
