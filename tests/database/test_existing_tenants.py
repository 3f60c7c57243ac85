"""Tenants of a database that exists: what its policies compare is read, and each way around them is tried."""

from pathlib import Path

import pytest

from langgraph_dba.database import ExistingDatabase, read_existing
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server
TABLES = """
CREATE FUNCTION current_tenant() RETURNS {type} LANGUAGE sql STABLE
AS $$ SELECT (current_setting('request.jwt.claims', true)::jsonb ->> 'tenant_id')::{type} $$;
CREATE TABLE tenants (id {type} PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE docs (
  id bigint PRIMARY KEY, tenant_id {type} NOT NULL DEFAULT current_tenant() REFERENCES tenants, body text NOT NULL
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE docs ENABLE ROW LEVEL SECURITY; ALTER TABLE docs FORCE ROW LEVEL SECURITY;
CREATE POLICY t ON tenants USING (id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, docs TO app_user;
"""
SOUND = "CREATE POLICY t ON docs USING (tenant_id = current_tenant());"


def isolation_of(engine: Engine, sql: str) -> Evidence:
    schema, name = schema_from_sql(sql, engine, name="theirs"), engine.traits.name
    proofs = proofs_by_name(("tenant-isolation",))
    (evidence,) = prove(schema, {name: Ddl(sql, "")}, {name: engine}, proofs=proofs)
    return evidence


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
            "a change of docs",
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


IN_A_BLOCK = """DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'clerk') THEN
  CREATE ROLE clerk LOGIN BYPASSRLS; END IF; END $$;"""


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        ("CREATE ROLE clerk LOGIN;", "supported", ""),
        ("CREATE ROLE clerk LOGIN BYPASSRLS;", "refuted", "clerk has BYPASSRLS"),
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
    ids=["sound", "BYPASSRLS", "SUPERUSER", "BYPASSRLS in a block", "a group", "members", "GRANT in a block",
         "EXECUTE"],
)  # fmt: skip
def test_the_rights_that_a_script_gives_its_role_count(
    postgresql: Engine, tmp_path: Path, statements: str, state: str, words: str
) -> None:
    file = tmp_path / "theirs.sql"
    file.write_text(statements + (TABLES.format(type="bigint") + SOUND).replace("app_user", "clerk"))

    evidence = isolation_of_existing(read_existing(file), postgresql)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DO $$ BEGIN EXECUTE format('GRANT %I TO clerk', 'staff'); END $$;", "execute format"),
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


OPEN = "CREATE POLICY t ON docs USING (tenant_id = current_tenant() OR {});"
MORE = (
    "CREATE TYPE state AS ENUM ('draft', 'void'); CREATE EXTENSION citext;"
    "ALTER TABLE docs ADD owner text, ADD key uuid, ADD day date, ADD price numeric(10, 2), ADD a int, ADD b int,"
    " ADD state state, ADD nick citext, ADD is_open boolean NOT NULL DEFAULT false, ADD code int;"
)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("term", "state"),
    [
        ("owner = 'x' AND code = 7", "refuted"),
        ("key = '11111111-1111-1111-1111-111111111111'", "refuted"),
        ("day = DATE '2020-02-29'", "refuted"),
        ("price = 10.00", "refuted"),
        ("state = 'void'", "refuted"),
        ("nick = 'root'", "refuted"),
        ("is_open", "refuted"),
        ("NOT (tenant_id = current_tenant() OR NOT is_open)", "refuted"),
        ("code IN (3, 4)", "refuted"),
        ("owner IS NULL", "refuted"),
        ("id > 0", "refuted"),
        # the policy of `tenants` hides its rows here too
        ("EXISTS (SELECT FROM tenants t WHERE t.id = tenant_id)", "supported"),
        ("EXISTS (SELECT FROM tenants t WHERE t.id = tenant_id AND t.id = current_tenant())", "supported"),
        ("EXISTS (SELECT FROM tenants t WHERE t.id = tenant_id AND (t.id = current_tenant() OR t.name = 'free'))",
         "not run"),
        ("EXISTS (SELECT FROM tenants t WHERE t.id = tenant_id AND (t.id = current_tenant() OR t.id > 99999))",
         "not run"),
        ("owner = CURRENT_USER", "not run"),
        ("id = 99999999", "refuted"),
        ("now() > TIMESTAMPTZ '2999-01-01'", "not run"),
        ("now() > TIMESTAMPTZ '2001-01-01'", "refuted"),
        ("a = b + 1000000", "not run"),
        ("tenant_id IS NULL", "supported"),
        ("current_user = 'nobody'", "not run"),
        ("false", "supported"),
        ("tenant_id = (SELECT current_tenant())", "supported"),
        ("tenant_id = ANY (ARRAY[current_tenant()])", "supported"),
        ("current_tenant() = tenant_id AND length(body) > 999", "supported"),
    ],
)  # fmt: skip
def test_each_way_in_which_a_policy_can_be_true_is_tried_or_named(postgresql: Engine, term: str, state: str) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + MORE + OPEN.format(term))

    assert evidence.state == state, evidence.reason
    if state == "not run":
        assert "no row of another tenant satisfies" in evidence.reason


CHECKED = (
    "CREATE POLICY s ON docs FOR SELECT USING (tenant_id = current_tenant());"
    "CREATE POLICY i ON docs FOR {} {} WITH CHECK (tenant_id = current_tenant() OR {});"
)


@pytest.mark.parametrize(
    ("command", "using", "term", "state"),
    [
        ("INSERT", "", "state = 'void'", "refuted"),
        ("INSERT", "", "length(body) > 99", "not run"),
        ("INSERT", "", "length(body) > 0", "refuted"),
        ("INSERT", "", "false", "supported"),
        ("UPDATE", "USING (tenant_id = current_tenant())", "state = 'void'", "refuted"),
        ("UPDATE", "USING (tenant_id = current_tenant())", "owner = 'x' AND code = 7", "refuted"),
        ("UPDATE", "USING (tenant_id = current_tenant())", "length(body) > 99", "not run"),
    ],
)
def test_each_way_in_which_a_check_of_new_rows_can_be_true_is_tried_or_named(
    postgresql: Engine, command: str, using: str, term: str, state: str
) -> None:
    policies = CHECKED.format(command, using, term)

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + MORE + policies)

    assert evidence.state == state, evidence.reason


def test_policies_of_other_roles_do_not_count(postgresql: Engine) -> None:
    postgresql.provide_roles(["auditor"])

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOUND + (
        "CREATE POLICY everything ON docs FOR SELECT TO auditor USING (length(body) > 99);"))  # fmt: skip

    assert evidence.state == "supported", evidence.reason


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        (  # a parent: its keys refuse the deletion in any case
            (
                "CREATE POLICY s ON docs FOR SELECT USING (tenant_id = current_tenant());"
                "CREATE POLICY d ON docs FOR DELETE USING (true); CREATE TABLE pages ("
                "id bigint PRIMARY KEY, tenant_id bigint NOT NULL, doc_id bigint NOT NULL REFERENCES docs);"
            ),
            "refuted", "DELETE FROM public.docs",
        ),
        (
            SOUND + "CREATE VIEW broken AS SELECT 1 / (SELECT count(*) - count(*) FROM docs) AS n;"
            "GRANT SELECT ON broken TO app_user;",
            "not run", "broken: division by zero",
        ),
        (
            SOUND + "CREATE VIEW few AS SELECT 1 / (2 - count(DISTINCT tenant_id)) AS n FROM docs;"
            "GRANT SELECT ON few TO app_user;",
            "refuted", "learns of rows of another tenant by few",
        ),
        (
            SOUND + "CREATE FUNCTION add_doc(t bigint, body text) RETURNS void LANGUAGE sql SECURITY DEFINER "
            "AS $$ INSERT INTO docs (id, tenant_id, body) VALUES (9, t, body) $$;",
            "refuted", "learns of rows of another tenant by add_doc",
        ),
        (
            SOUND + "CREATE FUNCTION own_doc(body text) RETURNS void LANGUAGE sql SECURITY DEFINER "
            "AS $$ INSERT INTO docs (id, tenant_id, body) VALUES (9999, current_tenant(), body) $$;",
            "not run", "what own_doc(text) changes",
        ),
        (
            SOUND + "CREATE FUNCTION loud(x jsonb) RETURNS text LANGUAGE plpgsql SECURITY DEFINER "
            "AS $$ BEGIN RAISE 'no'; END $$;",
            "not run", "loud(jsonb): every call was refused",
        ),
        (
            SOUND + "CREATE FUNCTION noise() RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER "
            "AS $$ SELECT string_agg(body, '') || random() FROM docs $$;",
            "not run", "noise(): it returns other rows each time",
        ),
    ],
    ids=["a parent", "a broken view", "an error by foreign rows", "an insertion for anyone", "an insertion", "no call",
         "noise"],
)  # fmt: skip
def test_what_is_refused_for_every_tenant_shows_nothing(
    postgresql: Engine, statements: str, state: str, words: str
) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


MEMBERS = """
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE memberships (tenant_id bigint NOT NULL REFERENCES tenants, user_id bigint NOT NULL REFERENCES users,
  PRIMARY KEY (tenant_id, user_id));
CREATE TABLE docs (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, title text NOT NULL);
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
CREATE POLICY m ON memberships TO app_user USING (user_id = current_setting('app.user_id', true)::bigint);
GRANT SELECT, INSERT, UPDATE, DELETE ON docs TO app_user; GRANT SELECT ON memberships TO app_user;
"""
BY_MEMBERSHIP = (
    "ALTER TABLE docs ENABLE ROW LEVEL SECURITY; CREATE POLICY d ON docs USING (EXISTS (SELECT FROM memberships m "
    "WHERE m.tenant_id = docs.tenant_id AND m.user_id = current_setting('app.user_id', true)::bigint));"
)


@pytest.mark.parametrize("statements", ["", BY_MEMBERSHIP], ids=["no policy", "a policy by membership"])
def test_a_table_whose_tenant_another_table_decides_is_not_supported(postgresql: Engine, statements: str) -> None:
    evidence = isolation_of(postgresql, MEMBERS + statements)

    assert evidence.state == "not run", evidence.reason
    assert "docs: " in evidence.reason


def _function(head: str, body: str, result: str = "SETOF docs") -> str:
    return f"CREATE FUNCTION {head} RETURNS {result} LANGUAGE sql STABLE SECURITY DEFINER AS $$ {body} $$;"


@pytest.mark.parametrize(
    ("function", "state"),
    [
        (_function("page(lim int, off int)", "SELECT * FROM docs ORDER BY id LIMIT lim OFFSET off"), "refuted"),
        (_function("by_ids(ids bigint[])", "SELECT * FROM docs WHERE id = ANY (ids)"), "refuted"),
        (_function("made(a date, b date)", "SELECT count(*) FROM docs WHERE made >= a AND made < b", "bigint"),
         "refuted"),
        (_function("over(low numeric, t text DEFAULT NULL)",
                   "SELECT * FROM docs WHERE amount > low AND (t IS NULL OR body ILIKE t)"), "refuted"),
        (_function("search(n int, skip int, term text)",
                   "SELECT * FROM docs WHERE body ILIKE term LIMIT n OFFSET skip"), "refuted"),
        (_function("found(f jsonb)", "SELECT * FROM docs WHERE amount >= (f ->> 'min')::numeric"), "not run"),
        (_function("own(lim int)", "SELECT * FROM docs WHERE tenant_id = current_tenant() LIMIT lim"), "supported"),
    ],
)  # fmt: skip
def test_a_definer_function_is_called_with_arguments_that_find_rows(
    postgresql: Engine, function: str, state: str
) -> None:
    columns = "ALTER TABLE docs ADD amount numeric(12, 2) NOT NULL DEFAULT 0, ADD made date NOT NULL DEFAULT now();"

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + columns + SOUND + function)

    assert evidence.state == state, evidence.reason
    assert (state == "supported") or function.split()[2].partition("(")[0] in evidence.reason


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        ("CREATE POLICY w ON docs TO worker USING (true); GRANT SELECT ON docs TO worker;", "supported",
         "worker sees all rows of docs (a policy for it, USING true)"),
        ("CREATE POLICY w ON docs TO worker USING (body <> ''); GRANT SELECT ON docs TO worker;", "refuted",
         "worker, as tenant 1, reads a row of another tenant from docs"),
        (("CREATE TABLE jobs (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants); GRANT SELECT "
          "ON jobs TO worker;"), "refuted", "worker, as tenant 1, reads a row of another tenant from jobs"),
        ("GRANT SELECT ON docs TO worker;", "supported", ""),
    ],
    ids=["opened by name", "opened by a condition", "no policy", "bound like the application"],
)  # fmt: skip
def test_every_role_with_privileges_is_tried(postgresql: Engine, statements: str, state: str, words: str) -> None:
    postgresql.provide_roles(["worker"])

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOUND + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


SOFT = "ALTER TABLE docs ADD deleted_at timestamptz, ADD amount int NOT NULL DEFAULT 0;"


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        (
            ("CREATE POLICY t ON docs USING (tenant_id = current_tenant() AND deleted_at IS NULL) "
            "WITH CHECK (tenant_id = current_tenant());"),
            "supported", "",
        ),
        ("CREATE POLICY t ON docs USING (tenant_id = current_tenant() AND false);", "not run", "sees none of its own"),
        (
            SOUND + "CREATE VIEW old AS SELECT id, body FROM docs WHERE body LIKE 'zz%' AND amount > 5000;"
            "GRANT SELECT ON old TO app_user;",
            "not run", "no row of another tenant could be generated in old",
        ),
        (
            SOUND + "CREATE VIEW mine AS SELECT id FROM docs WHERE tenant_id = current_tenant();"
            "GRANT SELECT ON mine TO app_user;",
            "supported", "",
        ),
        (
            SOUND + "CREATE TABLE files (id bigint PRIMARY KEY, doc_id bigint REFERENCES docs, path text);"
            "GRANT SELECT ON files TO app_user;",
            "not run", "files: its rows may belong to tenants: doc_id may refer to docs",
        ),
        (
            SOUND + "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, "
            "doc_id bigint NOT NULL REFERENCES docs ON DELETE CASCADE);"
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;"
            "CREATE POLICY t ON notes USING (tenant_id = current_tenant()); GRANT SELECT, INSERT ON notes TO app_user;",
            "refuted", "adds a row of notes that refers to a row of tenant 2 in docs (notes_doc_id_fkey)",
        ),
    ],
    ids=["soft delete", "no own row", "a view without rows", "a filtered view", "an optional parent", "a reference"],
)  # fmt: skip
def test_narrower_policies_are_sound_and_what_no_row_reaches_is_named(
    postgresql: Engine, statements: str, state: str, words: str
) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOFT + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason
