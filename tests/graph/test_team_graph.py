"""A team's graph: direct edges, parallel waves, returns, bounds, guards and failures, with scripted agents."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.graph.state import CompiledStateGraph

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.agents.kit.contracts import TestRequest
from langgraph_dba.errors import HandoffError, TeamError
from langgraph_dba.graph.team.team_graph import create_team

Graph = CompiledStateGraph[Any, Any, Any, Any]


def team_of(parallel: Mapping[str, str] | None = None, **edges: str) -> Team:
    """Name each agent with those it hands off to, as `pm="a b"`; underscores stand for hyphens."""
    definitions = [
        AgentDefinition(
            name=name.replace("_", "-"),
            coordination=Coordination(
                hands_off_to=tuple(targets.split()), parallel_with=tuple((parallel or {}).get(name, "").split())
            ),
        )
        for name, targets in edges.items()
    ]
    return Team(tuple(definitions))


class Script:
    """Scripted agents: one line for each run, with the names to hand off to; `<name` returns work to that name."""

    def __init__(self, **lines: list[str | Exception]) -> None:
        self.lines = {name.replace("_", "-"): list(answers) for name, answers in lines.items()}
        self.views: list[Mapping[str, Any]] = []

    @property
    def ran(self) -> list[str]:
        return [view["agent"] for view in self.views]

    def nodes(self, team: Team) -> dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        return dict.fromkeys(team.names, self.run)

    def run(self, view: Mapping[str, Any]) -> dict[str, Any]:
        self.views.append(view)
        agent = view["agent"]
        line = self.lines[agent].pop(0) if self.lines.get(agent) else ""
        if isinstance(line, Exception):
            raise line
        handoffs = [
            {"to": word.lstrip("<"), "brief": f"for {word}", "kind": "return" if word[0] == "<" else "handoff"}
            for word in line.split()
        ]
        return {"handoffs": handoffs, "messages": [f"{agent} was here"], "artifacts": {f"{agent}.txt": line}}


def graph_of(team: Team, script: Script, **options: Any) -> Graph:
    return create_team(team, nodes=script.nodes(team), entry=team.names[0], **options).compile()


def steps(graph: Graph) -> list[str]:
    """The nodes in the order in which they ran."""
    updates = graph.stream({"request": "a shop"}, stream_mode="updates")
    return [node for update in updates for node in sorted(update)]


def test_an_agent_alone_goes_straight_on() -> None:
    team = team_of(pm="a", a="b", b="")

    assert steps(graph_of(team, Script(pm=["a"], a=["b"]))) == ["pm", "a", "b"]


def test_dispatch_runs_only_after_a_parallel_wave() -> None:
    team = team_of({"a": "b"}, pm="a b", a="c", b="c", c="")
    script = Script(pm=["a b"], a=["c"], b=["c"])

    assert steps(graph_of(team, script)) == ["pm", "a", "b", "dispatch", "c"]
    assert [item["from"] for item in script.views[-1]["inbox"]] == ["a", "b"]


def test_two_that_are_not_parallel_run_one_after_the_other() -> None:
    team = team_of(pm="a b", a="", b="")

    assert steps(graph_of(team, Script(pm=["a b"]))) == ["pm", "a", "b"]


def test_handoffs_of_the_first_wave_queue_behind_the_second() -> None:
    team = team_of(pm="a b", a="c", b="", c="")
    script = Script(pm=["a b"], a=["c"])

    graph_of(team, script).invoke({"request": "x"})

    assert script.ran == ["pm", "a", "b", "c"]


def test_the_result_lists_the_handoffs_and_ends_with_a_named_answer() -> None:
    team = team_of(pm="a", a="")

    result = graph_of(team, Script(pm=["a"])).invoke({"request": "x"})

    assert result["handoffs"] == [
        {"from": "pm", "to": "a", "kind": "handoff", "contract": "", "state": "delivered", "reason": ""}
    ]
    assert (result["status"], result["reason"], result["empty"]) == ("completed", "", [])
    assert result["artifacts"] == {"pm.txt": "a", "a.txt": ""}
    assert isinstance(result["messages"][-1], AIMessage)
    assert (result["messages"][-1].name, result["messages"][-1].text) == ("a", "a was here")
    assert set(result) == {"messages", "artifacts", "evidence", "handoffs", "status", "reason", "empty"}


def test_a_gate_runs_last_and_may_return_work_for_a_second_round() -> None:
    team = team_of(pm="code-reviewer a", a="code-reviewer", code_reviewer="")
    script = Script(pm=["code-reviewer a"], a=["code-reviewer", "code-reviewer"], code_reviewer=["<a", ""])

    result = graph_of(team, script, gates=("code-reviewer",)).invoke({"request": "x"})

    assert script.ran == ["pm", "a", "code-reviewer", "a", "code-reviewer"]
    assert [item["from"] for item in script.views[2]["inbox"]] == ["pm", "a"]
    assert [line["kind"] for line in result["handoffs"]] == ["handoff", "handoff", "handoff", "return", "handoff"]
    assert result["status"] == "completed"


def test_a_reviewer_sees_the_teams_artifacts_and_evidence() -> None:
    team = team_of(pm="a", a="code-reviewer", code_reviewer="")
    script = Script(pm=["a"], a=["code-reviewer"])

    graph_of(team, script).invoke({"request": "a shop", "requirements": {"name": "shop"}})

    assert script.views[-1]["artifacts"] == {"pm.txt": "a", "a.txt": "code-reviewer"}
    assert script.views[-1]["requirements"] == {"name": "shop"}
    assert script.views[-1]["request"] == "a shop"


def test_a_receiver_gets_its_brief_and_not_the_chat_so_far() -> None:
    team = team_of(pm="a", a="")
    script, chatty = Script(pm=["a"]), Script(pm=["a"])

    graph_of(team, script).invoke({"messages": [("user", "a shop")]})
    graph_of(team, chatty, history="full").invoke({"messages": [("user", "a shop")]})

    assert script.views[0]["messages"][-1].text == "a shop"
    assert [message.type for message in script.views[1]["messages"]] == ["human"]
    assert "## Specific Task\n\nfor a\n" in script.views[1]["messages"][0].text
    assert [message.type for message in chatty.views[1]["messages"]] == ["human", "ai", "human"]


def test_too_many_rounds_are_refused_and_the_status_is_stopped() -> None:
    team = team_of(a="b", b="a")
    script = Script(a=["b"] * 9, b=["a"] * 9)

    result = graph_of(team, script, max_rounds=2).invoke({"request": "x"})

    assert script.ran == ["a", "b", "a", "b", "a"]
    assert result["handoffs"][-1]["state"] == "refused"
    assert (result["status"], result["reason"]) == ("stopped", "a → b refused: max_rounds=2 reached")


def test_too_many_handoffs_are_refused_and_the_accepted_ones_still_run() -> None:
    team = team_of(pm="a b c", a="", b="", c="")
    script = Script(pm=["a b c"])

    result = graph_of(team, script, max_handoffs=2).invoke({"request": "x"})

    assert script.ran == ["pm", "a", "b"]
    assert result["reason"] == "pm → c refused: max_handoffs=2 reached"


@pytest.mark.parametrize("limit", range(2, 9))
@pytest.mark.parametrize("report", [None, lambda _: "the end"])
def test_a_low_recursion_limit_stops_the_run_without_an_error(limit: int, report: Callable[[Any], str] | None) -> None:
    team = team_of({"a": "b"}, pm="a b", a="c", b="c", c="")
    script = Script(pm=["a b"], a=["c"], b=["c"])

    result = graph_of(team, script, report=report).invoke({"request": "x"}, {"recursion_limit": limit})

    enough = 6 if report else 5
    assert result["status"] == ("completed" if limit >= enough else "stopped")
    assert ("recursion_limit" in result["reason"]) == (limit < enough)


def test_an_undeclared_target_raises() -> None:
    team = team_of(pm="a", a="", b="")

    with pytest.raises(HandoffError, match="pm may not hand off to b"):
        graph_of(team, Script(pm=["b"])).invoke({"request": "x"})


def test_a_payload_that_breaks_the_receivers_contract_raises() -> None:
    team = team_of(pm="a", a="")
    nodes = {
        "pm": lambda _: {"handoffs": [{"to": "a", "brief": "x", "payload": {"engines": ["sqlite"]}}]},
        "a": lambda _: None,
    }
    graph = create_team(team, nodes=nodes, entry="pm", contracts={"a": TestRequest}).compile()

    with pytest.raises(HandoffError, match="pm → a: the payload breaks TestRequest"):
        graph.invoke({"request": "x"})


def test_a_failed_agent_is_data_and_the_run_goes_on() -> None:
    team = team_of(pm="a b", a="", b="")
    script = Script(pm=["a b"], a=[ValueError("no route to postgresql://app:hunter2@db/shop")])

    result = graph_of(team, script).invoke({"request": "x"})

    assert script.ran == ["pm", "a", "b"]
    assert [(line["from"], line["to"], line["state"]) for line in result["handoffs"]][-1] == ("a", "pm", "failed")
    assert result["status"] == "stopped"
    assert result["reason"] == "a failed: ValueError: no route to postgresql://app:***@db/shop"
    assert "hunter2" not in str(result)


def test_a_failure_in_a_parallel_wave_does_not_cancel_its_siblings() -> None:
    team = team_of({"a": "b"}, pm="a b", a="", b="c", c="")
    script = Script(pm=["a b"], a=[RuntimeError("boom")], b=["c"])

    result = graph_of(team, script).invoke({"request": "x"})

    assert sorted(script.ran) == ["a", "b", "c", "pm"]
    assert result["status"] == "stopped"


def test_a_failed_entry_is_returned_to_the_caller() -> None:
    result = graph_of(team_of(pm=""), Script(pm=[KeyError("x")])).invoke({"request": "x"})

    assert result["handoffs"][0]["to"] == "caller"
    assert result["messages"][-1].text == "pm failed: KeyError: 'x'"


def test_an_escalation_is_the_runs_status() -> None:
    team = team_of(pm="")

    graph = create_team(team, nodes={"pm": lambda _: {"status": "escalated", "summary": "who decides?"}}).compile()

    assert graph.invoke({"request": "x"})["reason"] == "pm escalated: who decides?"
    assert graph.invoke({"request": "x"})["status"] == "escalated"


def test_empty_chairs_are_reported_and_do_not_stop_the_run() -> None:
    team = team_of(pm="a b", a="", b="")
    script = Script(pm=["a b"])
    nodes = dict.fromkeys(("pm", "b"), script.run)

    result = create_team(team, nodes=nodes, entry="pm", missing="drop").compile().invoke({"request": "x"})

    assert script.ran == ["pm", "b"]
    assert (result["status"], result["empty"]) == ("completed", ["a"])
    assert [(line["to"], line["state"], line["reason"]) for line in result["handoffs"]] == [
        ("a", "refused", "empty chair"),
        ("b", "delivered", ""),
    ]


def test_the_report_comes_last_sees_everything_and_speaks_for_the_entry() -> None:
    team = team_of(pm="a", a="")
    seen: dict[str, Any] = {}

    def report(view: Mapping[str, Any]) -> dict[str, Any]:
        seen.update(view)
        return {"messages": ["all done"], "artifacts": {"WORKLOG.md": "…"}}

    result = graph_of(team, Script(pm=["a"]), report=report).invoke({"request": "a shop"})

    assert (seen["status"], seen["request"], len(seen["log"])) == ("completed", "a shop", 2)
    assert (result["messages"][-1].name, result["messages"][-1].text) == ("pm", "all done")
    assert set(result["artifacts"]) == {"pm.txt", "a.txt", "WORKLOG.md"}


def test_evidence_is_merged_by_claim_proof_and_engine() -> None:
    team = team_of({"a": "b"}, pm="a b", a="", b="")
    item = {"claim": "c", "proof": "p", "engine": "sqlite", "state": "not run"}
    nodes = {
        "pm": lambda _: {"handoffs": [{"to": "a", "brief": "x"}, {"to": "b", "brief": "x"}], "evidence": [item]},
        "a": lambda _: {"evidence": [{**item, "state": "supported"}]},
        "b": lambda _: {"evidence": [{**item, "engine": "postgresql"}]},
    }

    evidence = create_team(team, nodes=nodes, entry="pm").compile().invoke({"request": "x"})["evidence"]

    assert [(results["engine"], results["state"]) for results in evidence] == [
        ("sqlite", "supported"),
        ("postgresql", "not run"),
    ]


def test_every_problem_of_a_team_is_reported_at_once() -> None:
    team = team_of(pm="a", a="", dispatch="")

    with pytest.raises(TeamError) as caught:
        create_team(team, nodes={"a": print, "typo": print}, entry="boss", gates=("judge",), history="all")  # type: ignore[arg-type]

    text = str(caught.value)
    expected = ("'dispatch'", "typo", "judge", "history must be", "pm has neither", "'boss'")
    assert all(part in text for part in expected)


def test_a_run_cannot_start_at_an_empty_chair() -> None:
    with pytest.raises(TeamError, match="starts at pm, which has no node"):
        create_team(team_of(pm="a", a=""), nodes={"a": print}, entry="pm", missing="drop")


def test_the_drawing_labels_handoffs_and_returns() -> None:
    team = team_of(pm="a", a="")

    edges = graph_of(team, Script()).get_graph().edges

    assert {(edge.source, edge.target, edge.data) for edge in edges} >= {
        ("pm", "a", "hands_off_to"),
        ("a", "pm", "returns"),
    }
