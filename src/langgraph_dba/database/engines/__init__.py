"""Database engines. Only the sub-packages of this package import database drivers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from langgraph_dba.cancellation import Cancellation, Cancelled, check_cancelled
from langgraph_dba.database.engines.base import (
    MISSING_CAPABILITIES,
    Catalogue,
    Connection,
    Engine,
    Fill,
    QueryResult,
    Rejected,
    Role,
    Scratch,
    Traits,
    difference,
    equal_catalogues,
)
from langgraph_dba.database.engines.condition import LiveCondition
from langgraph_dba.database.engines.live.reader_protocol import Reader
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.records import Records, SelectRunner
from langgraph_dba.database.engines.sql_templates import SqlTemplates
from langgraph_dba.database.engines.time_limit import budget, out_of_time
from langgraph_dba.errors import EngineError, EngineUnavailable, InputError
from langgraph_dba.plugins import plugin_points

if TYPE_CHECKING:  # imports SQLAlchemy, which the traits of an engine do not need
    from langgraph_dba.database.engines.type_table import TypeTable

__all__ = [
    "DEFAULT_ENGINES",
    "ENGINES",
    "MISSING_CAPABILITIES",
    "Catalogue",
    "Connection",
    "Engine",
    "Fill",
    "LiveCondition",
    "Plan",
    "QueryResult",
    "Reader",
    "Records",
    "Rejected",
    "Role",
    "Scratch",
    "SqlTemplates",
    "Traits",
    "all_engines",
    "budget",
    "close_shared_engines",
    "difference",
    "engines_for",
    "equal_catalogues",
    "open_engine",
    "open_reader",
    "out_of_time",
    "read_catalogue",
    "read_condition",
    "start_in_background",
    "traits_here",
    "traits_of",
    "types_of",
]

# The entry point of an engine is `name = package.engine:Class`. The same package has the modules `traits` (TRAITS and
# traits_of_version), `types` (TYPES), `catalogue` (read), `condition` (read) and `live` (open_reader).
GROUP = "langgraph_dba.engines"
# Built-in engines are entry points too: they are loaded in the same way, and importing this module imports no driver.
_OURS = {
    name: EntryPoint(name, f"{__name__}.{name}.engine:{kind}", GROUP)
    for name, kind in (("sqlite", "SqliteEngine"), ("postgresql", "PostgresEngine"), ("mariadb", "MariadbEngine"))
}
ENGINES = tuple(_OURS)
DEFAULT_ENGINES = ("sqlite", "postgresql")  # pip installs them completely; MariaDB needs an installed server


def _points() -> Mapping[str, EntryPoint]:
    """Return the entry points of the built-in engines, then those of other packages."""
    return _OURS | {point.name: point for point in plugin_points(GROUP) if point.name not in _OURS}


def all_engines() -> tuple[str, ...]:
    """Return the names of the built-in engines and of those of other packages."""
    return tuple(_points())


def _part(name: str, part: str) -> Any:
    """Import a module of an engine's package; EngineUnavailable with the install command if its driver cannot be used.

    An error of a built-in engine's own module is a fault of this package and is raised as it is.
    """
    if name not in _points():
        raise InputError(f"there is no engine {name!r}: choose from {', '.join(all_engines())}")
    package = _points()[name].module.rpartition(".")[0]
    try:
        return import_module(f"{package}.{part}")
    except Exception as error:
        lacking = str(getattr(error, "name", "") or "").partition(".")[0]
        own = package.partition(".")[0]
        if not isinstance(error, ImportError) or lacking == own:
            if name in _OURS:
                raise
            raise EngineUnavailable(f"{name} of {own} cannot be used: {type(error).__name__}: {error}") from None
        hint = getattr(import_module(package), "INSTALL_HINT", f"pip install {lacking or own}")
        if isinstance(error, ModuleNotFoundError):
            raise EngineUnavailable(f"{name} needs {lacking}, which is not installed: {hint}") from None
        # a driver that is installed and lacks a library, or has a version without what is imported
        problem = " ".join(str(error).split())
        raise EngineUnavailable(f"{name} cannot be used: its driver cannot be imported: {problem}: {hint}") from None


def open_engine(name: str) -> Engine:
    """Return the engine of that name, not started; InputError for an unknown name, EngineUnavailable without driver."""
    kind = getattr(_part(name, "engine"), _points()[name].attr, None)
    if kind is None:
        raise EngineUnavailable(f"{name} cannot be used: {_points()[name].value} does not exist")
    engine: Engine = kind()
    return engine


def traits_of(name: str, version: str | None = None) -> Traits:
    """Return the traits of an engine without starting it: of `version`, or of the newest one."""
    module = _part(name, "traits")
    traits: Traits = module.TRAITS if version is None else module.traits_of_version(version)
    return traits


def _shared_engine(name: str) -> Engine | EngineUnavailable:
    lock = _START_LOCKS[name]  # two threads would start two servers
    while not lock.acquire(timeout=_LOOK_S):
        check_cancelled()  # the other start does not end with the run of this one
    try:
        return _started(name)
    finally:
        lock.release()


_LOOK_S = 0.05
_START_LOCKS: defaultdict[str, Lock] = defaultdict(Lock)


def close_shared_engines() -> None:
    """Stop what the engines of `engines_for` have started or are starting; the next use starts it again."""
    for cancellation in list(_STARTING):
        cancellation.request()
    for engine in _OPEN:
        engine.close()


_OPEN: list[Engine] = []
_STARTING: set[Cancellation] = set()


@cache
def _started(name: str) -> Engine | EngineUnavailable:
    try:
        engine = open_engine(name)
        _OPEN.append(engine)  # before it starts, which can be too late to stop it
        engine.version()
    except EngineUnavailable as error:
        return error
    return engine


def start_in_background(names: Sequence[str]) -> None:
    """Start the engines that `engines_for` will return; InputError for an unknown name."""
    for name in names:
        traits_of(name)
    # not daemons: the interpreter waits for them at its end, so that each server is known to its exit handler
    for name in names:
        _STARTING.add(cancellation := Cancellation())
        Thread(target=_start, args=(name, cancellation), name=f"start {name}").start()


def _start(name: str, cancellation: Cancellation) -> None:
    try:
        with suppress(EngineError, Cancelled), cancellation.active():  # the first use tries again
            _shared_engine(name)
    finally:
        _STARTING.discard(cancellation)


def engines_for(names: Sequence[str]) -> Mapping[str, Engine | EngineUnavailable]:
    """Return the started engines by name; an engine that cannot be used is represented by its error.

    All callers in this process share them; they stop when the process ends, even if it is killed.
    """
    # shared: starting a server for each agent of a session would take longer than the work of the agent
    return {name: _shared_engine(name) for name in names}


def traits_here(name: str) -> Traits:
    """Return the traits of the version that this process uses, or of the newest one if the engine is unavailable."""
    engine = _shared_engine(name)
    return traits_of(name) if isinstance(engine, EngineUnavailable) else engine.traits


def types_of(traits: Traits) -> "TypeTable":
    """Return the table of an engine's types for the logical types."""
    return _type_table(traits.name)


@cache  # called for each column
def _type_table(name: str) -> "TypeTable":
    table: TypeTable = _part(name, "types").TYPES
    return table


def read_catalogue(connection: SelectRunner, traits: Traits, namespace: str = "") -> Records:
    """Read the catalogue of a database with SELECTs; `namespace` is a PostgreSQL schema, empty for the current one."""
    records: Records = _part(traits.name, "catalogue").read(connection, namespace)
    return records


def read_condition(connection: SelectRunner, traits: Traits) -> LiveCondition:
    """Read the condition of a live database with reads only; what cannot be read is listed in `unreadable`."""
    condition: LiveCondition = _part(traits.name, "condition").read(connection)
    return condition


def open_reader(name: str, url: str, trusted_functions: Sequence[str] = (), *, limit_s: float = 30.0) -> Reader:
    """Connect to a user's database for reading; `engines/live/` validates each statement before it is sent.

    EngineError if connecting fails, or takes longer than `limit_s` seconds.
    """
    reader: Reader = _part(name, "live").open_reader(url, trusted_functions, limit_s)
    return reader
