"""Read the `targets` that a caller names, and open the engines among them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langgraph_dba.database.engines import DEFAULT_ENGINES, ENGINES, Engine, engines_for
from langgraph_dba.errors import EngineUnavailable

Engines = Mapping[str, Engine | EngineUnavailable]


def engine_names(targets: Sequence[str] | Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the engines aimed at (a list of names, or a mapping with `engines`); the default ones if none is named."""
    named = targets.get("engines") if isinstance(targets, Mapping) else targets
    return tuple(dict.fromkeys(named)) if named else DEFAULT_ENGINES


def opened(names: Iterable[str]) -> Engines:
    """Return the engines, started; one that is unknown or cannot be used here stands as its error.

    A panel may aim at what this program cannot run: that makes claims `not run`, not the question wrong.
    """
    return {name: engines_for([name])[name] if name in ENGINES else _unknown(name) for name in names}


def _unknown(name: str) -> EngineUnavailable:
    return EngineUnavailable(f"there is no engine {name!r} here: choose from {', '.join(ENGINES)}")
