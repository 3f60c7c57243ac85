"""The state of each business rule of a schema, from the evidence of the proofs of its form."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from langgraph_dba.database.ddl.business_rules.registry import not_enforced_on
from langgraph_dba.database.engines import traits_here
from langgraph_dba.database.model.business_rules import Allowed, BusinessRule, NotEnforced
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.evidence import Evidence

State = Literal["enforced", "partly enforced", "allowed", "refuted", "not proved", "not enforced"]
PROOF_OF_FORM = {
    "only-one": "only-one",
    "holds": "row-conditions",
    "choose": "chosen-columns",
    "no-overlap": "no-overlap",
    "states": "state-moves",
    "frozen": "frozen-rows",
    "keep": "frozen-rows",
    "count": "bounds",
    "total": "bounds",
}
"""The name of the proof by the form of the rules that it tries."""


class RuleState(BaseModel):
    """A rule in the words of the request, its state, and why: what was tried, or what must enforce it instead."""

    model_config = ConfigDict(frozen=True)

    id: str
    words: str
    form: str
    state: State
    why: str


def rule_states(schema: Schema, evidence: Iterable[Evidence]) -> list[RuleState]:
    """Return the state of each rule, in the order of the requirements.

    `enforced`: its proof tried violations on every engine, and two transactions where they can matter, and found none
    accepted; `partly enforced`: the same, and another engine has no mechanism for it. `not proved`: a mechanism exists,
    and on some engine nothing was tried.
    """
    found = list(evidence)
    return [_state(schema, rule, found) for rule in schema.rules]


def state_counts(states: Sequence[RuleState]) -> str:
    """Return the numbers of rules by state, such as `3 enforced, 1 not enforced (no_overlap)`."""
    names = {
        state: [one.id for one in states if one.state == state] for state in dict.fromkeys(o.state for o in states)
    }
    quiet = ("enforced", "allowed")
    return ", ".join(
        f"{len(ids)} {state}" + ("" if state in quiet else f" ({', '.join(ids)})") for state, ids in names.items()
    )


def table_of(states: Sequence[RuleState]) -> str:
    """Return the rules as a table in Markdown, with the words of the request."""
    head = "| the request says | rule | state | why |\n|---|---|---|---|"
    return "\n".join((head, *(f"| {' | '.join(map(_cell, _columns(one)))} |" for one in states)))


def _columns(one: RuleState) -> tuple[str, str, str, str]:
    return one.words, f"{one.form}: {one.id}", one.state, one.why


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _state(schema: Schema, rule: BusinessRule, evidence: Sequence[Evidence]) -> RuleState:
    said = {"id": rule.id, "words": rule.title}
    if isinstance(rule, NotEnforced):
        why = f"{rule.reason}; instead: {rule.instead}"
        return RuleState(**said, form=rule.wanted, state="not enforced", why=why)
    if isinstance(rule, Allowed):
        return RuleState(
            **said, form=rule.form, state="allowed", why=f"no constraint forbids {rule.what} to {rule.may}"
        )
    of_form = [one for one in evidence if one.proof == PROOF_OF_FORM[rule.form]]
    lacks = dict(_lacks(schema, rule, of_form))
    of_form = [one for one in of_form if one.engine not in lacks]
    refutations = [text for one in of_form for text in _failures(one, rule.id)]
    if refutations:
        return RuleState(**said, form=rule.form, state="refuted", why="; ".join(refutations))
    gaps = [text for one in of_form for text in _gaps(one, rule.id)]
    if lacks and not of_form:
        return RuleState(**said, form=rule.form, state="not enforced", why="; ".join(lacks.values()))
    if gaps or not of_form:
        return RuleState(**said, form=rule.form, state="not proved", why="; ".join(gaps) or "its proof did not run")
    why = "; ".join((*(_trial(one, rule.id) for one in of_form), *lacks.values()))
    return RuleState(**said, form=rule.form, state="partly enforced" if lacks else "enforced", why=why)


def _lacks(schema: Schema, rule: BusinessRule, evidence: Sequence[Evidence]) -> Iterator[tuple[str, str]]:
    """Yield (engine, why and what to do instead) for each engine that has no mechanism for a rule."""
    for engine in dict.fromkeys(one.engine for one in evidence):
        if lack := not_enforced_on(schema, rule, traits_here(engine)):
            yield engine, f"not enforced on {engine}: {lack.reason}; instead: {lack.instead}"


def _failures(evidence: Evidence, rule: str) -> Iterator[str]:
    numbers = evidence.receipt.numbers.get(rule, {})
    yield from (f"on {evidence.engine}: {failure}" for failure in numbers.get("failures", ()))


def _gaps(evidence: Evidence, rule: str) -> Iterator[str]:
    numbers = evidence.receipt.numbers.get(rule)
    if numbers is None:
        yield f"on {evidence.engine}: {evidence.reason}"
    elif "not run" in numbers or "untried" in numbers:
        yield f"on {evidence.engine}: {numbers.get('not run') or '; '.join(numbers['untried'])}"


def _trial(evidence: Evidence, rule: str) -> str:
    numbers = evidence.receipt.numbers[rule]
    limits = f"; {numbers['limits']}" if "limits" in numbers else ""
    return (
        f"{evidence.engine}: {numbers['refused']} violations refused, {numbers['allowed']} allowed, "
        f"{numbers['interleavings']} interleavings{limits}"
    )
