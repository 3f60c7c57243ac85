"""The escalation: ask a person, where the run can wait for one."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from langgraph_dba.agents.panel.verdict import Ruling, Verdict, ruling_model
from langgraph_dba.errors import InputError
from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.handoffs.plain import plain

Escalation = Literal["auto", "interrupt", "return"]
# Where LangGraph keeps a run's checkpointer; it has no public name for it.
_CHECKPOINTER = "__pregel_checkpointer"


def architect_node(escalation: Escalation) -> Bridge:
    """Return the node behind a verdict that needs a person; InputError for an unknown way of escalating."""
    if escalation not in get_args(Escalation):
        raise InputError(f"`escalation` is one of {', '.join(get_args(Escalation))}, not {escalation!r}")

    def run(state: Mapping[str, Any], config: RunnableConfig) -> dict[str, Any]:
        asks = escalation == "interrupt" or (escalation == "auto" and _can_wait(config))
        return _ask(state) if asks else {}

    async def arun(state: Mapping[str, Any], config: RunnableConfig) -> dict[str, Any]:
        return run(state, config)

    return Bridge(run, arun, "architect")


def _can_wait(config: RunnableConfig) -> bool:
    """Whether the run has a checkpointer: without one, an interrupt would end the run, a parent's too, in silence."""
    return bool(config.get("configurable", {}).get(_CHECKPOINTER))


def _ask(state: Mapping[str, Any]) -> dict[str, Any]:
    verdict = Verdict.model_validate(state["verdict"])
    answer = interrupt(escalation_payload(verdict), response_schema=ruling_model(verdict.question.options))
    return {"verdict": plain(verdict.ruled(Ruling.model_validate(answer.model_dump())))}


def escalation_payload(verdict: Verdict) -> dict[str, Any]:
    """Return what the person is shown, as plain data: what was asked, why it came to them, and what each seat said."""
    told = plain(verdict)
    shown = ("question", "level", "because", "dissent", "seats", "evidence", "fallback", "unproved")
    return {
        "kind": "escalation",
        "answer_with": {"option": list(verdict.question.options), "reason": "why", "by": "who answers for it"},
        **{name: told[name] for name in shown},
    }
