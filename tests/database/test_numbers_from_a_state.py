"""Numbers and sums over rows that must be right from a state on: at least so many, exactly so much."""

from collections.abc import Callable

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import PROOFS, proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import RuleState, rule_states
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design

TEXT = """\
title: Exhibition
entities:
  - name: loan
    attributes:
      - {name: status, type: choice, choices: [draft, approved, returned], default: draft}
      - {name: note, required: false}
  - name: work
    attributes: [{name: withdrawn_on, type: date, required: false}]
  - name: bill
    attributes:
      - {name: total, type: money, minimum: 0}
      - {name: closed_on, type: date, required: false}
  - name: payment
    attributes: [{name: amount, type: money, minimum: 0.01}]
  - name: entry
    attributes: [{name: is_posted, type: boolean}]
  - name: posting
    attributes: [{name: amount, type: money}]
  - name: team
    attributes: [{name: is_final, type: boolean}]
  - name: player
    attributes: [{name: name}]
relationships:
  - {from: work, to: loan}
  - {from: payment, to: bill}
  - {from: posting, to: entry, on_delete: cascade}
  - {from: player, to: team, required: false}
rules:
  - id: course
    form: states
    of: loan.status
    start: [draft]
    moves: {draft: [approved], approved: [returned]}
    because: loans begin as drafts
  - id: fixed
    form: frozen
    what: loan
    once: [{attribute: status, in: [approved, returned]}]
    except: [status]
    because: approved loans stay as they are
  - id: covers
    form: count
    of: work
    per: [loan]
    at_least: 2
    where: [{attribute: withdrawn_on, is: absent}]
    once: [{attribute: status, in: [approved, returned]}]
    because: a loan covers two works once it is approved
  - id: settled
    form: total
    of: payment.amount
    per: [bill]
    op: is
    than: bill.total
    once: [{attribute: bill.closed_on, is: present}]
    because: a closed bill is paid
  - id: balanced
    form: total
    of: posting.amount
    per: [entry]
    op: is
    than: 0
    once: [{left: is_posted, op: is, right: true}]
    because: debits equal credits
  - id: few
    form: count
    of: player
    per: [team]
    at_most: 3
    once: [{left: is_final, op: is, right: true}]
    because: at most three players
  - id: enough
    form: count
    of: player
    per: [team]
    at_least: 2
    once: [{left: is_final, op: is, right: true}]
    because: at least two players
"""
SCHEMA = design(load_requirements(TEXT))
FORMS = ("bounds", "state-moves", "frozen-rows")


def _states(
    engine: Engine, edit: Callable[[str], str] = str, proofs: tuple[str, ...] = ("bounds",)
) -> dict[str, RuleState]:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    evidence = prove(SCHEMA, {name: Ddl(edit(ddl.up), ddl.down)}, {name: engine}, proofs=proofs_by_name(proofs))
    return {one.id: one for one in rule_states(SCHEMA, evidence)}


def test_the_rules_are_enforced(engine: Engine) -> None:
    states = _states(engine, proofs=FORMS)

    assert {name: one.state for name, one in states.items()} == dict.fromkeys(states, "enforced"), states


@pytest.mark.heavy
def test_every_other_proof_supports_them(engine: Engine) -> None:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    evidence = prove(SCHEMA, {name: ddl}, {name: engine}, proofs=PROOFS)

    assert [(one.proof, one.reason) for one in evidence if one.state == "refuted"] == []
    assert {one.proof for one in evidence if one.state == "supported"} >= {"relationships", "denormalisation", "bounds"}
