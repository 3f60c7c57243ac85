"""Whatever an agent leaves behind, each tool call is answered exactly once, right behind its message."""

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from pairing_check import pairing_of

from langgraph_dba.graph.team.tool_answers import UNANSWERED, calls_of, paired, unreadable

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
def test_what_is_paired_is_whole_and_nothing_else_changes(said: list[AnyMessage]) -> None:
    # an answer to nothing is not ours to judge: what is left of it shows where it came from
    asked = [m for i, m in enumerate(said) if not isinstance(m, ToolMessage) or answers_something(said, i)]

    whole = paired(asked)

    assert pairing_of(whole).is_valid
    assert [m for m in whole if not isinstance(m, ToolMessage)] == [m for m in asked if not isinstance(m, ToolMessage)]
    assert paired(whole) == whole


def answers_something(said: list[AnyMessage], index: int) -> bool:
    question = next((m for m in reversed(said[:index]) if not isinstance(m, ToolMessage)), None)
    answer = said[index]
    return isinstance(answer, ToolMessage) and answer.tool_call_id in dict(calls_of(question))


def test_a_missing_answer_says_why_there_is_none() -> None:
    call = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "1"}])

    (_, answer, last) = paired([call, HumanMessage("well?")])

    assert (answer.text, answer.name, answer.type, last.text) == (UNANSWERED, "look", "tool", "well?")


def test_unreadable_arguments_are_answered_with_the_reason() -> None:
    broken = AIMessage("", invalid_tool_calls=[{"name": "look", "args": "{", "id": "1", "error": "line 1"}])

    (answer,) = unreadable(broken)

    assert (answer.tool_call_id, answer.status) == ("1", "error")
    assert "line 1" in answer.text
