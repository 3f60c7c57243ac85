"""The database specialist as a graph: intake, the panel for what is critical, design, proofs, documents, handoffs."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from langgraph_dba.agents.agent import NodeSettings
from langgraph_dba.agents.database_specialist import AGENT
from langgraph_dba.agents.database_specialist.critical_decisions import choices, open_escalations, questions
from langgraph_dba.agents.database_specialist.intake import context_of
from langgraph_dba.agents.database_specialist.package import files, handoffs
from langgraph_dba.agents.kit.activity import Steps, report_activity
from langgraph_dba.agents.kit.payloads import receivers, returned_work
from langgraph_dba.agents.kit.requirements_reader import requirements_of
from langgraph_dba.agents.kit.shared_results import CHANNEL, results_in, schema_in
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.panel.verdict import Verdict
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import DEFAULT_ENGINES, engines_for, traits_here, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.rules import fix_all
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import InputError, RequirementsError
from langgraph_dba.evidence import Evidence, EvidenceSet
from langgraph_dba.findings import Finding
from langgraph_dba.graph.consensus.architect import Escalation
from langgraph_dba.graph.consensus.consensus_graph import create_consensus
from langgraph_dba.graph.specialist.specialist_state import (
    PlainDict,
    SpecialistInput,
    SpecialistOutput,
    SpecialistState,
)
from langgraph_dba.graph.task_text import came_from_program, candidate_tasks, was_handed_over
from langgraph_dba.handoffs.plain import plain, read_all

_NOT_SUPPORTED = "is reserved for a later version: leave it out"


def create_database_specialist(
    *,
    model: Any = None,
    panel: Panel | None = None,
    engines: Sequence[str] = DEFAULT_ENGINES,
    database_url: str | None = None,
    trust_role: bool = False,
    project: str | Path | None = None,
    escalation: Escalation = "auto",
    name: str = AGENT.name,
    hands_back_to: str | None = None,
) -> StateGraph[Any, Any, Any, Any]:
    """Build the specialist's uncompiled graph; as a member of another graph, compile it with the same `name`.

    `name` is the name of its messages: two specialists in one conversation need different names. `panel` decides the
    critical questions (None: the database panel with an analyst in each seat), `engines` are those the schema is
    designed for and proved on, `escalation` is that of `create_consensus`. With `database_url` (or the path of an SQL
    file) the graph designs nothing: it reads that database, applies every rule, proves a copy and hands its findings
    on; `trust_role` accepts a login that may do more than read. Raises InputError for an unknown engine, and for
    `model` and `project`, which this version does not support. The running graph raises
    RequirementsError for a `request` or `requirements` that it cannot use; if the task came from a conversation, it
    answers there instead, with status `stopped`. In a swarm, where people may continue to talk to the specialist,
    `hands_back_to` names the agent of the parent graph that answers messages which are no database task.
    """
    for keyword, value in (("model", model), ("project", project)):
        if value is not None:
            raise InputError(f"create_database_specialist({keyword}=…) {_NOT_SUPPORTED}")
    if database_url is not None:
        # not at the top: readers of dumps and live rules are no part of a session, and take time to import
        from langgraph_dba.graph.specialist.existing_database_graph import create_existing_database_graph

        return create_existing_database_graph(database_url, name=name, trust_role=trust_role)
    for engine in engines:
        traits_of(engine)  # raises InputError for an unknown engine now instead of in the middle of a run
    steps = _Steps(tuple(engines), name, hands_back_to)
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(
        SpecialistState, input_schema=SpecialistInput, output_schema=SpecialistOutput
    )
    builder.add_node("intake", steps.intake)
    builder.add_node("triage", steps.triage)
    builder.add_node("consensus", create_consensus(panel, escalation=escalation).compile())
    builder.add_node("record", steps.record)
    builder.add_node("design", steps.design)
    builder.add_node("prove", steps.prove)
    builder.add_node("document", steps.document)
    builder.add_edge(START, "intake")
    builder.add_conditional_edges("intake", _is_understood, {True: "triage", False: END})
    builder.add_conditional_edges("triage", _next_question, ["consensus", "design"])
    builder.add_edge("consensus", "record")
    builder.add_edge("record", "triage")
    builder.add_edge("design", "prove")
    builder.add_edge("prove", "document")
    builder.add_edge("document", END)
    return builder


def specialist_node(settings: NodeSettings) -> StateGraph[Any, Any, Any, Any]:
    """Build the specialist as the built-in team's node."""
    engines = settings.engines or DEFAULT_ENGINES
    return create_database_specialist(engines=engines, panel=settings.panel, escalation=settings.escalation)


def _is_understood(state: SpecialistState) -> bool:
    return bool(state["accepted_requirements"])


def _next_question(state: SpecialistState) -> Literal["consensus", "design"]:
    return "consensus" if state.get("question") else "design"


class _Steps:
    """The nodes of the graph; each returns plain data only."""

    def __init__(self, engines: tuple[str, ...], name: str, hands_back_to: str | None) -> None:
        self.engines, self.name, self.hands_back_to = engines, name, hands_back_to

    def intake(self, state: SpecialistState) -> PlainDict | Command[Any]:
        """Read the requirements. Work that a gate returned keeps its verdicts: only the schema is fixed."""
        back = returned_work(state)
        try:
            requirements = self._requirements(state)
        except RequirementsError as error:
            if came_from_program(state):
                raise
            if self.hands_back_to and not was_handed_over(state, self.name):
                return self._hands_back(self.hands_back_to)
            return self._unusable_task(error)
        payload = back["payload"] if back else {}
        return {
            "accepted_requirements": plain(requirements),
            "receivers": receivers(state),
            "in_conversation": not came_from_program(state),
            "waiting": [] if back else plain(list(questions(requirements))),
            "verdicts": results_in(state).get("verdicts", []) if back else [],
            # Reset every channel that is not ephemeral: on a thread with a checkpointer the last request's value is
            # still there.
            "schema": {},
            "round": int(payload.get("round", 0)) + 1,
            "changes": [],
            "handoffs": [],
            "evidence": [],
            "decisions": [],
            **context_of(requirements, self.engines),
            **(_fixed(state, payload) if back else {}),
        }

    def _requirements(self, state: SpecialistState) -> Requirements:
        """Read the first task that is usable; if none is, raise RequirementsError for the first one."""
        tasks, requirements = [*candidate_tasks(state, self.name)] or [""], state.get("requirements")
        for text in tasks:
            with suppress(RequirementsError):
                return requirements_of(text, requirements)
        return requirements_of(tasks[0], requirements)

    def _unusable_task(self, error: RequirementsError) -> PlainDict:
        """Answer in the conversation with what is missing."""
        # Raising would end the parent graph, in which the specialist is one member of several.
        text = f"I cannot design a database from that: {error}"
        reset: PlainDict = {
            "accepted_requirements": {},
            "artifacts": {},
            CHANNEL: {},
            "evidence": [],
            "handoffs": [],
            "decisions": [],
        }
        return {**reset, "status": "stopped", "summary": text, "messages": [AIMessage(text, name=self.name)]}

    def _hands_back(self, agent: str) -> Command[Any]:
        """Leave the person's message to the agent of the parent graph."""
        # No endless loop: if that agent transfers the message back, `was_handed_over` is true and it is answered here.
        return Command(graph=Command.PARENT, goto=agent, update={"active_agent": agent})

    def triage(self, state: SpecialistState) -> PlainDict:
        """Set the next critical question for the panel, if there is one."""
        waiting = state.get("waiting") or []
        if waiting:
            report_activity(f"asks the panel about {waiting[0]['topic']}")
        # `requirements` is ephemeral: a later request must not see it. The panel reads it in the next step.
        return {
            "question": waiting[0] if waiting else {},
            "waiting": waiting[1:],
            "requirements": state["accepted_requirements"],
        }

    def record(self, state: SpecialistState) -> PlainDict:
        """Append the panel's verdict."""
        return {"verdicts": [*state["verdicts"], state["verdict"]]}

    def design(self, state: SpecialistState) -> PlainDict:
        """Design a schema from requirements and verdicts, unless `intake` has set a fixed one."""
        if state["schema"]:
            return {}
        report_activity("designs the schema")
        requirements = Requirements.model_validate(state["accepted_requirements"])
        schema = design(requirements, choices(requirements, _verdicts(state)))
        return {"schema": plain(schema)}

    def prove(self, state: SpecialistState) -> PlainDict:
        """Run every proof on every engine, and stream each result when it is there."""
        schema, write = Schema.model_validate(state["schema"]), get_stream_writer()
        steps = Steps(f"runs the proofs on {', '.join(self.engines)}")

        def progress(evidence: Evidence) -> None:
            write({"evidence": plain(evidence)})
            steps.finish_one()

        results = prove(
            schema,
            self._ddl(schema),
            engines_for(self.engines),
            reuse=True,  # an analyst, or the check of a seat's claim, may have run the same proof
            progress=progress,
            planned=steps.add,
        )
        of_verdicts = [evidence for verdict in _verdicts(state) for evidence in verdict.evidence]
        return {"evidence": plain([*of_verdicts, *results])}

    def document(self, state: SpecialistState) -> PlainDict:
        """Write the files and the handoffs."""
        requirements = Requirements.model_validate(state["accepted_requirements"])
        schema, verdicts = Schema.model_validate(state["schema"]), _verdicts(state)
        ddl, evidence = self._ddl(schema), read_all(Evidence, state["evidence"])
        summary = _summary(schema, evidence, state["changes"])
        return {
            "artifacts": files(requirements, schema, ddl, verdicts),
            CHANNEL: {
                "schema": state["schema"],
                "requirements": state["accepted_requirements"],
                "verdicts": state["verdicts"],
            },
            "handoffs": handoffs(
                requirements,
                schema,
                ddl,
                evidence,
                round_=state["round"],
                changes=state["changes"],
                receivers=state["receivers"],
            ),
            "decisions": [f"{v.topic}: {v.option or v.fallback} ({v.level})" for v in verdicts],
            "summary": summary,
            "status": "escalated" if open_escalations(verdicts) else "completed",
            "messages": [AIMessage(self._answer(summary, ddl, state), name=self.name)],
        }

    def _answer(self, summary: str, ddl: Mapping[str, Ddl], state: SpecialistState) -> str:
        """Return the text of the last message: the summary, in a conversation with the SQL for the first engine."""
        # The other agents of a swarm or supervisor see the messages only, not the artifacts.
        return f"{summary}\n\n```sql\n{ddl[self.engines[0]].up}```" if state["in_conversation"] else summary

    def _ddl(self, schema: Schema) -> dict[str, Ddl]:
        return {name: render(schema, traits_here(name)) for name in self.engines}


def _verdicts(state: SpecialistState) -> list[Verdict]:
    return read_all(Verdict, state["verdicts"])


def _fixed(state: SpecialistState, payload: PlainDict) -> PlainDict:
    """Apply the fixes for the payload's findings to the schema of the last round, if there is one."""
    designed = schema_in(state)
    if designed is None:
        return {}
    schema, changes = fix_all(designed, read_all(Finding, payload.get("findings", [])))
    return {"schema": plain(schema), "changes": changes}


def _summary(schema: Schema, evidence: Sequence[Evidence], changes: Sequence[str]) -> str:
    fixes = f"; {len(changes)} changes after review" if changes else ""
    return f"{len(schema.tables)} tables for {schema.name}; claims: {EvidenceSet(evidence).counts}{fixes}."
