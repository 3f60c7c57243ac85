"""The result of a session is built from its graph's state, not from the texts of its files."""

from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_dba import AgentDefinition, Team
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.session.session_result import result_of
from langgraph_dba.graph.team.team_graph import create_team
from langgraph_dba.handoffs.plain import plain

FILES = {"schema.json": "{", "review.json": '{"score": 1, "rounds": 9}', "decision.json": "no JSON"}


def test_the_summary_reads_the_channel_and_not_the_files(schema: Schema) -> None:
    review = {"score": 97, "rounds": 2, "decision": "approved"}
    state = {"artifacts": FILES, "shared_results": {"schema": plain(schema), "review": review}, "status": "completed"}

    summary = result_of(state, Path("out"), {}).summary

    assert summary["schema"]["tables"] == [table.name for table in schema.tables]
    assert summary["review"] == {"score": 97, "rounds": 2}
    assert summary["decisions"] == []


def test_a_run_without_results_has_an_empty_summary() -> None:
    summary = result_of({"artifacts": FILES}, Path("out"), {}).summary

    assert (summary["schema"], summary["review"]) == ({"tables": [], "rules": []}, {"score": None, "rounds": 0})
    assert (summary["not_called"], summary["unreachable"]) == ([], [])


def test_results_pass_from_agent_to_agent_and_end_with_the_request() -> None:
    team = Team((AgentDefinition(name="a", coordination={"hands_off_to": ["b"]}), AgentDefinition(name="b")))
    seen: list[object] = []

    def first(turn: dict[str, object]) -> dict[str, object]:
        seen.append(turn["shared_results"])
        return {"shared_results": {"colour": "red"}, "handoffs": [{"to": "b", "brief": "x"}]}

    graph = create_team(team, nodes={"a": first, "b": lambda turn: seen.append(turn["shared_results"])})
    compiled = graph.compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
    compiled.invoke({"request": "x"}, thread)
    compiled.invoke({"request": "y"}, thread)

    assert seen == [{}, {"colour": "red"}, {}, {"colour": "red"}]


def test_results_without_names_are_an_error_of_the_code() -> None:
    team = Team((AgentDefinition(name="a"),))

    with pytest.raises(HandoffError, match="a: `shared_results` must map each name to plain data, not list"):
        create_team(team, nodes={"a": lambda _: {"shared_results": [1]}}).compile().invoke({"request": "x"})
