"""What a schema says that `MetaData` cannot carry: roles, row-level security, policies and grants.

Two policies a table. Permissive policies are OR-ed, so a later careless one would open the tenants to each other;
restrictive ones are AND-ed, so none can. Hence the tenant boundary is restrictive, and a permissive one beside it lets
rows through at all. FORCE makes the owner obey too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.schema.model import Isolation, Schema, Table


@dataclass(frozen=True, slots=True)
class Feature:
    """One statement beyond tables; `down` is empty where dropping the table takes it along."""

    table: str
    up: str
    down: str = ""


def features(schema: Schema, traits: Traits, *, enforced: bool = True) -> tuple[Feature, ...]:
    """Return roles, policies and grants in the order in which they run, after all tables exist.

    Without `enforced` only the role and its grants remain.
    """
    isolation = schema.isolation
    if isolation is None or isolation.model != "shared-schema" or not traits.row_level_security:
        return ()
    return tuple(_features(schema, isolation, enforced=enforced))


def _features(schema: Schema, isolation: Isolation, *, enforced: bool) -> Iterator[Feature]:
    yield Feature("", _role(isolation.role))
    for table in schema.tables:
        if enforced and table.tenant_column:
            yield from _row_level_security(table, isolation)
        rights = _rights(table, isolation)
        yield Feature(table.name, f"GRANT {rights} ON {table.name} TO {isolation.role}")


def _role(role: str) -> str:
    return (
        f"DO $$ BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN\n"
        f"    CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n  END IF;\nEND $$"
    )


def _rights(table: Table, isolation: Isolation) -> str:
    """The application reads what tenants share and keeps its tenant's name; it neither makes nor ends a tenant."""
    if table.name == isolation.table:
        return "SELECT, UPDATE"
    return "SELECT, INSERT, UPDATE, DELETE" if table.tenant_column else "SELECT"


def tenant_condition(table: Table, isolation: Isolation) -> str:
    """Return the condition under which a row is the current tenant's; without a tenant it holds for no row."""
    return f"{table.tenant_column} = NULLIF(current_setting('{isolation.setting}', true), '')::bigint"


def _row_level_security(table: Table, isolation: Isolation) -> Iterator[Feature]:
    name, condition = table.name, tenant_condition(table, isolation)
    yield Feature(name, f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    yield Feature(name, f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    yield Feature(name, f"CREATE POLICY {name}_access ON {name} USING (true) WITH CHECK (true)")
    yield Feature(
        name,
        f"CREATE POLICY {name}_tenant ON {name} AS RESTRICTIVE\n  USING ({condition})\n  WITH CHECK ({condition})",
    )
