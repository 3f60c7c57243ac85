"""Tables that require each other: no order of INSERT statements fills them while foreign keys are enforced."""

from collections.abc import Mapping

import pytest

from langgraph_dba.database.data.found_values import fillable
from langgraph_dba.database.data.generator import Profile, generate, rows_of
from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.data.unchecked_keys import later_keys, orphan_of
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.errors import InputError
from langgraph_dba.evidence import Evidence

Tables = Mapping[str, str]

TWO: Tables = {
    "store": "id INTEGER PRIMARY KEY, manager_id INTEGER NOT NULL, name VARCHAR(40) NOT NULL",
    "staff": "id INTEGER PRIMARY KEY, store_id INTEGER NOT NULL, email VARCHAR(80) NOT NULL UNIQUE",
    "rental": "id INTEGER PRIMARY KEY, staff_id INTEGER NOT NULL",
}
TWO_KEYS = (("store", "manager_id", "staff"), ("staff", "store_id", "store"), ("rental", "staff_id", "staff"))
THREE: Tables = {
    "a": "id INTEGER PRIMARY KEY, b_id INTEGER NOT NULL",
    "b": "id INTEGER PRIMARY KEY, c_id INTEGER NOT NULL",
    "c": "id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL",
}
THREE_KEYS = (("a", "b_id", "b"), ("b", "c_id", "c"), ("c", "a_id", "a"))
ONE_TO_ONE: Tables = {**TWO, "store": "id INTEGER PRIMARY KEY, manager_id INTEGER NOT NULL UNIQUE"}


TENANTS = """
CREATE TABLE tenants (id {key} PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE stores (
  tenant_id {key} NOT NULL REFERENCES tenants, id bigint NOT NULL, manager_id bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE staff (
  tenant_id {key} NOT NULL REFERENCES tenants, id bigint NOT NULL, store_id bigint NOT NULL, email text NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, email),
  FOREIGN KEY (tenant_id, store_id) REFERENCES stores
);
ALTER TABLE stores ADD FOREIGN KEY (tenant_id, manager_id) REFERENCES staff;
CREATE INDEX stores_manager_idx ON stores (tenant_id, manager_id);
CREATE INDEX staff_email_idx ON staff (tenant_id, store_id, email);
"""
ISOLATED = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON {table} USING ({column} = current_setting('app.tenant_id')::{key});
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO app_user;
"""


def isolated(key: str) -> str:
    """Return statements of a circle with tenants whose key has this type."""
    owned = {"tenants": "id", "stores": "tenant_id", "staff": "tenant_id"}
    rules = (ISOLATED.format(table=table, column=column, key=key) for table, column in owned.items())
    return TENANTS.format(key=key) + "".join(rules)


def ddl_of(engine: Engine, tables: Tables, keys: tuple[tuple[str, str, str], ...]) -> str:
    """Return statements that create the tables and each foreign key (table, column, target) with an index."""
    inline = dict.fromkeys(tables, "")
    added = []
    for table, column, target in keys:
        rule = f"FOREIGN KEY ({column}) REFERENCES {target} (id)"
        if engine.traits.adds_constraints:
            added.append(f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fkey {rule}")
        else:
            inline[table] += f", CONSTRAINT {table}_{column}_fkey {rule}"
    created = [f"CREATE TABLE {name} ({columns}{inline[name]})" for name, columns in tables.items()]
    unindexed = [
        (table, column) for table, column, _ in keys if f"{column} INTEGER NOT NULL UNIQUE" not in tables[table]
    ]
    indexes = [f"CREATE INDEX {table}_{column}_idx ON {table} ({column})" for table, column in unindexed]
    return ";\n".join([*created, *indexes, *added]) + ";\n"


def evidence_of(engine: Engine, schema: Schema, sql: str) -> dict[str, Evidence]:
    name = engine.traits.name
    return {one.proof: one for one in prove(schema, {name: Ddl(sql, "")}, {name: engine})}


def is_whole(engine: Engine, schema: Schema, sql: str, *, generated: bool) -> bool:
    """Fill a database and return whether each table has rows and no row refers to none."""
    with engine.scratch(sql, app_role=schema.app_role) as scratch, scratch.connect("superuser") as connection:
        if generated:
            generate(connection, schema, engine.traits, Profile(rows=500, tenants=5))
        else:
            load(connection, Sample(schema), engine.traits)
        orphans = [orphan_of(connection, schema, table, engine.traits) for table in schema.tables]
        return not any(orphans) and all(rows_of(connection, schema, engine.traits).values())


CIRCLES = pytest.mark.parametrize(
    ("tables", "keys"), [(TWO, TWO_KEYS), (THREE, THREE_KEYS), (ONE_TO_ONE, TWO_KEYS)], ids=["two", "three", "unique"]
)


@CIRCLES
@pytest.mark.parametrize("source", ["sample", "generator"])
def test_tables_that_require_each_other_are_filled(
    engine: Engine, tables: Tables, keys: tuple[tuple[str, str, str], ...], source: str
) -> None:
    sql = ddl_of(engine, tables, keys)
    schema = schema_from_sql(sql, engine, name="circle")

    assert any(later_keys(schema, table) for table in schema.tables)
    assert is_whole(engine, schema, sql, generated=source == "generator")


@CIRCLES
def test_tables_that_require_each_other_are_judged_and_not_refuted(
    engine: Engine, tables: Tables, keys: tuple[tuple[str, str, str], ...]
) -> None:
    sql = ddl_of(engine, tables, keys)
    schema = schema_from_sql(sql, engine, name="circle")

    evidence = evidence_of(engine, schema, sql)

    assert [one.reason for one in evidence.values() if one.state == "refuted"] == []
    assert {"relationships", "foreign-keys-indexed"} <= {p for p, one in evidence.items() if one.state == "supported"}
    assert fillable(schema, sql, engine).left_out == {}


def test_a_new_row_is_still_refused_without_its_target_after_a_load(engine: Engine) -> None:
    sql = ddl_of(engine, TWO, TWO_KEYS)
    schema = schema_from_sql(sql, engine, name="circle")
    with engine.scratch(sql) as scratch, scratch.connect("superuser") as connection:
        before = connection.catalogue()
        load(connection, Sample(schema), engine.traits)

        answer = connection.attempt(("INSERT INTO store (id, manager_id, name) VALUES (900, 901, 'x')", {}))

        assert getattr(answer, "kind", "") == "foreign-key"
        assert connection.catalogue() == before


@pytest.mark.heavy
@pytest.mark.server
@pytest.mark.parametrize("key", ["uuid", "bigint", "text", "char(4)"])
def test_a_circle_with_tenants_is_filled_and_judged(postgresql: Engine, key: str) -> None:
    sql = isolated(key)
    schema = schema_from_sql(sql, postgresql, name="circle")

    evidence = evidence_of(postgresql, schema, sql)

    assert schema.isolation is not None
    assert schema.isolation.table == "tenants"
    assert is_whole(postgresql, schema, sql, generated=True)
    assert is_whole(postgresql, schema, sql, generated=False)
    assert [one.reason for one in evidence.values() if one.state == "refuted"] == []
    assert {"relationships", "foreign-keys-indexed", "tenant-isolation", "data-types"} <= {
        proof for proof, one in evidence.items() if one.state == "supported"
    }


@pytest.mark.server
def test_tenants_without_a_table_of_their_own_have_one_value_in_all_tables(postgresql: Engine) -> None:
    sql = "CREATE TABLE a (tenant_id uuid NOT NULL, id bigint NOT NULL, PRIMARY KEY (tenant_id, id));"
    sql += ISOLATED.format(table="a", column="tenant_id", key="uuid")
    schema = schema_from_sql(sql, postgresql, name="a")

    with postgresql.scratch(sql) as scratch, scratch.connect("superuser") as connection:
        generate(connection, schema, postgresql.traits, Profile(rows=50, tenants=5))

        assert connection.run("SELECT count(DISTINCT tenant_id) FROM a").scalar == 5


PLANTED = {
    "postgresql": """
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.manager_id := 9999999; RETURN NEW; END $$;
CREATE TRIGGER lose BEFORE INSERT ON store FOR EACH ROW EXECUTE FUNCTION lose();
""",
    # its catalogue lists the tables by name: staff is filled before store
    "mariadb": "CREATE TRIGGER lose BEFORE INSERT ON staff FOR EACH ROW SET NEW.store_id = 9999999;",
    "sqlite": """
CREATE TRIGGER lose AFTER INSERT ON store BEGIN UPDATE store SET manager_id = 9999999 WHERE id = NEW.id; END;
""",
}


def test_a_circle_whose_load_leaves_an_orphan_is_left_out(engine: Engine) -> None:
    sql = ddl_of(engine, TWO, TWO_KEYS) + PLANTED[engine.traits.name]
    schema = schema_from_sql(sql, engine, name="circle")

    left_out = fillable(schema, sql, engine).left_out

    assert any("refer by" in reason and "_fkey to no row of" in reason for reason in left_out.values())
    assert set(left_out) == {"store", "staff", "rental"}
    with engine.scratch(sql) as scratch, scratch.connect("superuser") as connection:
        with pytest.raises(Rejected, match="to no row of"):
            load(connection, Sample(schema), engine.traits)
    with engine.scratch(sql) as scratch, scratch.connect("superuser") as connection:
        with pytest.raises(InputError, match="to no row of"):
            generate(connection, schema, engine.traits, Profile(rows=50))


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (
            {
                "a": "id INTEGER PRIMARY KEY, b_id INTEGER NOT NULL UNIQUE",
                "b": "id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL UNIQUE",
            },
            "a row of their own",
        ),
        ({"a": "id INTEGER PRIMARY KEY", "b": "id INTEGER PRIMARY KEY"}, "whose key is its own"),
    ],
    ids=["one-to-one both ways", "shared key"],
)
def test_a_circle_to_which_no_single_row_can_be_added_is_left_out(engine: Engine, tables: Tables, reason: str) -> None:
    a, b = ("id", "id") if "b_id" not in tables["a"] else ("b_id", "a_id")
    sql = ddl_of(engine, tables, (("a", a, "b"), ("b", b, "a")))

    left_out = fillable(schema_from_sql(sql, engine, name="circle"), sql, engine).left_out

    assert reason in left_out["a"]
    assert set(left_out) == {"a", "b"}


@pytest.mark.parametrize("source", ["sample", "generator"])
def test_a_table_that_requires_itself_is_filled(engine: Engine, source: str) -> None:
    tables = {"nodes": "id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL"}
    sql = ddl_of(engine, tables, (("nodes", "parent_id", "nodes"),))
    schema = schema_from_sql(sql, engine, name="tree")

    assert fillable(schema, sql, engine).left_out == {}
    assert is_whole(engine, schema, sql, generated=source == "generator")


def test_a_table_that_only_depends_on_a_circle_is_filled_after_it(engine: Engine) -> None:
    tables = {"rental": TWO["rental"], "store": TWO["store"], "staff": TWO["staff"]}

    schema = schema_from_sql(ddl_of(engine, tables, TWO_KEYS), engine, name="circle")

    order = [table.name for table in schema.tables]
    assert order.index("rental") > order.index("staff")


def test_a_unique_index_over_a_reference_limits_the_rows_of_a_sample(engine: Engine) -> None:
    unique = ddl_of(engine, TWO, TWO_KEYS) + "CREATE UNIQUE INDEX one_store ON store (manager_id);\n"
    schema = schema_from_sql(unique, engine, name="circle")

    assert fillable(schema, unique, engine).left_out == {}
    assert evidence_of(engine, schema, unique)["relationships"].state == "supported"


@pytest.mark.server
@pytest.mark.parametrize(
    "sql",
    [
        """
        CREATE TABLE store (id integer PRIMARY KEY, manager_id integer NOT NULL, hq_id integer NOT NULL);
        CREATE TABLE staff (id integer PRIMARY KEY, store_id integer NOT NULL REFERENCES store INITIALLY DEFERRED);
        CREATE TABLE hq (id integer PRIMARY KEY);
        ALTER TABLE store ADD FOREIGN KEY (manager_id) REFERENCES staff INITIALLY DEFERRED;
        ALTER TABLE store ADD FOREIGN KEY (hq_id) REFERENCES hq INITIALLY DEFERRED;
        """,
        """
        CREATE TABLE "Store's" (id integer PRIMARY KEY, "Manager" integer NOT NULL);
        CREATE TABLE "Staff" (id integer PRIMARY KEY, "Store" integer NOT NULL REFERENCES "Store's");
        ALTER TABLE "Store's" ADD FOREIGN KEY ("Manager") REFERENCES "Staff";
        """,
        """
        CREATE TABLE staff (id integer PRIMARY KEY, store_id integer NOT NULL) PARTITION BY HASH (id);
        CREATE TABLE all_staff PARTITION OF staff FOR VALUES WITH (MODULUS 1, REMAINDER 0);
        CREATE TABLE store (id integer PRIMARY KEY, manager_id integer NOT NULL REFERENCES staff);
        ALTER TABLE staff ADD FOREIGN KEY (store_id) REFERENCES store;
        """,
        """
        CREATE TABLE store (
          id integer PRIMARY KEY, manager_id integer NOT NULL, a integer, b integer, CHECK (num_nonnulls(a, b) = 1)
        );
        CREATE TABLE staff (id integer PRIMARY KEY, store_id integer NOT NULL REFERENCES store);
        ALTER TABLE store ADD FOREIGN KEY (manager_id) REFERENCES staff;
        """,
    ],
    ids=["deferred keys", "quoted names", "partitions", "an unmodelled check"],
)
def test_an_unusual_circle_of_postgresql_is_filled(postgresql: Engine, sql: str) -> None:
    schema = schema_from_sql(sql, postgresql, name="circle")

    found = fillable(schema, sql, postgresql)

    assert found.left_out == {}
    assert is_whole(postgresql, found.schema, sql, generated=False)
    assert is_whole(postgresql, found.schema, sql, generated=True)
