"""Handoffs to agents outside the team: in the parent graph, in the same graph, in an outer team."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from langgraph_dba.agents import AgentDefinition, Coordination, Team, load_team
from langgraph_dba.errors import HandoffError, InputError
from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.team.team_graph import add_agents, create_team

View = Mapping[str, Any]
LEAD = AgentDefinition(name="lead", coordination=Coordination(hands_off_to=("a", "billing", "legal")))
TEAM = Team((LEAD, AgentDefinition(name="a")), external=frozenset({"billing", "legal"}))


class Parent(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    request: str
    inbox: list[dict[str, Any]]
    artifacts: dict[str, str]
    handoffs: list[dict[str, str]]
    status: str
    active_agent: str


class Asked(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    request: str


def to(*names: str) -> Callable[[View], dict[str, Any]]:
    handoffs = [{"to": name, "brief": f"for {name}", "payload": {"n": 1}} for name in names]
    return lambda _: {"handoffs": handoffs, "messages": ["lead was here"], "artifacts": {"lead.txt": "x"}}


def parent_of(team_graph: Any, seen: list[str], *names: str) -> Any:
    builder: Any = StateGraph(Parent)
    builder.add_node("team", team_graph, destinations=names)
    for name in names:
        builder.add_node(name, receiver(name, seen))
    builder.add_edge(START, "team")
    return builder


def receiver(name: str, seen: list[str]) -> Callable[[Any], dict[str, Any]]:
    def receive(_: Any) -> dict[str, Any]:
        seen.append(name)
        return {"messages": [AIMessage("done", name=name)]}

    return receive


def saying(text: str, seen: list[str]) -> Callable[[Any], str]:
    def report(_: Any) -> str:
        seen.append("report")
        return text

    return report


@pytest.mark.parametrize("has_report", [False, True])
@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_it_leaves_for_the_parent_when_no_agent_of_the_team_is_queued(*, has_report: bool, way: str) -> None:
    ran: list[str] = []
    nodes = {"lead": to("billing", "a"), "a": lambda view: ran.append(view["agent"])}
    report = saying("the end", ran) if has_report else None
    team = create_team(TEAM, nodes=nodes, entry="lead", report=report).compile(name="team")
    graph = parent_of(team, ran, "billing", "legal").compile()

    questions = {"request": "x"}
    result = graph.invoke(questions) if way == "invoke" else await graph.ainvoke(questions)

    assert ran == ["a", *(["report"] if has_report else []), "billing"]
    assert (result["active_agent"], result["status"]) == ("billing", "completed")
    assert result["artifacts"] == {"lead.txt": "x"}
    assert [(h["to"], h["state"]) for h in result["handoffs"]] == [("billing", "delivered"), ("a", "delivered")]
    assert [(i["from"], i["to"], i["payload"]) for i in result["inbox"]] == [("lead", "billing", {"n": 1})]
    assert "## Specific Task\n\nfor billing" in result["messages"][-2].text
    assert result["messages"][-1].name == "billing"


def test_several_leave_together() -> None:
    ran: list[str] = []
    team = create_team(TEAM, nodes={"lead": to("billing", "legal"), "a": print}, entry="lead").compile()

    result = parent_of(team, ran, "billing", "legal").compile().invoke({"request": "x"})

    assert sorted(ran) == ["billing", "legal"]
    assert [item["to"] for item in result["inbox"]] == ["billing", "legal"]


def test_it_leaves_after_a_parallel_wave_too_and_that_way_is_drawn() -> None:
    ran: list[str] = []
    b = AgentDefinition(name="b", coordination=Coordination(hands_off_to=("billing",), parallel_with=("a",)))
    lead = AgentDefinition(name="lead", coordination=Coordination(hands_off_to=("a", "b")))
    team = Team((lead, AgentDefinition(name="a"), b), external=frozenset({"billing"}))
    graph = create_team(team, nodes={"lead": to("a", "b"), "a": print, "b": to("billing")}, entry="lead").compile()

    parent_of(graph, ran, "billing").compile().invoke({"request": "x"})

    assert ran == ["billing"]
    assert ("dispatch", "leave") in {(edge.source, edge.target) for edge in graph.get_graph().edges}


def test_a_model_leaves_by_tool() -> None:
    ran: list[str] = []
    call = AIMessage("", tool_calls=[{"name": "transfer_to_billing", "args": {"task": "send a bill"}, "id": "1"}])
    model = ScriptedModel(replies=[call])
    team = create_team(TEAM, model=model, entry="lead").compile()

    result = parent_of(team, ran, "billing", "legal").compile().invoke({"request": "x"})

    assert ran == ["billing"]
    assert model.offered == [["transfer_to_a", "transfer_to_billing", "transfer_to_legal"]]
    assert "send a bill" in result["messages"][-2].text


def test_without_a_parent_graph_the_handoff_is_refused_with_the_reason() -> None:
    graph = create_team(TEAM, nodes={"lead": to("billing"), "a": print}, entry="lead").compile()

    result = graph.invoke({"request": "x"})

    assert result["status"] == "stopped"
    assert "billing refused: it is outside the team, and this graph has no parent graph" in result["reason"]


def test_only_agents_that_list_an_outside_agent_may_hand_off_to_it() -> None:
    team = create_team(TEAM, nodes={"lead": to("a"), "a": to("billing")}, entry="lead").compile()

    with pytest.raises(HandoffError, match="a may not hand off to billing"):
        parent_of(team, [], "billing", "legal").compile().invoke({"request": "x"})


@pytest.mark.parametrize("limit", range(3, 9))
def test_a_low_recursion_limit_refuses_the_leave(limit: int) -> None:
    ran: list[str] = []
    team = create_team(TEAM, nodes={"lead": to("billing"), "a": print}, entry="lead").compile()

    result = parent_of(team, ran, "billing", "legal").compile().invoke({"request": "x"}, {"recursion_limit": limit})

    assert result["status"] == ("completed" if ran else "stopped")
    assert bool(ran) == ("recursion_limit" not in str(result["handoffs"]))


def test_a_second_request_on_the_thread_leaves_anew() -> None:
    ran: list[str] = []
    team = create_team(TEAM, nodes={"lead": to("billing"), "a": print}, entry="lead").compile(checkpointer=True)
    graph = parent_of(team, ran, "billing", "legal").compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}

    graph.invoke({"request": "x"}, thread)
    second = graph.invoke({"request": "y"}, thread)

    assert ran == ["billing", "billing"]
    assert len(second["inbox"]) == 1


def test_beside_the_agents_of_a_builder_it_is_one_of_its_nodes() -> None:
    ran: list[str] = []
    builder: Any = StateGraph(Asked)
    add_agents(builder, TEAM, nodes={"lead": to("billing", "a"), "a": lambda view: ran.append(view["agent"])})
    for name in ("billing", "legal"):
        builder.add_node(name, receiver(name, ran))
    builder.add_edge(START, "lead")

    builder.compile().invoke({"request": "x"})

    assert ran == ["a", "billing"]


def test_a_builders_channel_of_another_type_is_named() -> None:
    builder = StateGraph(Parent)

    with pytest.raises(InputError, match=r"'artifacts' .* add a channel of that name"):
        add_agents(builder, TEAM, nodes={"lead": print, "a": print})


def test_an_embedded_teams_handoff_goes_to_the_outer_teams_agent_with_its_brief() -> None:
    views: list[View] = []
    inner = create_team(TEAM, nodes={"lead": to("billing"), "a": print}, entry="lead")
    shop = AgentDefinition(name="shop", coordination=Coordination(hands_off_to=("billing",)))
    outer = Team((shop, AgentDefinition(name="billing")))
    graph = create_team(outer, nodes={"shop": inner, "billing": views.append}, entry="shop").compile()

    result = graph.invoke({"request": "x"})

    assert views[0]["brief"]["specific_task"] == "for billing"
    assert views[0]["inbox"][0]["payload"] == {"n": 1}
    assert [(h["from"], h["to"]) for h in result["handoffs"]] == [("shop", "billing")]


def test_a_loaded_team_has_its_external_agents(tmp_path: Path) -> None:
    (tmp_path / "lead.md").write_text(
        "---\nname: lead\ndescription: x\ncoordination:\n  hands_off_to: [billing]\n---\n"
    )

    team = load_team(tmp_path, strict=True, external=("billing",))

    assert team.leaving() == (("lead", "billing"),)
    assert team.edges() == ()
