"""Foreign keys of tables whose rows a trigger gives the same value: a full scan is right, with and without an index."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

TABLES = """
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE owners (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE pets (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, owner_id bigint REFERENCES owners,
  UNIQUE (tenant_id, id));
ALTER TABLE pets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON pets TO app_user USING (tenant_id = nullif(current_setting('app.tenant', true), '')::bigint);
GRANT SELECT ON pets TO app_user;
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  SELECT min(id) INTO NEW.tenant_id FROM tenants; RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT ON pets FOR EACH ROW EXECUTE FUNCTION fill();
"""


@pytest.mark.heavy
@pytest.mark.server
@pytest.mark.parametrize(
    ("index", "state", "reason"),
    [
        ("CREATE INDEX ON pets (owner_id);", "not run", "not tried: pets_tenant_id_fkey, because 10000 rows of pets"),
        ("", "refuted", "no index supports pets_owner_id_fkey"),
    ],
)
def test_a_value_of_most_rows_refutes_nothing(postgresql: Engine, index: str, state: str, reason: str) -> None:
    evidence = evidence_of(postgresql, TABLES + index)["foreign-keys-indexed"]

    assert evidence.state == state, evidence.reason
    assert reason in evidence.reason
    assert "pets_tenant_id_fkey: rows" not in evidence.reason
