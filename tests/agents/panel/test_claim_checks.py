"""Claims are checked on engines: they are supported, refuted, or not run with a reason."""

from typing import Any

import pytest

from langgraph_dba.agents.database_specialist.claim_checks import CHECKS, check_claims
from langgraph_dba.agents.panel import Ballot, Decision, SeatClaim
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import PROOFS, proof_name
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.evidence import Evidence


def ballot(topic: str, option: str, check: str, *, seat: str = "Claude", sentence: str = "it holds") -> Ballot:
    claims = (SeatClaim(sentence=sentence, check=check),)
    result = Decision(topic=topic, option=option, claims=claims)
    return Ballot(seat=seat, occupant="o", kind="scripted", state="answered", decision=result)


def plain(requirements: Requirements, **fields: Any) -> dict[str, Any]:
    return {**requirements.model_dump(mode="json", by_alias=True), **fields}


def check(requirements: dict[str, Any], engine: Engine | EngineUnavailable, *made: str) -> Evidence:
    name = "gone" if isinstance(engine, EngineUnavailable) else engine.traits.name
    (result,) = check_claims([ballot(*made)], requirements, {name: engine})
    return result


def test_every_proof_can_check_a_claim() -> None:
    assert {f"proof:{proof_name(proof)}" for proof in PROOFS} < set(CHECKS)


def test_every_access_is_searched_under_the_workloads_indexes(engine: Engine, projects: Requirements) -> None:
    result = check(plain(projects), engine, "index-design", "workload", "workload-search")

    assert (result.state, result.proof) == ("supported", "workload-search")
    assert result.claim == "index-design = workload: it holds"
    assert result.receipt.sql


def test_an_access_that_no_index_serves_refutes_the_claim(engine: Engine, projects: Requirements) -> None:
    access = {"name": "by_status", "entity": "task", "filter": ["status"]}

    result = check(plain(projects, workload=[access]), engine, "index-design", "foreign-keys", "workload-search")

    assert result.state == "refuted"
    assert result.reason.startswith("by_status reads tasks without an index: SELECT ")


def test_a_reference_without_an_index_refutes_the_claim(engine: Engine, projects: Requirements) -> None:
    links = plain(projects)["relationships"]
    bare = [{**link, "indexed": False} if link["name"] == "assignee" else link for link in links]
    questions = "index-design", "foreign-keys", "reference-search"

    assert check(plain(projects), engine, *questions).state == "supported"
    result = check(plain(projects, relationships=bare), engine, *questions)
    if engine.traits.name == "mariadb":  # InnoDB creates an index for every foreign key
        assert result.state == "supported"
    else:
        assert (result.state, result.reason) == ("refuted", "no index supports tasks_assignee_fkey")


def test_a_copy_of_the_tables_for_very_many_tenants_is_too_much(sqlite: Engine, projects: Requirements) -> None:
    questions = "tenancy", "schema-per-tenant", "catalogue-size"

    assert check(plain(projects, scale={"tenants": 10}), sqlite, *questions).state == "supported"
    refuted = check(plain(projects, scale={"tenants": 100_000}), sqlite, *questions)
    assert refuted.state == "refuted"
    assert refuted.receipt.numbers["tenants"] == 100_000


def test_isolation_is_proved_where_an_engine_keeps_it(
    sqlite: Engine, postgresql: Engine, projects: Requirements
) -> None:
    made = ballot("tenancy", "shared-schema", "proof:tenant-isolation")

    result = check_claims([made], plain(projects), {"sqlite": sqlite, "postgresql": postgresql})

    assert {item.engine: item.state for item in result} == {"sqlite": "not run", "postgresql": "supported"}
    assert {item.proof for item in result} == {"tenant-isolation"}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (("tenancy", "shared-schema", "crystal-ball"), "there is no check 'crystal-ball'"),
        (("tenancy", "other: files", "catalogue-size"), "there is no design for the option 'other: files'"),
        (("caching", "none", "workload-search"), "there is no design for the option 'none'"),
    ],
)
def test_a_claim_that_cannot_be_checked_is_not_run(
    made: tuple[str, str, str], reason: str, sqlite: Engine, projects: Requirements
) -> None:
    result = check(plain(projects), sqlite, *made)

    assert result.state == "not run"
    assert reason in result.reason


@pytest.mark.parametrize("name", ["workload-search", "reference-search", "catalogue-size"])
def test_without_an_engine_or_requirements_no_check_runs(name: str, sqlite: Engine, projects: Requirements) -> None:
    gone = check(plain(projects), EngineUnavailable("no engine here"), "index-design", "workload", name)
    unread = check({"title": "x"}, sqlite, "index-design", "workload", name)

    assert (gone.state, gone.reason) == ("not run", "no engine here")
    assert (unread.state, unread.reason[:29]) == ("not run", "the requirements are invalid:")


def test_an_engine_that_this_program_does_not_know_makes_claims_not_run(projects: Requirements) -> None:
    made = ballot("tenancy", "shared-schema", "proof:tenant-isolation")

    (result,) = check_claims([made], plain(projects), ["oracle"])

    assert (result.state, result.engine) == ("not run", "oracle")
    assert result.reason.startswith("there is no engine 'oracle' here")


def test_one_run_of_a_check_serves_all_equal_claims(projects: Requirements, sqlite: Engine) -> None:
    calls: list[int] = []

    def counted(*_: object) -> list[Evidence]:
        calls.append(1)
        return [Evidence(claim="", proof="", engine="sqlite", state="supported")]

    made = [
        ballot("tenancy", "shared-schema", "counted"),
        ballot("tenancy", "shared-schema", "counted", seat="Gemini", sentence="said otherwise"),
        ballot("tenancy", "schema-per-tenant", "counted", seat="Codex"),
    ]
    result = check_claims(made, plain(projects), {"sqlite": sqlite}, {"counted": counted})

    assert len(calls) == 2
    assert len(result) == 3
