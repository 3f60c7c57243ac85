"""Roles, row-level security policies and grants: those that `Isolation` implies, and the statements that create them.

Each tenant-owned table has two policies. Permissive policies are OR-ed: one more of them could open the tenants to each
other. Restrictive policies are AND-ed: one more can only narrow access. So the tenant boundary is restrictive, and a
permissive policy beside it allows access at all, which restrictive policies alone do not. FORCE applies both to the
table's owner.
"""

from collections.abc import Iterator

from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Grant, Isolation, Policy, Role, Schema, Table

_RIGHTS = ("select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain")
_APPLICATION = ("LOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOBYPASSRLS")


def derives_security(schema: Schema, traits: Traits) -> bool:
    """Return whether role, policies and grants of the engine follow from the schema's isolation."""
    isolation = schema.isolation
    return bool(isolation and isolation.derives and isolation.model == "shared-schema" and traits.row_level_security)


def expand_isolation(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the role, policies and grants that its isolation implies as explicit objects."""
    isolation = schema.isolation
    if isolation is None or not derives_security(schema, traits):
        return schema
    tables = tuple(
        table.with_(row_security="forced", policies=(*policies_of(table, isolation, traits), *table.policies))
        if table.is_tenant_owned
        else table
        for table in schema.tables
    )
    role = Role(name=isolation.role, attributes=_APPLICATION)
    grants = tuple(grant_of(table, isolation) for table in schema.tables)
    changes = {"tables": tables, "roles": (role, *schema.roles), "grants": (*grants, *schema.grants)}
    return schema.model_copy(update={**changes, "isolation": isolation.model_copy(update={"derives": False})})


def policies_of(table: Table, isolation: Isolation, traits: Traits) -> tuple[Policy, ...]:
    """Return the two policies of a tenant-owned table."""
    condition = _tenant_condition(table, isolation, traits)
    return (
        Policy(name=f"{table.name}_access", using="true", check="true"),
        Policy(name=f"{table.name}_tenant", permissive=False, using=condition, check=condition),
    )


def _tenant_condition(table: Table, isolation: Isolation, traits: Traits) -> str:
    """Return the condition that a row belongs to the current tenant; if no tenant is set, it is true for no row."""
    column = quote_name(table.column(table.tenant_column or "").sql_name, traits)
    # missing_ok: an unset setting is NULL instead of an error. NULLIF: after SET LOCAL ends, the setting is '', no NULL
    return f"{column} = NULLIF(current_setting('{isolation.setting}', true), '')::bigint"


def grant_of(table: Table, isolation: Isolation) -> Grant:
    """Return the grant of the application: SELECT on shared tables, and no INSERT or DELETE of tenants."""
    rights: tuple[str, ...] = ("select", "insert", "update", "delete") if table.is_tenant_owned else ("select",)
    # the application may update the row of its tenant, but neither create nor delete tenants
    if table.name == isolation.table:
        rights = ("select", "update")
    return Grant(on=table.sql_name, role=isolation.role, privileges=rights)


def role_statements(role: Role, traits: Traits) -> Iterator[str]:
    """Yield the statements that create a role if it does not exist, and add it to its groups."""
    name, attributes = quote_name(role.name, traits), " ".join(role.attributes)
    literal = role.name.replace("'", "''")
    # roles belong to the server, not to a database: another database may have created this one, and PostgreSQL has no
    # CREATE ROLE IF NOT EXISTS
    yield (
        f"DO $$ BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{literal}') THEN\n"
        f"    CREATE ROLE {name} {attributes};\n  END IF;\nEND $$".replace(" ;", ";")
    )
    for group in role.member_of:
        yield (
            f"DO $$ BEGIN\n  IF NOT pg_has_role('{literal}', '{group}', 'MEMBER') THEN\n"
            f"    GRANT {quote_name(group, traits)} TO {name};\n  END IF;\nEND $$"
        )


def table_security(table: Table, traits: Traits) -> Iterator[str]:
    """Yield the statements that enable the row-level security of a table and create its policies."""
    name = quote_name(table.sql_name, traits)
    if table.row_security:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    if table.row_security == "forced":
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy in table.policies:
        yield _policy(policy, name, traits)


def _policy(policy: Policy, table: str, traits: Traits) -> str:
    kind = "" if policy.permissive else " AS RESTRICTIVE"
    command = "" if policy.command == "all" else f" FOR {policy.command.upper()}"
    names = ", ".join(role if role == "public" else quote_name(role, traits) for role in policy.roles)
    roles = "" if policy.roles == ("public",) else f" TO {names}"
    using = f"USING ({policy.using})" if policy.using else ""
    check = f"WITH CHECK ({policy.check})" if policy.check else ""
    gap = " " if policy.permissive else "\n  "
    head = f"CREATE POLICY {quote_name(policy.name, traits)} ON {table}{kind}{command}{roles}"
    return gap.join(filter(None, (head, using, check)))


def grant_statement(grant: Grant, traits: Traits) -> str:
    """Return the GRANT statement, with privileges in a fixed order."""
    columns = f" ({', '.join(quote_name(name, traits) for name in grant.columns)})" if grant.columns else ""
    ordered = sorted(grant.privileges, key=lambda right: _RIGHTS.index(right) if right in _RIGHTS else len(_RIGHTS))
    rights = ", ".join(f"{right.upper()}{columns}" for right in ordered)
    role = "PUBLIC" if grant.role == "public" else quote_name(grant.role, traits)
    option = " WITH GRANT OPTION" if grant.grantable else ""
    return f"GRANT {rights} ON {quote_name(grant.on, traits)} TO {role}{option}"
