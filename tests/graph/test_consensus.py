"""The consensus graph: its input, the order of its steps, and its output."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import ScriptedSeat, Verdict
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import InputError
from langgraph_dba.graph.consensus.consensus_graph import create_consensus

CANARY = "canary-4711"
TENANCY = {"question": {"topic": "tenancy"}}
A, B = {"option": "shared-schema"}, {"option": "schema-per-tenant"}


def seats(*answers: Any) -> dict[str, ScriptedSeat]:
    return dict(zip(("claude", "gemini", "codex"), (ScriptedSeat([messages]) for messages in answers), strict=True))


def run(graph: Any, asked: Mapping[str, Any], way: str) -> dict[str, Any]:
    result = graph.invoke(asked) if way == "invoke" else asyncio.run(graph.ainvoke(asked))
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_three_scripted_seats_give_a_graded_verdict(way: str) -> None:
    graph = create_consensus(database_panel(**seats(A, A, B))).compile()

    result = run(graph, TENANCY, way)

    assert set(result) == {"verdict", "ballots", "evidence"}
    verdict = Verdict.model_validate(result["verdict"])
    assert (verdict.level, verdict.nominal, verdict.option, verdict.status) == ("majority", 90, A["option"], "proceed")
    assert [ballot["seat"] for ballot in result["ballots"]] == ["Claude", "Gemini", "Codex"]


@pytest.mark.parametrize("topic", ["tenancy", "index-design"])
def test_the_analysts_decide_on_an_engine_without_any_key(topic: str, sqlite: Engine, projects: Requirements) -> None:
    del sqlite
    plain = projects.model_dump(mode="json", by_alias=True)

    result = (
        create_consensus()
        .compile()
        .invoke({"question": {"topic": topic}, "requirements": plain, "targets": ["sqlite"]})
    )

    verdict = Verdict.model_validate(result["verdict"])
    assert (verdict.status, verdict.nominal_text, verdict.calibrated) == ("proceed", "n/a", None)
    assert all(seat.kind == "analyst" and seat.state == "answered" for seat in verdict.seats)
    assert verdict.unproved == (topic == "tenancy"), "SQLite cannot show isolation; the workload it can search"


def test_isolation_is_proved_on_postgresql(postgresql: Engine, projects: Requirements) -> None:
    del postgresql
    asked = {**TENANCY, "requirements": projects.model_dump(mode="json", by_alias=True), "targets": ["postgresql"]}

    result = create_consensus().compile().invoke(asked)

    assert (result["verdict"]["level"], result["verdict"]["unproved"]) == ("unanimous", False)
    assert [(item["proof"], item["state"]) for item in result["evidence"]] == [("tenant-isolation", "supported")]


def test_a_refuted_decision_leaves_the_vote(sqlite: Engine, projects: Requirements) -> None:
    """One seat wants a copy of the tables for each of ten million tenants, which the engine's object count refutes."""
    del sqlite
    claims = [{"sentence": "the catalogue bears it", "check": "catalogue-size"}]
    many = projects.model_dump(mode="json", by_alias=True) | {"scale": {"tenants": 10_000_000}}
    panel = database_panel(**seats({**B, "claims": claims}, A, A))

    result = create_consensus(panel).compile().invoke({**TENANCY, "requirements": many, "targets": ["sqlite"]})

    assert [seat["role"] for seat in result["verdict"]["seats"]] == ["refuted", "agrees", "agrees"]
    assert result["evidence"][0]["state"] == "refuted"


def test_options_that_build_the_same_indexes_are_one_decision(projects: Requirements) -> None:
    whole_rows = [{"name": "a", "entity": "task", "filter": ["status"]}]
    plain = projects.model_dump(mode="json", by_alias=True) | {"workload": whole_rows}
    messages = {"option": "workload"}, {"option": "workload-covering"}, {"option": "workload"}

    result = (
        create_consensus(database_panel(**seats(*messages)))
        .compile()
        .invoke({"question": {"topic": "index-design"}, "requirements": plain})
    )

    assert (result["verdict"]["level"], result["verdict"]["option"]) == ("unanimous", "workload")


# -- blindness --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_seat_never_gets_a_channel_that_it_may_not_see(way: str) -> None:
    occupants = seats(A, A, A)
    asked = {
        **TENANCY,
        "requirements": {"title": "shop"},
        "context": {"note": CANARY},
        "targets": [CANARY],
        "engine_facts": {CANARY: {}},
    }

    run(create_consensus(database_panel(**occupants)).compile(), asked, way)

    (gemini,) = occupants["gemini"].seen
    assert CANARY not in str(gemini)
    assert set(gemini) == {"question", "requirements"}
    assert CANARY in str(occupants["claude"].seen)
    assert CANARY in str(occupants["codex"].seen)


def test_each_seats_node_reads_its_own_channels_and_starts_by_a_static_edge() -> None:
    builder = create_consensus()

    read = {name: set(builder.nodes[name].input_schema.__annotations__) for name in ("claude", "gemini", "codex")}

    assert read["gemini"] == {"question", "requirements"}
    assert read["claude"] == {"question", "requirements", "context"}
    assert read["codex"] == {"question", "requirements", "context", "targets", "engine_facts"}
    assert {(START, name) for name in read} <= builder.edges
    assert not builder.branches.get(START)


def test_a_seat_cannot_pass_data_to_another_through_its_view() -> None:
    def whispers(view: dict[str, Any]) -> dict[str, Any]:
        view["requirements"]["title"] = CANARY
        view["question"]["text"] = CANARY
        return {"option": "shared-schema"}

    first, listening = ScriptedSeat([A]), ScriptedSeat(["garbage", A])
    panel = database_panel(claude=whispers, gemini=listening, codex=first)

    create_consensus(panel).compile().invoke({**TENANCY, "requirements": {"title": "shop"}})

    assert len(listening.seen) == 2
    assert CANARY not in str(listening.seen + first.seen)


# -- input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "the question is missing"),
        ({"question": "tenancy?"}, "the question is missing"),
        ({"question": {"topic": "colour"}}, "there is no topic 'colour'"),
        ({"question": {"topic": "tenancy", "options": ["cloud"]}}, "'cloud' is no option of tenancy"),
    ],
)
def test_an_invalid_question_is_an_input_error_before_any_seat_is_asked(asked: dict[str, Any], message: str) -> None:
    occupants = seats(A, A, A)
    graph = create_consensus(database_panel(**occupants)).compile()

    with pytest.raises(InputError, match=message):
        graph.invoke({**asked, "requirements": {}})

    assert not any(seat.seen for seat in occupants.values())


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"outcomes": object()}, "in a later version"),
        ({"timeout_s": 0}, "more than 0 seconds"),
        ({"escalation": "shout"}, "one of auto, interrupt, return"),
    ],
)
def test_invalid_arguments_are_an_error_of_the_factory(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        create_consensus(**keywords)


# -- embedding --------------------------------------------------------------------------------------------------------


class Larger(TypedDict, total=False):
    """The state of a larger graph that shares the consensus graph's input and output channels."""

    question: dict[str, Any]
    requirements: dict[str, Any]
    verdict: dict[str, Any]
    verdicts: list[str]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_it_is_a_node_in_a_larger_graph(way: str) -> None:
    outer = StateGraph(Larger)
    outer.add_node("consensus", create_consensus(database_panel(**seats(A, A, A))).compile())
    outer.add_node("after", lambda state: {"verdicts": [state["verdict"]["option"]]})
    outer.add_edge(START, "consensus")
    outer.add_edge("consensus", "after")
    outer.add_edge("after", END)

    assert run(outer.compile(), TENANCY, way)["verdicts"] == ["shared-schema"]
