"""Each way in which the policies of an existing database can be true is tried, or named."""

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.server
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
        ("CASE WHEN owner = 'x' THEN is_open ELSE false END", "refuted"),
        ("CASE WHEN is_open THEN tenant_id = current_tenant() WHEN code = 3 THEN false END", "supported"),
        ("CASE code WHEN 3 THEN tenant_id = current_tenant() ELSE code = 99 END", "refuted"),
        ("COALESCE(owner, 'x') = 'y' AND is_open", "refuted"),
        ("COALESCE(is_open, true) AND tenant_id = current_tenant()", "supported"),
        ("(tenant_id <> current_tenant()) IS FALSE", "supported"),
        ("CASE WHEN code <> current_tenant() THEN false ELSE true END", "refuted"),  # of a NULL, too
        ("(code <> current_tenant()) IS NOT TRUE", "refuted"),
        ("tenant_id IN (0, current_tenant())", "not run"),
        ("tenant_id = ANY (ARRAY[current_tenant(), -1])", "not run"),
        ("tenant_id IN (current_tenant(), current_tenant())", "supported"),
        ("(is_open <> true) IS FALSE AND code = 3", "refuted"),
    ],
)  # fmt: skip
def test_each_way_in_which_a_policy_can_be_true_is_tried_or_named(postgresql: Engine, term: str, state: str) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + MORE + OPEN.format(term))

    assert evidence.state == state, evidence.reason
    if state == "not run":
        assert " satisfies " in evidence.reason


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
