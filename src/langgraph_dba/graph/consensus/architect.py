"""Escalate a verdict to a person, if the run can wait for an answer."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from langgraph_dba.agents.panel.verdict import Ruling, Verdict, ruling_model
from langgraph_dba.errors import InputError
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.handoffs.plain import plain

Escalation = Literal["auto", "interrupt", "return"]
# The config key of a run's checkpointer; LangGraph has no public name for it.
_CHECKPOINTER = "__pregel_checkpointer"


def architect_node(escalation: Escalation) -> SyncAsyncNode:
    """Return the node that handles an escalated verdict; InputError for an unknown `escalation`."""
    if escalation not in get_args(Escalation):
        raise InputError(f"`escalation` must be one of {', '.join(get_args(Escalation))}, not {escalation!r}")

    def run(state: Mapping[str, Any], config: RunnableConfig) -> dict[str, Any]:
        interrupts = escalation == "interrupt" or (escalation == "auto" and _has_checkpointer(config))
        return _ask(state) if interrupts else {}

    async def arun(state: Mapping[str, Any], config: RunnableConfig) -> dict[str, Any]:
        return run(state, config)

    return SyncAsyncNode(run, arun, "architect")


def _has_checkpointer(config: RunnableConfig) -> bool:
    """Return whether the run has a checkpointer."""
    # Without one, an interrupt ends the run, and that of a parent graph, without an error.
    return bool(config.get("configurable", {}).get(_CHECKPOINTER))


def _ask(state: Mapping[str, Any]) -> dict[str, Any]:
    verdict = Verdict.model_validate(state["verdict"])
    # With a schema an invalid answer raises in the resuming call and saves nothing, so the question stays open.
    answer = interrupt(escalation_payload(verdict), response_schema=ruling_model(verdict.question.options))
    return {"verdict": plain(verdict.with_ruling(Ruling.model_validate(answer.model_dump())))}


def escalation_payload(verdict: Verdict) -> dict[str, Any]:
    """Return the payload of the interrupt as plain data: the question, the reason for escalating, and every answer."""
    fields = plain(verdict)
    visible = ("question", "level", "because", "dissent", "seats", "evidence", "fallback", "unproved")
    return {
        "kind": "escalation",
        "answer_with": {"option": list(verdict.question.options), "reason": "why", "by": "who answers for it"},
        **{name: fields[name] for name in visible},
    }
