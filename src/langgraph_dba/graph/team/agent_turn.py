"""An agent's turn: where it stands in the request, and what the agent gets to see of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage

from langgraph_dba.agents.kit.shared_results import CHANNEL, results_in
from langgraph_dba.graph.team.team_options import History
from langgraph_dba.graph.team.team_state import AgentState, Current
from langgraph_dba.handoffs.brief import Brief, brief_markdown
from langgraph_dba.handoffs.log import Entry
from langgraph_dba.handoffs.plain import plain

LONGEST_PAYLOAD = 20_000  # characters: some 5,000 tokens of the receiving model's context


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of one agent; `opens` means that it takes a new request, and has no inbox."""

    agent: str
    step: int
    place: int
    alone: bool
    opens: bool
    inbox: tuple[Entry, ...]
    current: Current

    @property
    def run(self) -> int:
        """The number of the request on its thread."""
        return self.current["run"]

    @property
    def senders(self) -> list[str]:
        """Who handed over what lies in the inbox, each once."""
        return list(dict.fromkeys(entry["agent"] for entry in self.inbox))


def turn_of(agent: str, state: AgentState) -> Turn:
    """Find the agent's place in the wave; an agent that no wave called is where a new request comes in."""
    wave = state.get("wave")
    if not wave or agent not in wave["agents"]:
        return Turn(agent, step=0, place=0, alone=True, opens=True, inbox=(), current=_open(state))
    log = state["log"]
    return Turn(
        agent,
        step=wave["step"],
        place=wave["agents"].index(agent),
        alone=len(wave["agents"]) == 1,
        opens=False,
        inbox=tuple(log[key] for key in wave["inbox"][agent]),
        current=state["current"],
    )


def view_of(turn: Turn, state: AgentState, history: History) -> dict[str, Any]:
    """What the agent's node is given, as plain data but for the messages.

    `brief` is that of the oldest handoff in `inbox`, or the request itself; `artifacts`, `evidence` and
    `shared_results` are the team's so far. `messages` ends with the briefs as a person would read them.
    """
    briefs = [inbox_item(entry) for entry in turn.inbox]
    request = turn.current["request"]
    return {
        "agent": turn.agent,
        "brief": briefs[0]["brief"]
        if briefs
        else Brief(specific_task=request or "Meet the requirements.").model_dump(),
        "inbox": briefs,
        "messages": _messages(turn, state, history),
        "request": request,
        "requirements": turn.current["requirements"],
        "artifacts": {} if turn.opens else state.get("artifacts", {}),
        "evidence": [] if turn.opens else state.get("evidence", []),
        CHANNEL: {} if turn.opens else results_in(state),
    }


def _open(state: AgentState) -> Current:
    number = state["current"]["run"] + 1 if state.get("current") else 1
    asked = state.get("request") or _last_question(state.get("messages", []))
    requirements = plain(state.get("requirements") or {})
    return Current(run=number, request=asked, requirements=requirements)


def _last_question(messages: Sequence[AnyMessage]) -> str:
    return next((str(m.text) for m in reversed(messages) if isinstance(m, HumanMessage)), "")


def inbox_item(entry: Entry) -> dict[str, Any]:
    item = {key: entry[key] for key in ("kind", "brief", "contract", "payload")}
    return {"from": entry["agent"], **item}


def _messages(turn: Turn, state: AgentState, history: History) -> list[AnyMessage]:
    """The request's own messages where it comes in; for every other agent its briefs, not the chat so far."""
    said: list[AnyMessage] = state.get("messages", [])
    if turn.opens:
        fresh = list(said) if history == "full" else _since_last_answer(said)
        return fresh or [HumanMessage(turn.current["request"], id=_message_id(turn, 0))]
    briefs: list[AnyMessage] = [
        HumanMessage(told(entry), name=entry["agent"], id=_message_id(turn, index))
        for index, entry in enumerate(turn.inbox)
    ]
    return [*said, *briefs] if history == "full" else briefs


def told(entry: Entry) -> str:
    """The brief as a person reads it, and the payload for those who read nothing but messages."""
    brief = brief_markdown(entry["brief"])
    if not entry["payload"]:
        return brief
    text = json.dumps(entry["payload"], ensure_ascii=False)
    if len(text) > LONGEST_PAYLOAD:
        return f"{brief}\n## Payload\n\nToo long for a message ({len(text)} characters): it lies in the inbox.\n"
    return f"{brief}\n## Payload\n\n```json\n{text}\n```\n"


def _since_last_answer(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    answers = [index for index, message in enumerate(messages) if message.type == "ai"]
    fresh = messages[answers[-1] + 1 :] if answers else messages
    return [message for message in fresh if message.type in {"human", "system"}]


def _message_id(turn: Turn, index: int) -> str:
    return f"brief/{turn.run}/{turn.agent}/{turn.step}/{index}"
