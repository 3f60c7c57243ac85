"""The engines: each opens scratch databases and says what it can do. This folder alone knows drivers."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

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
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.records import Reads, Records
from langgraph_dba.database.engines.time_limit import budget, out_of_time
from langgraph_dba.database.engines.words import Words
from langgraph_dba.errors import EngineUnavailable, InputError

__all__ = [
    "DEFAULT_ENGINES",
    "ENGINES",
    "LACKING",
    "Catalogue",
    "Connection",
    "Engine",
    "Fill",
    "Plan",
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
    "out_of_time",
    "read_catalogue",
    "traits_of",
]

# Modules by name, loaded when asked for: a missing driver is then one line, not a failed import.
_PLACES = {
    "sqlite": ("sqlite", "SqliteEngine"),
    "postgresql": ("postgresql", "PostgresEngine"),
    "mariadb": ("mariadb", "MariadbEngine"),
}
ENGINES = tuple(_PLACES)
# Entry points `name = package.module:Class` beside whose class the module has TRAITS and traits_of_version(version).
GROUP = "langgraph_dba.engines"
DEFAULT_ENGINES = ("sqlite", "postgresql")  # those that packages alone bring


def _module(name: str) -> tuple[Any, str]:
    """Return the module of an engine and its class: ours, or one that another package brings as an entry point."""
    if name in _PLACES:
        module, kind = _PLACES[name]
        return import_module(f"{__name__}.{module}"), kind
    theirs = {point.name: point for point in entry_points(group=GROUP)}
    if name not in theirs:
        raise InputError(f"there is no engine {name!r}: choose from {', '.join(all_engines())}")
    kind = theirs[name].attr
    return import_module(theirs[name].module), kind


def all_engines() -> tuple[str, ...]:
    """Return the names of our engines and of those that other packages bring."""
    return (*ENGINES, *sorted(point.name for point in entry_points(group=GROUP) if point.name not in ENGINES))


def open_engine(name: str) -> Engine:
    """Return the engine of that name, not yet started; InputError for an unknown name, EngineUnavailable here."""
    module, kind = _module(name)
    engine: Engine = getattr(module, kind)()
    return engine


def traits_of(name: str, version: str | None = None) -> Traits:
    """Return what an engine can do, without opening it: in that version, else in the one we know best."""
    module, _ = _module(name)
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


def read_catalogue(connection: Reads, traits: Traits, namespace: str = "") -> Records:
    """Return what a database holds, by SELECT alone; `namespace` names a schema of PostgreSQL, else the current one."""
    records: Records = import_module(f"{__name__}.{traits.name}_catalogue").read(connection, namespace)
    return records
