"""Which column of an existing schema names the tenant: what its policies compare, else what all its tables share."""

import re
from collections.abc import Iterable, Mapping

from langgraph_dba.database.schema.model import Isolation, Schema, Table

_COMPARED = re.compile(r"(\w+) = .*?current_setting\('([\w.]+)'")
_SETTING, _USUAL_SETTING = re.compile(r"[a-z_]+\.[a-z_]+"), "app.tenant_id"
_CONVENTIONS = (
    "tenant_id", "organization_id", "organisation_id", "org_id", "workspace_id", "account_id", "company_id",
)  # fmt: skip


def with_tenants(schema: Schema, policies: Mapping[str, str]) -> Schema:
    """Return the schema with its tenant columns and isolation named, or as it is where nothing tells.

    `policies` maps `table.policy` to its text. Without policies a conventional name counts only if every table but the
    one it refers to has it: otherwise it may well be an ordinary reference.
    """
    column, setting = _compared(policies)
    if column:
        return _named(schema, column, setting)
    return next((_named(schema, name, _USUAL_SETTING) for name in _CONVENTIONS if _is_everywhere(schema, name)), schema)


def _compared(policies: Mapping[str, str]) -> tuple[str, str]:
    """The column that most policies compare with a setting of the session; the tenants' own compares its key."""
    found = [match.groups() for text in policies.values() if (match := _COMPARED.search(text))]
    if not found:
        return "", ""
    column, setting = max(found, key=lambda pair: (found.count(pair), pair[0] != "id"))
    return column, setting if _SETTING.fullmatch(setting) else _USUAL_SETTING


def _is_everywhere(schema: Schema, column: str) -> bool:
    tenants = _tenants(schema, column)
    others = [table for table in schema.tables if table.name != tenants]
    return bool(tenants) and bool(others) and all(column in table.column_names for table in others)


def _tenants(schema: Schema, column: str) -> str:
    """The table that the column refers to."""
    return next((key.target for _, key in schema.foreign_keys() if key.columns == (column,)), "")


def _named(schema: Schema, column: str, setting: str) -> Schema:
    tenants = _tenants(schema, column)
    tables = tuple(_belonging(schema.tables, column, tenants))
    isolation = Isolation(table=tenants, column=column, setting=setting) if tenants else None
    return schema.model_copy(update={"tables": tables, "isolation": isolation})


def _belonging(tables: Iterable[Table], column: str, tenants: str) -> Iterable[Table]:
    for table in tables:
        own = column if column in table.column_names else None
        key = table.primary_key[0] if table.name == tenants and len(table.primary_key) == 1 else None
        yield table.with_(tenant_column=key or own)
