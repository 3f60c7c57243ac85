"""A seat as a graph's node: ask its occupant, once more if nothing usable came, and record a ballot either way.

Each asking is a task of its own, so that a run that was killed does not ask an answered seat again.
"""

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, is_invalid_resume
from langgraph.func import task
from pydantic_core import PydanticSerializationError

from langgraph_dba.agents.panel.decision import Ballot, Question
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.panel.seat import Abstention, Seat, Unusable, View, read_answer
from langgraph_dba.agents.panel.topics import complete
from langgraph_dba.errors import InputError
from langgraph_dba.graph.consensus.deadline import Late, awithin, is_async, within
from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.handoffs.plain import plain
from langgraph_dba.redaction import redact

_ATTEMPTS = 2
_LONGEST_REASON = 500
_Attempt = dict[str, Any]  # plain data: `decision`, or `reason` and whether asking `again` may help


def node_name(seat: Seat) -> str:
    """Return the name of a seat's node."""
    return "-".join(seat.name.casefold().split())


def read_question(state: Mapping[str, Any], panel: Panel) -> Question:
    """Return the question with its options; InputError where there is none, or it is not of the panel's topics."""
    raw = state.get("question")
    if not isinstance(raw, Mapping) or not isinstance(raw.get("topic"), str):
        raise InputError("there is no question: give {'question': {'topic': …, 'text': …}}")
    known = {name: raw[name] for name in ("topic", "text", "options") if raw.get(name)}
    return complete(Question.model_validate(known), panel.topics)


def seat_node(seat: Seat, panel: Panel, timeout_s: float) -> Bridge:
    """Return the node; it writes one ballot into `answers`, and raises nothing but what steers the graph."""
    asking = _Asking(seat, timeout_s)
    named: Any = task(name=f"ask {seat.name}")  # typed for functions known beforehand
    ask, aask = named(asking.ask), named(asking.aask)

    def run(state: Mapping[str, Any], _: RunnableConfig) -> dict[str, Any]:
        question = read_question(state, panel)
        attempts: list[_Attempt] = []
        while _goes_on(attempts):
            attempts.append(ask(_view(seat, state, question)).result())
        return _written(seat, attempts)

    async def arun(state: Mapping[str, Any], _: RunnableConfig) -> dict[str, Any]:
        question = read_question(state, panel)
        attempts: list[_Attempt] = []
        while _goes_on(attempts):
            attempts.append(await aask(_view(seat, state, question)))
        return _written(seat, attempts)

    return Bridge(run, arun, node_name(seat))


class _Asking:
    """One asking of one seat; failures come back as values."""

    def __init__(self, seat: Seat, timeout_s: float) -> None:
        self.seat, self.timeout_s = seat, timeout_s
        self.is_async = is_async(seat.answer)

    def ask(self, view: View) -> _Attempt:
        try:
            return self._read(within(self.timeout_s, lambda: self.seat.answer(view), self.seat.name), view)
        except Exception as error:  # noqa: BLE001  whatever an occupant raises makes the seat absent
            return _failed(error)

    async def aask(self, view: View) -> _Attempt:
        try:
            call = lambda: self.seat.answer(view)  # noqa: E731
            raw = await awithin(self.timeout_s, call, self.seat.name, is_async=self.is_async)
            return self._read(raw, view)
        except Exception as error:  # noqa: BLE001  as above; a cancellation is no Exception and goes on
            return _failed(error)

    def _read(self, raw: object, view: View) -> _Attempt:
        if isinstance(raw, Abstention):
            return {"reason": raw.reason, "again": False}
        return {"decision": plain(read_answer(raw, Question.model_validate(view["question"])))}


def _failed(error: Exception) -> _Attempt:
    if isinstance(error, GraphBubbleUp) or is_invalid_resume(error):
        raise error  # an occupant that asks a person is not absent, and neither is one whose person answered wrongly
    said = str(error) if isinstance(error, Late | Unusable) else f"{type(error).__name__}: {error}"
    return {"reason": redact(" ".join(said.split()))[:_LONGEST_REASON], "again": True}


def _goes_on(attempts: list[_Attempt]) -> bool:
    if not attempts:
        return True
    return len(attempts) < _ATTEMPTS and bool(attempts[-1].get("again"))


def _view(seat: Seat, state: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """What the occupant is given: a copy, so that no seat can leave a word for another in what they share."""
    shown: dict[str, Any] = {name: state[name] for name in seat.sees if name in state}
    return {"question": plain(question), **plain_question(shown)}


def plain_question(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a question's channels as plain data; InputError for what has no plain form."""
    try:
        copied: dict[str, Any] = plain(dict(value))
    except PydanticSerializationError as error:
        raise InputError(f"what is asked of a panel must be plain data: {error}") from None
    return copied


def _written(seat: Seat, attempts: list[_Attempt]) -> dict[str, Any]:
    last = attempts[-1]
    ballot = Ballot.model_validate(
        {
            "seat": seat.name,
            "occupant": seat.occupant,
            "kind": seat.kind,
            "state": "answered" if "decision" in last else "absent",
            "reason": last.get("reason", ""),
            "attempts": len(attempts),
            "decision": last.get("decision"),
        }
    )
    return {"answers": {seat.name: plain(ballot)}}
