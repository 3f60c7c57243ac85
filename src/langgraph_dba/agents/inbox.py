"""What a turn tells an agent: the newest payload of a contract, who sent it, and whom the team lets it hand off to."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

Item = Mapping[str, Any]


def newest(turn: Mapping[str, Any], contract: type[BaseModel]) -> Any:
    """Return the newest payload of a contract in a turn's inbox, as its model; None if there is none."""
    return next((contract.model_validate(item["payload"]) for item in reversed(_of(turn, contract))), None)


def senders(turn: Mapping[str, Any], contract: type[BaseModel]) -> list[str]:
    """Return who sent payloads of a contract, the newest first, each once."""
    return list(dict.fromkeys(str(item["from"]) for item in reversed(_of(turn, contract))))


def returned(turn: Mapping[str, Any]) -> Item | None:
    """Return the newest piece of work that came back to the agent; None if none did."""
    items: Sequence[Item] = turn.get("inbox") or ()
    return next((item for item in reversed(items) if item["kind"] == "return"), None)


def may_reach(turn: Mapping[str, Any], agent: str) -> bool:
    """Say whether the team provides for a handoff to that agent; a turn outside a team does not say, and allows it."""
    targets = turn.get("hands_off_to")
    return targets is None or agent in targets


def _of(turn: Mapping[str, Any], contract: type[BaseModel]) -> list[Item]:
    items: Sequence[Item] = turn.get("inbox") or ()
    return [item for item in items if item["contract"] == contract.__name__ and item["payload"]]
