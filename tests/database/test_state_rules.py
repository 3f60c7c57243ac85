"""States and frozen rows: what an application may do with a row, tried by its own statements on each engine."""

import datetime as dt
import re
from collections.abc import Callable

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.proofs import PROOFS, proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import RuleState, rule_states
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.evidence import Evidence

TEXT = """\
title: Billing
entities:
  - name: client
    attributes: [{name: name}]
  - name: invoice
    attributes:
      - {name: number, type: integer}
      - {name: status, type: choice, choices: [draft, sent, paid, void]}
      - {name: note, required: false}
      - {name: total, type: money}
    unique: [[number]]
  - name: item
    attributes: [{name: label}]
  - name: audit_entry
    attributes: [{name: what}]
relationships:
  - {from: invoice, to: client, on_delete: cascade}
  - {from: item, to: invoice, on_delete: cascade}
  - {from: audit_entry, to: client, on_delete: cascade}
rules:
  - {id: course, form: states, of: invoice.status, start: [draft],
     moves: {draft: [sent, void], sent: [paid]}, because: a}
  - id: sent_stays
    form: frozen
    what: invoice
    once: [{attribute: status, in: [sent, paid]}]
    except: [status, note]
    because: "b's:c $d"
  - {id: audit, form: frozen, what: audit_entry, because: d}
"""
REQUIREMENTS = load_requirements(TEXT)
SCHEMA = design(REQUIREMENTS)
NAMES = ("state-moves", "frozen-rows")
ROWS = """
INSERT INTO clients (id, name, created_at) VALUES (1, 'a', '2026-01-01 00:00:00');
INSERT INTO invoices (id, client_id, number, status, total, created_at) VALUES
  (1, 1, 1, 'draft', 5, '2026-01-01 00:00:00'), (2, 1, 2, 'draft', 5, '2026-01-01 00:00:00'),
  (3, 1, 3, 'draft', 5, '2026-01-01 00:00:00');
UPDATE invoices SET status = 'sent' WHERE id IN (2, 3);
UPDATE invoices SET status = 'paid' WHERE id = 3;
INSERT INTO audit_entries (id, client_id, what, created_at) VALUES (1, 1, 'x', '2026-01-01 00:00:00');
"""
NEW = "INSERT INTO invoices (id, client_id, number, status, total, created_at) VALUES ({}, '2026-01-01 00:00:00')"
ENTRY = "INSERT INTO audit_entries (id, client_id, what, created_at) VALUES ({}, 1, 'z', '2026-01-01 00:00:00')"
MAY = {
    "a first state": NEW.format("9, 1, 9, 'draft', 1"),
    "a move": "UPDATE invoices SET status = 'sent' WHERE id = 1",
    "the same state": "UPDATE invoices SET status = status, note = 'x'",
    "a free column of a frozen row": "UPDATE invoices SET note = 'seen' WHERE id = 2",
    "the move of a frozen row": "UPDATE invoices SET status = 'paid' WHERE id = 2",
    "a change of a draft": "UPDATE invoices SET total = 6 WHERE id = 1",
    "the deletion of a draft": "DELETE FROM invoices WHERE id = 1",
    "a line of a draft": "INSERT INTO items (invoice_id, label, created_at) VALUES (1, 'l', '2026-01-01 00:00:00')",
    "another audit entry": ENTRY.format(9),
}  # fmt: skip
MUST_NOT = {
    "another first state": NEW.format("9, 1, 9, 'sent', 1"),
    "a jump": "UPDATE invoices SET status = 'paid' WHERE id = 1",
    "a way back": "UPDATE invoices SET status = 'draft' WHERE id = 2",
    "a state after the last one": "UPDATE invoices SET status = 'void' WHERE id = 3",
    "a jump of many": "UPDATE invoices SET status = 'void'",
    "a value beside a move": "UPDATE invoices SET status = 'paid', total = 1 WHERE id = 2",
    "a frozen column": "UPDATE invoices SET total = 6 WHERE id = 2",
    "a frozen key": "UPDATE invoices SET number = 8 WHERE id = 2",
    "the deletion of a frozen row": "DELETE FROM invoices WHERE id = 3",
    "the deletion of all": "DELETE FROM invoices",
    "the deletion of the client": "DELETE FROM clients",
    "a change of the log": "UPDATE audit_entries SET what = 'z'",
    "a deletion from the log": "DELETE FROM audit_entries",
}
MORE: dict[str, dict[str, str]] = {
    "sqlite": {
        "REPLACE by the key": ENTRY.replace("INSERT", "REPLACE").format(1),
        "REPLACE by another key": NEW.replace("INSERT", "REPLACE").format("9, 1, 2, 'draft', 9"),
        "UPDATE OR REPLACE": "UPDATE OR REPLACE invoices SET number = 2 WHERE id = 1",
        "an upsert": NEW.format("2, 1, 2, 'draft', 9") + " ON CONFLICT (id) DO UPDATE SET total = 9",
    },
    "postgresql": {
        "TRUNCATE": "TRUNCATE audit_entries",
        "TRUNCATE with what refers to it": "TRUNCATE clients CASCADE",
        "an upsert": NEW.format("2, 1, 2, 'draft', 9") + " ON CONFLICT (id) DO UPDATE SET total = 9",
    },
    "mariadb": {
        "REPLACE by the key": ENTRY.replace("INSERT", "REPLACE").format(1),
        "REPLACE by another key": NEW.replace("INSERT", "REPLACE").format("9, 1, 2, 'draft', 9"),
        "an upsert": NEW.format("2, 1, 2, 'draft', 9") + " ON DUPLICATE KEY UPDATE total = 9",
        "without checks": "SET STATEMENT check_constraint_checks = 0 FOR UPDATE invoices SET total = 6 WHERE id = 2",
    },
}  # fmt: skip


def _instants(sql: str, engine: Engine) -> str:
    return sql.replace("-01 00:00:00'", "-01T00:00:00.000Z'") if engine.traits.name == "sqlite" else sql


def test_what_an_application_may_do_and_what_it_must_not(engine: Engine) -> None:
    refused, accepted = [], []
    tried = MUST_NOT | MORE[engine.traits.name]
    with engine.scratch(render(SCHEMA, engine.traits).up) as scratch:
        with scratch.connect() as connection:
            for sql in filter(None, map(str.strip, ROWS.split(";"))):
                connection.run(_instants(sql, engine))
        for label, sql in MAY.items():
            with scratch.connect() as connection:
                answer = connection.attempt((_instants(sql, engine), {}))
                refused += [f"{label}: {answer}"] if isinstance(answer, Rejected) else []
        for label, sql in tried.items():
            with scratch.connect() as connection:
                answer = connection.attempt((_instants(sql, engine), {}))
                accepted += [] if isinstance(answer, Rejected) else [label]

    assert refused == []
    assert accepted == []


def test_a_value_that_is_no_state_is_refused_by_the_list(engine: Engine) -> None:
    with engine.scratch(render(SCHEMA, engine.traits).up) as scratch, scratch.connect() as connection:
        connection.run(_instants(ROWS.split(";", maxsplit=1)[0], engine))
        unknown = connection.attempt((_instants(NEW.format("1, 1, 1, 'lost', 1"), engine), {}))
        absent = connection.attempt((_instants(NEW.format("1, 1, 1, NULL, 1"), engine), {}))

    assert isinstance(unknown, Rejected)
    assert unknown.kind in ("check", "type")
    assert isinstance(absent, Rejected)
    assert absent.kind == "not-null"


def test_a_state_that_may_be_absent_never_is(engine: Engine) -> None:
    optional = design(load_requirements(TEXT.replace("void]}", "void], required: false}")))
    assert optional.table("invoices").column("status").nullable
    with engine.scratch(render(optional, engine.traits).up) as scratch, scratch.connect() as connection:
        for sql in ROWS.split(";")[:2]:
            connection.run(_instants(sql, engine))
        absent = connection.attempt((_instants(NEW.format("9, 1, 9, NULL, 1"), engine), {}))
        emptied = connection.attempt(("UPDATE invoices SET status = NULL WHERE id = 1", {}))

    assert isinstance(absent, Rejected)
    assert isinstance(emptied, Rejected)


def test_a_frozen_row_is_not_deleted_with_what_it_refers_to() -> None:
    actions = {key.name: key.on_delete for _, key in SCHEMA.foreign_keys()}

    assert actions == {
        "invoices_client_fkey": "restrict",
        "items_invoice_fkey": "cascade",
        "audit_entries_client_fkey": "restrict",
    }


# -- proofs ----------------------------------------------------------------------------------------------------------


def _proved(engine: Engine, edit: Callable[[str], str] = str, text: str = TEXT) -> tuple[Evidence, ...]:
    schema = design(load_requirements(text))
    ddl, name = render(schema, engine.traits), engine.traits.name
    return prove(schema, {name: Ddl(edit(ddl.up), ddl.down)}, {name: engine}, proofs=proofs_by_name(NAMES))


def _states(engine: Engine, edit: Callable[[str], str] = str, text: str = TEXT) -> dict[str, RuleState]:
    return {one.id: one for one in rule_states(design(load_requirements(text)), _proved(engine, edit, text))}


def test_the_rules_are_enforced(engine: Engine) -> None:
    states = _states(engine)

    assert {name: one.state for name, one in states.items()} == dict.fromkeys(states, "enforced"), states
    assert ("TRUNCATE is not refused" in states["audit"].why) == (engine.traits.name == "mariadb")


def test_every_other_proof_supports_them(engine: Engine) -> None:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    evidence = prove(SCHEMA, {name: ddl}, {name: engine}, proofs=PROOFS)

    assert [(one.proof, one.reason) for one in evidence if one.state == "refuted"] == []
    assert {one.proof for one in evidence if one.state == "supported"} >= {"relationships", "data-types", *NAMES}


@pytest.mark.parametrize(
    ("trigger", "rule"),
    [
        ("invoices_course_insert", "course"),
        ("invoices_course_update", "course"),
        ("invoices_sent_stays_update", "sent_stays"),
        ("invoices_sent_stays_delete", "sent_stays"),
        ("audit_entries_audit_delete", "audit"),
        ("audit_entries_audit_insert", "audit"),
    ],
)
def test_a_trigger_that_is_missing_refutes_its_rule(sqlite: Engine, trigger: str, rule: str) -> None:
    def without(script: str) -> str:
        shorter = re.sub(rf"CREATE TRIGGER {trigger} .*? END;", "", script, flags=re.DOTALL)
        assert shorter != script
        return shorter

    states = _states(sqlite, without)

    assert {name: one.state for name, one in states.items() if one.state != "enforced"} == {rule: "refuted"}


def test_a_missing_trigger_of_truncate_refutes_its_rule(postgresql: Engine) -> None:
    states = _states(postgresql, lambda text: re.sub(r"CREATE TRIGGER audit_entries_audit_truncate .*?;", "", text))

    assert {name: one.state for name, one in states.items() if one.state != "enforced"} == {"audit": "refuted"}


_LOOKS = """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT status FROM invoices WHERE id = OLD.id) IN ('sent', 'paid') THEN RAISE EXCEPTION 'frozen'; END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER look AFTER DELETE ON invoices DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION look();
"""


def test_a_trigger_that_looks_too_late_is_refuted(postgresql: Engine) -> None:
    def naive(text: str) -> str:
        return re.sub(r"CREATE TRIGGER invoices_sent_stays_delete .*?;", "", text) + _LOOKS

    states = _states(postgresql, naive)

    assert states["sent_stays"].state == "refuted"
    assert "DELETE FROM invoices" in states["sent_stays"].why


@pytest.mark.parametrize("change", ["delete-only", "update-only"])
def test_what_stays_allowed(engine: Engine, change: str) -> None:
    text = TEXT.replace("what: audit_entry,", f"what: audit_entry, change: {change},")
    states = _states(engine, text=text)

    assert states["audit"].state == "enforced", states["audit"].why


JOURNAL = """\
title: Journal
entities:
  - name: entry
    attributes: [{name: text}]
  - name: comment
    attributes: [{name: body}]
  - name: receipt
    attributes: [{name: code, type: code, unique: true}]
  - name: tag
    attributes: [{name: label}]
relationships:
  - {from: entry, to: entry, name: reverses, required: false}
  - {from: comment, to: entry, on_delete: cascade}
  - {from: receipt, to: entry, kind: one-to-one}
  - {from: tag, to: entry, required: false, on_delete: set-null}
rules:
  - {id: entries, form: frozen, what: entry, because: append-only}
  - {id: reversed_once, form: only-one, of: entry, per: [reverses], because: reversed once}
  - {id: few, form: count, of: comment, per: [entry], at_most: 5, because: few}
"""


ARCHIVE = """\
title: Archive
entities:
  - name: client
    attributes: [{name: name}]
  - name: invoice
    attributes: [{name: number, type: code, unique: true}, {name: issued_on, type: date}]
  - name: letter
    attributes: [{name: body}]
relationships:
  - {from: invoice, to: client, on_delete: cascade}
  - {from: letter, to: client, on_delete: cascade}
  - {from: letter, to: invoice, required: false, on_delete: set-null}
rules:
  - {id: ten, form: keep, what: invoice, at_least: 10 years, since: issued_on, because: law}
  - {id: ninety, form: keep, what: letter, at_least: 90 days, because: habit}
"""


def test_rows_are_kept_for_a_time(engine: Engine) -> None:
    schema, name = design(load_requirements(ARCHIVE)), engine.traits.name
    evidence = prove(schema, {name: render(schema, engine.traits)}, {name: engine}, proofs=proofs_by_name(NAMES))
    states = {one.id: one for one in rule_states(schema, evidence)}
    old, young = "'2001-01-01'", f"'{dt.datetime.now(dt.UTC).date()}'"
    answers = []
    with engine.scratch(render(schema, engine.traits).up) as scratch, scratch.connect() as connection:
        connection.run(
            _instants("INSERT INTO clients (id, name, created_at) VALUES (1, 'a', '2026-01-01 00:00:00')", engine)
        )
        for key, day in ((1, old), (2, young)):
            sql = f"INSERT INTO invoices (id, client_id, number, issued_on) VALUES ({key}, 1, 'n{key}', {day})"
            connection.run(sql)
        steps = (
            "DELETE FROM invoices WHERE id = 1",
            "UPDATE invoices SET number = 'x' WHERE id = 2",
            "DELETE FROM invoices WHERE id = 2",
            f"UPDATE invoices SET issued_on = {old} WHERE id = 2",
            "DELETE FROM clients",
        )
        answers = [isinstance(connection.attempt((sql, {})), Rejected) for sql in steps]

    assert {key: one.state for key, one in states.items()} == dict.fromkeys(states, "enforced"), states
    assert answers == [False, False, True, True, True]


def test_what_time_does_is_not_enforced() -> None:
    text = ARCHIVE.replace("at_least: 90 days", "at_most: 90 days")
    states = rule_states(design(load_requirements(text)), [])

    assert states[1].state == "not enforced"
    assert "when time passes" in states[1].why


def test_rows_that_others_refer_to_are_frozen_too(sqlite: Engine) -> None:
    """Nothing decides what their deletion does, and their stored numbers may change."""
    schema = design(load_requirements(JOURNAL))
    evidence = prove(schema, {"sqlite": render(schema, sqlite.traits)}, {"sqlite": sqlite}, proofs=PROOFS)
    states = {one.id: one for one in rule_states(schema, evidence)}

    assert [(one.proof, one.reason) for one in evidence if one.state == "refuted"] == []
    assert {name: one.state for name, one in states.items()} == dict.fromkeys(states, "enforced"), states
