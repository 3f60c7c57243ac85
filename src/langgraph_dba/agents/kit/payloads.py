"""Read an agent's turn: the newest payload of a contract, returned work, and the possible receivers of a handoff."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from langgraph_dba.agents.agent import receiver_contracts
from langgraph_dba.agents.agent_table import built_in_agents

Item = Mapping[str, Any]


def newest(turn: Mapping[str, Any], contract: type[BaseModel]) -> Any:
    """Return the newest payload of a contract in a turn's inbox, as its model; None if there is none."""
    return next((contract.model_validate(item["payload"]) for item in reversed(_of(turn, contract))), None)


def returned_work(turn: Mapping[str, Any]) -> Item | None:
    """Return the newest item of the inbox that was returned to the agent; None if there is none."""
    items: Sequence[Item] = turn.get("inbox") or ()
    return next((item for item in reversed(items) if item["kind"] == "return"), None)


def receivers(turn: Mapping[str, Any]) -> dict[str, str]:
    """Return the agents that this one may hand off to, each with the name of its contract ("" if it has none).

    Outside a team these are the built-in agents that have one.
    """
    targets = turn.get("hands_off_to")
    # Only a team sets it: a specialist that runs alone in another graph still produces its handoffs.
    if targets is None:
        return receiver_contracts(built_in_agents())
    contracts = turn.get("receiver_contracts") or {}
    return {name: contracts.get(name, "") for name in targets}


def takers(turn: Mapping[str, Any], contract: type[BaseModel]) -> list[str]:
    """Return the agents that this one may hand a payload of the contract to."""
    return [name for name, contract_name in receivers(turn).items() if contract_name == contract.__name__]


def _of(turn: Mapping[str, Any], contract: type[BaseModel]) -> list[Item]:
    items: Sequence[Item] = turn.get("inbox") or ()
    return [item for item in items if item["contract"] == contract.__name__ and item["payload"]]
