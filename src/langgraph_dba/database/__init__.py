"""Database design, engines and proofs: no LangGraph, no model.

The names below are the public ones. They are loaded when first used, so that importing one part does not load all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_dba.database.engines.live.live_database import LiveDatabase, open_live
    from langgraph_dba.database.engines.live.statement_limits import Limits

__all__ = ["Limits", "LiveDatabase", "open_live"]

_MODULES = {
    "Limits": "engines.live.statement_limits",
    "LiveDatabase": "engines.live.live_database",
    "open_live": "engines.live.live_database",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
