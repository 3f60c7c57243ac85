"""The rules for schemas: each is one file that says what is wrong with a schema, why, and what to write instead."""

from langgraph_dba.database.rules.registry import REGISTRY, RULES, SchemaRule, find, fix_all, fix_of

__all__ = ["REGISTRY", "RULES", "SchemaRule", "find", "fix_all", "fix_of"]
