"""A handoff: a brief and a typed payload from one agent to another, and who may send one to whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from langgraph_dba.errors import HandoffError
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.contracts import NO_CONTRACTS, Contracts, describe, validate_payload

Kind = Literal["handoff", "return"]

_FIELDS = {"to", "brief", "payload", "kind"}


@dataclass(frozen=True, slots=True)
class Handoff:
    """Work that passes from `sender` to `receiver`; a `return` gives work back to one whose handoff the sender holds.

    `contract` names the model that `payload` was checked against; it is empty when a brief travels alone or the
    receiver has none.
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
    """Turn what an agent's code gave, `{to, brief, payload, kind}` or a Handoff, into a checked handoff.

    `targets` are the agents it may hand off to, `held` those whose handoff it holds and may therefore return work to.
    Without `kind` a declared target is a handoff and a held one a return. Raises HandoffError for anything else, and
    for a payload that the receiver's contract refuses. What is returned is not bound by that contract: it carries
    findings, not the work itself.
    """
    fields = _fields(raw, sender)
    receiver = fields["to"]
    kind = permit(sender, receiver, fields.get("kind"), targets=targets, held=held)
    try:
        brief = Brief.read(fields.get("brief") or "")
    except ValidationError as error:
        raise HandoffError(f"{sender} → {receiver}: the brief is not usable: {describe(error)}") from error
    bound = {} if kind == "return" else contracts
    payload = fields.get("payload") or {}
    contract = bound[receiver].__name__ if payload and receiver in bound else ""
    checked = validate_payload(receiver, payload, sender=sender, contracts=bound) if payload else {}
    return Handoff(sender=sender, receiver=receiver, brief=brief, contract=contract, payload=checked, kind=kind)


def permit(
    sender: str, receiver: str, kind: object = None, *, targets: Collection[str], held: Collection[str] = ()
) -> Kind:
    """Say what kind of handoff this is; HandoffError if the sender may not reach the receiver that way."""
    if kind not in {None, "handoff", "return"}:
        raise HandoffError(f"{sender} → {receiver}: kind must be 'handoff' or 'return', not {kind!r}")
    if receiver in targets and kind != "return":
        return "handoff"
    if receiver in held and kind != "handoff":
        return "return"
    if kind == "return":
        raise HandoffError(
            f"{sender} may not return work to {receiver}: it holds no handoff from it; it may return to {_listed(held)}"
        )
    raise HandoffError(
        f"{sender} may not hand off to {receiver}: it is not declared; {sender} hands off to {_listed(targets)}. "
        f"Add {receiver} to `hands_off_to` of {sender}, or {sender} to `receives_from` of {receiver}"
    )


def _fields(raw: "Handoff | Mapping[str, Any]", sender: str) -> Mapping[str, Any]:
    if isinstance(raw, Handoff):
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
    return ", ".join(sorted(names)) or "nobody"
