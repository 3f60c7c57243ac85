"""Routines that return one row of those of all tenants, and policies that compare another column than the tenant's."""

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]
FUNCTION = "CREATE FUNCTION f({}) RETURNS {} LANGUAGE {} STABLE SECURITY DEFINER SET search_path = public AS $$ {} $$;"


@pytest.mark.parametrize(
    ("arguments", "returns", "language", "body"),
    [
        ("", "SETOF docs", "sql", "SELECT * FROM docs ORDER BY id LIMIT 1"),
        ("", "SETOF docs", "sql", "SELECT * FROM docs ORDER BY id DESC LIMIT 1"),
        ("n int", "SETOF docs", "sql", "SELECT * FROM docs ORDER BY id OFFSET n LIMIT 1"),
        ("", "timestamptz", "sql", "SELECT min(created_at) FROM tenants"),
        ("", "text", "sql", "SELECT body FROM docs"),
        ("", "text", "plpgsql", "DECLARE r docs; BEGIN SELECT * INTO r FROM docs; RETURN r.body; END"),
    ],
)
def test_the_row_of_one_tenant_is_not_for_the_other(
    postgresql: Engine, arguments: str, returns: str, language: str, body: str
) -> None:
    """What an order puts first is always of the same tenant: only the other one gets a foreign row."""
    sql = TABLES.format(type="bigint") + SOUND + FUNCTION.format(arguments, returns, language, body)

    evidence = isolation_of(postgresql, sql)

    assert evidence.state == "refuted", evidence.reason
    assert "f(" in evidence.reason


@pytest.mark.parametrize(
    ("arguments", "returns", "body"),
    [
        ("", "SETOF docs", "SELECT * FROM docs WHERE tenant_id = current_tenant() ORDER BY id LIMIT 1"),
        ("", "bigint", "SELECT current_tenant() FROM docs WHERE tenant_id = current_tenant() LIMIT 1"),
        ("", "text", "SELECT 'docs' FROM docs WHERE tenant_id = current_tenant() LIMIT 1"),
    ],
)
def test_the_first_own_row_is_for_each_tenant(postgresql: Engine, arguments: str, returns: str, body: str) -> None:
    sql = TABLES.format(type="bigint") + SOUND + FUNCTION.format(arguments, returns, "sql", body)

    evidence = isolation_of(postgresql, sql)

    assert evidence.state == "supported", evidence.reason


def test_each_part_of_a_union_needs_a_row(postgresql: Engine) -> None:
    own = "SELECT * FROM docs WHERE tenant_id = current_tenant()"
    body = (
        f"{own} UNION ALL SELECT d.* FROM docs d JOIN tenants t ON t.id = d.tenant_id WHERE t.name = 'Demo' AND n > 0"
    )
    sql = TABLES.format(type="bigint") + SOUND + FUNCTION.format("n int", "SETOF docs", "sql", body)

    evidence = isolation_of(postgresql, sql)

    assert evidence.state == "not run"
    assert "t.name = 'Demo'" in evidence.reason


@pytest.mark.parametrize(
    ("table", "policy"),
    [
        ("id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants", "id = current_tenant()"),
        ("id bigint PRIMARY KEY, org_id bigint NOT NULL", "id = current_tenant()"),
        (
            "id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES tenants, partner bigint REFERENCES tenants",
            "partner = current_tenant()",
        ),
    ],
)
def test_a_policy_that_compares_another_column_than_the_tenants_is_named(
    postgresql: Engine, table: str, policy: str
) -> None:
    more = (
        f"CREATE TABLE bills ({table}); ALTER TABLE bills ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE bills FORCE ROW LEVEL SECURITY; CREATE POLICY t ON bills USING ({policy});"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON bills TO app_user;"
    )

    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + SOUND + more)

    assert evidence.state == "not run", evidence.reason
    assert "bills: its policies compare" in evidence.reason
