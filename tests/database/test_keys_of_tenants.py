"""Unique keys with a tenant column: the tenant differs, whatever its foreign key refers to."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]
_MEMBERS = """CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);
CREATE TABLE public.users (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE members (
  id uuid PRIMARY KEY, user_id uuid NOT NULL {reference}, tribe text NOT NULL, UNIQUE (user_id, tribe)
);
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON members USING (user_id = current_setting('app.user')::uuid);
GRANT SELECT, INSERT ON members TO app_user;"""
_REFERENCES = ["REFERENCES auth.users ON DELETE CASCADE", "REFERENCES public.users ON DELETE CASCADE", ""]
_IDS = ["users of another schema", "users", "no foreign key"]


@pytest.mark.parametrize("reference", _REFERENCES, ids=_IDS)
def test_a_key_within_each_tenant_is_supported(postgresql: Engine, reference: str) -> None:
    evidence = evidence_of(postgresql, _MEMBERS.format(reference=reference))["relationships"]

    assert evidence.state == "supported", evidence.reason
    assert evidence.receipt.numbers["experiments"]["tenant"] == 1


@pytest.mark.parametrize("reference", _REFERENCES, ids=_IDS)
def test_a_key_over_all_tenants_beside_it_is_refuted(postgresql: Engine, reference: str) -> None:
    sql = _MEMBERS.format(reference=reference) + "CREATE UNIQUE INDEX one_tribe ON members (tribe);"

    evidence = evidence_of(postgresql, sql)["relationships"]

    assert evidence.state == "refuted", evidence.reason
    assert "two tenants may use the same tribe in members: refused" in evidence.reason
