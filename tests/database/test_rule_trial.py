"""The trial of a business rule accepts the mechanisms that hold and refutes those that only look right.

The files in `rule_mechanisms` were each executed beforehand with one and with two connections: `good` held in every
order, `naive` was seen to break, the others hold at some isolation levels only.
"""

from collections.abc import Mapping

import pytest
from rule_mechanisms import FOLDER, read

from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.proofs.kit.interleavings import Race
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases, try_rule

# good ones in which the trial finds a fault
WEAK: Mapping[str, str] = {
    "unique_ci.sqlite.good_nocase": "accepted: INSERT INTO u VALUES(10,1,'ÉLISE@x.org')",  # NOCASE knows ASCII only
    "unique_ci.postgresql.good_lower": "accepted: INSERT INTO u VALUES(10,1,'ÉLISE@x.org')",  # so does lower() under C
    "append_only.mariadb.good_but_truncate": "accepted: TRUNCATE log",  # no trigger can refuse it
    "keep_at_least.mariadb.good_but_truncate": "accepted: TRUNCATE inv",
    # a vote that was first is one of the time before the end: a count of the rows cannot tell
    "before_deadline.postgresql.good_lock": "exchanged",
    "before_deadline.mariadb.good_lock": "exchanged",
}
# naive ones that hold here
HOLDS: Mapping[str, str] = {
    "balance_never_negative.postgresql.naive_unordered_deadlock": "one of the two is refused by a deadlock",
    "at_most_one_where.mariadb.naive_locking_read": "the query of the trigger takes locks",
    "gapless_number.mariadb.naive_max_plus_1": "the query of the trigger takes locks",
    "no_cycle.mariadb.naive_walk": "the query of the trigger takes locks",
    "idempotency_key.mariadb.naive_default_collation": "the collation of a private server is exact",
    "one_of_exactly.mariadb.naive_check_ci": "the collation of a private server is exact",
}
# an engine, or a build of it, does not create them
REFUSED: Mapping[str, str] = {
    "compare_with_parent.mariadb.good_copied_fk": "cannot be used in the CHECK clause",
    "different_actor.mariadb.good_copied_fk": "cannot be used in the CHECK clause",
    "exactly_one_of.mariadb.naive_set_null": "cannot be used in the CHECK clause",
    "no_cycle.mariadb.depth_fk_cascade": "cannot be used in the GENERATED ALWAYS AS clause",
    "unique_ci.postgresql.good_icu": "ICU is not supported in this build",
}
NAMES = sorted(path.name.removesuffix(".sql") for path in FOLDER.glob("*.sql"))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.partition(".")[2].startswith("postgresql18")])
def test_a_mechanism_is_judged_as_it_was_executed(name: str, request: pytest.FixtureRequest) -> None:
    _judged(name, request)


@pytest.mark.parametrize("name", [name for name in NAMES if name.partition(".")[2].startswith("postgresql18")])
def test_a_mechanism_of_periods_is_judged_as_it_was_executed(name: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue("postgresql")
    if int(engine.version().split(".")[0]) < 18:
        pytest.skip("keys over periods need PostgreSQL 18")
    _judged(name, request)


def _judged(name: str, request: pytest.FixtureRequest) -> None:
    mechanism = read(FOLDER / f"{name}.sql")
    engine: Engine = request.getfixturevalue(mechanism.engine)
    kind = name.rpartition(".")[2].partition("_")[0]
    outcome, refusal = None, ""
    try:
        outcome = try_rule(lambda: mechanism.fresh(engine), mechanism.cases, engine.traits)
    except Rejected as error:
        refusal = str(error)
    if outcome is None:
        assert name in REFUSED, refusal
        assert REFUSED[name] in refusal
        return

    levels = len(engine.traits.sql_templates.transactions)
    assert outcome.untried == []
    assert len(outcome.interleavings) == 4 * levels * len(mechanism.cases.races)
    if name in WEAK:  # lower() depends on the locale of the server
        assert outcome.failures or engine.traits.name == "postgresql"
        assert all(WEAK[name] in failure for failure in outcome.failures), outcome.failures
    elif kind == "good" or name in HOLDS:
        assert outcome.failures == []
        assert outcome.allowed == len(mechanism.cases.allowed)
        assert outcome.refused == len(mechanism.cases.violations)
    elif kind == "naive":
        assert outcome.failures


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_check_without_a_lock_breaks_only_between_two_connections(
    engine: str, request: pytest.FixtureRequest
) -> None:
    mechanism = read(FOLDER / f"at_most_one_where.{engine}.naive_trigger.sql")
    server: Engine = request.getfixturevalue(engine)

    outcome = try_rule(lambda: mechanism.fresh(server), mechanism.cases, server.traits)

    assert (outcome.allowed, outcome.refused) == (5, 3)
    assert all("broken after two transactions" in failure for failure in outcome.failures)
    assert {one.race for one in outcome.interleavings if one.broken} == {"ins/ins", "upd/upd"}


def test_a_waiting_transaction_is_seen_and_goes_on_after_the_other(engine: Engine) -> None:
    ddl = "CREATE TABLE one (id INTEGER PRIMARY KEY); CREATE TABLE two (id INTEGER PRIMARY KEY);"
    race = Race("the same key", ("INSERT INTO one VALUES (1)",), ("INSERT INTO one VALUES (1)",))
    cases = RuleCases((), (), (race,), "SELECT CASE WHEN count(*) > 1 THEN 1 ELSE 0 END FROM one")

    outcome = try_rule(lambda: engine.scratch(ddl), cases, engine.traits)

    assert outcome.failures == []
    assert all(len(one.refused) == 1 for one in outcome.interleavings)
    waits = bool(engine.traits.sql_templates.is_waiting)
    assert {one.waited for one in outcome.interleavings if one.order.startswith("both write")} == {waits}


def test_a_transaction_that_only_takes_long_is_undecided(postgresql: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_dba.database.proofs.kit.interleavings._PATIENCE_S", 0.3)
    race = Race("asleep", ("SELECT pg_sleep(1)",), ("SELECT 1",))

    cases = RuleCases((), (), (race,), "SELECT 0")
    outcome = try_rule(lambda: postgresql.scratch("SELECT 1"), cases, postgresql.traits)

    assert outcome.untried == ["asleep: a transaction neither ended nor waited for the other one"]


def test_races_that_nothing_would_judge_are_refused() -> None:
    with pytest.raises(ValueError, match="races need the query"):
        RuleCases((), (), (Race("both", ("SELECT 1",), ("SELECT 1",)),))
