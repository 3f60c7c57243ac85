"""Business rules about periods that must not overlap: mechanisms, what an engine lacks, rows, and races."""

import re
from pathlib import Path

import pytest

from langgraph_dba.agents.backend_specialist.equality import migration_equal, models_equal
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.code_reviewer.case import Case
from langgraph_dba.agents.code_reviewer.verdict import UNENFORCED, judge
from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.ddl.business_rules.registry import not_enforced_on
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import ENGINES, Connection, Engine, Rejected, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import RuleState, rule_states, state_counts
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import RequirementsError
from langgraph_dba.evidence import Evidence, EvidenceSet

PAGE = (Path(__file__).parents[2] / "docs" / "requirements.md").read_text(encoding="utf-8")
EXAMPLE = next(one for one in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "Hotel" in one)
BASE = """\
title: Offices
request: ""
entities:
  - name: desk
    attributes: [{name: name}]
  - name: booking
    attributes:
      - {name: starts_at, type: TYPE}
      - {name: ends_at, type: TYPE, required: REQUIRED}
      - {name: paid_from, type: date}
      - {name: paid_to, type: date}
relationships: [{from: booking, to: desk}]
rules:
  - {id: apart, form: no-overlap, of: booking, PER period: [starts_at, ends_at], because: one at a time}
"""


def _schema(*more: str, type_: str = "instant", per: str = "per: [desk],", required: str = "true") -> Schema:
    return design(load_requirements(_text(type_, per, required) + "".join(f"  - {rule}\n" for rule in more)))


def _text(type_: str = "date", per: str = "", required: str = "true") -> str:
    return BASE.replace("TYPE", type_).replace("PER", per).replace("REQUIRED", required)


def _proved(
    schema: Schema, engine: Engine, statements: Ddl | None = None, proofs: tuple[str, ...] = ("no-overlap",)
) -> list[Evidence]:
    name = engine.traits.name
    ddl = statements or render(schema, engine.traits)
    return list(prove(schema, {name: ddl}, {name: engine}, proofs=proofs_by_name(proofs)))


def _states(schema: Schema, evidence: list[Evidence]) -> dict[str, RuleState]:
    return {one.id: one for one in rule_states(schema, evidence)}


# -- mechanisms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "texts"),
    [
        (
            "postgresql",
            (
                "CREATE EXTENSION IF NOT EXISTS btree_gist;",
                "CONSTRAINT reservations_apart_check CHECK (starts_on < ends_on)",
                "gist (room_id WITH =, daterange(starts_on, ends_on, '[)') WITH &&) WHERE (status <> 'cancelled');",
                "CONSTRAINT rentals_one_renter_check CHECK (first_day <= last_day)",
                "EXCLUDE USING gist (car_id WITH =, daterange(first_day, last_day, '[]') WITH &&);",
            ),
        ),
        (
            "mariadb",
            (
                "apart_room_id_key BIGINT GENERATED ALWAYS AS (CASE WHEN status <> 'cancelled' THEN room_id END)",
                "ALTER TABLE reservations ADD PERIOD FOR starts_on_ends_on_period (starts_on, ends_on);",
                "UNIQUE (apart_room_id_key, starts_on_ends_on_period WITHOUT OVERLAPS);",
            ),
        ),
        (
            "sqlite",
            (
                "CREATE INDEX reservations_apart_excl ON reservations (room_id, starts_on);",
                "CREATE TRIGGER reservations_apart_insert BEFORE INSERT ON reservations",
                "CREATE TRIGGER reservations_apart_update BEFORE UPDATE ON reservations",
                "NEW.first_day <= (SELECT other.last_day FROM rentals AS other WHERE other.car_id = NEW.car_id",
            ),
        ),
    ],
)
def test_a_rule_becomes_what_the_engine_has_for_periods(engine: str, texts: tuple[str, ...]) -> None:
    script = render(design(load_requirements(EXAMPLE)), traits_of(engine)).up

    assert [text for text in texts if text not in script] == []


def test_the_index_of_the_triggers_replaces_that_of_the_foreign_key() -> None:
    script = render(design(load_requirements(EXAMPLE)), traits_of("sqlite")).up

    assert "reservations_room_idx" not in script
    assert "rentals_car_idx" not in script


def test_without_columns_no_extension_is_needed() -> None:
    script = render(_schema(per=""), traits_of("postgresql")).up

    assert "EXTENSION" not in script
    assert "EXCLUDE USING gist (tstzrange(starts_at, ends_at, '[)') WITH &&);" in script


def test_the_check_of_another_rule_is_enough() -> None:
    rule = "{id: later, form: holds, of: booking, that: [{left: ends_at, op: after, right: starts_at}], because: x}"
    script = render(_schema(rule), traits_of("postgresql")).up

    assert "bookings_later_check" in script
    assert "bookings_apart_check" not in script


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("gaps: forbidden,", "accepts a gap between two periods"),
        ("inside: [paid_from, paid_to],", "compares a period with that of another row"),
    ],
)
def test_what_no_engine_enforces_is_told(more: str, reason: str) -> None:
    (state,) = rule_states(_schema(per=f"per: [desk], {more}", type_="date"), [])

    assert state.state == "not enforced"
    assert reason in state.why
    assert "write a second rule without" in state.why


# -- engines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
def test_what_an_engine_lacks_has_a_reason(name: str) -> None:
    traits = traits_of(name)
    second = "{id: paid, form: no-overlap, of: booking, period: [paid_from, paid_to], because: x}"
    cases = [
        (_schema(per="last_included: true,"), "end before their last column"),
        (_schema(required="false"), "ends_at may be absent"),
        (_schema(second), "one period each"),
    ]
    lacks = [not_enforced_on(schema, schema.rules[-1], traits) for schema, _ in cases]

    if name == "mariadb":
        assert [bool(lack and text in lack.reason) for lack, (_, text) in zip(lacks, cases, strict=True)] == [True] * 3
    else:
        assert lacks == [None] * 3


def test_a_key_that_an_engine_cannot_hold_has_a_reason() -> None:
    page = "  - name: page\n    attributes: [{name: TYPE, type: TYPE}, {name: a, type: date}, {name: b, type: date}]\n"
    reasons = {}
    for type_ in ("json", "text"):
        text = _text().replace("relationships:", page.replace("TYPE", type_) + "relationships:")
        rule = f"  - {{id: once, form: no-overlap, of: page, per: [{type_}], period: [a, b], because: x}}\n"
        schema = design(load_requirements(text + rule))
        for name in ENGINES:
            lack = not_enforced_on(schema, schema.rules[-1], traits_of(name))
            reasons[type_, name] = lack.reason if lack else ""

    assert "documents" in reasons["json", "postgresql"]
    assert "documents" in reasons["json", "mariadb"]
    assert "longer than a key" in reasons["text", "mariadb"]
    assert [key for key, reason in reasons.items() if not reason] == [
        ("json", "sqlite"), ("text", "sqlite"), ("text", "postgresql"),
    ]  # fmt: skip


def test_a_period_needs_two_attributes() -> None:
    with pytest.raises(RequirementsError, match="'starts_at' is both its beginning and its end"):
        load_requirements(_text().replace(", ends_at]", ", starts_at]"))


def test_mysql_has_no_keys_without_overlaps() -> None:
    schema = _schema()
    lack = not_enforced_on(schema, schema.rules[0], traits_of("mariadb", "8.0.40"))

    assert lack is not None
    assert "no constraint that compares periods" in lack.reason


def test_the_rules_of_the_page_are_enforced_where_the_engine_can(engine: Engine) -> None:
    schema = design(load_requirements(EXAMPLE))
    states = _states(schema, _proved(schema, engine))

    assert states["apart"].state == "enforced", states["apart"].why
    expected = "not enforced" if engine.traits.name == "mariadb" else "enforced"
    assert states["one_renter"].state == expected, states["one_renter"].why


@pytest.mark.server
def test_a_rule_that_one_engine_cannot_enforce_is_partly_enforced(sqlite: Engine, mariadb: Engine) -> None:
    schema = design(load_requirements(EXAMPLE))
    evidence = [*_proved(schema, sqlite), *_proved(schema, mariadb)]
    states = rule_states(schema, evidence)

    assert state_counts(states) == "1 enforced, 1 partly enforced (one_renter)"
    assert "not enforced on mariadb: its periods end before their last column" in states[1].why
    assert "instead: store the first day after the period" in states[1].why
    verdict = judge(Case("", 1, schema, EvidenceSet(evidence)), threshold=90, rounds=1)
    assert [one.message.split(":")[0] for one in verdict.findings if one.rule == UNENFORCED] == [
        "mariadb does not enforce 'A car has one renter each day'"
    ]


@pytest.mark.parametrize(("type_", "per"), [("instant", ""), ("local-datetime", "per: [desk],")])
def test_moments_are_kept_apart_too(engine: Engine, type_: str, per: str) -> None:
    schema = _schema(type_=type_, per=per)
    state = _states(schema, _proved(schema, engine))["apart"]

    assert state.state == "enforced", state.why


def test_times_of_a_day_are_kept_apart_where_the_engine_can(engine: Engine) -> None:
    schema = _schema(type_="time", per="per: [desk],")
    state = _states(schema, _proved(schema, engine))["apart"]

    expected = "not enforced" if engine.traits.without_overlaps and not engine.traits.has("exclusion") else "enforced"
    assert state.state == expected, state.why
    if expected == "not enforced":
        assert "not of times of a day" in state.why


def test_every_claim_about_a_table_with_a_period_holds(engine: Engine) -> None:
    later = "{id: later, form: holds, of: booking, that: [{left: ends_at, op: after, right: starts_at}], because: x}"
    schema = _schema(later)
    proofs = ("catalogue-as-declared", "up-down-up", "relationships", "no-overlap", "row-conditions", "data-types")
    evidence = _proved(schema, engine, proofs=(*proofs, "needless-indexes", "foreign-keys-indexed"))

    assert [one.reason for one in evidence if one.state == "refuted"] == []
    assert {one.state for one in rule_states(schema, evidence)} == {"enforced"}


@pytest.mark.parametrize("where", ["", "where: [{left: paid_from, op: before, right: paid_to}],"])
def test_two_rules_about_one_period_are_both_enforced(engine: Engine, where: str) -> None:
    person = "relationships: [{from: booking, to: desk}, {from: booking, to: person}]"
    text = _text("instant", f"per: [desk], {where}").replace("relationships: [{from: booking, to: desk}]", person)
    text = text.replace("entities:\n", "entities:\n  - name: person\n    attributes: [{name: name}]\n")
    rule = "{id: alone, form: no-overlap, of: booking, per: [person], period: [starts_at, ends_at], because: x}"
    schema = design(load_requirements(f"{text}  - {rule}\n"))
    evidence = _proved(schema, engine, proofs=("no-overlap", "data-types", "relationships"))

    assert [one.reason for one in evidence if one.state == "refuted"] == []
    assert {one.state for one in rule_states(schema, evidence)} == {"enforced"}
    assert render(schema, engine.traits).up.count("CHECK (starts_at < ends_at)") == 1


_INSERT = (
    "INSERT INTO bookings (desk_id, starts_at, ends_at, paid_from, paid_to)"
    " VALUES (1, {}, {}, '2026-01-01', '2026-01-02')"
)


def _is_accepted(connection: Connection, start: str, end: str) -> bool:
    return not isinstance(connection.attempt((_INSERT.format(start, end), {})), Rejected)


@pytest.mark.parametrize("name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def test_a_period_without_an_end_has_no_bound(name: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue(name)
    schema = _schema(type_="date", required="false")
    with engine.scratch(render(schema, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        connection.run("INSERT INTO desks (id, name) VALUES (1, 'a')")
        connection.run(_INSERT.format("'2026-03-01'", "NULL"))

        assert _is_accepted(connection, "'2026-02-01'", "'2026-03-01'")
        assert not _is_accepted(connection, "'2030-02-01'", "'2030-03-01'")
        assert not _is_accepted(connection, "'2026-02-01'", "'2026-03-02'")


def test_ten_thousand_generated_rows_obey_the_rule(engine: Engine) -> None:
    schema = design(load_requirements(EXAMPLE))
    with engine.scratch(render(schema, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        rows = generate(connection, schema, engine.traits, Profile(rows=10_000))

    assert rows["reservations"] == rows["rentals"] == 10_000


def test_models_and_migration_carry_the_rule(engine: Engine) -> None:
    schema = design(load_requirements(EXAMPLE))
    ddl = render(schema, engine.traits)
    models = models_equal(schema, ddl, engine, render_models(schema, engine.traits))
    migration = migration_equal(schema, ddl, engine, render_migration(schema, engine.traits))

    assert (models.state, migration.state) == ("supported", "supported"), (models.reason, migration.reason)


_LOOKS = """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.status <> 'cancelled' AND EXISTS (
    SELECT 1 FROM reservations o WHERE o.room_id = NEW.room_id AND o.id <> NEW.id AND o.status <> 'cancelled'
    AND o.starts_on < NEW.ends_on AND NEW.starts_on < o.ends_on
  ) THEN RAISE EXCEPTION 'overlap' USING ERRCODE = '23P01'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE INSERT OR UPDATE ON reservations FOR EACH ROW EXECUTE FUNCTION look();
"""


@pytest.mark.server
def test_a_trigger_that_looks_beside_other_writers_is_refuted_by_two_transactions(postgresql: Engine) -> None:
    schema = design(load_requirements(EXAMPLE))
    ddl = render(schema, postgresql.traits)
    edited = re.sub(r"ALTER TABLE reservations ADD CONSTRAINT reservations_apart_excl.*?;", "", ddl.up) + _LOOKS
    (evidence,) = _proved(schema, postgresql, Ddl(edited, ddl.down))

    assert evidence.state == "refuted"
    assert "broken after two transactions" in evidence.reason
    assert "accepted" not in evidence.reason  # with one connection it looks right
    states = _states(schema, [evidence])
    assert (states["apart"].state, states["one_renter"].state) == ("refuted", "enforced")


def test_triggers_for_inserts_alone_are_refuted(sqlite: Engine) -> None:
    schema = design(load_requirements(EXAMPLE))
    ddl = render(schema, sqlite.traits)
    edited = re.sub(r"CREATE TRIGGER reservations_apart_update.*?END;", "", ddl.up)
    (evidence,) = _proved(schema, sqlite, Ddl(edited, ddl.down))

    assert evidence.state == "refuted"
    assert "accepted: UPDATE reservations SET" in evidence.reason
