"""Requirements of any size, for what must grow linearly with the number of tables."""

from typing import Any

from langgraph_dba.database.requirements import Requirements

_ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"name": "name", "unique": True},
    {"name": "status", "type": "choice", "choices": ["open", "done"], "default": "open"},
    {"name": "amount", "type": "money", "minimum": 0},
    {"name": "starts_on", "type": "date"},
    {"name": "ends_on", "type": "date", "after": "starts_on", "required": False},
    {"name": "note", "type": "text", "required": False},
)


def requirements_of(tables: int) -> Requirements:
    """Return requirements for a schema of that many tables, one of them the tenants; each refers to two others."""
    names = [f"item_{number}" for number in range(1, tables)]
    links = [
        {"from": name, "to": target, "name": role, "required": role == "parent"}
        for at, name in enumerate(names)
        if at
        for role, target in (("parent", names[at - 1]), ("root", names[at // 2]))
    ]
    entities = [{"name": "tenant", "attributes": [{"name": "name"}]}]
    entities += [{"name": name, "attributes": list(_ATTRIBUTES)} for name in names]
    tenancy = {"model": "shared-schema", "entity": "tenant"}
    return Requirements.model_validate(
        {"title": "Growth", "entities": entities, "relationships": links, "tenancy": tenancy}
    )
