"""Handoff tools outside a team: a command to the parent graph, as langgraph-swarm's tools return."""

from typing import Any

from langchain.agents import create_agent
from langchain_core.tools import BaseTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_swarm import create_swarm
from tool_callers import Order, alone, answers, calling, is_paired, lead_of

from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.team.handoff_tools import create_handoff_tool, tool_name


def test_elsewhere_it_leaves_for_the_parent_as_swarms_do() -> None:
    result = alone(lead_of(calling(("transfer_to_b", {}))))

    assert [m.text for m in result["messages"]][-2:] == ["Successfully transferred to b", "b here"]


def test_elsewhere_the_first_of_several_handoffs_counts_and_all_are_answered() -> None:
    result = alone(lead_of(calling(("transfer_to_a", {}), ("transfer_to_b", {}))))

    assert result["messages"][-1].text == "a here"
    assert answers(result["messages"])["call-1"].text == "Not transferred: the conversation went to a."
    assert is_paired(result["messages"])


def test_elsewhere_a_handoff_beside_other_tools_waits_for_their_results() -> None:
    mixed = calling(("look", {"what": "the sea"}), ("transfer_to_a", {}))

    result = alone(lead_of(mixed, calling(("transfer_to_a", {}), start=2)))

    assert answers(result["messages"])["call-0"].text == "the sea is blue"
    assert "Call it again, alone" in answers(result["messages"])["call-1"].text
    assert result["messages"][-1].text == "a here"
    assert is_paired(result["messages"])


async def test_a_swarm_follows_our_tools_to_the_active_agent() -> None:
    alice = create_agent(ScriptedModel(replies=[calling(("transfer_to_bob", {}))]), [bob_tool()], name="alice")
    bob = create_agent(ScriptedModel(replies=["bob here", "bob still here"]), name="bob")
    swarm: Any = create_swarm([alice, bob], default_active_agent="alice").compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}

    first = swarm.invoke({"messages": [("user", "hi")]}, thread)
    second = await swarm.ainvoke({"messages": [("user", "and now?")]}, thread)

    assert (first["active_agent"], first["messages"][-1].text) == ("bob", "bob here")
    assert second["messages"][-1].text == "bob still here"


def bob_tool() -> BaseTool:
    return create_handoff_tool(agent_name="bob", description="Ask bob.")


def test_name_and_description_of_the_tool() -> None:
    assert tool_name("Database Specialist") == "transfer_to_database_specialist"
    assert tool_name("database-specialist") == "transfer_to_database-specialist"
    assert tool_name("Prüfer 2.0") == "transfer_to_pr_fer_2_0"
    assert create_handoff_tool(agent_name="a", name="ask_a").name == "ask_a"
    long = [tool_name("x" * 60 + end) for end in ("one", "two")]
    assert (len(long[0]), len({*long})) == (64, 2)


def test_a_contract_is_shown_to_the_model_as_its_payload() -> None:
    shown: Any = create_handoff_tool(agent_name="a", contract=Order).args_schema

    assert shown["properties"]["payload"]["properties"]["amount"]["type"] == "integer"
    assert set(shown["properties"]) == {"task", "context", "success_criteria", "payload"}
