"""Seats that fail, hang or return unusable answers are absent: no exception, and no hanging run."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import Abstention, ScriptedSeat
from langgraph_dba.graph.consensus.consensus_graph import create_consensus

A = {"option": "shared-schema"}
TENANCY = {"question": {"topic": "tenancy"}}
WAYS = ["invoke", "ainvoke"]


async def answers(_: object) -> dict[str, str]:
    await asyncio.sleep(0)
    return A


async def hangs(_: object) -> dict[str, str]:
    await asyncio.sleep(60)
    return A


async def raises(_: object) -> dict[str, str]:
    raise ConnectionError("gone")


def promises(_: object) -> Awaitable[dict[str, str]]:
    return answers(None)


def consult(way: str, occupant: Any, timeout_s: float = 20.0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the consensus with one occupant under test; return its ballot and the verdict."""
    panel = database_panel(claude=ScriptedSeat([A]), gemini=occupant, codex=ScriptedSeat([A]))
    graph = create_consensus(panel, timeout_s=timeout_s).compile()
    result = graph.invoke(TENANCY) if way == "invoke" else asyncio.run(graph.ainvoke(TENANCY))
    return result["ballots"][1], result["verdict"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("occupant", "reason"),
    [
        (ScriptedSeat(error=OSError("no route")), "OSError: no route"),
        (ScriptedSeat(error=TimeoutError("the model's own")), "TimeoutError: the model's own"),
        (ScriptedSeat([None]), "the answer is empty"),
        (ScriptedSeat(["I would say"]), "the answer is no decision but str: 'I would say'"),
        (ScriptedSeat([{"topic": "tenancy"}]), "the answer is not a valid decision: option: Field required"),
        (raises, "ConnectionError: gone"),
    ],
)
def test_an_answer_that_cannot_be_used_makes_the_seat_absent(way: str, occupant: Any, reason: str) -> None:
    ballot, verdict = consult(way, occupant)

    assert (ballot["state"], ballot["reason"], ballot["attempts"]) == ("absent", reason, 2)
    assert (verdict["level"], verdict["option"]) == ("majority", "shared-schema")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("occupant", [ScriptedSeat([A], delay_s=60), hangs])
def test_a_seat_that_hangs_is_absent_after_its_deadline(way: str, occupant: Any) -> None:
    start = time.monotonic()

    ballot, verdict = consult(way, occupant, timeout_s=1)

    assert (ballot["state"], ballot["reason"]) == ("absent", "no answer within 1 s")
    assert verdict["level"] == "majority"
    assert time.monotonic() - start < 40, "the deadline, not the occupant, ends it"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("occupant", [answers, promises, ScriptedSeat([A])])
def test_an_occupant_may_be_async_or_not(way: str, occupant: Any) -> None:
    ballot, verdict = consult(way, occupant)

    assert (ballot["state"], ballot["attempts"]) == ("answered", 1)
    assert verdict["level"] == "unanimous"


@pytest.mark.parametrize("way", WAYS)
def test_a_seat_is_asked_once_more(way: str) -> None:
    seat = ScriptedSeat([OSError("busy"), A])

    ballot, verdict = consult(way, seat)

    assert (ballot["state"], ballot["attempts"], len(seat.seen)) == ("answered", 2, 2)
    assert verdict["level"] == "unanimous"


def test_a_seat_that_abstains_is_not_asked_again() -> None:
    seat = ScriptedSeat([Abstention("not my field")])

    ballot, _ = consult("invoke", seat)

    assert (ballot["state"], ballot["reason"], len(seat.seen)) == ("absent", "not my field", 1)


def test_secrets_do_not_get_into_the_reason_of_an_absence() -> None:
    ballot, _ = consult("invoke", ScriptedSeat(error=OSError("refused api_key=abcdef123456 at https://u:pw@host")))

    assert "abcdef123456" not in ballot["reason"]
    assert ":pw@" not in ballot["reason"]


def test_three_slow_seats_are_asked_at_the_same_time() -> None:
    slow = [ScriptedSeat([A], delay_s=0.4) for _ in range(3)]
    graph = create_consensus(database_panel(claude=slow[0], gemini=slow[1], codex=slow[2])).compile()
    graph.invoke({"question": {"topic": "tenancy"}})

    start = time.monotonic()
    graph.invoke({"question": {"topic": "tenancy"}})

    assert time.monotonic() - start < 1.1


async def test_a_cancelled_run_is_cancelled_and_leaves_no_verdict() -> None:
    panel = database_panel(claude=hangs, gemini=hangs, codex=hangs)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await create_consensus(panel).compile().ainvoke(TENANCY)


@pytest.mark.parametrize("way", WAYS)
def test_an_occupant_may_ask_a_person_by_interrupt(way: str) -> None:
    def asks(_: Mapping[str, Any]) -> dict[str, Any]:
        return {"option": interrupt("which?")}

    panel = database_panel(claude=asks, gemini=ScriptedSeat([A]), codex=ScriptedSeat([A]))
    graph = create_consensus(panel).compile(checkpointer=InMemorySaver())
    call: Callable[[Any], Any] = lambda given: (  # noqa: E731
        graph.invoke(given, {"configurable": {"thread_id": "1"}})
        if way == "invoke"
        else asyncio.run(graph.ainvoke(given, {"configurable": {"thread_id": "1"}}))
    )

    assert call(TENANCY)["__interrupt__"][0].value == "which?"
    assert call(Command(resume="shared-schema"))["verdict"]["level"] == "unanimous"
