"""An agent's turn: its position in the request, and the input that the agent gets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage

from langgraph_dba.agents.kit.shared_results import CHANNEL, results_in
from langgraph_dba.graph.team.team_options import History
from langgraph_dba.graph.team.team_state import AgentState, CurrentRequest
from langgraph_dba.handoffs.brief import Brief, brief_markdown
from langgraph_dba.handoffs.log import Entry
from langgraph_dba.handoffs.plain import plain

MAX_PAYLOAD_LENGTH = 20_000  # characters: about 5,000 tokens of the receiving model's context


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of one agent: `place` is its index in the wave; if it `opens` a new request, it has no inbox."""

    agent: str
    step: int
    place: int
    alone: bool
    opens: bool
    inbox: tuple[Entry, ...]
    current: CurrentRequest

    @property
    def run(self) -> int:
        """Return the number of the request on its thread."""
        return self.current["run"]

    @property
    def senders(self) -> list[str]:
        """Return the senders of the inbox's entries without duplicates."""
        return list(dict.fromkeys(entry["agent"] for entry in self.inbox))


def turn_of(agent: str, state: AgentState) -> Turn:
    """Return the agent's turn in the current wave; an agent that is in no wave opens a new request."""
    wave = state.get("wave")
    if not wave or agent not in wave["agents"]:
        return Turn(agent, step=0, place=0, alone=True, opens=True, inbox=(), current=_new_request(state))
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
    """Return the input of the agent's node: plain data, except for the messages.

    `brief` is that of the oldest handoff in `inbox`, or the request itself; `artifacts`, `evidence` and
    `shared_results` are the team's so far. `messages` ends with the briefs as Markdown.
    """
    briefs = [inbox_item(entry) for entry in turn.inbox]
    # The state may still have the results of the last request: the opening agent must not see them.
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


def _new_request(state: AgentState) -> CurrentRequest:
    number = state["current"]["run"] + 1 if state.get("current") else 1
    request = state.get("request") or _last_human_text(state.get("messages", []))
    requirements = plain(state.get("requirements") or {})
    return CurrentRequest(run=number, request=request, requirements=requirements)


def _last_human_text(messages: Sequence[AnyMessage]) -> str:
    return next((str(m.text) for m in reversed(messages) if isinstance(m, HumanMessage)), "")


def inbox_item(entry: Entry) -> dict[str, Any]:
    """Return a log entry in the form in which the receiver gets it: {from, kind, brief, contract, payload}."""
    item = {key: entry[key] for key in ("kind", "brief", "contract", "payload")}
    return {"from": entry["agent"], **item}


def _messages(turn: Turn, state: AgentState, history: History) -> list[AnyMessage]:
    """Return the request's messages for the opening agent; for any other its briefs instead of the conversation."""
    conversation: list[AnyMessage] = state.get("messages", [])
    if turn.opens:
        of_request = list(conversation) if history == "full" else _since_last_answer(conversation)
        return of_request or [HumanMessage(turn.current["request"], id=_message_id(turn, 0))]
    briefs: list[AnyMessage] = [
        HumanMessage(brief_message(entry), name=entry["agent"], id=_message_id(turn, index))
        for index, entry in enumerate(turn.inbox)
    ]
    return [*conversation, *briefs] if history == "full" else briefs


def brief_message(entry: Entry) -> str:
    """Return the brief as Markdown, with the payload as JSON."""
    # An agent that is a chat model sees its messages only, so they must contain the payload too.
    brief = brief_markdown(entry["brief"])
    if not entry["payload"]:
        return brief
    text = json.dumps(entry["payload"], ensure_ascii=False)
    if len(text) > MAX_PAYLOAD_LENGTH:
        return f"{brief}\n## Payload\n\nToo long for a message ({len(text)} characters): see the inbox.\n"
    return f"{brief}\n## Payload\n\n```json\n{text}\n```\n"


def _since_last_answer(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    answers = [index for index, message in enumerate(messages) if message.type == "ai"]
    unanswered = messages[answers[-1] + 1 :] if answers else messages
    # Tool messages are left out: without the message with the call before them, providers reject the conversation.
    return [message for message in unanswered if message.type in {"human", "system"}]


def _message_id(turn: Turn, index: int) -> str:
    # Derived from the position, not random: a run that is repeated after a kill must not add its briefs twice.
    return f"brief/{turn.run}/{turn.agent}/{turn.step}/{index}"
