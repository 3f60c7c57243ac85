"""Every proof supports a sound design and refutes each of its planted defects; then how proofs are run."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import fake_distribution
import pytest
from proof_doubles import proof_double

import langgraph_dba.database.proofs as package
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import DEFAULT_ENGINES, ENGINES, Engine, Traits, engines_for, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import PROOFS, Proof, Subject, list_proofs, proof_name, proofs_by_name, prove
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.runner import registry
from langgraph_dba.database.proofs.runner.documentation import render_proofs
from langgraph_dba.database.proofs.runner.proof_check import ProofCheck, check_proofs
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import DbaError, EngineFailed, EngineUnavailable, InputError
from langgraph_dba.evidence import CheckResult, Evidence

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# Planting every defect takes minutes on servers: there it runs with the heavy tests.
ON_SERVERS = [pytest.param(name, marks=pytest.mark.heavy) for name in ("postgresql", "mariadb")]


def _run(schema: Schema, ddl: Ddl, engine: Engine, *names: str) -> dict[str, Evidence]:
    evidence = prove(schema, {engine.traits.name: ddl}, {engine.traits.name: engine}, proofs=proofs_by_name(names))
    return {one.proof: one for one in evidence}


# -- every proof can fail, and supports the sound specimen ----------------------------------------------------------


@pytest.mark.parametrize("proof", PROOFS, ids=proof_name)
def test_a_proof_supports_the_sound_specimen_and_refutes_a_planted_defect(engine: Engine, proof: Proof) -> None:
    _assert_no_failure(check_proofs([proof], engine, defects=1))


@pytest.mark.heavy
@pytest.mark.parametrize("proof", PROOFS, ids=proof_name)
def test_a_proof_refutes_every_planted_defect(engine: Engine, proof: Proof) -> None:
    _assert_no_failure(check_proofs([proof], engine))


def _assert_no_failure(checks: Sequence[ProofCheck]) -> None:
    assert [f"{check.proof}: {check.wrong}" for check in checks if check.wrong] == []
    assert len(checks) > 1 or not checks, "no defect exists here: the proof cannot fail on this engine"


def test_a_proof_that_misses_its_defect_is_reported(sqlite: Engine) -> None:
    """The check of proofs can fail: a proof that finds nothing, one with another reason, one that always refutes."""
    leftover = "\nCREATE TABLE leftover (id INTEGER);"
    defect = Defect("a table is left behind", "leftover", up=lambda text: text + leftover)
    blind, inexact, constant = (
        proof_double(name, _always(CheckResult(failures, "fine", {})), defect)
        for name, failures in (("blind", ()), ("inexact", ("something else",)), ("constant", ("leftover",)))
    )

    wrong = {check.proof: check.wrong for check in check_proofs([blind, inexact, constant], sqlite) if check.wrong}

    assert "misses 'a table is left behind'" in wrong["blind"]
    assert "for another reason" in wrong["inexact"]
    assert "refuted on a sound schema" in wrong["constant"]


def _always(result: CheckResult) -> Callable[[Subject], CheckResult]:
    return lambda _: result


def test_a_defect_that_changes_nothing_is_an_error(sqlite: Engine, schema: Schema) -> None:
    with pytest.raises(DbaError, match="was not planted on SQLite"):
        Defect("nothing", "", up=lambda text: text.replace("no such words", "")).plant(schema, sqlite)


# No other proof refutes these, except the one that sees every difference between statements and declaration.
README_DEFECTS = {
    "relationships": ("a foreign key lacks the tenant column", "the key of an association lacks a column"),
    "foreign-keys-indexed": ("the index of a foreign key is missing",),
}


@pytest.mark.parametrize("engine", ["sqlite", *ON_SERVERS], indirect=True)
@pytest.mark.parametrize("proof", README_DEFECTS)
def test_a_defect_of_the_readme_is_refuted_by_one_proof_only(engine: Engine, schema: Schema, proof: str) -> None:
    for defect in proofs_by_name([proof])[0].DEFECTS:
        if defect.name in README_DEFECTS[proof] and defect.exists(engine.traits):
            subject = defect.plant(schema, engine)
            evidence = _run(subject.schema, subject.ddl, engine)
            refuted = [name for name, one in evidence.items() if one.state == "refuted"]
            assert refuted == ["catalogue-as-declared", proof]


# -- how proofs are run -----------------------------------------------------------------------------------------------


def test_a_receipt_names_the_subject_and_the_command_to_repeat_the_check(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    first = _run(schema, ddl["sqlite"], sqlite, "relationships")["relationships"].receipt
    edited = Ddl(ddl["sqlite"].up + "-- x", ddl["sqlite"].down)
    other = _run(schema, edited, sqlite, "relationships")["relationships"].receipt

    assert first.version == sqlite.version()
    assert first.again == "langgraph-dba prove . --claim relationships --engine sqlite"
    assert first.numbers
    assert first.subject != other.subject


def test_a_missing_trait_is_not_run_and_reports_its_fallback(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    one = _run(schema, ddl["sqlite"], sqlite, "tenant-isolation")["tenant-isolation"]

    assert (one.state, one.reason.split(" (")[0]) == ("not run", "SQLite has no row-level security")
    assert "every user of the file" in one.reason


def test_a_cycle_of_optional_foreign_keys_is_proved(engine: Engine) -> None:
    """In the sample such a foreign key is NULL, because its target has no row yet: proofs must not depend on it."""
    entities = [{"name": name, "attributes": [{"name": "name"}]} for name in ("department", "employee")]
    links = [
        {"from": "employee", "to": "department"},
        {"from": "department", "to": "employee", "name": "head", "required": False},
    ]
    cyclic = design(Requirements.model_validate({"title": "T", "entities": entities, "relationships": links}))

    evidence = _run(cyclic, render(cyclic, engine.traits), engine)

    assert not [one for one in evidence.values() if one.state == "refuted"]


def test_statements_that_do_not_run_refute_one_proof_and_leave_the_rest_not_run(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    statements = ddl[engine.traits.name]
    broken = Ddl(statements.up.replace("(tenant_id, id)", "(tenant_id, it)"), statements.down)

    states = {name: one.state for name, one in _run(schema, broken, engine).items()}

    assert states.pop("up-down-up") == "refuted"
    assert set(states.values()) == {"not run"}


def test_an_unavailable_engine_is_not_run_with_its_reason(schema: Schema, ddl: dict[str, Ddl]) -> None:
    evidence = prove(schema, ddl, {"postgresql": EngineUnavailable("install it")})

    assert {one.state for one in evidence} == {"not run"}
    assert {one.reason for one in evidence} == {"install it"}


def test_independent_proofs_run_side_by_side(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    """Each waits for the other at a barrier, which fails if they run one after the other."""
    barrier = threading.Barrier(2, timeout=20)

    def run(_: Subject) -> CheckResult:
        barrier.wait()
        return CheckResult((), "met", {})

    evidence = prove(schema, ddl, {"sqlite": sqlite}, proofs=[proof_double("one", run), proof_double("two", run)])

    assert [(one.proof, one.reason) for one in evidence] == [("one", "met"), ("two", "met")]


def test_a_time_budget_ends_running_and_waiting_proofs(engine: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    def endless(subject: Subject) -> CheckResult:
        with subject.scratch("") as scratch, scratch.connect() as connection:
            connection.run("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n")
        return CheckResult((), "never", {})

    proofs = [proof_double(f"endless_{number}", endless) for number in range(6)]

    started = time.monotonic()
    evidence = prove(schema, {engine.traits.name: ddl[engine.traits.name]}, {engine.traits.name: engine}, proofs=proofs,
                  budget_s=1.0)  # fmt: skip

    assert [(one.state, one.reason.split(":")[0]) for one in evidence] == [("not run", "over budget")] * 6
    assert time.monotonic() - started < 60, "a statement ran on long after the end of the budget"


def test_evidence_from_before_the_end_of_the_budget_is_returned(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    def slow(_: Subject) -> CheckResult:
        time.sleep(0.6)
        return CheckResult((), "done", {})

    proofs = [proof_double(f"slow_{number}", slow) for number in range(6)]
    evidence = prove(schema, ddl, {"sqlite": sqlite}, proofs=proofs, budget_s=0.5)

    assert [one.state for one in evidence] == ["supported"] * 4 + ["not run"] * 2


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
    assert [one["name"] for one in list_proofs()] == [proof_name(proof) for proof in PROOFS]
    assert [proof_name(proof) for proof in proofs_by_name(["normal-form"])] == ["normal-form"]
    with pytest.raises(InputError, match="there is no proof 'nothing'"):
        proofs_by_name(["nothing"])


@pytest.mark.server
def test_engines_that_come_with_packages_are_the_default() -> None:
    assert set(engines_for(DEFAULT_ENGINES)) == {"sqlite", "postgresql"}


PROOF = '''"""A schema has tables."""

from langgraph_dba.evidence import CheckResult

CLAIM, CAPABILITY, NEEDS, DEFECTS = "it is so", "none", (), ()


def obstacle(subject):
    return ""


def run(subject):
    return CheckResult((), "none", {"tables": len(subject.schema.tables)})
'''


@pytest.fixture
def fresh_proofs(fresh_plugins: None) -> Iterator[None]:
    """Clear the cached registry before and after a test with fake distributions."""
    del fresh_plugins  # requested for its effect
    registry.all_proofs.cache_clear()
    yield
    registry.all_proofs.cache_clear()


@pytest.mark.usefixtures("fresh_proofs")
def test_another_package_adds_a_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    fake_distribution.install(tmp_path, monkeypatch, registry.GROUP, {"has_tables": PROOF})

    assert _run(schema, ddl["sqlite"], sqlite, "has-tables")["has-tables"].state == "supported"
    assert list_proofs()[-1]["name"] == "has-tables"


@pytest.mark.usefixtures("fresh_proofs")
def test_a_proof_of_another_package_that_raises_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    source = PROOF.replace("    return CheckResult((), ", "    raise RuntimeError('boom')\n    return CheckResult((), ")
    fake_distribution.install(tmp_path, monkeypatch, registry.GROUP, {"raising": source})

    evidence = prove(
        schema, {"sqlite": ddl["sqlite"]}, {"sqlite": sqlite}, proofs=proofs_by_name(["raising", "up-down-up"])
    )

    assert [one.state for one in evidence] == ["supported", "not run"]
    assert evidence[1].reason == "the proof raised RuntimeError: boom"


def test_a_proof_without_a_defect_is_wrong(sqlite: Engine) -> None:
    (check,) = check_proofs([proof_double("blind", _always(CheckResult((), "fine")))], sqlite)

    assert "nothing shows that it can fail" in check.wrong


@pytest.mark.usefixtures("fresh_proofs")
@pytest.mark.parametrize(
    ("module", "source", "reason"),
    [
        ("half", '"""No parts."""', "lacks CLAIM, CAPABILITY, NEEDS, DEFECTS, obstacle, run"),
        ("normal_form", PROOF, "has the name normal-form, which exists"),
        ("broken", "import nowhere", "cannot be imported"),
    ],
)
def test_a_proof_of_another_package_needs_all_parts_and_a_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, source: str, reason: str
) -> None:
    fake_distribution.install(tmp_path, monkeypatch, registry.GROUP, {module: source})

    with pytest.raises(InputError, match=rf"the proof {module} \(somebodys\.{module} of somebodys\) {reason}"):
        proofs_by_name([])


def test_the_documentation_of_proofs_is_current() -> None:
    """`python -m langgraph_dba.database.proofs.runner.documentation > docs/proofs.md` writes it."""
    assert (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8") == render_proofs()


def test_with_reuse_a_proof_runs_once_on_the_same_statements(
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


def test_not_run_is_never_reused(sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    def run(_: Subject) -> CheckResult:
        raise EngineFailed("the disk is full")

    failing, working = proof_double("at_first", run), proof_double("at_first", _always(CheckResult((), "fine")))
    first, again = (
        prove(schema, ddl, {"sqlite": sqlite}, proofs=[proof], reuse=True)[0] for proof in (failing, working)
    )

    assert (first.state, again.state) == ("not run", "supported")
