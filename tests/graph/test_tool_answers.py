"""Each tool call of an agent has exactly one answer, directly after its message."""

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from pairing_check import pairing_of

from langgraph_dba.graph.team.tool_answers import UNANSWERED, calls_of, complete_tool_answers, reject_unreadable_calls

ids = st.sampled_from("123")
questions = st.builds(
    lambda keys, broken: AIMessage(
        "",
        tool_calls=[{"name": "look", "args": {}, "id": key} for key in keys if key != broken],
        invalid_tool_calls=[{"name": "look", "args": "{", "id": broken, "error": None}] if broken in keys else [],
    ),
    st.lists(ids, unique=True),
    ids,
)
messages = st.lists(
    st.one_of(questions, st.builds(lambda key: ToolMessage("seen", tool_call_id=key), ids), st.just(HumanMessage("go")))
)


@given(messages)
def test_every_call_gets_one_answer_and_nothing_else_changes(conversation: list[AnyMessage]) -> None:
    # Drop generated answers that belong to no call: the function does not repair those.
    original = [
        m for i, m in enumerate(conversation) if not isinstance(m, ToolMessage) or answers_a_call(conversation, i)
    ]

    completed = complete_tool_answers(original)

    assert pairing_of(completed).is_valid
    assert [m for m in completed if not isinstance(m, ToolMessage)] == [
        m for m in original if not isinstance(m, ToolMessage)
    ]
    assert complete_tool_answers(completed) == completed


def answers_a_call(conversation: list[AnyMessage], index: int) -> bool:
    question = next((m for m in reversed(conversation[:index]) if not isinstance(m, ToolMessage)), None)
    answer = conversation[index]
    return isinstance(answer, ToolMessage) and answer.tool_call_id in dict(calls_of(question))


def test_a_missing_answer_is_added_with_the_reason() -> None:
    call = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "1"}])

    (_, answer, last) = complete_tool_answers([call, HumanMessage("well?")])

    assert (answer.text, answer.name, answer.type, last.text) == (UNANSWERED, "look", "tool", "well?")


def test_unreadable_arguments_are_answered_with_the_reason() -> None:
    broken = AIMessage("", invalid_tool_calls=[{"name": "look", "args": "{", "id": "1", "error": "line 1"}])

    (answer,) = reject_unreadable_calls(broken)

    assert (answer.tool_call_id, answer.status) == ("1", "error")
    assert "line 1" in answer.text
