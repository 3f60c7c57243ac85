"""Rows whose tenant column is NULL: every tenant may see them if a policy says so, and none may write them."""

import pytest
from tenant_schemas import TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]
NULLABLE = TABLES.format(type="bigint") + "ALTER TABLE docs ALTER tenant_id DROP NOT NULL;"
SHARED = "CREATE POLICY t ON docs {} USING (tenant_id = current_tenant() OR tenant_id IS NULL){};"
UNSEEN = (
    "CREATE POLICY r ON docs FOR SELECT USING (tenant_id = current_tenant());"
    "CREATE POLICY w ON docs FOR DELETE USING (tenant_id = current_tenant() OR tenant_id IS NULL);"
)
LOOSE = (
    "CREATE VIEW loose AS SELECT body FROM docs WHERE coalesce(tenant_id, current_tenant()) = current_tenant();"
    "GRANT SELECT ON loose TO app_user;"
)
OWN = "CREATE POLICY own ON docs USING (tenant_id = current_tenant());"
SEEN = "app_user sees rows without a tenant in docs"


@pytest.mark.parametrize(
    ("policies", "state", "words"),
    [
        (OWN, "supported", ""),
        (SHARED.format("FOR SELECT", "") + OWN, "supported", SEEN),
        (
            UNSEEN,
            "refuted",
            "deletes rows without a tenant in docs",
        ),
        (SHARED.format("", ""), "refuted", "changes rows without a tenant in docs"),
        (SHARED.format("", " WITH CHECK (tenant_id = current_tenant())"), "refuted", "deletes rows without a tenant"),
        (
            SHARED.format("FOR SELECT", "") + OWN + "CREATE POLICY new ON docs FOR INSERT WITH CHECK (true);",
            "refuted",
            "adds a row to docs that every tenant sees",
        ),
        (
            OWN + LOOSE,
            "refuted",
            "sees rows without a tenant of docs through loose",
        ),
    ],
)
def test_rows_without_a_tenant_are_read_by_all_and_written_by_none(
    postgresql: Engine, policies: str, state: str, words: str
) -> None:
    evidence = isolation_of(postgresql, NULLABLE + policies)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason
    assert (SEEN in evidence.reason) == (words == SEEN)
