"""A seat as a graph node: ask its occupant, retry once if there is no usable answer, and record a ballot in any case.

Each attempt is a LangGraph task, whose result is saved: a resumed run does not ask an answered seat again.
"""

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, is_invalid_resume
from langgraph.func import task
from pydantic_core import PydanticSerializationError

from langgraph_dba.agents.panel.decision import Ballot, Question
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.panel.seat import Abstention, Seat, SeatView, UnusableAnswer, read_answer
from langgraph_dba.agents.panel.topics import complete
from langgraph_dba.errors import InputError
from langgraph_dba.graph.consensus.deadline import SeatTimeout, acall_with_timeout, call_with_timeout, is_async
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.handoffs.plain import plain
from langgraph_dba.redaction import redact

_ATTEMPTS = 2
_MAX_REASON_LENGTH = 500
_Attempt = dict[str, Any]  # plain data: `decision`, or `reason` and whether to ask `again`


def node_name(seat: Seat) -> str:
    """Return the name of a seat's node."""
    return "-".join(seat.name.casefold().split())


def read_question(state: Mapping[str, Any], panel: Panel) -> Question:
    """Return the question with its options; InputError if there is none, or if the panel does not have its topic."""
    raw = state.get("question")
    if not isinstance(raw, Mapping) or not isinstance(raw.get("topic"), str):
        raise InputError("the question is missing: pass {'question': {'topic': …, 'text': …}}")
    known = {name: raw[name] for name in ("topic", "text", "options") if raw.get(name)}
    return complete(Question.model_validate(known), panel.topics)


def seat_node(seat: Seat, panel: Panel, timeout_s: float) -> SyncAsyncNode:
    """Return the node, which writes one ballot to `answers`; it raises only interrupts and other control flow."""
    asker = _SeatAsker(seat, timeout_s)
    make_task: Any = task(name=f"ask {seat.name}")  # its types support only functions, not bound methods
    ask, aask = make_task(asker.ask), make_task(asker.aask)

    def run(state: Mapping[str, Any], _: RunnableConfig) -> dict[str, Any]:
        question = read_question(state, panel)
        attempts: list[_Attempt] = []
        while _needs_attempt(attempts):
            attempts.append(ask(_view(seat, state, question)).result())
        return _ballot_update(seat, attempts)

    async def arun(state: Mapping[str, Any], _: RunnableConfig) -> dict[str, Any]:
        question = read_question(state, panel)
        attempts: list[_Attempt] = []
        while _needs_attempt(attempts):
            attempts.append(await aask(_view(seat, state, question)))
        return _ballot_update(seat, attempts)

    return SyncAsyncNode(run, arun, node_name(seat))


class _SeatAsker:
    """Ask one seat; failures are returned as values."""

    def __init__(self, seat: Seat, timeout_s: float) -> None:
        self.seat, self.timeout_s = seat, timeout_s
        self.is_async = is_async(seat.answer)

    def ask(self, view: SeatView) -> _Attempt:
        try:
            return self._read(call_with_timeout(self.timeout_s, lambda: self.seat.answer(view), self.seat.name), view)
        except Exception as error:  # noqa: BLE001  any exception of an occupant makes the seat absent
            return _failure(error)

    async def aask(self, view: SeatView) -> _Attempt:
        try:
            call = lambda: self.seat.answer(view)  # noqa: E731
            raw = await acall_with_timeout(self.timeout_s, call, self.seat.name, is_async=self.is_async)
            return self._read(raw, view)
        except Exception as error:  # noqa: BLE001  as above; a cancellation is a BaseException and propagates
            return _failure(error)

    def _read(self, raw: object, view: SeatView) -> _Attempt:
        if isinstance(raw, Abstention):
            return {"reason": raw.reason, "again": False}  # a deliberate abstention: a retry would not change it
        return {"decision": plain(read_answer(raw, Question.model_validate(view["question"])))}


def _failure(error: Exception) -> _Attempt:
    if isinstance(error, GraphBubbleUp) or is_invalid_resume(error):
        raise error  # an occupant that interrupts for a person, or got an invalid answer from one, is not absent
    message = str(error) if isinstance(error, SeatTimeout | UnusableAnswer) else f"{type(error).__name__}: {error}"
    # Redacted before it is cut: half of a URL with a password is no longer recognised.
    return {"reason": redact(" ".join(message.split()))[:_MAX_REASON_LENGTH], "again": True}


def _needs_attempt(attempts: list[_Attempt]) -> bool:
    if not attempts:
        return True
    return len(attempts) < _ATTEMPTS and bool(attempts[-1].get("again"))


def _view(seat: Seat, state: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """Return the occupant's view of the question as a copy."""
    # A copy, because parallel seats get the same objects from the state: a mutation by one would reach the others.
    visible: dict[str, Any] = {name: state[name] for name in seat.sees if name in state}
    return {"question": plain(question), **plain_question(visible)}


def plain_question(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a question's channels as plain data; InputError for a value without a plain form."""
    try:
        copied: dict[str, Any] = plain(dict(value))
    except PydanticSerializationError as error:
        raise InputError(f"the input of a panel must be plain data: {error}") from None
    return copied


def _ballot_update(seat: Seat, attempts: list[_Attempt]) -> dict[str, Any]:
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
