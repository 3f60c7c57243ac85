"""Everything that the roles of an existing database reach is tried, or named."""

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.server
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


@pytest.mark.heavy
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
        (_function("found(f jsonb)", "SELECT * FROM docs WHERE amount >= (f ->> 'min')::numeric"), "refuted"),
        (_function("composed(d docs)", "SELECT * FROM docs WHERE id = (d).id"), "not run"),
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
         "worker sees rows of all tenants in docs (as the policies for it state)"),
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


def test_the_row_that_a_function_returns_is_shown(postgresql: Engine) -> None:
    function = _function("titles(term text)", "SELECT body FROM docs WHERE body ILIKE term", "SETOF text")

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOUND + function)

    assert evidence.state == "refuted"
    before, _, row = evidence.reason.partition("reads a row of another tenant from titles(text): ")
    assert before
    assert row.startswith("('"), evidence.reason


TEAMS = """
CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
CREATE TABLE teams (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE members (
  team_id uuid REFERENCES teams, user_id uuid REFERENCES auth.users, PRIMARY KEY (team_id, user_id)
);
CREATE FUNCTION is_member(t uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
AS $$ SELECT EXISTS (SELECT FROM members WHERE team_id = t AND user_id = auth.uid()) $$;
ALTER TABLE teams ENABLE ROW LEVEL SECURITY; ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON teams FOR SELECT USING (is_member(id));
CREATE POLICY m ON members FOR SELECT USING (is_member(team_id));
CREATE POLICY j ON members FOR INSERT WITH CHECK (user_id = auth.uid());
GRANT USAGE ON SCHEMA auth TO app_user; GRANT SELECT ON teams TO app_user; GRANT SELECT, INSERT ON members TO app_user;
"""
PROFILES = """
CREATE TABLE profiles (user_id uuid PRIMARY KEY REFERENCES auth.users, name text);
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON profiles USING (user_id = auth.uid());
GRANT SELECT, UPDATE ON profiles TO app_user;
"""


@pytest.mark.heavy
@pytest.mark.parametrize("more", ["", PROFILES], ids=["teams alone", "beside profiles of users"])
def test_who_may_write_a_row_does_not_say_whose_it_is(postgresql: Engine, more: str) -> None:
    """A teammate's row was taken for that of another tenant, although the policy for reading shows it on purpose."""
    evidence = isolation_of(postgresql, TEAMS + more)

    assert evidence.state == "not run", evidence.reason


def test_rows_of_others_that_the_own_column_allows_are_named(postgresql: Engine) -> None:
    """The policy for INSERT compares the author, that for SELECT the receiver."""
    messages = """
    CREATE TABLE messages (
      id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, author_id bigint NOT NULL REFERENCES tenants
    );
    ALTER TABLE messages ENABLE ROW LEVEL SECURITY; GRANT SELECT, INSERT ON messages TO app_user;
    CREATE POLICY s ON messages FOR SELECT USING (tenant_id = current_tenant());
    CREATE POLICY i ON messages FOR INSERT WITH CHECK ({check} = current_tenant());
    """
    before = TABLES.format(type="bigint") + SOUND
    of_author, of_receiver = (
        isolation_of(postgresql, before + messages.format(check=one)) for one in ("author_id", "tenant_id")
    )

    assert (of_author.state, of_receiver.state) == ("not run", "supported"), (of_author.reason, of_receiver.reason)
    assert "adds rows of tenant 2 to messages whose author_id is the own tenant" in of_author.reason
