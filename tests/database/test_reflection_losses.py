"""Reading a catalogue loses nothing silently: what the schema does not contain is listed in `lost`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from schema_dumps import dump, unexplained
from usable_engines import usable

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import (
    ENGINES,
    Connection,
    Engine,
    Rejected,
    Traits,
    difference,
    equal_catalogues,
    read_catalogue,
)
from langgraph_dba.database.engines.records import OtherRecord, Records
from langgraph_dba.database.engines.versions import version_numbers
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection import read_schema
from langgraph_dba.database.reflection.read_schema import reflect

FOLDER = Path(__file__).parent / "every_object"


def _scratch_role(engine: Engine) -> str:
    # operator classes, casts and event triggers of PostgreSQL need a superuser
    return "superuser" if engine.traits.row_level_security else "owner"


def _unexplained(engine: Engine) -> list[str]:
    """Return the differences between a database with every object and its copy that nothing in `lost` explains."""
    sql, role = (FOLDER / f"{engine.traits.name}.sql").read_text(), _scratch_role(engine)
    with engine.scratch() as one, one.connect(role) as connection:  # type: ignore[arg-type]
        connection.script(sql)
        schema, before = reflect(connection, engine.traits, name="every"), dump(one, engine)
    with engine.scratch() as other, other.connect(role) as connection:  # type: ignore[arg-type]
        empty = connection.catalogue()
        connection.script(render(schema, engine.traits).up)
        after = dump(other, engine)
        again = reflect(connection, engine.traits, name="every")
        connection.script(render(schema, engine.traits).down)
        assert difference(empty, connection.catalogue()) == ()
    assert again.model_copy(update={"lost": ()}).others == schema.others
    return unexplained(before, after, schema.lost)


@pytest.mark.server
@pytest.mark.parametrize("name", ENGINES)
def test_each_difference_between_two_dumps_is_listed_as_lost(name: str) -> None:
    assert _unexplained(usable(name)) == []


# per engine, kinds of which a loss would still let the copy be created
PLANTED = [
    ("postgresql", kind)
    for kind in (
        "domain constraint", "partition constraint", "partition index", "partition column", "partition policy",
        "row security", "table settings", "column storage", "index statistics", "view column default", "statistics",
        "partition trigger", "sequence", "not null constraint", "cluster", "replica identity", "privilege",
        "default privilege", "comment",
    )
] + [
    ("mariadb", kind)
    for kind in ("system versioning", "period", "table option", "index", "ignored index", "column", "partitions")
]  # fmt: skip


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(("name", "kind"), PLANTED)
def test_a_kind_that_the_reader_drops_makes_the_dumps_differ(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_less(connection: Connection, traits: Traits, namespace: str = "") -> Records:
        records = read_catalogue(connection, traits, namespace)
        dropped.extend(one for one in records.other if one.kind == kind)
        return replace(records, other=tuple(one for one in records.other if one.kind != kind))

    if kind == "not null constraint" and version_numbers(usable(name).version()) < (18,):
        pytest.skip("the catalogue stores their names since version 18")
    dropped: list[OtherRecord] = []
    monkeypatch.setattr(read_schema, "read_catalogue", read_less)

    assert _differs(lambda: _unexplained(usable(name)))
    assert dropped


@pytest.mark.server
@pytest.mark.parametrize("name", ENGINES)
def test_an_object_that_is_not_listed_as_lost_makes_the_dumps_differ(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_less(connection: Connection, traits: Traits, namespace: str = "") -> Records:
        records = read_catalogue(connection, traits, namespace)
        triggers = records.trigger if name == "postgresql" else records.trigger[1:]
        return replace(records, lost=(), trigger=triggers)

    monkeypatch.setattr(read_schema, "read_catalogue", read_less)

    assert _differs(lambda: _unexplained(usable(name)))


def _differs(compare: Callable[[], list[str]]) -> bool:
    """Return whether the comparison reports a difference, or the copy cannot be created at all."""
    try:
        return bool(compare())
    except (Rejected, AssertionError):
        return True


_T = "CREATE TABLE t (a integer PRIMARY KEY, b integer, c text); "
_F = "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1'; "
_P = "CREATE TABLE p (a integer, b integer) PARTITION BY RANGE (a); "
_P += "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9); "
# SQL, and the kind of the loss; carried without a loss if it is empty
POSTGRESQL = {
    "collation": ("CREATE COLLATION k (provider = libc, locale = 'C')", ""),
    "composite": ("CREATE TYPE k AS (a integer, b text)", ""),
    "composite with a collation": ('CREATE TYPE k AS (a text COLLATE "C")', "type"),
    "shell type": ("CREATE TYPE k", "type"),
    "range": ("CREATE TYPE k AS RANGE (subtype = float8, subtype_diff = float8mi)", ""),
    "domain constraints": ("CREATE DOMAIN k AS integer CONSTRAINT x CHECK (VALUE > 1) CONSTRAINT y NOT NULL", ""),
    "operator": (_F + "CREATE OPERATOR !! (FUNCTION = f, RIGHTARG = integer)", ""),
    "cast": (
        (
            "CREATE TYPE k AS (a integer); CREATE FUNCTION f(k) RETURNS integer LANGUAGE sql AS 'SELECT $1.a'; "
            "CREATE CAST (k AS integer) WITH FUNCTION f(k)"
        ),
        "",
    ),
    "cast of a row": (
        _T
        + "CREATE FUNCTION f(t) RETURNS integer LANGUAGE sql AS 'SELECT $1.a'; "
        + "CREATE CAST (t AS integer) WITH FUNCTION f(t)",
        "",
    ),
    "aggregate": ("CREATE AGGREGATE k(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0')", ""),
    "ordered aggregate": (
        (
            "CREATE AGGREGATE k(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, "
            "FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)"
        ),
        "",
    ),
    "text search": ("CREATE TEXT SEARCH CONFIGURATION k (COPY = english)", ""),
    "inheritance": (_T + "CREATE TABLE s () INHERITS (t)", "inheritance"),
    "partition's index": (_P + "CREATE INDEX i ON p1 (b)", ""),
    "partition's check": (_P + "ALTER TABLE p1 ADD CONSTRAINT c CHECK (b > 0)", ""),
    "reference to a partition": (
        _P + "ALTER TABLE p1 ADD PRIMARY KEY (a); CREATE TABLE r (a integer REFERENCES p1)",
        "",
    ),
    "reference set default": (
        (
            "CREATE TABLE o (a integer, b integer, PRIMARY KEY (a, b)); CREATE TABLE r (a integer, b integer, "
            "FOREIGN KEY (a, b) REFERENCES o ON DELETE SET DEFAULT (a))"
        ),
        "",
    ),
    "restrict on itself": ("CREATE TABLE r (a integer PRIMARY KEY, b integer REFERENCES r ON DELETE RESTRICT)", ""),
    "check without inheritance": ("CREATE TABLE r (a integer CHECK (a > 0) NO INHERIT)", ""),
    "rule": (_T + "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", ""),
    "rule, disabled": (_T + "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING; ALTER TABLE t DISABLE RULE r", ""),
    "statistics": (_T + "CREATE STATISTICS s ON b, c FROM t", ""),
    "column storage": (_T + "ALTER TABLE t ALTER c SET STORAGE EXTERNAL, ALTER b SET STATISTICS 9", ""),
    "key settings": ("CREATE TABLE r (a integer PRIMARY KEY WITH (fillfactor = 70))", ""),
    "toast settings": ("CREATE TABLE r (a text) WITH (toast.autovacuum_enabled = false)", ""),
    "cluster": (_T + "CREATE INDEX i ON t (b); ALTER TABLE t CLUSTER ON i", ""),
    "replica identity": (_T + "ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey", ""),
    "force row security": (_T + "ALTER TABLE t FORCE ROW LEVEL SECURITY", ""),
    "constraint in quotes": ('CREATE TABLE r (a integer CONSTRAINT "Odd One" CHECK (a > 0))', ""),
    "index in quotes": (_T + 'CREATE INDEX "Odd One" ON t (b)', ""),
    "sequence without a log": ("CREATE UNLOGGED SEQUENCE s", ""),
    "identity's sequence": (
        "CREATE TABLE r (a integer GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s START WITH 7))",
        "",
    ),
    "view column default": (_T + "CREATE VIEW v AS SELECT b, a FROM t; ALTER VIEW v ALTER b SET DEFAULT 1", ""),
    "function privileges": (
        _F + "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO app_user",
        "",
    ),
    "sequence privileges": ("CREATE SEQUENCE s; GRANT USAGE ON SEQUENCE s TO app_user", ""),
    "type privileges": ("CREATE TYPE k AS ENUM ('a'); REVOKE USAGE ON TYPE k FROM PUBLIC", ""),
    "schema privileges": ("GRANT CREATE ON SCHEMA public TO app_user; REVOKE USAGE ON SCHEMA public FROM PUBLIC", ""),
    "owner's privileges": (_T + "REVOKE DELETE ON t FROM CURRENT_USER", "privilege"),
    "default privileges": ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app_user", ""),
    "default privileges of others": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE app_user GRANT SELECT ON TABLES TO PUBLIC",
        "default privilege",
    ),
    "comment on an index": (_T + "COMMENT ON INDEX t_pkey IS 'x'", ""),
    "comment on a constraint": (_T + "COMMENT ON CONSTRAINT t_pkey ON t IS 'x'", ""),
    "comment on a function": (_F + "COMMENT ON FUNCTION f IS 'x'", ""),
    "comment on a type": ("CREATE TYPE k AS ENUM ('a'); COMMENT ON TYPE k IS 'x'", ""),
    "comment on the schema": ("COMMENT ON SCHEMA public IS 'x'", ""),
    "other schema": ("CREATE SCHEMA s; CREATE TABLE s.x (a integer)", "schema"),
    "reference to another schema": (
        "CREATE SCHEMA s; CREATE TABLE s.x (a integer PRIMARY KEY); CREATE TABLE r (a integer REFERENCES s.x)",
        "foreign key",
    ),
    "event trigger": (
        (
            "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
            "CREATE EVENT TRIGGER w ON ddl_command_end EXECUTE FUNCTION e()"
        ),
        "event trigger",
    ),
    "publication": ("CREATE PUBLICATION w", "publication"),
    "foreign table": (
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; "
            "CREATE FOREIGN TABLE x (a integer) SERVER s"
        ),
        "foreign table",
    ),
    "large object": ("SELECT lo_create(0)", "large objects"),
    "view without rows": (_T + "CREATE MATERIALIZED VIEW v AS SELECT a FROM t WITH NO DATA", "table property"),
    "typed table": ("CREATE TYPE k AS (a integer); CREATE TABLE r OF k", "table property"),
    "trigger of a reference": (
        _T + "CREATE TABLE r (a integer REFERENCES t); ALTER TABLE r DISABLE TRIGGER ALL",
        "disabled foreign keys",
    ),
    "unique trigger, disabled": (
        _T + "ALTER TABLE t ADD UNIQUE (b) DEFERRABLE; ALTER TABLE t DISABLE TRIGGER ALL",
        "trigger of a constraint",
    ),
    "invalid index": (_P + "CREATE INDEX i ON ONLY p (b)", "index"),
}
MARIADB = {
    "system versioning": ("CREATE TABLE t (a INT) WITH SYSTEM VERSIONING", ""),
    "system period": (
        (
            "CREATE TABLE t (a INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, "
            "e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, "
            "PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING"
        ),
        "",
    ),
    "period": ("CREATE TABLE t (a DATE, b DATE, PERIOD FOR p (a, b))", ""),
    "without overlaps": (
        "CREATE TABLE t (i INT, a DATE, b DATE, PERIOD FOR p (a, b), UNIQUE (i, p WITHOUT OVERLAPS))",
        "",
    ),
    "sequence": ("CREATE SEQUENCE s INCREMENT BY 3; CREATE TABLE t (a INT DEFAULT nextval(s))", ""),
    "invisible column": ("CREATE TABLE t (a INT, b INT INVISIBLE)", ""),
    "compressed column": ("CREATE TABLE t (a TEXT COMPRESSED)", ""),
    "ignored index": ("CREATE TABLE t (a INT, KEY k (a) IGNORED)", ""),
    "index comment": ("CREATE TABLE t (a INT, KEY k (a) COMMENT 'why (so)')", ""),
    "table options": (
        (
            "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT) ROW_FORMAT=DYNAMIC AUTO_INCREMENT=7 "
            "COMMENT='x ROW_FORMAT=REDUNDANT'"
        ),
        "",
    ),
    "column check": ("CREATE TABLE t (a INT CHECK (a > 0))", ""),
    "functional default": ("CREATE TABLE t (a INT, b INT DEFAULT (a + 1))", ""),
    "subpartitions": (
        (
            "CREATE TABLE t (a INT) PARTITION BY RANGE (a) SUBPARTITION BY HASH (a) SUBPARTITIONS 2 "
            "(PARTITION p VALUES LESS THAN (5))"
        ),
        "",
    ),
    "hash partitions": ("CREATE TABLE t (a INT) PARTITION BY HASH (a) PARTITIONS 3", ""),
    "full text and spatial": ("CREATE TABLE t (a TEXT, g POINT NOT NULL, FULLTEXT k (a), SPATIAL l (g))", ""),
    "view algorithm": (
        "CREATE TABLE t (a INT); CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW v AS SELECT a FROM t",
        "",
    ),
    "view literal": ("CREATE TABLE t (a VARCHAR(9)); CREATE VIEW v AS SELECT concat(a, _utf8mb3'x') AS b FROM t", ""),
    "routine comment": ("CREATE FUNCTION f() RETURNS INT COMMENT 'it''s' RETURN 1", ""),
    "sql mode": ("SET sql_mode = 'ANSI'; CREATE FUNCTION f() RETURNS INT RETURN 1; SET sql_mode = DEFAULT", "sql mode"),
    "reference system": ("CREATE TABLE t (g POINT REF_SYSTEM_ID=4326)", "reference system"),
}
SQLITE = {
    "virtual table": ("CREATE VIRTUAL TABLE v USING fts5(a)", ""),
    "spatial index": ("CREATE VIRTUAL TABLE v USING rtree(a, b, c)", ""),
    "trigger on a virtual table": (
        (
            "CREATE VIRTUAL TABLE v USING fts5(a); CREATE TABLE t (a TEXT); "
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO v VALUES (NEW.a); END"
        ),
        "",
    ),
    "key on conflict": ("CREATE TABLE t (a INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT)", ""),
    "unique on conflict": ("CREATE TABLE t (a TEXT UNIQUE ON CONFLICT IGNORE)", ""),
    "not null on conflict": ("CREATE TABLE t (a TEXT NOT NULL ON CONFLICT FAIL)", ""),
    "reference in another case": (
        "CREATE TABLE Owner (Id INTEGER PRIMARY KEY); CREATE TABLE t (a INTEGER REFERENCES owner (ID))",
        "",
    ),
    "reference to nothing": ("CREATE TABLE t (a INTEGER REFERENCES nowhere (id))", "foreign key"),
    "instead of": (
        (
            "CREATE TABLE t (a TEXT); CREATE VIEW v AS SELECT a FROM t; "
            "CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN SELECT 1; END"
        ),
        "",
    ),
    "no type": ("CREATE TABLE t (a)", "column"),
    "key order": ("CREATE TABLE t (a TEXT, UNIQUE (a DESC))", "key"),
    "name of not null": ("CREATE TABLE t (a TEXT CONSTRAINT given NOT NULL)", "constraint"),
    "user version": ("PRAGMA user_version = 3", "setting"),
    "name in quotes": ('CREATE TABLE t (a TEXT); CREATE INDEX "an index" ON t (a)', "index"),
}
CASES = [
    pytest.param(engine, sql, kind, id=f"{engine}-{name}")
    for engine, cases in (("postgresql", POSTGRESQL), ("mariadb", MARIADB), ("sqlite", SQLITE))
    for name, (sql, kind) in cases.items()
]


@pytest.mark.server
@pytest.mark.parametrize(("name", "sql", "kind"), CASES)
def test_an_object_is_carried_or_listed(name: str, sql: str, kind: str) -> None:
    engine = usable(name)
    with engine.scratch() as scratch, scratch.connect(_scratch_role(engine)) as connection:  # type: ignore[arg-type]
        empty = connection.catalogue()
        connection.script(sql)
        schema, before = reflect(connection, engine.traits, name="one"), connection.catalogue()
        ddl = render(schema, engine.traits)
        if kind:
            assert kind in {loss.kind for loss in schema.lost}
            # a name of which only the quotes are lost is no loss of the reader
            assert kind == "index" or not equal_catalogues(before, before)
            return
        connection.script(ddl.down)
        left = difference(empty, connection.catalogue())
        connection.script(ddl.up)
        again, after = reflect(connection, engine.traits, name="one"), connection.catalogue()

    assert left == ()
    assert schema.lost == ()
    assert again == schema == Schema.model_validate_json(schema.model_dump_json())
    # SQLite does not name constraints itself
    assert name == "sqlite" or equal_catalogues(before, after)


@pytest.mark.server
def test_another_schema_is_read_and_created_under_its_name(postgresql: Engine) -> None:
    sql = """CREATE SCHEMA sales; CREATE TYPE sales.state AS ENUM ('open');
    CREATE TABLE sales.orders (id bigserial PRIMARY KEY, state sales.state NOT NULL);
    CREATE VIEW sales.open AS SELECT id FROM sales.orders; COMMENT ON INDEX sales.orders_pkey IS 'the key'"""
    with postgresql.scratch() as scratch, scratch.connect() as connection:
        empty = connection.catalogue()
        connection.script(sql)
        schema = reflect(connection, postgresql.traits, name="sales", namespace="sales")
        ddl = render(schema, postgresql.traits)
        connection.script(ddl.down)
        left = difference(empty, connection.catalogue())
        connection.script(ddl.up)
        again = reflect(connection, postgresql.traits, name="sales", namespace="sales")

    assert (left, schema.lost, schema.namespace) == ((), (), "sales")
    assert again == schema
