"""The log: unique keys, an idempotent merge, and the only allowed change of an entry."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import (
    CALLER,
    EMPTY_CHAIR,
    Entry,
    EntryState,
    Note,
    Refusal,
    handoff_lines,
    merge_log,
    record,
    record_failure,
    status_of,
)


def to(receiver: str) -> Handoff:
    return Handoff(sender="a", receiver=receiver, brief=Brief(specific_task="x"))


def logged(*receivers: str, run: int = 1, note: Note | None = None, closed: str = "") -> dict[str, Entry]:
    shut = dict.fromkeys(closed.split(), EMPTY_CHAIR)
    return record([to(receiver) for receiver in receivers], run=run, agent="a", step=0, note=note, closed=shut)


def test_handoffs_are_queued_under_run_agent_step_and_index() -> None:
    assert {key: entry["to"] for key, entry in logged("b", "c").items()} == {"1/a/0/0": "b", "1/a/0/1": "c"}


def test_a_run_without_handoffs_is_logged_but_not_in_the_result() -> None:
    log = logged(note={"summary": "all well"})

    assert [entry["kind"] for entry in log.values()] == ["end"]
    assert handoff_lines(log, 1) == []


def test_an_empty_chair_refuses_without_stopping_the_run() -> None:
    log = logged("b", closed="b")

    assert [(line["state"], line["reason"]) for line in handoff_lines(log, 1)] == [("refused", "empty chair")]
    assert status_of(log, 1) == ("completed", "")


def test_a_failure_is_returned_to_every_sender_or_to_the_caller() -> None:
    note = Note(reason="ValueError: no route to postgresql://app:hunter2@db/shop")

    log = record_failure(["a", "c", "a"], run=1, agent="b", step=1, note=note)

    assert [entry["to"] for entry in log.values()] == ["a", "c"]
    assert status_of(log, 1) == ("stopped", "b failed: ValueError: no route to postgresql://app:***@db/shop")
    assert [entry["to"] for entry in record_failure([], run=1, agent="b", step=0, note=note).values()] == [CALLER]


def test_a_stop_outweighs_an_escalation() -> None:
    escalated = logged(note={"status": "escalated", "summary": "two seats disagree"})
    failed = record_failure(["a"], run=1, agent="b", step=1, note={"reason": "boom"})

    assert status_of(escalated, 1) == ("escalated", "a escalated: two seats disagree")
    assert status_of({**escalated, **failed}, 1)[0] == "stopped"


def test_the_entries_of_another_request_are_separate() -> None:
    log = merge_log(logged("b"), logged("c", run=2))

    assert [line["to"] for line in handoff_lines(log, 2)] == ["c"]


def test_a_long_summary_is_cut() -> None:
    (entry,) = logged(note={"summary": "word " * 500}).values()

    assert len(entry["summary"]) <= 500


def in_state(state: EntryState) -> Entry:
    (entry,) = logged("b").values()
    return {**entry, "state": state}


states = st.sampled_from(get_args(EntryState))
logs = st.dictionaries(st.sampled_from("abcdef"), st.builds(in_state, states))


@settings(max_examples=200)
@given(logs, logs)
def test_merging_is_idempotent_and_settles_each_entry_once(old: dict[str, Entry], new: dict[str, Entry]) -> None:
    merged = merge_log(old, new)

    assert merge_log(merged, new) == merge_log(merged, old) == merged
    assert all(merged[key] == entry for key, entry in old.items() if entry["state"] != "queued")
    assert set(merged) == set(old) | set(new)


def test_a_refusal_returned_to_the_model_is_logged_and_does_not_stop_the_run() -> None:
    refused = [Refusal("z", "not declared, password=hunter2")]

    log = record([], run=1, agent="a", step=0, refused=refused)

    assert [(e["kind"], e["state"], e["told"]) for e in log.values()] == [
        ("end", "delivered", False),
        ("handoff", "refused", True),
    ]
    assert handoff_lines(log, 1)[0]["reason"] == "not declared, password=***"
    assert status_of(log, 1) == ("completed", "")
