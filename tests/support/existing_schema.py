"""Prove what a file with statements creates, as `langgraph-dba prove FILE.sql` does."""

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence


def evidence_of(engine: Engine, sql: str) -> dict[str, Evidence]:
    """Return the evidence of each proof that applies to the database which the statements create."""
    schema, name = schema_from_sql(sql, engine, name="theirs"), engine.traits.name
    return {one.proof: one for one in prove(schema, {name: Ddl(sql, "")}, {name: engine})}
