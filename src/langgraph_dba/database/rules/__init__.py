"""Schema rules: each module checks one kind of problem and documents the reason and the correct form."""

from langgraph_dba.database.rules.registry import REGISTRY, RULES, SchemaRule, find, fix_all, fix_of

__all__ = ["REGISTRY", "RULES", "SchemaRule", "find", "fix_all", "fix_of"]
