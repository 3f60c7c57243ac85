"""The output of the specialist: its files, and a typed handoff for each receiver."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from langgraph_dba.agents.database_specialist import AGENT
from langgraph_dba.agents.database_specialist.database_panel import DATABASE_SECTIONS
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage, TestRequest
from langgraph_dba.agents.panel.document import decision_markdown
from langgraph_dba.agents.panel.verdict import Verdict
from langgraph_dba.database import session_files
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import PROOFS
from langgraph_dba.database.requirements import Requirements, dump_requirements
from langgraph_dba.database.schema_design.er_diagram import to_mermaid
from langgraph_dba.evidence import Evidence, EvidenceSet
from langgraph_dba.findings import Finding
from langgraph_dba.findings.renderers import records
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.plain import plain


def files(
    requirements: Requirements,
    schema: Schema,
    ddl: Mapping[str, Ddl],
    verdicts: Sequence[Verdict],
) -> dict[str, str]:
    """Return the specialist's files by path."""
    return {
        session_files.REQUIREMENTS: dump_requirements(requirements),
        session_files.SCHEMA: session_files.schema_text(schema),
        session_files.DIAGRAM: to_mermaid(schema),
        session_files.DECISIONS: session_files.json_text(plain(verdicts)),
        session_files.DECISIONS_TEXT: decision_markdown(
            verdicts, requirements, sections=DATABASE_SECTIONS, topics=TOPICS
        ),
        **session_files.statement_files(ddl),
    }


def handoffs(
    requirements: Requirements,
    schema: Schema,
    ddl: Mapping[str, Ddl],
    evidence: Sequence[Evidence],
    *,
    round_: int,
    changes: Sequence[str],
    receivers: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return one handoff for each receiver that takes a contract of the specialist, in the order of the contracts.

    `receivers` maps an agent to the name of its contract. If no receiver takes one of the specialist's contracts, each
    gets a brief without a payload; the files are in the team's artifacts.
    """
    context = _context(schema, evidence, changes)
    # By contract and not by name: in a team with other names the specialist raised HandoffError.
    payloads = _payloads(requirements, schema, ddl, evidence, round_)
    handoffs: list[dict[str, Any]] = []
    for contract, (task, payload) in payloads.items():
        # As dependencies: a receiver named there never runs in the same wave, so that tests exist before the code.
        earlier = tuple(handoff["to"] for handoff in handoffs)
        names = [name for name, contract_name in receivers.items() if contract_name == contract.__name__]
        handoffs += [_handoff(name, task, context, payload, earlier) for name in names]
    return handoffs or [_handoff(name, "Continue with the proved schema.", context, None, ()) for name in receivers]


def existing_files(
    schema: Schema, ddl: Mapping[str, Ddl], findings: Sequence[Finding], notes: Sequence[str]
) -> dict[str, str]:
    """Return the files about a database that exists, by path."""
    return {
        session_files.SCHEMA: session_files.schema_text(schema),
        session_files.DIAGRAM: to_mermaid(schema),
        session_files.FINDINGS: session_files.json_text({"findings": records(findings), "notes": list(notes)}),
        **{session_files.statements_file(engine): statements.up for engine, statements in ddl.items()},
    }


def existing_handoffs(
    schema: Schema,
    ddl: Mapping[str, Ddl],
    findings: Sequence[Finding],
    evidence: Sequence[Evidence],
    *,
    context: str,
    receivers: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return a handoff with the findings to each receiver; without payload if its contract has no findings."""
    ups = {engine: statements.up for engine, statements in ddl.items()}
    review = ReviewRequest(database_schema=schema, artifacts=ups, evidence=list(evidence), findings=list(findings))
    package = SchemaPackage(
        database_schema=schema, engines=list(ups), ddl=ups, evidence=list(evidence), findings=list(findings)
    )
    # an agent without a contract takes any payload; one with a contract for something else gets the brief alone
    payloads = {"ReviewRequest": review, "SchemaPackage": package, "": {"findings": records(findings)}}
    task = "Continue with the database that exists: its findings come first."
    return [_handoff(name, task, context, payloads.get(contract), ()) for name, contract in receivers.items()]


def _payloads(
    requirements: Requirements,
    schema: Schema,
    ddl: Mapping[str, Ddl],
    evidence: Sequence[Evidence],
    round_: int,
) -> dict[type[BaseModel], tuple[str, BaseModel]]:
    """Return task and payload for each contract of the specialist, in the order of work."""
    ups, engines = {name: statements.up for name, statements in ddl.items()}, list(ddl)
    plain_requirements = plain(requirements)
    claims = [str(proof.CLAIM) for proof in PROOFS]
    test = TestRequest(database_schema=schema, engines=engines, ddl=ups, prove=claims, requirements=plain_requirements)
    package = SchemaPackage(
        database_schema=schema,
        engines=engines,
        ddl=ups,
        evidence=list(evidence),
        assumptions=list(requirements.assumptions),
        requirements=plain_requirements,
    )
    review = ReviewRequest(database_schema=schema, artifacts=ups, evidence=list(evidence), round=round_)
    return {
        TestRequest: ("Write a test for each rule of the schema.", test),
        SchemaPackage: ("Write models and a migration from the schema.", package),
        ReviewRequest: ("Review the schema.", review),
    }


def _context(schema: Schema, evidence: Sequence[Evidence], changes: Sequence[str]) -> str:
    changed = f" Since the last review: {' '.join(changes)}" if changes else ""
    return f"{schema.name}: {len(schema.tables)} tables; claims: {EvidenceSet(evidence).counts}.{changed}"


def _handoff(to: str, task: str, context: str, payload: object, after: tuple[str, ...]) -> dict[str, Any]:
    brief = Brief(
        context=context,
        vision_alignment="Everything in this handoff was run on a real engine.",
        specific_task=task,
        success_criteria=("Nothing contradicts the evidence.",),
        dependencies=(AGENT.name, *after),
        integration_points=(
            session_files.SCHEMA,
            session_files.statements_file("<engine>"),
            session_files.EVIDENCE,
        ),
    )
    return {"to": to, "brief": brief.model_dump(), "payload": plain(payload)}
