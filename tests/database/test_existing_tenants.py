"""Tenants of a database that exists: what its policies compare is read, and each way around them is tried."""

from pathlib import Path

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database import ExistingDatabase, read_existing
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence

pytestmark = [pytest.mark.server, pytest.mark.heavy]


@pytest.mark.parametrize("type_", ["bigint", "uuid", "text"])
def test_a_member_of_a_json_setting_read_by_a_function_is_exercised(postgresql: Engine, type_: str) -> None:
    sound = isolation_of(postgresql, TABLES.format(type=type_) + SOUND)
    open_to_all = "CREATE POLICY t ON docs USING (tenant_id = current_tenant() OR body = 'public');"
    leaking = isolation_of(postgresql, TABLES.format(type=type_) + open_to_all)

    assert sound.state == "supported", sound.reason
    assert leaking.state == "refuted", leaking.reason
    assert "from docs" in leaking.reason


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("CREATE POLICY t ON docs USING (tenant_id = current_tenant() OR tenant_id = 7);", "from docs"),
        (
            SOUND + "CREATE FUNCTION find_doc(p bigint) RETURNS SETOF docs LANGUAGE sql SECURITY DEFINER "
            "AS $$ SELECT * FROM docs WHERE id = p $$;",
            "find_doc(bigint)",
        ),
        (
            SOUND + "CREATE FUNCTION others() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
            "NEW.body := (SELECT string_agg(body, ',') FROM docs); RETURN NEW; END $$;"
            "CREATE TRIGGER others BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION others();",
            "docs if another tenant has rows",
        ),
        (
            (
                "CREATE POLICY t ON docs USING (tenant_id = current_tenant() OR "
                "current_setting('request.jwt.claims', true) IS NULL);"
            ),
            "with no tenant set",
        ),
        (
            SOUND + "CREATE POLICY s ON docs FOR UPDATE USING (true) WITH CHECK (tenant_id = current_tenant());",
            "changes rows of another tenant",
        ),
        (
            (
                "CREATE POLICY s ON docs FOR SELECT USING (tenant_id = current_tenant());"
                "CREATE POLICY u ON docs FOR UPDATE USING (tenant_id = current_tenant()) WITH CHECK (true);"
            ),
            "gives all rows to tenant 2",
        ),
    ],
    ids=[
        "a tenant in the policy",
        "a lookup with its owner's rights",
        "a trigger with its owner's rights",
        "a setting that was never set",
        "a change without a condition",
        "a transfer without a condition",
    ],
)
def test_a_way_around_the_policies_is_found(postgresql: Engine, statements: str, words: str) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + statements)

    assert evidence.state == "refuted", evidence.reason
    assert words in evidence.reason


def test_a_table_of_tenants_that_cannot_be_filled_is_not_isolated_by_that(postgresql: Engine) -> None:
    """Nothing was tried on it: its policy shows every row."""
    unfilled = (
        "CREATE TABLE notes (tenant_id bigint NOT NULL REFERENCES tenants, x xml NOT NULL);"
        "ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY t ON notes USING (true);"
        "GRANT SELECT ON notes TO app_user;"
    )

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOUND + unfilled)

    assert evidence.state == "not run"
    assert "notes" in evidence.reason


def test_policies_that_compare_no_setting_are_not_run(postgresql: Engine) -> None:
    sql = (
        "CREATE TABLE mine (id bigint PRIMARY KEY, owner text NOT NULL);"
        "ALTER TABLE mine ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON mine USING (owner = current_user);"
    )

    evidence = isolation_of(postgresql, sql)

    assert evidence.state == "not run"
    assert "own" in evidence.reason


def test_an_owner_without_force_is_stated_and_not_refuted(postgresql: Engine) -> None:
    sql = TABLES.format(type="bigint").replace("ALTER TABLE docs FORCE ROW LEVEL SECURITY;", "") + SOUND

    evidence = isolation_of(postgresql, sql)

    assert evidence.state == "supported", evidence.reason
    assert "the owner of docs sees all rows (no FORCE)" in evidence.reason


def isolation_of_existing(database: ExistingDatabase, engine: Engine) -> Evidence:
    proofs = proofs_by_name(("tenant-isolation",))
    (evidence,) = prove(database.schema, database.ddl, {engine.traits.name: engine}, proofs=proofs)
    return evidence


SECOND = "CREATE ROLE porter LOGIN;"
IN_A_BLOCK = """DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'clerk') THEN
  CREATE ROLE clerk LOGIN BYPASSRLS; END IF; END $$;"""


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        ("CREATE ROLE clerk LOGIN;", "supported", ""),
        ("CREATE ROLE clerk LOGIN BYPASSRLS;", "refuted", "clerk has BYPASSRLS"),
        # beside another role that writes: a role that nobody logs in as serves all tenants, a login does not
        (f"CREATE ROLE clerk LOGIN BYPASSRLS; {SECOND}", "refuted", "clerk has BYPASSRLS"),
        (f"CREATE ROLE clerk NOLOGIN BYPASSRLS; {SECOND}", "supported", "clerk sees all rows (BYPASSRLS)"),
        ("CREATE USER clerk WITH PASSWORD 'x' VALID UNTIL '2030-01-01'; ALTER USER clerk SUPERUSER;", "refuted",
         "clerk has SUPERUSER"),
        (IN_A_BLOCK, "refuted", "clerk has BYPASSRLS"),
        ("CREATE ROLE staff; CREATE ROLE clerk LOGIN; GRANT staff TO clerk;", "not run", "a member of staff"),
        ("CREATE ROLE clerk LOGIN; CREATE ROLE staff ROLE clerk;", "not run", "a member of staff"),
        ("CREATE ROLE clerk; DO 'BEGIN IF true THEN GRANT staff TO clerk WITH ADMIN OPTION; END IF; END';", "not run",
         "a member of staff"),
        ("CREATE ROLE clerk; DO $$ BEGIN EXECUTE 'ALTER ROLE clerk SUPERUSER'; END $$;", "refuted",
         "clerk has SUPERUSER"),
    ],
    ids=["sound", "BYPASSRLS", "a login beside", "maintenance beside", "SUPERUSER", "BYPASSRLS in a block", "a group",
         "members", "GRANT in a block", "EXECUTE"],
)  # fmt: skip
def test_the_rights_that_a_script_gives_its_role_count(
    postgresql: Engine, tmp_path: Path, statements: str, state: str, words: str
) -> None:
    file = tmp_path / "theirs.sql"
    grant = "GRANT SELECT, INSERT, UPDATE, DELETE ON docs TO porter;" if SECOND in statements else ""
    file.write_text(statements + (TABLES.format(type="bigint") + SOUND).replace("app_user", "clerk") + grant)

    evidence = isolation_of_existing(read_existing(file), postgresql)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DO $$ DECLARE g text := 'staff'; BEGIN EXECUTE format('GRANT %I TO clerk', g); END $$;", "execute format"),
        ("CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $$ BEGIN GRANT staff TO clerk; END $$;", "make"),
    ],
)
def test_what_cannot_be_read_about_roles_is_named(
    postgresql: Engine, tmp_path: Path, statement: str, words: str
) -> None:
    assert postgresql.version()  # or the test is skipped
    file = tmp_path / "theirs.sql"
    file.write_text(f"CREATE TABLE t (id int PRIMARY KEY); {statement}")

    (line,) = [one for one in read_existing(file).lost if "roles" in one]

    assert line.startswith("what this does to roles was not read: ")
    assert words in line


def test_the_rights_that_a_live_role_has_count(postgresql: Engine) -> None:
    postgresql.provide_roles(["bursar", "bursars"])
    sql = (TABLES.format(type="bigint") + SOUND).replace("app_user", "bursar")
    with postgresql.scratch(sql) as scratch, scratch.connect("superuser") as superuser:
        sound = read_existing(scratch.url("superuser"), trust_role=True)
        superuser.run("ALTER ROLE bursar BYPASSRLS")
        superuser.run("GRANT bursars TO bursar")
        try:
            open_ = read_existing(scratch.url("superuser"), trust_role=True)
        finally:
            superuser.run("ALTER ROLE bursar NOBYPASSRLS")
            superuser.run("REVOKE bursars FROM bursar")

    assert isolation_of_existing(sound, postgresql).state == "supported"
    assert "bursar has BYPASSRLS" in isolation_of_existing(open_, postgresql).reason
    assert not any("cannot be created" in line for line in open_.lost)


WRITER = (
    "CREATE FUNCTION archive(p bigint) RETURNS void LANGUAGE sql SECURITY DEFINER "
    "AS $$ UPDATE docs SET body = '' WHERE id = p $$;"
)

TIME = "CREATE FUNCTION now2() RETURNS timestamptz LANGUAGE sql SECURITY DEFINER AS $$ SELECT clock_timestamp() $$;"


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        (SOUND + WRITER, "not run", "what archive(bigint) changes with its owner's rights"),
        (SOUND + WRITER.replace("FUNCTION", "PROCEDURE").replace("RETURNS void ", ""), "not run", "archive(bigint)"),
        ("CREATE POLICY t ON docs USING (tenant_id = current_tenant() OR length(body) > 99);", "not run", "LENGTH("),
        (SOUND + "CREATE POLICY u ON docs FOR SELECT USING (id > 1000000);", "not run",
         "(id > 1000000) in a policy of docs"),
        ("CREATE POLICY t ON docs USING (tenant_id = current_tenant() OR current_setting('app.all', true) = 'on');",
         "not run", "app.all"),
        ("CREATE POLICY t ON docs USING (tenant_id = current_tenant() AND length(body) < 5000);", "supported", ""),
        (SOUND + TIME, "supported", ""),
    ],
    ids=["a function that changes rows", "a procedure", "a calculation", "a permissive policy without tenant",
         "another setting", "a narrower policy", "the time"],
)  # fmt: skip
def test_what_is_not_among_the_experiments_is_named(
    postgresql: Engine, statements: str, state: str, words: str
) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


def test_the_tenants_own_table_may_have_a_required_time(postgresql: Engine) -> None:
    sql = """CREATE TABLE tenants (id bigint PRIMARY KEY, created_at timestamptz NOT NULL, founded date NOT NULL);
CREATE TABLE customers (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);"""
    schema = schema_from_sql(sql, postgresql, name="theirs")

    (evidence,) = prove(
        schema, {"postgresql": Ddl(sql, "")}, {"postgresql": postgresql}, proofs=proofs_by_name(("relationships",))
    )

    assert evidence.state == "supported", evidence.reason


CHILD = (
    SOUND + "CREATE TABLE pages (id bigint PRIMARY KEY, doc_id bigint NOT NULL REFERENCES docs, text text NOT NULL);"
    "GRANT SELECT, DELETE ON pages TO app_user;"
)
BY_PARENT = (
    "ALTER TABLE pages ENABLE ROW LEVEL SECURITY; ALTER TABLE pages FORCE ROW LEVEL SECURITY;"
    "CREATE POLICY p ON pages USING (EXISTS (SELECT FROM docs WHERE docs.id = pages.doc_id));"
)
ELSEWHERE = (
    SOUND + "CREATE SCHEMA archive; GRANT USAGE ON SCHEMA archive TO app_user;"
    "CREATE TABLE archive.docs (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, body text);"
    "GRANT SELECT ON archive.docs TO app_user;"
)


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        (CHILD, "refuted", "reads a row of another tenant from pages"),
        (CHILD + BY_PARENT, "supported", "without tenant column: none"),
        (ELSEWHERE, "not run", "no row of another tenant could be generated in docs"),
    ],
    ids=["rows of a parent", "rows of a parent with a policy", "another schema"],
)
def test_tables_that_the_tenant_column_does_not_show_are_tried(
    postgresql: Engine, statements: str, state: str, words: str
) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


@pytest.mark.parametrize(("force", "state"), [("NO FORCE", "refuted"), ("FORCE", "supported")])
def test_a_role_that_owns_a_table_is_bound_by_force_only(
    postgresql: Engine, tmp_path: Path, force: str, state: str
) -> None:
    file = tmp_path / "theirs.sql"
    owner = f"ALTER TABLE docs OWNER TO app_user; ALTER TABLE docs {force} ROW LEVEL SECURITY;"
    file.write_text(TABLES.format(type="bigint") + SOUND + owner)

    evidence = isolation_of_existing(read_existing(file), postgresql)

    assert evidence.state == state, evidence.reason
    assert ("app_user owns docs" in evidence.reason) == (state == "refuted")


def test_a_tenant_that_the_database_gives_to_every_session_is_not_tried(postgresql: Engine, tmp_path: Path) -> None:
    file = tmp_path / "theirs.sql"
    file.write_text(TABLES.format(type="bigint") + SOUND + "ALTER DATABASE theirs SET app.tenant_id = '1';")

    evidence = isolation_of_existing(read_existing(file), postgresql)

    assert evidence.state == "not run"
    assert "left out: ALTER DATABASE theirs SET app.tenant_id = '1'" in evidence.reason


def test_the_role_of_the_application_is_not_one_that_serves_all_tenants(postgresql: Engine) -> None:
    """With as many grants, the role with a policy of its own that has no condition reads for all tenants."""
    postgresql.provide_roles(["a_reader"])
    reader = (
        "GRANT SELECT ON tenants, docs TO a_reader; CREATE POLICY r ON docs FOR SELECT TO a_reader USING (true);"
        "CREATE POLICY r ON tenants FOR SELECT TO a_reader USING (true);"
    )

    schema = schema_from_sql(TABLES.format(type="bigint") + SOUND + reader, postgresql, name="theirs")

    assert schema.isolation is not None
    assert schema.isolation.role == "app_user"
