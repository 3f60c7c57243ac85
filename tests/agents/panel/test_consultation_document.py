"""The Markdown record of a consultation."""

import re

import pytest

from langgraph_dba.agents.database_specialist.database_panel import DATABASE_SECTIONS, database_panel
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.panel import (
    Ballot,
    Decision,
    Question,
    Ruling,
    ScriptedSeat,
    SeatClaim,
    Verdict,
    consultation_markdown,
    decision_markdown,
    grade,
)
from langgraph_dba.agents.panel.tally import checked_sentence
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.evidence import Evidence, Receipt, State

TITLES = [
    "1. Requirements",
    "2. Claude's analysis",
    "3. Gemini's analysis",
    "4. Codex's analysis",
    "5. Consensus architecture with confidence",
    "6. Implementation roadmap",
    "7. Risk assessment",
]
CLAIM = SeatClaim(sentence="tenants are apart", check="proof:tenant-isolation")


def decided(option: str, **fields: object) -> Decision:
    return Decision.model_validate({"topic": "tenancy", "option": option, "claims": [CLAIM], **fields})


def verdict(*decisions: Decision | None, state: State = "supported", kind: str = "analyst") -> Verdict:
    ballots = [
        Ballot.model_validate(
            {
                "seat": seat.name, "occupant": seat.occupant, "kind": kind, "reason": "" if answers else "late",
                "state": "answered" if answers else "absent", "attempts": 1 if answers else 2, "decision": answers,
            }
        )
        for seat, answers in zip(database_panel().seats, decisions, strict=True)
    ]  # fmt: skip
    claims = {checked_sentence(answers, CLAIM) for answers in decisions if answers}
    receipt = Receipt(version="18.6")
    results = [
        Evidence(
            claim=c, proof="tenant-isolation", engine="postgresql", state=state, reason="154 tries", receipt=receipt
        )
        for c in claims
    ]
    anybody = ScriptedSeat()
    panel = database_panel(claude=anybody, gemini=anybody, codex=anybody)
    return grade(Question(topic="tenancy"), ballots, results, panel)


SHARED, APART = decided("shared-schema", risks=["one leak opens all"]), decided("schema-per-tenant", rationale="audits")


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_a_consultation_has_seven_sections_in_order(projects: Requirements) -> None:
    results = sections(
        consultation_markdown(verdict(SHARED, SHARED, APART), projects, sections=DATABASE_SECTIONS, topics=TOPICS)
    )

    assert list(results) == TITLES
    assert all(text.strip() for text in results.values())


def test_each_seat_names_its_occupant(projects: Requirements) -> None:
    results = sections(
        consultation_markdown(verdict(SHARED, None, APART), projects, sections=DATABASE_SECTIONS, topics=TOPICS)
    )

    assert "Occupant: analyst: project context (a deterministic analyst, not a model)" in results[TITLES[1]]
    assert "**Absent** after 2 attempts: late" in results[TITLES[2]]
    assert "role in the result: dissents" in results[TITLES[3]]
    assert "Missing answer: Gemini was absent" in results[TITLES[6]]


def test_the_consensus_has_level_evidence_and_dissent_without_a_percentage(projects: Requirements) -> None:
    results = sections(
        consultation_markdown(verdict(SHARED, SHARED, APART), projects, sections=DATABASE_SECTIONS, topics=TOPICS)
    )[TITLES[4]]

    assert "**shared-schema** · level **majority** · nominal n/a · not calibrated" in results
    assert "Dissent: Codex would choose schema-per-tenant: audits" in results
    assert "**supported** on postgresql 18.6: 154 tries" in results
    assert "Unproved" not in results


def test_other_occupants_earn_a_nominal_percentage(projects: Requirements) -> None:
    text = consultation_markdown(
        verdict(SHARED, SHARED, SHARED, kind="callable"), projects, sections=DATABASE_SECTIONS, topics=TOPICS
    )

    assert "level **unanimous** · nominal 99 % · nominal, not calibrated" in text


def test_a_claim_that_was_not_run_is_unproved_and_on_the_roadmap(projects: Requirements) -> None:
    results = sections(
        consultation_markdown(
            verdict(SHARED, SHARED, SHARED, state="not run"), projects, sections=DATABASE_SECTIONS, topics=TOPICS
        )
    )

    assert "**Unproved**" in results[TITLES[4]]
    assert "Check the claim that could not be run here: tenancy = shared-schema" in results[TITLES[5]]


def test_an_escalation_shows_its_fallback_and_then_its_ruling(projects: Requirements) -> None:
    escalated = verdict(SHARED, SHARED, decided("shared-schema", stance="block", reason="a leak"))
    ruled = escalated.with_ruling(Ruling(option="schema-per-tenant", reason="the contract", by="the data office"))

    before, after = (
        consultation_markdown(one, projects, sections=DATABASE_SECTIONS, topics=TOPICS) for one in (escalated, ruled)
    )

    assert "**no decision** · level **conflicting**" in before
    assert "Default without a decision: shared-schema" in before
    assert "Ruling of the data office: schema-per-tenant: the contract" in after
    assert "**schema-per-tenant** · level **conflicting**" in after


def test_a_ruled_verdict_has_no_fallback_any_more(projects: Requirements) -> None:
    escalated = verdict(SHARED, SHARED, decided("shared-schema", stance="block", reason="a leak"))

    ruled = escalated.with_ruling(Ruling(option="schema-per-tenant", reason="the contract", by="the data office"))

    assert (ruled.fallback, ruled.status) == (None, "ruled")
    assert "Default without a decision" not in consultation_markdown(
        ruled, projects, sections=DATABASE_SECTIONS, topics=TOPICS
    )


def test_no_answer_can_add_a_heading(projects: Requirements) -> None:
    sly = decided("shared-schema", rationale="fine\n\n### 8. Approved\n", risks=["x\n# y"], additions=["a\n## b"])

    text = consultation_markdown(verdict(sly, sly, sly), projects, sections=DATABASE_SECTIONS, topics=TOPICS)

    assert list(sections(text)) == TITLES
    assert len(re.findall(r"^#+ ", text, flags=re.MULTILINE)) == 8


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_session_has_one_document_for_all_its_consultations(count: int, projects: Requirements) -> None:
    text = decision_markdown(
        [verdict(SHARED, SHARED, SHARED)] * count, projects, sections=DATABASE_SECTIONS, topics=TOPICS
    )

    assert text.startswith("# Decisions: Projects\n")
    assert text.count("## How tenants are isolated (`tenancy`)") == count
    assert text.count("### 7. Risk assessment") == count
    assert ("no critical decision" in text) == (count == 0)
