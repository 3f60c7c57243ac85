"""Foreign keys that are switched off while rows are generated: they hold afterwards, and are enforced again."""

from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.data.unchecked_keys import all_keys, orphan_of, unchecked
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection.read_schema import schema_from_sql


def test_foreign_keys_are_enforced_again_after_the_rows(engine: Engine, schema: Schema) -> None:
    ddl = render(schema, engine.traits).up
    with engine.scratch(ddl) as scratch, scratch.connect("superuser") as connection:
        generate(connection, schema, engine.traits, Profile(rows=50))
        names = Names(engine.traits)
        tried = 0
        for table, key in schema.foreign_keys():
            if len(key.columns) == 1 and not table.column(key.columns[0]).nullable:
                column = names.column(table, key.columns[0])
                answer = connection.attempt((f"UPDATE {names.table(table)} SET {column} = 987654321", {}))

                assert isinstance(answer, Rejected), key.name
                tried += 1

    assert tried


def test_half_of_a_key_with_match_full_is_an_orphan(postgresql: Engine) -> None:
    ddl = (
        "CREATE TABLE target (a integer, b integer, PRIMARY KEY (a, b)); CREATE TABLE source (id integer PRIMARY KEY, "
        "a integer, b integer, CONSTRAINT both_or_none FOREIGN KEY (a, b) REFERENCES target MATCH FULL);"
    )
    schema = schema_from_sql(ddl, postgresql, name="Keys")
    with postgresql.scratch(ddl) as scratch, scratch.connect("superuser") as connection:
        with unchecked(connection, schema, schema.tables, postgresql.traits, all_keys):
            connection.run("INSERT INTO source VALUES (1, 5, NULL), (2, NULL, NULL)")

        orphan = orphan_of(connection, schema, schema.table("source"), postgresql.traits)

    assert orphan == "1 rows refer by both_or_none to no row of target"
