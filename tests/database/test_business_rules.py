"""Business rules of `requirements.yaml`: problems with their lines, what enforces them, and proofs that can fail."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_dba.cli import main
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import rule_states, state_counts, table_of
from langgraph_dba.database.requirements import (
    Requirements,
    check_consistency,
    dump_requirements,
    load_requirements,
    requirements_json_schema,
)
from langgraph_dba.database.requirements.business_rules import FORMS
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import RequirementsError
from langgraph_dba.evidence import Evidence

PAGE = (Path(__file__).parents[2] / "docs" / "requirements.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
BASE = """\
title: Clinic
request: Emails may repeat. Invoices are kept for ten years.
entities:
  - name: owner
    attributes: [{name: email, type: email}, {name: kind, type: choice, choices: [person, firm]}]
  - name: visit
    attributes: [{name: starts_on, type: date}, {name: ends_on, type: date}, {name: fee, type: money}]
relationships: [{from: visit, to: owner}]
rules:
"""
PROOFS = ("only-one", "row-conditions", "chosen-columns")


def _problems(*rules: str) -> list[str]:
    with pytest.raises(RequirementsError) as raised:
        load_requirements(BASE + "".join(f"  - {{id: r{n}, {rule}}}\n" for n, rule in enumerate(rules)))
    return [f"{one.line}: {one.message}" for one in raised.value.problems]


# -- the language ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("form: only-one, of: ownr, per: [email], because: x", "rule 'r0': 'ownr' is no entity: did you mean 'owner'?"),
        (
            "form: only-one, of: owner, per: [emial], because: x",
            "rule 'r0': 'emial' is neither an attribute nor a relationship of 'owner': did you mean 'email'?",
        ),
        (
            "form: only-one, of: visit, per: [owner.emial], because: x",
            "rule 'r0': 'emial' is neither an attribute nor a relationship of 'owner': did you mean 'email'?",
        ),
        (
            "form: only-one, of: owner, per: [email], words: Emails are unique",
            "rule 'r0': 'Emails are unique' does not stand in the request: quote it exactly, or write `because`",
        ),
        ("form: only-one, of: owner, per: [email]", "the rule 'r0' has neither `words` nor `because`"),
        ("form: only, of: owner, because: x", "'only' is no form of a rule"),
        ("of: owner, because: x", "a rule needs a `form`"),
        (
            "form: holds, of: visit, that: [{left: ends_on, op: after, right: fee}], because: x",
            "rule 'r0': 'ends_on' (date) cannot be compared with 'fee' (number)",
        ),
        (
            "form: holds, of: visit, that: [{left: fee, op: at-least, right: much}], because: x",
            "rule 'r0': 'much' is no money, which 'fee' is",
        ),
        (
            "form: holds, of: visit, that: [{left: fee, op: less-than, right: 1.005}], because: x",
            "rule 'r0': 1.005 has 3 decimal places, and 'fee' has 2",
        ),
        (
            "form: holds, of: visit, that: [{left: fee, op: at-most, right: 99999999999999999999999}], because: x",
            "rule 'r0': 99999999999999999999999 has more than 10 digits before the point, as many as 'fee' has",
        ),
        (
            "form: holds, of: owner, that: [{left: kind, op: is, right: company}], because: x",
            "rule 'r0': 'company' is no value of 'kind': use person, firm",
        ),
        (
            "form: holds, of: owner, that: [{attribute: kind, in: [person, company]}], because: x",
            "rule 'r0': 'company' is no value of 'kind': use person, firm",
        ),
        (
            "form: holds, of: owner, that: [{left: kind, op: after, right: firm}], because: x",
            "rule 'r0': 'kind' (choice) has no order: use is or is-not",
        ),
        (
            "form: no-overlap, of: visit, per: [owner], period: [starts_on, fee], because: x",
            "rule 'r0': a period needs two dates or times of one type",
        ),
        ("form: count, of: visit, per: [owner], because: x", "rule 'r0': give `at_least` or `at_most`"),
        ("form: choose, of: visit, numbr: exactly-one, among: [owner, fee], because: x", "unknown key 'numbr'"),
        ("form: keep, what: visit, because: x", "rule 'r0': give `at_least`, `at_most` or `on_request`"),
        (
            "form: keep, what: visit, at_least: 10 years, at_most: 90 days, because: x",
            "rule 'r0': 'visit' is kept at least 10 years and at most 90 days",
        ),
        (
            "form: count, of: visit, per: [owner], at_least: 3, at_most: 2, because: x",
            "rule 'r0': the number is at least 3, and at most 2: ask which of the two holds",
        ),
        (
            "form: count, of: visit, per: [owner], at_least: 3, once: [{attribute: knd, is: present}], because: x",
            "rule 'r0': 'knd' is neither an attribute nor a relationship of 'owner': did you mean 'kind'?",
        ),
        (
            "form: count, of: visit, per: [owner], at_most: 1, once: [{attribute: owner.kind, in: [club]}], because: x",
            "rule 'r0': 'club' is no value of 'kind': use person, firm",
        ),
        (
            (
                "form: holds, of: visit, that: [{left: fee, op: is, right: 9}, {left: fee, op: is-not, right: 9}], "
                "because: x"
            ),
            "rule 'r0': 'fee' is not '9', and 'fee' is equal to '9'",
        ),
        (
            "form: count, of: visit, per: [owner], at_least: 1, once: [{attribute: email, is: present}], because: x",
            "rule 'r0': each 'owner' is in this state when it is created, and none refers to it yet",
        ),
        (
            "form: total, of: visit.fee, signed_by: {person: 1}, per: [owner], op: is, than: 3, because: x",
            "rule 'r0': give a sign to each choice of one attribute of 'visit', and to nothing else",
        ),
        (
            "form: states, of: owner.kind, start: [person], moves: {person: []}, because: x",
            "rule 'r0': no state changes: name a move, or write the form `frozen`",
        ),
        (
            "form: states, of: owner.kind, start: [person], moves: {person: [compny]}, because: x",
            "rule 'r0': 'compny' is no value of 'kind': use person, firm",
        ),
    ],
)
def test_a_wrong_rule_is_a_problem_of_its_line(rule: str, message: str) -> None:
    (problem,) = _problems(rule)

    assert problem.startswith("10: ")
    assert message in problem


def test_rules_that_contradict_each_other_name_both() -> None:
    problems = _problems(
        "form: free, what: owner.email, may: repeat, words: Emails may repeat",
        "form: only-one, of: owner, per: [email], because: x",
        "form: keep, what: visit, at_least: 10 years, because: x",
        "form: keep, what: visit, at_most: 1 year, because: x",
    )

    assert problems == [
        (
            "11: rule 'r1': the rule 'r0' says that owner.email may repeat: "
            "ask which of the two holds, and remove the other"
        ),
        (
            "13: rule 'r3': 'visit' is kept at least 10 years and at most 1 year in the rule 'r2': "
            "ask which of the two holds, and remove the other"
        ),
    ]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "form: count, of: visit, per: [owner], at_most: 2, because: x",
            "form: count, of: visit, per: [owner], at_least: 3, because: x",
            "the number is at least 3, and at most 2 in the rule 'r0'",
        ),
        (
            "form: total, of: visit.fee, per: [owner], op: is, than: 5, because: x",
            "form: total, of: visit.fee, per: [owner], op: at-most, than: 4.5, because: x",
            "the number is at most 4.5, and at least 5 in the rule 'r0'",
        ),
        (
            "form: states, of: owner.kind, start: [person], moves: {person: [firm]}, because: x",
            "form: states, of: owner.kind, start: [firm], moves: {firm: [person]}, because: x",
            "'owner.kind' begins as firm, and as person in the rule 'r0'",
        ),
        (
            "form: holds, of: visit, that: [{left: starts_on, op: before, right: ends_on}], because: x",
            "form: holds, of: visit, that: [{left: ends_on, op: not-after, right: starts_on}], because: x",
            "'ends_on' is not after 'starts_on', and 'starts_on' is before 'ends_on' in the rule 'r0'",
        ),
        (
            "form: states, of: owner.kind, start: [person], moves: {person: [firm]}, because: x",
            "form: count, of: visit, per: [owner], at_least: 1, once: [{attribute: kind, in: [person]}], because: x",
            "a 'owner' begins in this state by the rule 'r0', before a 'visit' refers to it",
        ),
    ],
)
def test_rules_that_no_row_can_meet_together_are_problems(first: str, second: str, message: str) -> None:
    assert _problems(first, second) == [f"11: rule 'r1': {message}: ask which of the two holds, and remove the other"]


def test_rules_that_rows_can_meet_together_are_no_problem() -> None:
    rules = (
        "form: count, of: visit, per: [owner], at_most: 2, because: x",
        "form: count, of: visit, per: [owner], at_least: 2, because: x",
        "form: count, of: visit, per: [owner], at_least: 9, once: [{left: kind, op: is, right: firm}], because: x",
        "form: holds, of: visit, that: [{left: starts_on, op: not-after, right: ends_on}], because: x",
        "form: holds, of: visit, that: [{left: starts_on, op: not-before, right: ends_on}], because: x",
        "form: holds, of: visit, if: [{attribute: fee, is: absent}], that: [{left: fee, op: is, right: 1}], because: x",
        "form: holds, of: visit, that: [{left: fee, op: is-not, right: 1}], because: x",
    )

    requirements = load_requirements(BASE + "".join(f"  - {{id: r{n}, {rule}}}\n" for n, rule in enumerate(rules)))

    assert len(requirements.rules) == len(rules)


def test_all_problems_are_reported_at_once_beside_an_invalid_rule() -> None:
    problems = _problems("form: nothing, because: x", "form: only-one, of: ownr, per: [email], because: x")

    assert [problem.split(":")[0] for problem in problems] == ["10", "11"]


def test_rules_survive_writing_and_reading() -> None:
    requirements = load_requirements(EXAMPLE)

    assert load_requirements(dump_requirements(requirements)) == requirements
    assert len(requirements.rules) == 4


def test_the_page_names_every_form() -> None:
    assert [form for form in FORMS if f"`{form}`" not in PAGE] == []
    forms = requirements_json_schema()["properties"]["rules"]["items"]["discriminator"]["mapping"]
    assert set(forms) == set(FORMS)


# -- what enforces them ----------------------------------------------------------------------------------------------


def _without_rules(requirements: Requirements) -> Schema:
    return design(requirements.model_copy(update={"rules": ()}))


@pytest.mark.parametrize(
    ("engine", "texts"),
    [
        (
            "postgresql",
            (
                "CREATE UNIQUE INDEX owners_email_once_key ON owners (lower(email)) WHERE deleted_at IS NULL;",
                "CHECK (ends_on > starts_on)",
                "CHECK (NOT (status = 'finished') OR (payer_id <> owner_id))",
            ),
        ),
        (
            "sqlite",
            ('CREATE UNIQUE INDEX owners_email_once_key ON owners (email COLLATE "NOCASE") WHERE deleted_at IS NULL;',),
        ),
        (
            "mariadb",
            (
                "COLLATE utf8mb4_uca1400_nopad_as_ci GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN email END)",
                "CONSTRAINT owners_email_once_key UNIQUE (email_once_email_key)",
            ),
        ),
    ],
)
def test_a_rule_becomes_a_constraint_of_the_engine(engine: str, texts: tuple[str, ...]) -> None:
    script = render(design(load_requirements(EXAMPLE)), traits_of(engine)).up

    assert [text for text in texts if text not in script] == []


def test_a_reference_that_a_rule_names_is_not_emptied_with_its_target() -> None:
    requirements = load_requirements(EXAMPLE)
    actions = {key.name: key.on_delete for _, key in design(requirements).foreign_keys()}
    before = {key.name: key.on_delete for _, key in _without_rules(requirements).foreign_keys()}

    assert before["documents_owner_fkey"] == "set-null"
    assert actions["documents_owner_fkey"] == actions["documents_visit_fkey"] == "restrict"


def test_a_rule_without_a_mechanism_says_what_must_enforce_it() -> None:
    text = BASE + "  - {id: rising, form: increasing, of: visit.fee, per: [owner], because: x}\n"
    text += (
        "  - {id: firm_pays, form: frozen, what: visit, once: [{left: owner.kind, op: is, right: firm}], because: y}\n"
    )
    text += "  - {id: soon, form: holds, of: visit, that: [{left: ends_on, op: after, right: now}], because: z}\n"
    states = rule_states(design(load_requirements(text)), [])

    assert [one.state for one in states] == ["not enforced"] * 3
    assert "with a row locked that all such transactions share" in states[0].why
    assert "`owner.kind` is a column of another table" in states[1].why
    assert "when time passes" in states[2].why
    assert state_counts(states) == "3 not enforced (rising, firm_pays, soon)"


# -- proofs ----------------------------------------------------------------------------------------------------------


def _proved(requirements: Requirements, engine: Engine, edit: Callable[[str], str] = str) -> tuple[Evidence, ...]:
    schema = design(requirements)
    ddl = render(schema, engine.traits)
    edited = Ddl(edit(ddl.up), ddl.down)
    name = engine.traits.name
    return prove(schema, {name: edited}, {name: engine}, proofs=proofs_by_name(PROOFS))


def test_the_rules_of_the_page_are_enforced(engine: Engine) -> None:
    requirements = load_requirements(EXAMPLE)
    states = rule_states(design(requirements), _proved(requirements, engine))

    assert [(one.id, one.state) for one in states] == [(rule.id, "enforced") for rule in requirements.rules], states
    assert "interleavings" in states[0].why
    assert table_of(states).count("\n") == 5


def test_a_rule_that_a_key_enforces_anyway_is_enforced(sqlite: Engine) -> None:
    text = BASE.replace("type: email}", "type: email, unique: true}").replace("Emails may repeat. ", "")
    requirements = load_requirements(f"{text}  - {{id: once, form: only-one, of: owner, per: [email], because: x}}\n")
    (state,) = rule_states(design(requirements), _proved(requirements, sqlite))

    assert state.state == "enforced", state.why


_LOOKS = """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.deleted_at IS NULL AND EXISTS (
    SELECT 1 FROM owners WHERE lower(email) = lower(NEW.email) AND id <> NEW.id AND deleted_at IS NULL
  ) THEN RAISE EXCEPTION 'twice' USING ERRCODE = '23505'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE INSERT OR UPDATE ON owners FOR EACH ROW EXECUTE FUNCTION look();
"""


def test_a_trigger_that_only_looks_is_refuted_by_two_transactions(postgresql: Engine) -> None:
    def with_trigger(script: str) -> str:
        return re.sub(r"CREATE UNIQUE INDEX owners_email_once_key.*?;", "", script) + _LOOKS

    requirements = load_requirements(EXAMPLE)
    evidence = _proved(requirements, postgresql, with_trigger)
    (only_one,) = (one for one in evidence if one.proof == "only-one")

    assert only_one.state == "refuted"
    assert "broken after two transactions" in only_one.reason
    assert "accepted" not in only_one.reason  # with one connection it looks right
    states = {one.id: one.state for one in rule_states(design(requirements), evidence)}
    assert states["email_once"] == "refuted"
    assert states["ends_after_start"] == "enforced"


@pytest.mark.parametrize("number", ["exactly-one", "at-least-one", "at-most-one", "all-or-none"])
def test_every_number_of_values_is_enforced(sqlite: Engine, number: str) -> None:
    requirements = load_requirements(EXAMPLE.replace("number: exactly-one", f"number: {number}"))
    states = {one.id: one for one in rule_states(design(requirements), _proved(requirements, sqlite))}

    assert states["one_subject"].state == "enforced", states["one_subject"].why


@pytest.mark.parametrize("op", ["before", "not-after", "not-before", "is", "is-not"])
def test_every_comparison_of_two_columns_is_enforced(sqlite: Engine, op: str) -> None:
    requirements = load_requirements(EXAMPLE.replace("op: after", f"op: {op}"))
    states = {one.id: one for one in rule_states(design(requirements), _proved(requirements, sqlite))}

    assert states["ends_after_start"].state == "enforced", states["ends_after_start"].why


def test_the_example_is_consistent() -> None:
    assert check_consistency(load_requirements(EXAMPLE)) == ()


def test_a_session_tells_the_state_of_each_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.yaml").write_text(
        EXAMPLE + "  - {id: rising, form: increasing, of: visit.starts_on, per: [owner], because: x}\n",
        encoding="utf-8",
    )
    arguments = ["session", "--requirements", str(tmp_path / "requirements.yaml"), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", ["langgraph-dba", *arguments, "--engine", "sqlite"])

    with pytest.raises(SystemExit):
        main()

    assert "Rules      4 enforced, 1 not enforced (rising)\n" in capsys.readouterr().out
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| A visit ends after it starts | holds: ends_after_start | enforced | sqlite: " in report
    review = (tmp_path / "out" / "review.md").read_text(encoding="utf-8")
    assert "unenforced-rule: the database does not enforce 'x'" in review
