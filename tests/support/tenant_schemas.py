"""Schemas of tenants that somebody already has, and the proof of their isolation."""

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence

TABLES = """
CREATE FUNCTION current_tenant() RETURNS {type} LANGUAGE sql STABLE
AS $$ SELECT (current_setting('request.jwt.claims', true)::jsonb ->> 'tenant_id')::{type} $$;
CREATE TABLE tenants (id {type} PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE docs (
  id bigint PRIMARY KEY, tenant_id {type} NOT NULL DEFAULT current_tenant() REFERENCES tenants, body text NOT NULL
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE docs ENABLE ROW LEVEL SECURITY; ALTER TABLE docs FORCE ROW LEVEL SECURITY;
CREATE POLICY t ON tenants USING (id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, docs TO app_user;
"""
SOUND = "CREATE POLICY t ON docs USING (tenant_id = current_tenant());"


def isolation_of(engine: Engine, sql: str) -> Evidence:
    schema, name = schema_from_sql(sql, engine, name="theirs"), engine.traits.name
    proofs = proofs_by_name(("tenant-isolation",))
    (evidence,) = prove(schema, {name: Ddl(sql, "")}, {name: engine}, proofs=proofs)
    return evidence
