"""The sound schema in which defects are planted: tenants, every cardinality, a rule of every kind."""

from functools import cache
from importlib import resources

import yaml

from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema.design import design
from langgraph_dba.database.schema.model import Schema


@cache
def specimen_requirements() -> Requirements:
    """Return what the specimen was designed from: projects of tenants, with tasks, teams and time entries."""
    text = resources.files(__package__).joinpath("specimen.yaml").read_text(encoding="utf-8")
    return Requirements.model_validate(yaml.safe_load(text))


@cache
def specimen() -> Schema:
    """Return the sound schema."""
    return design(specimen_requirements())
