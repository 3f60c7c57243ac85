"""Tables of tenants in a file that grants nothing: which role the application uses is not known."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs.kit.specimen import specimen_for

TENANTS = """
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE projects (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, name text NOT NULL);
CREATE INDEX projects_tenant ON projects (tenant_id);
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON projects USING (tenant_id = current_setting('app.tenant', true)::bigint);
"""
FORCE = "ALTER TABLE projects FORCE ROW LEVEL SECURITY;"
OPEN = FORCE + "CREATE POLICY everyone ON projects USING (true);"
pytestmark = [pytest.mark.server, pytest.mark.heavy]


def test_the_reason_says_that_no_role_is_known(postgresql: Engine) -> None:
    evidence = evidence_of(postgresql, TENANTS)["tenant-isolation"]

    assert evidence.state == "not run"
    assert evidence.reason.startswith("no role of an application is known: nothing is granted to a role")
    assert "app_user" not in evidence.reason


def test_the_owner_whom_policies_restrict_is_still_tried(postgresql: Engine) -> None:
    evidence = evidence_of(postgresql, TENANTS + OPEN)["tenant-isolation"]

    assert evidence.state == "refuted"
    assert "the owner" in evidence.reason


def test_a_role_whose_grants_the_isolation_implies_is_known(postgresql: Engine) -> None:
    statements = render(specimen_for(postgresql.traits), postgresql.traits).up

    evidence = evidence_of(postgresql, statements)["tenant-isolation"]

    assert evidence.state == "supported", evidence.reason
