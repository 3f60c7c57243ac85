"""Rules for schemas and for live databases: each module checks one kind of problem and documents reason and remedy."""

from langgraph_dba.database.rules.live_registry import LIVE_REGISTRY, LIVE_RULES, LiveRule, find_live
from langgraph_dba.database.rules.registry import REGISTRY, RULES, SchemaRule, find, fix_all, fix_of

__all__ = [
    "LIVE_REGISTRY",
    "LIVE_RULES",
    "REGISTRY",
    "RULES",
    "LiveRule",
    "SchemaRule",
    "find",
    "find_live",
    "fix_all",
    "fix_of",
]
