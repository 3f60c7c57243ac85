"""The analysts read the engine facts that intake writes."""

import pytest

from langgraph_dba.agents.database_specialist.analysts import decide_by_context, decide_by_measuring
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.database_specialist.intake import context_of
from langgraph_dba.agents.panel import Decision, Question
from langgraph_dba.agents.panel.topics import complete
from langgraph_dba.database.engines import ENGINES, facts
from langgraph_dba.database.engines.facts import EngineFacts
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.handoffs.plain import plain


@pytest.mark.server
def test_only_engines_without_row_level_security_constrain_the_project(projects: Requirements) -> None:
    assert context_of(projects, ["sqlite"])["context"]["constraints"] == ["no-row-level-security"]
    assert context_of(projects, ["sqlite", "postgresql"])["context"]["constraints"] == []


def test_the_context_analyst_reads_the_constraint_that_intake_writes(projects: Requirements) -> None:
    few = projects.model_copy(update={"scale": projects.scale.model_copy(update={"tenants": 8})})
    view = context_of(few, ["sqlite"])
    view["context"]["engines"] = []  # the constraint alone decides

    result = decide_by_context(
        {
            **view,
            "question": plain(complete(Question(topic="tenancy", options=()), TOPICS)),
            "requirements": few.model_copy(
                update={"tenancy": few.tenancy.model_copy(update={"model": "auto"})}
            ).model_dump(mode="json", by_alias=True),
        }
    )

    assert isinstance(result, Decision)
    assert result.option == "schema-per-tenant"


def test_the_measuring_analyst_does_not_start_an_engine_that_intake_lists_as_unusable(
    projects: Requirements, monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable = EngineUnavailable("not installed")
    monkeypatch.setattr(facts, "engines_for", lambda names: dict.fromkeys(names, unavailable))
    written = context_of(projects, ENGINES)["engine_facts"]

    assert {EngineFacts.model_validate(one).usable for one in written.values()} == {False}
    with pytest.raises(EngineUnavailable, match="no engine was named"):
        decide_by_measuring(
            {
                "question": plain(complete(Question(topic="index-design", options=()), TOPICS)),
                "requirements": projects.model_dump(mode="json", by_alias=True),
                "targets": list(ENGINES),
                "engine_facts": written,
            }
        )
