"""Constraints that PostgreSQL 18 does not enforce: a stated rule that no row has to obey."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.database.rules import find

pytestmark = pytest.mark.server
PEOPLE = "CREATE TABLE people (id bigint PRIMARY KEY, age integer{check});"
CARS = """
CREATE TABLE cars (id bigint PRIMARY KEY, person_id bigint REFERENCES people{key});
CREATE INDEX ON cars (person_id);
"""


@pytest.mark.parametrize(
    ("check", "key", "proof", "found"),
    [
        ("", "", "", []),
        ("", " NOT ENFORCED", "relationships", ["cars"]),
        (" CHECK (age > 0) NOT ENFORCED", "", "data-types", ["people"]),
    ],
)
def test_a_constraint_that_is_not_enforced_is_named(
    postgresql: Engine, check: str, key: str, proof: str, found: list[str]
) -> None:
    if int(postgresql.version().partition(".")[0]) < 18:
        pytest.skip("NOT ENFORCED needs PostgreSQL 18")
    sql = PEOPLE.format(check=check) + CARS.format(key=key)

    findings = find(schema_from_sql(sql, postgresql, name="theirs"))
    proofs = evidence_of(postgresql, sql)
    refuted = [name for name, one in proofs.items() if "NOT ENFORCED" in one.reason]

    assert [str(one.location) for one in findings if one.rule == "not-validated-constraint"] == found
    assert refuted == ([proof] if proof else [])
    assert all(proofs[name].state == "refuted" for name in refuted)
