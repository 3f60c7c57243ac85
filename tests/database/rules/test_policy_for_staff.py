"""A policy without a condition for a role of the staff: review names it until it is stated, and prove states it."""

from pathlib import Path

import pytest
from tenant_schemas import SOUND, TABLES

from langgraph_dba.database import ExistingDatabase, read_existing
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.evidence import Evidence
from langgraph_dba.findings import Finding

pytestmark = pytest.mark.server
STAFF = "GRANT SELECT ON docs TO app_support; CREATE POLICY {name} ON docs FOR SELECT TO app_support USING (true);"
PLAIN = STAFF.format(name="staff")


def read(statements: str, tmp_path: Path) -> ExistingDatabase:
    file = tmp_path / "theirs.sql"
    file.write_text(TABLES.format(type="bigint") + SOUND + statements, encoding="utf-8")
    return read_existing(file, engines=["postgresql"])


def findings(database: ExistingDatabase) -> list[Finding]:
    return [one for one in database.findings() if one.rule == "policy-always-true"]


def isolation(database: ExistingDatabase, engine: Engine) -> Evidence:
    proofs = proofs_by_name(("tenant-isolation",))
    (evidence,) = prove(database.schema, database.ddl, {engine.traits.name: engine}, proofs=proofs)
    return evidence


def test_a_role_of_the_staff_is_a_minor_finding_and_states_nothing_false(postgresql: Engine, tmp_path: Path) -> None:
    assert postgresql.version()  # or the test is skipped
    database = read(PLAIN, tmp_path)

    (found,) = findings(database)
    evidence = isolation(database, postgresql)

    assert found.severity == "minor"
    assert found.message == "app_support reads the rows of every tenant in docs"
    assert "state it: COMMENT ON POLICY staff ON docs IS" in found.help
    assert evidence.state == "supported", evidence.reason
    assert "app_support sees rows of all tenants in docs (as the policies for it state)" in evidence.reason


@pytest.mark.parametrize("name", ["staff", '"Staff reads all"'])
def test_a_comment_states_the_purpose(postgresql: Engine, name: str, tmp_path: Path) -> None:
    assert postgresql.version()
    statements = STAFF.format(name=name)
    other = "COMMENT ON POLICY t ON docs IS 'staff';"

    (found,) = findings(read(statements + other, tmp_path))
    stated = read(f"{statements} COMMENT ON POLICY {name} ON docs IS 'the support serves all tenants';", tmp_path)

    assert f"COMMENT ON POLICY {name} ON docs" in found.help
    assert findings(stated) == []


def test_the_role_of_the_application_is_critical_and_refuted(postgresql: Engine, tmp_path: Path) -> None:
    assert postgresql.version()
    database = read(PLAIN.replace("app_support", "app_user"), tmp_path)

    (found,) = findings(database)

    assert found.severity == "critical"
    assert "the application, as app_user," in found.message
    assert isolation(database, postgresql).state == "refuted"


@pytest.mark.parametrize(
    ("command", "words"),
    [("ALL", "app_support reads and changes"), ("DELETE", "app_support deletes"), ("INSERT", "")],
)
def test_the_message_says_what_the_role_does(postgresql: Engine, command: str, words: str, tmp_path: Path) -> None:
    assert postgresql.version()
    condition = "WITH CHECK (true)" if command == "INSERT" else "USING (true)"
    statements = f"CREATE POLICY staff ON docs FOR {command} TO app_support {condition};"

    messages = [one.message for one in findings(read(statements, tmp_path))]

    assert messages == ([f"{words} the rows of every tenant in docs"] if words else [])


@pytest.mark.parametrize(
    ("statements", "severities"),
    [
        (
            "GRANT app_staff TO app_user; CREATE POLICY staff ON docs TO app_staff USING (true);",
            ["critical"],
        ),
        (
            (
                "CREATE POLICY everybody ON docs USING (true);"
                "CREATE POLICY own ON docs AS RESTRICTIVE TO app_support USING (tenant_id = current_tenant());"
            ),
            ["critical"],
        ),
        (
            f"{PLAIN} CREATE POLICY own ON docs AS RESTRICTIVE USING (tenant_id = current_tenant());",
            [],
        ),
    ],
    ids=["a group of the application's role", "a restriction of another role", "a restriction of all roles"],
)
def test_the_roles_that_a_policy_binds_are_counted(
    postgresql: Engine, statements: str, severities: list[str], tmp_path: Path
) -> None:
    assert postgresql.version()

    assert [one.severity for one in findings(read(statements, tmp_path))] == severities


def test_a_role_of_visitors_is_critical_until_a_comment_states_it(postgresql: Engine, tmp_path: Path) -> None:
    assert postgresql.version()
    statements = PLAIN.replace("app_support", "anon")

    (found,) = findings(read(statements, tmp_path))
    leak = isolation(read(statements, tmp_path), postgresql)
    published = read(f"{statements} COMMENT ON POLICY staff ON docs IS 'the documents are public';", tmp_path)
    shown = isolation(published, postgresql)

    assert found.severity == "critical"
    assert "visitors without a login, as anon," in found.message
    assert leak.state == "refuted"
    assert "anon, as tenant 1, reads a row of another tenant from docs" in leak.reason
    assert findings(published) == []
    assert shown.state == "supported", shown.reason
    assert "anon sees rows of all tenants in docs (as the policies for it state)" in shown.reason


@pytest.mark.parametrize(
    ("comment", "state"),
    [
        ("", "refuted"),
        ("COMMENT ON POLICY p ON docs IS ' ';", "refuted"),
        ("COMMENT ON POLICY p ON docs IS 'public';", "supported"),
    ],
)
def test_rows_that_a_condition_publishes_are_stated_by_a_comment(
    postgresql: Engine, comment: str, state: str, tmp_path: Path
) -> None:
    statements = (
        "ALTER TABLE docs ADD is_public boolean NOT NULL DEFAULT false; GRANT SELECT ON docs TO anon;"
        f"CREATE POLICY p ON docs FOR SELECT TO anon USING (is_public); {comment}"
    )

    evidence = isolation(read(statements, tmp_path), postgresql)

    assert evidence.state == state, evidence.reason


def test_the_application_is_the_role_whose_policies_select_rows(postgresql: Engine, tmp_path: Path) -> None:
    assert postgresql.version()
    reader = "CREATE POLICY r ON docs FOR SELECT TO app_reader USING (true); GRANT SELECT ON docs TO app_reader;"
    cleaner = "CREATE POLICY c ON docs FOR DELETE TO app_reader USING (true); GRANT DELETE ON docs TO app_reader;"
    database = read(reader + cleaner + "GRANT UPDATE (body) ON docs TO app_reader;", tmp_path)

    assert database.schema.app_role == "app_user"
    assert "app_reader sees and deletes rows of all tenants in docs" in isolation(database, postgresql).reason
