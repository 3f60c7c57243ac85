"""Read the target engines that a caller names, and open them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langgraph_dba.database.engines import DEFAULT_ENGINES, ENGINES, Engine, engines_for
from langgraph_dba.errors import EngineUnavailable

Engines = Mapping[str, Engine | EngineUnavailable]


def engine_names(targets: Sequence[str] | Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the target engines, from a list of names or a mapping with `engines`; if empty, the default engines."""
    names = targets.get("engines") if isinstance(targets, Mapping) else targets
    return tuple(dict.fromkeys(names)) if names else DEFAULT_ENGINES  # each once, in the caller's order


def open_engines(names: Iterable[str]) -> Engines:
    """Start the engines and return them by name; an unknown or unusable engine is returned as its error."""
    # A panel may have a target that this program cannot run: its claims are then `not run`, and the question is valid.
    return {name: engines_for([name])[name] if name in ENGINES else _unknown(name) for name in names}


def _unknown(name: str) -> EngineUnavailable:
    return EngineUnavailable(f"there is no engine {name!r} here: choose from {', '.join(ENGINES)}")
