"""Every proof passes on a sound design and turns red for each defect it says it catches; then how proofs are run."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import fake_distribution
import pytest
from proof_doubles import proof_double

import langgraph_dba.database.proofs as package
from langgraph_dba.database.ddl.rendering import Ddl, render
from langgraph_dba.database.engines import DEFAULT_ENGINES, ENGINES, Engine, Traits, engines_for, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import PROOFS, Proof, Subject, catalogue, named, proof_name, prove
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.runner import registry
from langgraph_dba.database.proofs.runner.checking import Check, check_proofs
from langgraph_dba.database.proofs.runner.documentation import render_proofs
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import DbaError, EngineFailed, EngineUnavailable, InputError
from langgraph_dba.evidence import CheckResult, Evidence

ROOT = Path(__file__).parents[2]
# What takes minutes on servers is run with the heavy tests.
ON_SERVERS = [pytest.param(name, marks=pytest.mark.heavy) for name in ("postgresql", "mariadb")]


def _run(schema: Schema, ddl: Ddl, engine: Engine, *names: str) -> dict[str, Evidence]:
    found = prove(schema, {engine.traits.name: ddl}, {engine.traits.name: engine}, proofs=named(names))
    return {one.proof: one for one in found}


# -- every proof can fail, and passes where nothing is wrong ----------------------------------------------------------


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("proof", PROOFS, ids=proof_name)
def test_a_proof_supports_the_sound_specimen_and_refutes_a_planted_defect(engine: Engine, proof: Proof) -> None:
    _has_no_wrong(check_proofs([proof], engine, defects=1))


@pytest.mark.parametrize("engine", ["sqlite", *ON_SERVERS], indirect=True)
@pytest.mark.parametrize("proof", PROOFS, ids=proof_name)
def test_a_proof_refutes_every_planted_defect(engine: Engine, proof: Proof) -> None:
    _has_no_wrong(check_proofs([proof], engine))


def _has_no_wrong(checks: Sequence[Check]) -> None:
    assert [f"{check.proof}: {check.wrong}" for check in checks if check.wrong] == []
    assert len(checks) > 1 or not checks, "no defect exists here: the proof cannot fail on this engine"


def test_a_check_tells_a_proof_that_misses_its_defect(sqlite: Engine) -> None:
    """The meta-test itself can fail: a blind proof, one that is red for another reason, one that is always red."""
    leftover = "\nCREATE TABLE leftover (id INTEGER);"
    defect = Defect("a table is left behind", "leftover", up=lambda text: text + leftover)
    blind, confused, gloomy = (
        proof_double(name, _always(CheckResult(failures, "fine", {})), defect)
        for name, failures in (("blind", ()), ("confused", ("something else",)), ("gloomy", ("leftover",)))
    )

    wrong = {check.proof: check.wrong for check in check_proofs([blind, confused, gloomy], sqlite) if check.wrong}

    assert "misses 'a table is left behind'" in wrong["blind"]
    assert "for another reason" in wrong["confused"]
    assert "refuted on a sound schema" in wrong["gloomy"]


def _always(result: CheckResult) -> Callable[[Subject], CheckResult]:
    return lambda _: result


def test_a_defect_that_changes_nothing_is_an_error(sqlite: Engine, schema: Schema) -> None:
    with pytest.raises(DbaError, match="was not planted on SQLite"):
        Defect("nothing", "", up=lambda text: text.replace("no such words", "")).plant(schema, sqlite)


# The three that the README invites everybody to try: nothing else turns red.
INVITED = {
    "relationships": ("a reference lost its tenant", "a pair's key lost a side"),
    "foreign-keys-indexed": ("an index of a reference is gone",),
}


@pytest.mark.parametrize("engine", ["sqlite", *ON_SERVERS], indirect=True)
@pytest.mark.parametrize("proof", INVITED)
def test_an_invited_defect_turns_no_other_proof_red(engine: Engine, schema: Schema, proof: str) -> None:
    for defect in named([proof])[0].DEFECTS:
        if defect.name in INVITED[proof] and defect.exists(engine.traits):
            subject = defect.plant(schema, engine)
            found = _run(subject.schema, subject.ddl, engine)
            assert [name for name, one in found.items() if one.state == "refuted"] == [proof]


# -- how proofs are run -----------------------------------------------------------------------------------------------


def test_a_receipt_says_on_what_and_how_to_run_it_again(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    first = _run(schema, ddl["sqlite"], sqlite, "normal-form")["normal-form"].receipt
    edited = Ddl(ddl["sqlite"].up + "-- x", ddl["sqlite"].down)
    other = _run(schema, edited, sqlite, "normal-form")["normal-form"].receipt

    assert first.version == sqlite.version()
    assert first.again == "langgraph-dba prove . --claim normal-form --engine sqlite"
    assert first.numbers
    assert first.subject != other.subject


def test_what_an_engine_lacks_is_not_run_with_its_fallback(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    one = _run(schema, ddl["sqlite"], sqlite, "tenant-isolation")["tenant-isolation"]

    assert (one.state, one.reason.split(" (")[0]) == ("not run", "SQLite has no row-level security")
    assert "every user of the file" in one.reason


def test_a_circle_of_optional_references_is_proved_too(engine: Engine) -> None:
    """A row of the sample has none to refer to yet: the proofs must not depend on it."""
    entities = [{"name": name, "attributes": [{"name": "name"}]} for name in ("department", "employee")]
    links = [
        {"from": "employee", "to": "department"},
        {"from": "department", "to": "employee", "name": "head", "required": False},
    ]
    circle = design(Requirements.model_validate({"title": "T", "entities": entities, "relationships": links}))

    found = _run(circle, render(circle, engine.traits), engine)

    assert not [one for one in found.values() if one.state == "refuted"]


def test_statements_that_do_not_run_refute_one_proof_and_leave_the_rest_not_run(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    statements = ddl[engine.traits.name]
    broken = Ddl(statements.up.replace("(tenant_id, id)", "(tenant_id, it)"), statements.down)

    states = {name: one.state for name, one in _run(schema, broken, engine).items()}

    assert states.pop("up-down-up") == "refuted"
    assert set(states.values()) == {"not run"}


def test_an_engine_that_cannot_be_used_is_not_run_with_its_reason(schema: Schema, ddl: dict[str, Ddl]) -> None:
    found = prove(schema, ddl, {"postgresql": EngineUnavailable("install it")})

    assert {one.state for one in found} == {"not run"}
    assert {one.reason for one in found} == {"install it"}


def test_independent_proofs_run_side_by_side(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    """Both wait for each other: one after the other they would never meet."""
    meeting = threading.Barrier(2, timeout=20)

    def run(_: Subject) -> CheckResult:
        meeting.wait()
        return CheckResult((), "met", {})

    found = prove(schema, ddl, {"sqlite": sqlite}, proofs=[proof_double("one", run), proof_double("two", run)])

    assert [(one.proof, one.reason) for one in found] == [("one", "met"), ("two", "met")]


def test_a_time_budget_ends_what_runs_and_what_waits(engine: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    def endless(subject: Subject) -> CheckResult:
        with subject.scratch("") as scratch, scratch.connect() as connection:
            connection.run("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n")
        return CheckResult((), "never", {})

    proofs = [proof_double(f"endless_{number}", endless) for number in range(6)]

    started = time.monotonic()
    found = prove(schema, {engine.traits.name: ddl[engine.traits.name]}, {engine.traits.name: engine}, proofs=proofs,
                  budget_s=1.0)  # fmt: skip

    assert [(one.state, one.reason.split(":")[0]) for one in found] == [("not run", "over budget")] * 6
    assert time.monotonic() - started < 60, "a statement went on long after the budget had ended"


def test_a_budget_leaves_what_was_done_in_time(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    def slow(_: Subject) -> CheckResult:
        time.sleep(0.6)
        return CheckResult((), "done", {})

    proofs = [proof_double(f"slow_{number}", slow) for number in range(6)]
    found = prove(schema, ddl, {"sqlite": sqlite}, proofs=proofs, budget_s=0.5)

    assert [one.state for one in found] == ["supported"] * 4 + ["not run"] * 2


# -- the registry -----------------------------------------------------------------------------------------------------


def test_every_file_is_a_registered_and_documented_proof() -> None:
    files = {path.stem for path in Path(str(package.__file__)).parent.glob("*.py")} - {"__init__"}
    registered = {proof.__name__.rpartition(".")[2] for proof in PROOFS}

    assert files == registered
    assert all(proof.__doc__ and proof.CLAIM and proof.CAPABILITY and proof.DEFECTS for proof in PROOFS)
    known = {*Traits.__dataclass_fields__, *(feature for name in ENGINES for feature in traits_of(name).keeps)}
    assert all(set(proof.NEEDS) <= known for proof in PROOFS)
    assert all(set(defect.needs) <= known for proof in PROOFS for defect in proof.DEFECTS)


def test_proofs_are_listed_and_chosen_by_name() -> None:
    assert [one["name"] for one in catalogue()] == [proof_name(proof) for proof in PROOFS]
    assert [proof_name(proof) for proof in named(["normal-form"])] == ["normal-form"]
    with pytest.raises(InputError, match="there is no proof 'nothing'"):
        named(["nothing"])


@pytest.mark.server
def test_the_engines_that_packages_bring_are_tried_by_default() -> None:
    assert set(engines_for(DEFAULT_ENGINES)) == {"sqlite", "postgresql"}


PROOF = '''"""A schema without tables is nonsense."""

from langgraph_dba.evidence import CheckResult

CLAIM, CAPABILITY, NEEDS, DEFECTS = "it is so", "none", (), ()


def obstacle(subject):
    return ""


def run(subject):
    return CheckResult((), "none", {"tables": len(subject.schema.tables)})
'''


@pytest.fixture
def fresh_proofs(fresh_plugins: None) -> Iterator[None]:
    """Forget the proofs of fake distributions after a test."""
    del fresh_plugins  # it is enough that it runs
    registry.all_proofs.cache_clear()
    yield
    registry.all_proofs.cache_clear()


@pytest.mark.usefixtures("fresh_proofs")
def test_other_packages_bring_proofs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    fake_distribution.install(tmp_path, monkeypatch, registry.GROUP, {"no_nonsense": PROOF})

    assert _run(schema, ddl["sqlite"], sqlite, "no-nonsense")["no-nonsense"].state == "supported"
    assert catalogue()[-1]["name"] == "no-nonsense"


@pytest.mark.usefixtures("fresh_proofs")
@pytest.mark.parametrize(
    ("module", "source", "reason"),
    [
        ("half", '"""No parts."""', "lacks CLAIM, CAPABILITY, NEEDS, DEFECTS, obstacle, run"),
        ("normal_form", PROOF, "has the name normal-form, which exists"),
        ("broken", "import nowhere", "cannot be imported"),
    ],
)
def test_a_proof_of_another_package_must_be_whole_and_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, source: str, reason: str
) -> None:
    fake_distribution.install(tmp_path, monkeypatch, registry.GROUP, {module: source})

    with pytest.raises(InputError, match=rf"the proof {module} \(somebodys\.{module} of somebodys\) {reason}"):
        named([])


def test_the_page_about_proofs_is_made_from_the_registry() -> None:
    """`python -m langgraph_dba.database.proofs.runner.documentation > docs/proofs.md` writes it."""
    assert (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8") == render_proofs()


def test_a_proof_of_the_same_statements_is_run_once_if_asked(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    runs: list[str] = []

    def run(subject: Subject) -> CheckResult:
        runs.append(subject.digest)
        return CheckResult((), "fine")

    proofs = [proof_double("counted_runs", run)]
    edited = {"sqlite": Ddl(ddl["sqlite"].up + "-- edited", ddl["sqlite"].down)}
    first, again, other, fresh = (
        prove(schema, statements, {"sqlite": sqlite}, proofs=proofs, reuse=reuse)
        for statements, reuse in ((ddl, True), (ddl, True), (edited, True), (ddl, False))
    )

    assert first == again == fresh
    assert first != other
    assert len(runs) == 3


def test_a_proof_that_did_not_run_is_tried_again(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    def run(_: Subject) -> CheckResult:
        raise EngineFailed("the disk is full")

    failing, working = proof_double("at_first", run), proof_double("at_first", _always(CheckResult((), "fine")))
    first, again = (
        prove(schema, ddl, {"sqlite": sqlite}, proofs=[proof], reuse=True)[0] for proof in (failing, working)
    )

    assert (first.state, again.state) == ("not run", "supported")
