"""Who may see and change what: policies and grants, those that an `Isolation` stands for, and the statements of both.

Two policies a table. Permissive policies are OR-ed, so a later careless one would open the tenants to each other;
restrictive ones are AND-ed, so none can. Hence the tenant boundary is restrictive, and a permissive one beside it lets
rows through at all. FORCE makes the owner obey too.
"""

from collections.abc import Iterator

from langgraph_dba.database.ddl.sqlalchemy_tables import quoted
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Grant, Isolation, Policy, Role, Schema, Table

_RIGHTS = ("select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain")
_APPLICATION = ("LOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOBYPASSRLS")


def derives(schema: Schema, traits: Traits) -> bool:
    """Whether role, policies and grants follow from the schema's isolation on this engine."""
    isolation = schema.isolation
    return bool(isolation and isolation.derives and isolation.model == "shared-schema" and traits.row_level_security)


def with_derived(schema: Schema, traits: Traits) -> Schema:
    """Return the schema in which what its isolation stands for is spelled out."""
    isolation = schema.isolation
    if isolation is None or not derives(schema, traits):
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
    """Return the two policies of a table of tenants."""
    condition = _tenant_condition(table, isolation, traits)
    return (
        Policy(name=f"{table.name}_access", using="true", check="true"),
        Policy(name=f"{table.name}_tenant", permissive=False, using=condition, check=condition),
    )


def _tenant_condition(table: Table, isolation: Isolation, traits: Traits) -> str:
    """Return the condition under which a row is the current tenant's; without a tenant it holds for no row."""
    column = quoted(table.column(table.tenant_column or "").sql_name, traits)
    return f"{column} = NULLIF(current_setting('{isolation.setting}', true), '')::bigint"


def grant_of(table: Table, isolation: Isolation) -> Grant:
    """The application reads what tenants share and keeps its tenant's name; it neither makes nor ends a tenant."""
    rights: tuple[str, ...] = ("select", "insert", "update", "delete") if table.is_tenant_owned else ("select",)
    if table.name == isolation.table:
        rights = ("select", "update")
    return Grant(on=table.sql_name, role=isolation.role, privileges=rights)


def role_statements(role: Role, traits: Traits) -> Iterator[str]:
    """Yield what makes a role where there is none of its name, and a member of its groups."""
    name, attributes = quoted(role.name, traits), " ".join(role.attributes)
    literal = role.name.replace("'", "''")
    yield (
        f"DO $$ BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{literal}') THEN\n"
        f"    CREATE ROLE {name} {attributes};\n  END IF;\nEND $$".replace(" ;", ";")
    )
    for group in role.member_of:
        yield (
            f"DO $$ BEGIN\n  IF NOT pg_has_role('{literal}', '{group}', 'MEMBER') THEN\n"
            f"    GRANT {quoted(group, traits)} TO {name};\n  END IF;\nEND $$"
        )


def table_security(table: Table, traits: Traits) -> Iterator[str]:
    """Yield what makes a table's row-level security."""
    name = quoted(table.sql_name, traits)
    if table.row_security:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    if table.row_security == "forced":
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy in table.policies:
        yield _policy(policy, name, traits)


def _policy(policy: Policy, table: str, traits: Traits) -> str:
    kind = "" if policy.permissive else " AS RESTRICTIVE"
    command = "" if policy.command == "all" else f" FOR {policy.command.upper()}"
    named = ", ".join(role if role == "public" else quoted(role, traits) for role in policy.roles)
    roles = "" if policy.roles == ("public",) else f" TO {named}"
    using = f"USING ({policy.using})" if policy.using else ""
    check = f"WITH CHECK ({policy.check})" if policy.check else ""
    gap = " " if policy.permissive else "\n  "
    head = f"CREATE POLICY {quoted(policy.name, traits)} ON {table}{kind}{command}{roles}"
    return gap.join(filter(None, (head, using, check)))


def grant_statement(grant: Grant, traits: Traits) -> str:
    """Return the statement that gives the rights."""
    columns = f" ({', '.join(quoted(name, traits) for name in grant.columns)})" if grant.columns else ""
    ordered = sorted(grant.privileges, key=lambda right: _RIGHTS.index(right) if right in _RIGHTS else len(_RIGHTS))
    rights = ", ".join(f"{right.upper()}{columns}" for right in ordered)
    role = "PUBLIC" if grant.role == "public" else quoted(grant.role, traits)
    option = " WITH GRANT OPTION" if grant.grantable else ""
    return f"GRANT {rights} ON {quoted(grant.on, traits)} TO {role}{option}"
