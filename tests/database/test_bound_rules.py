"""Numbers and sums over rows: what an application may add, and what becomes of the stored number."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from judged_statements import wrong_answers

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.proofs import PROOFS, proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import RuleState, rule_states
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design

TEXT = """\
title: Events
entities:
  - name: event
    attributes: [{name: capacity, type: integer, minimum: 1, maximum: 500}]
  - name: person
    attributes: [{name: email, type: email}]
  - name: registration
    attributes: [{name: cancelled_on, type: date, required: false}]
    unique: [[event, person]]
  - name: account
    attributes: [{name: holder}]
  - name: posting
    attributes: [{name: amount, type: money}]
  - name: share
    attributes: [{name: percent, type: integer, minimum: 1, maximum: 100}]
relationships:
  - {from: registration, to: event, on_delete: cascade}
  - {from: registration, to: person, on_delete: cascade}
  - {from: posting, to: account}
  - {from: share, to: account}
rules:
  - id: places
    form: count
    of: registration
    per: [event]
    at_most: event.capacity
    where: [{attribute: cancelled_on, is: absent}]
    because: an event has so many places
  - {id: balance, form: total, of: posting.amount, per: [account], op: at-least, than: 0, because: never negative}
  - {id: shares, form: total, of: share.percent, per: [account], op: at-most, than: 100, because: no more than all}
  - {id: few, form: count, of: share, per: [account], at_most: 2, because: two owners}
"""
SCHEMA = design(load_requirements(TEXT))
ROWS = """
INSERT INTO events (id, capacity, created_at) VALUES (1, 2, :now), (2, 2, :now);
INSERT INTO people (id, email, created_at) VALUES (1, 'a@b.c', :now), (2, 'd@b.c', :now), (3, 'e@b.c', :now);
INSERT INTO registrations (id, event_id, person_id, created_at) VALUES
  (1, 1, 1, :now), (2, 1, 2, :now), (3, 2, 3, :now);
INSERT INTO accounts (id, holder, created_at) VALUES (1, 'a', :now), (2, 'b', :now);
INSERT INTO postings (id, account_id, amount, created_at) VALUES (1, 1, 500, :now), (2, 2, 500, :now);
INSERT INTO shares (id, account_id, percent, created_at) VALUES (1, 1, 60, :now), (2, 2, 50, :now)
"""
REGISTERED = "INSERT INTO registrations (id, event_id, person_id, cancelled_on, created_at) VALUES ({}, :now)"
POSTED = "INSERT INTO postings (id, account_id, amount, created_at) VALUES ({}, :now)"
SHARED = "INSERT INTO shares (id, account_id, percent, created_at) VALUES ({}, :now)"
MAY = (
    REGISTERED.format("9, 2, 1, NULL"),
    REGISTERED.format("9, 1, 3, '2026-01-01'"),
    "UPDATE registrations SET cancelled_on = '2026-01-01' WHERE id = 1",
    "UPDATE events SET capacity = 3 WHERE id = 1",
    "DELETE FROM events WHERE id = 1",
    POSTED.format("9, 1, -500"),
    POSTED.format("8, 1, 100, :now), (9, 1, -600"),
    SHARED.format("9, 1, 40"),
)
MUST_NOT = (
    REGISTERED.format("9, 1, 3, NULL"),
    "UPDATE registrations SET event_id = 1 WHERE id = 3",
    "UPDATE events SET capacity = 1 WHERE id = 1",
    "INSERT INTO events (id, capacity, places_count, created_at) VALUES (9, 2, -5, :now)",
    "DELETE FROM people WHERE id = 1",
    POSTED.format("9, 1, -501"),
    "UPDATE postings SET amount = -1 WHERE id = 1",
    "UPDATE postings SET amount = -501, account_id = 2 WHERE id = 1",
    "INSERT INTO accounts (id, holder, balance_total, created_at) VALUES (9, 'x', 100, :now)",
    SHARED.format("9, 1, 41"),
    SHARED.format("8, 1, 1, :now), (9, 1, 1"),
    "UPDATE shares SET percent = 100, account_id = 1",
)


def _in_engine(sql: str, engine: Engine) -> str:
    """Return a statement in the engine's form: SQLite has texts for moments, and cents for money."""
    if engine.traits.name != "sqlite":
        return sql.replace(":now", "'2026-01-01 00:00:00'")
    cents = re.sub(r"(postings .*?VALUES.*)", lambda m: re.sub(r"(?<=, )(-?\d{3})\b", r"\g<1>00", m[1]), sql)
    cents = re.sub(r"(amount = )(-\d+)", r"\g<1>\g<2>00", cents)
    return cents.replace(":now", "'2026-01-01T00:00:00.000Z'")


def test_what_an_application_may_add_and_what_it_must_not(engine: Engine) -> None:
    assert wrong_answers(engine, SCHEMA, ROWS, (MAY, MUST_NOT), _in_engine) == []


@pytest.mark.server
def test_only_triggers_write_the_number(postgresql: Engine) -> None:
    with postgresql.scratch(render(SCHEMA, postgresql.traits).up) as scratch, scratch.connect() as connection:
        for sql in filter(None, map(str.strip, ROWS.split(";"))):
            connection.run(_in_engine(sql, postgresql))
        answer = connection.attempt(("UPDATE events SET places_count = 0", {}))

    assert isinstance(answer, Rejected)
    assert str(answer).startswith("places: an event has so many places")


@pytest.mark.parametrize("policy", ["IGNORE", "FAIL", "ABORT", "ROLLBACK"])
def test_no_policy_of_sqlite_adds_a_row_past_the_bound(sqlite: Engine, policy: str) -> None:
    """The policy of a statement also holds for the checks that its triggers meet."""
    statements = [
        SHARED.format("9, 1, 41").replace("INSERT", f"INSERT OR {policy}"),
        POSTED.format("9, 1, -501").replace("INSERT", f"INSERT OR {policy}"),
        f"UPDATE OR {policy} registrations SET event_id = 1 WHERE id = 3",
        f"UPDATE OR {policy} events SET capacity = 1 WHERE id = 1",
    ]
    for sql in statements:
        with sqlite.scratch(render(SCHEMA, sqlite.traits).up) as scratch, scratch.connect() as connection:
            for row in filter(None, map(str.strip, ROWS.split(";"))):
                connection.run(_in_engine(row, sqlite))
            with pytest.raises(Rejected):
                connection.run(_in_engine(sql, sqlite))
            assert connection.run("SELECT count(*) FROM shares WHERE account_id = 1").scalar == 1
            assert connection.run("SELECT sum(amount) FROM postings WHERE account_id = 1").scalar == 50000
            assert connection.run("SELECT count(*) FROM registrations WHERE event_id = 1").scalar == 2


def test_a_counted_row_is_not_deleted_with_another_one_than_it_is_counted_for() -> None:
    actions = {key.name: key.on_delete for _, key in SCHEMA.foreign_keys()}

    assert actions["registrations_event_fkey"] == "cascade"
    assert actions["registrations_person_fkey"] == "restrict"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("form: count, of: share, per: [account], at_least: 1", "name in `once` the state of accounts"),
        ("form: count, of: share, per: [account, percent], at_most: 1", "no row stands for account and percent"),
        ("form: total, of: share.percent, per: [account], op: is, than: 100", "exists before the rows of shares"),
        ("form: total, of: share.percent, per: [account], op: at-least, than: 1", "exists before the rows of shares"),
        ("form: count, of: share, per: [account], at_least: 1, at_most: 2", "one rule has two bounds"),
    ],
)
def test_what_no_stored_number_enforces_is_said(rule: str, reason: str) -> None:
    states = rule_states(design(load_requirements(f"{TEXT}  - {{id: x, {rule}, because: y}}\n")), [])

    assert states[-1].state == "not enforced"
    assert reason in states[-1].why


PLACES = """\
title: Bills
entities:
  - name: bill
    attributes:
      - {name: total, type: decimal, precision: 12, scale: 4}
      - {name: pieces, type: integer}
      - {name: is_open, type: boolean}
  - {name: payment, attributes: [{name: amount, type: money}]}
  - {name: part, attributes: [{name: amount, type: money}]}
  - name: item
    attributes: [{name: price, type: decimal, precision: 12, scale: 4}, {name: least, type: money}]
relationships: [{from: payment, to: bill}, {from: part, to: bill}]
rules:
  - {id: paid, form: total, of: payment.amount, per: [bill], op: at-most, than: bill.total, because: no more}
  - id: whole
    form: total
    of: part.amount
    per: [bill]
    op: is
    than: bill.pieces
    once: [{left: is_open, op: is, right: false}]
    because: as many as pieces
  - {id: dear, form: holds, of: item, that: [{left: price, op: at-least, right: least}], because: not below cost}
"""


def test_amounts_of_other_decimal_places_are_compared_as_numbers(engine: Engine) -> None:
    schema, name = design(load_requirements(PLACES)), engine.traits.name
    proofs = proofs_by_name(("bounds", "row-conditions"))
    evidence = prove(schema, {name: render(schema, engine.traits)}, {name: engine}, proofs=proofs)

    states = rule_states(schema, evidence)
    assert {one.id: one.state for one in states} == dict.fromkeys(("paid", "whole", "dear"), "enforced"), states


PAGE = (Path(__file__).parents[2] / "docs" / "requirements.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(title: (?:Billing|Museum)\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_rules_of_the_page_are_enforced(engine: Engine, example: str) -> None:
    schema, name = design(load_requirements(example)), engine.traits.name
    proofs = proofs_by_name(("bounds", "state-moves", "frozen-rows"))
    evidence = prove(schema, {name: render(schema, engine.traits)}, {name: engine}, proofs=proofs)
    states = {one.id: one.state for one in rule_states(schema, evidence)}

    assert states == dict.fromkeys((rule.id for rule in schema.rules), "enforced")
    assert len(EXAMPLES) == 2


# -- proofs ----------------------------------------------------------------------------------------------------------


def _states(engine: Engine, edit: Callable[[str], str] = str) -> dict[str, RuleState]:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    evidence = prove(SCHEMA, {name: Ddl(edit(ddl.up), ddl.down)}, {name: engine}, proofs=proofs_by_name(("bounds",)))
    return {one.id: one for one in rule_states(SCHEMA, evidence)}


def test_the_rules_are_enforced(engine: Engine) -> None:
    states = _states(engine)

    assert {name: one.state for name, one in states.items()} == dict.fromkeys(states, "enforced"), states
    can_write = "places_count is not refused" in states["places"].why
    assert can_write == (engine.traits.name != "postgresql")


@pytest.mark.heavy
def test_every_other_proof_supports_them(engine: Engine) -> None:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    evidence = prove(SCHEMA, {name: ddl}, {name: engine}, proofs=PROOFS)

    assert [(one.proof, one.reason) for one in evidence if one.state == "refuted"] == []
    assert {one.proof for one in evidence if one.state == "supported"} >= {"relationships", "denormalisation", "bounds"}


@pytest.mark.parametrize("event", ["insert", "update", "delete"])
def test_a_trigger_that_is_missing_refutes_its_rule(sqlite: Engine, event: str) -> None:
    def without(script: str) -> str:
        shorter = re.sub(rf"CREATE TRIGGER accounts_balance_total_{event} .*? END;", "", script, flags=re.DOTALL)
        assert shorter != script
        return shorter

    states = _states(sqlite, without)

    assert {name: one.state for name, one in states.items() if one.state != "enforced"} == {"balance": "refuted"}


_COUNTS = """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM registrations WHERE event_id = NEW.event_id AND cancelled_on IS NULL)
    > (SELECT capacity FROM events WHERE id = NEW.event_id) THEN RAISE EXCEPTION 'full';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER look AFTER INSERT OR UPDATE ON registrations FOR EACH ROW EXECUTE FUNCTION look();
CREATE FUNCTION look_at_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM registrations WHERE event_id = NEW.id AND cancelled_on IS NULL) > NEW.capacity
    THEN RAISE EXCEPTION 'full';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER look_at_event AFTER UPDATE ON events FOR EACH ROW EXECUTE FUNCTION look_at_event();
"""


def test_a_trigger_that_counts_is_refuted_by_two_transactions(postgresql: Engine) -> None:
    def naive(script: str) -> str:
        script = re.sub(r"CREATE TRIGGER events_places_count_(insert|update|delete) .*?;", "", script)
        return re.sub(r",?\s*CONSTRAINT events_places_check CHECK \(places_count <= capacity\)", "", script) + _COUNTS

    states = _states(postgresql, naive)

    assert states["places"].state == "refuted"
    assert "broken after two transactions" in states["places"].why
    assert "accepted: UPDATE" not in states["places"].why
    assert states["few"].state == "enforced"
