"""What somebody adds to the statements of a folder: proofs test it, although the schema does not declare it."""

import re
from collections.abc import Callable

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server
Edit = Callable[[str], str]
NOTES = """
CREATE TABLE notes (
  id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenants (id), body TEXT NOT NULL DEFAULT 'x'
);
"""


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


def opening_policy(text: str) -> str:
    """Show the rows with one title to every tenant; no row of the sample has it."""
    return re.sub(r"(CREATE POLICY tasks_tenant.*?USING \()", r"\1title = 'void' OR ", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (adding(NOTES + "GRANT SELECT ON notes TO app_user;"), "reads a row of another tenant from notes"),
        (adding(NOTES + "GRANT SELECT (body, tenant_id) ON notes TO PUBLIC;"), "another tenant from notes"),
        (opening_policy, "reads a row of another tenant from tasks"),
        (adding("CREATE VIEW busy AS SELECT title FROM tasks; GRANT SELECT ON busy TO app_user;"), "busy"),
        (
            adding("CREATE VIEW totals AS SELECT count(*) AS n FROM tasks; GRANT SELECT ON totals TO app_user;"),
            "sees other rows of totals if another tenant has rows",
        ),
        (
            adding("CREATE MATERIALIZED VIEW m AS SELECT * FROM tasks; GRANT SELECT ON m TO app_user;"),
            "reads a row of another tenant from m",
        ),
        (
            adding(
                "CREATE FUNCTION every_task() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER "
                "SET search_path = public AS 'SELECT * FROM tasks';"
            ),
            "reads a row of another tenant from every_task()",
        ),
        (adding("GRANT TRUNCATE ON tasks TO app_user;"), "app may TRUNCATE tasks"),
        (adding("GRANT ALL ON tasks TO PUBLIC;"), "app may TRUNCATE tasks"),
        (
            adding("CREATE VIEW editable AS SELECT title FROM tasks; GRANT SELECT, UPDATE ON editable TO app_user;"),
            "editable",
        ),
    ],
    ids=[
        "table-without-policy", "column-grant-to-public", "policy-with-or", "definer-view", "aggregate-view",
        "materialised-view", "definer-function", "truncate", "all-to-public", "updatable-view",
    ],
)  # fmt: skip
def test_a_leak_through_an_undeclared_object_is_found(postgresql: Engine, edit: Edit, expected: str) -> None:
    evidence = proved(postgresql, "tenant-isolation", edit)

    assert evidence.state == "refuted", evidence.reason
    assert expected in evidence.reason


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
