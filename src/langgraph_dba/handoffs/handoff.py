"""A handoff: a brief and a typed payload from one agent to another, and the check that it is allowed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from langgraph_dba.errors import HandoffError
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.contracts import NO_CONTRACTS, Contracts, describe, validate_payload

Kind = Literal["handoff", "return"]

_FIELDS = {"to", "brief", "payload", "kind"}


# A dataclass, not a model: brief and payload are validated already, and a second model doubled the cost.
@dataclass(frozen=True, slots=True)
class Handoff:
    """Work from `sender` to `receiver`; the kind `return` sends work back to an agent that handed it to the sender.

    `contract` is the name of the model that validated `payload`; it is empty if there is no payload or no contract.
    """

    sender: str
    receiver: str
    brief: Brief
    contract: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    kind: Kind = "handoff"


def read_handoff(
    raw: "Handoff | Mapping[str, Any]",
    *,
    sender: str,
    targets: Collection[str],
    held: Collection[str] = (),
    contracts: Contracts = NO_CONTRACTS,
) -> Handoff:
    """Convert `{to, brief, payload, kind}` or a Handoff from an agent's code to a checked handoff.

    `targets` are the agents it may hand off to, `held` those that handed work to it, which it may return. Without
    `kind`, a handoff to one of `targets` is a handoff, and one to another agent of `held` is a return. Raises
    HandoffError for any other receiver or shape, and for a payload that is invalid by the receiver's contract.
    """
    fields = _fields(raw, sender)
    receiver = fields["to"]
    kind = permit(sender, receiver, fields.get("kind"), targets=targets, held=held)
    try:
        brief = Brief.read(fields.get("brief") or "")
    except ValidationError as error:
        raise HandoffError(f"{sender} → {receiver}: the brief is not usable: {describe(error)}") from error
    # The contract is for work that the receiver gets to do: a return carries findings instead.
    applicable = {} if kind == "return" else contracts
    payload = fields.get("payload") or {}
    contract = applicable[receiver].__name__ if payload and receiver in applicable else ""
    checked = validate_payload(receiver, payload, sender=sender, contracts=applicable) if payload else {}
    return Handoff(sender=sender, receiver=receiver, brief=brief, contract=contract, payload=checked, kind=kind)


def permit(
    sender: str, receiver: str, kind: object = None, *, targets: Collection[str], held: Collection[str] = ()
) -> Kind:
    """Return the kind of the handoff; HandoffError if the sender may not hand off or return work to the receiver."""
    if kind not in {None, "handoff", "return"}:
        raise HandoffError(f"{sender} → {receiver}: kind must be 'handoff' or 'return', not {kind!r}")
    if receiver in targets and kind != "return":
        return "handoff"
    # A return needs no declared edge: no agent lists a gate among its senders, so work could never go back otherwise.
    if receiver in held and kind != "handoff":
        return "return"
    if kind == "return":
        raise HandoffError(
            f"{sender} may not return work to {receiver}, which handed it none; it may return to {_listed(held)}"
        )
    raise HandoffError(
        f"{sender} may not hand off to {receiver}: it is not declared; {sender} hands off to {_listed(targets)}. "
        f"Add {receiver} to `hands_off_to` of {sender}, or {sender} to `receives_from` of {receiver}"
    )


def _fields(raw: "Handoff | Mapping[str, Any]", sender: str) -> Mapping[str, Any]:
    if isinstance(raw, Handoff):
        # The sender in the log decides who may return work, so it must be the agent that ran.
        if raw.sender != sender:
            raise HandoffError(f"{sender} may not hand off in the name of {raw.sender}")
        return {"to": raw.receiver, "brief": raw.brief, "payload": raw.payload, "kind": raw.kind}
    if not isinstance(raw, Mapping) or not isinstance(raw.get("to"), str):
        raise HandoffError(
            f"{sender}: a handoff is {{to, brief, payload}} with an agent's name under `to`, not {raw!r}"
        )
    if not raw.keys() <= _FIELDS:
        unknown = sorted(set(raw) - _FIELDS, key=str)
        raise HandoffError(f"{sender} → {raw['to']}: unknown keys {unknown}; a handoff has {sorted(_FIELDS)}")
    return raw


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "no agent"
