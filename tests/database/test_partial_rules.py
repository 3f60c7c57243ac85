"""Rules of a part of a schema: the tables that a rule needs may be in another part."""

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import RequirementsError

TEXT = """\
title: School
entities:
  - name: course
    attributes: [{name: name}, {name: places, type: integer}, {name: fee, type: money}]
  - name: pupil
    attributes: [{name: name}, {name: points, type: integer}, {name: seats_count, type: integer}]
  - name: seat
    attributes: [{name: row, type: integer}]
relationships:
  - {from: seat, to: course}
  - {from: seat, to: pupil}
  - {from: pupil, to: pupil, name: mentor, required: false}
rules:
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb"])
def test_a_part_without_the_counted_rows_has_no_triggers_of_them(engine: str) -> None:
    schema = design(
        load_requirements(f"{TEXT}  - {{id: few, form: count, of: seat, per: [course], at_most: 30, because: x}}\n")
    )
    part = schema.model_copy(update={"tables": tuple(one for one in schema.tables if one.name != "seats")})

    assert "few_count_insert" in render(schema, traits_of(engine)).up
    assert "TRIGGER" not in render(part, traits_of(engine)).up


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("id: places, form: count, of: seat, per: [course], at_most: 3", "'places' is an attribute of 'course'"),
        ("id: seats, form: count, of: seat, per: [pupil], at_most: 3", "'seats_count' is an attribute of 'pupil'"),
        ("id: r, form: count, of: seat, per: [course], at_most: course.name", "'course.name' (text) is no number"),
        ("id: r, form: count, of: seat, per: [course], at_most: course.fee", "'course.fee' (money) is no whole number"),
        ("id: r, form: total, of: course.name, per: [course], op: at-most, than: 3", "(text) is no number"),
        ("id: r, form: only-one, of: seat, per: [row], ignore_case: [row]", "'row' (number) has no letters"),
    ],
)  # fmt: skip
def test_a_rule_that_no_table_can_hold_is_an_error(rule: str, message: str) -> None:
    with pytest.raises(RequirementsError) as raised:
        load_requirements(f"{TEXT}  - {{{rule}, because: x}}\n")

    assert any(message in problem.message for problem in raised.value.problems), raised.value.problems


def test_rows_of_the_same_table_are_not_counted() -> None:
    schema = design(
        load_requirements(f"{TEXT}  - {{id: r, form: count, of: pupil, per: [mentor], at_most: 3, because: x}}\n")
    )

    assert schema.rules[0].form == "not-enforced"
