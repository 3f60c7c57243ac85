"""Follow the paths of business rules through the entities and relationships of requirements."""

from collections.abc import Collection
from dataclasses import dataclass

from langgraph_dba.database.requirements.model import Attribute, Relationship, Requirements

# columns that the design adds to every table of an entity
ADDED = {"id": Attribute(name="id_number", type="integer"), "created_at": Attribute(name="created_at", type="instant")}


@dataclass(frozen=True, slots=True)
class PathEnd:
    """Where a path ends: an attribute, or a reference to the entity `target`; `steps` are the relationships before."""

    entity: str
    name: str
    steps: tuple[str, ...] = ()
    attribute: Attribute | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class UnknownStep:
    """The step at which a path leads nowhere, and what could stand there."""

    step: str
    entity: str
    known: Collection[str]


def entity_names(requirements: Requirements) -> set[str]:
    """Return the entities that rules may name, those of many-to-many relationships included."""
    return {entity.name for entity in requirements.entities} | set(connections(requirements))


def connections(requirements: Requirements) -> dict[str, Relationship]:
    """Return the many-to-many relationships that become a table, by that table's name in the singular."""
    links = (link for link in requirements.relationships if link.kind == "many-to-many")
    return {link.via or f"{link.source}_{link.target}": link for link in links}


def follow(requirements: Requirements, entity: str, path: str) -> PathEnd | UnknownStep:
    """Return where a path from an entity ends."""
    *steps, last = path.split(".")
    at = entity
    for step in steps:
        ends = _ends(requirements, at)
        end = ends.get(step)
        if end is None or not end.target:
            return UnknownStep(step, at, [name for name, one in ends.items() if one.target])
        at = end.target
    ends = _ends(requirements, at)
    if last not in ends:
        return UnknownStep(last, at, ends.keys())
    end = ends[last]
    return PathEnd(end.entity, end.name, tuple(steps), end.attribute, end.target)


def _ends(requirements: Requirements, entity: str) -> dict[str, PathEnd]:
    """Return everything that a path can name in an entity."""
    found: dict[str, PathEnd] = {}
    one = next((one for one in requirements.entities if one.name == entity), None)
    if one is None:
        link = connections(requirements).get(entity)
        if link is None:
            return {}
        role = link.role if link.role != link.source else f"other_{link.target}"
        for name, target in ((link.source, link.source), (role, link.target)):
            found[name] = PathEnd(entity, name, target=target)
        attributes = link.attributes
    else:
        attributes = one.attributes
        for name, added in ADDED.items():
            found[name] = PathEnd(entity, name, attribute=added)
        for relationship in requirements.relationships:
            if relationship.source == entity and relationship.kind != "many-to-many":
                found[relationship.role] = PathEnd(entity, relationship.role, target=relationship.target)
        tenant = requirements.tenancy.entity if requirements.tenancy.model != "none" else None
        if tenant and tenant != entity and not one.shared:
            found.setdefault(tenant, PathEnd(entity, tenant, target=tenant))
    for attribute in attributes:
        found[attribute.name] = PathEnd(entity, attribute.name, attribute=attribute)
    return found
