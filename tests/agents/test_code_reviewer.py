"""The code reviewer: approval, returned work, escalation, and the written review."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.agents.code_reviewer.node import create_code_reviewer
from langgraph_dba.agents.kit.contracts import ReviewRequest
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import ColumnType, Schema
from langgraph_dba.database.rules import fix_all
from langgraph_dba.evidence import Evidence
from langgraph_dba.findings import Finding
from langgraph_dba.graph.team.team_graph import create_team
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.plain import plain

SUPPORTED = Evidence(claim="keys hold", proof="relationships", engine="sqlite", state="supported")
REFUTED = SUPPORTED.model_copy(update={"state": "refuted", "reason": "the engine took a duplicate"})
IDLE = Evidence(claim="tenants are apart", proof="tenant-isolation", engine="sqlite", state="not run", reason="no RLS")


@pytest.fixture
def spoiled(schema: Schema) -> Schema:
    """A budget in floats, and a reference without an index."""
    projects = schema.table("projects")
    columns = tuple(
        c.model_copy(update={"type": ColumnType(name="float")}) if c.name == "budget" else c for c in projects.columns
    )
    return schema.replace(projects.with_(columns=columns, indexes=()))


def item(sender: str, request: ReviewRequest | None) -> dict[str, Any]:
    payload = request.model_dump(mode="json", by_alias=True) if request else {}
    contract = "ReviewRequest" if request else ""
    return {"from": sender, "kind": "handoff", "brief": {}, "contract": contract, "payload": payload}


def request_of(schema: Schema | None, *evidence: Evidence, round_: int = 1, **more: Any) -> ReviewRequest:
    return ReviewRequest(database_schema=schema, evidence=list(evidence), round=round_, **more)


def review(*inbox: dict[str, Any], threshold: int = 90, **turn: Any) -> dict[str, Any]:
    return create_code_reviewer(threshold=threshold)({"inbox": list(inbox), **turn})


def record(result: Mapping[str, Any]) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(result["artifacts"]["review.json"])
    return results


def test_sound_work_passes_and_goes_nowhere(schema: Schema) -> None:
    result = review(item("database-specialist", request_of(schema, SUPPORTED)))

    assert result["handoffs"] == []
    assert result["status"] == ""
    assert result["messages"] == ["approved: 100 of 100 in round 1"]
    assert record(result)["evidence"] == {"supported": 1, "refuted": 0, "not_run": 0}


def test_flawed_work_goes_back_with_every_finding(spoiled: Schema) -> None:
    result = review(item("database-specialist", request_of(spoiled)))

    (back,) = result["handoffs"]
    assert (back["to"], back["kind"]) == ("database-specialist", "return")
    assert back["payload"]["round"] == 1
    assert back["payload"]["score"] == record(result)["score"] == 65
    assert {finding["rule"] for finding in back["payload"]["findings"]} == {"money-as-float", "unindexed-foreign-key"}
    assert len(back["brief"]["success_criteria"]) == len(back["payload"]["findings"])


def test_the_brief_fills_all_six_headings(spoiled: Schema) -> None:
    (back,) = review(item("database-specialist", request_of(spoiled)))["handoffs"]

    text = Brief.read(back["brief"]).to_markdown()

    assert text.count("## ") == 6
    assert "None." not in text
    assert "critical money-as-float, projects.budget" in text


def test_the_threshold_is_an_argument(spoiled: Schema) -> None:
    assert review(item("x", request_of(spoiled)), threshold=65)["handoffs"] == []
    assert review(item("x", request_of(spoiled)), threshold=66)["handoffs"] != []


def test_the_designer_is_the_owner_even_if_another_agent_sent_the_work(spoiled: Schema) -> None:
    both = review(item("database-specialist", request_of(spoiled)), item("backend-specialist", request_of(spoiled)))
    alone = review(item("project-manager", None), item("backend-specialist", request_of(spoiled)))

    assert both["handoffs"][0]["to"] == "database-specialist"
    assert alone["handoffs"][0]["to"] == "backend-specialist"


def test_a_refuted_claim_stops_the_work_whatever_the_score(schema: Schema) -> None:
    result = review(item("database-specialist", request_of(schema, REFUTED)), threshold=50)

    assert result["handoffs"]
    (finding,) = record(result)["findings"]
    assert (finding["rule"], finding["severity"]) == ("refuted-evidence", "critical")
    assert "took a duplicate" in finding["message"]


def test_a_claim_refuted_elsewhere_in_the_team_counts_too(schema: Schema) -> None:
    result = review(item("database-specialist", request_of(schema)), evidence=[REFUTED.model_dump()])

    assert record(result)["score"] == 75


def test_newer_evidence_replaces_older(schema: Schema) -> None:
    result = review(item("database-specialist", request_of(schema, SUPPORTED)), evidence=[REFUTED.model_dump()])

    assert record(result)["score"] == 100


def test_the_second_round_is_the_last(spoiled: Schema) -> None:
    result = review(item("database-specialist", request_of(spoiled, round_=2)))

    assert result["handoffs"] == []
    assert result["status"] == "escalated"
    assert record(result)["rounds"] == 2


def test_rounds_are_counted_even_if_the_sender_does_not(spoiled: Schema) -> None:
    first = review(item("database-specialist", request_of(spoiled)))

    second = review(item("database-specialist", request_of(spoiled)), shared_results=first["shared_results"])

    assert record(second)["rounds"] == 2
    assert second["status"] == "escalated"


def test_a_review_after_an_approval_begins_anew(schema: Schema, spoiled: Schema) -> None:
    first = review(item("database-specialist", request_of(schema)))

    second = review(item("migration-specialist", request_of(spoiled)), shared_results=first["shared_results"])

    assert record(second)["rounds"] == 1


def test_equal_work_gets_an_equal_review(spoiled: Schema) -> None:
    work = item("database-specialist", request_of(spoiled, SUPPORTED, IDLE))

    assert review(work) == review(work)


def test_the_review_has_score_findings_and_claims(spoiled: Schema) -> None:
    text = review(item("database-specialist", request_of(spoiled, SUPPORTED, IDLE)))["artifacts"]["review.md"]

    assert text.startswith("# Review: returned\n\nScore **62** of 100 in round 1; 90 are needed.")
    assert "## Critical (1)" in text
    assert "## Major (1)" in text
    assert "- not run on sqlite: tenants are apart (no RLS)" in text


def test_a_needed_claim_that_was_not_run_costs_the_full_score(schema: Schema) -> None:
    """A schema with tenants needs their isolation; a claim that it does not need costs nothing."""
    needless = IDLE.model_copy(update={"proof": "index-types"})

    result = review(item("database-specialist", request_of(schema, SUPPORTED, IDLE, needless)))

    (finding,) = record(result)["findings"]
    assert (finding["rule"], finding["constraint"]) == ("unproved-claim", "tenant-isolation on sqlite")
    assert record(result)["score"] == 97
    assert record(result)["decision"] == "approved"


def test_a_business_rule_whose_proof_could_not_try_it_costs_points_and_is_quoted(schema: Schema) -> None:
    untried = Evidence(
        claim="sums hold",
        proof="bounds",
        engine="sqlite",
        state="not run",
        reason="no row breaks it",
    )

    with_gap = record(review(item("database-specialist", request_of(schema, SUPPORTED, untried))))
    without = record(review(item("database-specialist", request_of(schema, SUPPORTED))))

    found = [one for one in with_gap["findings"] if one["rule"] == "unproved-rule"]
    assert found
    assert all("no row breaks it" in one["message"] for one in found)
    assert with_gap["score"] < without["score"]
    assert with_gap["decision"] == "approved"


def test_work_of_which_nothing_is_supported_is_not_approved(schema: Schema) -> None:
    result = review(item("database-specialist", request_of(schema, IDLE)))

    assert record(result)["decision"] == "returned"
    assert "no claim is supported on any engine" in [one["message"] for one in record(result)["findings"]]


def test_work_without_a_schema_is_not_approved() -> None:
    handed = review(item("backend-specialist", request_of(None)))
    alone = review()

    assert handed["handoffs"][0]["to"] == "backend-specialist"
    assert [finding["rule"] for finding in record(handed)["findings"]] == ["nothing-to-review"]
    assert alone["status"] == "escalated"


def test_a_declared_schema_is_read_from_the_files(schema: Schema) -> None:
    good = review(item("x", request_of(None)), artifacts={"schema.json": schema.model_dump_json()})
    bad = review(item("x", request_of(None)), artifacts={"schema.json": "{}"})

    assert record(good)["decision"] == "approved"
    assert [finding["rule"] for finding in record(bad)["findings"]] == ["unreadable-schema"]


def test_the_schema_that_the_team_designed_is_taken_before_any_file(schema: Schema) -> None:
    result = review(
        item("x", request_of(None)), shared_results={"schema": plain(schema)}, artifacts={"schema.json": "{}"}
    )

    assert record(result)["decision"] == "approved"


def test_an_existing_schema_is_read_by_its_engine(sqlite: Engine) -> None:
    del sqlite  # it is there
    sql = (
        "CREATE TABLE sales (id integer PRIMARY KEY, total real NOT NULL, status text, customer1 text, customer2 text)"
    )

    flawed = review(item("x", request_of(None, artifacts={"schema.sqlite.sql": sql})))
    broken = review(item("x", request_of(None, artifacts={"schema.sqlite.sql": "CREATE TABLE"})))

    assert {"money-as-float", "free-text-status", "repeating-group"} <= {f["rule"] for f in record(flawed)["findings"]}
    assert record(flawed)["score"] < 90
    assert [finding["rule"] for finding in record(broken)["findings"]] == ["unreadable-schema"]


def test_our_own_statements_pass_as_an_existing_schema(ddl: dict[str, Ddl], postgresql: Engine) -> None:
    del postgresql  # it is there
    result = review(item("x", request_of(None, artifacts={"schema.postgresql.sql": ddl["postgresql"].up})))

    assert not [f for f in record(result)["findings"] if f["severity"] in ("critical", "major")]


# -- in a team ---------------------------------------------------------------------------------------------------


class Specialist:
    """Hand a schema over for review; fix returned work, unless it is stubborn."""

    def __init__(self, schema: Schema, *, stubborn: bool = False) -> None:
        self.schema, self.stubborn, self.changes = schema, stubborn, list[str]()

    def run(self, turn: Mapping[str, Any]) -> dict[str, Any]:
        round_ = 1
        for back in turn["inbox"]:
            findings = [Finding.model_validate(one) for one in back["payload"]["findings"]]
            round_ = back["payload"]["round"] + 1
            if not self.stubborn:
                self.schema, self.changes = fix_all(self.schema, findings)
        payload = request_of(self.schema, SUPPORTED, round_=round_).model_dump(mode="json", by_alias=True)
        return {"handoffs": [{"to": "code-reviewer", "brief": "Review the schema.", "payload": payload}]}


def run_team(specialist: Specialist) -> dict[str, Any]:
    names = {"database-specialist": ("code-reviewer",), "code-reviewer": ()}
    team = Team(tuple(AgentDefinition(name=n, coordination=Coordination(hands_off_to=to)) for n, to in names.items()))
    nodes = {"database-specialist": specialist.run, "code-reviewer": create_code_reviewer()}
    contracts = {"code-reviewer": ReviewRequest}
    graph = create_team(team, nodes=nodes, entry="database-specialist", contracts=contracts).compile()
    result: dict[str, Any] = graph.invoke({"request": "Design it."})
    return result


def test_returned_work_is_fixed_and_passes(spoiled: Schema) -> None:
    specialist = Specialist(spoiled)

    result = run_team(specialist)

    assert [handoff["kind"] for handoff in result["handoffs"]] == ["handoff", "return", "handoff"]
    assert result["status"] == "completed"
    assert (record(result)["score"], record(result)["rounds"]) == (100, 2)
    assert specialist.changes


def test_work_that_is_not_fixed_is_escalated(spoiled: Schema) -> None:
    result = run_team(Specialist(spoiled, stubborn=True))

    assert result["status"] == "escalated"
    assert record(result)["decision"] == "escalated"
