"""Numbers and sums over rows that must be right from a state on: at least so many, exactly so much."""

import re
from collections.abc import Callable

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
  - name: shelf
    attributes: [{name: label}]
  - name: move
    attributes:
      - {name: kind, type: choice, choices: [arrival, sale, gift]}
      - {name: pieces, type: integer, minimum: 1}
  - name: ledger_line
    attributes:
      - {name: side, type: choice, choices: [debit, credit]}
      - {name: amount, type: money, minimum: 0.01}
  - name: team
    attributes: [{name: is_final, type: boolean}]
  - name: player
    attributes: [{name: name}]
relationships:
  - {from: work, to: loan}
  - {from: payment, to: bill}
  - {from: posting, to: entry, on_delete: cascade}
  - {from: ledger_line, to: entry}
  - {from: move, to: shelf}
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
    because: postings add up to zero
  - id: equal_sides
    form: total
    of: ledger_line.amount
    signed_by: {debit: 1, credit: -1}
    per: [entry]
    op: is
    than: 0
    once: [{left: is_posted, op: is, right: true}]
    because: debits equal credits
  - id: stock
    form: total
    of: move.pieces
    signed_by: {arrival: 1, sale: -1, gift: -1}
    per: [shelf]
    op: at-least
    than: 0
    because: a shelf never has less than nothing
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

ROWS = """
INSERT INTO loans (id, status, created_at) VALUES (1, 'draft', :now), (2, 'draft', :now), (3, 'draft', :now);
INSERT INTO works (id, loan_id, withdrawn_on, created_at) VALUES
  (1, 1, NULL, :now), (2, 1, NULL, :now), (3, 2, NULL, :now), (4, 2, '2026-01-01', :now);
UPDATE loans SET status = 'approved' WHERE id = 1;
INSERT INTO bills (id, total, closed_on, created_at) VALUES (1, 500, NULL, :now), (2, 300, NULL, :now);
INSERT INTO payments (id, bill_id, amount, created_at) VALUES (1, 1, 200, :now), (2, 1, 300, :now), (3, 2, 200, :now);
UPDATE bills SET closed_on = '2026-01-02' WHERE id = 1;
INSERT INTO entries (id, is_posted, created_at) VALUES (1, :no, :now), (2, :no, :now);
INSERT INTO postings (id, entry_id, amount, created_at) VALUES (1, 1, 700, :now), (2, 1, -700, :now), (3, 2, 7, :now);
INSERT INTO ledger_lines (id, entry_id, side, amount, created_at) VALUES
  (1, 1, 'debit', 700, :now), (2, 1, 'credit', 700, :now), (3, 2, 'debit', 7, :now), (4, 2, 'debit', 9, :now);
INSERT INTO shelves (id, label, created_at) VALUES (1, 'a', :now), (2, 'b', :now);
INSERT INTO moves (id, shelf_id, kind, pieces, created_at) VALUES (1, 1, 'arrival', 5, :now), (2, 1, 'sale', 3, :now);
INSERT INTO teams (id, is_final, created_at) VALUES (1, :no, :now), (2, :no, :now);
INSERT INTO players (id, team_id, name, created_at) VALUES
  (1, 1, 'a', :now), (2, 1, 'b', :now), (3, 2, 'c', :now), (4, 2, 'd', :now), (5, 2, 'e', :now), (6, 2, 'f', :now);
UPDATE teams SET is_final = :yes WHERE id = 1;
UPDATE entries SET is_posted = :yes WHERE id = 1
"""
MAY = (
    "INSERT INTO works (id, loan_id, created_at) VALUES (9, 1, :now)",
    "UPDATE loans SET status = 'returned' WHERE id = 1",
    "DELETE FROM works WHERE id = 3",
    "DELETE FROM loans WHERE id = 3",
    "UPDATE bills SET total = 200, closed_on = '2026-01-02' WHERE id = 2",
    "UPDATE bills SET total = 250 WHERE id = 2",
    "UPDATE bills SET closed_on = NULL, total = 100 WHERE id = 1",
    "UPDATE postings SET amount = 8 WHERE id = 3",
    "UPDATE ledger_lines SET side = 'credit' WHERE id = 3",
    "INSERT INTO moves (id, shelf_id, kind, pieces, created_at) VALUES (9, 1, 'gift', 2, :now)",
    "UPDATE moves SET kind = 'gift' WHERE id = 2",
    "INSERT INTO entries (id, is_posted, created_at) VALUES (9, :yes, :now)",
    "UPDATE players SET team_id = 1 WHERE id = 6",
    "INSERT INTO players (id, team_id, name, created_at) VALUES (9, 2, 'g', :now)",
)
MUST_NOT = (
    "UPDATE loans SET status = 'approved' WHERE id = 2",
    "UPDATE loans SET status = 'approved' WHERE id = 3",
    "INSERT INTO loans (id, status, covers_count, created_at) VALUES (9, 'approved', 2, :now)",
    "DELETE FROM works WHERE id = 1",
    "UPDATE works SET loan_id = 2 WHERE id = 1",
    "UPDATE works SET withdrawn_on = '2026-01-02' WHERE id = 2",
    "UPDATE bills SET closed_on = '2026-01-02' WHERE id = 2",
    "UPDATE bills SET total = 501 WHERE id = 1",
    "UPDATE bills SET total = 499 WHERE id = 1",
    "INSERT INTO bills (id, total, closed_on, created_at) VALUES (9, 1, '2026-01-02', :now)",
    "INSERT INTO payments (id, bill_id, amount, created_at) VALUES (9, 1, 1, :now)",
    "DELETE FROM payments WHERE id = 1",
    "UPDATE payments SET amount = 201 WHERE id = 1",
    "UPDATE payments SET bill_id = 1 WHERE id = 3",
    "UPDATE payments SET bill_id = 2 WHERE id = 1",
    "UPDATE entries SET is_posted = :yes WHERE id = 2",
    "UPDATE postings SET amount = -699 WHERE id = 2",
    "DELETE FROM postings WHERE id = 1",
    "UPDATE ledger_lines SET side = 'credit' WHERE id = 1",
    "UPDATE ledger_lines SET amount = 699 WHERE id = 2",
    "DELETE FROM ledger_lines WHERE id = 2",
    "INSERT INTO ledger_lines (id, entry_id, side, amount, created_at) VALUES (9, 1, 'credit', 1, :now)",
    "INSERT INTO moves (id, shelf_id, kind, pieces, created_at) VALUES (9, 1, 'gift', 3, :now)",
    "INSERT INTO moves (id, shelf_id, kind, pieces, created_at) VALUES (9, 2, 'sale', 1, :now)",
    "UPDATE moves SET kind = 'sale' WHERE id = 1",
    "UPDATE moves SET shelf_id = 2 WHERE id = 1",
    "UPDATE teams SET is_final = :yes WHERE id = 2",
    "UPDATE players SET team_id = NULL WHERE id = 1",
    "UPDATE players SET team_id = 1 WHERE team_id = 2",
)


def _in_engine(sql: str, engine: Engine) -> str:
    """Return a statement in the engine's form of moments and of what is true."""
    now = "'2026-01-01T00:00:00.000Z'" if engine.traits.name == "sqlite" else "'2026-01-01 00:00:00'"
    yes, no = ("TRUE", "FALSE") if engine.traits.native_booleans else ("1", "0")
    return sql.replace(":now", now).replace(":yes", yes).replace(":no", no)


def test_what_an_application_may_write_and_what_it_must_not(engine: Engine) -> None:
    assert wrong_answers(engine, SCHEMA, ROWS, (MAY, MUST_NOT), _in_engine) == []


@pytest.mark.server
def test_postgresql_refuses_to_empty_a_table_that_is_counted(postgresql: Engine) -> None:
    with postgresql.scratch(render(SCHEMA, postgresql.traits).up) as scratch, scratch.connect() as connection:
        answer = connection.attempt(("TRUNCATE works", {}))

    assert isinstance(answer, Rejected)
    assert str(answer).startswith("covers: a loan covers two works once it is approved")


@pytest.mark.parametrize("policy", ["IGNORE", "FAIL", "ABORT", "ROLLBACK"])
@pytest.mark.parametrize("sql", ["UPDATE {} loans SET status = 'approved' WHERE id = 2",
                                 "UPDATE {} works SET loan_id = 2 WHERE id = 1",
                                 "UPDATE {} bills SET total = 499 WHERE id = 1"])  # fmt: skip
def test_no_policy_of_sqlite_passes_the_check(sqlite: Engine, policy: str, sql: str) -> None:
    with sqlite.scratch(render(SCHEMA, sqlite.traits).up) as scratch, scratch.connect() as connection:
        for row in filter(None, map(str.strip, ROWS.split(";"))):
            connection.run(_in_engine(row, sqlite))
        with pytest.raises(Rejected):
            connection.run(sql.format(f"OR {policy}"))


def test_a_path_of_once_may_begin_in_the_row_that_refers() -> None:
    short = design(load_requirements(TEXT.replace("bill.closed_on, is: present", "closed_on, is: present")))

    assert short.rules == SCHEMA.rules


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


@pytest.mark.parametrize(
    ("trigger", "refuted"),
    [
        ("loans_covers_count_delete", {"covers"}),
        ("loans_covers_count_update", {"covers"}),
        ("bills_settled_total_insert", {"settled"}),
        ("teams_few_count_update", {"few"}),
    ],
)
def test_a_trigger_that_is_missing_refutes_its_rule(sqlite: Engine, trigger: str, refuted: set[str]) -> None:
    def without(script: str) -> str:
        shorter = re.sub(rf"CREATE TRIGGER {trigger} .*? END;", "", script, flags=re.DOTALL)
        assert shorter != script
        return shorter

    states = _states(sqlite, without)

    assert {name for name, one in states.items() if one.state == "refuted"} == refuted


_LOOKS = """
CREATE FUNCTION look_at_loan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.status <> 'draft' AND
    (SELECT count(*) FROM works WHERE loan_id = NEW.id AND withdrawn_on IS NULL) < 2 THEN RAISE EXCEPTION 'too few';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER look_at_loan AFTER INSERT OR UPDATE ON loans FOR EACH ROW EXECUTE FUNCTION look_at_loan();
CREATE FUNCTION look_at_work() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM works WHERE loan_id = OLD.loan_id AND withdrawn_on IS NULL) < 2
    AND (SELECT status FROM loans WHERE id = OLD.loan_id) <> 'draft' THEN RAISE EXCEPTION 'too few';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER look_at_work AFTER UPDATE OR DELETE ON works FOR EACH ROW EXECUTE FUNCTION look_at_work();
"""


def test_a_trigger_that_counts_is_refuted_by_two_transactions(postgresql: Engine) -> None:
    def naive(script: str) -> str:
        shorter = re.sub(r"CREATE TRIGGER loans_covers_count_(insert|update|delete) .*?;", "", script)
        without = re.sub(r",?\s*CONSTRAINT loans_covers_check CHECK \(NOT \(.*?>= 2\)", "", shorter)
        assert script != shorter != without
        return without + _LOOKS

    states = _states(postgresql, naive)

    assert states["covers"].state == "refuted"
    assert "broken after two transactions" in states["covers"].why
    assert "accepted: " not in states["covers"].why.replace("accepted: TRUNCATE", "")
    assert states["enough"].state == "enforced"
