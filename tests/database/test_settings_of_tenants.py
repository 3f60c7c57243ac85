"""Tables of which each tenant has one row, such as its settings: they are filled, and their rules are tried."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]
OWN = "USING (org_id = nullif(current_setting('app.org_id', true), '')::bigint)"
SETTINGS = """
CREATE TABLE orgs (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, org_id bigint NOT NULL REFERENCES orgs, name text NOT NULL);
CREATE INDEX items_org ON items (org_id);
CREATE TABLE plans (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE settings (
  {key}, plan_id bigint {plan}, seats integer NOT NULL {check}, changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX settings_plan ON settings (plan_id);
ALTER TABLE items ENABLE ROW LEVEL SECURITY; ALTER TABLE settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON items {own}; CREATE POLICY p ON settings {policy};
GRANT SELECT, INSERT, UPDATE, DELETE ON items, settings TO app_user; GRANT SELECT ON plans TO app_user;
"""
KEYS = [
    "org_id bigint PRIMARY KEY REFERENCES orgs",
    "org_id bigint PRIMARY KEY REFERENCES orgs ON DELETE CASCADE",
    "id bigint PRIMARY KEY, org_id bigint NOT NULL UNIQUE REFERENCES orgs",
]


def _sql(key: str, *, plan: str = "REFERENCES plans", check: str = "CHECK (seats > 0)", policy: str = OWN) -> str:
    return SETTINGS.format(key=key, plan=plan, check=check, own=OWN, policy=policy)


@pytest.mark.parametrize("key", KEYS)
def test_the_rules_of_such_a_table_are_tried(postgresql: Engine, key: str) -> None:
    evidence = evidence_of(postgresql, _sql(key))

    for proof in ("relationships", "data-types", "tenant-isolation"):
        assert evidence[proof].state == "supported", evidence[proof].reason


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("policy", ["USING (true)", f"{OWN} WITH CHECK (true)", f"{OWN[:-1]} OR seats > 100)"])
def test_a_policy_that_opens_such_a_table_is_found(postgresql: Engine, key: str, policy: str) -> None:
    evidence = evidence_of(postgresql, _sql(key, policy=policy))["tenant-isolation"]

    assert evidence.state == "refuted", evidence.reason
    assert "settings" in evidence.reason
