"""Handoffs by tool inside a team: recorded, delivered when the run ends, and every call answered once."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_swarm import create_swarm
from tool_callers import TEAM, TOOLS, Order, alone, answers, calling, is_paired, lead_of, look

from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.team.handoff_tools import create_handoff_tool, tool_name
from langgraph_dba.graph.team.team_graph import create_team

View = Mapping[str, Any]


def run(lead: Any, **options: Any) -> tuple[dict[str, Any], dict[str, View]]:
    """Run the team with this lead; return its result and the view of each other agent."""
    views: dict[str, View] = {}
    others = dict.fromkeys("abc", lambda view: views.update({view["agent"]: view}))
    graph = create_team(TEAM, nodes={"lead": lead, **others}, entry="lead", **options).compile()
    return graph.invoke({"request": "paint the fence"}), views


def test_several_handoffs_in_one_message_all_run_and_each_call_is_answered() -> None:
    both = calling(("transfer_to_a", {"task": "sand it"}), ("transfer_to_b", {"task": "buy paint"}))

    result, views = run(lead_of(both, "Both are on it."))

    assert {name: view["brief"]["specific_task"] for name, view in views.items()} == {"a": "sand it", "b": "buy paint"}
    assert is_paired(result["messages"])
    assert [m.text for m in answers(result["messages"]).values()] == [
        "Successfully transferred to a",
        "Successfully transferred to b",
    ]
    assert result["status"] == "completed"


def test_a_direct_tool_ends_the_agents_run_without_asking_its_model_again() -> None:
    transfer = create_handoff_tool(agent_name="a")
    transfer.return_direct = True
    model = ScriptedModel(replies=[calling(("transfer_to_a", {"task": "sand it"}))])

    result, views = run(create_agent(model, [look, transfer]))

    assert (len(model.seen), views["a"]["brief"]["specific_task"]) == (1, "sand it")
    assert is_paired(result["messages"])


def test_a_handoff_beside_another_tool_keeps_both_results() -> None:
    mixed = calling(("look", {"what": "the sea"}), ("transfer_to_a", {"task": "sand it"}))

    result, views = run(lead_of(mixed, "The sea is blue, and a is on it."))

    assert answers(result["messages"])["call-0"].text == "the sea is blue"
    assert list(views) == ["a"]
    assert is_paired(result["messages"])


def test_handoffs_of_several_messages_are_all_delivered() -> None:
    first, second = calling(("transfer_to_a", {})), calling(("transfer_to_b", {}), start=1)

    result, views = run(lead_of(first, second, "Done."))

    assert list(views) == ["a", "b"]
    assert is_paired(result["messages"])


@pytest.mark.parametrize("keeps_answers", [False, True])
def test_calls_that_are_numbered_anew_in_each_message_stay_apart(*, keeps_answers: bool) -> None:
    lead = lead_of(calling(("transfer_to_a", {"task": "sand"})), calling(("transfer_to_a", {"task": "paint"})), "Done.")
    node = lead if not keeps_answers else lambda view: lead.invoke({"messages": view["messages"]})["messages"][-1]

    _, views = run(node)

    assert [item["brief"]["specific_task"] for item in views["a"]["inbox"]] == ["sand", "paint"]


def test_the_agents_own_brief_supplies_what_the_model_leaves_out() -> None:
    _, views = run(lead_of(calling(("transfer_to_a", {"context": "it rains"})), "Done."))

    assert views["a"]["brief"]["specific_task"] == "paint the fence"
    assert views["a"]["brief"]["context"] == "it rains"


def test_an_undeclared_target_is_answered_with_an_error_and_logged_as_refused() -> None:
    result, views = run(lead_of(calling(("transfer_to_c", {})), "Then not."))

    assert views == {}
    assert answers(result["messages"])["call-0"].status == "error"
    assert "lead hands off to a, b" in answers(result["messages"])["call-0"].text
    assert [(h["to"], h["state"]) for h in result["handoffs"]] == [("c", "refused")]
    assert result["status"] == "completed", "the model was told, and ended well"


def test_an_empty_chair_is_named_to_the_model() -> None:
    nodes = {"lead": lead_of(calling(("transfer_to_a", {})), "Then not.")}

    result = create_team(TEAM, nodes=nodes, entry="lead", missing="drop").compile().invoke({"request": "x"})

    assert "empty chair" in answers(result["messages"])["call-0"].text
    assert result["handoffs"][0]["state"] == "refused"


def test_a_tool_that_does_not_exist_is_answered() -> None:
    result, _ = run(lead_of(calling(("transfer_to_nobody", {}), ("transfer_to_a", {})), "Done."))

    assert answers(result["messages"])["call-0"].status == "error"
    assert is_paired(result["messages"])


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"task": "order", "payload": {"amount": "much"}}, "field 'amount'"),
        ({"task": "order", "payload": [1]}, "payload"),
        ({"task": "order", "surprise": 1}, "unknown arguments surprise"),
        ({"task": ["a", "b"]}, "field 'specific_task'"),
        ({"success_criteria": "one text"}, "field 'success_criteria'"),
    ],
)
@pytest.mark.parametrize("where", ["team", "alone"])
def test_malformed_arguments_are_answered_and_can_be_corrected(
    arguments: dict[str, Any], fault: str, where: str
) -> None:
    transfer = create_handoff_tool(agent_name="a", contract=Order)
    good = calling(("transfer_to_a", {"task": "order", "payload": {"amount": 3}}), start=1)
    lead = lead_of(calling(("transfer_to_a", arguments)), good, "Done.", tools=[transfer])

    messages = run(lead)[0]["messages"] if where == "team" else alone(lead)["messages"]

    assert fault in answers(messages)["call-0"].text
    assert answers(messages)["call-1"].text == "Successfully transferred to a"
    assert is_paired(messages)


def test_a_payload_reaches_the_receiver_in_its_contracts_form() -> None:
    transfer = create_handoff_tool(agent_name="a", contract=Order)
    lead = lead_of(calling(("transfer_to_a", {"payload": {"amount": "3"}})), "Done.", tools=[transfer])

    result, views = run(lead, contracts={"a": Order})

    assert views["a"]["inbox"][0]["payload"] == {"amount": 3}
    assert result["handoffs"][0]["contract"] == "Order"


def test_a_node_that_keeps_the_answers_to_itself_loses_no_handoff() -> None:
    lead = lead_of(calling(("transfer_to_a", {"task": "sand it"})), "Done.")

    result, views = run(lambda view: lead.invoke({"messages": view["messages"]})["messages"][-1])

    assert views["a"]["brief"]["specific_task"] == "sand it"
    assert [m.text for m in result["messages"][:1]] == ["Done."]


def test_the_handoffs_of_an_embedded_team_are_not_taken_for_those_around_it() -> None:
    lead = lead_of(calling(("transfer_to_a", {})), "Done.")
    inner = create_team(TEAM, nodes={"lead": lead, **dict.fromkeys("abc", lambda _: None)}, entry="lead")

    result, views = run(inner)

    assert views == {}, "the inner a is not the outer a"
    assert result["handoffs"] == []
    assert is_paired(result["messages"])


def test_a_swarm_in_a_chair_keeps_its_transfers_to_itself() -> None:
    alice = create_agent(ScriptedModel(replies=[calling(("transfer_to_a", {}))]), TOOLS[:1], name="alice")
    other = create_agent(ScriptedModel(replies=["a of the swarm"]), name="a")

    result, views = run(create_swarm([alice, other], default_active_agent="alice").compile())

    assert views == {}
    assert result["messages"][-1].text == "a of the swarm"


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_killed_turn_hands_off_what_its_model_had_handed_off_before(*, is_async: bool) -> None:
    """The handoff of the first message is in the agent's checkpoint; the run then ends as by a kill."""
    script = iter([calling(("transfer_to_a", {"task": "sand it"})), None, "Done."])

    def reply(_: Any) -> Any:
        if (texts := next(script)) is None:
            raise KeyboardInterrupt
        return texts

    model = ScriptedModel(replies=reply)
    views: list[View] = []
    nodes = {"lead": create_agent(model, TOOLS), **dict.fromkeys("abc", views.append)}
    graph = create_team(TEAM, nodes=nodes, entry="lead").compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}

    with pytest.raises(KeyboardInterrupt):
        graph.invoke({"request": "x"}, thread)
    result = await graph.ainvoke(None, thread) if is_async else graph.invoke(None, thread)

    assert [view["brief"]["specific_task"] for view in views] == ["sand it"]
    assert len(model.seen) == 3
    assert is_paired(result["messages"])


def test_streaming_shows_the_call_and_its_answer() -> None:
    lead = lead_of(calling(("transfer_to_a", {"task": "sand it"})), "a is on it")
    graph = create_team(TEAM, nodes={"lead": lead, **dict.fromkeys("abc", lambda _: None)}, entry="lead").compile()

    parts: Any = graph.stream({"request": "x"}, stream_mode="messages", subgraphs=True)
    chunks = [part[1][0] for part in parts]

    assert "transfer_to_a" in [call["name"] for c in chunks for call in getattr(c, "tool_call_chunks", [])]
    assert "Successfully transferred to a" in [c.text for c in chunks]
    assert [c.text for c in chunks if c.text in {"a", " is", " on", " it"}] == ["a", " is", " on", " it"]


names = st.sampled_from(["transfer_to_a", "transfer_to_b", "transfer_to_c", "transfer_to_nobody", "look"])
arguments = st.sampled_from([{}, {"task": "x"}, {"task": 7}, {"what": "x"}, {"payload": []}, {"payload": {"n": 1}}])
turns = st.lists(st.lists(st.tuples(names, arguments), min_size=1, max_size=4), max_size=3)


@settings(max_examples=60, deadline=None)
@given(turns, st.booleans())
def test_any_mix_of_calls_is_answered_once_each_and_every_good_handoff_delivered(
    calls: list[list[tuple[str, dict[str, Any]]]],
    own: bool,  # noqa: FBT001  hypothesis passes it by position
) -> None:
    """`own`: the team's chat agent, which ends after handoffs; else an agent of langchain."""
    replies = [calling(*some, start=10 * turn) for turn, some in enumerate(calls)] + ["Done."]
    model = ScriptedModel(replies=replies)
    team: dict[str, Any] = {"model": model} if own else {}
    nodes = dict.fromkeys("abc", lambda _: None) | ({} if own else {"lead": lead_of(*replies)})

    result = create_team(TEAM, nodes=nodes, entry="lead", **team).compile().invoke({"request": "x"})

    assert is_paired(result["messages"])
    issues = [m.name for m in answers(result["messages"]).values() if m.text.startswith("Successfully")]
    delivered = [h["to"] for h in result["handoffs"] if h["state"] == "delivered"]
    assert issues == [tool_name(to) for to in delivered]
    assert result["status"] in {"completed", "stopped"}
