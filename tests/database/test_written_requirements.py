"""All rules of ten requests, written by hand: what is proved of them together, and which of them nothing enforces."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import PROOFS, prove
from langgraph_dba.database.proofs.runner.rule_states import rule_states
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design

WRITTEN = Path(__file__).parent / "requests" / "written"
_EXISTS_BEFORE = "a row of {} exists before the rows of {} that refer to it"
_NO_MECHANISM = "no mechanism of the design enforces this form of rule yet"
_TIME = "no constraint is checked again when time passes"
_LAST_INCLUDED = "its periods end before their last column, and that column cannot be a generated one"
# by file, the rules that are not enforced, each with the beginning of the reason that the user reads
NOT_ENFORCED: Mapping[str, Mapping[str, str]] = {
    "s01_car_rental": {},
    "s02_league": {},
    "s03_league_follow_up": {},
    "s04_museum_loans": {"some_work": _EXISTS_BEFORE.format("loans", "loan_items")},
    "s05_charity": {
        "some_part": _EXISTS_BEFORE.format("donations", "parts"),
        "parts_add_up": _EXISTS_BEFORE.format("donations", "parts"),
        "receipt_number": _NO_MECHANISM,
        "corrections": _NO_MECHANISM,
    },
    "s06_parking": {"forget_plates": _TIME},
    "s07_biobank": {
        "encrypted": "a database cannot tell whether a value was encrypted",
        "look_ups": _NO_MECHANISM,
        "aliquots": "no mechanism counts per tenant, or rows of the same table, yet",
        "levels": _NO_MECHANISM,
        "some_sample": _EXISTS_BEFORE.format("shipments", "shipment_items"),
        "forget_temperatures": _TIME,
        "no_lost_update": _NO_MECHANISM,
        "changes": _NO_MECHANISM,
    },
    "s08_restaurant_noise": {"some_dish": _EXISTS_BEFORE.format("orders", "order_lines")},
    "s09_dance_school_noise": {},
    "s12_legal_contradictory": {"case_number": _NO_MECHANISM},
}
ON_MARIADB: Mapping[str, Mapping[str, str]] = {
    "s01_car_rental": {"one_renter": _LAST_INCLUDED},
    "s04_museum_loans": {"one_place": _LAST_INCLUDED},
    "s06_parking": {"one_ticket": _LAST_INCLUDED},
    "s09_dance_school_noise": {"one_course": "its periods are of dates and moments, not of times of a day"},
}
DEFAULT = ("s02_league", "s08_restaurant_noise")  # all ten take longer than 25 seconds


def test_every_written_request_is_tried() -> None:
    assert sorted(path.stem for path in WRITTEN.glob("*.yaml")) == sorted(NOT_ENFORCED)


@pytest.mark.parametrize(
    "request_name",
    [one if one in DEFAULT else pytest.param(one, marks=pytest.mark.many) for one in NOT_ENFORCED],
)
def test_rules_of_a_request_are_enforced_together(engine: Engine, request_name: str) -> None:
    schema, name = design(load_requirements(WRITTEN / f"{request_name}.yaml")), engine.traits.name
    evidence = prove(schema, {name: render(schema, engine.traits)}, {name: engine}, proofs=PROOFS)

    assert [(one.proof, one.reason) for one in evidence if one.state == "refuted"] == []
    states = {one.id: one for one in rule_states(schema, evidence) if one.state not in ("enforced", "allowed")}
    expected = {**NOT_ENFORCED[request_name], **(ON_MARIADB.get(request_name, {}) if name == "mariadb" else {})}
    assert {id_: one.state for id_, one in states.items()} == dict.fromkeys(expected, "not enforced")
    assert [id_ for id_, reason in expected.items() if reason not in states[id_].why] == []
