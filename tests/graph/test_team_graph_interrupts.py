"""Agents that interrupt for a person: in parallel, answered by id, invalid answers, panels in a team, nested teams."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import pytest
from langchain_core.messages import AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, Interrupt, interrupt
from pydantic import BaseModel, ValidationError
from typing_extensions import TypedDict

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import ScriptedSeat
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.graph.consensus.consensus_graph import create_consensus
from langgraph_dba.graph.specialist.specialist_graph import create_database_specialist
from langgraph_dba.graph.team.team_graph import create_team

View = Mapping[str, Any]
Call = Callable[[Any, Any], dict[str, Any]]
THREAD: RunnableConfig = {"configurable": {"thread_id": "1"}}
RECEIVERS = ("test-engineer", "backend-specialist", "code-reviewer")  # of a specialist's handoffs
TEAM = Team(
    (
        AgentDefinition(name="pm", coordination=Coordination(hands_off_to=("a", "b"))),
        AgentDefinition(name="a", coordination=Coordination(parallel_with=("b",), hands_off_to=RECEIVERS)),
        AgentDefinition(name="b", coordination=Coordination(hands_off_to=RECEIVERS)),
        *(AgentDefinition(name=name) for name in RECEIVERS),
    )
)


class Size(BaseModel):
    """A typed answer."""

    tables: int


class Members:
    """Agents `a` and `b` that ask for a size, with a record of their runs."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def lead(self, view: View) -> dict[str, Any]:
        self.ran.append(view["agent"])
        return {"handoffs": [{"to": name, "brief": "x"} for name in "ab"]}

    def ask(self, view: View) -> str:
        self.ran.append(view["agent"])
        answer = interrupt(f"{view['agent']}: how many?", response_schema=Size)
        return f"{view['agent']} makes {answer.tables}"

    def work(self, view: View) -> str:
        self.ran.append(view["agent"])
        return f"{view['agent']} is done"

    def graph(self, saver: BaseCheckpointSaver[Any] | None, **nodes: Any) -> Any:
        staffed = {"pm": self.lead, "a": self.ask, "b": self.ask, **nodes}
        return create_team(TEAM, nodes=staffed, entry="pm", missing="drop").compile(checkpointer=saver)


@pytest.fixture
def members() -> Members:
    return Members()


def memory() -> InMemorySaver:
    return InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=()))


@pytest.fixture(params=["invoke", "ainvoke"])
def call(request: pytest.FixtureRequest) -> Call:
    def ainvoke(graph: Any, given: Any) -> dict[str, Any]:
        result: dict[str, Any] = asyncio.run(graph.ainvoke(given, THREAD))
        return result

    return ainvoke if request.param == "ainvoke" else lambda graph, given: graph.invoke(given, THREAD)


def asked(result: Mapping[str, Any]) -> dict[str, Interrupt]:
    """Return the open questions by agent."""
    return {str(item.value)[0]: item for item in result["__interrupt__"]}


def said(result: Mapping[str, Any]) -> list[str]:
    return [message.text for message in result["messages"]]


def test_one_of_two_in_parallel_asks_and_the_other_does_not_run_again(
    members: Members, saver: BaseCheckpointSaver[Any]
) -> None:
    graph = members.graph(saver, b=members.work)

    waiting = graph.invoke({"request": "shop"}, THREAD)
    result = graph.invoke(Command(resume={"tables": 9}), THREAD)

    assert list(asked(waiting)) == ["a"]
    assert sorted(members.ran) == ["a", "a", "b", "pm"]
    assert said(result)[1:] == ["a makes 9", "b is done"]
    assert result["status"] == "completed"


def test_an_answer_may_come_after_the_asking_process_is_gone(members: Members, saver: BaseCheckpointSaver[Any]) -> None:
    open_ = asked(members.graph(saver).invoke({"request": "shop"}, THREAD))

    later = Members()
    answers = {open_[name].id: {"tables": number} for number, name in enumerate("ab")}
    result = later.graph(saver).invoke(Command(resume=answers), THREAD)

    assert said(result)[1:] == ["a makes 0", "b makes 1"]
    assert sorted(later.ran) == ["a", "b"]


def test_several_at_once_are_answered_together_by_their_ids(members: Members, call: Call) -> None:
    graph = members.graph(memory())
    open_ = asked(call(graph, {"request": "shop"}))

    result = call(graph, Command(resume={open_["b"].id: {"tables": 2}, open_["a"].id: {"tables": 1}}))

    assert said(result)[1:] == ["a makes 1", "b makes 2"]
    assert sorted(members.ran) == ["a", "a", "b", "b", "pm"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_several_at_once_are_answered_one_after_the_other(members: Members, call: Call, order: str) -> None:
    graph = members.graph(memory())
    open_ = asked(call(graph, {"request": "shop"}))
    first, second = order[0], order[1]

    between = call(graph, Command(resume={open_[first].id: {"tables": 1}}))
    result = call(graph, Command(resume={open_[second].id: {"tables": 2}}))

    assert {name: item.id for name, item in asked(between).items()} == {second: open_[second].id}
    assert sorted(said(result)[1:]) == sorted([f"{first} makes 1", f"{second} makes 2"])
    assert members.ran.count(first) == 2, "it had its answer and was finished"


def test_an_invalid_answer_raises_loses_nothing_and_can_be_sent_again(members: Members, call: Call) -> None:
    graph = members.graph(memory(), b=members.work)
    (question,) = call(graph, {"request": "shop"})["__interrupt__"]

    for bad in ({"tables": "many"}, "nine", {}):
        with pytest.raises(ValidationError):
            call(graph, Command(resume={question.id: bad}))
        assert [item.id for item in graph.get_state(THREAD).interrupts] == [question.id]
    result = call(graph, Command(resume={question.id: {"tables": 9}}))

    assert said(result)[1:] == ["a makes 9", "b is done"]
    assert (result["status"], members.ran.count("b")) == ("completed", 1)


def test_a_valid_answer_beside_an_invalid_one_is_not_requested_again(members: Members, call: Call) -> None:
    graph = members.graph(memory())
    open_ = asked(call(graph, {"request": "shop"}))

    with pytest.raises(ValidationError):
        call(graph, Command(resume={open_["a"].id: "nine", open_["b"].id: {"tables": 2}}))
    result = call(graph, Command(resume={open_["a"].id: {"tables": 1}}))

    assert said(result)[1:] == ["a makes 1", "b makes 2"]


def test_an_agent_that_asks_twice_is_answered_in_turn(members: Members, call: Call) -> None:
    def ask_twice(_: View) -> str:
        return f"{interrupt('first?')} then {interrupt('second?')}"

    graph = members.graph(memory(), a=ask_twice, b=members.work)

    call(graph, {"request": "shop"})
    call(graph, Command(resume="one"))
    result = call(graph, Command(resume="two"))

    assert said(result)[1:] == ["one then two", "b is done"]


def test_the_first_agent_of_a_request_may_interrupt_and_still_has_the_request(members: Members, call: Call) -> None:
    def lead(view: View) -> str:
        return f"{view['request']}: {interrupt('which?')}"

    graph = members.graph(memory(), pm=lead)

    call(graph, {"request": "shop"})

    assert said(call(graph, Command(resume="the small one"))) == ["shop: the small one"]


def test_a_new_request_instead_of_an_answer_starts_afresh(members: Members, call: Call) -> None:
    graph = members.graph(memory(), b=members.work)

    call(graph, {"request": "shop"})
    waiting = call(graph, {"request": "school"})
    result = call(graph, Command(resume={"tables": 3}))

    assert list(asked(waiting)) == ["a"]
    assert members.ran.count("pm") == 2
    assert (result["status"], len(result["handoffs"])) == ("completed", 2)
    assert graph.get_state(THREAD).values["current"]["run"] == 2


def conflicting() -> Panel:
    """A panel that escalates tenancy: one seat blocks what the others recommend."""
    agreed = ScriptedSeat([{"option": "shared-schema"}])
    veto = ScriptedSeat([{"option": "shared-schema", "stance": "block", "reason": "auditors forbid it"}])
    return database_panel(claude=agreed, gemini=agreed, codex=veto)


def ruling(option: str) -> dict[str, str]:
    return {"option": option, "reason": f"so that it is {option}", "by": "the data office"}


class Consultation(TypedDict, total=False):
    """An agent that asks a panel and reports the ruling."""

    messages: Annotated[list[AnyMessage], add_messages]
    brief: dict[str, Any]
    question: dict[str, Any]
    verdict: dict[str, Any]


def consulting(name: str) -> StateGraph[Consultation, None, Consultation, Consultation]:
    builder = StateGraph(Consultation)
    builder.add_node("put", lambda _: {"question": {"topic": "tenancy", "text": f"{name} asks"}})
    builder.add_node("consensus", create_consensus(conflicting()).compile())
    builder.add_node("tell", lambda state: {"messages": [("ai", f"{name}: {state['verdict']['ruling']['option']}")]})
    for start, end in ((START, "put"), ("put", "consensus"), ("consensus", "tell")):
        builder.add_edge(start, end)
    return builder


def test_two_panels_that_escalate_in_parallel_get_each_its_own_ruling(members: Members, call: Call) -> None:
    graph = members.graph(memory(), a=consulting("a"), b=consulting("b"))
    waiting = call(graph, {"request": "shop"})["__interrupt__"]
    open_ = {item.value["question"]["text"][0]: item.id for item in waiting}

    with pytest.raises(ValidationError):
        call(graph, Command(resume={open_["a"]: ruling("cloud")}))
    call(graph, Command(resume={open_["b"]: ruling("schema-per-tenant")}))
    result = call(graph, Command(resume={open_["a"]: ruling("database-per-tenant")}))

    assert said(result)[1:] == ["a: database-per-tenant", "b: schema-per-tenant"]
    assert result["status"] == "completed"


class Choice(BaseModel):
    """The answer of a person who occupies a seat."""

    option: Literal["shared-schema", "schema-per-tenant"]


def test_an_invalid_answer_of_a_person_in_a_seat_is_not_absence(call: Call) -> None:
    agreed = ScriptedSeat([{"option": "shared-schema"}])
    person = lambda _: interrupt("?", response_schema=Choice).model_dump()  # noqa: E731
    panel = database_panel(claude=person, gemini=agreed, codex=agreed)
    graph = create_consensus(panel).compile(checkpointer=memory())

    call(graph, {"question": {"topic": "tenancy"}})
    with pytest.raises(ValidationError):
        call(graph, Command(resume={"option": "cloud"}))
    result = call(graph, Command(resume={"option": "shared-schema"}))

    assert [ballot["state"] for ballot in result["ballots"]] == ["answered"] * 3
    assert result["ballots"][0]["attempts"] == 1


REQUIREMENTS = {
    "title": "Shop",
    "tenancy": {"model": "auto", "entity": "shop"},
    "entities": [{"name": name, "attributes": [{"name": "name"}]} for name in ("shop", "order")],
}


def specialists(name: str) -> Any:
    return create_database_specialist(panel=conflicting(), engines=("sqlite",)).compile(name=name)


def test_two_specialists_that_escalate_in_parallel_get_each_its_own_ruling(members: Members, call: Call) -> None:
    graph = members.graph(memory(), a=specialists("a"), b=specialists("b"))
    waiting = call(graph, {"request": "shop", "requirements": REQUIREMENTS})["__interrupt__"]
    state = graph.get_state(THREAD)
    open_ = {task.name: item.id for task in state.tasks for item in task.interrupts}

    result = call(
        graph,
        Command(resume={open_["a"]: ruling("database-per-tenant"), open_["b"]: ruling("schema-per-tenant")}),
    )

    assert len(waiting) == len(open_) == 2
    decided = {entry["agent"]: entry["decisions"] for entry in graph.get_state(THREAD).values["log"].values()}
    assert decided["a"] == ["tenancy: database-per-tenant (conflicting)"]
    assert decided["b"] == ["tenancy: schema-per-tenant (conflicting)"]
    assert result["status"] == "completed"


def test_without_a_checkpointer_a_specialist_returns_its_verdict_and_the_run_is_escalated(
    members: Members, call: Call
) -> None:
    graph = members.graph(None, a=specialists("a"), b=members.work)

    result = call(graph, {"request": "shop", "requirements": REQUIREMENTS})

    assert "__interrupt__" not in result
    assert result["status"] == "escalated"
    assert result["reason"].startswith("a escalated: ")
    assert "auditors forbid it" in result["artifacts"]["decision.md"]


class Outer(TypedDict, total=False):
    """A larger graph that shares the team's request and messages."""

    messages: Annotated[list[AnyMessage], add_messages]
    request: str
    status: str
    after: Literal["ran"]


def larger(team: Any, saver: BaseCheckpointSaver[Any]) -> Any:
    builder = StateGraph(Outer)
    builder.add_node("team", team)
    builder.add_node("after", lambda _: {"after": "ran"})
    for start, end in ((START, "team"), ("team", "after")):
        builder.add_edge(start, end)
    return builder.compile(checkpointer=saver)


def test_an_agent_of_a_team_inside_a_larger_graph_asks_through_both(members: Members, call: Call) -> None:
    """Three levels down: a panel in a member of a team that is itself a node."""
    graph = larger(members.graph(None, a=consulting("a"), b=members.ask), memory())
    waiting = call(graph, {"request": "shop"})["__interrupt__"]
    by_kind = {isinstance(item.value, dict): item.id for item in waiting}

    between = call(graph, Command(resume={by_kind[True]: ruling("schema-per-tenant")}))
    with pytest.raises(ValidationError):
        call(graph, Command(resume={by_kind[False]: "two"}))
    result = call(graph, Command(resume={by_kind[False]: {"tables": 2}}))

    assert "after" not in between
    assert said(result)[1:] == ["a: schema-per-tenant", "b makes 2"]
    assert (result["status"], result["after"]) == ("completed", "ran")
    assert members.ran.count("pm") == 1
