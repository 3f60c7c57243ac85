"""The consensus of a panel as a graph: ask the seats in parallel, check their claims, grade, and escalate if needed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

from langgraph_dba.agents.database_specialist.claim_checks import CHECKS, Check, check_claims
from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.database_specialist.option_design import effects
from langgraph_dba.agents.database_specialist.target_engines import engine_names
from langgraph_dba.agents.panel.decision import Ballot, Question
from langgraph_dba.agents.panel.grading import grade
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.panel.tally import Effects
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.errors import InputError
from langgraph_dba.evidence import Evidence
from langgraph_dba.graph.consensus.architect import Escalation, architect_node
from langgraph_dba.graph.consensus.consensus_state import (
    AfterSeats,
    ConsensusInput,
    ConsensusOutput,
    ConsensusState,
    seat_input,
)
from langgraph_dba.graph.consensus.seat_node import node_name, plain_question, read_question, seat_node
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.handoffs.plain import plain, read_all

Builder = StateGraph[Any, Any, Any, Any]
_RECORD, _CHECK, _GRADE, _ARCHITECT = "record_question", "check_claims", "grade", "architect"
State = Mapping[str, Any]


def create_consensus(
    panel: Panel | None = None,
    *,
    timeout_s: float = 90.0,
    escalation: Escalation = "auto",
    outcomes: object = None,
    checks: Mapping[str, Check] = CHECKS,
) -> Builder:
    """Build the uncompiled graph of a panel (None: the database panel); compile it with your own checkpointer.

    It takes `question` {topic, text, options}, `requirements`, `context`, `targets` and `engine_facts`, and returns
    `verdict`, `ballots` and `evidence`, all as plain data. A seat that fails, returns an unusable answer or takes
    longer than `timeout_s` seconds is asked once more; after a second failure its ballot is `absent`. It never raises.

    An escalated verdict goes to the architect: `escalation="interrupt"` asks a person (resume with a ruling {option,
    reason, by}), `"return"` returns the verdict with status `escalated`, `"auto"` asks if the run has a checkpointer.
    `checks` maps the names that claims may use to checks. `outcomes` is reserved for calibration. Raises InputError for
    invalid arguments; the running graph raises it for a question whose topic the panel does not have.
    """
    if outcomes is not None:
        raise InputError("`outcomes` is reserved for calibration in a later version: leave it out")
    if timeout_s <= 0:
        raise InputError(f"`timeout_s` must be more than 0 seconds, not {timeout_s}")
    used_panel = panel or database_panel()
    if not used_panel.topics:
        used_panel = replace(used_panel, topics=TOPICS)
    builder: Builder = StateGraph(ConsensusState, input_schema=ConsensusInput, output_schema=ConsensusOutput)
    # Beside the seats, not before them: the input channels are ephemeral and can be read in the first step only.
    builder.add_node(_RECORD, _record_node(used_panel), input_schema=ConsensusInput)
    names = [node_name(seat) for seat in used_panel.seats]
    for name, seat in zip(names, used_panel.seats, strict=True):
        # Blind by construction: LangGraph passes a node only the channels of its input schema.
        builder.add_node(name, seat_node(seat, used_panel, timeout_s), input_schema=seat_input(seat))
    builder.add_node(_CHECK, _check_node(checks), input_schema=AfterSeats)
    builder.add_node(_GRADE, _grade_node(used_panel), input_schema=AfterSeats)
    builder.add_node(_ARCHITECT, architect_node(escalation), input_schema=AfterSeats)
    for name in (_RECORD, *names):
        builder.add_edge(START, name)
    # A list of sources is a join: separate edges would run the check once for every seat that finishes.
    builder.add_edge([_RECORD, *names], _CHECK)
    builder.add_edge(_CHECK, _GRADE)
    builder.add_conditional_edges(_GRADE, _needs_architect, {"escalated": _ARCHITECT, "decided": END})
    builder.add_edge(_ARCHITECT, END)
    return builder


def _record_node(panel: Panel) -> SyncAsyncNode:
    """Return the node that validates the input and copies it to `record`, for the nodes after the seats."""

    def run(state: State) -> dict[str, Any]:
        inputs = {name: state[name] for name in ("requirements", "targets") if name in state}
        return {"record": {"question": plain(read_question(state, panel)), **plain_question(inputs)}}

    return _node(_RECORD, run)


def _check_node(checks: Mapping[str, Check]) -> SyncAsyncNode:
    def run(state: State) -> dict[str, Any]:
        record, ballots = state["record"], _ballots(state)
        names = engine_names(record.get("targets"))
        evidence = check_claims(ballots, record.get("requirements") or {}, names, checks)
        return {"evidence": plain(evidence)}

    return _node(_CHECK, run)


def _grade_node(panel: Panel) -> SyncAsyncNode:
    def run(state: State) -> dict[str, Any]:
        record = state["record"]
        question = Question.model_validate(record["question"])
        by_seat = {ballot.seat: ballot for ballot in _ballots(state)}
        ballots = [by_seat[seat.name] for seat in panel.seats]  # parallel seats finish in any order
        evidence = read_all(Evidence, state["evidence"])
        verdict = grade(question, ballots, evidence, panel, effects=_effects(question, record.get("requirements")))
        return {"verdict": plain(verdict), "ballots": plain(ballots)}

    return _node(_GRADE, run)


def _effects(question: Question, raw: Any) -> Effects:
    try:
        requirements = Requirements.model_validate(raw)
    except ValueError:  # a panel with topics of its own may have requirements that describe no database
        return {}
    return effects(requirements, question.topic, question.options)


def _ballots(state: State) -> Sequence[Ballot]:
    return read_all(Ballot, state["answers"].values())


def _needs_architect(state: State) -> Literal["escalated", "decided"]:
    return "escalated" if state["verdict"]["status"] == "escalated" else "decided"


def _node(name: str, function: Callable[[State], dict[str, Any]]) -> SyncAsyncNode:
    """Return a node for a function that may block on a database engine; `ainvoke` runs it in a thread."""

    def run(state: State, _: RunnableConfig) -> dict[str, Any]:
        return function(state)

    async def arun(state: State, _: RunnableConfig) -> dict[str, Any]:
        return await asyncio.to_thread(function, state)

    return SyncAsyncNode(run, arun, name)
