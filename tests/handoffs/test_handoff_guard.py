"""Allowed handoffs: to declared targets, and returns to senders of held work."""

from collections.abc import Collection
from typing import Any

import pytest
from pydantic import BaseModel

from langgraph_dba.errors import HandoffError
from langgraph_dba.handoffs import Brief, Handoff, read_handoff
from langgraph_dba.handoffs.contracts import NO_CONTRACTS, Contracts

TARGETS = {"backend-specialist", "writer"}


def read(raw: Any, held: Collection[str] = (), contracts: Contracts = NO_CONTRACTS) -> Handoff:
    return read_handoff(raw, sender="database-specialist", targets=TARGETS, held=held, contracts=contracts)


def test_a_declared_target_is_a_handoff() -> None:
    handoff = read({"to": "writer", "brief": "Document it", "payload": {"pages": 2}})

    assert (handoff.sender, handoff.receiver, handoff.kind) == ("database-specialist", "writer", "handoff")
    assert handoff.payload == {"pages": 2}
    assert handoff.contract == ""


def test_a_held_sender_is_returned_to() -> None:
    assert read({"to": "api-designer", "brief": "Mend it"}, held={"api-designer"}).kind == "return"


def test_an_agent_that_is_target_and_sender_gets_the_stated_kind() -> None:
    raw = {"to": "writer", "brief": "Mend it"}

    assert read(raw, held={"writer"}).kind == "handoff"
    assert read({**raw, "kind": "return"}, held={"writer"}).kind == "return"


def test_an_undeclared_target_raises_with_the_fix() -> None:
    with pytest.raises(HandoffError, match=r"may not hand off to reviewer.*hands_off_to.*receives_from"):
        read({"to": "reviewer", "brief": "Look"})


def test_work_cannot_be_returned_to_an_agent_that_sent_none() -> None:
    with pytest.raises(HandoffError, match="which handed it none"):
        read({"to": "writer", "brief": "Mend it", "kind": "return"})


def test_a_payload_is_checked_against_the_receivers_contract() -> None:
    class Page(BaseModel):
        title: str

    contracts = {"writer": Page}

    assert read({"to": "writer", "brief": "x", "payload": {"title": "t"}}, contracts=contracts).contract == "Page"
    with pytest.raises(HandoffError, match=r"database-specialist → writer.*Page"):
        read({"to": "writer", "brief": "x", "payload": {"name": "t"}}, contracts=contracts)


def test_a_brief_may_travel_alone() -> None:
    assert read({"to": "backend-specialist", "brief": "Build it"}).payload == {}


def test_a_return_carries_findings_not_the_contract() -> None:
    class Page(BaseModel):
        title: str

    raw = {"to": "writer", "brief": "Fix it", "payload": {"findings": ["x"]}, "kind": "return"}

    assert read(raw, held={"writer"}, contracts={"writer": Page}).payload == {"findings": ["x"]}


@pytest.mark.parametrize(
    "raw",
    [
        {"brief": "x"},
        {"to": "writer"},
        {"to": "writer", "brief": ""},
        {"to": "writer", "brief": "x", "kind": "gift"},
        {"to": "writer", "brief": "x", "task": "y"},
        "writer",
    ],
)
def test_a_handoff_of_the_wrong_shape_raises(raw: object) -> None:
    with pytest.raises(HandoffError, match="database-specialist"):
        read(raw)


def test_an_agent_cannot_hand_off_in_the_name_of_another() -> None:
    handoff = Handoff(sender="writer", receiver="writer", brief=Brief(specific_task="x"))

    with pytest.raises(HandoffError, match="in the name of writer"):
        read(handoff)
