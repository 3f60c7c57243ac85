"""Design the schema of an option, for the topics that the design has choices for."""

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
    """Return the design's choices with the option, the others as required; None if the design has no such choice."""
    required = requirements.tenancy.model
    tenancy: TenancyChoice = "shared-schema" if required == "auto" else required
    if topic == "tenancy" and option in get_args(TenancyChoice):
        return Choices(tenancy=cast("TenancyChoice", option))
    if topic == "index-design" and option in get_args(IndexChoice):
        return Choices(tenancy=tenancy, indexes=cast("IndexChoice", option))
    return None


def design_option(requirements: Requirements, topic: str, option: str) -> Schema | None:
    """Return the schema of an option; None if the design has no such choice, RequirementsError if it fails."""
    choices = choices_of(requirements, topic, option)
    return design(requirements, choices) if choices else None


def effects(requirements: Requirements, topic: str, options: Iterable[str]) -> Effects:
    """Return a digest of each option's effect: options with equal digests count as one decision.

    Empty for every topic other than `index-design`.
    """
    # Two kinds of tenancy may have equal tables and still differ in the schema or database that they are in.
    if topic != "index-design":
        return {}
    try:
        schemas = {option: design_option(requirements, topic, option) for option in options}
    except DbaError:  # an option without a design has no effect to compare
        return {}
    return {option: _digest(schema) for option, schema in schemas.items() if schema}


def _digest(schema: Schema) -> str:
    # Without names: two indexes with the same columns have the same effect whatever they are called.
    indexes = [
        f"{table.name} {index.columns} {index.include} {index.unique}"
        for table in schema.tables
        for index in sorted(table.indexes, key=lambda index: (index.columns, index.include))
    ]
    return hashlib.sha256("\n".join(indexes).encode()).hexdigest()[:16]
