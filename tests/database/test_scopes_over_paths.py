"""Numbers, keys and periods whose conditions are columns of another row, and columns of two other rows."""

import re

import pytest

from langgraph_dba.database.data.generator.profile import Profile
from langgraph_dba.database.data.generator.row_generation import generate
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import rule_states
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design

SCHEMA = design(
    load_requirements("""\
title: Library
entities:
  - name: work
    attributes: [{name: title}]
  - name: member
    attributes: [{name: name}]
  - name: branch
    attributes: [{name: is_open, type: boolean}]
  - name: loan
    attributes:
      - {name: starts_on, type: date}
      - {name: ends_on, type: date}
      - {name: status, type: choice, choices: [running, cancelled]}
  - name: item
    attributes: [{name: note, required: false}]
  - name: fee
    attributes: [{name: cents, type: integer, minimum: 0}, {name: code, type: code}]
relationships:
  - {from: item, to: work}
  - {from: item, to: loan}
  - {from: fee, to: member}
  - {from: fee, to: branch}
rules:
  - {id: lent_once, form: no-overlap, of: item, per: [work], period: [loan.starts_on, loan.ends_on],
     where: [{left: loan.status, op: is-not, right: cancelled}], because: a work is on one loan at a time}
  - {id: code_once, form: only-one, of: fee, per: [member, code], where: [{left: branch.is_open, op: is, right: true}],
     because: x}
  - {id: few_fees, form: count, of: fee, per: [member], at_most: 3,
     where: [{left: branch.is_open, op: is, right: true}], because: x}
  - {id: small, form: total, of: fee.cents, per: [member], op: at-most, than: 500,
     where: [{left: branch.is_open, op: is, right: false}], because: x}
""")
)


def test_the_rules_are_enforced(engine: Engine) -> None:
    name = engine.traits.name
    proofs = proofs_by_name(("only-one", "no-overlap", "bounds", "relationships", "catalogue-as-declared"))
    evidence = prove(SCHEMA, {name: render(SCHEMA, engine.traits)}, {name: engine}, proofs=proofs)

    assert [one.reason for one in evidence if one.state == "refuted"] == []
    states = rule_states(SCHEMA, evidence)
    assert [(one.id, one.state) for one in states if one.state != "enforced"] == [], states


def test_periods_of_loans_without_their_key_are_refuted(sqlite: Engine) -> None:
    script = render(SCHEMA, sqlite.traits).up
    edited = re.sub(r",\s*CONSTRAINT items_loan_fkey_copies FOREIGN KEY.*?(?=,\n|\n\))", "", script)
    evidence = prove(SCHEMA, {"sqlite": Ddl(edited, "")}, {"sqlite": sqlite}, proofs=proofs_by_name(("no-overlap",)))
    states = {one.id: one for one in rule_states(SCHEMA, evidence)}

    assert edited != script
    assert states["lent_once"].state == "refuted"
    assert "accepted: UPDATE loans SET" in states["lent_once"].why


def test_ten_thousand_generated_rows_obey_the_rules(engine: Engine) -> None:
    with engine.scratch(render(SCHEMA, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        rows = generate(connection, SCHEMA, engine.traits, Profile(rows=10_000))

    assert rows["items"] == rows["fees"] == 10_000


@pytest.mark.parametrize("op", ["is", "is-not"])
def test_columns_of_two_other_rows_are_compared(engine: Engine, op: str) -> None:
    text = f"""\
title: Schools
entities: [{{name: school}}, {{name: student}}, {{name: course}}, {{name: enrolment}}]
relationships:
  - {{from: student, to: school}}
  - {{from: course, to: school}}
  - {{from: enrolment, to: student}}
  - {{from: enrolment, to: course}}
rules:
  - {{id: schools, form: holds, of: enrolment, that: [{{left: student.school, op: {op}, right: course.school}}],
     because: x}}
"""
    schema, name = design(load_requirements(text)), engine.traits.name
    proofs = proofs_by_name(("row-conditions", "relationships"))
    evidence = prove(schema, {name: render(schema, engine.traits)}, {name: engine}, proofs=proofs)

    assert [one.reason for one in evidence if one.state != "supported"] == []


def test_rules_over_frozen_rows_and_states_are_enforced_too(sqlite: Engine) -> None:
    text = """\
title: Charity
entities:
  - name: campaign
    attributes: [{name: closes_on, type: date}, {name: status, type: choice, choices: [open, closed]}]
  - name: donation
    attributes: [{name: given_on, type: date}]
relationships: [{from: donation, to: campaign}]
rules:
  - {id: in_time, form: holds, of: donation, that: [{left: given_on, op: before, right: campaign.closes_on}],
     because: x}
  - {id: while_open, form: holds, of: donation, that: [{left: campaign.status, op: is, right: open}], because: x}
  - {id: log, form: frozen, what: donation, because: x}
  - {id: course, form: states, of: campaign.status, start: [open], moves: {open: [closed]}, because: x}
"""
    schema = design(load_requirements(text))
    proofs = proofs_by_name(("row-conditions", "frozen-rows", "state-moves"))
    evidence = prove(schema, {"sqlite": render(schema, sqlite.traits)}, {"sqlite": sqlite}, proofs=proofs)

    assert [(one.id, one.why) for one in rule_states(schema, evidence) if one.state != "enforced"] == []
