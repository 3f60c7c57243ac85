"""The deterministic analysts: each decides in its own way, and they can disagree."""

import time
from typing import Any

import pytest

from langgraph_dba.agents.database_specialist.analysts import decide_by_context, decide_by_measuring, decide_by_weights
from langgraph_dba.agents.database_specialist.analysts.measuring import measure
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.panel import Abstention, Decision, Question
from langgraph_dba.agents.panel.topics import complete
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.facts import EngineFacts
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import RequirementsError
from langgraph_dba.handoffs.plain import plain

pytestmark = pytest.mark.slow

ANALYSTS = [decide_by_context, decide_by_weights, decide_by_measuring]


def asked(requirements: Requirements, topic: str, *options: str, **more: Any) -> dict[str, Any]:
    question = complete(Question(topic=topic, options=options), TOPICS)
    return {"question": plain(question), "requirements": plain(requirements), **more}


def answer(analyst: Any, *args: Any, **more: Any) -> Decision:
    result = analyst(asked(*args, **more))
    assert isinstance(result, Decision)
    return result


def changed(requirements: Requirements, **fields: Any) -> Requirements:
    plain = requirements.model_dump(mode="json", by_alias=True)
    return Requirements.model_validate({**plain, "tenancy": {**plain["tenancy"], "model": "auto"}, **fields})


WRITING = [
    {"name": "add", "entity": "task", "kind": "insert", "weight": 99},
    {"name": "look", "entity": "task", "filter": ["status"], "range": "due_on", "weight": 1},
]


@pytest.mark.parametrize("analyst", ANALYSTS)
def test_an_analyst_abstains_from_other_topics(analyst: Any, projects: Requirements) -> None:
    result = analyst(asked(projects, "caching"))

    assert isinstance(result, Abstention)
    assert result.reason.startswith("the analysts do not answer this topic")


@pytest.mark.parametrize("analyst", ANALYSTS)
def test_invalid_requirements_are_an_error_with_the_field(analyst: Any, projects: Requirements) -> None:
    with pytest.raises(RequirementsError, match="entities"):
        analyst({**asked(projects, "tenancy"), "requirements": {"title": "x"}})


@pytest.mark.parametrize("analyst", ANALYSTS)
@pytest.mark.parametrize("options", [("foreign-keys",), ("workload", "workload-covering")])
def test_an_analyst_answers_within_the_options(analyst: Any, options: tuple[str, ...], projects: Requirements) -> None:
    assert answer(analyst, projects, "index-design", *options, targets=["sqlite"]).option in options


@pytest.mark.parametrize(
    ("fields", "context", "option"),
    [
        ({"scale": {"tenants": 5000}}, {}, "shared-schema"),
        ({"compliance": ["hipaa"], "scale": {"tenants": 8}}, {}, "database-per-tenant"),
        ({"compliance": ["pci-dss"], "scale": {"tenants": 200}}, {}, "schema-per-tenant"),
        ({"compliance": ["hipaa"], "scale": {"tenants": 8}}, {"team_size": 1}, "shared-schema"),
        ({"scale": {"tenants": 8}}, {"engines": ["sqlite"]}, "schema-per-tenant"),
        ({"scale": {"tenants": 8}}, {"engines": ["sqlite", "postgresql"]}, "shared-schema"),
        ({"scale": {"tenants": 8}}, {"constraints": ["no-row-level-security"]}, "schema-per-tenant"),
        ({"compliance": ["hipaa"]}, {"existing_tenancy": "schema-per-tenant"}, "schema-per-tenant"),
        ({"tenancy": {"model": "database-per-tenant", "entity": "tenant"}}, {}, "database-per-tenant"),
    ],
)
def test_project_context_rules_on_tenancy(
    fields: dict[str, Any], context: dict[str, Any], option: str, projects: Requirements
) -> None:
    assert answer(decide_by_context, changed(projects, **fields), "tenancy", context=context).option == option


@pytest.mark.parametrize(
    ("workload", "option"),
    [
        ([], "foreign-keys"),
        (WRITING, "foreign-keys"),
        ([{"name": "a", "entity": "task", "filter": ["status"]}], "workload"),
        (
            [{"name": "a", "entity": "task", "filter": ["status"], "columns": ["title"], "service_level_ms": 5}],
            "workload-covering",
        ),
    ],
)
def test_project_context_rules_on_indexes(workload: list[dict[str, Any]], option: str, projects: Requirements) -> None:
    assert answer(decide_by_context, changed(projects, workload=workload), "index-design").option == option


@pytest.mark.parametrize(
    ("fields", "option"),
    [
        ({"scale": {"tenants": 5000}}, "shared-schema"),
        ({"scale": {"tenants": 5}, "compliance": ["hipaa", "pci-dss"]}, "database-per-tenant"),
    ],
)
def test_the_score_weighs_isolation_against_the_number_of_tenants(
    fields: dict[str, Any], option: str, projects: Requirements
) -> None:
    result = answer(decide_by_weights, changed(projects, **fields), "tenancy")

    assert result.option == option
    assert result.rationale.startswith("scores: shared-schema ")


def test_the_score_follows_the_share_of_writes(projects: Requirements) -> None:
    assert answer(decide_by_weights, changed(projects, workload=WRITING), "index-design").option == "foreign-keys"
    assert answer(decide_by_weights, projects, "index-design").option == "workload-covering"


def test_the_rules_and_the_score_can_disagree(projects: Requirements) -> None:
    assert (
        answer(decide_by_context, projects, "index-design").option
        != answer(decide_by_weights, projects, "index-design").option
    )


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_measured_work_includes_the_gain_and_the_cost_of_a_longer_index(
    name: str, projects: Requirements, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(name)
    workload = [
        {"name": "by_status", "entity": "task", "filter": ["status"], "range": "due_on", "weight": 5},
        {"name": "add", "entity": "task", "kind": "insert", "weight": 5},
    ]
    question = complete(Question(topic="index-design"), TOPICS)

    result = measure(changed(projects, workload=workload), question, engine)

    assert result["workload"].reads < result["foreign-keys"].reads
    assert result["workload"].writes > result["foreign-keys"].writes
    assert result["workload"].indexes > result["foreign-keys"].indexes


def test_measuring_follows_the_workload(sqlite: Engine, projects: Requirements) -> None:
    del sqlite
    reading = answer(decide_by_measuring, projects, "index-design", targets=["sqlite"])
    writing = answer(decide_by_measuring, changed(projects, workload=WRITING), "index-design", targets=["sqlite"])

    assert reading.option != "foreign-keys"
    assert writing.option == "foreign-keys"
    assert "weighted work on SQLite" in reading.rationale
    assert "one insertion for every ten reads" in reading.assumptions[0]


def test_measuring_proves_isolation_if_an_engine_supports_it(postgresql: Engine, projects: Requirements) -> None:
    del postgresql
    result = answer(decide_by_measuring, projects, "tenancy", targets=["sqlite", "postgresql"])

    assert result.option == "shared-schema"
    assert result.rationale.startswith("postgresql: ")
    assert any(risk.startswith("sqlite: isolation was not proved") for risk in result.risks)


def test_measuring_counts_objects_if_no_engine_isolates_tenants(sqlite: Engine, projects: Requirements) -> None:
    del sqlite
    few = answer(decide_by_measuring, changed(projects, scale={"tenants": 20}), "tenancy", targets=["sqlite"])
    many = answer(
        decide_by_measuring, changed(projects, scale={"tenants": 20_000}), "tenancy", targets={"engines": ["sqlite"]}
    )

    assert (few.option, many.option) == ("database-per-tenant", "shared-schema")
    assert "for 20 tenants" in few.rationale
    assert "too many for separate schemas or databases" in many.rationale


def test_an_engine_that_is_unusable_by_the_facts_is_not_started(sqlite: Engine, projects: Requirements) -> None:
    del sqlite
    facts = {"postgresql": EngineFacts(usable=False, reason="not installed").model_dump(mode="json")}

    result = answer(decide_by_measuring, projects, "index-design", targets=["postgresql", "sqlite"], engine_facts=facts)

    assert "SQLite" in result.rationale


def test_both_topics_together_are_quick(sqlite: Engine, projects: Requirements) -> None:
    del sqlite
    start = time.process_time()

    for topic in ("tenancy", "index-design"):
        for analyst in ANALYSTS:
            answer(analyst, projects, topic, targets=["sqlite"])

    assert time.process_time() - start < 5
