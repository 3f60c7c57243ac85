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
    ],
)
def test_keys_that_are_enabled_again_and_tables_without_keys_refute_nothing(
    postgresql: Engine, tmp_path: Path, statements: str
) -> None:
    assert postgresql.version()

    evidence = of_file(tmp_path, statements)

    assert evidence.state == "supported", evidence.reason


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
