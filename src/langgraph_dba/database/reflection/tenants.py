"""Detect the tenant column of an existing schema: the one that its policies compare, or a conventional name."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from langgraph_dba.database.ddl.security import grant_of, policies_of
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Isolation, Policy, Schema, Table
from langgraph_dba.database.reflection.expression_form import same_expression

_COMPARISON = re.compile(r"(\w+) = .*?current_setting\('([\w.]+)'")
_SETTING, _DEFAULT_SETTING = re.compile(r"[a-z_]+\.[a-z_]+"), "app.tenant_id"
_CONVENTIONS = (
    "tenant_id", "organization_id", "organisation_id", "org_id", "workspace_id", "account_id", "company_id",
)  # fmt: skip


def with_isolation(schema: Schema, traits: Traits) -> Schema:
    """Return a reflected schema with its isolation, without the policies, grants and role that the isolation implies.

    If the schema's policies, grants or role differ from the implied ones, all stay and the isolation derives nothing.
    """
    policies = {f"{t.name}.{p.name}": p.using or p.check for t in schema.tables for p in t.policies}
    detected = with_tenants(schema, policies)
    isolation = detected.isolation
    if isolation is None or not traits.row_level_security:
        return detected
    # the catalogue does not record which role is the application's: try each that has grants
    for role in dict.fromkeys(grant.role for grant in detected.grants):
        if re.fullmatch(r"[a-z_][a-z0-9_]*", role):
            candidate = isolation.model_copy(update={"role": role})
            if _is_derived(detected, candidate, traits):
                return _without_derived_objects(detected, candidate, traits)
    return detected.model_copy(update={"isolation": isolation.model_copy(update={"derives": False})})


def _is_derived(schema: Schema, isolation: Isolation, traits: Traits) -> bool:
    grants = [grant for grant in schema.grants if grant.role == isolation.role]
    tables = {table.sql_name: table for table in schema.tables}
    if any(
        grant.on not in tables or set(grant.privileges) != _derived_privileges(tables[grant.on], isolation)
        for grant in grants
    ):
        return False
    # each table has exactly one grant, without columns and grant option, as `grant_of` creates it
    is_simple = not any(grant.columns or grant.grantable for grant in grants) and len(grants) == len(tables)
    return is_simple and all(_is_guarded(table, isolation, traits) for table in schema.tables)


def _derived_privileges(table: Table, isolation: Isolation) -> set[str]:
    return set(grant_of(table, isolation).privileges)


def _is_guarded(table: Table, isolation: Isolation, traits: Traits) -> bool:
    if not table.is_tenant_owned:
        # a shared table has no policies: row-level security on it is not what the isolation implies
        return not table.row_security
    expected = policies_of(table, isolation, traits)
    return (
        table.row_security == "forced"
        and len(table.policies) >= len(expected)
        and all(any(_is_same_policy(one, policy, traits) for policy in table.policies) for one in expected)
    )


def _is_same_policy(expected: Policy, policy: Policy, traits: Traits) -> bool:
    # the catalogue stores the conditions in PostgreSQL's own form, with casts and parentheses
    blank = {"using": "", "check": ""}
    conditions = ((expected.using, policy.using), (expected.check, policy.check))
    return expected.model_copy(update=blank) == policy.model_copy(update=blank) and all(
        same_expression(one, other, traits.dialect) for one, other in conditions
    )


def _without_derived_objects(schema: Schema, isolation: Isolation, traits: Traits) -> Schema:
    tables = tuple(_without_derived_policies(table, isolation, traits) for table in schema.tables)
    return schema.model_copy(
        update={
            "tables": tables,
            "isolation": isolation,
            "grants": tuple(grant for grant in schema.grants if grant.role != isolation.role),
            "roles": tuple(role for role in schema.roles if role.name != isolation.role),
        }
    )


def _without_derived_policies(table: Table, isolation: Isolation, traits: Traits) -> Table:
    if not table.is_tenant_owned:
        return table
    derived = {policy.name for policy in policies_of(table, isolation, traits)}
    others = tuple(policy for policy in table.policies if policy.name not in derived)
    return table.with_(row_security="", policies=others)


def with_tenants(schema: Schema, policies: Mapping[str, str]) -> Schema:
    """Return the schema with its tenant columns and isolation, unchanged if no tenant column is detected.

    `policies` maps `table.policy` to its text. Without policies, a column of a conventional name counts only if every
    table except the one it refers to has it: otherwise it may be an ordinary foreign key.
    """
    column, setting = _compared_setting(policies)
    if column:
        return _with_tenant_column(schema, column, setting)
    return next(
        (_with_tenant_column(schema, name, _DEFAULT_SETTING) for name in _CONVENTIONS if _is_everywhere(schema, name)),
        schema,
    )


def _compared_setting(policies: Mapping[str, str]) -> tuple[str, str]:
    """Return the (column, setting) that most policies compare; ("", "") if there is none.

    In a tie, any column wins over `id`, which the policy of the table of tenants compares.
    """
    pairs = [match.groups() for text in policies.values() if (match := _COMPARISON.search(text))]
    if not pairs:
        return "", ""
    counts = Counter(pairs)
    column, setting = max(pairs, key=lambda pair: (counts[pair], pair[0] != "id"))
    return column, setting if _SETTING.fullmatch(setting) else _DEFAULT_SETTING


def _is_everywhere(schema: Schema, column: str) -> bool:
    tenants = _referenced_table(schema, column)
    others = [table for table in schema.tables if table.name != tenants]
    return bool(tenants) and bool(others) and all(column in table.column_names for table in others)


def _referenced_table(schema: Schema, column: str) -> str:
    """Return the table that a foreign key of the column alone refers to; empty if there is none."""
    return next((key.target for _, key in schema.foreign_keys() if key.columns == (column,)), "")


def _with_tenant_column(schema: Schema, column: str, setting: str) -> Schema:
    tenants = _referenced_table(schema, column)
    tables = tuple(_tables_with_tenant_column(schema.tables, column, tenants))
    isolation = Isolation(table=tenants, column=column, setting=setting) if tenants else None
    return schema.model_copy(update={"tables": tables, "isolation": isolation})


def _tables_with_tenant_column(tables: Iterable[Table], column: str, tenants: str) -> Iterable[Table]:
    for table in tables:
        own = column if column in table.column_names else None
        key = table.primary_key[0] if table.name == tenants and len(table.primary_key) == 1 else None
        yield table.with_(tenant_column=key or own)
