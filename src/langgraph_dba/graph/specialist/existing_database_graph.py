"""The specialist for a database that exists: it reads it, applies the rules, proves a copy, hands findings on."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from langgraph_dba.agents.database_specialist.package import existing_files, existing_handoffs
from langgraph_dba.agents.kit.payloads import receivers
from langgraph_dba.agents.kit.shared_results import CHANNEL
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import engines_for
from langgraph_dba.database.existing_database import read_existing
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import prove
from langgraph_dba.errors import DbaError
from langgraph_dba.evidence import Evidence, EvidenceSet
from langgraph_dba.findings import Finding, severity_counts
from langgraph_dba.graph.specialist.specialist_state import (
    PlainDict,
    SpecialistInput,
    SpecialistOutput,
    SpecialistState,
)
from langgraph_dba.graph.task_text import came_from_program
from langgraph_dba.handoffs.plain import plain, read_all


def create_existing_database_graph(source: str, *, name: str, trust_role: bool) -> StateGraph[Any, Any, Any, Any]:
    """Build the uncompiled graph that reviews `source`, a database URL or an SQL file; the database is only read."""
    steps = _Steps(source, name, trust_role=trust_role)
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(
        SpecialistState, input_schema=SpecialistInput, output_schema=SpecialistOutput
    )
    builder.add_node("read", steps.read)
    builder.add_node("prove", steps.prove)
    builder.add_node("document", steps.document)
    builder.add_edge(START, "read")
    builder.add_conditional_edges("read", lambda state: bool(state["schema"]), {True: "prove", False: END})
    builder.add_edge("prove", "document")
    builder.add_edge("document", END)
    return builder


class _Steps:
    """The nodes of the graph; each returns plain data only."""

    def __init__(self, source: str, name: str, *, trust_role: bool) -> None:
        self.source, self.name, self.trust_role = source, name, trust_role

    def read(self, state: SpecialistState) -> PlainDict:
        """Read the schema and apply the rules; in a conversation a database that cannot be read is an answer."""
        reset: PlainDict = {"evidence": [], "handoffs": [], "decisions": [], "findings": [], "artifacts": {}}
        try:
            database = read_existing(self.source, trust_role=self.trust_role)
        except DbaError as error:
            if came_from_program(state):
                raise
            text = f"I cannot read that database: {error}"
            answer = AIMessage(text, name=self.name)
            return {**reset, "schema": {}, "status": "stopped", "summary": text, "messages": [answer]}
        return {
            **reset,
            "schema": plain(database.schema),
            "statements": {engine: ddl.up for engine, ddl in database.ddl.items()},
            "findings": plain(database.findings()),
            "notes": [*map(str, database.skipped), *database.lost, *database.unreadable],
            "receivers": receivers(state),
        }

    def prove(self, state: SpecialistState) -> PlainDict:
        """Run every proof on a copy, and stream each result when it is there."""
        write = get_stream_writer()
        results = prove(
            Schema.model_validate(state["schema"]),
            _ddl(state),
            engines_for(tuple(state["statements"])),
            progress=lambda evidence: write({"evidence": plain(evidence)}),
        )
        return {"evidence": plain(results)}

    def document(self, state: SpecialistState) -> PlainDict:
        """Write the files and the handoffs."""
        schema, ddl = Schema.model_validate(state["schema"]), _ddl(state)
        findings, evidence = read_all(Finding, state["findings"]), read_all(Evidence, state["evidence"])
        summary = _summary(schema, findings, evidence, state["notes"])
        return {
            "artifacts": existing_files(schema, ddl, findings, state["notes"]),
            CHANNEL: {"schema": state["schema"]},
            "handoffs": existing_handoffs(
                schema, ddl, findings, evidence, context=summary, receivers=state["receivers"]
            ),
            "summary": summary,
            "status": "completed" if EvidenceSet(evidence).supported else "unproved",
            "messages": [AIMessage(summary, name=self.name)],
        }


def _ddl(state: SpecialistState) -> dict[str, Ddl]:
    return {engine: Ddl(up, "") for engine, up in state["statements"].items()}


def _summary(schema: Schema, findings: Sequence[Finding], evidence: Sequence[Evidence], notes: Sequence[str]) -> str:
    left_out = f"; {len(notes)} parts were not read or not copied" if notes else ""
    claims = EvidenceSet(evidence).counts
    counts = severity_counts(findings) or "none"
    return f"{len(schema.tables)} tables of {schema.name}; findings: {counts}; claims: {claims}{left_out}."
