"""Detect the tenant column of an existing schema: the one that its policies compare, or a conventional name."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from langgraph_dba.database.ddl.security import grant_of, policies_of
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.isolation import VISITORS
from langgraph_dba.database.model.schema import Isolation, Policy, Schema, SettingMember, Table
from langgraph_dba.database.reflection.expression_form import same_expression
from langgraph_dba.database.reflection.names import plain_name
from langgraph_dba.database.reflection.policy_settings import ComparedSettings, SettingComparison, compared_settings
from langgraph_dba.database.reflection.setting_reads import SettingRead

_DEFAULT_SETTING = "app.tenant_id"
_TRUE = frozenset({"true", "(true)", ""})
_WRITES = frozenset({"insert", "update", "delete"})
TENANT_COLUMNS = (
    "tenant_id", "organization_id", "organisation_id", "org_id", "workspace_id", "account_id", "company_id",
)  # fmt: skip


def with_isolation(schema: Schema, traits: Traits, called: Iterable[str] = ()) -> Schema:
    """Return a reflected schema with its isolation, without the policies, grants and role that the isolation implies.

    If the schema's policies, grants or role differ from the implied ones, all stay and the isolation derives nothing.
    `called` are the definitions of functions that the policies call and the schema does not contain.
    """
    detected = _with_tenants(schema, called)
    isolation = detected.isolation
    if isolation is None or not traits.row_level_security:
        return detected
    # the catalogue does not record which role is the application's: try each that has grants
    roles = [role for role in dict.fromkeys(_grantees(detected)) if re.fullmatch(r"[a-z_][a-z0-9_]*", role)]
    for role in roles:
        candidate = isolation.model_copy(update={"role": role})
        if _is_derived(detected, candidate, traits):
            return _without_derived_objects(detected, candidate, traits)
    changes = {"derives": False} | ({"role": roles[0]} if roles else {})
    return detected.model_copy(update={"isolation": isolation.model_copy(update=changes)})


def _grantees(schema: Schema) -> list[str]:
    """Return the roles with grants on tables of tenants: by the number of grants, of policies for them, and of writes.

    Policies without a condition count against a role: they state that it serves all tenants.
    Roles of visitors come after all others. Roles with BYPASSRLS or SUPERUSER that nobody logs in as come last if
    another role writes: they serve all tenants.
    """
    owned = {table.sql_name: table for table in schema.tables if table.is_tenant_owned}
    grants = [grant for grant in schema.grants if grant.on in owned and grant.role != "public"]
    counts = Counter(role for role, _ in {(grant.role, grant.on) for grant in grants})
    policies = [policy for table in owned.values() for policy in table.policies]
    named = Counter(role for policy in policies if policy.using not in _TRUE for role in policy.roles)
    named.subtract(role for policy in policies if policy.using in _TRUE for role in policy.roles)
    writes = Counter(grant.role for grant in grants if _WRITES.intersection(grant.privileges))
    exempt = {role.name for role in schema.roles if role.unrestricted_by and "LOGIN" not in role.attributes}
    if not any(_WRITES.intersection(grant.privileges) for grant in grants if grant.role not in exempt):
        exempt = set()

    def order(role: str) -> tuple[bool, bool, int, int, int, str]:
        return role in exempt, role in VISITORS, -counts[role], -named[role], -writes[role], role

    return sorted(counts, key=order)


def _is_derived(schema: Schema, isolation: Isolation, traits: Traits) -> bool:
    grants = [grant for grant in schema.grants if grant.role == isolation.role]
    tables = {table.sql_name: table for table in schema.tables}
    if any(
        grant.on not in tables or set(grant.privileges) != _derived_privileges(tables[grant.on], isolation)
        for grant in grants
    ):
        return False
    # the isolation implies a role without further rights
    if any(one.name == isolation.role and (one.member_of or one.unrestricted_by) for one in schema.roles):
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


def _with_tenants(schema: Schema, called: Iterable[str]) -> Schema:
    """Return the schema with its tenant columns and isolation, unchanged if no tenant column is detected.

    Without policies, a column of a conventional name counts only if every table except the one it refers to has it:
    otherwise it may be an ordinary foreign key.
    """
    policies = {table.name: _deciding(table) for table in schema.tables}
    compared = compared_settings(policies, (*(routine.definition for routine in schema.routines), *called))
    if compared:
        return _with_tenant_column(schema, compared)
    # policies that compare no setting isolate by something else: a conventional name would only be a guess
    names = () if any(policies.values()) else TENANT_COLUMNS
    column = next((name for name in names if _is_everywhere(schema, name)), "")
    guess = ComparedSettings(SettingComparison(column, (SettingRead(_DEFAULT_SETTING),)), {})
    return _with_tenant_column(schema, guess) if column else schema


def _deciding(table: Table) -> list[str]:
    """Return the conditions that decide whose rows a table has: of reading if there are such, else those of writes.

    `INSERT … WITH CHECK (user_id = …)` beside a policy by membership says who writes a row, not who owns it.
    """
    reading = [one.using for one in table.policies if one.command in ("all", "select") and one.using not in _TRUE]
    return reading or [one.using or one.check for one in table.policies]


def _decides(table: Table, column: str) -> bool:
    """Return whether the conditions of the policies of a table name a column, or there are none."""
    name, conditions = re.escape(table.column(column).sql_name), [one for one in _deciding(table) if one not in _TRUE]
    return not conditions or any(re.search(rf"(?<!\w){name}(?!\w)", one) for one in conditions)


def _is_everywhere(schema: Schema, column: str) -> bool:
    tenants = _referenced_table(schema, column)
    others = [table for table in schema.tables if table.name != tenants]
    return bool(tenants) and bool(others) and all(column in table.column_names for table in others)


def _referenced_table(schema: Schema, column: str) -> str:
    """Return the table that a foreign key of the column alone refers to; empty if there is none."""
    return next((key.target for _, key in schema.foreign_keys() if key.columns == (column,)), "")


def _with_tenant_column(schema: Schema, compared: ComparedSettings) -> Schema:
    # a policy has the column's name in the database, the schema an identifier
    column, reads = plain_name(compared.main.column), compared.main.reads
    tenants = _referenced_table(schema, column)
    own = {table: plain_name(name) for table, name in compared.columns.items()}
    tables = tuple(_tables_with_tenant_column(schema.tables, column, tenants, own))
    has_policies = any(table.policies for table in schema.tables)
    # without policies, an integer column of that name is no isolation unless it refers to a table of tenants
    isolation = _isolation(tenants, column, reads) if tenants or has_policies else None
    return schema.model_copy(update={"tables": tables, "isolation": isolation})


def _isolation(tenants: str, column: str, reads: Sequence[SettingRead]) -> Isolation:
    first = reads[0]
    is_simple = len(reads) == 1 and len(first.path) < 2  # noqa: PLR2004
    members = () if is_simple else tuple(SettingMember(setting=one.setting, path=one.path) for one in reads)
    key = ".".join(first.path)
    return Isolation(table=tenants, column=column, setting=first.setting, setting_key=key, members=members)


def _tables_with_tenant_column(
    tables: Iterable[Table], column: str, tenants: str, compared: Mapping[str, str]
) -> Iterable[Table]:
    """Yield the tables with their tenant column: the one that their policies compare, or else the one of the others."""
    for table in tables:
        # `id` may be compared in the table of tenants alone: that of another table is its own key
        is_own_key = table.primary_key == (column,) and not any(one.columns == (column,) for one in table.foreign_keys)
        is_own = column in table.column_names and not is_own_key and _decides(table, column)
        own = column if is_own else None
        key = table.primary_key[0] if table.name == tenants and len(table.primary_key) == 1 else None
        named = compared.get(table.name, "")
        yield table.with_(tenant_column=key or (named if named in table.column_names else own))
