"""The requirements of a database: the typed model, and the file `requirements.yaml` that the user edits."""

from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.file import dump_requirements, load_requirements
from langgraph_dba.database.requirements.model import (
    Access,
    Attribute,
    Dependency,
    Entity,
    Relationship,
    Requirements,
    Scale,
    Tenancy,
    requirements_json_schema,
)
from langgraph_dba.database.requirements.plural import table_name

__all__ = [
    "Access",
    "Attribute",
    "Dependency",
    "Entity",
    "Relationship",
    "Requirements",
    "Scale",
    "Tenancy",
    "check_consistency",
    "dump_requirements",
    "load_requirements",
    "requirements_json_schema",
    "table_name",
]
