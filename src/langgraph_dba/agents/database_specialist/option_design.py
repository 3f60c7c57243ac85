"""What an option builds: the design behind an answer, for the topics whose answers the design can take."""

import hashlib
from collections.abc import Iterable
from typing import cast, get_args

from langgraph_dba.agents.panel.tally import Effects
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.schema_design.design_schema import Choices, TenancyChoice, design
from langgraph_dba.database.schema_design.index_choice import IndexChoice
from langgraph_dba.errors import DbaError


def choices_of(requirements: Requirements, topic: str, option: str) -> Choices | None:
    """Return the design's choices under an option, the rest as required; None where the design cannot take it."""
    asked = requirements.tenancy.model
    tenancy: TenancyChoice = "shared-schema" if asked == "auto" else asked
    if topic == "tenancy" and option in get_args(TenancyChoice):
        return Choices(tenancy=cast("TenancyChoice", option))
    if topic == "index-design" and option in get_args(IndexChoice):
        return Choices(tenancy=tenancy, indexes=cast("IndexChoice", option))
    return None


def built(requirements: Requirements, topic: str, option: str) -> Schema | None:
    """Return the schema under an option; None where the design cannot take it, RequirementsError where it fails."""
    choices = choices_of(requirements, topic, option)
    return design(requirements, choices) if choices else None


def effects(requirements: Requirements, topic: str, options: Iterable[str]) -> Effects:
    """Return what each option makes, as a digest: equal digests are one decision.

    Only for indexes: the tables of two ways to keep tenants apart may be equal, and where they stand still differs.
    """
    if topic != "index-design":
        return {}
    try:
        schemas = {option: built(requirements, topic, option) for option in options}
    except DbaError:  # what cannot be designed has no effect to compare
        return {}
    return {option: _digest(schema) for option, schema in schemas.items() if schema}


def _digest(schema: Schema) -> str:
    indexes = [
        f"{table.name} {index.columns} {index.include} {index.unique}"
        for table in schema.tables
        for index in sorted(table.indexes, key=lambda index: (index.columns, index.include))
    ]
    return hashlib.sha256("\n".join(indexes).encode()).hexdigest()[:16]
