"""The kinds of nodes that a team accepts: callables, Runnables, graphs and models; and teams in other graphs."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.team.team_graph import add_agents, create_team

View = Mapping[str, Any]
TEAM = Team(
    (
        AgentDefinition(name="pm", coordination=Coordination(hands_off_to=("a",)), body="You lead."),
        AgentDefinition(name="a", coordination=Coordination(parallel_with=("b",)), body="You design."),
        AgentDefinition(name="b"),
    )
)
TO_A = {"handoffs": [{"to": "a", "brief": "design it", "payload": {"size": 3}}]}


class ChatState(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


def hand_off(_: View) -> dict[str, Any]:
    return TO_A


async def hand_off_later(_: View) -> dict[str, Any]:
    await asyncio.sleep(0)
    return TO_A


def chat_graph() -> StateGraph[ChatState, None, ChatState, ChatState]:
    """A graph as an agent: its only channel is messages, and it answers the last one."""
    builder = StateGraph(ChatState)
    builder.add_node("answer", lambda state: {"messages": [AIMessage(f"re: {state['messages'][-1].text[-20:]}")]})
    builder.add_edge(START, "answer")
    return builder


def invoke_team(nodes: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    graph = create_team(
        TEAM, nodes={"a": lambda _: None, "b": lambda _: None, **nodes}, entry="pm", **options
    ).compile()
    result: dict[str, Any] = graph.invoke({"request": "a shop"})
    return result


def without_ids(result: Mapping[str, Any]) -> dict[str, Any]:
    return {**result, "messages": [(message.name, message.text) for message in result["messages"]]}


MEMBERS = [hand_off, hand_off_later, RunnableLambda(hand_off, afunc=hand_off_later)]


@pytest.mark.parametrize("member", MEMBERS)
async def test_every_kind_of_member_gives_the_same_under_both_ways_of_calling(member: Any) -> None:
    for second in (chat_graph(), chat_graph().compile(), hand_off_nowhere):
        graph = create_team(TEAM, nodes={"pm": member, "a": second, "b": print}, entry="pm").compile()

        result = graph.invoke({"request": "x"})

        assert without_ids(result) == without_ids(await graph.ainvoke({"request": "x"}))
        assert result["messages"][-1].name == "a"
        assert result["status"] == "completed"


async def hand_off_nowhere(view: View) -> str:
    return f"{view['agent']} has {view['inbox'][0]['payload']}"


async def test_a_sync_member_does_not_block_the_event_loop() -> None:
    threads = []
    nodes = {"pm": lambda _: threads.append(threading.get_ident()), "a": print, "b": print}

    await create_team(TEAM, nodes=nodes, entry="pm").compile().ainvoke({"request": "x"})

    assert threads != [threading.get_ident()]


def test_a_graph_does_not_repeat_its_brief_to_the_team() -> None:
    result = invoke_team({"pm": hand_off, "a": chat_graph()})

    assert [message.type for message in result["messages"]] == ["ai", "ai"]


def test_an_inbox_item_carries_brief_and_payload() -> None:
    views: list[View] = []

    invoke_team({"pm": hand_off, "a": views.append})

    (item,) = views[0]["inbox"]
    assert (item["from"], item["kind"], item["payload"]) == ("pm", "handoff", {"size": 3})
    assert item["brief"]["specific_task"] == views[0]["brief"]["specific_task"] == "design it"


@pytest.mark.parametrize(
    "command",
    [
        Command(goto="a", update={"messages": [AIMessage("over to you")], "brief": "design it"}),
        Command(goto=["a", END], update={"brief": "design it"}),
        Command(goto=Send("a", {"brief": "design it"})),
    ],
)
def test_a_commands_targets_become_handoffs(command: Command[Any]) -> None:
    views: list[View] = []

    result = invoke_team({"pm": lambda _: command, "a": views.append})

    assert views[0]["brief"]["specific_task"] == "design it"
    assert [(line["from"], line["to"]) for line in result["handoffs"]] == [("pm", "a")]


@pytest.mark.parametrize("target", ["b", "typo", "dispatch"])
def test_a_command_to_an_undeclared_target_raises(target: str) -> None:
    with pytest.raises(HandoffError, match=f"pm may not hand off to {target}"):
        invoke_team({"pm": lambda _: Command(goto=target)})


def leaving(target: str) -> StateGraph[ChatState, None, ChatState, ChatState]:
    """A graph as an agent that leaves by a command to its parent, as handoff tools do."""
    builder = StateGraph(ChatState)
    builder.add_node("leave", lambda _: Command(graph=Command.PARENT, goto=target))
    builder.add_edge(START, "leave")
    return builder


async def test_a_member_graphs_command_to_its_parent_is_guarded_too() -> None:
    nodes = {"pm": leaving("a"), "a": hand_off_nowhere, "b": print}
    graph = create_team(TEAM, nodes=nodes, entry="pm").compile()

    assert [line["to"] for line in graph.invoke({"request": "x"})["handoffs"]] == ["a"]
    assert [line["to"] for line in (await graph.ainvoke({"request": "x"}))["handoffs"]] == ["a"]
    with pytest.raises(HandoffError, match="pm may not hand off to b"):
        invoke_team({"pm": leaving("b")})


def test_a_model_answers_its_brief_under_its_own_instructions() -> None:
    model = ScriptedModel(replies=["nine tables"])
    graph = create_team(TEAM, nodes={"pm": hand_off}, model=model, entry="pm").compile()

    result = graph.invoke({"request": "a shop"})

    assert (result["messages"][-1].name, result["messages"][-1].text) == ("a", "nine tables")
    ((system, brief),) = model.seen
    assert (system.type, system.text) == ("system", "You design.")
    assert "design it" in brief.text
    assert '```json\n{"size": 3}\n```' in brief.text


def test_a_payload_too_long_for_a_message_is_in_the_inbox_only() -> None:
    views: list[View] = []
    sent = {"to": "a", "brief": "read", "payload": {"text": "x" * 30_000}}

    invoke_team({"pm": lambda _: {"handoffs": [sent]}, "a": views.append})

    assert len(views[0]["messages"][0].text) < 1_000
    assert "see the inbox" in views[0]["messages"][0].text
    assert len(views[0]["inbox"][0]["payload"]["text"]) == 30_000


async def test_models_work_under_ainvoke() -> None:
    model = ScriptedModel(replies=["I lead"])

    result = await create_team(TEAM, model=model, entry="pm").compile().ainvoke({"request": "a shop"})

    assert result["messages"][-1].text == "I lead"


@dataclass
class Context:
    tenant: str


async def test_a_member_may_ask_for_the_runtime_and_the_config() -> None:
    def pm(_: View, runtime: Runtime[Context], config: dict[str, Any]) -> str:
        return f"{runtime.context.tenant} {config['configurable']['colour']}"

    graph = create_team(TEAM, nodes={"pm": pm, "a": print, "b": print}, entry="pm", context_schema=Context).compile()
    questions: dict[str, Any] = {"config": {"configurable": {"colour": "red"}}, "context": Context("acme")}

    assert graph.invoke({"request": "x"}, **questions)["messages"][-1].text == "acme red"
    assert (await graph.ainvoke({"request": "x"}, **questions))["messages"][-1].text == "acme red"


def test_an_invalid_node_is_an_error() -> None:
    with pytest.raises(TypeError, match="pm: a node must be a callable, a Runnable or a graph, not str"):
        invoke_team({"pm": "a string"})


@pytest.mark.parametrize("result", [7, {"status": "fine"}, {"artifacts": {"a.txt": 1}}, {"handoffs": [{"brief": "x"}]}])
def test_a_result_of_the_wrong_shape_is_an_error_of_the_code(result: Any) -> None:
    with pytest.raises(HandoffError, match="pm"):
        invoke_team({"pm": lambda _: result})


async def test_a_graphs_own_status_may_speak_of_something_else() -> None:
    class Draft(ChatState):
        status: str

    builder = StateGraph(Draft)
    builder.add_node("write", lambda _: {"messages": [AIMessage("a draft")], "status": "draft"})
    builder.add_edge(START, "write")
    graph = create_team(TEAM, nodes={"pm": builder, "a": print, "b": print}, entry="pm").compile()

    assert graph.invoke({"request": "x"})["status"] == "completed"
    assert (await graph.ainvoke({"request": "x"}))["status"] == "completed"


def test_an_interrupt_passes_through() -> None:
    def ask(_: View) -> str:
        return str(interrupt("which engine?"))

    result = invoke_team({"pm": ask})

    assert result["__interrupt__"][0].value == "which engine?"


class Outer(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    request: str
    seen: str


def test_the_agents_are_nodes_of_another_graph() -> None:
    builder = StateGraph(Outer)
    builder.add_node("prepare", lambda _: {"request": "a shop"})
    builder.add_node("after", lambda state: {"seen": state["messages"][-1].text})
    nodes = {"pm": hand_off, "a": lambda view: f"{view['request']} is done", "b": print}
    add_agents(builder, TEAM, nodes=nodes, finish="after")
    builder.add_edge(START, "prepare")
    builder.add_edge("prepare", "pm")

    assert builder.compile().invoke({"seen": ""})["seen"] == "a shop is done"


def test_a_team_is_a_node_of_a_larger_graph_and_of_another_team() -> None:
    inner = create_team(TEAM, nodes={"pm": hand_off, "a": lambda _: "inner done", "b": print}, entry="pm")
    builder = StateGraph(Outer)
    builder.add_node("team", inner.compile(name="team"))
    builder.add_edge(START, "team")

    assert builder.compile().invoke({"request": "x"})["messages"][-1].name == "a"
    result = invoke_team({"pm": hand_off, "a": inner})
    assert result["status"] == "completed"
    assert [(line["from"], line["to"]) for line in result["handoffs"]] == [("pm", "a")]
