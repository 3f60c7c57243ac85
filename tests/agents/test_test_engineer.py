import re

from langgraph_dba.agents.kit.contracts import TestRequest
from langgraph_dba.agents.test_engineer.node import test_engineer as engineer
from langgraph_dba.agents.test_engineer.runs import red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, traits_of
from langgraph_dba.database.model.schema import Schema


def test_each_test_is_red_for_its_own_rule_and_then_green(engine: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    found = red_then_green(schema, ddl[engine.traits.name], engine, render_suite(schema, engine.traits))

    numbers = list(found.receipt.numbers.values())
    assert found.state == "supported", found.reason
    assert numbers[0] == numbers[1] == numbers[2] > 90


def test_a_rule_that_is_missing_from_the_real_schema_is_found(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    weak = Ddl(ddl["sqlite"].up.replace("UNIQUE (tenant_id, email)", "UNIQUE (tenant_id, email, display_name)"), "")

    found = red_then_green(schema, weak, sqlite, render_suite(schema, sqlite.traits))

    assert found.state == "refuted"
    assert "users_email_key" in found.reason


def test_a_test_that_cannot_fail_is_found(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    suite = render_suite(schema, sqlite.traits)
    name = "test_schema_sqlite.py"
    idle = re.sub(
        r"(def test_users_email_is_required\(database\):).*?\n\n", r"\1\n    pass\n\n", suite[name], flags=re.DOTALL
    )

    found = red_then_green(schema, ddl["sqlite"], sqlite, suite | {name: idle})

    assert found.state == "refuted"
    assert "test_users_email_is_required passes against the bare schema" in found.reason


def test_there_is_a_test_for_every_rule(schema: Schema) -> None:
    text = render_suite(schema, traits_of("postgresql"))["test_schema_postgresql.py"]

    for table in schema.tables:
        rules = [f"{table.name}_pkey", *(u.name for u in table.uniques), *(c.name for c in table.checks)]
        rules += [key.name for key in table.foreign_keys]
        rules += [f"{table.name}_tenant"] if table.tenant_column else []
        for rule in rules:
            assert f"'{rule}'" in text or f'"{rule}"' in text, rule


def test_the_node_gives_files_and_evidence_for_its_newest_request(schema: Schema, ddl: dict[str, Ddl]) -> None:
    asked = TestRequest(database_schema=schema, engines=["sqlite"], ddl={"sqlite": ddl["sqlite"].up})
    payload = asked.model_dump(mode="json", by_alias=True)

    given = engineer(
        {"inbox": [{"from": "x", "kind": "handoff", "brief": {}, "contract": "TestRequest", "payload": payload}]}
    )

    assert set(given["artifacts"]) == {"tests/conftest.py", "tests/rows_sqlite.py", "tests/test_schema_sqlite.py"}
    assert [one["state"] for one in given["evidence"]] == ["supported"]


def test_the_node_says_when_nothing_was_handed_over() -> None:
    assert "needed" in engineer({"inbox": []})["gotcha"]
