"""Select the critical questions for the panel, and convert its verdicts to choices of the design."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from langgraph_dba.agents.panel.decision import Question
from langgraph_dba.agents.panel.verdict import Verdict
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import Choices, TenancyChoice
from langgraph_dba.database.schema_design.index_choice import IndexChoice


def questions(requirements: Requirements) -> Iterator[Question]:
    """Yield the questions for the panel; questions that the requirements already answer are left out."""
    if requirements.tenancy.model == "auto" and requirements.tenancy.entity:
        entity = requirements.tenancy.entity.replace("_", " ")
        yield Question(topic="tenancy", text=f"How is the data of one {entity} isolated from that of another?")
    # Without a workload there is nothing by which the index options could be compared.
    if requirements.workload:
        yield Question(topic="index-design", text=f"Which indexes are best for {len(requirements.workload)} accesses?")


def choices(requirements: Requirements, verdicts: Sequence[Verdict]) -> Choices:
    """Return the choices of the design: the requirements' tenancy model, else the verdicts, else the safe default."""
    options = {verdict.topic: verdict.option or verdict.fallback for verdict in verdicts}
    required = requirements.tenancy.model
    tenancy = options.get("tenancy") if required == "auto" else required
    # Without a verdict there was no question: the requirements have no tenant entity, or no workload.
    return Choices(
        tenancy=cast("TenancyChoice", tenancy or ("none" if required == "none" else "shared-schema")),
        indexes=cast("IndexChoice", options.get("index-design") or "foreign-keys"),
    )


def open_escalations(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return the verdicts that still need a person: topic, reason, and the option that was built meanwhile."""
    escalated = (verdict for verdict in verdicts if verdict.status == "escalated")
    return [{"topic": v.topic, "because": v.because, "built": v.fallback} for v in escalated]
