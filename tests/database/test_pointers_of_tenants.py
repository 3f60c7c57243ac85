"""Rows that point at rows of another tenant: what reads with its owner's rights may follow them.

Each schema has sound policies on its tables. A pointer without a foreign key that holds the tenant can have any value
that the application writes, so a tenant can point at a row that it cannot see.
"""

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]

LINKS = """
CREATE TABLE links (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, target_id bigint, note text NOT NULL DEFAULT ''
);
CREATE TABLE nodes (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, parent_id bigint, label text NOT NULL
);
ALTER TABLE links ENABLE ROW LEVEL SECURITY; ALTER TABLE links FORCE ROW LEVEL SECURITY;
ALTER TABLE nodes ENABLE ROW LEVEL SECURITY; ALTER TABLE nodes FORCE ROW LEVEL SECURITY;
CREATE POLICY l ON links USING (tenant_id = current_tenant());
CREATE POLICY n ON nodes USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON links, nodes TO app_user;
"""


def schema(more: str) -> str:
    return TABLES.format(type="bigint") + SOUND + LINKS + more


def view(query: str) -> str:
    return f"CREATE VIEW v AS {query}; GRANT SELECT ON v TO app_user;"


def function(head: str, query: str) -> str:
    return f"CREATE FUNCTION {head} LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ {query} $$;"


LEAKS = {
    "a view joins the target": (
        view("SELECT l.id, d.body FROM links l JOIN docs d ON d.id = l.target_id WHERE l.tenant_id = current_tenant()"),
        "from v",
    ),
    "a view asks whether the target exists": (
        view(
            "SELECT l.id FROM links l WHERE l.tenant_id = current_tenant() "
            "AND EXISTS (SELECT FROM docs d WHERE d.id = l.target_id)"
        ),
        "from v",
    ),
    "a function joins the target": (
        function(
            "linked() RETURNS SETOF text",
            "SELECT d.body FROM links l JOIN docs d ON d.id = l.target_id WHERE l.tenant_id = current_tenant()",
        ),
        "linked()",
    ),
    "a function goes down a tree": (
        function(
            "tree(p bigint) RETURNS SETOF text",
            "WITH RECURSIVE r AS (SELECT id, label FROM nodes WHERE id = p AND tenant_id = current_tenant() "
            "UNION SELECT n.id, n.label FROM nodes n JOIN r ON n.parent_id = r.id) SELECT label FROM r",
        ),
        "tree(bigint)",
    ),
    "a function goes up a tree": (
        function(
            "path(p bigint) RETURNS SETOF text",
            "WITH RECURSIVE r AS (SELECT id, parent_id, label FROM nodes WHERE id = p AND tenant_id = current_tenant() "
            "UNION SELECT n.id, n.parent_id, n.label FROM nodes n JOIN r ON n.id = r.parent_id) "
            "SELECT label FROM r",
        ),
        "path(bigint)",
    ),
    "a function counts the rows that point at an own one": (
        function(
            "links_to(p bigint) RETURNS bigint",
            "SELECT count(*) FROM links l JOIN docs d ON d.id = l.target_id "
            "WHERE d.id = p AND d.tenant_id = current_tenant()",
        ),
        "links_to(bigint)",
    ),
    "a trigger copies from the target": (
        (
            "CREATE FUNCTION copied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ "
            "BEGIN NEW.note := coalesce((SELECT body FROM docs WHERE id = NEW.target_id), ''); RETURN NEW; END $$;"
            "CREATE TRIGGER c BEFORE INSERT OR UPDATE ON links FOR EACH ROW EXECUTE FUNCTION copied();"
        ),
        "links if another tenant has rows",
    ),
    "a view shows the row before": (
        view(
            "SELECT id, before FROM (SELECT id, tenant_id, lag(body) OVER (ORDER BY id) AS before FROM docs) d "
            "WHERE tenant_id = current_tenant()"
        ),
        "sees other rows of v",
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_follows_a_pointer_to_another_tenant_is_found(postgresql: Engine, name: str) -> None:
    statements, words = LEAKS[name]

    evidence = isolation_of(postgresql, schema(statements))

    assert evidence.state == "refuted", evidence.reason
    assert words in evidence.reason


SOUND_VIEWS = {
    "both sides are of the tenant": (
        "SELECT l.id, d.body FROM links l JOIN docs d ON d.id = l.target_id AND d.tenant_id = l.tenant_id "
        "WHERE l.tenant_id = current_tenant()"
    ),
    "the window is one of the tenant": (
        "SELECT id, lag(body) OVER (ORDER BY id) AS before FROM docs WHERE tenant_id = current_tenant()"
    ),
}


@pytest.mark.parametrize("name", SOUND_VIEWS)
def test_a_pointer_that_is_followed_within_the_tenant_refutes_nothing(postgresql: Engine, name: str) -> None:
    evidence = isolation_of(postgresql, schema(view(SOUND_VIEWS[name])))

    assert evidence.state == "supported", evidence.reason


PARTNERS = """
CREATE TABLE cases (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, owner_id bigint, status text NOT NULL
);
ALTER TABLE cases ENABLE ROW LEVEL SECURITY; ALTER TABLE cases FORCE ROW LEVEL SECURITY;
CREATE POLICY c ON cases USING ({using}) WITH CHECK (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON cases TO app_user;
"""


@pytest.mark.parametrize(
    "using",
    [
        "COALESCE(owner_id, tenant_id) = current_tenant()",
        "CASE WHEN owner_id IS NOT NULL THEN owner_id ELSE tenant_id END = current_tenant()",
        "CASE status WHEN 'shared' THEN owner_id ELSE tenant_id END = current_tenant()",
        "tenant_id = current_tenant() OR owner_id = current_tenant()",
    ],
)
def test_a_way_that_compares_another_column_is_tried_with_the_own_tenant_in_it(postgresql: Engine, using: str) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOUND + PARTNERS.format(using=using))

    assert evidence.state == "refuted", evidence.reason
    assert "reads a row of another tenant from cases" in evidence.reason


@pytest.mark.parametrize("type_", ["char(8)", "varchar(6)", "bpchar", "name"])
def test_a_cast_that_makes_different_tenants_equal_is_not_a_comparison_of_the_tenant(
    postgresql: Engine, type_: str
) -> None:
    policy = f"CREATE POLICY t ON docs USING (tenant_id::{type_} = current_tenant()::{type_});"

    evidence = isolation_of(postgresql, TABLES.format(type="text") + policy)

    assert evidence.state == "not run", evidence.reason
    assert "in a policy of docs" in evidence.reason


@pytest.mark.parametrize("type_", ["text", "varchar"])
def test_a_cast_that_keeps_tenants_apart_is_one(postgresql: Engine, type_: str) -> None:
    policy = f"CREATE POLICY t ON docs USING (tenant_id::{type_} = current_tenant()::{type_});"

    evidence = isolation_of(postgresql, TABLES.format(type="text") + policy)

    assert evidence.state == "supported", evidence.reason


def test_a_role_that_may_only_execute_a_routine_is_tried(postgresql: Engine) -> None:
    postgresql.provide_roles(["web"])
    routine = function("every_doc() RETURNS SETOF docs", "SELECT * FROM docs")
    only = "REVOKE ALL ON FUNCTION every_doc() FROM PUBLIC; GRANT EXECUTE ON FUNCTION every_doc() TO web;"

    evidence = isolation_of(postgresql, schema(f"{routine} {only}"))

    assert evidence.state == "refuted", evidence.reason
    assert "web, as tenant 1, reads a row of another tenant from every_doc()" in evidence.reason


KEPT = """
CREATE TABLE parts (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, node_id bigint NOT NULL,
  FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);
ALTER TABLE parts ENABLE ROW LEVEL SECURITY; ALTER TABLE parts FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON parts USING (tenant_id = current_tenant()) {check};
GRANT SELECT, INSERT, UPDATE, DELETE ON parts TO app_user;
"""
SETS_TENANT = """
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN NEW.tenant_id := current_tenant(); RETURN NEW; END $$;
CREATE TRIGGER own BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION own();
"""
UNIQUE = "ALTER TABLE nodes ADD UNIQUE (tenant_id, id);"


def test_a_trigger_that_sets_the_tenant_makes_a_foreign_row_an_own_one(postgresql: Engine) -> None:
    evidence = isolation_of(postgresql, schema(UNIQUE + KEPT.format(check="") + SETS_TENANT))

    assert evidence.state == "supported", evidence.reason


def test_without_that_trigger_a_foreign_row_that_only_a_key_refuses_is_one(postgresql: Engine) -> None:
    evidence = isolation_of(postgresql, schema(UNIQUE + KEPT.format(check="WITH CHECK (true)")))

    assert evidence.state == "refuted", evidence.reason
    assert "tenant 2 in parts" in evidence.reason


def test_a_routine_that_never_ends_is_called_once(postgresql: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_dba.database.engines.postgresql.connection._STATEMENT_LIMIT_S", 2.0)
    endless = function(
        "endless(p bigint) RETURNS SETOF text",
        "WITH RECURSIVE r AS (SELECT id, label FROM nodes WHERE tenant_id = current_tenant() "
        "UNION ALL SELECT r.id, r.label FROM r) SELECT label FROM r",
    )

    evidence = isolation_of(postgresql, schema(endless))

    assert evidence.state == "not run", evidence.reason
    assert "endless(bigint): " in evidence.reason
    assert evidence.reason.count("endless(bigint)") == 1
