"""Conditions that compare a row with the row that it refers to: what keeps the copy equal, and what writers must do."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from langgraph_dba.agents.backend_specialist.equality import migration_equal, models_equal
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.test_engineer.runs import red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.data.generator.profile import Profile
from langgraph_dba.database.data.generator.row_generation import generate
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Rejected, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import PROOFS, proofs_by_name, prove
from langgraph_dba.database.proofs.runner.rule_states import RuleState, rule_states
from langgraph_dba.database.requirements import load_requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.database.schema_design.er_diagram import to_mermaid

PAGE = (Path(__file__).parents[2] / "docs" / "requirements.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"^```yaml\n(title: Donations\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SCHEMA = design(load_requirements(EXAMPLE))
TENANTS = design(
    load_requirements("""\
title: Charities
tenancy: {model: shared-schema, entity: charity}
entities:
  - name: charity
    attributes: [{name: name}]
  - name: currency
    shared: true
    attributes: [{name: code, type: code, unique: true}, {name: places, type: integer, minimum: 0, maximum: 4}]
  - name: campaign
    attributes: [{name: name, unique: true}, {name: closes_on, type: date}]
  - name: donation
    attributes: [{name: given_on, type: date}, {name: digits, type: integer, minimum: 0}]
relationships:
  - {from: campaign, to: currency}
  - {from: donation, to: campaign, on_delete: cascade}
  - {from: donation, to: currency}
rules:
  - {id: in_time, form: holds, of: donation, that: [{left: given_on, op: not-after, right: campaign.closes_on}],
     because: x}
  - {id: one_currency, form: holds, of: donation, that: [{left: campaign.currency, op: is, right: currency}],
     because: x}
  - {id: few_digits, form: holds, of: donation, that: [{left: digits, op: at-most, right: currency.places}],
     because: x}
""")
)
BASE = """\
title: Shops
tenancy: {model: shared-schema, entity: shop}
entities:
  - name: shop
    attributes: [{name: limit_of_items, type: integer}]
  - name: customer
    attributes: [{name: note, type: text}, {name: banned_on, type: date, required: false}, {name: site, type: url}]
  - name: order
    attributes: [{name: placed_on, type: date}, {name: items, type: integer}, {name: link, type: url}]
  - name: parcel
    attributes: [{name: sent_on, type: date}]
relationships:
  - {from: order, to: customer}
  - {from: parcel, to: order}
  - {from: parcel, to: parcel, name: part_of, required: false}
rules:
"""


# -- the design ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "texts"),
    [
        (
            "postgresql",
            (
                "CHECK (given_on < campaign_closes_on)",
                "CHECK (NOT (amount > 1000) OR (campaign_status = 'open'))",
                "REFERENCES campaigns (id, closes_on, currency, status) ON DELETE RESTRICT ON UPDATE CASCADE",
                "UNIQUE (id, closes_on, currency, status)",
                "fill BEFORE INSERT OR UPDATE OF donor_id, donor_blocked ON donations FOR EACH ROW EXECUTE FUNCTION",
                "CHECK ((donor_id IS NULL AND donor_blocked IS NULL) OR (donor_id IS NOT NULL AND donor_blocked IS NOT",
            ),
        ),
        (
            "mariadb",
            (
                "REFERENCES campaigns (id, closes_on, currency, status) ON DELETE RESTRICT ON UPDATE RESTRICT",
                "CREATE TRIGGER donations_donor_blocked_fill_update BEFORE UPDATE ON donations FOR EACH ROW IF NOT (",
            ),
        ),
        ("sqlite", ("REFERENCES campaigns (id, closes_on, currency, status) ON DELETE RESTRICT ON UPDATE CASCADE",)),
    ],
)
def test_a_path_becomes_a_copy_with_a_foreign_key(engine: str, texts: tuple[str, ...]) -> None:
    script = render(SCHEMA, traits_of(engine)).up

    assert [text for text in texts if text not in script] == []
    assert ("CREATE TRIGGER" in script) == (engine != "sqlite")


def test_the_tenant_is_part_of_the_foreign_key() -> None:
    script = render(TENANTS, traits_of("postgresql")).up

    assert (
        "(charity_id, campaign_id, campaign_closes_on, campaign_currency_id) REFERENCES campaigns (charity_id,"
        in script
    )
    assert "FOREIGN KEY(currency_id, currency_places) REFERENCES currencies (id, places)" in script


def test_one_index_serves_both_foreign_keys_of_a_reference() -> None:
    indexes = {index.name: index.columns for index in SCHEMA.table("donations").indexes}

    assert indexes["donations_donor_idx"] == ("donor_id", "donor_blocked")
    assert "date campaign_closes_on" in to_mermaid(SCHEMA)


def test_a_reference_with_a_copy_is_not_emptied_with_its_target() -> None:
    actions = {key.name: key.on_delete for key in SCHEMA.table("donations").foreign_keys}

    assert actions["donations_donor_fkey"] == "restrict"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (
            "of: parcel, that: [{left: sent_on, op: after, right: order.customer.banned_on}]",
            "no mechanism follows more than one reference",
        ),
        (
            "of: order, that: [{left: placed_on, op: before, right: customer.banned_on}]",
            "is optional, and no foreign",
        ),
        ("of: order, that: [{left: link, op: is-not, right: customer.site}]", "is too long for a key"),
        ("of: order, that: [{left: items, op: at-most, right: shop.limit_of_items}]", "is a column of the tenant"),
        ("of: parcel, that: [{left: sent_on, op: is, right: part_of.sent_on}]", "another row of the same table"),
        ("of: parcel, form: only-one, per: [sent_on, order.placed_on]", "are columns of two tables"),
        ("of: parcel, form: no-overlap, period: [order.placed_on, sent_on]", "are columns of two rows"),
        (
            "of: parcel, form: count, per: [order], at_most: 2, where: [{left: order.items, op: more-than, right: 1}]",
            "counts all rows that refer to it, or none",
        ),
        ("of: parcel.order.items, form: total, per: [order], op: at-most, than: 9", "no mechanism adds it up"),
    ],
)
def test_what_no_copy_enforces_is_said(rule: str, reason: str) -> None:
    form = "" if "form:" in rule else "form: holds, "
    schema = design(load_requirements(f"{BASE}  - {{id: x, {form}{rule}, because: y}}\n"))
    (state,) = rule_states(schema, [])

    assert state.state == "not enforced"
    assert reason in state.why
    assert not any(table.copied_columns for table in schema.tables)


def test_the_key_of_the_other_row_needs_no_copy() -> None:
    rule = "of: parcel, that: [{left: order.id, op: more-than, right: 5}]"
    schema = design(load_requirements(f"{BASE}  - {{id: x, form: holds, {rule}, because: y}}\n"))

    assert "CHECK (order_id > 5)" in render(schema, traits_of("sqlite")).up


# -- what writers do -------------------------------------------------------------------------------------------------

_ROWS = """
INSERT INTO campaigns (id, closes_on, currency, status, created_at) VALUES
  (1, '2026-06-01', 'EUR', 'open', :now), (2, '2026-03-01', 'USD', 'closed', :now);
INSERT INTO donors (id, email, blocked, created_at) VALUES (1, 'a@b.c', false, :now), (2, 'd@b.c', true, :now);
"""
_GIVEN = "INSERT INTO donations (id, campaign_id, donor_id, given_on, currency, amount, created_at) VALUES ({}, :now)"


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_writer_need_not_know_the_copy(name: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue(name)
    now = "'2026-01-01 00:00:00'"
    with engine.scratch(render(SCHEMA, engine.traits).up) as scratch, scratch.connect() as connection:
        connection.script((_ROWS + _GIVEN.format("1, 1, 1, '2026-05-31', 'EUR', 5000")).replace(":now", now))
        steps = {
            "moved": "UPDATE donations SET campaign_id = 2, currency = 'USD', given_on = '2026-02-28', amount = 1",
            "of a blocked donor": "UPDATE donations SET donor_id = 2",
            "of no donor": "UPDATE donations SET donor_id = NULL",
            "forged": "UPDATE donations SET given_on = '2026-07-01', campaign_closes_on = '2027-01-01'",
            "overwritten": "UPDATE donations SET campaign_closes_on = '2027-01-01'",
            "closed earlier": "UPDATE campaigns SET closes_on = '2026-05-31' WHERE id = 1",
            "closed later": "UPDATE campaigns SET closes_on = '2026-07-01' WHERE id = 1",
            "unused": "UPDATE campaigns SET closes_on = '2026-01-01' WHERE id = 2",
        }
        refused = {what for what, sql in steps.items() if isinstance(connection.attempt((sql, {})), Rejected)}

    # MariaDB refuses each change of a campaign with donations
    later = {"closed later"} if name == "mariadb" else set()
    assert refused == {"of a blocked donor", "forged", "closed earlier", *later}


def test_the_models_write_the_copy_where_no_trigger_can(sqlite: Engine, tmp_path: Path) -> None:
    source = render_models(SCHEMA, sqlite.traits)
    models = ModuleType("models")
    exec(compile(source, "models.py", "exec"), models.__dict__)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'donations.db'}")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    models.create_all(engine)
    now = "2026-01-01T00:00:00.000Z"

    with Session(engine) as session:
        campaign = models.Campaign(closes_on="2026-06-01", currency="EUR", status="open", created_at=now)
        donation = models.Donation(campaign=campaign, given_on="2026-05-31", currency="EUR", amount=5, created_at=now)
        session.add(donation)
        session.commit()
        assert (donation.campaign_closes_on, donation.donor_blocked) == ("2026-06-01", None)

        campaign.closes_on, donation.given_on = "2026-07-01", "2026-06-30"
        session.commit()
        assert donation.campaign_closes_on == "2026-07-01"

        donation.given_on = "2026-07-01"
        with pytest.raises(sa.exc.IntegrityError, match="donations_in_time_check"):
            session.commit()


# -- proofs ----------------------------------------------------------------------------------------------------------


def _states(engine: Engine, edit: Callable[[str], str] = str) -> dict[str, RuleState]:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    edited = Ddl(edit(ddl.up), ddl.down)
    assert edit is str or edited.up != ddl.up
    evidence = prove(SCHEMA, {name: edited}, {name: engine}, proofs=proofs_by_name(("row-conditions",)))
    return {one.id: one for one in rule_states(SCHEMA, evidence)}


def test_the_rules_of_the_page_are_enforced(engine: Engine) -> None:
    states = _states(engine)

    assert {name: one.state for name, one in states.items()} == dict.fromkeys(states, "enforced"), states
    limits = {
        "postgresql": "interleavings",
        "mariadb": "what donations.campaign_closes_on repeats cannot change while a row refers to its row",
        "sqlite": "no trigger fills donations.campaign_closes_on: the application writes the copy",
    }
    assert limits[engine.traits.name] in states["in_time"].why


def test_rules_over_rows_of_tenants_are_enforced(engine: Engine) -> None:
    name = engine.traits.name
    proofs = proofs_by_name(("row-conditions", "tenant-isolation", "relationships", "catalogue-as-declared"))
    evidence = prove(TENANTS, {name: render(TENANTS, engine.traits)}, {name: engine}, proofs=proofs)

    assert [one.reason for one in evidence if one.state == "refuted"] == []
    assert {one.state for one in rule_states(TENANTS, evidence)} == {"enforced"}


def test_an_optional_attribute_that_must_be_present_is_enforced(engine: Engine) -> None:
    text = """\
title: Loans
entities:
  - name: application
    attributes: [{name: approved_on, type: date, required: false}]
  - name: loan
    attributes: [{name: paid_on, type: date}]
relationships: [{from: loan, to: application}]
rules:
  - {id: approved, form: holds, of: loan, because: x,
     that: [{attribute: application.approved_on, is: present},
            {left: paid_on, op: not-before, right: application.approved_on}]}
"""
    schema, name = design(load_requirements(text)), engine.traits.name
    proofs = proofs_by_name(("row-conditions", "relationships", "data-types"))
    evidence = prove(schema, {name: render(schema, engine.traits)}, {name: engine}, proofs=proofs)

    assert [one.reason for one in evidence if one.state == "refuted"] == []
    assert [(one.state, one.why) for one in rule_states(schema, evidence) if one.state != "enforced"] == []


def _without_key(script: str) -> str:
    return re.sub(r",\s*CONSTRAINT donations_campaign_fkey_copies FOREIGN KEY.*?(?=,\n|\n\))", "", script)


def _without_cascade(script: str) -> str:
    return script.replace(" ON UPDATE CASCADE", "")


def _without_check(script: str) -> str:
    return script.replace("CHECK (given_on < campaign_closes_on)", "CHECK (given_on IS NOT NULL)")


@pytest.mark.parametrize(
    ("edit", "failure"),
    [
        (_without_key, "accepted: "),
        (_without_cascade, "refused, although it is allowed: "),
        (_without_check, "accepted: "),
    ],
)
@pytest.mark.parametrize("name", ["sqlite", "postgresql", "mariadb"])
def test_a_planted_defect_refutes_the_rule(
    name: str, edit: Callable[[str], str], failure: str, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(name)
    if edit is _without_cascade and not engine.traits.checks_cascades:
        assert "ON UPDATE CASCADE" not in render(SCHEMA, engine.traits).up
        return
    states = _states(engine, edit)

    assert states["in_time"].state == "refuted"
    assert failure in states["in_time"].why
    assert states["welcome"].state == "enforced"


def test_a_missing_filling_trigger_refutes_the_rule(postgresql: Engine) -> None:
    states = _states(postgresql, lambda text: re.sub(r"CREATE TRIGGER donations_donor_blocked_fill .*?;", "", text))

    assert states["welcome"].state == "refuted"
    assert "refused, although it is allowed" in states["welcome"].why


_LOOKS = """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.given_on >= (SELECT closes_on FROM campaigns WHERE id = NEW.campaign_id)
    THEN RAISE EXCEPTION 'late' USING ERRCODE = '23514'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE INSERT OR UPDATE ON donations FOR EACH ROW EXECUTE FUNCTION look();
CREATE FUNCTION look_at_donations() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT 1 FROM donations WHERE campaign_id = NEW.id AND given_on >= NEW.closes_on)
    THEN RAISE EXCEPTION 'late' USING ERRCODE = '23514'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION look_at_donations();
"""


def test_triggers_that_look_at_both_tables_are_refuted_by_two_transactions(postgresql: Engine) -> None:
    def naive(script: str) -> str:
        return _without_check(_without_key(script)) + _LOOKS

    states = _states(postgresql, naive)

    assert states["in_time"].state == "refuted"
    assert "broken after two transactions" in states["in_time"].why
    assert "accepted" not in states["in_time"].why  # with one connection they look right


@pytest.mark.heavy
def test_every_other_proof_supports_them(engine: Engine) -> None:
    ddl, name = render(SCHEMA, engine.traits), engine.traits.name
    evidence = prove(SCHEMA, {name: ddl}, {name: engine}, proofs=PROOFS)

    assert [(one.proof, one.reason) for one in evidence if one.state == "refuted"] == []
    supported = {one.proof for one in evidence if one.state == "supported"}
    assert supported >= {"relationships", "catalogue-as-declared", "data-types", "foreign-keys-indexed", "up-down-up"}


# -- what is made of the schema --------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [SCHEMA, TENANTS], ids=["page", "tenants"])
def test_ten_thousand_generated_rows_obey_the_rules(engine: Engine, schema: Schema) -> None:
    with engine.scratch(render(schema, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        rows = generate(connection, schema, engine.traits, Profile(rows=10_000))

    assert rows["donations"] == 10_000


def test_models_and_migration_carry_the_rules(engine: Engine) -> None:
    ddl = render(SCHEMA, engine.traits)
    models = models_equal(SCHEMA, ddl, engine, render_models(SCHEMA, engine.traits))
    migration = migration_equal(SCHEMA, ddl, engine, render_migration(SCHEMA, engine.traits))

    assert (models.state, migration.state) == ("supported", "supported"), (models.reason, migration.reason)


def test_the_generated_suite_is_red_and_then_green(engine: Engine) -> None:
    found = red_then_green(SCHEMA, render(SCHEMA, engine.traits), engine, render_suite(SCHEMA, engine.traits))

    assert found.state == "supported", found.reason
