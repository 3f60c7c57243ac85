"""Foreign keys that an existing database has and does not enforce: its copy enforces them."""

from pathlib import Path

import pytest

from langgraph_dba.database import read_existing
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, engines_for, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.reflection.read_schema import reflect
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server
SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);
"""
OTHER = "CREATE SCHEMA other; CREATE TABLE other.orders (id bigint PRIMARY KEY);"


def relationships(schema: Schema, statements: str) -> Evidence:
    (evidence,) = prove(
        schema,
        {"postgresql": Ddl(statements, "")},
        engines_for(["postgresql"]),
        proofs=proofs_by_name(["relationships"]),
    )
    return evidence


def of_file(tmp_path: Path, statements: str) -> Evidence:
    file = tmp_path / "shop.sql"
    file.write_text(SHOP + statements, encoding="utf-8")
    database = read_existing(file, engines=["postgresql"])
    return relationships(database.schema, database.ddl["postgresql"].up)


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("ALTER TABLE public.orders DISABLE TRIGGER ALL;",
         "it accepts rows that reference nothing: ALTER TABLE orders ENABLE TRIGGER ALL"),
        ("ALTER TABLE customers DISABLE TRIGGER ALL;", "it deletes rows that others reference"),
        (OTHER + "ALTER TABLE public.orders DISABLE TRIGGER ALL; ALTER TABLE other.orders ENABLE TRIGGER ALL;",
         "it accepts rows that reference nothing"),
        ("SELECT set_config('search_path', '', false); ALTER TABLE ONLY \"public\".\"orders\" DISABLE TRIGGER ALL;",
         "it accepts rows that reference nothing"),
        (OTHER + 'SET search_path TO other; SET search_path = "$user", public; ALTER TABLE Orders DISABLE TRIGGER ALL;',
         "it accepts rows that reference nothing"),
    ],
)  # fmt: skip
def test_a_file_that_disables_keys_for_good_refutes_the_relationships(
    postgresql: Engine, tmp_path: Path, statements: str, words: str
) -> None:
    assert postgresql.version()  # or the test is skipped

    evidence = of_file(tmp_path, statements)

    assert evidence.state == "refuted"
    assert words in evidence.reason


@pytest.mark.parametrize(
    "statements",
    [
        "ALTER TABLE orders DISABLE TRIGGER ALL;\nALTER TABLE ONLY public.orders ENABLE TRIGGER ALL;",
        "ALTER TABLE notes DISABLE TRIGGER ALL;",
        OTHER + "ALTER TABLE other.orders DISABLE TRIGGER ALL;",
        OTHER + 'ALTER TABLE IF EXISTS ONLY "other"."orders" DISABLE TRIGGER ALL;',
        OTHER + "SET search_path = other, public; ALTER TABLE orders DISABLE TRIGGER ALL; SET search_path = public;",
        OTHER + "SELECT set_config('search_path', 'other', false); ALTER TABLE orders DISABLE TRIGGER ALL;"
        "SET search_path = public;",
        'CREATE TABLE "Orders" (id bigint PRIMARY KEY); ALTER TABLE "Orders" DISABLE TRIGGER ALL;',
    ],
)
def test_keys_that_are_enabled_again_and_tables_without_keys_refute_nothing(
    postgresql: Engine, tmp_path: Path, statements: str
) -> None:
    assert postgresql.version()

    evidence = of_file(tmp_path, statements)

    assert evidence.state == "supported", evidence.reason


@pytest.mark.parametrize(("namespace", "disabled"), [("", []), ("other", ["orders"])])
def test_the_tables_of_the_schema_that_is_read_are_meant(
    postgresql: Engine, tmp_path: Path, namespace: str, disabled: list[str]
) -> None:
    assert postgresql.version()
    file = tmp_path / "shop.sql"
    file.write_text(SHOP + OTHER + "ALTER TABLE other.orders DISABLE TRIGGER ALL;", encoding="utf-8")

    schema = read_existing(file, engines=["postgresql"], namespace=namespace).schema

    assert [one.name for one in schema.lost if one.kind == "disabled foreign keys"] == disabled


@pytest.mark.parametrize(
    ("table", "owned"), [("orders", ("orders",)), ("public.orders", ("orders",)), ("other.orders", ())]
)
def test_an_owner_of_a_table_in_another_schema_does_not_own_this_one(
    postgresql: Engine, tmp_path: Path, table: str, owned: tuple[str, ...]
) -> None:
    assert postgresql.version()
    file = tmp_path / "shop.sql"
    statements = f"GRANT SELECT ON orders TO clerk; ALTER TABLE {table} OWNER TO clerk;"
    file.write_text(SHOP + OTHER + statements, encoding="utf-8")

    schema = read_existing(file, engines=["postgresql"]).schema

    assert [role.owns for role in schema.roles if role.name == "clerk"] == [owned]


def test_a_live_database_with_disabled_keys_refutes_the_relationships(postgresql: Engine) -> None:
    with postgresql.scratch(SHOP) as scratch, scratch.connect("superuser") as connection:
        connection.run("ALTER TABLE orders DISABLE TRIGGER ALL")
        schema = reflect(connection, traits_of("postgresql"), name="shop")

    evidence = relationships(schema, SHOP)

    assert evidence.state == "refuted"
    assert "orders: its triggers for foreign keys are disabled" in evidence.reason


def test_the_default_privileges_of_another_role_are_named_in_one_sentence(postgresql: Engine, tmp_path: Path) -> None:
    assert postgresql.version()
    file = tmp_path / "shop.sql"
    privileges = "ALTER DEFAULT PRIVILEGES FOR ROLE boss GRANT SELECT ON TABLES TO reading;"
    file.write_text(SHOP + privileges, encoding="utf-8")

    database = read_existing(file, engines=["postgresql"])

    assert "ALTER DEFAULT PRIVILEGES applies to the owner" in database.skipped[0].reason
    assert "objects that it creates later have other privileges in a copy" in " ".join(database.lost)


def test_the_settings_of_a_database_are_named_without_their_values(postgresql: Engine) -> None:
    with postgresql.scratch(SHOP) as scratch, scratch.connect("superuser") as connection:
        name = connection.run("SELECT current_database()").scalar
        for setting in ("app.jwt_secret", "app.other"):
            connection.run(f"ALTER DATABASE {name} SET {setting} = 'Zq9 pass'")
        schema = reflect(connection, traits_of("postgresql"), name="shop")

    assert [one.reason for one in schema.lost if one.kind == "setting"] == [
        "app.jwt_secret, app.other: settings of a role or database are not read"
    ]
    assert "Zq9" not in schema.model_dump_json()
