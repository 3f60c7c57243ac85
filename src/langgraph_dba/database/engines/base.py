"""What every engine offers, so that nothing above this folder ever sees a driver's type.

An engine opens *scratch* databases: disposable, its own, thrown away. A scratch database opens connections in a role.
A connection runs statements, loads rows, explains, and reads its catalogue. Errors arrive as `Rejected`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.sql_templates import Words
from langgraph_dba.errors import EngineError

Role = Literal["owner", "app", "superuser"]
ViolationKind = Literal[
    "unique", "foreign-key", "check", "not-null", "type", "permission", "syntax", "missing", "time-limit", "other"
]

# kind of object -> its qualified name -> its definition, as the engine's own catalogue tells it
Catalogue = dict[str, dict[str, str]]


_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(maxsize=512)  # proofs and the generator run the same statement many times
def with_markers(sql: str, form: str) -> str:
    """Return a statement with each `:name` in a driver's own form, such as `%({})s`, and each `%` doubled."""
    return _NAMED.sub(lambda match: form.format(match.group(1)), sql.replace("%", "%%"))


class Rejected(EngineError):
    """The engine refused a statement: which kind of rule spoke, its name where the engine tells it, and its words."""

    def __init__(self, kind: ViolationKind, message: str, *, constraint: str = "") -> None:
        """Keep the three; `message` is the engine's own, on one line."""
        self.kind: ViolationKind = kind
        self.constraint = constraint
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True, slots=True)
class Traits:
    """What an engine can do. Where it cannot, the fallback is stated in `fallbacks`."""

    name: str
    dialect: str  # the name that SQLAlchemy and sqlglot know it by
    title: str
    roles: bool  # logins with rights of their own; needed for any isolation the engine itself keeps
    row_level_security: bool
    exact_decimals: bool  # without: whole minor units in an integer
    native_booleans: bool  # without: 0 and 1, checked
    native_temporal: bool  # without: text in UTC, checked
    null_some_columns: bool  # ON DELETE SET NULL (column)
    include_columns: bool  # INCLUDE (column) in an index
    identity_columns: bool  # GENERATED AS IDENTITY; without: an integer primary key counts by itself
    adds_constraints: bool  # to a table that exists
    transactional_ddl: bool  # without: a script that is refused half-way stays half done
    bare_references: bool  # takes a foreign key without an index; otherwise it makes the index itself
    sessions_have_time_zones: bool
    zoned_instants: bool  # an instant is stored differently from a time of the wall
    counts_index_scans: bool
    backslash_escapes: bool  # inside a text; elsewhere a backslash is a letter
    names_keys: (
        bool  # says by name which key was violated; without: the columns of a unique one, nothing of a foreign one
    )
    counts_pages: bool  # tells how many pages a statement touched
    measures_bloat: bool  # tells how full the leaves of an index are
    copies_databases: bool  # a scratch database is a copy of a template; without, its statements run again
    words: Words  # how it writes what data are generated with
    security_invoker_views: bool = False  # a view that reads with its caller's rights
    nulls_not_distinct: bool = True  # UNIQUE may be asked to take NULL once
    native_uuids: bool = True  # without: 36 letters
    returning: bool = True  # INSERT … RETURNING
    collation: str = ""  # that of a database's texts, where an engine asks for one
    chooses_copying: bool = False  # CREATE DATABASE … STRATEGY
    primary_key_name: str = ""  # what every primary key is called, whatever name it was given; empty: its own
    key_bytes: int = 0  # the greatest length of an index's key: longer texts are indexed by their beginning; 0: none
    keeps: frozenset[str] = frozenset()  # what its catalogue can tell again; the names are those of `schema/kept.py`
    table_options: Mapping[str, Any] = field(default_factory=dict)  # what SQLAlchemy's `Table` takes beside columns
    fallbacks: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether an engine has a trait, or keeps a feature (a name with a hyphen) in its catalogue."""
        return name in self.keeps or bool(getattr(self, name.replace("-", "_"), False))


# What an engine without a trait is told to lack, where the name alone would not do.
LACKING: Mapping[str, str] = {
    "row_level_security": "has no row-level security",
    "counts_pages": "does not tell how many pages a statement touches",
    "measures_bloat": "does not tell how full an index is",
    "partial-indexes": "has no index that leaves rows out",
    "operator-classes": "has no kinds of index to choose operators for",
}


@dataclass(frozen=True, slots=True)
class Result:
    """Rows as tuples, the names of their columns, and how many rows a statement touched."""

    rows: tuple[tuple[Any, ...], ...]
    columns: tuple[str, ...]
    touched: int

    @property
    def scalar(self) -> Any:
        """The first column of the first row, or None without rows."""
        return self.rows[0][0] if self.rows else None


class Connection(Protocol):
    """An open link in one role. Parameters are named and written `:name`."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run one statement and return what it gave; Rejected if the engine refuses."""
        ...

    def script(self, sql: str) -> None:
        """Run many statements, all or none."""
        ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Insert rows in bulk and return how many."""
        ...

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> Result | Rejected:
        """Run statements and undo them all; return the last one's result, or how the first refused one was refused."""
        ...

    def transaction(self, settings: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
        """Open a transaction with transaction-local settings; commit at its end, roll back on an exception."""
        ...

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        """Return the plan of a statement; with `run` it is run and undone, and the plan has actual rows and times.

        With `few_rows`, an index that could be searched counts although reading so small a table is cheaper.
        """
        ...

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement, undo it, and return what it cost: pages touched, or steps of the engine's machine.

        Only ratios between two statements on the same engine mean anything.
        """
        ...

    def scans(self, table: str) -> tuple[int, int]:
        """Return how often a table was read from end to end, and through an index; EngineError if nobody counts."""
        ...

    def analyze(self, table: str = "") -> None:
        """Let the planner learn what a table holds, or all of them; the name stands without quotes."""
        ...

    def set_time_zone(self, zone: str) -> None:
        """Let this connection show instants in a zone, where the engine has such a notion."""
        ...

    def catalogue(self) -> Catalogue:
        """Read what exists: tables, columns, constraints, indexes, policies, grants, views, triggers."""
        ...

    def close(self) -> None:
        """Close the link."""
        ...


@dataclass(frozen=True, slots=True)
class Fill:
    """Rows for a scratch database; `key` stands for what `load` puts in: the same key, the same rows."""

    key: str
    load: Callable[[Connection], object]


class Scratch(Protocol):
    """A disposable database."""

    def connect(self, role: Role = "owner") -> AbstractContextManager[Connection]:
        """Open a connection in a role: `owner` owns the tables, `app` is what the application logs in as."""
        ...

    def url(self, role: Role = "owner") -> str:
        """Return a SQLAlchemy URL of this database for a subprocess; holds a throw-away password."""
        ...


class Engine(Protocol):
    """SQLite, PostgreSQL, …: opens scratch databases and says what it can do."""

    traits: Traits

    def version(self) -> str:
        """Return the version that answers, such as `18.6`; starts the engine if need be."""
        ...

    @property
    def origin(self) -> str:
        """Where it comes from: a package, a program of the machine, a URL without its password."""
        ...

    def features(self) -> Mapping[str, str]:
        """Return what this installation brings beyond the rest, by what it is for; starts the engine if need be."""
        ...

    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> AbstractContextManager[Scratch]:
        """Make a disposable database in which `ddl` was run by its owner; Rejected if the engine refuses it.

        Where the engine copies databases, the same `ddl` and `fill` are run once and copied.
        """
        ...

    def close(self) -> None:
        """Stop what was started."""
        ...


def difference(before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """Return one line for each object that only one of two catalogues has, or that they define differently."""
    return tuple(_differences(before, after))


def _differences(before: Catalogue, after: Catalogue) -> Iterator[str]:
    for kind in sorted(before.keys() | after.keys()):
        old, new = before.get(kind, {}), after.get(kind, {})
        yield from (f"{kind} {name} is missing" for name in sorted(old.keys() - new.keys()))
        yield from (f"{kind} {name} was not there before" for name in sorted(new.keys() - old.keys()))
        for name in sorted(old.keys() & new.keys()):
            if old[name] != new[name]:
                yield f"{kind} {name}: {old[name]} became {new[name]}"
