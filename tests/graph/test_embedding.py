"""A specialist, a team or a panel inside another graph."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.tools import tool
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_store
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import ToolRuntime
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from langgraph_dba import (
    AgentDefinition,
    ScriptedModel,
    Team,
    TeamOutput,
    add_agents,
    arun_session,
    create_consensus,
    create_database_specialist,
    create_team,
    database_panel,
    read_request,
    run_session,
)
from langgraph_dba.agents import Coordination
from langgraph_dba.agents.database_specialist.claim_checks import CHECKS, Check
from langgraph_dba.errors import InputError

View = Mapping[str, Any]
LEAGUE = "teams with players"
QUESTION = {
    "question": {"topic": "index-design"},
    "requirements": read_request(LEAGUE).model_dump(mode="json", by_alias=True),
    "targets": ["sqlite"],
}
TEAM = Team(
    (
        AgentDefinition(name="lead", coordination=Coordination(hands_off_to=("dba",))),
        AgentDefinition(name="dba"),
    )
)


class Outer(TeamOutput, total=False):
    request: str


def lead(turn: View) -> dict[str, Any]:
    return {"handoffs": [{"to": "dba", "brief": turn["request"]}]}


def team_of(**nodes: Any) -> Any:
    return create_team(TEAM, nodes={"lead": lead, **nodes}, entry="lead").compile(name="team")


def inside(graph: Any, *, state: Any = Outer, name: str = "team") -> Any:
    """Return a larger graph whose only node is this one."""
    builder = StateGraph(state)
    builder.add_node(name, graph)
    builder.add_edge(START, name)
    return builder


def specialist() -> Any:
    return create_database_specialist(engines=("sqlite",), name="dba")


def thread(number: int = 1) -> RunnableConfig:
    return {"configurable": {"thread_id": str(number)}}


def told(result: View) -> dict[str, Any]:
    return {**result, "messages": [(message.name, message.text) for message in result.get("messages", ())]}


# Events, tokens, drawings, states


def test_evidence_of_a_specialist_in_a_team_in_a_graph_is_streamed() -> None:
    graph = inside(team_of(dba=specialist())).compile()

    events = [*graph.stream({"request": LEAGUE}, stream_mode=["updates", "custom"], subgraphs=True, version="v2")]

    actual = [(event["ns"], event["data"]["evidence"]) for event in events if event["type"] == "custom"]
    assert {len(place) for place, _ in actual} == {2}
    assert {one["proof"] for _, one in actual if one["state"] != "supported"} == {"normal-form"}
    assert len({one["proof"] for _, one in actual}) > 5
    assert any("prove" in event["data"] for event in events if event["type"] == "updates" and len(event["ns"]) == 2)


async def test_tokens_arrive_from_a_model_in_a_team_in_a_graph() -> None:
    model = ScriptedModel(replies=["one two three"])
    graph = inside(create_team(TEAM, nodes={"lead": lead}, model=model, entry="lead").compile()).compile()
    tokens = []

    async for event in graph.astream({"request": "x"}, stream_mode="messages", subgraphs=True, version="v2"):
        chunk, about = event["data"]
        tokens += [chunk.text] if about["langgraph_node"] == "model" and chunk.text else []

    assert tokens == ["one", " two", " three"]


def test_a_drawing_shows_the_graph_in_a_chair_and_the_panel_in_that() -> None:
    graph = inside(team_of(dba=specialist())).compile()

    assert [name for name, _ in graph.get_subgraphs(recurse=True)] == ["team", "team|dba", "team|dba|consensus"]
    assert r"team\3adba\3aconsensus\3agemini" in graph.get_graph(xray=True).draw_mermaid()
    assert r"consensus\3agemini" in specialist().compile().get_graph(xray=True).draw_mermaid()
    assert "gemini --> check_claims" in create_consensus().compile().get_graph(xray=True).draw_mermaid()


def test_the_state_of_a_graph_in_a_chair_can_be_seen_while_it_waits_and_answered() -> None:
    inner = inside(lambda _: {"messages": [AIMessage(interrupt("go?"))]}, name="ask").compile()
    graph = inside(team_of(dba=inner)).compile(checkpointer=InMemorySaver())
    graph.invoke({"request": "x"}, thread())

    outer = graph.get_state(thread(), subgraphs=True)
    chair = outer.tasks[0].state.tasks[0].state

    assert (chair.next, chair.tasks[0].interrupts[0].value) == (("ask",), "go?")
    final = graph.invoke(Command(resume="yes"), thread())
    assert final["messages"][-1].text == "yes"


# The store, the context


@pytest.fixture
def store() -> BaseStore:
    kept = InMemoryStore()
    kept.put(("house",), "rule", {"is": "snake_case"})
    return kept


def rule(kept: BaseStore | None) -> str:
    actual = kept.get(("house",), "rule") if kept else None
    return str(actual.value["is"]) if actual else "nothing"


def test_the_store_reaches_a_member_and_a_tool_in_a_member(store: BaseStore) -> None:
    @tool
    def look_up(runtime: ToolRuntime) -> str:
        """Look it up."""
        return rule(runtime.store)

    def first(turn: View, runtime: Runtime[None]) -> dict[str, Any]:
        return {**lead(turn), "summary": rule(runtime.store)}

    call: Any = {"name": "look_up", "args": {}, "id": "1"}
    agent = create_agent(ScriptedModel(replies=[AIMessage("", tool_calls=[call]), "done"]), tools=[look_up])

    result = inside(team_of(lead=first, dba=agent)).compile(store=store).invoke({"request": "x"})

    assert [m.text for m in result["messages"] if m.name in {"lead", "look_up"}] == ["snake_case"] * 2


async def test_the_store_reaches_a_seat_and_a_check(store: BaseStore) -> None:
    seen: list[tuple[str, str]] = []

    def occupant(_: View) -> dict[str, Any]:
        seen.append(("seat", rule(get_store())))
        return {"option": "workload", "claims": [{"sentence": "it is so", "check": next(iter(CHECKS))}]}

    def check(*_: Any, **__: Any) -> Any:
        seen.append(("check", rule(get_store())))
        return ()

    checks: dict[str, Check] = dict.fromkeys(CHECKS, check)
    panel = database_panel(claude=occupant, gemini=occupant, codex=occupant)
    graph = inside(create_consensus(panel, checks=checks).compile(), state=dict).compile(store=store)

    graph.invoke(QUESTION)
    half = len(seen)
    await graph.ainvoke(QUESTION)

    assert set(seen[:half]) == set(seen[half:]) == {("seat", "snake_case"), ("check", "snake_case")}


@dataclass
class Context:
    tenant: str


def test_the_context_reaches_a_member() -> None:
    def member(_: View, runtime: Runtime[Context]) -> str:
        return runtime.context.tenant

    team = create_team(TEAM, nodes={"lead": member, "dba": print}, entry="lead", context_schema=Context)
    builder = StateGraph(Outer, context_schema=Context)
    builder.add_node("team", team.compile())
    builder.add_edge(START, "team")

    result = builder.compile().invoke({"request": "x"}, context=Context("acme"))

    assert result["messages"][-1].text == "acme"


# Ways of calling


async def both(graph: Any, questions: View) -> View:
    """Return the result of `invoke` inside a running event loop, after checking that `ainvoke` returns the same."""
    first: View = graph.invoke(questions)
    assert told(await graph.ainvoke(questions)) == told(first)
    return first


async def slow(turn: View) -> str:
    await asyncio.sleep(0.01)
    return f"{turn['request']} is done"


async def test_team_and_agents_and_panel_give_the_same_both_ways_while_a_loop_runs() -> None:
    builder = StateGraph(Outer)
    add_agents(builder, TEAM, nodes={"lead": lead, "dba": slow})
    builder.add_edge(START, "lead")

    assert (await both(builder.compile(), {"request": "x"}))["status"] == "completed"
    assert (await both(team_of(dba=slow), {"request": "x"}))["messages"][-1].text == "x is done"
    assert (await both(create_consensus().compile(), QUESTION))["verdict"]["topic"] == "index-design"


@pytest.mark.heavy
async def test_a_session_gives_the_same_both_ways(tmp_path: Path) -> None:
    first = run_session(LEAGUE, out=tmp_path / "a", engines=("sqlite",))
    second = await arun_session(LEAGUE, out=tmp_path / "b", engines=("sqlite",))

    assert first.artifacts["schema.sqlite.sql"] == second.artifacts["schema.sqlite.sql"]
    assert first.summary["handoffs"] == second.summary["handoffs"]


async def test_twenty_runs_at_once_do_not_mix() -> None:
    graph = inside(team_of(dba=slow)).compile(checkpointer=InMemorySaver())

    results = await asyncio.gather(*(graph.ainvoke({"request": f"r{n}"}, thread(n)) for n in range(20)))

    assert [result["messages"][-1].text for result in results] == [f"r{n} is done" for n in range(20)]
    assert {len(result["messages"]) for result in results} == {2}


async def test_three_specialists_at_once_do_not_mix() -> None:
    graph = specialist().compile(checkpointer=InMemorySaver())
    questions = {"teams with players": "players", "customers place orders": "orders", "authors write posts": "posts"}

    results = await asyncio.gather(*(graph.ainvoke({"request": r}, thread(n)) for n, r in enumerate(questions)))

    for result, table in zip(results, questions.values(), strict=True):
        items = result["artifacts"]["schema.sqlite.sql"]
        assert [name for name in questions.values() if f"CREATE TABLE {name} " in items] == [table]
        assert "refuted" not in {one["state"] for one in result["evidence"]}


def test_batch_and_another_name() -> None:
    graph = inside(team_of(dba=slow).with_config(run_name="crew", tags=["ours"])).compile()

    results = graph.batch([{"request": "a"}, {"request": "b"}])

    assert [result["messages"][-1].text for result in results] == ["a is done", "b is done"]


class Company(BaseModel):
    """A parent's state that is validated at every step."""

    request: str
    status: str = ""
    artifacts: dict[str, str] = {}


def test_a_parent_with_a_pydantic_state() -> None:
    def member(_: View) -> dict[str, Any]:
        return {"artifacts": {"a.txt": "x"}}

    result = inside(team_of(dba=member), state=Company).compile().invoke(Company(request="x"))

    assert (result["status"], result["artifacts"]) == ("completed", {"a.txt": "x"})


class Request(BaseModel):
    request: str
    status: str = ""


def test_agents_in_a_builder_with_a_pydantic_state() -> None:
    builder: Any = StateGraph(Request)
    add_agents(builder, TEAM, nodes={"lead": lead, "dba": lambda turn: f"{turn['request']} is done"})
    builder.add_edge(START, "lead")

    assert builder.compile().invoke({"request": "x"}) == {"request": "x", "status": "completed"}


def test_a_channel_that_conflicts_with_the_agents_is_reported_with_the_fix() -> None:
    with pytest.raises(InputError, match="let the state inherit from `TeamOutput`"):
        add_agents(StateGraph(Company), TEAM, nodes={"lead": lead, "dba": lead})
