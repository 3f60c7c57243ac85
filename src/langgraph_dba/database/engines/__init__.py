"""The engines: each opens scratch databases and says what it can do. This folder alone knows drivers."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

from langgraph_dba.database.engines.base import (
    LACKING,
    Catalogue,
    Connection,
    Engine,
    Fill,
    Rejected,
    Result,
    Role,
    Scratch,
    Traits,
    difference,
)
from langgraph_dba.database.engines.live.reader_protocol import Reader
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.records import Reads, Records
from langgraph_dba.database.engines.sql_templates import Words
from langgraph_dba.database.engines.time_limit import budget, out_of_time
from langgraph_dba.errors import EngineUnavailable, InputError
from langgraph_dba.plugins import plugin_points

if TYPE_CHECKING:  # it loads SQLAlchemy, which reading the traits of an engine does not need
    from langgraph_dba.database.engines.type_table import TypeTable

__all__ = [
    "DEFAULT_ENGINES",
    "ENGINES",
    "LACKING",
    "Catalogue",
    "Connection",
    "Engine",
    "Fill",
    "Plan",
    "Reader",
    "Records",
    "Rejected",
    "Result",
    "Role",
    "Scratch",
    "Traits",
    "Words",
    "all_engines",
    "budget",
    "difference",
    "engines_for",
    "open_engine",
    "open_reader",
    "out_of_time",
    "read_catalogue",
    "traits_here",
    "traits_of",
    "type_table",
]

# An engine is a package: entry points `name = package.engine:Class`, beside which stand `traits` (TRAITS and
# traits_of_version), `types` (TYPES), `catalogue` (read) and `live` (open_reader).
GROUP = "langgraph_dba.engines"
_OURS = {
    name: EntryPoint(name, f"{__name__}.{name}.engine:{kind}", GROUP)
    for name, kind in (("sqlite", "SqliteEngine"), ("postgresql", "PostgresEngine"), ("mariadb", "MariadbEngine"))
}
ENGINES = tuple(_OURS)
DEFAULT_ENGINES = ("sqlite", "postgresql")  # those that packages alone bring


def _points() -> Mapping[str, EntryPoint]:
    """Our engines and, behind them, those that other packages bring."""
    return _OURS | {point.name: point for point in plugin_points(GROUP) if point.name not in _OURS}


def all_engines() -> tuple[str, ...]:
    """Return the names of our engines and of those that other packages bring."""
    return tuple(_points())


def _part(name: str, part: str) -> Any:
    """Return a module of an engine's package, loaded when asked for: a missing driver is one line, not a traceback."""
    if name not in _points():
        raise InputError(f"there is no engine {name!r}: choose from {', '.join(all_engines())}")
    package = _points()[name].module.rpartition(".")[0]
    try:
        return import_module(f"{package}.{part}")
    except ImportError as error:
        lacking = str(error.name).partition(".")[0]
        hint = getattr(import_module(package), "INSTALL_HINT", f"pip install {lacking}")
        raise EngineUnavailable(f"{name} needs {lacking}, which is not installed: {hint}") from None


def open_engine(name: str) -> Engine:
    """Return the engine of that name, not yet started; InputError for an unknown name, EngineUnavailable here."""
    engine: Engine = getattr(_part(name, "engine"), _points()[name].attr)()
    return engine


def traits_of(name: str, version: str | None = None) -> Traits:
    """Return what an engine can do, without opening it: in that version, else in the one we know best."""
    module = _part(name, "traits")
    traits: Traits = module.TRAITS if version is None else module.traits_of_version(version)
    return traits


@cache
def _started(name: str) -> Engine | EngineUnavailable:
    try:
        engine = open_engine(name)
        engine.version()
    except EngineUnavailable as error:
        return error
    return engine


def engines_for(names: Sequence[str]) -> Mapping[str, Engine | EngineUnavailable]:
    """Return engines that this process shares, started; one that cannot be used here stands as its error.

    They stop with the process, however it ends: starting a server for each of a session's agents would cost more than
    their work.
    """
    return {name: _started(name) for name in names}


def traits_here(name: str) -> Traits:
    """Return what the engine can do in the version that this process uses; where none can be used, as `traits_of`."""
    engine = _started(name)
    return traits_of(name) if isinstance(engine, EngineUnavailable) else engine.traits


def type_table(traits: Traits) -> "TypeTable":
    """Return how an engine stores the logical types."""
    return _type_table(traits.name)  # asked for each column


@cache
def _type_table(name: str) -> "TypeTable":
    table: TypeTable = _part(name, "types").TYPES
    return table


def read_catalogue(connection: Reads, traits: Traits, namespace: str = "") -> Records:
    """Return what a database holds, by SELECT alone; `namespace` names a schema of PostgreSQL, else the current one."""
    records: Records = _part(traits.name, "catalogue").read(connection, namespace)
    return records


def open_reader(name: str, url: str) -> Reader:
    """Connect to a user's database for reading only; `engines/live/` decides which statements reach it."""
    reader: Reader = _part(name, "live").open_reader(url)
    return reader
