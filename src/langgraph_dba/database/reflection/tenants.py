"""Which column of an existing schema names the tenant: what its policies compare, else what all its tables share."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from langgraph_dba.database.ddl.security import grant_of, policies_of
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Isolation, Policy, Schema, Table
from langgraph_dba.database.reflection.expression_form import same

_COMPARED = re.compile(r"(\w+) = .*?current_setting\('([\w.]+)'")
_SETTING, _USUAL_SETTING = re.compile(r"[a-z_]+\.[a-z_]+"), "app.tenant_id"
_CONVENTIONS = (
    "tenant_id", "organization_id", "organisation_id", "org_id", "workspace_id", "account_id", "company_id",
)  # fmt: skip


def recognised(schema: Schema, traits: Traits) -> Schema:
    """Return a schema as read with its tenants named; what an isolation stands for by itself is not listed beside it.

    The isolation of a schema whose policies, grants or role are others, or missing, derives nothing.
    """
    policies = {f"{t.name}.{p.name}": p.using or p.check for t in schema.tables for p in t.policies}
    named = with_tenants(schema, policies)
    isolation = named.isolation
    if isolation is None or not traits.row_level_security:
        return named
    for role in dict.fromkeys(grant.role for grant in named.grants):
        if re.fullmatch(r"[a-z_][a-z0-9_]*", role):
            ours = isolation.model_copy(update={"role": role})
            if _is_derived(named, ours, traits):
                return _folded(named, ours, traits)
    return named.model_copy(update={"isolation": isolation.model_copy(update={"derives": False})})


def _is_derived(schema: Schema, isolation: Isolation, traits: Traits) -> bool:
    mine = [grant for grant in schema.grants if grant.role == isolation.role]
    tables = {table.sql_name: table for table in schema.tables}
    if any(grant.on not in tables or set(grant.privileges) != _rights(tables[grant.on], isolation) for grant in mine):
        return False
    plain = not any(grant.columns or grant.grantable for grant in mine) and len(mine) == len(tables)
    return plain and all(_is_guarded(table, isolation, traits) for table in schema.tables)


def _rights(table: Table, isolation: Isolation) -> set[str]:
    return set(grant_of(table, isolation).privileges)


def _is_guarded(table: Table, isolation: Isolation, traits: Traits) -> bool:
    if not table.is_tenant_owned:
        return not table.row_security
    expected = policies_of(table, isolation, traits)
    read = sorted(table.policies, key=lambda policy: policy.name)
    return (
        table.row_security == "forced"
        and len(read) >= len(expected)
        and all(any(_alike(ours, theirs, traits) for theirs in read) for ours in expected)
    )


def _alike(ours: Policy, theirs: Policy, traits: Traits) -> bool:
    bare = {"using": "", "check": ""}
    return ours.model_copy(update=bare) == theirs.model_copy(update=bare) and all(
        same(one, other, traits.dialect) for one, other in ((ours.using, theirs.using), (ours.check, theirs.check))
    )


def _folded(schema: Schema, isolation: Isolation, traits: Traits) -> Schema:
    tables = tuple(_without_own(table, isolation, traits) for table in schema.tables)
    return schema.model_copy(
        update={
            "tables": tables,
            "isolation": isolation,
            "grants": tuple(grant for grant in schema.grants if grant.role != isolation.role),
            "roles": tuple(role for role in schema.roles if role.name != isolation.role),
        }
    )


def _without_own(table: Table, isolation: Isolation, traits: Traits) -> Table:
    if not table.is_tenant_owned:
        return table
    own = {policy.name for policy in policies_of(table, isolation, traits)}
    rest = tuple(policy for policy in table.policies if policy.name not in own)
    return table.with_(row_security="", policies=rest)


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
    counts = Counter(found)
    column, setting = max(found, key=lambda pair: (counts[pair], pair[0] != "id"))
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
