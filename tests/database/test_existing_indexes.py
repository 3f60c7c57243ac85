"""Indexes of databases that exist: what an experiment cannot show about them is not judged."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.server
HOSTS = """
CREATE TABLE hosts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mac {type}, name text NOT NULL, retired_at timestamptz
);
CREATE UNIQUE INDEX hosts_mac_active ON hosts (mac) WHERE {where};
"""


@pytest.mark.parametrize("type_", ["macaddr", "text", "integer"])
@pytest.mark.parametrize("where", ["mac IS NOT NULL", "retired_at IS NULL", "mac IS NOT NULL AND retired_at IS NULL"])
def test_a_unique_partial_index_is_read_by_its_key_and_enforces_its_rule(
    postgresql: Engine, type_: str, where: str
) -> None:
    evidence = evidence_of(postgresql, HOSTS.format(type=type_, where=where))

    assert evidence["partial-indexes"].state == "supported", evidence["partial-indexes"].reason


def test_a_partial_index_that_serves_its_read_is_supported(postgresql: Engine) -> None:
    sql = "CREATE TABLE jobs (id bigint PRIMARY KEY, state text NOT NULL, due integer NOT NULL);"

    evidence = evidence_of(postgresql, f"{sql} CREATE INDEX jobs_due ON jobs (due) WHERE state <> 'done';")

    assert evidence["partial-indexes"].state == "supported", evidence["partial-indexes"].reason


def test_an_index_that_a_generated_table_is_too_small_for_is_named_and_not_refuted(postgresql: Engine) -> None:
    sql = """
    CREATE TABLE measures (host_id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (at, host_id));
    CREATE INDEX measures_at ON measures USING brin (at);
    """

    evidence = evidence_of(postgresql, sql)["index-types"]

    assert evidence.state == "not run"
    assert "measures_at (brin): the plan uses measures_pkey" in evidence.reason
