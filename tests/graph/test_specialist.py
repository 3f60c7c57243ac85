import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph_swarm import create_swarm

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel.scripted_seat import ScriptedSeat
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import InputError, RequirementsError
from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.specialist.specialist_graph import create_database_specialist
from langgraph_dba.graph.team.handoff_tools import create_handoff_tool

LIBRARY = "a library where members borrow copies of books written by several authors"


def test_a_sentence_becomes_a_proved_schema_with_handoffs() -> None:
    graph = create_database_specialist(engines=("sqlite",)).compile(name="database-specialist")

    given = graph.invoke({"request": LIBRARY})

    assert given["status"] == "completed"
    assert given["messages"][-1].name == "database-specialist"
    assert {"requirements.yaml", "schema.json", "schema.sqlite.sql", "er.mmd", "decision.md"} <= set(given["artifacts"])
    assert "refuted" not in {one["state"] for one in given["evidence"]}
    assert [handoff["to"] for handoff in given["handoffs"]] == ["test-engineer", "backend-specialist", "code-reviewer"]


async def test_messages_and_ainvoke_give_the_same() -> None:
    graph = create_database_specialist(engines=("sqlite",)).compile()

    questions = await graph.ainvoke({"messages": [("user", LIBRARY)]})
    told = graph.invoke({"request": LIBRARY})

    assert questions["artifacts"] == told["artifacts"]


def test_an_unusable_task_is_answered_in_a_conversation_and_raised_elsewhere() -> None:
    graph = create_database_specialist(engines=("sqlite",), name="dba").compile()

    answered = graph.invoke({"messages": [("user", "hello there")]})

    assert (answered["status"], answered["artifacts"], answered["handoffs"]) == ("stopped", {}, [])
    assert answered["messages"][-1].name == "dba"
    assert answered["messages"][-1].text.startswith("I cannot design a database from that: ")
    with pytest.raises(RequirementsError):
        graph.invoke({"request": "hello there"})


def test_the_task_of_a_transfer_is_the_specialists_task() -> None:
    call = {"name": "transfer_to_dba", "args": {"task": LIBRARY}, "id": "1"}
    triage = create_agent(
        ScriptedModel(replies=[AIMessage("", tool_calls=[call])]),
        [create_handoff_tool(agent_name="dba")],
        name="triage",
    )
    dba = create_database_specialist(engines=("sqlite",), name="dba").compile(name="dba")
    swarm: Any = create_swarm([triage, dba], default_active_agent="triage").compile()

    final = swarm.invoke({"messages": [("user", "hello, can you help us?")]})

    assert final["active_agent"] == "dba"
    assert "tables for" in final["messages"][-1].text


def test_a_second_request_on_a_thread_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    graph = create_database_specialist(engines=("sqlite",)).compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}

    graph.invoke({"request": LIBRARY}, thread)
    second = graph.invoke({"request": "an online shop with customers, products and orders"}, thread)

    tables = {table["name"] for table in json.loads(second["artifacts"]["schema.json"])["tables"]}
    assert "orders" in tables
    assert "books" not in tables


def test_the_panels_decision_determines_the_schema(projects: Requirements) -> None:
    questions = projects.model_dump(mode="json", by_alias=True) | {"tenancy": {"model": "auto", "entity": "tenant"}}
    answers = [{"option": "database-per-tenant"}, {"option": "foreign-keys"}]
    seats = {name: ScriptedSeat(answers) for name in ("claude", "gemini", "codex")}
    graph = create_database_specialist(engines=("sqlite",), panel=database_panel(**seats)).compile()

    given = graph.invoke({"requirements": questions})

    schema = json.loads(given["artifacts"]["schema.json"])
    assert schema["isolation"] is None
    assert not any(c["name"] == "tenant_id" for t in schema["tables"] for c in t["columns"])
    assert "tasks_list_tasks_idx" not in given["artifacts"]["schema.sqlite.sql"]


def test_a_panel_that_cannot_agree_is_escalated_with_the_option_that_was_built(projects: Requirements) -> None:
    questions = projects.model_dump(mode="json", by_alias=True) | {"tenancy": {"model": "auto", "entity": "tenant"}}
    veto = {"option": "shared-schema", "stance": "block", "reason": "the law forbids it"}
    panel = database_panel(claude=ScriptedSeat([veto, {"option": "workload"}]))
    graph = create_database_specialist(engines=("sqlite",), panel=panel, escalation="return").compile()

    given = graph.invoke({"requirements": questions})

    assert given["status"] == "escalated"
    assert "the law forbids it" in given["artifacts"]["decision.md"]


@pytest.mark.parametrize("keyword", ["model", "project"])
def test_unsupported_keywords_are_an_input_error(keyword: str) -> None:
    with pytest.raises(InputError, match="later version"):
        create_database_specialist(**{keyword: "x"})  # type: ignore[arg-type]


def test_an_unknown_engine_is_an_input_error() -> None:
    with pytest.raises(InputError, match="there is no engine 'oracle'"):
        create_database_specialist(engines=("oracle",))


def test_a_brief_is_read_where_the_teams_request_cannot_be() -> None:
    graph = create_database_specialist(engines=("sqlite",)).compile()
    brief = {"from": "pm", "kind": "handoff", "brief": {"specific_task": "teams with players"}, "contract": ""}

    given = graph.invoke({"request": "make us happy", "inbox": [brief]})

    assert '"name": "players"' in given["artifacts"]["schema.json"]
    with pytest.raises(RequirementsError, match="names nothing to store"):
        graph.invoke({"request": "make us happy"})


def test_in_a_team_it_hands_off_only_to_agents_with_an_edge() -> None:
    graph = create_database_specialist(engines=("sqlite",)).compile()

    def receivers(*declared: str, **contracts: str) -> list[str]:
        turn = {"hands_off_to": list(declared), "receiver_contracts": contracts}
        given = graph.invoke({"request": "teams with players", **turn})
        return [handoff["to"] for handoff in given["handoffs"]]

    assert receivers("judge", "lead", "tester", judge="ReviewRequest", tester="TestRequest") == ["tester", "judge"]
    assert receivers("release-manager", "code-reviewer") == ["release-manager", "code-reviewer"]
    assert receivers() == []


def test_other_messages_go_back_to_the_parents_agent_but_transferred_ones_are_answered() -> None:
    builder = StateGraph(MessagesState)
    builder.add_node(
        "dba", create_database_specialist(engines=("sqlite",), name="dba", hands_back_to="triage").compile()
    )
    builder.add_node("triage", lambda _: {"messages": [AIMessage("Hello!", name="triage")]})
    builder.add_edge(START, "dba")
    graph: Any = builder.compile()
    call: Any = {"name": "transfer_to_dba", "args": {}, "id": "1"}

    answers = [
        graph.invoke({"messages": texts})["messages"][-1].name
        for texts in ([HumanMessage("hello")], [HumanMessage("hello"), AIMessage("", tool_calls=[call])])
    ]

    assert answers == ["triage", "dba"]


def test_a_task_from_a_conversation_is_answered_with_the_statements() -> None:
    graph = create_database_specialist(engines=("sqlite",)).compile()

    questions = graph.invoke({"messages": [HumanMessage("teams with players")]})["messages"][-1].text
    told = graph.invoke({"request": "teams with players"})["messages"][-1].text

    assert questions.startswith(f"{told}\n\n```sql\n")
    assert "CREATE TABLE players" in questions


def test_requirements_that_cannot_be_used_are_refused_with_the_field() -> None:
    graph = create_database_specialist(engines=("sqlite",)).compile()

    with pytest.raises(RequirementsError, match="the requirements cannot be used: field 'entities'"):
        graph.invoke({"requirements": {"title": "Shop"}})
