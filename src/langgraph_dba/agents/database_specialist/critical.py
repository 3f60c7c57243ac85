"""Which decisions are critical enough for the panel, and what its verdicts mean for the design."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from langgraph_dba.agents.panel.decision import Question
from langgraph_dba.agents.panel.verdict import Verdict
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import Choices, TenancyChoice
from langgraph_dba.database.schema_design.index_choice import IndexChoice


def questions(requirements: Requirements) -> Iterator[Question]:
    """Yield what the panel is asked: what the user decided already is not asked again."""
    if requirements.tenancy.model == "auto" and requirements.tenancy.entity:
        entity = requirements.tenancy.entity.replace("_", " ")
        yield Question(topic="tenancy", text=f"How is the data of one {entity} kept from another's?")
    if requirements.workload:
        yield Question(topic="index-design", text=f"Which indexes serve {len(requirements.workload)} accesses best?")


def choices(requirements: Requirements, verdicts: Sequence[Verdict]) -> Choices:
    """Return what the design goes by: the verdicts, the user's own word, and the safe option where nobody decided."""
    decided = {verdict.topic: verdict.option or verdict.fallback for verdict in verdicts}
    said = requirements.tenancy.model
    tenancy = decided.get("tenancy") if said == "auto" else said
    return Choices(
        tenancy=cast("TenancyChoice", tenancy or ("none" if said == "none" else "shared-schema")),
        indexes=cast("IndexChoice", decided.get("index-design") or "foreign-keys"),
    )


def escalated(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return what still waits for a person: topic, why, and what was built meanwhile."""
    waiting = (verdict for verdict in verdicts if verdict.status == "escalated")
    return [{"topic": v.topic, "because": v.because, "built": v.fallback} for v in waiting]
