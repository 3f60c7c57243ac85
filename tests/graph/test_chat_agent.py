"""Agents that are chat models: the tools that the model gets, and the handling of its calls."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from tool_callers import TEAM, answers, calling, is_paired

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.errors import TeamError
from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.team.chat_agent import MAX_CALLS
from langgraph_dba.graph.team.team_graph import create_team


def test_a_teams_models_hand_off_by_the_tools_of_their_targets_and_return_what_they_hold() -> None:
    script = {
        "lead": [calling(("transfer_to_a", {"task": "sand it"})), "All done."],
        "a": [calling(("transfer_to_lead", {"task": "check it"}))],
    }
    models = {name: ScriptedModel(replies=replies) for name, replies in script.items()}
    definitions = (
        AgentDefinition(name="lead", body="lead", coordination=Coordination(hands_off_to=("a",))),
        AgentDefinition(name="a", body="a"),
    )

    def speak(messages: list[Any]) -> Any:
        model = models[messages[0].text]
        return model.invoke(messages)

    graph = create_team(Team(definitions), model=(teller := ScriptedModel(replies=speak)), entry="lead").compile()
    result = graph.invoke({"request": "paint the fence"})

    assert [(h["from"], h["to"], h["kind"]) for h in result["handoffs"]] == [
        ("lead", "a", "handoff"),
        ("a", "lead", "return"),
    ]
    assert teller.offered == [["transfer_to_a"], ["transfer_to_lead"], ["transfer_to_a"]]
    assert result["messages"][-1].text == "All done."
    assert is_paired(result["messages"])


def test_a_call_with_invalid_json_is_answered_and_the_model_called_again() -> None:
    broken = AIMessage(
        "", invalid_tool_calls=[{"name": "transfer_to_a", "args": "{task", "id": "9", "error": "not JSON"}]
    )
    model = ScriptedModel(replies=[broken, calling(("transfer_to_a", {}))])
    nodes = dict.fromkeys("abc", lambda _: None)

    result = create_team(TEAM, nodes=nodes, model=model, entry="lead").compile().invoke({"request": "x"})

    assert [h["to"] for h in result["handoffs"]] == ["a"]
    assert "not JSON" in answers(result["messages"])["9"].text
    assert is_paired(result["messages"])


def test_a_model_that_only_calls_tools_has_failed() -> None:
    model = ScriptedModel(replies=lambda _: calling(("transfer_to_nobody", {})))
    nodes = dict.fromkeys("abc", lambda _: None)

    result = create_team(TEAM, nodes=nodes, model=model, entry="lead").compile().invoke({"request": "x"})

    assert len(model.seen) == MAX_CALLS
    assert result["status"] == "stopped"
    assert f"called tools {MAX_CALLS} times" in result["reason"]


def test_agents_with_equal_tool_names_are_an_error() -> None:
    lead = AgentDefinition(name="lead", coordination=Coordination(hands_off_to=("my agent", "my_agent")))
    team = Team((lead, AgentDefinition(name="my agent"), AgentDefinition(name="my_agent")))

    with pytest.raises(
        TeamError, match="the handoff tools for my agent and my_agent would both be called transfer_to_my_a"
    ):
        create_team(team, model=ScriptedModel(replies=["x"]))


def test_a_model_without_tools_cannot_lead_others() -> None:
    class Mute(ScriptedModel):
        def bind_tools(self, tools: Any, **options: Any) -> Any:
            raise NotImplementedError

    with pytest.raises(TeamError, match="lead: its model cannot call tools, so it cannot hand off to a, b"):
        create_team(TEAM, model=Mute(replies=["x"]), entry="lead")
