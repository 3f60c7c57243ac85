"""What somebody adds to the statements of a folder: proofs test it, although the schema does not declare it."""

import re
from collections.abc import Callable

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Connection, Engine, Records, Traits, read_catalogue
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server
Edit = Callable[[str], str]


def proved(engine: Engine, claim: str, edit: Edit) -> Evidence:
    schema = specimen_for(engine.traits)
    ddl = render(schema, engine.traits)
    edited = Ddl(edit(ddl.up), ddl.down)
    assert edited.up != ddl.up
    name = engine.traits.name
    (evidence,) = prove(schema, {name: edited}, {name: engine}, proofs=proofs_by_name((claim,)))
    return evidence


def adding(statements: str) -> Edit:
    return lambda text: text + statements


def test_a_caller_view_and_a_caller_function_leak_nothing(postgresql: Engine) -> None:
    sound = (
        "CREATE VIEW mine WITH (security_invoker = true) AS SELECT * FROM tasks; GRANT SELECT ON mine TO app_user;"
        "CREATE FUNCTION my_tasks() RETURNS SETOF tasks LANGUAGE sql AS 'SELECT * FROM tasks';"
    )

    assert proved(postgresql, "tenant-isolation", adding(sound)).state == "supported"


def test_a_granted_table_without_tenant_column_is_named(postgresql: Engine) -> None:
    evidence = proved(
        postgresql,
        "tenant-isolation",
        adding("CREATE TABLE rates (id BIGINT PRIMARY KEY); GRANT SELECT, INSERT ON rates TO app_user;"),
    )

    assert evidence.state == "supported"
    assert "rates (insert, select)" in evidence.reason


def test_an_undeclared_foreign_key_without_index_is_found(engine: Engine) -> None:
    """MariaDB creates the index of a foreign key itself."""
    statement = "CREATE TABLE visits (id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL, tenant_id BIGINT NOT NULL, "
    statement += "FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id));"

    evidence = proved(engine, "foreign-keys-indexed", adding(statement))

    assert evidence.state == ("refuted" if engine.traits.bare_references else "supported")


@pytest.mark.parametrize(
    ("type_", "reason"),
    [
        ("ENUM('open', 'doing', 'done')", ""),
        ("ENUM('open', 'doing', 'done', 'none-of-these')", "the engine accepted it"),
        ("VARCHAR(9)", "refused for another reason"),  # it is too long
    ],
)
@pytest.mark.parametrize("engine", ["postgresql", "mariadb"], indirect=True)
def test_a_list_of_values_may_be_that_of_the_type(engine: Engine, type_: str, reason: str) -> None:
    created = ""
    if engine.traits.name == "postgresql" and type_.startswith("ENUM"):
        created, type_ = f"CREATE TYPE state AS {type_};\n", "state"

    def edit(text: str) -> str:
        text = re.sub(r"\n  CONSTRAINT tasks_status_check[^\n]*", "", text)
        return created + re.sub(r"(\n  status )\w+(?:\(\d+\))?([^\n]*'open')", rf"\1{type_}\2", text, count=1)

    evidence = proved(engine, "data-types", edit)

    assert evidence.state == ("refuted" if reason else "supported"), evidence.reason
    assert reason in evidence.reason


def test_each_catalogue_is_read_once_for_all_proofs(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counting(connection: Connection, traits: Traits) -> Records:
        read.append(traits.name)
        return read_catalogue(connection, traits)

    monkeypatch.setattr("langgraph_dba.database.proofs.kit.subject.read_catalogue", counting)
    schema = specimen_for(sqlite.traits)
    ddl = render(schema, sqlite.traits)
    proofs = proofs_by_name(("catalogue-as-declared", "normal-form"))

    prove(schema, {"sqlite": Ddl(f"{ddl.up}-- edited", ddl.down)}, {"sqlite": sqlite}, proofs=proofs)

    assert read == ["sqlite"] * 2, "that of the statements and that of the declaration"
